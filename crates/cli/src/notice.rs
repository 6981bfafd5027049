//! What the store did on its own, as sentences for people.

use std::path::Path;

use linkstead_store::Notice;

/// The sentence of a notice.
pub(crate) fn sentence(notice: &Notice) -> String {
    match notice {
        Notice::ManifestRebuilt { bundles, left_out } if left_out.is_empty() => {
            format!(
                "the manifest was lost and has been rebuilt: {}",
                counted(*bundles as u64, "bundle")
            )
        }
        Notice::ManifestRebuilt { bundles, left_out } => format!(
            "the manifest was lost and has been rebuilt: {}; left out, because damaged or missing: {}",
            counted(*bundles as u64, "bundle"),
            left_out.join(", ")
        ),
        Notice::Recovered { stagings, orphans } => format!(
            "cleared what a crash left: {}, {}",
            counted(*stagings as u64, "staging"),
            counted(*orphans as u64, "orphan")
        ),
        Notice::UsedInFuture { bundles } => format!(
            "last used in the future (did a clock jump?), so counted as used now: {}",
            bundles.join(", ")
        ),
        Notice::NotRecovered { problem } => {
            format!("what a crash left cannot all be cleared now: {problem}")
        }
        Notice::NotDeleted { problem } => {
            format!("something that nobody needs could not be deleted: {problem}")
        }
        Notice::Quarantined { path } => {
            format!("altered content was found and moved to {}", path.display())
        }
        Notice::SetAside {
            path,
            extra_files,
            damage,
        } => set_aside(path, extra_files, damage.as_deref()),
        Notice::CheckoutUnsettled { path, problem } => format!(
            "a checkout to {} that a crash left cannot be cleared now: {problem}",
            path.display()
        ),
        Notice::Copied { reason } => {
            format!("copies stand in for hard links, so nothing is shared: {reason}")
        }
        _ => "the store did something that this version has no words for".into(),
    }
}

fn set_aside(path: &Path, extra_files: &[String], damage: Option<&str>) -> String {
    let holds = match damage {
        Some(damage) => format!("may hold extra files, for {damage}"),
        None => format!("holds {}", counted(extra_files.len() as u64, "extra file")),
    };
    format!(
        "a directory that had to make way {holds}: it was moved to {}, take from it what is yours",
        path.display()
    )
}

/// The sentence of a wait for a lock.
pub(crate) fn waiting(lock: &str, seconds: u64, holders: &[String]) -> String {
    let held = match holders {
        [] => String::new(),
        some => format!(", held by {}", some.join(", ")),
    };
    format!("waiting for the {lock} lock for {seconds} s{held}")
}

/// `1 file`, `2 files`.
pub(crate) fn counted(count: u64, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}
