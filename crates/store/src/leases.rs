//! Which bundles are leased, and by whom, as far as the system tells.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use linkstead_format::{BundleName, DirectoryName, Receipt, Version, paths};
use linkstead_fs::lock::{self, LockMode};
use linkstead_fs::stat::FileKind;
use linkstead_fs::{dir, file};
use serde::Serialize;

use crate::error::Result;
use crate::refs::{self, Resolvable};
use crate::store::{SMALL_FILE, Store};

/// A bundle that live processes hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Leased {
    /// Its name.
    pub name: BundleName,
    /// Its version.
    pub version: Version,
    /// Its directory, absolute.
    pub directory: PathBuf,
    /// Whether a name still means it; else it goes with the first gc after its last holder.
    pub named: bool,
    /// The processes that hold it. Empty where the system does not tell, such as for processes of another container.
    pub holders: Vec<Holder>,
}

/// A process that holds something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Holder {
    /// Its process id.
    pub process: u32,
    /// The name of its program, if it could be read.
    pub command: Option<String>,
}

impl Store {
    /// All leased bundles, by name and version.
    ///
    /// Whether a directory is leased is found out by locking it, so it is locked for a moment: a lease that begins just then
    /// waits for that moment, and a removal says that it is in use.
    ///
    /// # Errors
    /// The directories or refs cannot be listed.
    pub fn leases(&self) -> Result<Vec<Leased>> {
        let named: HashMap<PathBuf, Resolvable> = refs::all(self.root())?
            .directories()
            .into_iter()
            .map(|at| (at.path(self.root()), at))
            .collect();
        let mut leased = Vec::new();
        for directory in self.published_directories()? {
            if !is_held(&directory)? {
                continue;
            }
            let meant = named.get(&directory);
            let Some((name, version)) = meant
                .map(|at| (at.name.clone(), at.version.clone()))
                .or_else(|| named_by_receipt(&directory))
            else {
                continue;
            };
            leased.push(Leased {
                name,
                version,
                named: meant.is_some(),
                holders: holders(&directory),
                directory,
            });
        }
        leased.sort_by(|a, b| {
            (&a.name, &a.version, &a.directory).cmp(&(&b.name, &b.version, &b.directory))
        });
        Ok(leased)
    }

    /// Every directory that lies where published ones do.
    fn published_directories(&self) -> Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        for of_name in refs::name_directories(&self.path(paths::BUNDLES))? {
            for version in dir::list_if_present(&of_name)? {
                if version.kind != FileKind::Directory {
                    continue;
                }
                let of_version = of_name.join(version.name);
                let published = dir::list_if_present(&of_version)?
                    .into_iter()
                    .filter(|entry| entry.kind == FileKind::Directory)
                    .filter(|entry| {
                        let name = entry.name.to_str();
                        name.is_some_and(|name| DirectoryName::parse(name).is_ok())
                    });
                found.extend(published.map(|entry| of_version.join(entry.name)));
            }
        }
        Ok(found)
    }
}

fn is_held(directory: &Path) -> Result<bool> {
    match lock::try_lock_dir(directory, LockMode::Exclusive) {
        Ok(free) => Ok(free.is_none()),
        // It went away, or is not ours to look at.
        Err(error) if error.is_not_found() || error.is_permission() => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// A directory that no name means is told by its receipt.
fn named_by_receipt(directory: &Path) -> Option<(BundleName, Version)> {
    let bytes = file::read(&directory.with_extension("json"), SMALL_FILE).ok()??;
    let receipt = Receipt::decode(&bytes).ok()?;
    Some((receipt.name, receipt.version))
}

fn holders(directory: &Path) -> Vec<Holder> {
    lock::holders(directory)
        .into_iter()
        .map(|holder| Holder {
            process: holder.pid,
            command: holder.command,
        })
        .collect()
}
