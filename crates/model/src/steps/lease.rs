//! A lease: resolve the ref, open the directory, lock it, look again. Takes no store lock (I6).

use super::{Progress, Turn};
use crate::flaw::Flaw;
use crate::locks::Grant;
use crate::process::{Handle, Step};

impl Turn<'_> {
    pub(super) fn lease(&mut self, step: Step) -> Progress {
        let bundle = self.bundle();
        match step {
            Step::LeaseRead if self.disk().resolves(bundle) => self.go(Step::LeaseOpen),
            Step::LeaseOpen if self.disk().directories[bundle].is_there() => {
                self.me().handle = Handle::AtItsPath;
                self.go(Step::LeaseLock)
            }
            Step::LeaseLock => self.lock_directory(),
            Step::LeaseCheck if self.still_leads_here() => self.go(Step::LeaseHeld),
            // Not installed, refused, or released: all locks go.
            _ => self.finish(),
        }
    }

    fn lock_directory(&mut self) -> Progress {
        let bundle = self.bundle();
        let moved_away = self.me().handle == Handle::MovedAway;
        if !moved_away && self.world.locks.try_lease(self.pid, bundle) == Grant::Held {
            return self.finish();
        }
        self.go(if self.has(Flaw::LeaseWithoutRecheck) {
            Step::LeaseHeld
        } else {
            Step::LeaseCheck
        })
    }

    fn still_leads_here(&mut self) -> bool {
        let bundle = self.bundle();
        self.me().handle == Handle::AtItsPath && self.disk().resolves(bundle)
    }
}
