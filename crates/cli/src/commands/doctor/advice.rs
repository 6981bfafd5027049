//! The sentence for each concern: what it is, and what to do.

use linkstead_store::Concern;

/// What to know and do.
pub(super) fn sentence(concern: &Concern) -> String {
    match concern {
        Concern::Unusable { problem } => {
            format!("{problem}; choose another directory with --store DIR, or mend this one")
        }
        Concern::UnreadableRoot { problem } => format!(
            "{problem}; nothing is collected until it is gone: linkstead verify lists all damage"
        ),
        Concern::Unreadable { problem, .. } => {
            format!("{problem}; look at its owner and modes")
        }
        Concern::Split { path } => format!(
            "{} is mounted apart from the store: unmount it, and mount the whole store instead",
            path.display()
        ),
        Concern::WritableByOthers { mode } => format!(
            "its directory has mode {mode:04o}, so others may change bundles: chmod go-w it"
        ),
        Concern::Unsuitable { lacks } => format!(
            "no store can be here, for the file system has no {}: choose one such as ext4, xfs, btrfs or tmpfs",
            lacks.join(" and no ")
        ),
        Concern::Quarantine => {
            "its quarantine/ keeps damaged files, or yours that were beside a bundle: take what you need, then delete it".into()
        }
        Concern::LittleSpace => {
            "little space is left: linkstead gc takes back what nobody needs".into()
        }
        Concern::ReadOnly { reason } => format!("it can only be read: {reason}"),
        Concern::NothingShared => {
            "the file system makes no hard links: bundles are copied, and share nothing".into()
        }
        Concern::NotTried => {
            "what the file system can do was not tried: that takes a directory beside the store, on its mount, in which this user may write".into()
        }
        Concern::UnknownRoots { kinds } => format!(
            "a newer linkstead keeps things here that this one does not know ({}): collect with that one",
            kinds.join(", ")
        ),
        Concern::ManifestLost => {
            "its manifest is gone: the next command that may write builds it again".into()
        }
        Concern::DeadStagings { .. } => {
            "a process died at work: the next command that may write clears what it left".into()
        }
        Concern::Collectable => "linkstead gc takes back what is parked and in the trash".into(),
        _ => "it has something that this version has no words for".into(),
    }
}
