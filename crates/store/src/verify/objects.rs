//! Looking at every object, in parallel: re-hashing it, or by its seal alone.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use linkstead_format::{ExecClass, ObjectKey, paths, seal};
use linkstead_fs::stat::{self, FileKind, FileStat};
use rayon::prelude::*;

use super::VerifyReport;
use super::finding::{Defect, Finding};
use super::shelves;
use crate::error::{Error, Result};
use crate::objects;
use crate::observe::{Meter, Observer, Phase, Unit};
use crate::options::{VerifyDepth, VerifyOptions};
use crate::store::Store;
use crate::unreadable;
use crate::walk::ObjectInode;

/// What is known of the objects after they were looked at.
#[derive(Debug, Default)]
pub(crate) struct Hashed {
    /// Objects with the right content, or whose content was not read.
    pub(crate) sound: HashMap<ObjectKey, ObjectInode>,
    /// Objects with another content, or whose content cannot be read. No inode where not even a `stat` works.
    pub(super) damaged: HashMap<ObjectKey, Option<ObjectInode>>,
}

impl Hashed {
    /// The inode that has the object's name, whatever is wrong with it.
    pub(super) fn inode(&self, key: &ObjectKey) -> Option<&ObjectInode> {
        let damaged = || self.damaged.get(key).and_then(Option::as_ref);
        self.sound.get(key).or_else(damaged)
    }
}

/// What one object turned out to be.
enum Verdict {
    Sound,
    BrokenSeal,
    Altered,
    Unreadable(String),
}

pub(super) fn verify(
    store: &Store,
    options: &VerifyOptions,
    observer: &dyn Observer,
    report: &mut VerifyReport,
) -> Result<Hashed> {
    let Listing { objects, findings } = list(store)?;
    report.findings.extend(findings);
    let meter = Meter::start(observer, Phase::Verify, objects.len() as u64, Unit::Files);
    let verdicts: Vec<Option<(Option<FileStat>, Verdict)>> = store.pool()?.run(|| {
        objects
            .par_iter()
            .map(|(key, path)| {
                options.control.check()?;
                let verdict = look_at(key, path, options.depth)?;
                meter.add(1);
                Ok(verdict)
            })
            .collect::<Result<_>>()
    })?;
    let mut hashed = Hashed::default();
    for ((key, path), verdict) in objects.into_iter().zip(verdicts) {
        // One that went away since it was listed is no object any more.
        let Some((found, verdict)) = verdict else {
            continue;
        };
        let inode = found.as_ref().map(ObjectInode::of);
        let is_unreadable = matches!(verdict, Verdict::Unreadable(_));
        let size = inode.map_or(0, |inode| inode.size);
        let is_right = matches!(verdict, Verdict::Sound | Verdict::BrokenSeal);
        match inode {
            Some(inode) if is_right => drop(hashed.sound.insert(key, inode)),
            _ => drop(hashed.damaged.insert(key, inode)),
        }
        if let Some(defect) = defect(&key, verdict) {
            report.findings.push(Finding::new(defect, path));
        }
        report.objects += u64::from(!is_unreadable);
        match options.depth {
            VerifyDepth::Full if is_right => report.bytes += size,
            VerifyDepth::Full => {}
            VerifyDepth::Quick => report.unread_bytes += size,
        }
    }
    Ok(hashed)
}

fn defect(key: &ObjectKey, verdict: Verdict) -> Option<Defect> {
    let object = key.id;
    let executable = key.exec == ExecClass::Executable;
    match verdict {
        Verdict::Sound => None,
        Verdict::BrokenSeal => Some(Defect::BrokenSeal { object, executable }),
        Verdict::Altered => Some(Defect::AlteredObject { object, executable }),
        Verdict::Unreadable(problem) => Some(Defect::UnreadableObject {
            object,
            executable,
            problem,
        }),
    }
}

/// `None` if it is gone.
fn look_at(
    key: &ObjectKey,
    path: &Path,
    depth: VerifyDepth,
) -> Result<Option<(Option<FileStat>, Verdict)>> {
    let unreadable =
        |error: Error| Ok::<_, Error>(Verdict::Unreadable(unreadable::problem_of(error)?));
    let found = match stat::stat(path) {
        Ok(Some(found)) => found,
        Ok(None) => return Ok(None),
        Err(error) => return Ok(Some((None, unreadable(error.into())?))),
    };
    let verdict = match judge(key, path, &found, depth) {
        Ok(None) => return Ok(None),
        Ok(Some(verdict)) => verdict,
        Err(error) => unreadable(error)?,
    };
    Ok(Some((Some(found), verdict)))
}

fn judge(
    key: &ObjectKey,
    path: &Path,
    found: &FileStat,
    depth: VerifyDepth,
) -> Result<Option<Verdict>> {
    if found.kind != FileKind::File {
        return Ok(Some(Verdict::Altered));
    }
    if depth == VerifyDepth::Full {
        match objects::hash_file(path)? {
            None => return Ok(None),
            Some((id, _)) if id != key.id => return Ok(Some(Verdict::Altered)),
            Some(_) => {}
        }
    }
    let sealed =
        objects::is_sealed(found, &key.id, found.size) && seal::mode_fits(found.mode, key.exec);
    Ok(Some(match sealed {
        true => Verdict::Sound,
        false => Verdict::BrokenSeal,
    }))
}

/// What lies in `objects/`: objects by their names, and what is wrong there.
#[derive(Default)]
struct Listing {
    objects: Vec<(ObjectKey, PathBuf)>,
    findings: Vec<Finding>,
}

fn list(store: &Store) -> Result<Listing> {
    let mut listing = Listing::default();
    for shelved in shelves::list(store, paths::OBJECTS, &mut listing.findings)? {
        match ObjectKey::parse(&shelved.shelf, &shelved.name) {
            Some(key) => listing.objects.push((key, shelved.path)),
            None => listing
                .findings
                .push(Finding::new(Defect::ForeignFile, shelved.path)),
        }
    }
    Ok(listing)
}
