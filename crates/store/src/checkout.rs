//! `checkout`: a bundle's directory at a path outside the store, with the same guarantees: the protocol of store-format.md,
//! section 14, one step a line.
//!
//! Whoever opens the path at any moment finds the old directory or the new one, whole. The intent is recorded before anything
//! beside the path is touched, so that after a crash the record and what is at the path say what to do.

mod acknowledge;
mod alike;
mod build;
mod commit;
mod displaced;
mod forget;
mod gone;
mod list;
mod occupant;
mod options;
mod records;
mod refusal;
mod report;
mod settle;
mod standing;
mod swap;
mod target;

use std::path::Path;
use std::sync::OnceLock;

use linkstead_format::{BundleRef, Checkout, CheckoutState, Layout, Receipt, Tree, paths};
use linkstead_fs::{dir, space};

use crate::control::Control;
use crate::error::{Error, Result};
use crate::farm::Room;
use crate::locks::Locks;
use crate::observe::{Event, Notice, Observer};
use crate::options::LeaseOptions;
use crate::published;
use crate::refs::Resolved;
use crate::staging::Staging;
use crate::store::Store;
use crate::stored::read_tree;

pub use displaced::Displaced;
pub(crate) use gone::{WouldGo, forget, gone, would_go};
pub use list::ListedCheckout;
pub use options::{CheckoutOptions, Displace, ForgetOptions};
pub(crate) use records::{Recorded, all, readable};
pub use refusal::CheckoutRefusal;
pub use report::{CheckedOut, CheckoutOutcome};
pub use settle::Hindrance;
pub use standing::Standing;
pub(crate) use standing::standing;

use commit::Committed;
use occupant::Occupant;
use settle::Settled;
use target::Target;

/// One checkout, from its bundle to its directory.
struct Work<'a> {
    store: &'a Store,
    options: &'a CheckoutOptions,
    observer: &'a dyn Observer,
    locks: &'a Locks<'a>,
    target: &'a Target,
    bundle: Resolved,
    receipt: Receipt,
    tree: Tree,
    layout: Layout,
    /// What it takes of the disk that it goes to, once that is known.
    room: OnceLock<Room>,
}

impl Store {
    /// Makes the directory of an installed bundle at a path outside the store, by hard links where that path lies on the same
    /// file system. The same once more finds it there. A newer version takes the place of the older one in one step, where the
    /// system can; what was displaced goes when nobody holds it (by a `flock` on the directory) any more.
    ///
    /// The store keeps what the directory holds, also when the bundle is removed, until the directory is deleted or
    /// [forgotten](Store::forget_checkout).
    ///
    /// # Errors
    /// Not installed, or damaged; a path that cannot be, or what stands there and may not go ([`CheckoutRefusal`]); too little
    /// space, locks, or a failure of the file system. The path is then as it was; what could not be taken back is told by a notice, and
    /// taken back by the next recovery.
    pub fn checkout(
        &self,
        wanted: &BundleRef,
        to: &Path,
        options: &CheckoutOptions,
        observer: &dyn Observer,
    ) -> Result<CheckedOut> {
        self.require_writable()?;
        let target = Target::new(self.root(), to, &options.protected)?;
        let locks = self.locks(&options.control, observer);
        let _path = locks.checkout(target.text())?;
        let held = LeaseOptions {
            control: options.control.clone(),
        };
        let lease = self.lease(wanted, &held, observer)?;
        let work = Work::new(self, &target, lease.bundle(), &locks, options, observer)?;
        work.settle_the_dead()?;
        let occupant = work.occupant()?;
        if let Some(there) = work.acknowledge(&occupant)? {
            return Ok(there);
        }
        occupant.may_go(&target, options.displace)?;
        drop(occupant);
        let staging = Staging::mark(self.root())?;
        let committed = work
            .carry_out(&staging)
            .inspect_err(|_| work.take_back(&staging))
            .map_err(|error| work.explain_full_disk(error))?;
        Ok(work.clear(&staging, committed))
    }
}

impl<'a> Work<'a> {
    fn new(
        store: &'a Store,
        target: &'a Target,
        bundle: &Resolved,
        locks: &'a Locks<'a>,
        options: &'a CheckoutOptions,
        observer: &'a dyn Observer,
    ) -> Result<Self> {
        let damaged = |problem: &str| Error::Damaged {
            path: bundle.path.clone(),
            problem: problem.into(),
        };
        let (name, version) = (&bundle.name, &bundle.version);
        let receipt = published::read_receipt(store.root(), name, version, &bundle.directory)?
            .ok_or_else(|| damaged("its receipt is missing"))?;
        let tree = read_tree(store, &receipt.tree)?
            .ok_or_else(|| damaged("its tree is missing or altered"))?;
        Ok(Work {
            layout: build::layout_of(&receipt, options.link_mode),
            bundle: bundle.clone(),
            store,
            options,
            observer,
            locks,
            target,
            receipt,
            tree,
            room: OnceLock::new(),
        })
    }

