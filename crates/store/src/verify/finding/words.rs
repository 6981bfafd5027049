//! The sentences of defects.

use super::Defect;
use crate::walk::Damage;

impl std::fmt::Display for Defect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Defect::MissingObject { .. } => f.write_str("object is missing"),
            Defect::AlteredObject { .. } => f.write_str("object's content is altered"),
            Defect::TruncatedObject { size, expected, .. } => {
                write!(f, "object has {size} of its {expected} bytes")
            }
            Defect::BrokenSeal { .. } => f.write_str("object's mode or mtime is not its seal"),
            Defect::ForeignFile => f.write_str("does not belong here"),
            Defect::UnreadableObject { problem, .. } => write!(f, "object: {problem}"),
            Defect::DamagedFile { damage } => damage.fmt(f),
            Defect::UnreadableTree { problem } => write!(f, "tree: {problem}"),
            Defect::UnreadableReceipt { problem } => write!(f, "receipt: {problem}"),
            Defect::UnreadableRef { problem } => write!(f, "ref: {problem}"),
            Defect::UnreadablePin { problem } => write!(f, "pin: {problem}"),
            Defect::UnreadableCheckout { problem } => write!(f, "checkout: {problem}"),
            Defect::UnreadableDirectory { problem } => write!(f, "directory: {problem}"),
            Defect::MissingDirectory => f.write_str("directory is missing"),
            Defect::RecordWithoutDirectory => f.write_str("recorded, but not there"),
            Defect::DirectoryWithoutRecord => f.write_str("directory that nothing knows of"),
            Defect::ReceiptWithoutDirectory => f.write_str("receipt of a directory that is gone"),
            Defect::RefWithoutRecord => f.write_str("installed, but not recorded"),
            Defect::UnreadableManifest { problem } => write!(f, "manifest: {problem}"),
        }
    }
}

impl std::fmt::Display for Damage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Damage::Missing => f.write_str("file is missing"),
            Damage::WrongKind => f.write_str("is not the kind of file that it should be"),
            Damage::WrongTarget => f.write_str("link has another target"),
            Damage::Altered => f.write_str("file's content is altered"),
            Damage::WrongMode => f.write_str("file cannot be read or executed by its owner"),
            Damage::Suspect => f.write_str("file's time is not its seal; its content was not read"),
            Damage::Unreadable { problem } => write!(f, "file: {problem}"),
        }
    }
}
