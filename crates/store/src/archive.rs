//! What an archive may be: a plan from its directory, a proof over its bytes, exact decoding.
//!
//! A plan is made before anything is written, so a refused archive leaves no trace. The bytes must tile exactly, each owned
//! once:
//!
//! ```text
//! (local header + data + descriptor?)… | central directory | (zip64 record + locator)? | end record + comment | signature?
//! ```
//!
//! and a second parser, the `zip` crate, must read the same from them. All rules that are broken are reported, in the order
//! of [`Rule`], whichever order the archive has. The answer depends on the bytes and the [`Policy`] alone: not on the
//! platform, nor on what a store holds (I8).
//!
//! | module | what |
//! |---|---|
//! | `rule`, `verdict` | the rules; the verdict, and how it is collected |
//! | `end`, `signature`, `directory`, `tiles` | the walk, from the end of the file to its first byte |
//! | `record`, `extra`, `window` | the parts of headers; reading ahead in bounded memory |
//! | `entry`, `tree` | one entry on its own; entries among each other |
//! | `second_parser` | the `zip` crate's opinion |
//! | `planned`, `decode`, `check` | what comes out of it |

mod check;
pub mod decode;
mod directory;
mod end;
mod entry;
mod extra;
mod planned;
mod policy;
mod record;
mod rule;
mod second_parser;
mod signature;
mod tiles;
mod tree;
mod verdict;
mod window;

use std::io;

use linkstead_fs::read_at::ReadAt;

pub use check::{CheckReport, check};
pub use planned::{EntryData, Method, ModeOrigin, Plan, PlannedEntry, PlannedKind, Warning};
pub use policy::{ArchiveKind, Policy, RULES_VERSION, SymlinkPolicy};
pub use rule::{Group, Rule};
pub use verdict::{Verdict, Violation};

use directory::Directory;
use end::Ending;
use entry::Entries;
use verdict::Findings;

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The archive cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The archive breaks rules.
    #[error("{0}")]
    Refused(Verdict),
}

/// Plans an archive, on the present thread pool. Nothing is written; memory is linear in the number of entries.
///
/// # Errors
/// The archive cannot be read, or it breaks rules: then the verdict names them all.
pub fn plan(archive: &dyn ReadAt, policy: &Policy) -> Result<Plan, PlanError> {
    let mut findings = Findings::new(policy);
    let read = read(archive, policy, &mut findings)?;
    let plan = match &read {
        Some((ending, directory)) => {
            Some(draft(archive, ending, directory, policy, &mut findings)?)
        }
        None => None,
    };
    // What our own walk refuses needs no second opinion.
    if let Some((ending, directory)) = &read
        && findings.none()
    {
        second_parser::compare(archive, ending.zip_end, directory, &mut findings)?;
    }
    match (findings.verdict(), plan) {
        (None, Some(plan)) => Ok(plan),
        (Some(verdict), _) => Err(PlanError::Refused(verdict)),
        (None, None) => Err(PlanError::Io(io::ErrorKind::InvalidData.into())),
    }
}

/// The end and the directory, if both are where they can be read.
fn read(
    archive: &dyn ReadAt,
    policy: &Policy,
    findings: &mut Findings<'_>,
) -> io::Result<Option<(Ending, Directory)>> {
    let (size, limit) = (archive.size(), policy.caps.archive_size);
    if size > limit {
        findings.archive(
            Rule::ArchiveTooLarge,
            format_args!("{size} bytes, the limit is {limit}"),
        );
    }
    let Some(ending) = end::find(archive, findings)? else {
        return Ok(None);
    };
    let directory = directory::read(archive, &ending, &policy.caps, findings)?;
    Ok(directory.map(|directory| (ending, directory)))
}

/// The plan as far as it goes; it counts only if nothing was found.
fn draft<'p>(
    archive: &dyn ReadAt,
    ending: &Ending,
    directory: &Directory,
    policy: &'p Policy,
    findings: &mut Findings<'p>,
) -> io::Result<Plan> {
    let data = tiles::walk(archive, directory, findings)?;
    let mut planned = Vec::with_capacity(directory.entries.len());
    let mut entries = Entries::new(archive, directory, policy, findings);
    for (entry, data) in directory.entries.iter().zip(data) {
        planned.extend(entries.plan(entry, data)?);
    }
    let Entries {
        sanitized,
        unpacked_size,
        ..
    } = entries;
    let limit = policy.caps.total_size;
    if unpacked_size > limit {
        findings.archive(
            Rule::TotalTooLarge,
            format_args!("{unpacked_size} bytes, the limit is {limit}"),
        );
    }
    let (entries, warnings) = tree::assemble(planned, policy, findings);
    Ok(Plan {
        entries,
        sanitized,
        signature: ending.signature,
        warnings,
        packed_size: archive.size(),
        unpacked_size,
    })
}