    /// What an earlier one of this path left undone. What it displaced is never lost: where that cannot have its place, nothing
    /// else gets it. One that lies on a disk that is not there has another place, and waits.
    fn settle_the_dead(&self) -> Result<()> {
        for recorded in records::of_path(self.store.root(), self.target.text())? {
            if !settle::is_dead(self.store, &recorded)? {
                continue;
            }
            let _window = self.locks.window(&self.bundle.name)?;
            match settle::settle(self.store, &recorded)? {
                Settled::Waits(hindrance @ Hindrance::PathTaken { .. }) => {
                    let refusal = CheckoutRefusal::Interrupted(hindrance);
                    return Err(target::refused(&self.target.path, refusal));
                }
                Settled::Waits(Hindrance::DiskAway) | Settled::Completed | Settled::TakenBack => {}
            }
        }
        Ok(())
    }

    fn occupant(&self) -> Result<Occupant> {
        let records = records::of_path(self.store.root(), self.target.text())?;
        Occupant::at(self.store, self.target, &records)
    }

    /// Steps 4 to 10.
    fn carry_out(&self, staging: &Staging) -> Result<Committed> {
        let intent = self.intend(staging)?;
        let built = self.build(staging, self.target.fresh(&intent.id))?;
        self.commit(intent, built)
    }

    /// Step 4: durable before anything beside the path is touched. Its staging's lock says that somebody lives who goes on.
    fn intend(&self, staging: &Staging) -> Result<Recorded> {
        let root = self.store.root();
        let _window = self.locks.window(&self.bundle.name)?;
        // A power cut must leave the trace that makes the next open look.
        dir::sync_dir(&self.store.path(paths::STAGING))?;
        let mut checkout = Checkout::intended(
            self.target.text().to_owned(),
            self.bundle.name.clone(),
            self.bundle.version.clone(),
            self.receipt.tree,
            self.layout.clone(),
        );
        checkout.host = self.receipt.exceptions.host.clone();
        checkout.mount = standing::mount_of(&self.target.parent)?;
        for earlier in records::of_path(root, self.target.text())? {
            // What waits for its disk keeps its own names: nothing that lies there is for others to clear.
            if earlier.checkout.state != CheckoutState::Complete {
                continue;
            }
            let names = displaced::of(&earlier).into_iter();
            checkout.displaced.extend(names.filter_map(|path| {
                let name = path.file_name()?.to_str()?;
                Some(name.to_owned())
            }));
        }
        let recorded = Recorded {
            id: staging.id(),
            checkout,
        };
        recorded.write(root)?;
        Ok(recorded)
    }

    /// After a failure the path is as it was, or, if the swap was made, the record says so. What cannot be done now, because
    /// others hold the store, say, is left as if this process had died.
    fn take_back(&self, staging: &Staging) {
        let control = Control::default();
        let locks = self.store.locks(&control, self.observer);
        let taken_back = locks.window(&self.bundle.name).and_then(|_window| {
            let of_path = records::of_path(self.store.root(), self.target.text())?;
            match of_path.iter().find(|recorded| recorded.id == staging.id()) {
                Some(recorded) => settle::settle(self.store, recorded),
                None => Ok(Settled::TakenBack),
            }
        });
        let taken_back = match taken_back {
            Ok(settled) => {
                self.tell_if_it_waits(&settled);
                Ok(())
            }
            Err(error) => {
                self.tell_unsettled(&error);
                Err(error)
            }
        };
        // If the swap was made after all, what it displaced goes now.
        let cleared = taken_back.and_then(|()| self.store.clear_displaced(self.observer));
        if cleared.is_err() {
            staging.leave_trace();
        }
    }

    /// Says what the disk of the path lacks, if that is what filled. What was written is taken back by now.
    fn explain_full_disk(&self, error: Error) -> Error {
        let parent = &self.target.parent;
        let is_outside =
            |path: &Path| path.starts_with(parent) && !path.starts_with(self.store.root());
        match error {
            Error::Fs(failed)
                if failed.is_out_of_space()
                    && (is_outside(failed.path())
                        || failed.second_path().is_some_and(is_outside)) =>
            {
                match (self.room.get(), space::free(parent)) {
                    (Some(room), Ok(free)) => room.filled(parent, &free, failed),
                    _ => failed.into(),
                }
            }
            error => error,
        }
    }

    fn tell_if_it_waits(&self, settled: &Settled) {
        if let Settled::Waits(hindrance) = settled {
            self.tell_unsettled(hindrance);
        }
    }

    fn tell_unsettled(&self, problem: &dyn std::fmt::Display) {
        self.observer.event(&Event::Notice {
            notice: Notice::CheckoutUnsettled {
                path: self.target.path.clone(),
                problem: problem.to_string(),
            },
        });
    }

    fn report(&self, outcome: CheckoutOutcome) -> CheckedOut {
        CheckedOut {
            name: self.bundle.name.clone(),
            version: self.bundle.version.clone(),
            directory: self.target.path.clone(),
            tree: self.receipt.tree,
            outcome,
            files: self.tree.files().count() as u64,
            bytes: self.tree.total_bytes(),
            linked: 0,
            reflinked: 0,
            copied: 0,
            no_links_because: None,
            kept: Vec::new(),
            discarded: Vec::new(),
            displaced: Vec::new(),
        }
    }
}
