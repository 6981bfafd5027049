//! Looking at every object, in parallel: re-hashing it, or by its seal alone.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use linkstead_format::{DigestHasher, ExecClass, ObjectId, ObjectKey, paths};
use linkstead_fs::dir_handle::{DirHandle, Reading};
use linkstead_fs::stat::{self, FileKind, FileStat};
use rayon::prelude::*;

use super::VerifyReport;
use super::finding::{Defect, Finding};
use super::listing;
use crate::error::{Error, Result};
use crate::objects::{self, ObjectInode, ObjectInodes, ShelfInodes};
use crate::observe::{Meter, Observer, Phase, Unit};
use crate::options::{VerifyDepth, VerifyOptions};
use crate::store::Store;
use crate::unreadable;

/// What is known of the objects after they were looked at.
#[derive(Debug, Default)]
pub(crate) struct Hashed {
    /// Objects with the right content, or whose content was not read.
    pub(crate) sound: ObjectInodes,
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

/// One object as it was found.
struct Looked {
    /// None where not even a `stat` works.
    inode: Option<ObjectInode>,
    verdict: Verdict,
}

/// What one object turned out to be.
enum Verdict {
    Sound,
    BrokenSeal,
    Altered,
    Unreadable(String),
}

impl Verdict {
    /// Of an object with the right content.
    fn of_right(inode: &ObjectInode) -> Self {
        match inode.is_sealed {
            true => Verdict::Sound,
            false => Verdict::BrokenSeal,
        }
    }
}

pub(super) fn verify(
    store: &Store,
    options: &VerifyOptions,
    observer: &dyn Observer,
    report: &mut VerifyReport,
) -> Result<Hashed> {
    let shelves = list(store, &mut report.findings)?;
    let total: usize = shelves.iter().map(|shelf| shelf.objects.len()).sum();
    let meter = Meter::start(observer, Phase::Verify, total as u64, Unit::Files);
    let seen: Vec<OfShelf> = store.pool()?.run(|| {
        let shelves = shelves.par_iter();
        shelves
            .map(|shelf| shelf.verify(options, &meter))
            .collect::<Result<_>>()
    })?;
    let mut hashed = Hashed::default();
    for mut seen in seen {
        hashed.sound.add(seen.sound);
        hashed.damaged.extend(seen.damaged);
        report.findings.append(&mut seen.findings);
        report.objects += seen.objects;
        report.bytes += seen.bytes;
        report.unread_bytes += seen.unread_bytes;
    }
    Ok(hashed)
}

/// What one shelf adds to what is known, and to the report.
#[derive(Default)]
struct OfShelf {
    sound: ShelfInodes,
    damaged: Vec<(ObjectKey, Option<ObjectInode>)>,
    findings: Vec<Finding>,
    objects: u64,
    bytes: u64,
    unread_bytes: u64,
}

impl OfShelf {
    fn take_in(&mut self, key: ObjectKey, looked: &Looked, depth: VerifyDepth) {
        let inode = looked.inode;
        let size = inode.map_or(0, |inode| inode.size);
        let is_unreadable = matches!(looked.verdict, Verdict::Unreadable(_));
        let is_right = matches!(looked.verdict, Verdict::Sound | Verdict::BrokenSeal);
        match inode {
            Some(inode) if is_right => drop(self.sound.insert(key, inode)),
            _ => self.damaged.push((key, inode)),
        }
        self.objects += u64::from(!is_unreadable);
        match depth {
            VerifyDepth::Full if is_right => self.bytes += size,
            VerifyDepth::Full => {}
            VerifyDepth::Quick => self.unread_bytes += size,
        }
    }
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

impl ObjectShelf {
    fn verify(&self, options: &VerifyOptions, meter: &Meter<'_>) -> Result<OfShelf> {
        let looked = self.look_at_all(options, meter)?;
        let mut seen = OfShelf::default();
        seen.sound.reserve(looked.len());
        for ((key, name), looked) in self.objects.iter().zip(looked) {
            // One that went away since it was listed is no object any more.
            if let Some(looked) = looked {
                seen.take_in(*key, &looked, options.depth);
                let defect = defect(key, looked.verdict);
                let finding = defect.map(|defect| Finding::new(defect, self.path.join(name)));
                seen.findings.extend(finding);
            }
        }
        Ok(seen)
    }

