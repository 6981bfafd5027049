//! What happens to a store without the engine: files get lost, altered, or in the way.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use linkstead_fs::dir;
use linkstead_store::format::{Receipt, paths};
use serde::{Deserialize, Serialize};

use crate::checking_out;
use crate::deed::{Manner, install, open};
use crate::sample::{ENTRY_POINT, HOST_FILE, Sample};

/// One misfortune of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mishap {
    /// Somebody makes the directory that a checkout is to lie in.
    MakePlace,
    /// A server writes a file of its own into what is checked out.
    Serve,
    /// A process that cannot exchange names dies in the middle of a checkout, with what was there moved aside.
    HalfSwap,
    /// The manifest gets lost.
    LoseManifest,
    /// The manifest becomes unreadable.
    SpoilManifest,
    /// A process dies in the middle of an install, and leaves its staging.
    Death,
    /// A copy of the store leaves out the directories that are empty.
    LoseEmptyDirectories,
    /// A link, a copy and a symbolic link of a published directory get lost.
    Damage(Sample),
    /// A server writes through a link of its directory.
    Alter(Sample),
    /// Somebody edits a file that is a copy.
    Edit(Sample),
    /// Somebody takes the modes away from a file that is a copy.
    Drift(Sample),
    /// A directory of somebody's stands where a file of the bundle belongs.
    Obstruct(Sample),
    /// A server writes a database of its own into its directory, whether a name means that or not.
    Write(Sample),
    /// The refs of a bundle get lost: its record names what no name means.
    Unname(Sample),
    /// The host's file gets lost, with its directory.
    LoseHostFile(Sample),
    /// Its tree gets lost.
    LoseTree(Sample),
    /// Its directory gets lost; the receipt beside it stays.
    LoseDirectory(Sample),
    /// It gets lost with its refs and its receipt; its record stays.
    Vanish(Sample),
    /// The object of its entry point gets a fresh time.
    Touch(Sample),
    /// Somebody's file lies among the objects.
    Stray,
    /// Its objects get lost; its directory still has the files.
    LoseObjects(Sample),
    /// A whole directory with its receipt that no record and no ref knows.
    Orphan(Sample),
}

/// What a spoiled manifest holds.
const SPOILED: &[u8] = b"spoiled";

/// What somebody keeps in a directory of a bundle.
const PRECIOUS: &[u8] = b"precious";

/// What somebody made of a file of the bundle.
const EDITED: &[u8] = b"edited";

/// What somebody's file holds.
pub(crate) const STRAY: &[u8] = b"stray";

