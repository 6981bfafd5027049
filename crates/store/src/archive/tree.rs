//! The planned tree: entries sorted, implied directories added, and every rule on how entries lie to each other.

use std::collections::HashSet;

use linkstead_format::{ItemKind, Threads, TreeBreach, TreeItem, TreePath, TreeRule, breaches};

use super::planned::{PlannedEntry, PlannedKind, Warning};
use super::policy::{ArchiveKind, Policy};
use super::rule::Rule;
use super::verdict::{Findings, escaped};

/// The path of the MCPB manifest.
const MANIFEST: &str = "manifest.json";

/// Warnings that are told.
const TOLD: usize = 20;

/// Makes the whole tree of these entries, in any order.
pub(crate) fn assemble(
    mut entries: Vec<PlannedEntry>,
    policy: &Policy,
    findings: &mut Findings<'_>,
) -> (Vec<PlannedEntry>, Vec<Warning>) {
    let mut warnings = Vec::new();
    sort(&mut entries);
    drop_repeated_directories(&mut entries, &mut warnings);
    if !add_implied_directories(&mut entries, policy.caps.entries, findings) {
        return (entries, warnings);
    }
    warn_of_windows_characters(&entries, &mut warnings);
    report_breaches(&entries, findings);
    if policy.kind == ArchiveKind::Bundle {
        check_manifest(&entries, policy, findings);
    }
    (entries, warnings)
}

/// By path; where a path occurs more than once, in an order that the archive does not choose.
fn sort(entries: &mut [PlannedEntry]) {
    let rank = |entry: &PlannedEntry| match entry.kind {
        PlannedKind::Directory => 0,
        PlannedKind::File { .. } => 1,
        PlannedKind::Symlink { .. } => 2,
    };
    entries.sort_by(|a, b| a.path.cmp(&b.path).then_with(|| rank(a).cmp(&rank(b))));
}

fn drop_repeated_directories(entries: &mut Vec<PlannedEntry>, warnings: &mut Vec<Warning>) {
    entries.dedup_by(|later, first| {
        let repeated = later.path == first.path
            && later.kind == PlannedKind::Directory
            && first.kind == PlannedKind::Directory;
        if repeated && warnings.len() < TOLD {
            warnings.push(Warning::RepeatedDirectory {
                entry: escaped(later.path.as_str().as_bytes()),
            });
        }
        repeated
    });
}

/// Adds the directories that entries lie in and that are no entries. They count like entries: a short archive can imply
/// millions. False where they are too many: then there is no whole tree to judge.
fn add_implied_directories(
    entries: &mut Vec<PlannedEntry>,
    most: u64,
    findings: &mut Findings<'_>,
) -> bool {
    let room = most.saturating_sub(entries.len() as u64);
    let Some(implied) = implied_directories(entries, room) else {
        findings.archive(
            Rule::TooManyEntries,
            format_args!("with the directories that they lie in; the limit is {most}"),
        );
        return false;
    };
    if !implied.is_empty() {
        entries.extend(implied.into_iter().map(|path| PlannedEntry {
            path,
            kind: PlannedKind::Directory,
        }));
        sort(entries);
    }
    true
}

/// The directories that entries lie in and that are no entries; `None` where there are more than `room`.
fn implied_directories(entries: &[PlannedEntry], room: u64) -> Option<HashSet<TreePath>> {
    let mut implied = HashSet::new();
    let mut last = None;
    for entry in entries {
        let parent = entry.path.parent_str();
        if parent == last {
            continue;
        }
        last = parent;
        let mut above = entry.path.parent();
        while let Some(path) = above {
            let listed = entries
                .binary_search_by(|entry| entry.path.cmp(&path))
                .is_ok();
            above = path.parent();
            if listed || !implied.insert(path) {
                break;
            }
        }
        if implied.len() as u64 > room {
            return None;
        }
    }
    Some(implied)
}

fn warn_of_windows_characters(entries: &[PlannedEntry], warnings: &mut Vec<Warning>) {
    let forbidden = |byte| matches!(byte, b'<' | b'>' | b'"' | b'|' | b'?' | b'*');
    let told = entries
        .iter()
        .filter(|entry| entry.path.as_str().bytes().any(forbidden))
        .map(|entry| Warning::WindowsCharacter {
            entry: escaped(entry.path.as_str().as_bytes()),
        });
    warnings.extend(told.take(TOLD));
}

fn report_breaches(entries: &[PlannedEntry], findings: &mut Findings<'_>) {
    let items: Vec<TreeItem<'_>> = entries
        .iter()
        .map(|entry| TreeItem {
            path: &entry.path,
            kind: match &entry.kind {
                PlannedKind::Directory => ItemKind::Directory,
                PlannedKind::File { .. } => ItemKind::File,
                PlannedKind::Symlink { target } => ItemKind::Symlink(target),
            },
        })
        .collect();
    for TreeBreach { rule, item, other } in breaches(&items, Threads::Pool) {
        let name = items[item].path.as_str().as_bytes();
        let rule_of_archives = Rule::from(rule);
        match (other, items[item].kind) {
            (Some(other), _) if rule != TreeRule::Twice => {
                let other = escaped(items[other].path.as_str().as_bytes());
                findings.entry(rule_of_archives, name, format_args!("\"{other}\""));
            }
            (None, ItemKind::Symlink(target)) => {
                let target = escaped(target.as_bytes());
                findings.entry(rule_of_archives, name, format_args!("to \"{target}\""));
            }
            _ => findings.entry(rule_of_archives, name, format_args!("")),
        }
    }
}

/// A bundle has its MCPB manifest at the root. (A second one is the same file twice.)
fn check_manifest(entries: &[PlannedEntry], policy: &Policy, findings: &mut Findings<'_>) {
    let found = entries.binary_search_by(|entry| entry.path.as_str().cmp(MANIFEST));
    let Ok(index) = found else {
        findings.archive(Rule::ManifestMissing, format_args!(""));
        return;
    };
    let PlannedKind::File { data, .. } = &entries[index].kind else {
        findings.entry(
            Rule::ManifestNotAFile,
            MANIFEST.as_bytes(),
            format_args!(""),
        );
        return;
    };
    let limit = policy.caps.manifest_size;
    if data.size > limit {
        findings.entry(
            Rule::ManifestTooLarge,
            MANIFEST.as_bytes(),
            format_args!("{} bytes, the limit is {limit}", data.size),
        );
    }
}
