//! `check`: the verdict that an install would give, without a store.

use std::path::Path;

use linkstead_fs::read_at::OpenArchive;

use crate::archive::{self, ArchiveKind, CheckReport, PlanError, Policy};
use crate::error::{Error, Result};
use crate::mcpb::{self, McpbManifest};

/// Plans an archive and decodes every file of it; of a bundle, reads the MCPB manifest too.
///
/// # Errors
/// The archive cannot be read, or its MCPB manifest does not say what it must. A refusal is no error: it is in the report.
pub fn check_archive(path: &Path, policy: &Policy) -> Result<CheckReport> {
    let failed = |source| Error::ArchiveRead {
        archive: path.to_path_buf(),
        source,
    };
    let archive = OpenArchive::open(path)?;
    let report = archive::check(&archive, policy).map_err(failed)?;
    if policy.kind == ArchiveKind::Bundle && report.is_accepted() {
        check_manifest(path, &archive, policy)?;
    }
    if archive.changed_since_open()? {
        return Err(Error::ArchiveChanged {
            archive: path.to_path_buf(),
        });
    }
    Ok(report)
}

fn check_manifest(path: &Path, archive: &OpenArchive, policy: &Policy) -> Result<()> {
    // What was accepted a moment ago is refused only if it changed meanwhile.
    let changed = |_| Error::ArchiveChanged {
        archive: path.to_path_buf(),
    };
    let plan =
        archive::plan(archive, policy).map_err(|error: PlanError| changed(error.to_string()))?;
    let manifest = mcpb::read(archive, &plan, policy.caps.manifest_size)
        .map_err(|error| changed(error.to_string()))?;
    let wrong = |problem: String| Error::McpbManifest {
        archive: path.to_path_buf(),
        problem,
    };
    let manifest = manifest.ok_or_else(|| wrong("is missing".into()))?;
    McpbManifest::parse(&manifest).map_err(wrong)?;
    Ok(())
}
