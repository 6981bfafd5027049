//! What becomes of an archive in a store: the verdict of `check`, whatever the store holds; nothing is left of what is refused.
//!
//! Every archive of these tests comes by here, see [`one_verdict`].

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use flate2::write::DeflateDecoder;
use linkstead_store::archive::{ArchiveKind, Method, Plan, PlannedKind, Policy, Rule, Violation};
use linkstead_store::{
    Error, Identity, InstallOptions, InstallReport, Installed, OpenMode, OpenOptions, Silent,
    Source, Store, check_archive,
};

use crate::builder::*;
use crate::verdicts::*;

/// An archive of more bytes is not tried against a store that holds its streams alone: it takes too long.
const MOST: usize = 2 << 20;

/// What a check or an install says of an archive.
#[derive(Debug, PartialEq)]
enum Outcome {
    Accepted,
    Refused(Vec<Violation>, u64),
    Failed(String),
}

/// Packed bytes that are known to be whole, and how they are packed.
#[derive(Clone)]
pub(crate) struct Stream {
    method: Method,
    packed: Vec<u8>,
    content: Vec<u8>,
}

/// The streams of a built archive that are whole, whatever its headers say of them.
pub(crate) fn streams_of(archive: &Archive) -> Vec<Stream> {
    let both = |entry: &Entry| {
        let stored = Stream {
            method: Method::Stored,
            packed: entry.data.clone(),
            content: entry.data.clone(),
        };
        let mut decoder = DeflateDecoder::new(Vec::new());
        let whole =
            decoder.write_all(&entry.data).is_ok() && decoder.total_in() == entry.data.len() as u64;
        let deflated = whole
            .then(|| decoder.finish().ok())
            .flatten()
            .map(|content| Stream {
                method: Method::Deflate,
                packed: entry.data.clone(),
                content,
            });
        std::iter::once(stored).chain(deflated)
    };
    archive.entries.iter().flat_map(both).collect()
}

/// The streams of a planned archive.
pub(crate) fn streams_of_plan(bytes: &[u8], plan: &Plan) -> Vec<Stream> {
    let stream = |kind: &PlannedKind| {
        let PlannedKind::File { data, .. } = kind else {
            return None;
        };
        let packed = &bytes[data.offset as usize..][..data.compressed as usize];
        let mut content = packed.to_vec();
        if data.method == Method::Deflate {
            content.clear();
            flate2::read::DeflateDecoder::new(packed)
                .read_to_end(&mut content)
                .ok()?;
        }
        Some(Stream {
            method: data.method,
            packed: packed.to_vec(),
            content,
        })
    };
    let kinds = plan.entries.iter().map(|entry| &entry.kind);
    kinds.filter_map(stream).collect()
}

