//! How it behaves among other programs: closed pipes, colors, quiet and verbose.

use std::process::{Command, Stdio};

use serde_json::json;

use crate::archives::Zip;
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

// Seen to fail when the reporter prints messages as they are, and when the session prints reports so.
#[test]
fn nothing_that_others_wrote_moves_the_cursor_or_hides_a_letter() {
    let world = World::new();
    let manifest = json!({"manifest_version": "0.4", "name": "a\u{202e}b", "version": "1",
        "server": {"type": "binary", "entry_point": "bin/a", "mcp_config": {"command": "bin/\u{1b}[31mtool"}}});
    let zip = Zip::default().file("manifest.json", manifest.to_string().as_bytes());
    let archive = world.file("a.mcpb", zip.bytes());
    let installed = world
        .run(&["install".as_ref(), archive.as_os_str()])
        .succeeds();
    assert!(
        installed.stderr.contains("installed a\\u{202e}b 1"),
        "{installed:#?}"
    );
    let failed = world.run(&["run", "a\u{202e}b"]).exits(127);
    assert!(
        failed.stderr.contains("cannot run bin/\\u{1b}[31mtool"),
        "{failed:#?}"
    );
    world
        .run(&["path", "c\u{202e}d"])
        .fails_saying(&["c\\u{202e}d is not installed"]);
}