impl Mishap {
    /// Lets it happen.
    ///
    /// # Errors
    /// What the engine says, where its help is needed.
    ///
    /// # Panics
    /// The store is not as it should be before.
    pub fn befall(self, root: &Path) -> Result<(), linkstead_store::Error> {
        let manifest = root.join("manifest.redb");
        match self {
            Mishap::MakePlace => fs::create_dir(checking_out::place(root)).expect("a free name"),
            Mishap::Serve => checking_out::serve(root),
            Mishap::HalfSwap => checking_out::leave_half_swapped(root),
            // Through the door, so that a recorded history has it.
            Mishap::LoseManifest => drop(dir::remove_file(&manifest)?),
            Mishap::SpoilManifest => fs::write(manifest, SPOILED).expect("it is there"),
            Mishap::Death => {
                let staging = root.join("staging/00000000deadbeef");
                fs::write(staging.with_extension("lock"), b"").expect("a free name");
                fs::create_dir(&staging).expect("a free name");
                fs::write(staging.join("half"), b"half").expect("ours");
            }
            Mishap::LoseEmptyDirectories => prune(root),
            Mishap::Damage(sample) => {
                let directory = directory_of(root, sample)?;
                for file in [LINKED, ENTRY_POINT, SYMLINK] {
                    fs::remove_file(directory.join(file)).expect("it is there");
                }
            }
            Mishap::Alter(sample) => {
                let file = directory_of(root, sample)?.join(LINKED);
                set_mode(&file, 0o644);
                fs::write(&file, altered(sample)).expect("ours");
            }
            Mishap::Edit(sample) => {
                let file = directory_of(root, sample)?.join(ENTRY_POINT);
                set_mode(&file, 0o755);
                fs::write(&file, EDITED).expect("ours");
            }
            Mishap::Drift(sample) => set_mode(&directory_of(root, sample)?.join(ENTRY_POINT), 0),
            Mishap::Obstruct(sample) => {
                let file = directory_of(root, sample)?.join(LINKED);
                fs::remove_file(&file).expect("it is there");
                fs::create_dir(&file).expect("a free name");
                fs::write(file.join("notes"), PRECIOUS).expect("ours");
            }
            Mishap::Write(sample) => {
                let directory = sample.directory_in(root).expect("it was published");
                fs::write(directory.join("notes.db"), PRECIOUS).expect("ours");
            }
            Mishap::Unname(sample) => {
                fs::remove_dir_all(root.join("refs").join(sample.name())).expect("it has refs");
            }
            Mishap::LoseHostFile(sample) => {
                let file = directory_of(root, sample)?.join(HOST_FILE.0);
                let directory = file.parent().expect("it has one of its own");
                fs::remove_dir_all(directory).expect("it is there");
            }
            Mishap::LoseDirectory(sample) => {
                fs::remove_dir_all(directory_of(root, sample)?).expect("it is there");
            }
            Mishap::Vanish(sample) => {
                for shelf in ["refs", "bundles"] {
                    fs::remove_dir_all(root.join(shelf).join(sample.name())).expect("it has both");
                }
            }
            Mishap::Touch(sample) => {
                let object = root.join(sample.object_of(ENTRY_POINT));
                let file = fs::File::open(object).expect("it is there");
                file.set_modified(std::time::SystemTime::now())
                    .expect("ours");
            }
            Mishap::Stray => fs::write(root.join("objects/stray"), STRAY).expect("ours"),
            Mishap::LoseObjects(sample) => {
                for object in sample.objects() {
                    fs::remove_file(root.join(object)).expect("it is there");
                }
            }
            Mishap::LoseTree(sample) => fs::remove_file(tree_of(root, sample)).expect("it has one"),
            Mishap::Orphan(sample) => {
                let elsewhere = root.with_extension("elsewhere");
                install(&open(&elsewhere)?, sample, Manner::Linked)?;
                let name = Path::new("bundles").join(sample.name());
                fs::rename(elsewhere.join(&name), root.join(&name)).expect("a free name");
                // As an install that died left it: its tree was there before it was published.
                let tree = tree_of(root, sample);
                let shelf = tree.parent().expect("it lies on one");
                fs::create_dir_all(shelf).expect("ours");
                let brought = elsewhere.join(tree.strip_prefix(root).expect("it is in the store"));
                fs::copy(brought, &tree).expect("it was installed there");
                fs::remove_dir_all(&elsewhere).expect("ours");
            }
        }
        Ok(())
    }

    /// What the engine must keep for people to look at, once an operation that came upon it is acknowledged.
    #[must_use]
    pub fn keepsake(self) -> Option<Vec<u8>> {
        match self {
            Mishap::SpoilManifest => Some(SPOILED.to_vec()),
            Mishap::Alter(sample) => Some(altered(sample)),
            Mishap::Edit(_) => Some(EDITED.to_vec()),
            Mishap::Obstruct(_) | Mishap::Write(_) => Some(PRECIOUS.to_vec()),
            _ => None,
        }
    }
}

/// A file of every sample that is a link of its object.
const LINKED: &str = "lib/d1/f1.py";

/// One that is a symbolic link.
const SYMLINK: &str = "lib/link.py";

fn directory_of(root: &Path, sample: Sample) -> Result<PathBuf, linkstead_store::Error> {
    Ok(open(root)?.resolve(&sample.reference())?.path)
}

fn tree_of(root: &Path, sample: Sample) -> PathBuf {
    let directory = sample.directory_in(root).expect("it was published");
    let receipt = directory.with_extension("json");
    let receipt = fs::read(receipt).expect("it has a receipt");
    let tree = Receipt::decode(&receipt).expect("a receipt").tree;
    root.join(paths::tree_file(&tree))
}

/// As long as the file was.
fn altered(sample: Sample) -> Vec<u8> {
    let bundle = sample.bundle();
    let mut entries = bundle.entries();
    let found = entries.find(|(path, ..)| *path == LINKED);
    vec![b'x'; found.expect("every sample has it").2.len()]
}

fn set_mode(file: &Path, mode: u32) {
    fs::set_permissions(file, fs::Permissions::from_mode(mode)).expect("ours");
}

/// Removes empty directories, the deepest first.
fn prune(root: &Path) {
    let below = walkdir::WalkDir::new(root)
        .min_depth(1)
        .contents_first(true);
    for entry in below.into_iter().filter_map(Result::ok) {
        if entry.file_type().is_dir() {
            // One that holds something stays.
            let _ = fs::remove_dir(entry.path());
        }
    }
}
