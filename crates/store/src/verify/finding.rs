//! Defects as data: one variant per way in which a store can be wrong.

use std::path::PathBuf;

use linkstead_format::{ExecClass, ObjectId, ObjectKey};
use serde::Serialize;

use crate::walk::Damage;

/// One defect, where it is, and whom it hurts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// What is wrong.
    #[serde(flatten)]
    pub defect: Defect,
    /// The file or directory, absolute.
    pub path: PathBuf,
    /// The files of bundles that this hurts.
    pub harms: Vec<Harm>,
}

/// A file of a bundle that a defect hurts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Harm {
    /// `name@version`.
    pub bundle: String,
    /// The path within the bundle; empty for the whole bundle.
    pub path: String,
}

/// What can be wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "defect", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Defect {
    /// An object that a bundle needs is not there.
    MissingObject {
        /// The object.
        object: ObjectId,
        /// Whether it is of the executable class.
        executable: bool,
    },
    /// An object's content does not hash to its name.
    AlteredObject {
        /// The object.
        object: ObjectId,
        /// Whether it is of the executable class.
        executable: bool,
    },
    /// An object cannot be read.
    UnreadableObject {
        /// The object.
        object: ObjectId,
        /// Whether it is of the executable class.
        executable: bool,
        /// What the system said.
        problem: String,
    },
    /// An object with the right content, but a mode or an mtime that is not its seal.
    BrokenSeal {
        /// The object.
        object: ObjectId,
        /// Whether it is of the executable class.
        executable: bool,
    },
    /// A file that does not belong where it is.
    ForeignFile,
    /// A file of a published directory is not as it should be.
    DamagedFile {
        /// How.
        #[serde(flatten)]
        damage: Damage,
    },
    /// A tree is missing, altered, cannot be read or cannot be decoded.
    UnreadableTree {
        /// What is wrong with it.
        problem: String,
    },
    /// A receipt is missing or cannot be understood.
    UnreadableReceipt {
        /// What is wrong with it.
        problem: String,
    },
    /// A ref cannot be understood.
    UnreadableRef {
        /// What is wrong with it.
        problem: String,
    },
    /// A pin cannot be understood: gc refuses until it can, or is gone.
    UnreadablePin {
        /// What is wrong with it.
        problem: String,
    },
    /// A checkout cannot be understood: gc refuses until it can, or is gone.
    UnreadableCheckout {
        /// What is wrong with it.
        problem: String,
    },
    /// A directory of the store cannot be listed, so that nothing is known of what it holds.
    UnreadableDirectory {
        /// What the system said.
        problem: String,
    },
    /// A ref names a directory that is not there.
    MissingDirectory,
    /// The manifest has a record of a directory that is not there.
    RecordWithoutDirectory,
    /// A ref names a directory that the manifest has no record of.
    RefWithoutRecord,
    /// The manifest cannot be opened.
    UnreadableManifest {
        /// What is wrong with it.
        problem: String,
    },
}

impl Defect {
    /// The object that the defect is about.
    pub(super) fn object(&self) -> Option<ObjectKey> {
        match self {
            Defect::MissingObject { object, executable }
            | Defect::AlteredObject { object, executable }
            | Defect::UnreadableObject {
                object, executable, ..
            } => Some(ObjectKey {
                id: *object,
                exec: match executable {
                    true => ExecClass::Executable,
                    false => ExecClass::Plain,
                },
            }),
            _ => None,
        }
    }
}

impl Finding {
    pub(super) fn new(defect: Defect, path: PathBuf) -> Self {
        Finding {
            defect,
            path,
            harms: Vec::new(),
        }
    }

    pub(super) fn harming(mut self, bundle: &str, path: &str) -> Self {
        self.harms.push(Harm {
            bundle: bundle.to_owned(),
            path: path.to_owned(),
        });
        self
    }
}

impl std::fmt::Display for Defect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Defect::MissingObject { .. } => f.write_str("object is missing"),
            Defect::AlteredObject { .. } => f.write_str("object's content is altered"),
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
            Damage::Unreadable { problem } => write!(f, "file: {problem}"),
        }
    }
}
