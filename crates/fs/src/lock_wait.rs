//! Waiting for a `flock`: bounded, cancellable, and woken by the system.
//!
//! Polling is unfair: whoever takes a lock again and again is met by those who look now and then only by luck. So a thread
//! waits in the system's own queue, and hands the lock over if somebody still wants it.

use std::fs::File;
use std::io;
use std::sync::mpsc::{RecvTimeoutError, SendError, sync_channel};
use std::time::{Duration, Instant};

use rustix::fs::FlockOperation;
use rustix::io::{Errno, retry_on_intr};

use crate::lock::{LockMode, Wait};

/// How often a wait looks at its bounds.
const LOOK: Duration = Duration::from_millis(20);

/// How a wait ended.
pub(crate) enum Waited {
    /// The file is locked.
    Taken(File),
    /// The caller ended it.
    Cancelled,
    /// The deadline passed after so long.
    TooLong(Duration),
}

/// Tries once, without waiting.
pub(crate) fn attempt(file: &File, mode: LockMode) -> io::Result<Attempt> {
    let operation = match mode {
        LockMode::Shared => FlockOperation::NonBlockingLockShared,
        LockMode::Exclusive => FlockOperation::NonBlockingLockExclusive,
    };
    match retry_on_intr(|| rustix::fs::flock(file, operation)) {
        Ok(()) => Ok(Attempt::Taken),
        Err(Errno::WOULDBLOCK) => Ok(Attempt::Held),
        Err(error) => Err(error.into()),
    }
}

/// What one try gave.
pub(crate) enum Attempt {
    /// The lock.
    Taken,
    /// Others hold it.
    Held,
}

/// Waits within the bounds; tries at least once, whatever the deadline.
pub(crate) fn wait(file: File, mode: LockMode, wait: &mut Wait<'_>) -> io::Result<Waited> {
    if let Attempt::Taken = attempt(&file, mode)? {
        return Ok(Waited::Taken(file));
    }
    let begun = Instant::now();
    let (hand_over, taken) = sync_channel(0);
    std::thread::Builder::new()
        .name("linkstead-lock".into())
        .spawn(move || {
            let locked = block(&file, mode).map(|()| file);
            // Nobody waits any more: the lock must not outlive the wait.
            if let Err(SendError(Ok(file))) = hand_over.send(locked) {
                let _ = rustix::fs::flock(&file, FlockOperation::Unlock);
            }
        })?;
    loop {
        if (wait.cancelled)() {
            return Ok(Waited::Cancelled);
        }
        let left = match wait.deadline {
            Some(deadline) => deadline.saturating_duration_since(Instant::now()),
            None => LOOK,
        };
        if left.is_zero() {
            return Ok(Waited::TooLong(begun.elapsed()));
        }
        match taken.recv_timeout(left.min(LOOK)) {
            Ok(locked) => return locked.map(Waited::Taken),
            Err(RecvTimeoutError::Timeout) => (wait.on_wait)(begun.elapsed()),
            Err(RecvTimeoutError::Disconnected) => {
                return Err(io::Error::other("the waiting thread died"));
            }
        }
    }
}

fn block(file: &File, mode: LockMode) -> io::Result<()> {
    let operation = match mode {
        LockMode::Shared => FlockOperation::LockShared,
        LockMode::Exclusive => FlockOperation::LockExclusive,
    };
    Ok(retry_on_intr(|| rustix::fs::flock(file, operation))?)
}
