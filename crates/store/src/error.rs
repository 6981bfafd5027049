//! The one error of the engine: what failed, on which path, for which reason. Hints live in the command line.
//!
//! Rules: every I/O failure is an [`FsError`](linkstead_fs::FsError), which carries operation and path. A variant exists
//! where a caller may want to act differently; [`ErrorKind`] is the short list for exit codes and bindings.

mod about;
mod few;
mod kind;
mod reason;

use std::path::PathBuf;
use std::time::Duration;

use linkstead_format::{BundleName, FormatError, PinLabel, Version};
use linkstead_fs::FsError;

use crate::archive::Verdict;
use crate::checkout::CheckoutRefusal;
use crate::mcpb::launch::LaunchProblem;

pub use kind::ErrorKind;
pub use reason::{Lack, ReadOnlyReason};

/// The result of an operation of the engine.
pub type Result<T> = std::result::Result<T, Error>;

/// Why an operation failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file operation failed.
    #[error(transparent)]
    Fs(#[from] FsError),
    /// A file of the store cannot be understood.
    #[error("{path} cannot be understood")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: FormatError,
    },
    /// The store's path is not a directory.
    #[error("{path} is a file, not a store")]
    StoreIsAFile {
        /// The path.
        path: PathBuf,
    },
    /// There is no store and none may be made.
    #[error("there is no store at {path}")]
    NoStore {
        /// The path.
        path: PathBuf,
    },
    /// The directory has other things in it.
    #[error("{path} is not a store and not empty: it holds {found:?}")]
    NotAStore {
        /// The path.
        path: PathBuf,
        /// A name that does not belong to a store.
        found: String,
    },
    /// The store may only be read by this process.
    #[error("the store {path} cannot be written: {reason}")]
    ReadOnly {
        /// The store.
        path: PathBuf,
        /// Why.
        reason: ReadOnlyReason,
    },
    /// The archive breaks rules.
    #[error("{archive} is refused: {verdict}")]
    ArchiveRefused {
        /// The archive.
        archive: PathBuf,
        /// All rules that it breaks.
        verdict: Box<Verdict>,
    },
    /// The archive cannot be read.
    #[error("cannot read {archive}")]
    ArchiveRead {
        /// The archive.
        archive: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The archive was written to while it was read.
    #[error("{archive} changed while it was read")]
    ArchiveChanged {
        /// The archive.
        archive: PathBuf,
    },
    /// The archive is not the one that was asked for.
    #[error("{archive} has the SHA-256 {found}, not {expected}")]
    ArchiveUnexpected {
        /// The archive.
        archive: PathBuf,
        /// The digest asked for, hex.
        expected: String,
        /// The digest of what was read, hex.
        found: String,
    },
    /// The MCPB manifest does not say what it must.
    #[error("the MCPB manifest of {archive} {problem}")]
    McpbManifest {
        /// The archive.
        archive: PathBuf,
        /// Such as "has no version".
        problem: String,
    },
    /// A host file has the path of an entry of the archive.
    #[error("{archive} has an entry {path:?}, which the host brings itself")]
    HostFileClash {
        /// The archive.
        archive: PathBuf,
        /// The path within the bundle.
        path: String,
    },
    /// Nothing of that name is installed.
    #[error("{wanted} is not installed")]
    NotInstalled {
        /// Name, or name and version.
        wanted: String,
        /// What is installed and resembles it: versions of the same name, else names.
        similar: Vec<String>,
    },
    /// The name alone means nothing, though versions of it are installed.
    #[error("{name} has no current version")]
    NoCurrent {
        /// The name.
        name: BundleName,
        /// Its versions.
        versions: Vec<Version>,
    },
    /// A name with several versions, where one is needed.
    #[error("{name} is installed in several versions")]
    SeveralVersions {
        /// The name.
        name: BundleName,
        /// Its versions.
        versions: Vec<Version>,
    },
    /// The bundle is leased.
    #[error("{name}@{version} is in use")]
    InUse {
        /// The name.
        name: BundleName,
        /// The version.
        version: Version,
        /// The processes that hold it, as far as the system tells.
        holders: Vec<String>,
    },
    /// The store's leases are of a kind that cannot be taken here.
    #[error("the leases of {path} are of the kind {kind:?}, which cannot be taken here")]
    OtherLeases {
        /// The store.
        path: PathBuf,
        /// What its `store.json` says.
        kind: String,
    },
    /// The server of a bundle cannot be started.
    #[error("the server of {bundle} cannot be started: {problem}")]
    CannotStart {
        /// `name@version`.
        bundle: String,
        /// Why.
        problem: LaunchProblem,
    },
    /// A lock could not be had in time.
    #[error("waited {} s for the {lock} lock ({path})", waited.as_secs())]
    LockTimeout {
        /// What the lock protects.
        lock: &'static str,
        /// Its file.
        path: PathBuf,
        /// How long.
        waited: Duration,
        /// Who holds it, as far as the system tells.
        holders: Vec<String>,
    },
    /// The operation was cancelled.
    #[error("cancelled")]
    Cancelled,
    /// The deadline passed.
    #[error("the deadline passed")]
    DeadlineExceeded,
    /// Too little space for what is new.
    #[error("{path} has {available} bytes free and {needed} are needed")]
    NoSpace {
        /// The store.
        path: PathBuf,
        /// Bytes that would be written.
        needed: u64,
        /// Bytes that this user may still write.
        available: u64,
    },
    /// The file system has too few inodes left for the files and directories that are new.
    #[error("{path} has room for {available} more files and directories and {needed} are needed")]
    NoInodes {
        /// The store.
        path: PathBuf,
        /// Files and directories that would be made.
        needed: u64,
        /// How many can still be made.
        available: u64,
    },
    /// The file system filled while the operation ran; what it had written is cleared away.
    #[error("the disk of {path} filled up: {lack}")]
    DiskFilled {
        /// The store, or the directory that a checkout goes into.
        path: PathBuf,
        /// What is missing.
        lack: Lack,
        /// The write that failed.
        source: FsError,
    },
    /// The system starts not even one thread.
    #[error("cannot start a thread")]
    NoThreads {
        /// What the system said.
        source: std::io::Error,
    },
    /// The file system does not keep what a store relies on.
    #[error("{path} lies on a file system ({filesystem}) that does not keep {lacks} of files")]
    Unsuitable {
        /// The store.
        path: PathBuf,
        /// The type of the file system, as the system calls it.
        filesystem: String,
        /// Such as "the modes".
        lacks: &'static str,
    },
    /// A part of the store is another mount, so nothing can be moved or linked into it.
    #[error(
        "{path} is mounted apart from the store {store}: no file can be moved or linked between them"
    )]
    SplitStore {
        /// The directory of the store that is a mount of its own.
        path: PathBuf,
        /// The store.
        store: PathBuf,
    },
    /// The asked link mode is not to be had here.
    #[error("cannot make hard links in {path}: {reason}")]
    NoLinks {
        /// The store.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The manifest cannot be used; it is rebuilt when an operation that may write begins.
    #[error("the manifest {path} cannot be used")]
    Manifest {
        /// The database file.
        path: PathBuf,
        /// What redb said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The manifest went away in the middle of an operation, although bundles are installed; the next one rebuilds it.
    #[error("the manifest {path} is gone although bundles are installed")]
    ManifestLost {
        /// The database file.
        path: PathBuf,
    },
    /// A pin keeps the bundle.
    #[error("{name}@{version} is pinned as {label:?}")]
    Pinned {
        /// The name.
        name: BundleName,
        /// The version.
        version: Version,
        /// The pin's label.
        label: String,
    },
    /// The bundle's directory holds files that are not of the bundle and that somebody would miss.
    #[error("{name}@{version} has {} in its directory", few::extra_files(files))]
    ExtraFiles {
        /// The name.
        name: BundleName,
        /// The version.
        version: Version,
        /// The files, relative to its directory.
        files: Vec<String>,
    },
    /// The bundle's directory may hold such files: its receipt or its tree cannot be read, so nobody can tell.
    #[error("{name}@{version} may have extra files in its directory: {problem}")]
    ExtraUnknown {
        /// The name.
        name: BundleName,
        /// The version.
        version: Version,
        /// What cannot be read.
        problem: String,
    },
    /// The policies of a gc would take everything that is installed.
    #[error("the policies would take all that is installed in {path}")]
    TakesEverything {
        /// The store.
        path: PathBuf,
        /// How many bundles would go.
        bundles: usize,
    },
    /// The label of a pin is in use for something else.
    #[error("the label {:?} {}", label.as_str(), by.as_ref().map_or("is taken".to_owned(), |by| format!("keeps {by}")))]
    LabelTaken {
        /// The label.
        label: PinLabel,
        /// What it keeps, as `name@version (directory)`, or as other content of what was to be pinned.
        by: Option<String>,
    },
    /// There is no pin of this label.
    #[error("no pin is called {:?}", label.as_str())]
    NotPinned {
        /// The label.
        label: PinLabel,
        /// Those that there are.
        labels: Vec<PinLabel>,
    },
    /// Nothing is checked out to a path.
    #[error("cannot check out to {path}: {reason}")]
    CheckoutRefused {
        /// The path.
        path: PathBuf,
        /// What stands against it.
        reason: CheckoutRefusal,
    },
    /// No checkout was recorded at a path.
    #[error("{path} is no checkout of this store")]
    NoCheckout {
        /// The path.
        path: PathBuf,
        /// Those that there are.
        paths: Vec<PathBuf>,
    },
    /// The names of two bundles have the same place in the store: long names end in a hash.
    #[error("{wanted} has the same place in the store as {there}")]
    NameClash {
        /// What was asked for, as `name@version`.
        wanted: String,
        /// What is there.
        there: String,
    },
    /// A bundle is damaged in a way that this operation cannot mend.
    #[error("{path} is damaged: {problem}")]
    Damaged {
        /// The file or directory.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The store has kinds of roots that this version does not know, so it must not collect.
    #[error("{path} has kinds of roots that this version does not know: {}", unknown.join(", "))]
    UnknownRoots {
        /// The store.
        path: PathBuf,
        /// Their names.
        unknown: Vec<String>,
    },
}