/// A store, and an archive beside it.
pub(crate) struct Bench {
    directory: tempfile::TempDir,
    store: Store,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut options = OpenOptions::new(OpenMode::ReadWriteOrCreate);
        options.threads = 2;
        let store = Store::open(directory.path().join("store"), &options).unwrap();
        Bench { directory, store }
    }

    /// A bench whose store holds these streams, as files of both exec classes.
    fn holding(streams: &[Stream]) -> Self {
        let bench = Bench::new();
        let entries = streams.iter().enumerate().flat_map(|(index, stream)| {
            [0o100_644, 0o100_755].map(|mode| {
                let name = format!("{index}-{mode:o}");
                let entry = match stream.method {
                    Method::Stored => stored(name, &stream.content),
                    Method::Deflate => file(name, &stream.content).data(&stream.packed),
                };
                entry.mode(mode)
            })
        });
        let holder = bench.directory.path().join("holder.zip");
        std::fs::write(&holder, archive(entries).bytes()).unwrap();
        bench
            .install(&holder, &plain(), "holder")
            .expect("the holder is honest");
        bench
    }

    /// A bench whose store knows the archive as any zip, if it is acceptable as that.
    fn knowing(archive: &Path) -> Self {
        let bench = Bench::new();
        let _ = bench.install(archive, &plain(), "known");
        bench
    }

    /// Installs an archive under a policy; a plain one under this name.
    pub(crate) fn install(
        &self,
        archive: &Path,
        policy: &Policy,
        name: &str,
    ) -> Result<Installed, Error> {
        let identity = match policy.kind {
            ArchiveKind::Bundle => Identity::McpbManifest,
            ArchiveKind::Plain => Identity::As(
                name.parse().expect("a name"),
                "1".parse().expect("a version"),
            ),
        };
        let options = InstallOptions {
            identity,
            symlinks: policy.symlinks,
            caps: policy.caps.clone(),
            ..InstallOptions::default()
        };
        let source = Source::Path(archive.to_path_buf());
        self.store.install(source, &options, &Silent)
    }

    /// Every name of the store but locks and use stamps; of files, the mode, the time of the last change and the bytes.
    fn names(&self) -> BTreeMap<PathBuf, String> {
        let mut names = BTreeMap::new();
        let keeps = |entry: &walkdir::DirEntry| {
            entry.depth() != 1 || (entry.file_name() != "locks" && entry.file_name() != "uses")
        };
        let walk = walkdir::WalkDir::new(self.store.root());
        for entry in walk.into_iter().filter_entry(keeps) {
            let entry = entry.unwrap();
            let facts = entry.metadata().unwrap();
            let what = if facts.is_file() {
                let digest = crc32fast::hash(&std::fs::read(entry.path()).unwrap());
                let (mode, links) = (facts.mode(), facts.nlink());
                let (seconds, nanos) = (facts.mtime(), facts.mtime_nsec());
                format!("{mode:o}, {links} links, {seconds}.{nanos}, {digest:08x}")
            } else {
                format!("{:o}", facts.mode())
            };
            let path = entry.path().strip_prefix(self.store.root()).unwrap();
            names.insert(path.to_path_buf(), what);
        }
        names
    }
}

/// What is in a directory: of files the exec class and the bytes, of links the target.
pub(crate) type Contents = BTreeMap<PathBuf, (char, Vec<u8>)>;

/// Reads a directory with all below it.
pub(crate) fn contents(directory: &Path) -> Contents {
    let walk = walkdir::WalkDir::new(directory).min_depth(1);
    walk.into_iter()
        .map(|entry| {
            let entry = entry.unwrap();
            let facts = entry.metadata().unwrap();
            let what = if facts.is_symlink() {
                let target = std::fs::read_link(entry.path()).unwrap();
                ('l', target.into_os_string().into_encoded_bytes())
            } else if facts.is_dir() {
                ('d', Vec::new())
            } else {
                let kind = if facts.mode() & 0o111 == 0 { 'f' } else { 'x' };
                (kind, std::fs::read(entry.path()).unwrap())
            };
            let path = entry.path().strip_prefix(directory).unwrap();
            (path.to_path_buf(), what)
        })
        .collect()
}

fn of_check(archive: &Path, policy: &Policy) -> Outcome {
    match check_archive(archive, policy) {
        Ok(report) if report.is_accepted() => Outcome::Accepted,
        Ok(report) => Outcome::Refused(report.violations, report.untold),
        Err(error) => Outcome::Failed(error.to_string()),
    }
}

fn of_install(result: Result<&Installed, Error>) -> Outcome {
    match result {
        Ok(_) => Outcome::Accepted,
        Err(Error::ArchiveRefused { verdict, .. }) => {
            Outcome::Refused(verdict.violations, verdict.untold)
        }
        Err(error) => Outcome::Failed(error.to_string()),
    }
}

/// A check and an install give one verdict: into an empty store, into one that holds every stream of the archive, and into one
/// that knows the archive. A refused install leaves the names and files of the store as they were; the directories of an
/// accepted one are alike, and what is in them is returned.
#[track_caller]
pub(crate) fn one_verdict(archive: &impl Bytes, policy: &Policy) -> Option<Contents> {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("archive.zip");
    let bytes = archive.to_bytes();
    std::fs::write(&path, &bytes).unwrap();
    let checked = of_check(&path, policy);
    let empty = installed(&Bench::new(), &path, policy, &checked);
    if bytes.len() <= MOST {
        let held = installed(&Bench::holding(&archive.streams()), &path, policy, &checked);
        assert!(alike(&empty, &held), "known streams change the directory");
        if let Some((report, _)) = held {
            assert_eq!(
                report.not_inflated_bytes, report.bytes,
                "not all streams were known"
            );
        }
    }
    let known = installed(&Bench::knowing(&path), &path, policy, &checked);
    assert!(
        alike(&empty, &known),
        "a known archive changes the directory"
    );
    empty.map(|(_, contents)| contents)
}

