//! Defects as data: one variant per way in which a store can be wrong.

mod words;

use std::path::PathBuf;

use linkstead_format::{ExecClass, ObjectId, ObjectKey};
use serde::Serialize;

use super::hurt::{Harm, Hurt};
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
    /// The files of bundles and checkouts that this hurts.
    pub harms: Vec<Harm>,
    /// What can be done about it.
    pub remedy: Remedy,
    /// The content without which it cannot be mended.
    #[serde(skip)]
    pub(super) lacks: Option<ObjectId>,
}

/// What can be done about a defect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Remedy {
    /// A repair mends it with what the store has.
    Repair,
    /// The content is nowhere in the store: a repair from the archive, or installing it again, brings it.
    Archive,
    /// Installing the bundle again mends it.
    Reinstall,
    /// The checkout must be made again: a repair changes nothing outside the store.
    CheckOut,
    /// Only a verify that reads can tell whether anything is wrong.
    Read,
    /// Nothing here may decide it: somebody must look.
    ByHand,
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
    /// An object is shorter than its bundles say.
    TruncatedObject {
        /// The object.
        object: ObjectId,
        /// Whether it is of the executable class.
        executable: bool,
        /// Its length, in bytes.
        size: u64,
        /// The length that it should have, in bytes.
        expected: u64,
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
    /// A ref or a pin names a directory that is not there.
    MissingDirectory,
    /// The manifest has a record of a directory that is not there, and that no name means.
    RecordWithoutDirectory,
    /// A directory that the manifest has no record of, and that no name means: an orphan.
    DirectoryWithoutRecord,
    /// A receipt without its directory, which no name means.
    ReceiptWithoutDirectory,
    /// A ref or a pin names a directory that the manifest has no record of.
    RefWithoutRecord,
    /// The manifest cannot be opened.
    UnreadableManifest {
        /// What is wrong with it.
        problem: String,
    },
}

impl Defect {
    /// The object that the defect is about.
    pub(crate) fn object(&self) -> Option<ObjectKey> {
        match self {
            Defect::MissingObject { object, executable }
            | Defect::AlteredObject { object, executable }
            | Defect::TruncatedObject {
                object, executable, ..
            }
            | Defect::UnreadableObject {
                object, executable, ..
            }
            | Defect::BrokenSeal { object, executable } => Some(ObjectKey {
                id: *object,
                exec: match executable {
                    true => ExecClass::Executable,
                    false => ExecClass::Plain,
                },
            }),
            _ => None,
        }
    }

    /// Whether an operation that failed leaves such a thing: it hurts nobody.
    pub(crate) fn is_leftover(&self) -> bool {
        matches!(
            self,
            Defect::DirectoryWithoutRecord | Defect::ReceiptWithoutDirectory
        )
    }

    /// What can be done about it, as far as the kind alone tells.
    fn remedy(&self) -> Remedy {
        match self {
            Defect::DamagedFile {
                damage: Damage::Suspect,
            } => Remedy::Read,
            Defect::MissingObject { .. }
            | Defect::AlteredObject { .. }
            | Defect::TruncatedObject { .. }
            | Defect::UnreadableObject { .. } => Remedy::Archive,
            Defect::UnreadableTree { .. }
            | Defect::UnreadableReceipt { .. }
            | Defect::MissingDirectory => Remedy::Reinstall,
            Defect::UnreadableRef { .. }
            | Defect::UnreadablePin { .. }
            | Defect::UnreadableCheckout { .. }
            | Defect::UnreadableDirectory { .. } => Remedy::ByHand,
            Defect::BrokenSeal { .. }
            | Defect::ForeignFile
            | Defect::DamagedFile { .. }
            | Defect::RecordWithoutDirectory
            | Defect::DirectoryWithoutRecord
            | Defect::ReceiptWithoutDirectory
            | Defect::RefWithoutRecord
            | Defect::UnreadableManifest { .. } => Remedy::Repair,
        }
    }
}

impl Finding {
    pub(super) fn new(defect: Defect, path: PathBuf) -> Self {
        Finding {
            remedy: defect.remedy(),
            lacks: match defect.remedy() {
                Remedy::Archive => defect.object().map(|key| key.id),
                _ => None,
            },
            defect,
            path,
            harms: Vec::new(),
        }
    }

    /// A file whose object is not whole either.
    pub(super) fn lacking(mut self, object: ObjectId) -> Self {
        self.lacks = Some(object);
        self.remedy = Remedy::Archive;
        self
    }

    pub(super) fn harming(mut self, hurt: Hurt, path: &str) -> Self {
        self.harms.push(Harm {
            hurt,
            path: path.to_owned(),
        });
        self
    }
}
