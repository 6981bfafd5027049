//! Giving a checkout back: its directory stays, and is its owner's alone.

use std::path::Path;

use linkstead_format::CheckoutState;

use super::displaced;
use super::list::ListedCheckout;
use super::options::ForgetOptions;
use super::records::{self, Recorded};
use super::settle;
use crate::error::{Error, Result};
use crate::observe::Observer;
use crate::staging::Staging;
use crate::store::Store;

impl Store {
    /// Forgets the checkout at a path: its directory stays as it is, and is its owner's alone. What only it needed is taken back
    /// by gc. The path need not be there.
    ///
    /// # Errors
    /// There is no such checkout; locks, or a failure of the file system.
    pub fn forget_checkout(
        &self,
        at: &Path,
        options: &ForgetOptions,
        observer: &dyn Observer,
    ) -> Result<ListedCheckout> {
        self.require_writable()?;
        let path = self.recorded_path(at)?;
        let locks = self.locks(&options.control, observer);
        let _path = locks.checkout(&path)?;
        let _mark = Staging::mark(self.root())?;
        let name = match records::of_path(self.root(), &path)?.first() {
            Some(recorded) => recorded.checkout.name.clone(),
            None => return Err(self.no_checkout(at)?),
        };
        let _window = locks.window(&name)?;
        for recorded in records::of_path(self.root(), &path)? {
            if settle::is_dead(self, &recorded)? {
                settle::settle(self, &recorded)?;
            }
        }
        let records = records::of_path(self.root(), &path)?;
        let Some(last) = records.last() else {
            return Err(self.no_checkout(at)?);
        };
        // What an intent that waits displaced belongs at the path: it is told, and its owner's.
        for recorded in &records {
            if recorded.checkout.state == CheckoutState::Complete {
                displaced::clear(recorded);
            }
        }
        let forgotten = ListedCheckout {
            displaced: records.iter().flat_map(displaced::of).collect(),
            ..ListedCheckout::of(last)
        };
        let all: Vec<&Recorded> = records.iter().collect();
        records::delete(self.root(), &all)?;
        Ok(forgotten)
    }

    /// The path under which a checkout was recorded: as it is written, or with the links on the way to it followed.
    fn recorded_path(&self, at: &Path) -> Result<String> {
        let absolute = std::path::absolute(at).unwrap_or_else(|_| at.to_path_buf());
        let parent = absolute
            .parent()
            .and_then(|parent| parent.canonicalize().ok());
        let followed = parent.map(|parent| parent.join(absolute.file_name().unwrap_or_default()));
        let wanted = [Some(absolute), followed];
        let recorded = records::readable(self.root())?
            .into_iter()
            .map(|recorded| recorded.checkout.path)
            .find(|path| {
                wanted
                    .iter()
                    .flatten()
                    .any(|wanted| wanted == Path::new(path))
            });
        match recorded {
            Some(path) => Ok(path),
            None => Err(self.no_checkout(at)?),
        }
    }

    fn no_checkout(&self, at: &Path) -> Result<Error> {
        let paths = self.checkouts()?.into_iter();
        Ok(Error::NoCheckout {
            path: at.to_path_buf(),
            paths: paths.map(|checkout| checkout.path).collect(),
        })
    }
}
