//! What is being installed: name, version, tree, layout, and the facts about its archive.

use linkstead_format::{
    ArchiveId, ArchiveKey, ArchiveRow, BundleName, Caps, Digest, DirectoryId, ExecClass, Layout,
    LayoutKind, Sanitized, Signature, Threads, Tree, TreeEntry, TreeId, TreeKind, TreePath,
    Version,
};

use super::Install;
use super::ingest::Ingested;
use crate::archive::{ModeOrigin, Plan, PlannedKind, RULES_VERSION, SymlinkPolicy};
use crate::error::{Error, Result};
use crate::mcpb::{self, McpbManifest, Server, ServerKind};
use crate::options::{Identity, InstallOptions, LinkMode};
use crate::roles::Roles;

/// A bundle that is known in full.
#[derive(Debug)]
pub(super) struct Bundle {
    pub(super) name: BundleName,
    pub(super) version: Version,
    pub(super) tree: Tree,
    pub(super) tree_id: TreeId,
    pub(super) layout: Layout,
    pub(super) directory: DirectoryId,
    pub(super) entry_points: Vec<TreePath>,
    pub(super) archive: ArchiveId,
    pub(super) signature: Signature,
    pub(super) sanitized: Sanitized,
}

/// What an MCPB manifest, or its absence, says about the bundle.
pub(super) struct Described {
    pub(super) name: BundleName,
    pub(super) version: Version,
    pub(super) server: Server,
    /// Name and version as the MCPB manifest has them; the look-up keeps them, whatever the caller calls the bundle.
    pub(super) own: Option<(BundleName, Version)>,
}

impl Described {
    /// Reads an MCPB manifest; a plain zip needs none and may hold a `manifest.json` of another kind.
    pub(super) fn new(
        identity: &Identity,
        manifest: Option<&[u8]>,
    ) -> std::result::Result<Self, String> {
        match identity {
            Identity::McpbManifest => {
                let manifest = manifest.ok_or("is missing")?;
                let manifest = McpbManifest::parse(manifest)?;
                Ok(Described {
                    own: Some((manifest.name.clone(), manifest.version.clone())),
                    name: manifest.name,
                    version: manifest.version,
                    server: manifest.server,
                })
            }
            Identity::As(name, version) => Ok(Described {
                name: name.clone(),
                version: version.clone(),
                server: manifest.map(Server::parse_lenient).unwrap_or_default(),
                own: None,
            }),
        }
    }
}

impl Bundle {
    /// What each file is in its directory.
    pub(super) fn roles(&self) -> Roles {
        Roles::new(&self.layout, self.entry_points.iter().cloned())
    }

    /// The bundle of a plan whose contents have been ingested.
    pub(super) fn of_plan(
        install: &Install<'_>,
        archive: &ArchiveId,
        plan: Plan,
        described: Described,
        ingested: &mut Ingested,
    ) -> Result<Self> {
        let pool = install.store.pool()?;
        let tree = pool.run(|| Ok(tree_of(&plan, &ingested.contents)))?;
        let tree = tree.map_err(|problem| Error::Damaged {
            path: install.archive.label().to_path_buf(),
            problem: format!("its plan makes no tree: {problem}"),
        })?;
        let tree_id = tree.id();
        let (own_name, own_version) = match &described.own {
            Some((name, version)) => (name.to_string(), version.to_string()),
            None => (String::new(), String::new()),
        };
        ingested.look_ups.archive = Some((
            archive_key(*archive, install.options),
            ArchiveRow {
                tree: tree_id,
                name: own_name,
                version: own_version,
                signature: plan.signature,
                sanitized: plan.sanitized,
            },
        ));
        let layout = layout_of(install.options);
        Ok(Bundle {
            directory: layout.directory_id(&tree_id),
            entry_points: described.server.entry_points,
            name: described.name,
            version: described.version,
            tree,
            tree_id,
            layout,
            archive: *archive,
            signature: plan.signature,
            sanitized: plan.sanitized,
        })
    }
}

impl Install<'_> {
    /// Reads the MCPB manifest out of the archive, and gives the entry point of a binary server the exec class where the
    /// packer knew no modes.
    pub(super) fn read_mcpb_manifest(&self, plan: &mut Plan) -> Result<Described> {
        let bytes = mcpb::read(self.archive.reader(), plan, self.options.caps.manifest_size)
            .map_err(|error| match TreePath::parse(mcpb::PATH) {
                Ok(path) => self.refused(&path, error),
                Err(_) => unreachable!("the path of the MCPB manifest is a path"),
            })?;
        let described =
            Described::new(&self.options.identity, bytes.as_deref()).map_err(|problem| {
                Error::McpbManifest {
                    archive: self.archive.label().to_path_buf(),
                    problem,
                }
            })?;
        if described.server.kind == ServerKind::Binary {
            for entry in &mut plan.entries {
                if let PlannedKind::File { exec, data } = &mut entry.kind
                    && data.mode_origin == ModeOrigin::Assumed
                    && described.server.entry_points.contains(&entry.path)
                {
                    *exec = ExecClass::Executable;
                }
            }
        }
        Ok(described)
    }
}

/// The layout that the options ask for.
pub(super) fn layout_of(options: &InstallOptions) -> Layout {
    Layout {
        kind: match options.link_mode {
            LinkMode::Auto | LinkMode::Hardlink => LayoutKind::Linked,
            LinkMode::Reflink | LinkMode::Copy => LayoutKind::Isolated,
        },
        private: options.private.clone(),
    }
}

/// The key under which the archive's tree is looked up: rules and policy included (I8).
pub(super) fn archive_key(archive: ArchiveId, options: &InstallOptions) -> ArchiveKey {
    let symlinks = match options.symlinks {
        SymlinkPolicy::Allow => "allow",
        SymlinkPolicy::Deny => "deny",
    };
    let kind = match options.identity {
        Identity::McpbManifest => "bundle",
        Identity::As(..) => "plain",
    };
    // Named one by one: a new cap must not be forgotten here.
    let Caps {
        entries,
        file_size,
        total_size,
        archive_size,
        manifest_size,
    } = options.caps;
    let canonical = format!(
        "kind {kind}\nsymlinks {symlinks}\nentries {entries}\nfile {file_size}\ntotal {total_size}\n\
         archive {archive_size}\nmanifest {manifest_size}\n"
    );
    ArchiveKey {
        archive,
        rules: RULES_VERSION,
        policy: Digest::of(canonical.as_bytes()),
    }
}

/// By the pool that the caller is a thread of.
fn tree_of(
    plan: &Plan,
    contents: &[Option<linkstead_format::ObjectId>],
) -> std::result::Result<Tree, String> {
    let mut entries = Vec::with_capacity(plan.entries.len());
    for (entry, content) in plan.entries.iter().zip(contents) {
        let kind = match (&entry.kind, content) {
            (PlannedKind::Directory, _) => TreeKind::Directory,
            (PlannedKind::Symlink { target }, _) => TreeKind::Symlink {
                target: target.clone(),
            },
            (PlannedKind::File { exec, data }, Some(object)) => TreeKind::File {
                exec: *exec,
                object: *object,
                size: data.size,
            },
            (PlannedKind::File { .. }, None) => {
                return Err(format!("{} was not ingested", entry.path));
            }
        };
        entries.push(TreeEntry {
            path: entry.path.clone(),
            kind,
        });
    }
    Tree::new_by(Threads::Pool, entries).map_err(|error| error.to_string())
}
