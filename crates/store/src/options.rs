//! What a caller may choose: structs with defaults, enums for every policy.

use std::path::PathBuf;

use linkstead_format::{BundleName, Caps, PrivateGlobs, TreePath, Version};

use crate::archive::SymlinkPolicy;
use crate::control::Control;
use crate::gc::GcPolicies;

/// How a store is opened.
#[derive(Debug, Clone)]
pub struct OpenOptions {
    /// Reading, writing, or making one.
    pub mode: OpenMode,
    /// Threads for hashing and file work; 0 means one per core.
    pub threads: usize,
    /// Patience of the recovery and of making a store.
    pub control: Control,
}

impl OpenOptions {
    /// Options with this mode and defaults.
    pub fn new(mode: OpenMode) -> Self {
        OpenOptions {
            mode,
            threads: 0,
            control: Control::default(),
        }
    }
}

/// What an open may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenMode {
    /// Look only; creates nothing, takes no lock, recovers nothing.
    ReadOnly,
    /// To find and start bundles (I6), or to plan a gc: recovers nothing. The open takes no lock and opens no database; a use may
    /// touch its stamp.
    Resolve,
    /// Write if the store is there and this user may; a store that may only be read still opens, and writing is refused.
    ReadWrite,
    /// As `ReadWrite`, and make the store if it is not there.
    ReadWriteOrCreate,
}

/// How an install is done.
#[derive(Debug, Clone, Default)]
pub struct InstallOptions {
    /// Patience.
    pub control: Control,
    /// Where name and version come from.
    pub identity: Identity,
    /// How files get into the directory.
    pub link_mode: LinkMode,
    /// How new bytes are made durable.
    pub sync: SyncPolicy,
    /// Whether symbolic links are acceptable.
    pub symlinks: SymlinkPolicy,
    /// The caps on the archive.
    pub caps: Caps,
    /// Which files are the server's own to change.
    pub private: PrivateGlobs,
    /// Files of the host's own, put into the directory before it is published.
    pub host_files: Vec<HostFile>,
    /// The SHA-256 that the archive must have.
    pub expected_sha256: Option<[u8; 32]>,
    /// Whether the name alone means this version afterwards.
    pub activation: Activation,
}

/// Whether an install makes its version the current one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Activation {
    /// The name alone means the installed version from now on.
    #[default]
    MakeCurrent,
    /// What the name alone means stays; if that is nothing, it stays nothing.
    Leave,
}

/// Where a bundle's name and version come from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Identity {
    /// From the MCPB manifest.
    #[default]
    McpbManifest,
    /// From the caller; the archive need not be a bundle.
    As(BundleName, Version),
}

/// How the files of a directory are made from objects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LinkMode {
    /// Hard links; reflinks or copies where there can be none.
    #[default]
    Auto,
    /// Hard links, or an error.
    Hardlink,
    /// An isolated directory: reflinks, copies where there can be none.
    Reflink,
    /// An isolated directory: copies.
    Copy,
}

/// How new bytes are made durable.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SyncPolicy {
    /// One sync of the file system for many new files, a sync of each for few.
    #[default]
    Auto,
    /// One sync of the whole file system (it also flushes what other programs wrote there).
    Filesystem,
    /// A sync of each file and directory.
    EachFile,
}

/// A file that the host brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostFile {
    /// Where it goes in the bundle.
    pub path: TreePath,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// How a version is made current.
#[derive(Debug, Clone, Default)]
pub struct ActivateOptions {
    /// Patience.
    pub control: Control,
}

/// How a bundle is leased.
#[derive(Debug, Clone, Default)]
pub struct LeaseOptions {
    /// Patience, for somebody who is removing this very bundle.
    pub control: Control,
}

/// How a pin is set or taken back.
#[derive(Debug, Clone, Default)]
pub struct PinOptions {
    /// Patience.
    pub control: Control,
}

/// How a bundle is removed.
#[derive(Debug, Clone, Default)]
pub struct RemoveOptions {
    /// Patience.
    pub control: Control,
    /// What becomes of extra files.
    pub extra_files: ExtraFiles,
    /// What becomes of a bundle that is held.
    pub held: HeldBundle,
}

/// What becomes of files in a directory that goes which are not of its bundle and which somebody would miss.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ExtraFiles {
    /// They keep it.
    #[default]
    Keep,
    /// They go with it.
    Discard,
}

/// What becomes of a bundle that is to be removed and that processes hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum HeldBundle {
    /// It stays, and the removal fails.
    #[default]
    Refuse,
    /// No name means it from now on; its directory stays until nobody holds it, and goes with the next gc.
    RemoveWhenIdle,
}

/// How gc is done.
#[derive(Debug, Clone, Default)]
pub struct GcOptions {
    /// Patience.
    pub control: Control,
    /// Which installed versions go.
    pub policies: GcPolicies,
    /// What becomes of extra files.
    pub extra_files: ExtraFiles,
    /// Whether the policies may take everything that is installed.
    pub consent: Consent,
}

/// Whether something that is seldom meant is meant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Consent {
    /// It is an error.
    #[default]
    Ask,
    /// It is done.
    Given,
}

/// How verify is done.
#[derive(Debug, Clone, Default)]
pub struct VerifyOptions {
    /// Patience.
    pub control: Control,
    /// How closely it looks.
    pub depth: VerifyDepth,
}

/// How closely verify looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum VerifyDepth {
    /// Every content is read and hashed.
    #[default]
    Full,
    /// Presence, kinds, sizes, modes and seals; no content is read but that of trees and small files.
    Quick,
}

/// How a repair is done.
#[derive(Debug, Clone, Default)]
pub struct RepairOptions {
    /// Patience.
    pub control: Control,
    /// Archives that may bring content which the store has lost.
    pub archives: Vec<PathBuf>,
}
