//! Where things lie below the root of a store (store-format.md, section 3). Nothing else spells these names.
//!
//! Every path is relative; the names of bundles, versions and labels are escaped here.

use std::path::{Path, PathBuf};

use crate::digest::{ArchiveId, DIGEST_BYTES, Digest, DirectoryId, TreeId, is_lower_hex};
use crate::directory::DirectoryName;
use crate::escape::{bundle_path, label_component, version_component};
use crate::name::{BundleName, PinLabel, Version};

/// What this store is; written last when a store is made.
pub const STORE_JSON: &str = "store.json";
/// The database of completed bundles and look-ups.
pub const MANIFEST: &str = "manifest.redb";
/// Sealed files.
pub const OBJECTS: &str = "objects";
/// Canonical encodings of trees.
pub const TREES: &str = "trees";
/// Published directories and their receipts.
pub const BUNDLES: &str = "bundles";
/// What names mean.
pub const REFS: &str = "refs";
/// In the directory of a name in [`REFS`]: the refs of its versions.
pub const VERSIONS: &str = "versions";
/// In the directory of a name in [`REFS`]: the ref of its current version.
pub const CURRENT_JSON: &str = "current.json";
/// Roots that a person named.
pub const PINS: &str = "pins";
/// Directories outside the store.
pub const CHECKOUTS: &str = "checkouts";
/// Stamps of the last use.
pub const USES: &str = "uses";
/// Work in progress.
pub const STAGING: &str = "staging";
/// Removed directories that may come back.
pub const PARKED: &str = "parked";
/// Doomed directories and files.
pub const TRASH: &str = "trash";
/// Damaged files, kept for people.
pub const QUARANTINE: &str = "quarantine";
/// Lock files.
pub const LOCKS: &str = "locks";
/// Locks by archive id.
pub const LOCKS_ARCHIVE: &str = "locks/archive";
/// Locks by the path of a checkout.
pub const LOCKS_CHECKOUT: &str = "locks/checkout";
/// Locks by bundle name.
pub const LOCKS_NAME: &str = "locks/name";
/// One gc at a time.
pub const LOCK_GC: &str = "locks/gc";
/// Passed before the store lock is waited for.
pub const LOCK_TURNSTILE: &str = "locks/turnstile";
/// The store lock.
pub const LOCK_STORE: &str = "locks/store";
/// The right to open the manifest.
pub const LOCK_MANIFEST: &str = "locks/manifest";

/// Locks by archive and by name are shared out among so many files.
const LOCK_FILES: u8 = 64;
/// Digits of a name that is only unique.
const UNIQUE_DIGITS: usize = 16;

/// `bundles/<name>/<version>`: all published directories of one version.
pub fn bundles_dir(name: &BundleName, version: &Version) -> PathBuf {
    of_version(BUNDLES, name, version)
}

/// `bundles/<name>/<version>/<hex>`: a published directory.
pub fn published(name: &BundleName, version: &Version, directory: &DirectoryName) -> PathBuf {
    bundles_dir(name, version).join(directory.as_str())
}

/// `bundles/<name>/<version>/<hex>.json`: the receipt beside it.
pub fn receipt(name: &BundleName, version: &Version, directory: &DirectoryName) -> PathBuf {
    bundles_dir(name, version).join(json(directory.as_str()))
}

/// `refs/<name>`: all refs of one name.
pub fn refs_dir(name: &BundleName) -> PathBuf {
    Path::new(REFS).join(bundle_path(name))
}

/// `refs/<name>/versions/<version>.json`: what NAME@VERSION means.
pub fn version_ref(name: &BundleName, version: &Version) -> PathBuf {
    let file = json(&version_component(version));
    refs_dir(name).join(VERSIONS).join(file)
}

/// `refs/<name>/current.json`: what NAME means.
pub fn current_ref(name: &BundleName) -> PathBuf {
    refs_dir(name).join(CURRENT_JSON)
}

/// `pins/<label>.json`.
pub fn pin(label: &PinLabel) -> PathBuf {
    Path::new(PINS).join(json(&label_component(label)))
}

/// `checkouts/<16 hex>.json`; `unique` are the digits.
pub fn checkout(unique: &str) -> PathBuf {
    Path::new(CHECKOUTS).join(json(unique))
}

/// `uses/<name>/<version>/<hex>`: the stamp whose mtime is the last use.
pub fn use_stamp(name: &BundleName, version: &Version, directory: &DirectoryName) -> PathBuf {
    of_version(USES, name, version).join(directory.as_str())
}

/// One of the 256 directories that hold the objects: `objects/ab`.
pub fn shelf(number: u8) -> PathBuf {
    Path::new(OBJECTS).join(format!("{number:02x}"))
}

/// `trees/ab/<62 hex>`.
pub fn tree_file(id: &TreeId) -> PathBuf {
    let hex = id.to_string();
    let (shelf, rest) = hex.split_at(2);
    [TREES, shelf, rest].iter().collect()
}

/// The tree that has this place: a directory of `trees/` and a file name in it. `None` for a stray file.
pub fn parse_tree_file(shelf: &str, file_name: &str) -> Option<TreeId> {
    parse_shelved(shelf, file_name)
}