    fn look_at_all(
        &self,
        options: &VerifyOptions,
        meter: &Meter<'_>,
    ) -> Result<Vec<Option<Looked>>> {
        // One that cannot be opened says so of each file.
        let reading = match options.depth {
            VerifyDepth::Full => DirHandle::open(&self.path).ok().flatten(),
            VerifyDepth::Quick => None,
        };
        let objects = self.objects.par_iter().with_min_len(16);
        let look = |buffer: &mut Vec<u8>, (key, name): &(ObjectKey, OsString)| {
            options.control.check()?;
            let looked = match &reading {
                Some(shelf) => read(shelf, key, name, buffer),
                None => None,
            };
            meter.add(1);
            match looked {
                Some(looked) => Ok(Some(looked)),
                None => look_at(key, &self.path.join(name), options.depth),
            }
        };
        objects.map_init(Vec::new, look).collect()
    }
}

/// Reads an object as it should be: a file that can be read. Of anything else the slower look tells more.
fn read(shelf: &DirHandle, key: &ObjectKey, name: &OsStr, buffer: &mut Vec<u8>) -> Option<Looked> {
    let mut hasher = DigestHasher::new();
    match shelf.read(name, buffer, &mut |part| hasher.update(part)) {
        Ok(Reading::File(found)) => {
            let inode = ObjectInode::of(key, &found);
            Some(Looked {
                inode: Some(inode),
                verdict: match ObjectId::from_digest(hasher.finish()) == key.id {
                    true => Verdict::of_right(&inode),
                    false => Verdict::Altered,
                },
            })
        }
        Ok(Reading::NoFile | Reading::Absent) | Err(_) => None,
    }
}

/// `None` if it is gone.
fn look_at(key: &ObjectKey, path: &Path, depth: VerifyDepth) -> Result<Option<Looked>> {
    let unreadable =
        |error: Error| Ok::<_, Error>(Verdict::Unreadable(unreadable::problem_of(error)?));
    let found = match stat::stat(path) {
        Ok(Some(found)) => found,
        Ok(None) => return Ok(None),
        Err(error) => {
            return Ok(Some(Looked {
                inode: None,
                verdict: unreadable(error.into())?,
            }));
        }
    };
    let inode = ObjectInode::of(key, &found);
    let verdict = match content(key, path, &found, depth) {
        Ok(Content::Gone) => return Ok(None),
        Ok(Content::Right) => Verdict::of_right(&inode),
        Ok(Content::Altered) => Verdict::Altered,
        Err(error) => unreadable(error)?,
    };
    Ok(Some(Looked {
        inode: Some(inode),
        verdict,
    }))
}

/// What an object holds; right where nobody reads it.
enum Content {
    Right,
    Altered,
    Gone,
}

fn content(key: &ObjectKey, path: &Path, found: &FileStat, depth: VerifyDepth) -> Result<Content> {
    if found.kind != FileKind::File {
        return Ok(Content::Altered);
    }
    if depth == VerifyDepth::Quick {
        return Ok(Content::Right);
    }
    Ok(match objects::hash_file(path)? {
        None => Content::Gone,
        Some((id, _)) if id != key.id => Content::Altered,
        Some(_) => Content::Right,
    })
}

/// A two-digit directory of `objects/`: what lies there under the name of an object.
struct ObjectShelf {
    path: PathBuf,
    objects: Vec<(ObjectKey, OsString)>,
}

/// Lists the shelves, all at once; what is wrong there is a finding.
fn list(store: &Store, findings: &mut Vec<Finding>) -> Result<Vec<ObjectShelf>> {
    let names = listing::names(store, paths::OBJECTS, findings)?;
    let listed: Vec<(ObjectShelf, Vec<Finding>)> = store.pool()?.run(|| {
        let names = names.par_iter();
        names
            .map(|(name, path)| ObjectShelf::list(name, path))
            .collect::<Result<_>>()
    })?;
    let mut shelves = Vec::with_capacity(listed.len());
    for (shelf, mut found) in listed {
        findings.append(&mut found);
        shelves.push(shelf);
    }
    Ok(shelves)
}

impl ObjectShelf {
    fn list(shelf: &str, path: &Path) -> Result<(Self, Vec<Finding>)> {
        let mut findings = Vec::new();
        let mut objects = Vec::new();
        for entry in listing::list_directory(path, &mut findings)? {
            let key = entry.name.to_str();
            match key.and_then(|name| ObjectKey::parse(shelf, name)) {
                Some(key) => objects.push((key, entry.name)),
                None => {
                    let path = path.join(entry.name);
                    findings.push(Finding::new(Defect::ForeignFile, path));
                }
            }
        }
        let path = path.to_path_buf();
        Ok((ObjectShelf { path, objects }, findings))
    }
}
