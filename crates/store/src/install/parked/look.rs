//! Looking at a parked directory: what is to be undone before it is the bundle again. Nothing is changed by looking.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use linkstead_format::{Amount, TreeDirectory, TreeFile, TreeKind, TreePath};
use linkstead_fs::DirHandle;
use linkstead_fs::dir::{self, DirEntry};
use linkstead_fs::link;
use linkstead_fs::stat::{self, FileKind, FileStat};
use rayon::prelude::*;

use crate::error::Result;
use crate::extra;
use crate::farm::DIRECTORY_MODE;
use crate::install::Install;
use crate::install::bundle::Bundle;
use crate::install::materialize::Inodes;
use crate::objects;
use crate::roles::{Role, Roles};

/// What a server changed. Paths are relative to the directory.
#[derive(Debug, Default)]
pub(in crate::install) struct Changes<'t> {
    /// Files to be made anew: altered, gone, or with another mode.
    pub(super) files: Vec<TreeFile<'t>>,
    /// Symbolic links to be made anew, with their targets.
    pub(super) symlinks: Vec<(&'t TreePath, &'t str)>,
    /// What is not of the bundle, and nobody would miss.
    pub(super) extra: Vec<PathBuf>,
    /// The links that are left alone.
    pub(super) linked: Amount,
    /// Their inodes.
    pub(super) inodes: Inodes,
    /// The other files that are left alone.
    pub(super) own: Vec<(TreeFile<'t>, Role)>,
    /// The directories.
    directories: Vec<&'t str>,
}

impl Changes<'_> {
    /// All directories of the tree at `base`, itself included.
    pub(super) fn directories(&self, base: &Path) -> Vec<PathBuf> {
        self.directories
            .iter()
            .map(|path| base.join(path))
            .collect()
    }
}

/// A parked directory that is not fit: something else is where a directory should be, or one of another mode, a file is there that
/// somebody would miss, or it cannot be looked at.
#[derive(Debug)]
struct Unfit;

impl Install<'_> {
    /// What there is to undo; `None` if the directory is left alone.
    pub(super) fn look_at_parked<'b>(
        &self,
        parked: &Path,
        bundle: &'b Bundle,
        roles: &Roles,
    ) -> Result<Option<Changes<'b>>> {
        let look = Look {
            base: parked,
            roles,
        };
        let directories = bundle.tree.by_directory();
        let seen = self.store.pool()?.run(|| {
            let seen = directories.par_iter().with_max_len(1).map(|directory| {
                self.options.control.check()?;
                Ok(look.directory(directory))
            });
            seen.collect::<Result<Vec<_>>>()
        })?;
        let mut changes = Changes {
            directories: directories.iter().map(|one| one.path).collect(),
            ..Changes::default()
        };
        for seen in seen {
            let Ok(seen) = seen else { return Ok(None) };
            changes.files.extend(seen.files);
            changes.symlinks.extend(seen.symlinks);
            changes.extra.extend(seen.extra);
            changes.linked += seen.linked;
            changes.inodes.extend(seen.inodes);
            changes.own.extend(seen.own);
        }
        Ok(Some(changes))
    }
}

struct Look<'a> {
    base: &'a Path,
    roles: &'a Roles,
}

impl Look<'_> {
    fn directory<'t>(&self, of: &TreeDirectory<'t>) -> std::result::Result<Changes<'t>, Unfit> {
        let mut changes = Changes::default();
        let directory = self.base.join(of.path);
        let own = stat::stat(&directory).map_err(|_| Unfit)?;
        if own.is_none_or(|own| own.mode & 0o777 != DIRECTORY_MODE) {
            return Err(Unfit);
        }
        let names = dir::list(&directory).map_err(|_| Unfit)?;
        let Ok(Some(directory)) = DirHandle::open(&directory) else {
            return Err(Unfit);
        };
        let extra = |found: &DirEntry| self.extra(&Path::new(of.path).join(&found.name), found);
        // Both are sorted.
        let mut names = names.iter().peekable();
        for entry in &of.entries {
            let name = OsStr::new(entry.path.file_name());
            while let Some(found) = names.next_if(|found| found.name.as_os_str() < name) {
                changes.extra.push(extra(found)?);
            }
            let mut found = None;
            // A file system that lists a name twice has no second file there.
            while let Some(same) = names.next_if(|found| found.name == name) {
                found = Some(same.kind);
            }
            let is_directory = found == Some(FileKind::Directory);
            if is_directory != (entry.kind == TreeKind::Directory) {
                return Err(Unfit);
            }
            if let Some(file) = entry.file() {
                match found {
                    Some(FileKind::File) => self.file(file, &directory, &mut changes)?,
                    _ => changes.files.push(file),
                }
            }
            if let TreeKind::Symlink { target } = &entry.kind {
                let path = self.base.join(entry.path.as_str());
                let is_right = found == Some(FileKind::Symlink)
                    && link::read_link(&path).is_ok_and(|to| to == Path::new(target));
                if !is_right {
                    changes.symlinks.push((&entry.path, target));
                }
            }
        }
        for found in names {
            changes.extra.push(extra(found)?);
        }
        Ok(changes)
    }

    /// What is not of the bundle goes with its directory, unless somebody would miss it.
    fn extra(&self, path: &Path, found: &DirEntry) -> std::result::Result<PathBuf, Unfit> {
        let is_missed = |path: &Path| {
            let path = path.to_str();
            path.is_none_or(|path| extra::would_be_missed(path, self.roles.private()))
        };
        let is_fit = match found.kind {
            FileKind::Directory => walkdir::WalkDir::new(self.base.join(path))
                .follow_root_links(false)
                .into_iter()
                .all(|below| {
                    below.is_ok_and(|below| {
                        let relative = below.path().strip_prefix(self.base);
                        below.file_type().is_dir() || !relative.is_ok_and(is_missed)
                    })
                }),
            _ => !is_missed(path),
        };
        if is_fit {
            Ok(path.to_path_buf())
        } else {
            Err(Unfit)
        }
    }

    fn file<'t>(
        &self,
        file: TreeFile<'t>,
        directory: &DirHandle,
        changes: &mut Changes<'t>,
    ) -> std::result::Result<(), Unfit> {
        let name = file.path.file_name();
        let found = directory.stat(name).map_err(|_| Unfit)?.ok_or(Unfit)?;
        let role = self.roles.of(file.path, file.size);
        let is_as_placed = match role {
            Role::Linked => is_sealed(file, &found),
            Role::Sealed => is_sealed(file, &found) && found.links == 1,
            // Its bytes may be anything, with any mtime.
            Role::Private | Role::Isolated => {
                found.mode == file.key.exec.private_mode()
                    && found.links == 1
                    && found.size == file.size
                    && (file.size == 0 || has_content(&directory.join(name), file))
            }
        };
        match (is_as_placed, role) {
            (false, _) => changes.files.push(file),
            (true, Role::Linked) => {
                changes.linked.add(file.size);
                changes.inodes.insert(file.key, found.id());
            }
            (true, role) => changes.own.push((file, role)),
        }
        Ok(())
    }
}

fn is_sealed(file: TreeFile<'_>, found: &FileStat) -> bool {
    found.mode == file.key.exec.sealed_mode() && objects::is_sealed(found, &file.key.id, file.size)
}

fn has_content(path: &Path, file: TreeFile<'_>) -> bool {
    matches!(objects::hash_file(path), Ok(Some((id, _))) if id == file.key.id)
}
