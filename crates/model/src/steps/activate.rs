//! `use`, and the end of an install: a version becomes current, or is left aside.

use super::{Progress, Turn};
use crate::disk::{Naming, current_value};
use crate::flaw::Flaw;
use crate::process::{Operation, Step};

impl Turn<'_> {
    pub(super) fn activate(&mut self, step: Step) -> Progress {
        let bundle = self.bundle();
        match step {
            Step::UseCheck if !self.disk().resolves(bundle) => self.finish(),
            Step::UseCheck => {
                if !self.has(Flaw::CurrentBeforeRefSync) {
                    self.disk().sync_refs();
                }
                self.go(Step::Current)
            }
            Step::Current => {
                self.world.promised.current = None;
                self.disk().current.write(current_value(bundle));
                if self.disk().naming == Naming::OneVersionTwice {
                    // The ref moves on from the older directory, which nobody named any more.
                    self.world.promised.installed.remove(bundle.other());
                }
                self.go(Step::SyncCurrent)
            }
            _ => {
                self.disk().current.sync();
                self.acknowledge()
            }
        }
    }

    /// The last write is durable: what was asked for is promised from now on, and the window closes.
    pub(super) fn acknowledge(&mut self) -> Progress {
        let bundle = self.bundle();
        if self.me().operation != Operation::InstallAside {
            self.world.promised.current = Some(current_value(bundle));
        }
        if self.me().operation == Operation::Use {
            return self.finish();
        }
        self.world.promised.installed.add(bundle);
        self.leave_store();
        self.go(Step::InstallClear)
    }
}
