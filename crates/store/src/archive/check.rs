//! `check`: the verdict on an archive without a store. It plans, and decodes everything that the plan names, so that its
//! answer is the one that an install would give.

use std::io;

use linkstead_format::{Sanitized, Signature};
use linkstead_fs::read_at::ReadAt;
use rayon::prelude::*;
use serde::Serialize;

use super::decode::{self, Buffers, DecodeError};
use super::planned::{Plan, PlannedEntry, PlannedKind, Warning};
use super::policy::Policy;
use super::verdict::{Findings, Verdict, Violation};
use super::{PlanError, plan};

/// What is to be said about an archive.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    /// Regular files.
    pub files: u64,
    /// Directories, implied ones included.
    pub directories: u64,
    /// Symbolic links.
    pub symlinks: u64,
    /// Bytes of the archive.
    pub packed_size: u64,
    /// Bytes of all files.
    pub unpacked_size: u64,
    /// Whether there is a signature block.
    pub signature: Signature,
    /// Permissions that an install would drop.
    pub sanitized: Sanitized,
    /// The rules that are broken, in the order of the rules; empty for an archive that may be installed.
    pub violations: Vec<Violation>,
    /// How many more violations there are of the same rules.
    pub untold: u64,
    /// What is accepted and may still surprise.
    pub warnings: Vec<Warning>,
}

impl CheckReport {
    /// Whether the archive keeps every rule.
    pub fn is_accepted(&self) -> bool {
        self.violations.is_empty()
    }

    fn refused(packed_size: u64, verdict: Verdict) -> Self {
        CheckReport {
            packed_size,
            violations: verdict.violations,
            untold: verdict.untold,
            ..CheckReport::default()
        }
    }

    fn of_plan(plan: Plan) -> Self {
        let count = |wanted: fn(&PlannedKind) -> bool| {
            plan.entries
                .iter()
                .filter(|entry| wanted(&entry.kind))
                .count() as u64
        };
        CheckReport {
            files: count(|kind| matches!(kind, PlannedKind::File { .. })),
            directories: count(|kind| matches!(kind, PlannedKind::Directory)),
            symlinks: count(|kind| matches!(kind, PlannedKind::Symlink { .. })),
            packed_size: plan.packed_size,
            unpacked_size: plan.unpacked_size,
            signature: plan.signature,
            sanitized: plan.sanitized,
            violations: Vec::new(),
            untold: 0,
            warnings: plan.warnings,
        }
    }
}

/// Plans an archive and decodes all its files, on the present thread pool.
///
/// # Errors
/// The archive cannot be read. A refusal is no error: it is in the report.
pub fn check(archive: &dyn ReadAt, policy: &Policy) -> io::Result<CheckReport> {
    let plan = match plan(archive, policy) {
        Ok(plan) => plan,
        Err(PlanError::Io(error)) => return Err(error),
        Err(PlanError::Refused(verdict)) => {
            return Ok(CheckReport::refused(archive.size(), verdict));
        }
    };
    let mut findings = Findings::new(policy);
    for (entry, error) in damaged(archive, &plan)? {
        let name = entry.path.as_str().as_bytes();
        findings.entry(error.rule(), name, format_args!("{}", error.detail()));
    }
    let verdict = findings.verdict();
    let report = CheckReport::of_plan(plan);
    Ok(match verdict {
        None => report,
        Some(Verdict { violations, untold }) => CheckReport {
            violations,
            untold,
            ..report
        },
    })
}

/// The files whose data are not what the plan says.
fn damaged<'p>(
    archive: &dyn ReadAt,
    plan: &'p Plan,
) -> io::Result<Vec<(&'p PlannedEntry, DecodeError)>> {
    plan.entries
        .par_iter()
        .map_init(Buffers::default, |buffers, entry| {
            let PlannedKind::File { data, .. } = &entry.kind else {
                return Ok(None);
            };
            match decode::decode_stream(archive, data, buffers, &mut |_| Ok(())) {
                Ok(()) => Ok(None),
                Err(DecodeError::Io(error)) => Err(error),
                Err(error) => Ok(Some((entry, error))),
            }
        })
        .filter_map(Result::transpose)
        .collect()
}
