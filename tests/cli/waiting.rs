//! Held locks: waits are bounded and say what they wait for, and those who only look wait for nothing.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::archives::Zip;
use crate::world::{World, finish, hello};

// Seen to fail when `--lock-timeout` does not reach the engine.
#[test]
fn a_wait_ends_and_says_for_what() {
    let world = World::new();
    world.install(&hello());
    let lock = File::open(world.store().join("locks/store")).unwrap();
    lock.lock().unwrap();
    let began = Instant::now();
    world
        .run(&["-q", "--lock-timeout", "1", "remove", "hello"])
        .fails_saying(&[
            "waited 1 s for the store lock",
            "locks/store",
            "hint: ",
            "--lock-timeout",
        ]);
    assert!(began.elapsed() < Duration::from_secs(20));
    let failure = world
        .run(&["--json", "--lock-timeout", "0s", "remove", "hello"])
        .exits(1);
    let failure = failure.json_failure();
    assert_eq!(failure["kind"], "busy");
    assert_eq!(failure["retryable"], true);
}

#[test]
fn a_long_wait_says_who_is_in_the_way() {
    let world = World::new();
    world.install(&hello());
    let lock = File::open(world.store().join("locks/store")).unwrap();
    lock.lock().unwrap();
    let outcome = world
        .run(&["--lock-timeout", "3s", "remove", "hello"])
        .exits(1);
    let me = format!("process {}", std::process::id());
    let notes: Vec<_> = outcome
        .stderr
        .lines()
        .filter(|line| line.starts_with("note: waiting for the store lock for "))
        .collect();
    assert!(!notes.is_empty(), "{outcome:#?}");
    assert!(notes.iter().all(|note| note.contains(&me)), "{outcome:#?}");
}

#[test]
fn looking_waits_for_nothing() {
    let world = World::new();
    let directory = world.install(&hello());
    let locks: Vec<File> = ["store", "turnstile", "gc", "manifest"]
        .iter()
        .filter_map(|name| File::open(world.store().join("locks").join(name)).ok())
        .collect();
    assert!(!locks.is_empty());
    for lock in &locks {
        lock.lock().unwrap();
    }
    let began = Instant::now();
    assert_eq!(
        world.run(&["path", "hello"]).succeeds().directory(),
        directory
    );
    for command in [&["info", "hello"][..], &["list"], &["du"], &["dir"]] {
        world.run(command).succeeds();
    }
    assert!(began.elapsed() < Duration::from_secs(20));
    drop(locks);
    world.install(&world.file("a", Zip::bundle("a", "1").bytes()));
    world.is_sound();
}

/// Another process that holds lock files exclusively.
struct Holder(Child);

/// Locks the files that it is given, says so, and waits until nobody wants it to.
const HOLD: &str = r#"
import fcntl, sys
files = [open(path, "a") for path in sys.argv[1:]]
for file in files:
    fcntl.flock(file, fcntl.LOCK_EX)
print("ready", flush=True)
sys.stdin.read()
"#;

impl Holder {
    fn of(store: &Path, locks: &[String]) -> Self {
        let mut holder = Command::new("python3")
            .args(["-c", HOLD])
            .args(locks.iter().map(|lock| store.join("locks").join(lock)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 is there");
        let mut told = String::new();
        let output = holder.stdout.as_mut().expect("it is piped");
        BufReader::new(output)
            .read_line(&mut told)
            .expect("it says when it is ready");
        assert_eq!(told, "ready\n");
        Holder(holder)
    }

    /// `kill -9`.
    fn dies(mut self) {
        self.0.kill().expect("it lives");
        self.0.wait().expect("it ends");
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// One kind of lock: its word, its files, and a command that needs it.
struct Kind {
    word: &'static str,
    files: Vec<String>,
    command: &'static [&'static str],
}

fn kinds() -> Vec<Kind> {
    let kind = |word, command| Kind {
        word,
        files: match word {
            // One of a fixed set: which, depends on the archive or the name.
            "archive" | "name" => (0..64).map(|n| format!("{word}/{n:02x}")).collect(),
            _ => vec![word.to_owned()],
        },
        command,
    };
    vec![
        kind("gc", &["gc"][..]),
        kind("archive", &["install"]),
        kind("turnstile", &["remove", "hello"]),
        kind("store", &["remove", "hello"]),
        kind("name", &["remove", "hello"]),
        kind("manifest", &["install"]),
    ]
}

/// Does this for each kind of lock at once, each in a store of its own: mostly they wait.
fn for_each_kind(patience: &str, test: impl Fn(&Kind, Holder, Command) + Sync) {
    std::thread::scope(|scope| {
        for kind in kinds() {
            let test = &test;
            scope.spawn(move || {
                let world = World::new();
                world.install(&hello());
                let archive = world.file("a.mcpb", Zip::bundle("a", "1").bytes());
                let holder = Holder::of(world.store(), &kind.files);
                let mut command = world.command(&["--lock-timeout"]);
                command.arg(patience).args(kind.command);
                if kind.command == ["install"] {
                    command.arg(archive);
                }
                test(&kind, holder, command);

                world.is_sound();
            });
        }
    });
}

// Seen to fail when `Locks::wait` tells no holders, and when it waits without a deadline (the test hangs).
#[test]
fn a_wait_for_each_lock_ends_and_names_lock_and_holder() {
    for_each_kind("2s", |kind, holder, command| {
        let outcome = finish(command).exits(1);
        let process = format!("process {}", holder.0.id());
        let says = |parts: &[&str]| {
            let is_said = outcome
                .stderr
                .lines()
                .any(|line| parts.iter().all(|part| line.contains(part)));
            assert!(is_said, "{parts:?} is missing: {outcome:#?}");
        };
        let the_lock = format!("the {} lock", kind.word);
        says(&["note: waiting for", &the_lock, &process]);
        says(&["error: waited 2 s for", &the_lock, "locks/"]);
        says(&["hint: try again", "--lock-timeout", &process]);
        holder.dies();
    });
}

// Seen to fail when `lock_wait::wait` does not wait in the queue of the system (`block` never returns): its time runs out.
#[test]
fn a_killed_holder_lets_the_next_one_go_on() {
    for_each_kind("30s", |kind, holder, mut command| {
        let mut waiting = command
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut told = String::new();
        let mut notes = BufReader::new(waiting.stderr.take().unwrap());
        notes.read_line(&mut told).unwrap();
        assert!(told.contains(&format!("the {} lock", kind.word)), "{told}");
        holder.dies();
        // It goes on at once, and says the rest.
        std::io::copy(&mut notes, &mut std::io::sink()).unwrap();
        assert!(waiting.wait().unwrap().success(), "{}", kind.word);
    });
}
