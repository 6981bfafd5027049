//! What a person sees who uses it for the first time, errs, and looks around: whole sessions, kept beside this file.
//!
//! A line of a session begins with `$ ` where something is typed; below it stands what both streams say, as on a terminal. The
//! store's path stands as `~/store`, ids and times as `…`; nothing else is touched.

use std::path::Path;

use crate::archives::{Zip, noise};
use crate::world::{World, hello};

/// A world in which people would type short words.
struct Session {
    world: World,
    text: String,
}

impl Session {
    fn new() -> Self {
        Session {
            world: World::new(),
            text: String::new(),
        }
    }

    /// An archive that shares one library with the others of this session, and has a file of its own.
    fn archive(&self, name: &str, version: &str, own: u64) {
        let zip = Zip::bundle(name, version)
            .file("lib/shared.bin", &noise(1, 400_000))
            .file("lib/own.bin", &noise(own, own as usize * 60_000));
        let file = format!("{}-{version}.mcpb", name.replace('/', "-"));
        self.world.file(&file, zip.bytes());
    }

    /// Types a line; words are separated by single spaces, and files lie in the session's own directory.
    fn types(&mut self, line: &str) -> &mut Self {
        let words: Vec<String> = line
            .split(' ')
            .map(|word| match word.ends_with(".mcpb") {
                true => self.world.path(word).to_str().unwrap().to_owned(),
                false => word.to_owned(),
            })
            .collect();
        let mut command = self.world.command(&words);
        command.env("LANG", "C.UTF-8").env_remove("LC_ALL");
        let output = command.output().unwrap();
        let said = [output.stderr, output.stdout].concat();
        let said = String::from_utf8(said).unwrap();
        self.text.push_str(&format!("$ linkstead {line}\n{said}"));
        match output.status.code() {
            Some(0) => {}
            Some(code) => self.text.push_str(&format!("[exit code {code}]\n")),
            None => panic!("{line} was killed"),
        }
        self
    }

    #[track_caller]
    fn is_kept(&self, name: &str) {
        let store = self.world.store().to_str().unwrap();
        let home = self.world.path("");
        let text = self
            .text
            .replace(store, "~/store")
            .replace(home.to_str().unwrap(), "")
            .lines()
            .map(|line| settled(line) + "\n")
            .collect::<String>();
        for line in text.lines() {
            assert!(
                line.chars().count() <= 80 || may_wrap(line),
                "too wide: {line:?}"
            );
        }
        let file = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(format!("../../tests/cli/transcripts/{name}.txt"));
        if std::env::var_os("LINKSTEAD_KEEP_TRANSCRIPTS").is_some() {
            std::fs::write(&file, &text).unwrap();
        }
        let kept = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(
            text == kept,
            "if this is meant, run it with LINKSTEAD_KEEP_TRANSCRIPTS=1\n{text}"
        );
    }
}

/// Sentences wrap; paths and digests are whole, so that they can be copied.
fn may_wrap(line: &str) -> bool {
    let is_sentence = ["$ ", "error: ", "caused by: ", "hint: "]
        .iter()
        .any(|word| line.starts_with(word));
    is_sentence || line.contains('/') || line.starts_with("archive ")
}

/// A line without what differs from run to run: times, and what file systems round.
fn settled(line: &str) -> String {
    for measured in ["freed ", "would free ", "gc frees "] {
        if line.starts_with(measured) {
            return format!("{measured}…");
        }
    }
    let mut settled = line.to_owned();
    for word in line.split(' ').filter(|word| is_time(word)) {
        settled = settled.replace(word, "…");
    }
    settled
}

/// `2026-11-25`, `12:55`, or both in one word.
fn is_time(word: &str) -> bool {
    let shape: String = word
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    shape.starts_with("0000-00-00") || shape == "00:00"
}

#[test]
fn first_use() {
    let mut session = Session::new();
    std::fs::copy(hello(), session.world.path("hello-1.0.0.mcpb")).unwrap();
    session
        .types("list")
        .types("check hello-1.0.0.mcpb")
        .types("install hello-1.0.0.mcpb")
        .types("install hello-1.0.0.mcpb")
        .types("list")
        .types("path hello")
        .types("info hello")
        .types("verify")
        .types("remove hello")
        .types("gc")
        .types("list")
        .is_kept("first-use");
}

#[test]
fn versions_and_what_they_take() {
    let mut session = Session::new();
    session.archive("time", "1.9.0", 2);
    session.archive("time", "1.10.0", 3);
    session.archive("@acme/clock", "1.0.0", 4);
    session
        .types("-q install time-1.9.0.mcpb")
        .types("install --no-activate time-1.10.0.mcpb")
        .types("-q install @acme-clock-1.0.0.mcpb")
        .types("list")
        .types("diff time@1.9.0 time@1.10.0")
        .types("use time@1.10.0")
        .types("pin time@1.9.0 --as stable")
        .types("pin")
        .types("du")
        .types("du --pairs")
        .types("du --files --top 2")
        .types("info time@1.9.0")
        .types("leases")
        .types("remove time@1.9.0")
        .types("unpin stable")
        .types("remove time@1.9.0")
        .types("gc --dry-run")
        .is_kept("versions");
}

#[test]
fn errors() {
    let mut session = Session::new();
    std::fs::copy(hello(), session.world.path("hello-1.0.0.mcpb")).unwrap();
    session.world.file("broken.mcpb", "no zip at all");
    let clash = Zip::bundle("a", "1").file("../out", b"1").file("x", b"2");
    session
        .world
        .file("bad.mcpb", clash.file("X", b"3").bytes());
    session
        .types("path time")
        .types("install nothing.mcpb")
        .types("install broken.mcpb")
        .types("install bad.mcpb")
        .types("-q install hello-1.0.0.mcpb")
        .types("path helo")
        .types("path hello@2.0.0")
        .types("info time")
        .types("instal hello-1.0.0.mcpb")
        .types("use hello")
        .types("unpin stable")
        .types("install hello-1.0.0.mcpb --max-file-size 10parsecs")
        .is_kept("errors");
}
