//! The way out of each failure of the engine: one sentence that begins with what to do.

use std::path::{Path, PathBuf};

use linkstead_store::format::{BundleName, FormatError, PinLabel, Version, paths};
use linkstead_store::{
    CheckoutRefusal, ConfigProblem, Error, ErrorKind, FsError, Lack, LaunchProblem, ReadOnlyReason,
};

use crate::server_config;
use crate::size::Size;

/// What the user can do about it, if anything in general helps.
pub(crate) fn of(error: &Error) -> Option<String> {
    of_store(error)
        .or_else(|| of_archive(error))
        .or_else(|| of_names(error))
        .or_else(|| of_system(error))
        .or_else(|| of_content(error))
        .or_else(|| of_kind(error))
}

/// The store cannot be opened, or not for this.
fn of_store(error: &Error) -> Option<String> {
    Some(match error {
        Error::Unreadable { path, source } => unreadable(path, source),
        Error::StoreIsAFile { .. } | Error::NotAStore { .. } => {
            "choose an empty or a new directory: --store DIR".into()
        }
        Error::NoStore { .. } => {
            "the first install makes it: linkstead install ARCHIVE; another one is named with --store DIR".into()
        }
        Error::ReadOnly { path, reason } => read_only(path, reason),
        _ => return None,
    })
}

/// What was to be installed.
fn of_archive(error: &Error) -> Option<String> {
    Some(match error {
        Error::ArchiveRefused { verdict, .. } => verdict.rules().first()?.way_out().into(),
        Error::ArchiveRead { .. } => {
            "look at the disk or network that it lies on, and install it again".into()
        }
        Error::ArchiveChanged { .. } => {
            "wait until it is wholly written, and install it again".into()
        }
        Error::ArchiveUnexpected { .. } => {
            "do not use this archive unless you know why it differs; fetch it again".into()
        }
        Error::McpbManifest { .. } => {
            "mend its manifest.json, or give name and version yourself: --as NAME@VERSION".into()
        }
        Error::HostFileClash { .. } => "give the host's file another path, or leave it out".into(),
        _ => return None,
    })
}

/// What names, versions and pins mean, and who holds them.
fn of_names(error: &Error) -> Option<String> {
    Some(match error {
        Error::NotInstalled { wanted, similar } => not_installed(wanted, similar),
        Error::NoCurrent { name, versions } => {
            format!(
                "make one current with linkstead use, or name one: {}",
                each(name, versions)
            )
        }
        Error::SeveralVersions { name, versions } => {
            format!("name one: {}", each(name, versions))
        }
        Error::InUse { holders, .. } => held(
            "stop what uses it, and try again; linkstead remove --when-idle takes it once nobody does",
            holders,
        ),
        Error::ExtraFiles { .. } => {
            "move them to another place, or let them go with it: --discard-extra".into()
        }
        Error::ExtraUnknown { .. } => {
            "move what is yours out of its directory, and let the rest go: --discard-extra".into()
        }
        Error::TakesEverything { bundles, .. } => {
            format!(
                "--dry-run shows the plan; --yes takes all {bundles}; linkstead use makes one current, which then stays"
            )
        }
        Error::Pinned { label, .. } => format!("it is kept until linkstead unpin {label}"),
        Error::LabelTaken { label, .. } => {
            format!("choose another label, or take this one back: linkstead unpin {label}")
        }
        Error::NotPinned { labels, .. } => not_pinned(labels),
        Error::CheckoutRefused { reason, .. } => refused_checkout(reason),
        Error::NoCheckout { paths, .. } => no_checkout(paths),
        _ => return None,
    })
}

/// Locks, the disk and the file system.
fn of_system(error: &Error) -> Option<String> {
    Some(match error {
        Error::LockTimeout { holders, .. } => held("try again, or wait longer: --lock-timeout 15m", holders),
        Error::NoSpace { path, needed, available } => no_space(path, needed.saturating_sub(*available)),
        Error::NoInodes { path, .. } => format!(
            "remove files on the disk of {}: linkstead gc takes back what nobody needs; or use another disk: --store DIR",
            path.display()
        ),
        Error::DiskFilled { path, lack, .. } => disk_filled(path, lack),
        Error::NoThreads { .. } => "end some programs, or raise the limit on processes (ulimit -u), and run it again".into(),
        Error::Unsuitable { .. } => {
            "put the store on a file system that keeps modes and times, such as ext4, xfs, btrfs or tmpfs: --store DIR".into()
        }
        Error::SplitStore { path, .. } => format!(
            "unmount {} and mount the whole store instead, or choose another place: --store DIR",
            path.display()
        ),
        Error::NoLinks { .. } => "--link-mode auto copies where there can be no links".into(),
        _ => return None,
    })
}

