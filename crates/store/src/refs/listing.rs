//! All refs of a store, or of one name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use linkstead_format::{BundleKey, BundleName, Ref, paths};
use linkstead_fs::stat::FileKind;
use linkstead_fs::{dir, file};

use crate::error::{Error, Result};
use crate::store::SMALL_FILE;
use crate::unreadable;
use crate::version_order;

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

    /// An error if one of them cannot be read.
    pub(crate) fn all_readable(self) -> Result<Self> {
        match self.unreadable.first() {
            None => Ok(self),
            Some(Unreadable { path, problem }) => Err(Error::Damaged {
                path: path.clone(),
                problem: problem.clone(),
            }),
        }
    }
}

impl RefsOfName {
    /// The directories that its versions mean.
    pub(crate) fn versions(&self) -> impl Iterator<Item = BundleKey> {
        self.versions.iter().filter_map(Ref::bundle)
    }
}

/// Lists all refs, versions in the order in which people count them. An unreadable one, whatever it is, is reported beside them, not skipped.
pub(crate) fn all(root: &Path) -> Result<AllRefs> {
    let mut found = AllRefs::default();
    for of_name in name_directories(&root.join(paths::REFS))? {
        found.read_directory(root, &of_name)?;
    }
    Ok(found.in_order())
}

/// The refs of one name, likewise. An unreadable one is an error: nobody knows then what versions there are.
pub(crate) fn of_name(root: &Path, name: &BundleName) -> Result<RefsOfName> {
    let mut found = AllRefs::default();
    found.read_directory(root, &root.join(paths::refs_dir(name)))?;
    let mut names = found.in_order().all_readable()?.names;
    Ok(names.remove(name).unwrap_or_default())
}

impl AllRefs {
    fn read_directory(&mut self, root: &Path, of_name: &Path) -> Result<()> {
        let current = of_name.join(paths::CURRENT_JSON);
        let right = |content: &Ref| root.join(paths::current_ref(&content.name));
        if let Some(content) = self.read(current, right)? {
            let of_name = self.of(&content.name);
            of_name.current = Some(content);
        }
        let versions = of_name.join(paths::VERSIONS);
        let listed = dir::list_if_present(&versions);
        for entry in self.told(&versions, listed)?.unwrap_or_default() {
            let right =
                |content: &Ref| root.join(paths::version_ref(&content.name, &content.version));
            if let Some(content) = self.read(versions.join(entry.name), right)? {
                let of_name = self.of(&content.name);
                of_name.versions.push(content);
            }
        }
        Ok(())
    }

    fn in_order(mut self) -> Self {
        for of_name in self.names.values_mut() {
            let versions = &mut of_name.versions;
            versions.sort_by(|a, b| version_order::by_count(&a.version, &b.version));
        }
        self
    }

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
        if entry.kind != FileKind::Directory {
            continue;
        }
        let path = base.join(&entry.name);
        if entry.name.as_encoded_bytes().starts_with(b"@") {
            for inner in dir::list_if_present(&path)? {
                if inner.kind == FileKind::Directory {
                    names.push(path.join(inner.name));
                }
            }
        } else {
            names.push(path);
        }
    }
    Ok(names)
}
