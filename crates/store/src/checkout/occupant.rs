//! What stands at the path of a checkout, and whether it may go.

use std::path::{Path, PathBuf};

use linkstead_format::{Tree, TreePath};
use linkstead_fs::stat;

use super::options::Displace;
use super::records::Recorded;
use super::refusal::CheckoutRefusal;
use super::standing::{self, Standing};
use super::target::{Target, refused};
use crate::error::Result;
use crate::extra;
use crate::objects;
use crate::store::Store;
use crate::stored::read_tree;

/// What stands at a path.
#[derive(Debug)]
pub(super) enum Occupant {
    /// Nothing.
    Nothing,
    /// A checkout of this store, whose tree is known.
    Ours { record: Box<Recorded>, tree: Tree },
    /// A directory of somebody else's.
    Foreign,
}

impl Occupant {
    /// Looks. The target is a directory, or nothing.
    pub(super) fn at(store: &Store, target: &Target, records: &[Recorded]) -> Result<Self> {
        if stat::stat(&target.path)?.is_none() {
            return Ok(Occupant::Nothing);
        }
        let ours = records
            .iter()
            .find(|recorded| standing::standing(&recorded.checkout) == Standing::Here);
        let Some(record) = ours else {
            return Ok(Occupant::Foreign);
        };
        // Without its tree nobody can say which files are the bundle's.
        Ok(match read_tree(store, &record.checkout.tree)? {
            Some(tree) => Occupant::Ours {
                record: Box::new(record.clone()),
                tree,
            },
            None => Occupant::Foreign,
        })
    }

    /// Whether it may go; the files of its own that go with it, or are to be kept.
    pub(super) fn may_go(&self, target: &Target, displace: Displace) -> Result<Vec<String>> {
        let refused = |refusal| Err(refused(&target.path, refusal));
        let own = match self {
            Occupant::Nothing => return Ok(Vec::new()),
            Occupant::Foreign if displace != Displace::Anything => {
                return refused(CheckoutRefusal::Foreign);
            }
            Occupant::Foreign => Vec::new(),
            Occupant::Ours { record, tree } => files_of_its_own(&target.path, record, tree)?,
        };
        if let Some(mount) = mount_below(&target.path)? {
            return refused(CheckoutRefusal::MountBelow(mount));
        }
        if displace == Displace::Own && !own.is_empty() {
            return refused(CheckoutRefusal::ExtraFiles(own));
        }
        Ok(own)
    }
}

/// What a server put beside the bundle's files, or wrote into private ones. What Python and uv make again by themselves does
/// not count.
fn files_of_its_own(path: &Path, record: &Recorded, tree: &Tree) -> Result<Vec<String>> {
    let checkout = &record.checkout;
    let mut own = extra::extra_files(path, tree, &checkout.host);
    let private = checkout.layout.private.matcher();
    own.retain(|path| extra::would_be_missed(path, &private));
    for file in tree.files().filter(|file| private.is_private(file.path)) {
        if is_written(&path.join(file.path.as_str()), &file)? {
            own.push(file.path.to_string());
        }
    }
    own.retain(|path| !is_made_again(path));
    own.sort();
    Ok(own)
}

/// Whether a private file is there with another content than the bundle's.
fn is_written(path: &Path, file: &linkstead_format::TreeFile<'_>) -> Result<bool> {
    match stat::stat(path)? {
        None => Ok(false),
        Some(found) if found.kind != stat::FileKind::File || found.size != file.size => Ok(true),
        Some(_) => objects::is_another(path, &file.key.id),
    }
}

fn is_made_again(path: &str) -> bool {
    extra::is_in_cache(path)
        || [".pyc", ".pyo"].iter().any(|end| path.ends_with(end))
        || path == "uv.lock"
        || path.ends_with("/uv.lock")
}

/// A mount below a directory: whoever deletes the directory would delete what is mounted.
fn mount_below(path: &Path) -> Result<Option<PathBuf>> {
    let own = stat::mount(path)?;
    let directories = walkdir::WalkDir::new(path)
        .min_depth(1)
        .follow_links(false)
        .into_iter()
        .filter_map(|entry| entry.ok().filter(|entry| entry.file_type().is_dir()));
    for directory in directories {
        if stat::mount(directory.path())?.is_some_and(|mount| Some(mount) != own) {
            return Ok(Some(directory.into_path()));
        }
    }
    Ok(None)
}

/// Which of these files have no place in a new directory: something of the bundle is in the way that is not the server's own
/// to change.
pub(super) fn clashes(
    own: &[String],
    tree: &Tree,
    is_private: impl Fn(&TreePath) -> bool,
) -> Vec<String> {
    use linkstead_format::TreeKind;
    let is_in_the_way = |path: &str, is_itself: bool| {
        tree.get(path).is_some_and(|entry| match entry.kind {
            TreeKind::Directory => is_itself,
            TreeKind::File { .. } => !(is_itself && is_private(&entry.path)),
            TreeKind::Symlink { .. } => true,
        })
    };
    let clashing = own.iter().filter(|path| {
        let mut above = path.match_indices('/').map(|(end, _)| &path[..end]);
        is_in_the_way(path, true) || above.any(|above| is_in_the_way(above, false))
    });
    clashing.cloned().collect()
}