/// What lies in the store.
fn of_content(error: &Error) -> Option<String> {
    Some(match error {
        Error::Manifest { .. } => {
            "run linkstead list: it rebuilds the manifest if it may write to the store".into()
        }
        Error::Damaged { .. } => {
            "install its archive again, which heals it; linkstead verify lists all damage".into()
        }
        Error::CannotStart { problem, .. } => cannot_start(problem),
        Error::OtherLeases { .. } => {
            "find it with linkstead path and start it yourself; it may be removed meanwhile".into()
        }
        Error::UnknownRoots { .. } => "collect with the newer linkstead that made them".into(),
        _ => return None,
    })
}

fn of_kind(error: &Error) -> Option<String> {
    if let Error::Fs(failed) = error
        && let Some(hint) = of_refusal(failed)
    {
        return Some(hint.into());
    }
    match error.kind() {
        ErrorKind::NoSpace => Some(
            "linkstead gc takes back what nobody needs; --store DIR puts the store on another disk".into(),
        ),
        ErrorKind::Permission => {
            Some("look at the owner and the modes of that path, or choose a store of your own: --store DIR".into())
        }
        ErrorKind::Stopped => Some("run it again: what was begun is cleared away".into()),
        _ if is_not_found(error) => Some("look whether the path is written right".into()),
        _ => None,
    }
}

/// What the file system cannot do, and a store cannot do without.
fn of_refusal(failed: &FsError) -> Option<&'static str> {
    if failed.is_lock_refused() {
        Some(
            "this file system has no locks (flock); put the store on one that has them: --store DIR",
        )
    } else if failed.is_mode_refused() {
        Some("this file system keeps no modes; put the store on one that does: --store DIR")
    } else if failed.is_cross_device() {
        Some(
            "a store must lie on one file system, one mount and in one project quota; choose such a place: --store DIR",
        )
    } else {
        None
    }
}

fn is_not_found(error: &Error) -> bool {
    matches!(error, Error::Fs(failed) if failed.is_not_found())
}

fn unreadable(path: &Path, source: &FormatError) -> String {
    let is_pin = path
        .parent()
        .is_some_and(|folder| folder.ends_with(paths::PINS));
    let is_checkout = path
        .parent()
        .is_some_and(|folder| folder.ends_with(paths::CHECKOUTS));
    match source {
        FormatError::Version { .. } | FormatError::UnknownStore { .. } => {
            "use the newer linkstead that made this store, or another store: --store DIR".into()
        }
        _ if is_checkout => "delete that file, and check out again what it kept".into(),
        _ if is_pin => "take it back with linkstead unpin LABEL, and pin again what it kept".into(),
        _ => "linkstead verify lists what else is damaged; installing the archive again writes refs and receipts anew".into(),
    }
}

fn read_only(store: &Path, reason: &ReadOnlyReason) -> String {
    match reason {
        ReadOnlyReason::OtherOwner { owner, .. } => {
            format!("run this as user {owner}, or choose a store of your own: --store DIR")
        }
        ReadOnlyReason::Feature(_) => "use the newer linkstead that made this store".into(),
        _ => format!(
            "make {} writable for its owner, or choose another store: --store DIR",
            store.display()
        ),
    }
}

/// Versions of a name, as they are written.
fn each(name: &BundleName, versions: &[Version]) -> String {
    let written: Vec<_> = versions
        .iter()
        .map(|version| format!("{name}@{version}"))
        .collect();
    few(&written)
}

fn not_installed(wanted: &str, similar: &[String]) -> String {
    if let Some(near) = nearest(wanted, similar) {
        return format!("did you mean {near}?");
    }
    match similar {
        [] => "nothing is installed in this store; another one is named with --store DIR".into(),
        some => format!("installed: {}", few(some)),
    }
}

fn refused_checkout(reason: &CheckoutRefusal) -> String {
    match reason {
        CheckoutRefusal::NoParent => "make that directory first".into(),
        CheckoutRefusal::NotUtf8 => "choose a path that is UTF-8".into(),
        CheckoutRefusal::MountPoint => "choose a directory in it".into(),
        CheckoutRefusal::MountBelow(mount) => format!("unmount {} first", mount.display()),
        CheckoutRefusal::Interrupted(_) => {
            "look at both, and move away what has the path: what was there before comes back; or give it up: linkstead checkout --forget DIR".into()
        }
        CheckoutRefusal::Foreign => {
            "choose a path that is free, or have all that is there deleted: --replace".into()
        }
        CheckoutRefusal::ExtraFiles(_) => {
            "--keep-extra takes them over, --replace deletes them".into()
        }
        CheckoutRefusal::ExtraClash(_) => {
            "move them away first, or have them deleted: --replace".into()
        }
        CheckoutRefusal::Protected(_) => "choose another path, or run this from elsewhere".into(),
        _ => "choose a path outside the store that is free".into(),
    }
}

