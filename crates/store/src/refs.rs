//! What a name means: reading and replacing refs, without locks for readers (I6).
//!
//! Writers call [`write`] and [`delete`] only inside a commit window, after the record (I3).

mod listing;

use std::path::{Path, PathBuf};

use linkstead_format::{BundleKey, BundleName, BundleRef, DirectoryName, Ref, Version, paths};
use linkstead_fs::boundary::look_again;
use linkstead_fs::{dir, file, stat};

pub(crate) use self::listing::{AllRefs, all, name_directories, of_name};
use crate::error::{Error, Result};
use crate::staging;
use crate::store::{SMALL_FILE, Store, ensure_directory};

/// An installed bundle that a name resolved to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The bundle's name.
    pub name: BundleName,
    /// Its version.
    pub version: Version,
    /// The last component of its directory.
    pub directory: DirectoryName,
    /// Its directory, absolute.
    pub path: PathBuf,
}

impl Resolved {
    pub(crate) fn key(&self) -> BundleKey {
        BundleKey {
            name: self.name.clone(),
            version: self.version.clone(),
            directory: self.directory.clone(),
        }
    }
}

/// The directory that was asked for, as its ref says, be it there or not. A ref of something else in its place is none.
pub(crate) fn bundle_meant(root: &Path, wanted: &BundleRef) -> Result<Option<BundleKey>> {
    let found = read(root, &ref_file(wanted))?;
    let found = found.as_ref().and_then(Ref::bundle);
    Ok(found.filter(|found| {
        let version = wanted.version.as_ref();
        found.name == wanted.name && version.is_none_or(|version| *version == found.version)
    }))
}

impl Store {
    /// The directory that a name, or a name and version, means now. Takes no lock and opens no database (I6).
    ///
    /// # Errors
    /// Nothing of that name is installed, its ref cannot be read, or its directory is gone although the ref names it.
    pub fn resolve(&self, wanted: &BundleRef) -> Result<Resolved> {
        let mut before = None;
        loop {
            let found =
                bundle_meant(self.root(), wanted)?.ok_or_else(|| self.means_nothing(wanted))?;
            let path = self.path(found.published());
            if stat::stat(&path)?.is_some() {
                return Ok(Resolved {
                    name: found.name,
                    version: found.version,
                    directory: found.directory,
                    path,
                });
            }
            // A remove or an update may have come between the ref and the directory: then the ref differs by now.
            if before.as_ref() == Some(&found) {
                return Err(Error::Damaged {
                    path,
                    problem: "its ref names it, but it is gone".into(),
                });
            }
            before = Some(found);
        }
    }

    /// Whether the ref by which it was found still names this directory.
    pub(crate) fn still_means(&self, wanted: &BundleRef, bundle: &Resolved) -> Result<bool> {
        let file = ref_file(wanted);
        look_again(
            &self.path(&file),
            || true,
            || {
                let named = read(self.root(), &file)?;
                let named = named.as_ref().and_then(Ref::bundle);
                Ok(named.is_some_and(|at| at == bundle.key()))
            },
        )
    }

    /// Touches the use stamp, for policies that go by age. A stamp that cannot be written is no error.
    pub fn touch_use(&self, bundle: &Resolved) {
        if !self.is_writable() {
            return;
        }
        let stamp = bundle.key().use_stamp();
        let touched = file::touch(&self.path(&stamp));
        if touched.is_err()
            && let Some(parent) = stamp.parent()
            && dir::create_dirs(self.root(), parent).is_ok()
        {
            let _ = file::touch(&self.path(&stamp));
        }
    }

    /// Why a name resolves to nothing, with what there is instead.
    pub(crate) fn means_nothing(&self, wanted: &BundleRef) -> Error {
        let refs = all(self.root()).unwrap_or_default();
        let versions: Vec<Version> = refs
            .names
            .get(&wanted.name)
            .map(|of_name| of_name.versions.iter().filter_map(Ref::bundle))
            .into_iter()
            .flatten()
            .map(|at| at.version)
            .collect();
        if wanted.version.is_none() && !versions.is_empty() {
            return Error::NoCurrent {
                name: wanted.name.clone(),
                versions,
            };
        }
        let similar = match &*versions {
            [] => refs.names.keys().map(ToString::to_string).collect(),
            some => some
                .iter()
                .map(|version| format!("{}@{version}", wanted.name))
                .collect(),
        };
        Error::NotInstalled {
            wanted: wanted.to_string(),
            similar,
        }
    }
}

/// The file that says what was asked for.
fn ref_file(wanted: &BundleRef) -> PathBuf {
    match &wanted.version {
        Some(version) => paths::version_ref(&wanted.name, version),
        None => paths::current_ref(&wanted.name),
    }
}

/// Reads one ref; `None` where there is none.
pub(crate) fn read(root: &Path, relative: &Path) -> Result<Option<Ref>> {
    let path = root.join(relative);
    match file::read(&path, SMALL_FILE)? {
        None => Ok(None),
        Some(bytes) => match Ref::decode(&bytes) {
            Ok(found) => Ok(Some(found)),
            Err(source) => Err(Error::Unreadable { path, source }),
        },
    }
}

/// Replaces one ref durably.
pub(crate) fn write(root: &Path, relative: &Path, content: &Ref) -> Result<()> {
    if let Some(there) = read(root, relative)?
        && there.name != content.name
    {
        return Err(Error::NameClash {
            wanted: format!("{}@{}", content.name, content.version),
            there: format!("{}@{}", there.name, there.version),
        });
    }
    if let Some(parent) = relative.parent() {
        ensure_directory(root, parent)?;
    }
    file::replace_file(
        &staging::temporary(root),
        &root.join(relative),
        &content.encode(),
        0o644,
    )?;
    sync_above(root, relative)
}

/// Deletes one ref durably.
pub(crate) fn delete(root: &Path, relative: &Path) -> Result<()> {
    dir::remove_file(&root.join(relative))?;
    if let Some(parent) = relative.parent() {
        dir::sync_dir(&root.join(parent))?;
    }
    Ok(())
}

/// Deletes the refs that name this directory, durably: nothing sound is there, and its record is about to go (I4). Says whether
/// there were any.
pub(crate) fn delete_those_to(root: &Path, key: &BundleKey) -> Result<bool> {
    let mut was_named = false;
    for file in [
        paths::current_ref(&key.name),
        paths::version_ref(&key.name, &key.version),
    ] {
        let named = read(root, &file)?.as_ref().and_then(Ref::bundle);
        if named.is_some_and(|named| named == *key) {
            delete(root, &file)?;
            was_named = true;
        }
    }
    Ok(was_named)
}

/// Makes the refs of a name durable as they are: a process that was killed may have renamed or deleted one without its sync.
pub(crate) fn sync_name(root: &Path, name: &BundleName) -> Result<()> {
    let current = paths::current_ref(name);
    let of_name = root.join(current.parent().unwrap_or(Path::new(paths::REFS)));
    for directory in [of_name.join(paths::VERSIONS), of_name] {
        dir::sync_dir_if_present(&directory)?;
    }
    sync_above(root, &current)
}

/// Syncs the directories above a ref's own, which were perhaps just made, up to `refs/`. Its own is synced when it is replaced.
fn sync_above(root: &Path, relative: &Path) -> Result<()> {
    let above = relative.ancestors().skip(2);
    for directory in above.take_while(|above| above.starts_with(paths::REFS)) {
        dir::sync_dir(&root.join(directory))?;
    }
    Ok(())
}
