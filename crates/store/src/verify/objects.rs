//! Re-hashing every object, in parallel.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use linkstead_format::{ExecClass, ObjectKey, paths, seal};
use linkstead_fs::stat::{self, FileKind};
use rayon::prelude::*;

use super::VerifyReport;
use super::finding::{Defect, Finding};
use super::shelves;
use crate::error::{Error, Result};
use crate::objects;
use crate::observe::{Meter, Observer, Phase, Unit};
use crate::options::VerifyOptions;
use crate::store::Store;
use crate::unreadable;

/// What is known of the objects after they were hashed.
#[derive(Debug, Default)]
pub(super) struct Hashed {
    /// Objects with the right content: their device and inode.
    pub(super) sound: HashMap<ObjectKey, (u64, u64)>,
    /// Objects with another content, or whose content cannot be read.
    pub(super) damaged: HashSet<ObjectKey>,
}

/// What one object turned out to be.
enum Verdict {
    Sound(u64, u64, u64),
    BrokenSeal(u64, u64, u64),
    Altered,
    Unreadable(String),
    Gone,
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
    let verdicts: Vec<Verdict> = store.pool()?.run(|| {
        objects
            .par_iter()
            .map(|(key, path)| {
                options.control.check()?;
                let verdict = judge(key, path).or_else(|error| {
                    Ok::<_, Error>(Verdict::Unreadable(unreadable::problem_of(error)?))
                })?;
                meter.add(1);
                Ok(verdict)
            })
            .collect::<Result<_>>()
    })?;
    let mut hashed = Hashed::default();
    for ((key, path), verdict) in objects.into_iter().zip(verdicts) {
        let executable = key.exec == ExecClass::Executable;
        match verdict {
            Verdict::Gone => continue,
            Verdict::Sound(device, inode, size) => {
                hashed.sound.insert(key, (device, inode));
                report.bytes += size;
            }
            Verdict::BrokenSeal(device, inode, size) => {
                hashed.sound.insert(key, (device, inode));
                report.bytes += size;
                report.findings.push(Finding::new(
                    Defect::BrokenSeal {
                        object: key.id,
                        executable,
                    },
                    path,
                ));
            }
            Verdict::Altered => {
                hashed.damaged.insert(key);
                report.findings.push(Finding::new(
                    Defect::AlteredObject {
                        object: key.id,
                        executable,
                    },
                    path,
                ));
            }
            Verdict::Unreadable(problem) => {
                hashed.damaged.insert(key);
                report.findings.push(Finding::new(
                    Defect::UnreadableObject {
                        object: key.id,
                        executable,
                        problem,
                    },
                    path,
                ));
                continue;
            }
        }
        report.objects += 1;
    }
    Ok(hashed)
}

fn judge(key: &ObjectKey, path: &Path) -> Result<Verdict> {
    let Some(found) = stat::stat(path)? else {
        return Ok(Verdict::Gone);
    };
    if found.kind != FileKind::File {
        return Ok(Verdict::Altered);
    }
    let Some((id, size)) = objects::hash_file(path)? else {
        return Ok(Verdict::Gone);
    };
    if id != key.id {
        return Ok(Verdict::Altered);
    }
    let sealed = objects::is_sealed(&found, &key.id, size) && seal::mode_fits(found.mode, key.exec);
    Ok(match sealed {
        true => Verdict::Sound(found.device, found.inode, size),
        false => Verdict::BrokenSeal(found.device, found.inode, size),
    })
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