/// An install that must end as the check did: its report and its directory, if it was accepted.
#[track_caller]
fn installed(
    bench: &Bench,
    archive: &Path,
    policy: &Policy,
    checked: &Outcome,
) -> Option<(InstallReport, Contents)> {
    let before = bench.names();
    let installed = match bench.install(archive, policy, "tested") {
        Ok(installed) => {
            assert_eq!(of_install(Ok(&installed)), *checked);
            installed
        }
        Err(error) => {
            assert_eq!(of_install(Err(error)), *checked);
            assert_eq!(bench.names(), before, "something is left");
            return None;
        }
    };
    Some((installed.report, contents(&installed.directory)))
}

fn alike(
    one: &Option<(InstallReport, Contents)>,
    other: &Option<(InstallReport, Contents)>,
) -> bool {
    one.as_ref().map(|(_, contents)| contents) == other.as_ref().map(|(_, contents)| contents)
}

/// A bundle of a true MCPB manifest and these entries.
fn bundle(entries: impl IntoIterator<Item = Entry>) -> Archive {
    let manifest = r#"{"manifest_version":"0.3","name":"tested","version":"1"}"#;
    archive(std::iter::once(file("manifest.json", manifest)).chain(entries))
}

fn wrong_crc(entry: Entry) -> Entry {
    entry.both(|header| header.crc32 ^= 1)
}

#[test]
fn a_bundle() {
    one_verdict(&bundle([file("a", "x")]), &Policy::default());
}

#[test]
fn an_mcpb_manifest_that_says_too_little() {
    one_verdict(&archive([file("manifest.json", "{}")]), &Policy::default());
    one_verdict(&archive([file("manifest.json", "?")]), &Policy::default());
}

#[test]
fn damage_in_the_mcpb_manifest_and_elsewhere_is_told_together() {
    let mut both = bundle([wrong_crc(file("a", "x"))]);
    both.entries[0] = wrong_crc(both.entries[0].clone());
    assert_eq!(
        report(&both, &Policy::default()).violations.len(),
        2,
        "the manifest and a"
    );
    one_verdict(&both, &Policy::default());
}

#[test]
fn damage_is_told_before_what_an_mcpb_manifest_lacks() {
    let both = archive([file("manifest.json", "{}"), wrong_crc(file("a", "x"))]);
    one_verdict(&both, &Policy::default());
}

#[test]
fn damage_behind_much_that_is_whole_leaves_nothing() {
    let whole = (0..200).map(|i| file(format!("{i:03}"), format!("content {i}").repeat(50)));
    let large = file("large", vec![7; 9 << 20]);
    for last in [
        wrong_crc(large.clone()),
        large.clone().both(|header| header.size -= 1),
        large.clone().both(|header| header.size += 1),
        large.clone().data(&large.data[..large.data.len() - 1]),
        large.clone().data([&large.data[..], b"?"].concat()),
    ] {
        let damaged = bundle(whole.clone().chain([last]));
        one_verdict(&damaged, &Policy::default());
    }
}

#[test]
fn an_archive_known_under_other_rules_is_judged_anew() {
    let linked = bundle([file("a", "aaaa"), link("l", "a")]);
    one_verdict(
        &linked,
        &Policy {
            symlinks: linkstead_store::archive::SymlinkPolicy::Deny,
            ..plain()
        },
    );
    let mut capped = plain();
    capped.caps.file_size = 3;
    assert_eq!(broken(&linked, &capped), [Rule::FileTooLarge]);
}

#[test]
fn a_plain_archive_that_is_known_is_still_no_bundle() {
    one_verdict(&archive([file("a", "x")]), &Policy::default());
}
