//! The deeds about a directory outside the store: one place beside the store, so that every layer sees what happens there.

use std::path::{Path, PathBuf};
use std::time::Duration;

use linkstead_fs::lock::{self, LockMode};
use linkstead_fs::stat;
use linkstead_store::format::{BesidePath, Checkout, CheckoutState, DirectoryIdentity, paths};
use linkstead_store::{
    CheckoutOptions, CheckoutOutcome, Displace, Error, ForgetOptions, GcOptions, Silent,
};

use crate::deed::open;
use crate::sample::Sample;

/// The directory that a checkout lies in.
#[must_use]
pub fn place(root: &Path) -> PathBuf {
    root.with_file_name("out")
}

/// The path of the one checkout.
#[must_use]
pub fn path(root: &Path) -> PathBuf {
    place(root).join("tool")
}

/// Checks a sample out.
pub(crate) fn check_out(root: &Path, sample: Sample) -> Result<(), Error> {
    let options = CheckoutOptions {
        displace: Displace::OwnKeepingExtra,
        ..CheckoutOptions::default()
    };
    open(root)?
        .checkout(&sample.reference(), &path(root), &options, &Silent)
        .map(drop)
}

/// Checks a sample out while somebody holds what is there: that must stay, through a gc too.
pub(crate) fn check_out_while_held(root: &Path, sample: Sample) -> Result<(), Error> {
    let held = path(root);
    let before: Vec<_> = names(&held);
    let lock = lock::try_lock_dir(&held, LockMode::Shared)?;
    let store = open(root)?;
    let options = CheckoutOptions::default();
    let done = store.checkout(&sample.reference(), &held, &options, &Silent)?;
    let gc = GcOptions::default();
    store.gc(&gc, &Silent)?.sweep()?;
    let displaced = done.displaced.iter().map(|left| names(&left.path));
    // It may have been the same, which is displaced by nothing.
    let is_kept = done.outcome == CheckoutOutcome::AlreadyThere
        || displaced.into_iter().any(|names| names == before);
    drop(lock);
    match is_kept {
        true => Ok(()),
        false => Err(Error::Damaged {
            path: held,
            problem: "what was displaced went although it was held".into(),
        }),
    }
}

/// Fails to check a sample out while another process is at work at the path.
pub(crate) fn check_out_beside_another(root: &Path, sample: Sample) -> Result<(), Error> {
    let store = open(root)?;
    let home = path(root);
    let lock_file = root.join(paths::lock_checkout(home.to_str().expect("a scratch path")));
    let _another = lock::try_lock_file(&lock_file, LockMode::Exclusive)?;
    let mut options = CheckoutOptions::default();
    options.control.lock_timeout = Duration::from_millis(20);
    match store.checkout(&sample.reference(), &home, &options, &Silent) {
        Err(Error::LockTimeout { .. }) => Ok(()),
        Err(error) => Err(error),
        Ok(_) => Err(Error::Damaged {
            path: home,
            problem: "two were at work there at once".into(),
        }),
    }
}

fn names(directory: &Path) -> Vec<PathBuf> {
    let entries = walkdir::WalkDir::new(directory).sort_by_file_name();
    let entries = entries.into_iter().filter_map(Result::ok);
    let relative = |entry: walkdir::DirEntry| {
        let below = entry.path().strip_prefix(directory);
        below.map(Path::to_path_buf).unwrap_or_default()
    };
    entries.map(relative).collect()
}

/// What a server writes beside its code.
pub(crate) const WRITTEN: (&str, &[u8]) = ("state/rows.db", b"rows");

/// A server writes into what is checked out.
pub(crate) fn serve(root: &Path) {
    let (name, content) = WRITTEN;
    let file = path(root).join(name);
    std::fs::create_dir(file.parent().expect("a directory")).expect("a free name");
    std::fs::write(file, content).expect("a free name");
}

/// What is checked out lies aside, and its successor was never finished.
pub(crate) fn leave_half_swapped(root: &Path) {
    const ID: &str = "00000000deadbeef";
    let home = path(root);
    let text = home.to_str().expect("a scratch path");
    let beside = BesidePath::of(text).expect("it has a name");
    std::fs::rename(&home, home.with_file_name(beside.old(ID))).expect("it is there");
    let known = std::fs::read_dir(root.join("checkouts")).expect("a store");
    let known = known.filter_map(|entry| read(&entry.ok()?.path()));
    let mut intended = known.last().expect("it was checked out");
    intended.state = CheckoutState::Intended;
    intended.directory = None;
    let record = root.join("checkouts").join(ID).with_extension("json");
    std::fs::write(record, intended.encode()).expect("a free name");
    let mark = root.join("staging").join(ID).with_extension("lock");
    std::fs::write(mark, b"").expect("a free name");
}

/// Forgets it.
pub(crate) fn forget(root: &Path) -> Result<(), Error> {
    let options = ForgetOptions::default();
    open(root)?
        .forget_checkout(&path(root), &options, &Silent)
        .map(drop)
}

/// Brings the records home: a store that is judged was made elsewhere, so its paths and inode numbers are of there. What a record
/// knew by its number is known here by what it holds.
///
/// # Panics
/// A record cannot be written.
pub fn bring_home(root: &Path) {
    let home = path(root);
    let Ok(entries) = std::fs::read_dir(root.join("checkouts")) else {
        return;
    };
    for file in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let Some(mut checkout) = read(&file) else {
            continue;
        };
        if Path::new(&checkout.path) == home {
            continue;
        }
        checkout.path = home.to_str().expect("a scratch path").to_owned();
        checkout.mount = mount_at_home(&home);
        if checkout.directory.is_some() {
            // Where nothing is whole, a number that nothing has.
            let known = identity_at_home(&home, &checkout);
            checkout.directory = Some(known.unwrap_or_else(|| nobody(root)));
        }
        std::fs::write(&file, checkout.encode()).expect("a scratch file");
    }
}

/// The disk that it lies on here.
fn mount_at_home(home: &Path) -> Option<DirectoryIdentity> {
    let place = home.parent()?.canonicalize().ok()?;
    let top = stat::top_of_mount(&place).ok()??;
    identity_of(&top)
}

fn identity_of(directory: &Path) -> Option<DirectoryIdentity> {
    let found = stat::stat(directory).ok()??;
    Some(DirectoryIdentity {
        device: found.device,
        inode: found.inode,
        born: found.born.unwrap_or(0),
        filesystem: stat::filesystem_id(directory).unwrap_or(0),
    })
}

/// A directory that was on this disk.
fn nobody(root: &Path) -> DirectoryIdentity {
    let found = stat::stat(root).ok().flatten();
    DirectoryIdentity {
        device: found.map_or(0, |found| found.device),
        inode: 0,
        born: 0,
        filesystem: 0,
    }
}

fn read(file: &Path) -> Option<Checkout> {
    Checkout::decode(&std::fs::read(file).ok()?).ok()
}

/// Which of the directories at the path and beside it is the one that was made.
fn identity_at_home(home: &Path, checkout: &Checkout) -> Option<DirectoryIdentity> {
    let sample: Sample = format!("{}@{}", checkout.name, checkout.version)
        .parse()
        .ok()?;
    let beside = std::fs::read_dir(home.parent()?).ok()?;
    let mut places = beside.filter_map(|entry| Some(entry.ok()?.path()));
    let made = places.find(|place| sample.flaw_of(place).is_none())?;
    identity_of(&made)
}
