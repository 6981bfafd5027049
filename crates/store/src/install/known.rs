//! Step 2: what the store already knows of an archive. A hint only (I8): rules version and policy are part of the key, and
//! the tree and its objects must be there.

use linkstead_format::{ArchiveId, BundleName, ObjectId, Threads, Tree, TreeKind, Version};

use super::Install;
use super::bundle::{Bundle, Described, archive_key, layout_of};
use crate::error::Result;
use crate::manifest::Reader;
use crate::mcpb;
use crate::options::Identity;
use crate::stored::{read_object, tree_bytes};

impl Install<'_> {
    /// The bundle of an archive whose tree is known; whatever is missing or not understood makes it unknown.
    pub(super) fn look_up(&self, id: &ArchiveId) -> Result<Option<Bundle>> {
        let Some(manifest) = Reader::open(self.store.root(), &self.locks)? else {
            return Ok(None);
        };
        let row = manifest.archive(&archive_key(*id, self.options))?;
        drop(manifest);
        let Some(row) = row else { return Ok(None) };
        let Some(bytes) = tree_bytes(self.store, &row.tree)? else {
            return Ok(None);
        };
        let decode = || Ok(Tree::decode_by(Threads::Pool, &bytes).ok());
        let Some(tree) = self.store.pool()?.run(decode)? else {
            return Ok(None);
        };
        let Some(described) = self.describe(&tree, &row.name, &row.version)? else {
            return Ok(None);
        };
        let layout = layout_of(self.options);
        Ok(Some(Bundle {
            directory: layout.directory_id(&row.tree),
            entry_points: described.server.entry_points,
            name: described.name,
            version: described.version,
            tree,
            tree_id: row.tree,
            layout,
            archive: *id,
            signature: row.signature,
            sanitized: row.sanitized,
        }))
    }

    /// Name, version and entry points, from the MCPB manifest's object.
    fn describe(&self, tree: &Tree, name: &str, version: &str) -> Result<Option<Described>> {
        let manifest = match mcpb_object(tree) {
            Some((_, size)) if size > self.options.caps.manifest_size => None,
            Some((object, size)) => match read_object(self.store, &object, size)? {
                Some(bytes) => Some(bytes),
                None => return Ok(None),
            },
            None => None,
        };
        let Ok(described) = Described::new(&self.options.identity, manifest.as_deref()) else {
            return Ok(None);
        };
        let agrees = match &self.options.identity {
            Identity::McpbManifest => {
                BundleName::parse(name).is_ok_and(|name| name == described.name)
                    && Version::parse(version).is_ok_and(|version| version == described.version)
            }
            Identity::As(..) => true,
        };
        Ok(agrees.then_some(described))
    }
}

/// The MCPB manifest's object and size, if the tree has one.
pub(crate) fn mcpb_object(tree: &Tree) -> Option<(ObjectId, u64)> {
    tree.entries()
        .iter()
        .find(|entry| entry.path.as_str() == mcpb::PATH)
        .and_then(|entry| match entry.kind {
            TreeKind::File { object, size, .. } => Some((object, size)),
            _ => None,
        })
}
