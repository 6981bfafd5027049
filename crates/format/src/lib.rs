//! The bytes of a linkstead store as types: the code twin of `store-format.md`.
//!
//! Pure: no I/O, no clock, no environment. Decoding is total: bytes from anywhere are a value or an error that names the
//! file and the member, never a panic.
//!
//! | section | what | module |
//! |---|---|---|
//! | 3 Directory of a store | where things lie | [`paths`] |
//! | 4 Names | names, versions, labels, `NAME@VERSION` | [`name`](BundleName) |
//! | 4 Names | what they are on disk | [`escape`] |
//! | 5 Identifiers | digests and what they name | [`digest`](Digest) |
//! | 6 Objects and the seal | keys and places of objects, exec classes | [`object`](ObjectKey) |
//! | 6 Objects and the seal | mode and mtime | [`seal`] |
//! | 7 Trees | entries, encoding, every rule | [`tree`](Tree) |
//! | 7 Trees | paths in a tree, and the rules on names | [`tree_path`](TreePath), [`path_rule`](PathRule) |
//! | 7 Trees | clashes, missing directories, links | [`tree_rule`](TreeRule), [`link`](LinkRule) |
//! | 8 Layouts | kind, encoding, directory id | [`layout`](Layout) |
//! | 8 Layouts | private globs | [`private`](PrivateGlobs) |
//! | 8 Layouts | names of published directories | [`directory`](DirectoryName) |
//! | 9 Receipts | the facts about a directory | [`receipt`](Receipt) |
//! | 9 Receipts | the facts about its archive, and about its install | [`archive_facts`](Sanitized), [`install_facts`](InstallFacts) |
//! | 10 Refs, pins, checkouts, uses | | [`refs`](Ref), [`pin`](Pin), [`checkout`](Checkout) |
//! | 11 The manifest | names of tables, keys and values | [`manifest_rows`] |
//! | 12, 19 store.json, Compatibility | | [`store_json`](StoreJson) |
//!
//! The caps on trees and on archives are [`Caps`]; errors are one [`FormatError`].

mod archive_facts;
mod bundle_key;
mod bytes;
mod caps;
mod checkout;
mod clash;
mod digest;
mod directory;
mod error;
pub mod escape;
mod install_facts;
mod json;
mod layout;
mod link;
pub mod manifest_rows;
mod name;
mod object;
mod parts;
mod path_rule;
pub mod paths;
mod pin;
mod private;
mod receipt;
mod refs;
pub mod seal;
mod store_json;
mod threads;
mod tree;
mod tree_path;
mod tree_rule;

pub use archive_facts::{ArchiveDigest, Sanitized, Signature};
pub use bundle_key::BundleKey;
pub use caps::Caps;
pub use checkout::{BesidePath, Checkout, CheckoutState, DirectoryIdentity};
pub use digest::{
    ArchiveId, DIGEST_BYTES, Digest, DigestHasher, DirectoryId, ObjectId, StreamId, TreeId,
};
pub use directory::DirectoryName;
pub use error::{FileKind, FormatError};
pub use install_facts::{Amount, InstallFacts};
pub use json::Extra;
pub use layout::{Layout, LayoutKind};
pub use link::{LinkRule, MAX_TARGET};
pub use manifest_rows::{ArchiveKey, ArchiveRow, BundleRow, StreamKey, StreamRow};
pub use name::{BundleName, BundleRef, NameError, NameKind, NameRule, PinLabel, Version};
pub use object::{ExecClass, ObjectKey, empty_content};
pub use parts::{PartDigest, PartHasher, Parts};
pub use path_rule::{MAX_COMPONENT, MAX_DEPTH, MAX_PATH, PathRule};
pub use pin::Pin;
pub use private::{DEFAULT_PRIVATE_GLOBS, GlobError, PrivateGlobs, PrivateMatcher};
pub use receipt::{Exceptions, McpbManifestObject, Receipt, ReceiptNumber};
pub use refs::{Ref, Target};
pub use store_json::{Access, Features, LeaseKind, StoreJson};
pub use threads::Threads;
pub use tree::{Tree, TreeDirectory, TreeEntry, TreeError, TreeFile, TreeKind};
pub use tree_path::TreePath;
pub use tree_rule::{ItemKind, TreeBreach, TreeItem, TreeRule, breaches};
