//! A leased bundle is never removed and never collected, whoever dies meanwhile; and nobody leases what goes away.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use linkstead_store::format::BundleRef;
use linkstead_store::{Error, LeaseOptions, OpenMode, OpenOptions, Silent, Store};

use crate::support::bundle::Bundle;
use crate::support::sandbox::Sandbox;

fn open(sandbox: &Sandbox) -> Store {
    Store::open(sandbox.store(), &OpenOptions::new(OpenMode::Resolve)).expect("it opens")
}

fn lease(store: &Store, wanted: &str) -> Result<linkstead_store::Lease, Error> {
    let wanted = BundleRef::parse(wanted).expect("a name");
    store.lease(&wanted, &LeaseOptions::default(), &Silent)
}

/// A program that lives until its input ends; it has answered once, so it runs.
struct Server(Child);

impl Server {
    fn start(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        child
            .stdin
            .as_mut()
            .expect("piped")
            .write_all(b"up\n")
            .expect("it reads");
        let mut line = String::new();
        let stdout = child.stdout.as_mut().expect("piped");
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("it answers");
        assert_eq!(line, "up\n");
        Server(child)
    }

    fn end(mut self) {
        drop(self.0.stdin.take());
        self.0.wait().expect("it ends");
    }
}

fn is_kept(sandbox: &Sandbox, bundle: &Bundle, directory: &Path) {
    let refused = sandbox.run(["remove", &bundle.identity()]);
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        !refused.status.success() && told.contains("is in use"),
        "{told}"
    );
    sandbox.ok(["gc"]);
    bundle.assert_complete(directory);
    assert_eq!(
        PathBuf::from(sandbox.ok(["path", &bundle.identity()])),
        directory
    );
}

// Both seen to fail when `FileLock::hand_to` leaves the descriptor close-on-exec.
#[test]
fn what_a_command_holds_stays_until_it_ends() {
    let sandbox = Sandbox::new();
    let bundle = Bundle::new("held", "1.0.0").files("lib", 20, 1);
    let directory = sandbox.install(&sandbox.pack(&bundle));
    let server = Server::start(sandbox.command(["exec", "held", "--", "cat"]));
    is_kept(&sandbox, &bundle, &directory);
    server.end();
    sandbox.ok(["remove", "held"]);
    sandbox.assert_sound();
}

#[test]
fn a_child_keeps_it_when_its_starter_is_killed() {
    let sandbox = Sandbox::new();
    let bundle = Bundle::new("held", "1.0.0").files("lib", 20, 1);
    let directory = sandbox.install(&sandbox.pack(&bundle));
    // The starter leaves a child behind that has its descriptors, and is killed. (A shell takes a child's standard input away.)
    let script = "exec 9<&0; cat <&9 & echo up; wait";
    let mut starter = sandbox
        .command(["exec", "held", "--", "sh", "-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut up = String::new();
    let stdout = starter.stdout.take().expect("piped");
    BufReader::new(stdout)
        .read_line(&mut up)
        .expect("it says so");
    let stdin = starter.stdin.take();
    starter.kill().expect("it lives");
    starter.wait().expect("it is dead");
    is_kept(&sandbox, &bundle, &directory);
    let leased = sandbox.json(["leases"]);
    if cfg!(target_os = "linux") {
        let holder = &leased[0]["holders"][0];
        assert_eq!(
            holder["command"], "cat",
            "the child, not the dead one: {leased}"
        );
    }
    // The child ends with its input.
    drop(stdin);
    for _ in 0..2000 {
        if sandbox
            .json(["leases"])
            .as_array()
            .is_some_and(Vec::is_empty)
        {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    sandbox.ok(["remove", "held"]);
    sandbox.assert_sound();
}

// Seen to fail when `hand_to` unlocks what it hands on.
#[test]
fn a_host_hands_a_lease_to_a_child_and_may_take_it_back() {
    let sandbox = Sandbox::new();
    let bundle = Bundle::new("hosted", "1.0.0").files("lib", 9, 1);
    let directory = sandbox.install(&sandbox.pack(&bundle));
    let store = open(&sandbox);

    let held = lease(&store, "hosted").expect("it is installed");
    assert_eq!(held.path(), directory);
    let bystander = Server::start(Command::new("cat"));
    is_kept(&sandbox, &bundle, &directory);
    // A guard may go to another thread, and ends there.
    std::thread::spawn(move || held.release())
        .join()
        .expect("no panic");
    assert_eq!(sandbox.json(["leases"]), serde_json::json!([]));

    let mut command = Command::new("cat");
    lease(&store, "hosted")
        .expect("it is installed")
        .hand_to(&mut command);
    let server = Server::start(command);
    bystander.end();
    is_kept(&sandbox, &bundle, &directory);
    server.end();
    sandbox.ok(["remove", "hosted"]);
    assert!(matches!(
        lease(&store, "hosted"),
        Err(Error::NotInstalled { .. })
    ));
    sandbox.assert_sound();
}

// Seen to fail when `lease` does not look again whether the path still is the locked directory and the ref still names it.
#[test]
fn nobody_leases_what_was_removed_in_between() {
    let sandbox = Sandbox::new();
    let bundle = Bundle::new("comes-and-goes", "1.0.0").files("lib", 6, 1);
    let archive = sandbox.pack(&bundle);
    sandbox.install(&archive);
    let is_over = AtomicBool::new(false);
    let held = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let holder = scope.spawn(|| {
            let store = open(&sandbox);
            while !is_over.load(Ordering::Relaxed) {
                match lease(&store, "comes-and-goes") {
                    Ok(lease) => {
                        bundle.assert_complete(lease.path());
                        held.fetch_add(1, Ordering::Relaxed);
                        lease.release();
                        // A remove needs a moment in which nobody has it.
                        std::thread::sleep(std::time::Duration::from_micros(300));
                    }
                    Err(Error::NotInstalled { .. } | Error::NoCurrent { .. }) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        });
        let mut rounds = 0;
        // At least so many of both, however the two are scheduled.
        while rounds < 60 || held.load(Ordering::Relaxed) < 60 && !holder.is_finished() {
            rounds += 1;
            while !sandbox.run(["remove", "comes-and-goes"]).status.success() {}
            sandbox.ok(["gc"]);
            sandbox.install(&archive);
        }
        is_over.store(true, Ordering::Relaxed);
        holder.join().expect("no panic");
    });
    sandbox.assert_sound();
}

// Seen to fail when `lease` takes the locks of a commit window.
#[test]
fn a_lease_waits_for_no_lock_of_the_store() {
    let sandbox = Sandbox::new();
    sandbox.install(&sandbox.pack(&Bundle::new("here", "1.0.0")));
    let locks: Vec<std::fs::File> = walkdir::WalkDir::new(sandbox.store().join("locks"))
        .into_iter()
        .filter_map(|entry| entry.ok().filter(|entry| entry.file_type().is_file()))
        .map(|entry| std::fs::File::open(entry.path()).expect("it is there"))
        .collect();
    assert!(locks.len() >= 4, "only {}", locks.len());
    for lock in &locks {
        lock.lock().expect("nobody else has it");
    }
    let here = sandbox.ok(["--lock-timeout", "5s", "exec", "here", "--", "pwd", "-P"]);
    drop(locks);
    assert_eq!(here, sandbox.ok(["path", "here"]));
}
