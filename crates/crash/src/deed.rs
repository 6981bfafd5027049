//! One step of an operation, and doing it with the engine.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use linkstead_store::format::TreePath;
use linkstead_store::{
    GcOptions, HostFile, InstallOptions, LinkMode, OpenMode, OpenOptions, RemoveOptions, Silent,
    Source, Store, SyncPolicy, VerifyOptions,
};
use serde::{Deserialize, Serialize};

use crate::sample::Sample;

/// What a driver does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Deed {
    /// Opens the store for writing; makes it where there is none, recovers what a crash left.
    Open,
    /// Installs a bundle.
    Install(Sample, Manner),
    /// Removes one.
    Remove(Sample),
    /// Collects.
    Gc,
    /// Verifies; damage is an error here.
    Verify,
    /// Not the engine: the manifest gets lost.
    LoseManifest,
    /// Not the engine: the manifest becomes unreadable.
    SpoilManifest,
    /// Not the engine: two files of a published directory get lost, a link and a copy.
    Damage(Sample),
    /// Not the engine: a server writes through a link of its directory.
    Alter(Sample),
    /// Not the engine: a whole directory with its receipt that no record and no ref knows.
    Orphan(Sample),
}

/// How a bundle is installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Manner {
    /// As by default.
    Linked,
    /// With one sync of the filesystem in place of one a file.
    WholeFilesystem,
    /// As copies.
    Isolated,
    /// With a file of the host's own.
    WithHostFile,
}

impl Deed {
    /// Does it.
    ///
    /// # Errors
    /// What the engine says.
    pub fn perform(self, root: &Path) -> Result<(), linkstead_store::Error> {
        match self {
            Deed::Open => open(root).map(drop),
            Deed::Install(sample, manner) => install(&open(root)?, sample, manner).map(drop),
            Deed::Remove(sample) => {
                let store = open(root)?;
                store
                    .remove(&sample.reference(), &RemoveOptions::default(), &Silent)
                    .map(drop)
            }
            Deed::Gc => {
                let store = open(root)?;
                let options = GcOptions::default();
                store.gc(&options, &Silent)?.sweep().map(drop)
            }
            Deed::Verify => {
                let report = open(root)?.verify(&VerifyOptions::default(), &Silent)?;
                match report.findings.into_iter().next() {
                    None => Ok(()),
                    Some(finding) => Err(linkstead_store::Error::Damaged {
                        problem: finding.defect.to_string(),
                        path: finding.path,
                    }),
                }
            }
            Deed::LoseManifest
            | Deed::SpoilManifest
            | Deed::Damage(_)
            | Deed::Alter(_)
            | Deed::Orphan(_) => self.mishap(root),
        }
    }

    /// What happens to a store without the engine.
    fn mishap(self, root: &Path) -> Result<(), linkstead_store::Error> {
        let manifest = root.join("manifest.redb");
        let file_of = |sample: Sample| -> Result<PathBuf, linkstead_store::Error> {
            let resolved = open(root)?.resolve(&sample.reference())?;
            Ok(resolved.path.join("lib/d1/f1.py"))
        };
        match self {
            Deed::LoseManifest => fs::remove_file(manifest).expect("it is there"),
            Deed::SpoilManifest => fs::write(manifest, b"spoiled").expect("it is there"),
            Deed::Damage(sample) => {
                let linked = file_of(sample)?;
                let entry_point = linked
                    .ancestors()
                    .nth(3)
                    .expect("deep enough")
                    .join("server.py");
                fs::remove_file(linked).expect("it is there");
                fs::remove_file(entry_point).expect("it is there");
            }
            Deed::Alter(sample) => {
                let file = file_of(sample)?;
                fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("ours");
                let length = fs::metadata(&file).expect("it is there").len() as usize;
                fs::write(&file, vec![b'x'; length]).expect("ours");
            }
            Deed::Orphan(sample) => {
                let elsewhere = root.with_extension("elsewhere");
                install(&open(&elsewhere)?, sample, Manner::Linked)?;
                let name = Path::new("bundles").join(sample.name());
                fs::rename(elsewhere.join(&name), root.join(&name)).expect("a free name");
                fs::remove_dir_all(&elsewhere).expect("ours");
            }
            _ => {}
        }
        Ok(())
    }
}

/// Opens a store as a careful host would: made if absent, one thread, a short patience for locks.
///
/// # Errors
/// What the engine says.
pub fn open(root: &Path) -> Result<Store, linkstead_store::Error> {
    let mut options = OpenOptions::new(OpenMode::ReadWriteOrCreate);
    options.threads = 1;
    Store::open(root, &options)
}

/// Installs a sample; its directory.
///
/// # Errors
/// What the engine says.
pub fn install(
    store: &Store,
    sample: Sample,
    manner: Manner,
) -> Result<PathBuf, linkstead_store::Error> {
    let mut options = InstallOptions::default();
    match manner {
        Manner::Linked => {}
        Manner::WholeFilesystem => options.sync = SyncPolicy::Filesystem,
        Manner::Isolated => options.link_mode = LinkMode::Copy,
        Manner::WithHostFile => options.host_files.push(HostFile {
            path: TreePath::parse("host.json").expect("a plain path"),
            bytes: b"{}".to_vec(),
        }),
    }
    let source = Source::Bytes(sample.bundle().zip().into(), sample.to_string().into());
    Ok(store.install(source, &options, &Silent)?.directory)
}
