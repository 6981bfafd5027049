use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use linkstead_fs::lock::{self, FileLock, LockError, LockMode, Wait};
#[cfg(target_os = "linux")]
use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};

use crate::helper::{mode, scratch};

fn wait_until<'a>(
    deadline: Option<Instant>,
    cancelled: &'a dyn Fn() -> bool,
    on_wait: &'a mut dyn FnMut(Duration),
) -> Wait<'a> {
    Wait {
        deadline,
        cancelled,
        on_wait,
    }
}

fn taken(path: &Path, mode: LockMode) -> Option<FileLock> {
    lock::try_lock_file(path, mode).unwrap()
}

#[test]
fn shared_locks_live_together_and_an_exclusive_one_alone() {
    let scratch = scratch();
    let path = scratch.path().join("lock");
    let one = taken(&path, LockMode::Shared).unwrap();
    let other = taken(&path, LockMode::Shared).unwrap();
    assert!(taken(&path, LockMode::Exclusive).is_none());
    one.unlock();
    drop(other);
    let alone = taken(&path, LockMode::Exclusive).unwrap();
    assert!(taken(&path, LockMode::Shared).is_none());
    assert_eq!(alone.mode(), LockMode::Exclusive);
    drop(alone);
    assert_eq!(mode(&path), 0o600);
}

#[test]
fn a_directory_is_locked_itself() {
    let scratch = scratch();
    let held = lock::try_lock_dir(scratch.path(), LockMode::Shared).unwrap();
    assert!(held.is_some());
    let other = lock::try_lock_dir(scratch.path(), LockMode::Exclusive).unwrap();
    assert!(other.is_none());
    let absent = scratch.path().join("x");
    let error = lock::try_lock_dir(&absent, LockMode::Shared).unwrap_err();
    assert!(error.is_not_found());
    assert!(!absent.exists());
    let file = scratch.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(lock::try_lock_dir(&file, LockMode::Shared).is_err());
}

#[test]
fn a_wait_ends_at_its_deadline() {
    let scratch = scratch();
    let path = scratch.path().join("lock");
    let _held = taken(&path, LockMode::Exclusive).unwrap();
    let mut told = 0;
    let mut on_wait = |_| told += 1;
    let deadline = Instant::now() + Duration::from_millis(30);
    let mut wait = wait_until(Some(deadline), &|| false, &mut on_wait);
    let error = lock::lock_file(&path, LockMode::Shared, &mut wait).unwrap_err();
    assert!(matches!(&error, LockError::Timeout { path: found, .. } if *found == path));
    assert!(Instant::now() >= deadline);
    assert!(told > 0);
}

#[test]
fn a_wait_tries_once_even_after_its_deadline() {
    let scratch = scratch();
    let path = scratch.path().join("lock");
    let mut on_wait = |_| panic!("there is nothing to wait for");
    let mut wait = wait_until(Some(Instant::now()), &|| false, &mut on_wait);
    let _lock = lock::lock_file(&path, LockMode::Exclusive, &mut wait).unwrap();
}

#[test]
fn a_wait_can_be_cancelled() {
    let scratch = scratch();
    let path = scratch.path().join("lock");
    let _held = taken(&path, LockMode::Exclusive).unwrap();
    let asked = std::cell::Cell::new(0);
    let cancelled = || {
        asked.set(asked.get() + 1);
        asked.get() > 2
    };
    let mut on_wait = |_| ();
    let mut wait = wait_until(None, &cancelled, &mut on_wait);
    let error = lock::lock_file(&path, LockMode::Exclusive, &mut wait).unwrap_err();
    assert!(matches!(error, LockError::Cancelled));
}

#[test]
fn a_wait_ends_when_the_lock_is_free() {
    let scratch = scratch();
    let path = scratch.path().join("lock");
    let mut held = taken(&path, LockMode::Exclusive);
    let mut on_wait = |_| drop(held.take());
    let mut wait = wait_until(None, &|| false, &mut on_wait);
    let lock = lock::lock_file(&path, LockMode::Exclusive, &mut wait).unwrap();
    assert!(lock.still_names(&path).unwrap());
}

#[test]
fn a_lock_knows_whether_its_path_is_still_the_same() {
    let scratch = scratch();
    let (path, moved) = (scratch.path().join("d"), scratch.path().join("e"));
    fs::create_dir(&path).unwrap();
    let lock = lock::try_lock_dir(&path, LockMode::Shared)
        .unwrap()
        .unwrap();
    assert!(lock.still_names(&path).unwrap());
    fs::rename(&path, &moved).unwrap();
    assert!(!lock.still_names(&path).unwrap());
    fs::create_dir(&path).unwrap();
    assert!(!lock.still_names(&path).unwrap());
    assert!(lock.still_names(&moved).unwrap());
}

