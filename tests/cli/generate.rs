//! Completions and manual pages: that shells take them, and that they know every command.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::help::COMMANDS;
use crate::world::{BINARY, World, bare, finish};

fn is_there(program: &str) -> bool {
    let found = Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let there = found.is_ok();
    if !there {
        eprintln!("not tested: {program} is not there");
    }
    there
}

fn completions(shell: &str) -> String {
    let mut command = bare(BINARY);
    command.args(["completions", shell]);
    finish(command).succeeds().stdout
}

#[test]
fn every_shell_has_every_command() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = completions(shell);
        for command in COMMANDS {
            assert!(script.contains(command), "{shell} has no {command}");
        }
    }
    let mut wrong = bare(BINARY);
    wrong.args(["completions", "cmd"]);
    finish(wrong).exits(2);
}

// Seen to fail when the script is that of another shell.
#[test]
fn bash_completes_commands_and_options() {
    if !is_there("bash") {
        return;
    }
    let world = World::new();
    let script = world.file("completions", completions("bash"));
    let complete = |words: &[&str]| {
        let typed = words.join(" ");
        let (last, before) = (words[words.len() - 1], words[words.len() - 2]);
        let mut command = bare("bash");
        command.arg("-c").arg(format!(
            "source {}; COMP_WORDS=({typed}); COMP_CWORD={}; \
             _linkstead linkstead '{last}' '{before}'; echo \"${{COMPREPLY[@]}}\"",
            script.display(),
            words.len() - 1
        ));
        finish(command).succeeds().stdout
    };
    assert_eq!(complete(&["linkstead", "ins"]), "install\n");
    assert_eq!(complete(&["linkstead", "du", "--pa"]), "--pairs\n");
}

#[test]
fn the_pages_are_one_a_command() {
    let world = World::new();
    let folder = world.path("man/man1");
    world
        .run(&["man".as_ref(), "--to".as_ref(), folder.as_os_str()])
        .succeeds();
    let page = |name: &str| folder.join(format!("{name}.1"));
    let mut pages = vec![page("linkstead")];
    pages.extend(COMMANDS.map(|command| page(&format!("linkstead-{command}"))));
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), pages.len());
    for page in &pages {
        renders(page);
    }
    let install = std::fs::read_to_string(page("linkstead-install")).unwrap();
    let printed = world.run(&["man", "install"]).succeeds().stdout;
    assert_eq!(printed, install);
    let program = world.run(&["man"]).succeeds().stdout;
    assert_eq!(program, std::fs::read_to_string(page("linkstead")).unwrap());
    let unknown = world.run(&["man", "instal"]).exits(2);
    assert!(
        unknown.stderr.contains("no command \"instal\""),
        "{unknown:#?}"
    );
    assert!(!world.store().exists());
}

/// Asserts that `man` has no complaint, where it is there.
fn renders(page: &Path) {
    if !is_there("man") {
        return;
    }
    let mut command = bare("man");
    command.args(["--warnings", "-E", "UTF-8", "-l"]).arg(page);
    command.env("MANWIDTH", "80").env("MANROFFOPT", "-wall");
    let rendered = finish(command).succeeds();
    assert_eq!(rendered.stderr, "", "{}", page.display());
    assert!(rendered.stdout.contains("linkstead"), "{}", page.display());
}
