//! The host's own files in a bundle's directory: outside the tree, never linked, the host's to rewrite.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use linkstead_format::TreePath;
use linkstead_fs::file::{self, Attributes};
use linkstead_fs::{dir, stat};

use super::Install;
use crate::error::{Error, Result};
use crate::staging;

const ATTRIBUTES: Attributes = Attributes {
    mode: 0o644,
    mtime: None,
};

impl Install<'_> {
    /// Refuses an archive that has an entry where the host puts a file.
    pub(super) fn check_host_files<'p>(
        &self,
        mut entries: impl Iterator<Item = &'p TreePath>,
    ) -> Result<()> {
        let hosts: HashSet<&TreePath> = self.options.host_files.iter().map(|f| &f.path).collect();
        match entries.find(|path| hosts.contains(path)) {
            None => Ok(()),
            Some(path) => Err(Error::HostFileClash {
                archive: self.archive.label().to_path_buf(),
                path: path.to_string(),
            }),
        }
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
            if let Some(parent) = host_file.path.parent() {
                dir::create_dirs(directory, Path::new(parent.as_str()))?;
            }
            let temporary = staging::temporary(self.store.root());
            file::replace_file(&temporary, &path, &host_file.bytes, ATTRIBUTES.mode)?;
        }
        Ok(())
    }
}
