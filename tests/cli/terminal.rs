//! How it behaves among other programs: closed pipes, colors, quiet and verbose.

use std::process::{Command, Stdio};

use crate::world::{World, finish, hello};

fn failing(world: &World) -> Command {
    world.command(&["path", "nothing"])
}

// Seen to fail when `main` has no case for a broken pipe.
#[test]
fn a_closed_pipe_is_no_failure() {
    let world = World::new();
    let mut command = world.command(&["install".as_ref(), hello().as_os_str()]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = command
        .stdout(writer)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let output = output.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(
        !String::from_utf8_lossy(&output.stderr).contains("panic"),
        "{output:?}"
    );
    world.run(&["path", "hello"]).succeeds();
}

#[test]
fn messages_are_colored_only_where_it_is_wanted() {
    let world = World::new();
    world.install(&hello());
    let is_colored = |command| finish(command).exits(1).stderr.contains('\u{1b}');
    assert!(!is_colored(failing(&world)), "no terminal");
    let mut forced = failing(&world);
    forced.env("CLICOLOR_FORCE", "1");
    assert!(is_colored(forced));
    let mut refused = failing(&world);
    refused.env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1");
    assert!(!is_colored(refused));
    let mut asked = failing(&world);
    asked.env("NO_COLOR", "1").args(["--color", "always"]);
    assert!(is_colored(asked));
    let mut never = failing(&world);
    never.env("CLICOLOR_FORCE", "1").args(["--color", "never"]);
    assert!(!is_colored(never));
}

#[test]
fn quiet_says_nothing_and_verbose_says_more() {
    let archive = hello();
    let archive = archive.to_str().unwrap();
    let quiet = World::new().run(&["-q", "install", archive]).succeeds();
    assert_eq!(quiet.stderr, "");
    let normal = World::new().run(&["install", archive]).succeeds();
    assert!(!normal.stderr.contains("made the store"), "{normal:#?}");
    let verbose = World::new().run(&["-v", "install", archive]).succeeds();
    assert!(verbose.stderr.contains("made the store"), "{verbose:#?}");
    assert!(verbose.stderr.len() > normal.stderr.len());
}