/// `locks/archive/<2 hex>`: one extraction of an archive at a time.
pub fn lock_archive(id: &ArchiveId) -> PathBuf {
    lock_file(LOCKS_ARCHIVE, &id.digest())
}

/// `locks/checkout/<2 hex>`: one checkout of a path at a time.
pub fn lock_checkout(path: &str) -> PathBuf {
    lock_file(LOCKS_CHECKOUT, &Digest::of(path.as_bytes()))
}

/// `locks/name/<2 hex>`: one commit window of a name at a time.
pub fn lock_name(name: &BundleName) -> PathBuf {
    lock_file(LOCKS_NAME, &Digest::of(name.as_str().as_bytes()))
}

/// `<64 hex>.<16 hex>`: the name in `parked/` of a removed directory; `unique` are the last digits.
pub fn parked_name(id: &DirectoryId, unique: &str) -> String {
    format!("{id}.{unique}")
}

/// The directory that was parked under this name; `None` for a stray.
pub fn parse_parked(name: &str) -> Option<DirectoryId> {
    let (id, unique) = name.split_once('.')?;
    let named = unique.len() == UNIQUE_DIGITS && is_lower_hex(unique);
    id.parse().ok().filter(|_| named)
}

/// Puts two digits of a shelf and the digits of a file name together again.
pub(crate) fn parse_shelved<T: std::str::FromStr>(shelf: &str, rest: &str) -> Option<T> {
    let mut text = [0; 2 * DIGEST_BYTES];
    let (first, others) = text.split_at_mut(2);
    if first.len() != shelf.len() || others.len() != rest.len() {
        return None;
    }
    first.copy_from_slice(shelf.as_bytes());
    others.copy_from_slice(rest.as_bytes());
    std::str::from_utf8(&text).ok()?.parse().ok()
}

fn of_version(base: &str, name: &BundleName, version: &Version) -> PathBuf {
    Path::new(base)
        .join(bundle_path(name))
        .join(version_component(version))
}

fn lock_file(base: &str, digest: &Digest) -> PathBuf {
    let [first, ..] = digest.as_bytes();
    Path::new(base).join(format!("{:02x}", first % LOCK_FILES))
}

fn json(stem: &str) -> String {
    format!("{stem}.json")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parts(name: &str, version: &str) -> (BundleName, Version, DirectoryName) {
        (
            BundleName::parse(name).unwrap(),
            Version::parse(version).unwrap(),
            DirectoryName::parse("0123456789abcdef").unwrap(),
        )
    }

    #[test]
    fn everything_of_a_bundle_lies_where_the_specification_says() {
        let (name, version, directory) = parts("@acme/Time", "1.0");
        for (found, expected) in [
            (
                published(&name, &version, &directory),
                "bundles/@acme/+54ime/1.0/0123456789abcdef",
            ),
            (
                receipt(&name, &version, &directory),
                "bundles/@acme/+54ime/1.0/0123456789abcdef.json",
            ),
            (
                use_stamp(&name, &version, &directory),
                "uses/@acme/+54ime/1.0/0123456789abcdef",
            ),
            (
                version_ref(&name, &version),
                "refs/@acme/+54ime/versions/1.0.json",
            ),
            (current_ref(&name), "refs/@acme/+54ime/current.json"),
            (
                pin(&PinLabel::parse("my pin").unwrap()),
                "pins/my+20pin.json",
            ),
        ] {
            assert_eq!(found, Path::new(expected));
        }
    }

    #[test]
    fn trees_and_parked_directories_can_be_read_back() {
        let tree = TreeId::of(b"t");
        let path = tree_file(&tree);
        let parts: Vec<_> = path.iter().map(|part| part.to_str().unwrap()).collect();
        assert_eq!(parse_tree_file(parts[1], parts[2]), Some(tree));
        assert_eq!(parse_tree_file(parts[1], "stray"), None);

        let id = DirectoryId::of(b"d");
        let name = parked_name(&id, "0011223344556677");
        assert_eq!(parse_parked(&name), Some(id));
        for stray in [
            "",
            "x",
            &name[1..],
            &name[..name.len() - 1],
            &id.to_string(),
        ] {
            assert_eq!(parse_parked(stray), None, "{stray}");
        }
    }

    #[test]
    fn locks_are_one_of_64_files() {
        let id = ArchiveId::from_digest(Digest::from_bytes([0xff; 32]));
        assert_eq!(lock_archive(&id), Path::new("locks/archive/3f"));
        let name = BundleName::parse("time").unwrap();
        let digits = Digest::of(b"time").as_bytes()[0] % 64;
        assert_eq!(
            lock_name(&name),
            PathBuf::from(format!("locks/name/{digits:02x}"))
        );
    }

    proptest! {
        #[test]
        fn a_published_directory_lies_at_most_96_bytes_below_the_root(
            name in "(@[^/\\pC]{1,60}/)?[^/\\pC]{1,60}", version in "[^/\\pC]{1,60}",
        ) {
            prop_assume!(BundleName::parse(&name).is_ok() && Version::parse(&version).is_ok());
            let (name, version, directory) = parts(&name, &version);
            let path = published(&name, &version, &directory);
            prop_assert!(path.as_os_str().len() <= 96, "{}", path.display());
        }
    }
}
