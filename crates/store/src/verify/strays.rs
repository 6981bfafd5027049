//! What lies in `refs/` and is no ref: nobody reads it, and nobody deletes it. What lies among the refs of versions was read as
//! one.

use linkstead_format::paths;
use linkstead_fs::stat::FileKind;

use super::VerifyReport;
use super::finding::{Defect, Finding};
use super::listing::list_directory;
use crate::error::Result;
use crate::refs;
use crate::store::Store;

pub(super) fn verify(store: &Store, report: &mut VerifyReport) -> Result<()> {
    let base = store.path(paths::REFS);
    let mut places = vec![base.clone()];
    let mut strays = Vec::new();
    while let Some(place) = places.pop() {
        for entry in list_directory(&place, &mut report.findings)? {
            let path = place.join(&entry.name);
            let is_scope = place == base && entry.name.as_encoded_bytes().starts_with(b"@");
            match entry.kind {
                FileKind::Directory if is_scope => places.push(path),
                FileKind::Directory => {}
                _ => strays.push(path),
            }
        }
    }
    for of_name in refs::name_directories(&base)? {
        let entries = list_directory(&of_name, &mut report.findings)?;
        strays.extend(
            entries
                .iter()
                .filter(|entry| entry.name != paths::CURRENT_JSON && entry.name != paths::VERSIONS)
                .map(|entry| of_name.join(&entry.name)),
        );
    }
    let findings = strays
        .into_iter()
        .map(|path| Finding::new(Defect::ForeignFile, path));
    report.findings.extend(findings);
    Ok(())
}
