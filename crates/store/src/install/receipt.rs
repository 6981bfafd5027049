//! Step 11: the receipt, durable before the directory has its name.

use std::path::PathBuf;

use linkstead_format::{
    ArchiveDigest, DirectoryName, Exceptions, Extra, McpbManifestObject, Receipt, ReceiptNumber,
    paths,
};
use linkstead_fs::file;

use super::commit::parents;
use super::known::mcpb_object;
use super::{Bundle, Install, Staged};
use crate::error::Result;
use crate::staging;
use crate::store::ensure_directory;

impl Install<'_> {
    /// Returns the directories that are relied on.
    pub(super) fn write_receipt(
        &self,
        bundle: &Bundle,
        staged: &Staged,
        directory: &DirectoryName,
    ) -> Result<Vec<PathBuf>> {
        let relative = paths::receipt(&bundle.name, &bundle.version, directory);
        if let Some(parent) = relative.parent() {
            ensure_directory(self.store.root(), parent)?;
        }
        let receipt = self.receipt(bundle, staged);
        file::put_file(
            &staging::temporary(self.store.root()),
            &self.store.path(&relative),
            &receipt.encode(),
            0o644,
        )?;
        Ok(parents(self.store.root(), &relative))
    }

    fn receipt(&self, bundle: &Bundle, staged: &Staged) -> Receipt {
        let mut archives = vec![ArchiveDigest {
            algorithm: "blake3".into(),
            digest: bundle.archive.to_string(),
        }];
        if let Some(sha256) = self.options.expected_sha256 {
            archives.push(ArchiveDigest {
                algorithm: "sha256".into(),
                digest: sha256.iter().map(|byte| format!("{byte:02x}")).collect(),
            });
        }
        Receipt {
            name: bundle.name.clone(),
            version: bundle.version.clone(),
            tree: bundle.tree_id,
            directory: bundle.directory,
            layout: bundle.layout.clone(),
            receipt: ReceiptNumber,
            exceptions: Exceptions {
                extra: Extra::new(),
                private: staged.farm.placed.private.clone(),
                host: self
                    .options
                    .host_files
                    .iter()
                    .map(|host_file| host_file.path.clone())
                    .collect(),
                copied: staged.farm.placed.copied.iter().cloned().collect(),
            },
            archives,
            signature: bundle.signature,
            sanitized: bundle.sanitized,
            mcpb_manifest: mcpb_object(&bundle.tree)
                .map(|(object, size)| McpbManifestObject { object, size }),
            files: bundle.tree.files().count() as u64,
            bytes: bundle.tree.total_bytes(),
            platform: None,
            installed: jiff::Timestamp::now().to_string(),
            install: Some(staged.farm.counts.facts()),
            extra: Extra::new(),
        }
    }
}