/// A program that waits until its input ends.
fn sleeper() -> Command {
    let mut command = Command::new("cat");
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

/// Returns when the program runs, for before that it has our close-on-exec descriptors.
fn started(mut child: Child) -> Child {
    child.stdin.as_mut().unwrap().write_all(b"up\n").unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert_eq!(line, "up\n");
    child
}

fn end(mut child: Child) {
    drop(child.stdin.take());
    child.wait().unwrap();
}

#[test]
fn programs_that_we_start_do_not_keep_our_locks() {
    let scratch = scratch();
    let path = scratch.path().join("lock");
    let held = taken(&path, LockMode::Exclusive).unwrap();
    let child = started(sleeper().spawn().unwrap());
    drop(held);
    assert!(taken(&path, LockMode::Exclusive).is_some());
    end(child);
}

// Seen to fail when the guard closes its descriptor and does not unlock.
#[test]
#[cfg(target_os = "linux")]
fn an_unlocked_lock_is_free_although_a_forked_child_has_its_descriptor() {
    let scratch = scratch();
    let path = scratch.path().join("lock");
    let held = taken(&path, LockMode::Exclusive).unwrap();
    let number = fs::read_dir("/proc/self/fd")
        .unwrap()
        .map(|entry| entry.unwrap())
        .find(|entry| fs::read_link(entry.path()).is_ok_and(|found| found == path))
        .and_then(|entry| entry.file_name().to_str()?.parse().ok())
        .unwrap();
    // What a fork gives: another descriptor of the same open file.
    let this_process = pidfd_open(getpid(), PidfdFlags::empty()).unwrap();
    let of_a_child = pidfd_getfd(this_process, number, PidfdGetfdFlags::empty()).unwrap();
    drop(held);
    assert!(taken(&path, LockMode::Exclusive).is_some());
    drop(of_a_child);
}

#[test]
fn a_lease_lasts_as_long_as_the_program_that_inherited_it() {
    let scratch = scratch();
    let lease = lock::try_lock_dir(scratch.path(), LockMode::Shared)
        .unwrap()
        .unwrap();
    let mut command = sleeper();
    lease.hand_to(&mut command);
    let bystander = started(sleeper().spawn().unwrap());
    let child = started(command.spawn().unwrap());
    drop(command);
    let exclusive = || lock::try_lock_dir(scratch.path(), LockMode::Exclusive).unwrap();
    assert!(exclusive().is_none());
    if cfg!(target_os = "linux") {
        let pids: Vec<u32> = lock::holders(scratch.path())
            .into_iter()
            .map(|holder| holder.pid)
            .collect();
        assert!(pids.contains(&child.id()), "{pids:?}");
        assert!(!pids.contains(&bystander.id()), "{pids:?}");
    }
    end(child);
    // Another test may have forked a program that has not yet closed what it inherited.
    let mut on_wait = |_| ();
    let deadline = Instant::now() + Duration::from_secs(60);
    let mut wait = wait_until(Some(deadline), &|| false, &mut on_wait);
    let _freed = lock::lock_dir(scratch.path(), LockMode::Exclusive, &mut wait).unwrap();
    end(bystander);
}

// Seen to fail when `FileKind::of` asserts that everything has a type.
#[test]
#[cfg(target_os = "linux")]
fn a_descriptor_that_is_no_file_hinders_nobody_from_being_named() {
    let scratch = scratch();
    let path = scratch.path().join("lock");
    let script = "import select, sys\ne = select.epoll()\nprint(sys.stdin.readline(), end='', flush=True)\nsys.stdin.read()";
    let mut command = Command::new("python3");
    command
        .args(["-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let child = started(command.spawn().unwrap());
    let held = taken(&path, LockMode::Exclusive).unwrap();
    assert_eq!(lock::holders(&path).len(), 1);
    drop(held);
    end(child);
}

// Seen to fail when `FileKind::of` asserts that it knows every kind: a pidfd has none, and any process may have one open.
#[test]
#[cfg(target_os = "linux")]
fn a_holder_is_named() {
    let scratch = scratch();
    let _of_no_kind = pidfd_open(getpid(), PidfdFlags::empty()).unwrap();
    let path = scratch.path().join("lock");
    let held = taken(&path, LockMode::Exclusive).unwrap();
    let found = lock::holders(&path);
    let ours = found
        .iter()
        .find(|holder| holder.pid == std::process::id())
        .unwrap();
    assert!(ours.command.is_some());
    drop(held);
    let still_open = fs::File::open(&path).unwrap();
    assert!(lock::holders(&path).is_empty());
    drop(still_open);
    assert!(lock::holders(&scratch.path().join("x")).is_empty());
}
