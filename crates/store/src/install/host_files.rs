//! The host's own files in a bundle's directory: outside the tree, never linked, the host's to rewrite.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use linkstead_format::TreePath;
use linkstead_fs::dir;
use linkstead_fs::file::{self, Attributes};
use linkstead_fs::stat::{self, FileKind};

use super::Install;
use crate::error::{Error, Result};
use crate::staging;

const ATTRIBUTES: Attributes = Attributes {
    mode: 0o644,
    mtime: None,
};

impl Install<'_> {
    /// Refuses an archive that has an entry where the host puts a file, or a file or link above it.
    pub(super) fn check_host_files<'p>(
        &self,
        entries: impl Iterator<Item = (&'p TreePath, EntryKind)>,
    ) -> Result<()> {
        if self.options.host_files.is_empty() {
            return Ok(());
        }
        let entries: HashMap<&str, EntryKind> =
            entries.map(|(path, kind)| (path.as_str(), kind)).collect();
        let mut seen: HashSet<&str> = HashSet::new();
        let mut paths: Vec<&str> = self
            .options
            .host_files
            .iter()
            .map(|host_file| host_file.path.as_str())
            .collect();
        // What lies above comes first.
        paths.sort_unstable();
        for path in paths {
            let above = path.match_indices('/').map(|(end, _)| &path[..end]);
            let clashes = !seen.insert(path)
                || entries.contains_key(path)
                || above.into_iter().any(|above| {
                    entries.get(above) == Some(&EntryKind::NoDirectory) || seen.contains(above)
                });
            if clashes {
                return Err(Error::HostFileClash {
                    archive: self.archive.label().to_path_buf(),
                    path: path.to_owned(),
                });
            }
        }
        Ok(())
    }

    /// Writes the host's files into a staged tree; returns their paths.
    pub(super) fn stage_host_files(&self, tree: &Path) -> Result<Vec<PathBuf>> {
        let mut written = Vec::new();
        for host_file in &self.options.host_files {
            if let Some(parent) = host_file.path.parent() {
                dir::create_dirs(tree, Path::new(parent.as_str()))?;
            }
            let path = tree.join(host_file.path.as_str());
            file::write_new(&path, &host_file.bytes, &ATTRIBUTES)?;
            written.push(path);
        }
        Ok(written)
    }

    /// Puts the host's files that are missing into a published directory; what the host has there is the host's.
    pub(super) fn restore_host_files(&self, directory: &Path) -> Result<()> {
        for host_file in &self.options.host_files {
            let path = directory.join(host_file.path.as_str());
            if stat::stat(&path)?.is_some() {
                continue;
            }
            let above: Vec<PathBuf> = path
                .ancestors()
                .skip(1)
                .take_while(|above| above.starts_with(directory))
                .map(Path::to_path_buf)
                .collect();
            for above in above.iter().rev() {
                make_real_directory(above)?;
            }
            let temporary = staging::temporary(self.store.root());
            file::put_file(&temporary, &path, &host_file.bytes, ATTRIBUTES.mode)?;
            for above in &above {
                dir::sync_dir(above)?;
            }
        }
        Ok(())
    }
}

/// What an entry is to a host file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EntryKind {
    /// Files may be put below it.
    Directory,
    /// Nothing can be below it.
    NoDirectory,
}

/// A server may have put a link where a directory of the host's was: nothing is written through it.
fn make_real_directory(path: &Path) -> Result<()> {
    match stat::stat(path)? {
        None => {
            dir::create_dir(path, 0o755)?;
            Ok(())
        }
        Some(found) if found.kind == FileKind::Directory => Ok(()),
        Some(_) => Err(Error::Damaged {
            path: path.to_path_buf(),
            problem: "a host file belongs below it, and it is no directory".into(),
        }),
    }
}
