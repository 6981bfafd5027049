//! The help texts: what they say is kept beside this file, and fits 80 columns.

use std::path::Path;

use crate::world::{BINARY, bare, finish};

pub(crate) const COMMANDS: [&str; 19] = [
    "install", "check", "path", "list", "info", "diff", "use", "pin", "unpin", "run", "exec",
    "checkout", "leases", "remove", "gc", "verify", "du", "doctor", "dir",
];

/// Those that package builders need, and nobody else reads about.
const HIDDEN: [&str; 2] = ["completions", "man"];

#[track_caller]
fn is_kept(name: &str, arguments: &[&str]) {
    let mut command = bare(BINARY);
    command.args(arguments);
    let printed = finish(command).succeeds().stdout;
    // clap ends some lines with spaces, which no file should.
    let text: String = printed
        .lines()
        .map(|line| line.trim_end().to_owned() + "\n")
        .collect();
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "too wide: {line:?}");
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cli/help");
    let file = folder.join(format!("{name}.txt"));
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        text == kept,
        "if this is meant: linkstead {} | sed 's/ *$//' > tests/cli/help/{name}.txt\n{text}",
        arguments.join(" ")
    );
}

#[test]
fn the_program() {
    is_kept("linkstead", &["--help"]);
}

#[test]
fn each_command() {
    for command in COMMANDS {
        is_kept(command, &[command, "--help"]);
    }
    for command in HIDDEN {
        is_kept(command, &[command, "--help"]);
    }
}

#[test]
fn the_exit_codes_are_documented_and_every_command_has_an_example() {
    let kept = |name: &str| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cli/help");
        std::fs::read_to_string(folder.join(format!("{name}.txt"))).unwrap()
    };
    let program = kept("linkstead");
    assert!(program.contains("Exit codes:\n  0  done\n  1  "));
    for command in HIDDEN {
        assert!(kept(command).contains("Examples:\n"));
        assert!(!program.contains(&format!("\n  {command} ")));
    }
    for command in COMMANDS {
        assert!(
            program.contains(&format!("\n  {command} ")),
            "{command} is not listed"
        );
        assert!(
            kept(command).contains("Example"),
            "{command} has no example"
        );
    }
}
