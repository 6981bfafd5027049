//! What a name means: reading, listing and replacing refs, without locks for readers (I6).
//!
//! Writers call [`write`] and [`delete`] only inside a commit window, after the record (I3).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use linkstead_format::{BundleKey, BundleName, BundleRef, DirectoryName, Ref, Version, paths};
use linkstead_fs::boundary::look_again;
use linkstead_fs::{dir, file, stat};

use crate::error::{Error, Result};
use crate::staging;
use crate::store::{SMALL_FILE, Store, ensure_directory};
use crate::unreadable;
use crate::version_order;

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

/// The refs of one name.
#[derive(Debug, Default, Clone)]
pub(crate) struct RefsOfName {
    pub(crate) current: Option<Ref>,
    pub(crate) versions: Vec<Ref>,
}

/// A ref file that cannot be understood.
#[derive(Debug)]
pub(crate) struct Unreadable {
    pub(crate) path: PathBuf,
    pub(crate) problem: String,
}

/// All refs of a store.
#[derive(Debug, Default)]
pub(crate) struct AllRefs {
    pub(crate) names: BTreeMap<BundleName, RefsOfName>,
    pub(crate) unreadable: Vec<Unreadable>,
}

impl AllRefs {
    /// Every directory that some ref names, with its name and version; current ones included, each once.
    pub(crate) fn directories(&self) -> Vec<BundleKey> {
        let mut all: Vec<BundleKey> = self
            .names
            .values()
            .flat_map(|refs| refs.versions.iter().chain(&refs.current))
            .filter_map(Ref::bundle)
            .collect();
        all.sort_by(|a, b| {
            let by_version = || version_order::by_count(&a.version, &b.version);
            a.name
                .cmp(&b.name)
                .then_with(by_version)
                .then_with(|| a.directory.cmp(&b.directory))
        });
        all.dedup();
        all
    }
}

/// Whether it is what was asked for, and not another name with the same place.
fn answers(found: &BundleKey, wanted: &BundleRef) -> bool {
    let version = wanted.version.as_ref();
    found.name == wanted.name && version.is_none_or(|version| *version == found.version)
}

impl Store {
    /// The directory that a name, or a name and version, means now. Takes no lock and opens no database (I6).
    ///
    /// # Errors
    /// Nothing of that name is installed, its ref cannot be read, or its directory is gone although the ref names it.
    pub fn resolve(&self, wanted: &BundleRef) -> Result<Resolved> {
        let file = ref_file(wanted);
        let mut before = None;
        loop {
            let found = read(self.root(), &file)?
                .as_ref()
                .and_then(Ref::bundle)
                .filter(|found| answers(found, wanted))
                .ok_or_else(|| self.means_nothing(wanted))?;
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

/// Lists all refs, versions in the order in which people count them. An unreadable one, whatever it is, is reported beside them, not skipped.
pub(crate) fn all(root: &Path) -> Result<AllRefs> {
    let mut found = AllRefs::default();
    for of_name in name_directories(&root.join(paths::REFS))? {
        let current = of_name.join(paths::CURRENT_JSON);
        let right = |content: &Ref| root.join(paths::current_ref(&content.name));
        if let Some(content) = found.read(current, right)? {
            let of_name = found.of(&content.name);
            of_name.current = Some(content);
        }
        let versions = of_name.join(paths::VERSIONS);
        let listed = dir::list_if_present(&versions);
        for entry in found.told(&versions, listed)?.unwrap_or_default() {
            let right =
                |content: &Ref| root.join(paths::version_ref(&content.name, &content.version));
            if let Some(content) = found.read(versions.join(entry.name), right)? {
                let of_name = found.of(&content.name);
                of_name.versions.push(content);
            }
        }
    }
    for of_name in found.names.values_mut() {
        let versions = &mut of_name.versions;
        versions.sort_by(|a, b| version_order::by_count(&a.version, &b.version));
    }
    Ok(found)
}

impl AllRefs {
    fn of(&mut self, name: &BundleName) -> &mut RefsOfName {
        self.names.entry(name.clone()).or_default()
    }

    /// Whoever asks for what a ref says looks where such a ref lies: in another place it means nothing to anybody.
    fn read(&mut self, path: PathBuf, right: impl Fn(&Ref) -> PathBuf) -> Result<Option<Ref>> {
        let Some(bytes) = self.told(&path, file::read(&path, SMALL_FILE))?.flatten() else {
            return Ok(None);
        };
        let problem = match Ref::decode(&bytes) {
            Ok(content) if right(&content) == path => return Ok(Some(content)),
            Ok(content) => format!(
                "it is a ref of {}@{}, which does not lie here",
                content.name, content.version
            ),
            Err(error) => error.to_string(),
        };
        self.unreadable.push(Unreadable { path, problem });
        Ok(None)
    }

    /// What was read; `None` if it is unreadable, which is noted.
    fn told<T>(&mut self, path: &Path, read: linkstead_fs::Result<T>) -> Result<Option<T>> {
        match read {
            Ok(read) => Ok(Some(read)),
            Err(error) => {
                let problem = unreadable::problem_of(error.into())?;
                let path = path.to_path_buf();
                self.unreadable.push(Unreadable { path, problem });
                Ok(None)
            }
        }
    }
}

/// The directories of names below `bundles/` or `refs/`: one level, two below a scope.
pub(crate) fn name_directories(base: &Path) -> Result<Vec<PathBuf>> {
    let mut names = Vec::new();
    for entry in dir::list_if_present(base)? {
        if entry.kind != stat::FileKind::Directory {
            continue;
        }
        let path = base.join(&entry.name);
        if entry.name.as_encoded_bytes().starts_with(b"@") {
            for inner in dir::list_if_present(&path)? {
                if inner.kind == stat::FileKind::Directory {
                    names.push(path.join(inner.name));
                }
            }
        } else {
            names.push(path);
        }
    }
    Ok(names)
}
