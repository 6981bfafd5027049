//! What the process that serves a block disk is told, line by line on its standard input, and what it answers.
//!
//! It is a process of its own, so that whoever uses what is mounted on the disk can be killed, or can hang, without the disk.
//! When nobody speaks to it any more it takes down what stands on it, and ends.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::block_disk::{Condition, Illness};
use crate::recording::Mark;

/// What is served, and where.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Service {
    /// The file that holds the disk's bytes.
    pub content: PathBuf,
    /// Where everything is recorded.
    pub recording: PathBuf,
    /// The directory where the disk appears, as a file.
    pub at: PathBuf,
    /// The directory where others mount it.
    pub mounted: PathBuf,
}

/// What is said to the process. It answers each with an [`Answer`], and gives one unasked when the disk is there.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub enum Ask {
    /// Record this.
    Mark(Mark),
    /// Fall ill.
    Suffer(Illness),
    /// Be healthy.
    Heal,
    /// Only answer.
    Report,
}

/// How the disk is after that, or why it could not be done.
pub type Answer = Result<Condition, String>;
