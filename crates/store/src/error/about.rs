//! What a failure is about: a path, an entry of an archive.

use std::path::Path;

use super::Error;

impl Error {
    /// The path that the failure is about.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Error::Fs(e) => Some(e.path()),
            Error::Unreadable { path, .. }
            | Error::StoreIsAFile { path }
            | Error::NoStore { path }
            | Error::NotAStore { path, .. }
            | Error::ReadOnly { path, .. }
            | Error::OtherLeases { path, .. }
            | Error::LockTimeout { path, .. }
            | Error::NoSpace { path, .. }
            | Error::NoInodes { path, .. }
            | Error::DiskFilled { path, .. }
            | Error::Unsuitable { path, .. }
            | Error::SplitStore { path, .. }
            | Error::NoLinks { path, .. }
            | Error::Manifest { path, .. }
            | Error::ManifestLost { path }
            | Error::Damaged { path, .. }
            | Error::TakesEverything { path, .. }
            | Error::CheckoutRefused { path, .. }
            | Error::NoCheckout { path, .. }
            | Error::UnknownRoots { path, .. } => Some(path),
            Error::ArchiveRefused { archive, .. }
            | Error::ArchiveRead { archive, .. }
            | Error::ArchiveChanged { archive }
            | Error::ArchiveUnexpected { archive, .. }
            | Error::McpbManifest { archive, .. }
            | Error::HostFileClash { archive, .. } => Some(archive),
            Error::NotInstalled { .. }
            | Error::NoCurrent { .. }
            | Error::SeveralVersions { .. }
            | Error::InUse { .. }
            | Error::Pinned { .. }
            | Error::ExtraFiles { .. }
            | Error::ExtraUnknown { .. }
            | Error::LabelTaken { .. }
            | Error::NotPinned { .. }
            | Error::CannotStart { .. }
            | Error::NameClash { .. }
            | Error::NoThreads { .. }
            | Error::Cancelled
            | Error::DeadlineExceeded => None,
        }
    }

    /// The archive entry that the failure is about, escaped.
    pub fn entry(&self) -> Option<&str> {
        match self {
            Error::ArchiveRefused { verdict, .. } => verdict.violations.first()?.entry.as_deref(),
            Error::HostFileClash { path, .. } => Some(path),
            _ => None,
        }
    }
}
