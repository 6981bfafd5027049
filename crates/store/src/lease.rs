//! Leases: a published directory that live processes hold, by a shared `flock` on the directory itself (store-format.md,
//! sections 10 and 14). No store lock is taken and no database is opened (I6).

use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::Command;

use linkstead_format::{BundleRef, LeaseKind};
use linkstead_fs::lock::FileLock;

use crate::error::{Error, Result};
use crate::observe::Observer;
use crate::options::LeaseOptions;
use crate::refs::Resolved;
use crate::store::Store;

/// A bundle that stays as long as this lives: nobody removes or collects it. Released when dropped, unless it is handed on.
///
/// It belongs to the open descriptor, not to a process: a child that was given it keeps it, also after its starter was killed. A
/// program that closes what it inherited, or what its own children would inherit, hands on nothing: Python's `subprocess` and
/// Node's `child_process` do the latter.
#[must_use = "a lease that is not kept is released at once"]
#[derive(Debug)]
pub struct Lease {
    bundle: Resolved,
    lock: FileLock,
}

impl Store {
    /// Holds the bundle that a name, or a name and version, means now. Its use stamp is touched.
    ///
    /// Waits for nothing but somebody who is removing this very bundle, which ends with it gone, or still there.
    ///
    /// # Errors
    /// As [`resolve`](Store::resolve); a store whose leases are of another kind; cancelled, or the bounds of the wait.
    pub fn lease(
        &self,
        wanted: &BundleRef,
        options: &LeaseOptions,
        observer: &dyn Observer,
    ) -> Result<Lease> {
        if self.json().lease_kind() != Some(LeaseKind::Directory) {
            return Err(Error::OtherLeases {
                path: self.root().to_path_buf(),
                kind: self.json().lease.clone(),
            });
        }
        let locks = self.locks(&options.control, observer);
        loop {
            options.control.check()?;
            let bundle = self.resolve(wanted)?;
            let Some(lock) = locks.directory(&bundle.path)? else {
                continue;
            };
            // Between the ref and the lock it may have been removed, or published anew: then look again.
            if lock.still_names(&bundle.path)? && self.still_means(wanted, &bundle)? {
                self.touch_use(&bundle);
                return Ok(Lease { bundle, lock });
            }
        }
    }
}

impl Lease {
    /// What is held.
    pub fn bundle(&self) -> &Resolved {
        &self.bundle
    }

    /// Its directory, absolute.
    pub fn path(&self) -> &Path {
        &self.bundle.path
    }

    /// Gives it back, also for every process that has its descriptor.
    pub fn release(self) {
        self.lock.unlock();
    }

    /// Hands it to the program that `command` starts, or that takes the place of this one. It lasts as long as that program, or
    /// one that it starts, has the descriptor open; and for as long as `command` itself lives, so drop that after the start.
    pub fn hand_to(self, command: &mut Command) {
        self.lock.hand_to(command);
    }

    /// Hands the descriptor out, for a host that starts programs in its own way. It is close-on-exec; the lease lasts until the
    /// last process that has it closes it.
    #[must_use = "the lease ends when the descriptor is closed"]
    pub fn into_descriptor(self) -> OwnedFd {
        self.lock.into_descriptor()
    }
}

const fn may_be_sent<T: Send + 'static>() {}
const _: () = may_be_sent::<Lease>();
