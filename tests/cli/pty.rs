//! A terminal for the command: what it draws there, and how wide.

use std::fs::File;
use std::process::Command;

use crate::archives::{Zip, noise};
use crate::world::{BINARY, World, bare, finish, hello};

/// Runs its arguments on a terminal of so many columns, and prints all that was drawn.
const TERMINAL: &str = r#"
import fcntl, os, pty, struct, subprocess, sys, termios
columns, command = int(sys.argv[1]), sys.argv[2:]
ours, theirs = pty.openpty()
fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
child = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs)
os.close(theirs)
while True:
    try:
        drawn = os.read(ours, 4096)
    except OSError:  # Linux says so when the other end is closed
        break
    if not drawn:
        break
    sys.stdout.buffer.write(drawn)
sys.exit(child.wait())
"#;

fn on_terminal(world: &World, columns: usize, arguments: &[&str]) -> Command {
    let mut command = bare("python3");
    command.args(["-c", TERMINAL, &columns.to_string(), BINARY, "--store"]);
    command.arg(world.store()).args(arguments);
    command.env("TERM", "xterm").env("LANG", "C.UTF-8");
    // Else Python hands on another locale than it was given.
    command.env("PYTHONCOERCECLOCALE", "0");
    command
}

/// What was drawn, each time it was drawn: without colors and the moves of the cursor.
fn drawn(output: &str) -> Vec<String> {
    let mut plain = String::new();
    let mut rest = output.chars();
    while let Some(c) = rest.next() {
        match c {
            '\u{1b}' => drop(rest.find(char::is_ascii_alphabetic)),
            c => plain.push(c),
        }
    }
    let lines = plain.split(['\r', '\n']).map(str::trim_end);
    lines
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}

// Seen to fail when the width is always that of a pipe.
#[test]
fn a_picture_is_as_wide_as_the_terminal() {
    let world = World::new();
    let zip = Zip::bundle("time", "1.0").file("lib.bin", &noise(1, 100_000));
    world.install(&world.file("a.mcpb", zip.bytes()));
    for columns in [72, 100] {
        let output = finish(on_terminal(&world, columns, &["du"])).succeeds();
        let lines = drawn(&output.stdout);
        let bar = lines.iter().find(|line| line.contains('█')).unwrap();
        assert!(bar.ends_with("shared"), "the legend: {bar:?}");
        let widest = lines.iter().map(|line| line.chars().count()).max();
        assert_eq!(widest, Some(columns), "{lines:#?}");
        assert!(output.stdout.contains("\u{1b}[36m█"), "no color");
    }
    let mut plain = on_terminal(&world, 80, &["du"]);
    plain.env("LANG", "C").env("NO_COLOR", "1");
    let plain = finish(plain).succeeds().stdout;
    assert!(plain.is_ascii() && plain.contains("####"), "{plain}");
}

// Seen to fail when the bar is not cleared before the error is said.
#[test]
fn a_wait_is_drawn_in_one_line_and_cleared() {
    let world = World::new();
    world.install(&hello());
    let lock = File::open(world.store().join("locks/store")).unwrap();
    lock.lock().unwrap();
    let waits = ["--lock-timeout", "3s", "remove", "hello"];
    let output = finish(on_terminal(&world, 80, &waits)).exits(1).stdout;
    let lines = drawn(&output);
    let wait = "waiting for the store lock for ";
    assert!(lines.iter().any(|line| line.contains(wait)), "{lines:#?}");
    let (error, before) = {
        let at = lines.iter().position(|line| line.starts_with("error: "));
        let at = at.unwrap_or_else(|| panic!("no error in {lines:#?}"));
        (&lines[at], &lines[..at])
    };
    assert!(error.contains("store lock"), "{error}");
    for line in before {
        assert!(line.chars().count() <= 80, "{line:?}");
    }
    let end = output.find("error:").unwrap();
    let start = output[..end].rfind('\r').unwrap();
    let cleared = &output[start..end];
    assert!(!cleared.contains("waiting"), "{cleared:?}");
}
