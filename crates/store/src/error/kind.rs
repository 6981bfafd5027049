//! The short list of reasons, and which of them may pass by themselves.

use linkstead_format::paths;
use serde::Serialize;

use super::Error;

/// The short list of reasons, for exit codes and bindings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// The archive or its MCPB manifest is not acceptable.
    Archive,
    /// A name or version that is not there.
    NotFound,
    /// A server does not say how it is started, or lacks what its user must choose.
    Configuration,
    /// The store cannot be opened, or not for writing.
    Store,
    /// A path to which nothing can be checked out, or where something stands that may not go.
    Place,
    /// Something is held by somebody else.
    Busy,
    /// Something would get lost that somebody may want, and the caller did not say that this is meant.
    Unconfirmed,
    /// Too little space.
    NoSpace,
    /// No permission.
    Permission,
    /// Cancelled, or over its deadline.
    Stopped,
    /// Something in the store is damaged.
    Damaged,
    /// Another failure of the file system.
    Io,
}

impl Error {
    /// The reason in one word.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Error::Fs(e) if e.is_out_of_space() => ErrorKind::NoSpace,
            Error::Fs(e) if e.is_permission() => ErrorKind::Permission,
            Error::Fs(_) | Error::ArchiveRead { .. } | Error::NoThreads { .. } => ErrorKind::Io,
            // A store that cannot be understood is another one, a newer one, say.
            Error::Unreadable { path, .. } if path.ends_with(paths::STORE_JSON) => ErrorKind::Store,
            Error::Unreadable { .. }
            | Error::Manifest { .. }
            | Error::ManifestLost { .. }
            | Error::Damaged { .. } => ErrorKind::Damaged,
            Error::StoreIsAFile { .. }
            | Error::NoStore { .. }
            | Error::NotAStore { .. }
            | Error::ReadOnly { .. }
            | Error::NoLinks { .. }
            | Error::Unsuitable { .. }
            | Error::SplitStore { .. }
            | Error::NameClash { .. }
            | Error::LabelTaken { .. }
            | Error::OtherLeases { .. }
            | Error::UnknownRoots { .. } => ErrorKind::Store,
            Error::ArchiveRefused { .. }
            | Error::ArchiveChanged { .. }
            | Error::ArchiveUnexpected { .. }
            | Error::McpbManifest { .. }
            | Error::HostFileClash { .. } => ErrorKind::Archive,
            Error::NotInstalled { .. }
            | Error::NoCurrent { .. }
            | Error::NotPinned { .. }
            | Error::NoCheckout { .. }
            | Error::SeveralVersions { .. } => ErrorKind::NotFound,
            Error::CheckoutRefused { .. } => ErrorKind::Place,
            Error::CannotStart { .. } => ErrorKind::Configuration,
            Error::InUse { .. } | Error::Pinned { .. } | Error::LockTimeout { .. } => {
                ErrorKind::Busy
            }
            Error::ExtraFiles { .. }
            | Error::ExtraUnknown { .. }
            | Error::TakesEverything { .. } => ErrorKind::Unconfirmed,
            Error::Cancelled | Error::DeadlineExceeded => ErrorKind::Stopped,
            Error::NoSpace { .. } | Error::NoInodes { .. } | Error::DiskFilled { .. } => {
                ErrorKind::NoSpace
            }
        }
    }

    /// Whether the same call may succeed later without anybody mending anything.
    pub fn is_retryable(&self) -> bool {
        matches!(self.kind(), ErrorKind::Busy | ErrorKind::Stopped)
            || matches!(
                self,
                Error::ArchiveChanged { .. } | Error::ManifestLost { .. } | Error::NoThreads { .. }
            )
    }
}