fn no_checkout(paths: &[PathBuf]) -> String {
    let paths: Vec<_> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    match &*paths {
        [] => "nothing is checked out".into(),
        some => format!("checkouts: {}", few(some)),
    }
}

fn not_pinned(labels: &[PinLabel]) -> String {
    let labels: Vec<_> = labels.iter().map(ToString::to_string).collect();
    match &*labels {
        [] => "nothing is pinned".into(),
        some => format!("pins: {}", few(some)),
    }
}

/// The name that is most like what was written, if any is like it. Versions are not guessed: those that there are get listed.
fn nearest<'a>(wanted: &str, names: &'a [String]) -> Option<&'a str> {
    const LIKE: f64 = 0.7;
    let name = match wanted.rfind('@') {
        Some(at) if at > 0 => &wanted[..at],
        _ => wanted,
    };
    let scores = names.iter().map(|candidate| {
        let likeness = strsim::normalized_damerau_levenshtein(name, candidate);
        (likeness, candidate.as_str())
    });
    scores
        .filter(|(likeness, candidate)| {
            *likeness >= LIKE && !candidate.starts_with(&format!("{name}@"))
        })
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

fn cannot_start(problem: &LaunchProblem) -> String {
    match problem {
        LaunchProblem::Missing { keys } => missing(keys),
        LaunchProblem::Config {
            problem: ConfigProblem::Unknown { options },
            ..
        } if options.is_empty() => "it has no options".into(),
        LaunchProblem::Config {
            problem: ConfigProblem::Unknown { options },
            ..
        } => format!("options: {}", few(options)),
        LaunchProblem::Config {
            key,
            problem: ConfigProblem::Default(_),
        } => format!("give the value yourself: --config {key}=VALUE"),
        LaunchProblem::Path(_)
        | LaunchProblem::Config {
            problem: ConfigProblem::Path(_),
            ..
        } => "use a directory whose path is UTF-8".into(),
        LaunchProblem::Config { .. } => "linkstead run --help says how options are given".into(),
        _ => "start it yourself: linkstead exec NAME -- COMMAND".into(),
    }
}

fn missing(keys: &[String]) -> String {
    let variables: Vec<_> = keys
        .iter()
        .map(|key| server_config::variable(key))
        .collect();
    match (keys, &*variables) {
        ([key], [variable]) => format!(
            "give it in a file with --config, or in {variable}; if it is no secret, also with --config {key}=VALUE"
        ),
        _ => format!(
            "give them in a file with --config, or in {}; those that are no secrets also with --config KEY=VALUE",
            few(&variables)
        ),
    }
}

fn held(what: &str, holders: &[String]) -> String {
    match holders {
        [] => what.to_owned(),
        some => format!("{what}; held by {}", few(some)),
    }
}

fn no_space(store: &Path, missing: u64) -> String {
    format!(
        "free {} on the disk of {}: linkstead gc takes back what nobody needs; or use another disk: --store DIR",
        Size(missing),
        store.display()
    )
}

/// The disk of a checkout is full, which may be another than the store's.
pub(crate) fn of_checkout_disk(error: &Error) -> Option<String> {
    let bytes = match error {
        Error::NoSpace {
            needed, available, ..
        } => Some(needed.saturating_sub(*available)),
        Error::DiskFilled {
            lack: Lack::Bytes(missing),
            ..
        } => Some(*missing),
        _ => None,
    };
    let make_room = match bytes {
        Some(missing) => format!("free {}", Size(missing)),
        None => "remove files".into(),
    };
    Some(format!(
        "{make_room} on the disk of {}, or choose a path on another; linkstead gc helps if the store lies on it too",
        error.path()?.display()
    ))
}

fn disk_filled(store: &Path, lack: &Lack) -> String {
    match lack {
        Lack::Bytes(missing) => no_space(store, *missing),
        _ => format!(
            "remove files on the disk of {}, or raise the quota: linkstead gc takes back what nobody needs; or use another disk: --store DIR",
            store.display()
        ),
    }
}

/// The first few, as a list.
fn few(all: &[String]) -> String {
    const SHOWN: usize = 5;
    let mut list = all
        .iter()
        .take(SHOWN)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    if all.len() > SHOWN {
        list.push_str(&format!(" and {} more", all.len() - SHOWN));
    }
    list
}
