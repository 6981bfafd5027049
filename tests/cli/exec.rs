//! `exec`: a command in a bundle's directory, in the place of linkstead.

use std::io::{Read as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;

use crate::world::{World, finish, hello};

fn with_hello() -> World {
    let world = World::new();
    world.install(&hello());
    world
}

// Seen to fail when `become_program` does not set the directory.
#[test]
fn the_command_runs_in_the_bundles_directory() {
    let world = with_hello();
    let directory = world.run(&["path", "hello"]).succeeds().directory();
    let here = world.run(&["exec", "hello", "--", "pwd", "-P"]).succeeds();
    assert_eq!(here.directory(), directory);
    assert_eq!(here.stderr, "");
    let relative = world.run(&["exec", "hello@1.0.0", "--", "cat", "manifest.json"]);
    assert!(relative.succeeds().stdout.contains("\"hello\""));
}

#[test]
fn exit_code_and_standard_streams_are_its_own() {
    let world = with_hello();
    let code = [
        "exec",
        "hello",
        "--",
        "sh",
        "-c",
        "echo out; echo err >&2; exit 42",
    ];
    let outcome = world.run(&code).exits(42);
    assert_eq!((&*outcome.stdout, &*outcome.stderr), ("out\n", "err\n"));

    let mut command = world.command(&["exec", "hello", "--", "cat"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"said").unwrap();
    let mut heard = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut heard)
        .unwrap();
    assert_eq!(heard, "said");
    assert!(child.wait().unwrap().success());
}

// Seen to fail when `become_program` starts a child and waits for it.
#[test]
fn a_signal_meets_the_command_itself() {
    let world = with_hello();
    let script =
        "trap 'echo caught; exit 7' TERM; echo $$; for _ in $(seq 999); do sleep 0.01; done";
    let mut command = world.command(&["exec", "hello", "--", "sh", "-c", script]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let mut first = [0; 16];
    let length = stdout.read(&mut first).unwrap();
    let pid = String::from_utf8_lossy(&first[..length]).trim().to_owned();
    assert_eq!(pid, child.id().to_string(), "it is the same process");
    let kill = std::process::Command::new("kill")
        .arg(&pid)
        .status()
        .unwrap();
    assert!(kill.success());
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "caught\n");
    assert_eq!(child.wait().unwrap().code(), Some(7));

    // And one that kills it is seen by whoever waits.
    let outcome = world
        .command(&["exec", "hello", "--", "sh", "-c", "kill -9 $$"])
        .status()
        .unwrap();
    assert_eq!(outcome.signal(), Some(9));
}

#[test]
fn what_cannot_be_run_is_said_as_a_shell_has_it() {
    let world = with_hello();
    let missing = world.run(&["exec", "hello", "--", "no-such-program"]);
    let missing = missing.exits(127);
    assert!(
        missing
            .stderr
            .starts_with("error: cannot run no-such-program"),
        "{missing:#?}"
    );
    assert!(missing.stderr.contains("hint: "), "{missing:#?}");
    let directory = world.run(&["exec", "hello", "--", "./server"]).exits(126);
    assert!(directory.stderr.contains("caused by: "), "{directory:#?}");
    let json = world.run(&["--json", "exec", "hello", "--", "no-such-program"]);
    assert_eq!(json.exits(127).json_failure()["kind"], "program");
    world
        .run(&["exec", "hallo", "--", "true"])
        .fails_saying(&["hallo is not installed"]);
    for wrong in [
        &["exec", "hello"][..],
        &["exec", "hello", "--"],
        &["exec", "hello", "true"],
    ] {
        finish(world.command(wrong)).exits(2);
    }
}
