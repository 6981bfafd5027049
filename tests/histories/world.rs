//! The same steps with the engine, on a disk.

use std::fs::File;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use linkstead_crash::scratch;
use linkstead_store::format::{BundleRef, PinLabel};
use linkstead_store::{
    ActivateOptions, Activation, CheckoutOptions, Error, GcOptions, GcPolicies, HeldBundle,
    InstallOptions, Lease, LeaseOptions, OpenMode, OpenOptions, PinOptions, RemoveOptions, Silent,
    Store,
};
use tempfile::TempDir;
use walkdir::WalkDir;

use crate::build::{self, Build, NAMES, Release};
use crate::death::Deaths;
use crate::model::{Model, Shown};
use crate::step::{LABELS, PLACES, Step};

/// What the stamps count from.
const LONG_AGO: SystemTime = SystemTime::UNIX_EPOCH;

const A_YEAR: Duration = Duration::from_secs(365 * 24 * 3600);

/// A store, and who holds what of it.
pub(crate) struct World<'a> {
    directory: TempDir,
    deaths: &'a Deaths,
    leases: Vec<Lease>,
}

impl<'a> World<'a> {
    pub(crate) fn new(deaths: &'a Deaths) -> Self {
        let world = World {
            directory: scratch::directory(),
            deaths,
            leases: Vec::new(),
        };
        std::fs::create_dir(world.places()).expect("an empty directory");
        world
            .open(OpenMode::ReadWriteOrCreate)
            .expect("an empty directory");
        world
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.directory.path().join("store")
    }

    /// One step, by a process of its own.
    pub(crate) fn take(&mut self, step: Step) -> Result<(), Error> {
        match step {
            Step::Lease(release) => self.lease(&release.reference()),
            Step::LeaseCurrent(name) => self.lease(&BundleRef {
                name: build::name(name),
                version: None,
            }),
            Step::LetGo => {
                if !self.leases.is_empty() {
                    self.leases.remove(0).release();
                }
                Ok(())
            }
            Step::DeleteCheckout(place) => {
                // One that is not there is deleted already.
                let _ = std::fs::remove_dir_all(self.place(place));
                Ok(())
            }
            Step::CheckOut(place, release) => {
                self.check_out(&self.open(OpenMode::ReadWrite)?, place, release)
            }
            _ => change(&self.open(OpenMode::ReadWrite)?, step),
        }
    }

    fn check_out(&self, store: &Store, place: u8, release: Release) -> Result<(), Error> {
        let options = CheckoutOptions::default();
        let to = self.place(place);
        store
            .checkout(&release.reference(), &to, &options, &Silent)
            .map(drop)
    }

    fn places(&self) -> PathBuf {
        self.directory.path().join("places")
    }

    /// A place for checkouts.
    pub(crate) fn place(&self, number: u8) -> PathBuf {
        self.places().join(number.to_string())
    }

    /// What lies beside the places.
    pub(crate) fn beside_checkouts(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.places()).expect("it was made");
        let paths = entries.map(|entry| entry.expect("it can be listed").path());
        let is_place = |path: &PathBuf| (0..PLACES).any(|number| *path == self.place(number));
        paths.filter(|path| !is_place(path)).collect()
    }

    /// One step whose process dies on the way, if it takes so many calls. What it answers nobody hears.
    pub(crate) fn die_in(&self, step: Step, after: u32) {
        // All of its calls are about the store, or the places beside it.
        self.deaths.after(after, self.directory.path(), || {
            if let Ok(store) = self.open(OpenMode::ReadWrite) {
                match step {
                    // A lease of the dead is none.
                    Step::Lease(release) => drop(lease(&store, &release.reference())),
                    Step::LeaseCurrent(_) | Step::LetGo | Step::DeleteCheckout(_) => {}
                    Step::CheckOut(place, release) => {
                        drop(self.check_out(&store, place, release));
                    }
                    _ => drop(change(&store, step)),
                }
            }
        });
    }

    /// Everybody lets go.
    pub(crate) fn end(&mut self) {
        for lease in self.leases.drain(..) {
            lease.release();
        }
    }

    /// Lets the use stamps say what the model says, so that no two steps are of one moment.
    pub(crate) fn stamp_uses(&self, model: &Model) {
        for (build, stamp) in self.stamps() {
            let at = LONG_AGO + Duration::from_secs(u64::from(model.last_use(build)));
            let stamp = File::options().write(true).open(stamp);
            let set = stamp.and_then(|stamp| stamp.set_modified(at));
            set.expect("a file of ours");
        }
    }

    /// Whether a build was used since the stamps were set.
    pub(crate) fn is_used(&self, build: Build) -> bool {
        let stamp = self.stamps().into_iter().find(|(of, _)| *of == build);
        let used = stamp.and_then(|(_, stamp)| stamp.metadata().ok()?.modified().ok());
        used.is_some_and(|used| used > LONG_AGO + A_YEAR)
    }

    /// The use stamps of all directories; one that is missing is made.
    fn stamps(&self) -> Vec<(Build, PathBuf)> {
        let bundles = self.root().join("bundles");
        let directories = WalkDir::new(&bundles).min_depth(3).max_depth(3);
        let directories = directories
            .into_iter()
            .map(|entry| entry.expect("it can be listed"));
        directories
            .filter(|entry| entry.file_type().is_dir())
            .map(|entry| {
                let relative = entry.path().strip_prefix(&bundles).expect("below it");
                let stamp = self.root().join("uses").join(relative);
                std::fs::create_dir_all(stamp.parent().expect("it has one")).expect("ours");
                let made = File::options().append(true).create(true).open(&stamp);
                drop(made.expect("a file of ours"));
                (built(entry.path()), stamp)
            })
            .collect()
    }

    /// What a reader sees, who recovers nothing.
    pub(crate) fn shown(&self) -> Shown {
        let store = self.open(OpenMode::ReadOnly).expect("it can be read");
        let mut shown = Shown::default();
        for listed in store.list().expect("it can be listed") {
            assert_eq!(listed.problem, None, "{}", listed.directory.display());
            let build = built(&listed.directory);
            shown.releases.insert(build.release, build);
        }
        for number in 0..NAMES {
            let name = build::name(number);
            match store.resolve(&BundleRef {
                name,
                version: None,
            }) {
                Ok(found) => drop(shown.current.insert(number, built(&found.path))),
                Err(Error::NotInstalled { .. } | Error::NoCurrent { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
        for place in (0..PLACES).filter(|place| self.place(*place).exists()) {
            shown.checkouts.insert(place, built(&self.place(place)));
        }
        for pin in store.pins().expect("they can be read") {
            let number = (0..LABELS).find(|number| label(*number) == pin.label);
            let number = number.expect("one of ours");
            shown.pins.insert(number, built(&pin.directory));
        }
        shown
    }

    fn open(&self, mode: OpenMode) -> Result<Store, Error> {
        let mut options = OpenOptions::new(mode);
        options.threads = 1;
        Store::open(self.root(), &options)
    }

    fn lease(&mut self, wanted: &BundleRef) -> Result<(), Error> {
        let lease = lease(&self.open(OpenMode::Resolve)?, wanted)?;
        self.leases.push(lease);
        Ok(())
    }
}

fn lease(store: &Store, wanted: &BundleRef) -> Result<Lease, Error> {
    store.lease(wanted, &LeaseOptions::default(), &Silent)
}

/// A step that changes the store.
fn change(store: &Store, step: Step) -> Result<(), Error> {
    match step {
        Step::Install(build) => install(store, build, Activation::MakeCurrent),
        Step::InstallAside(build) => install(store, build, Activation::Leave),
        Step::Use(release) => {
            let options = ActivateOptions::default();
            let (name, version) = (release.name(), release.version());
            store.activate(&name, &version, &options, &Silent).map(drop)
        }
        Step::Pin(number, release) => {
            let (name, version) = (release.name(), release.version());
            let options = PinOptions::default();
            let label = label(number);
            store
                .pin(&label, &name, &version, &options, &Silent)
                .map(drop)
        }
        Step::Unpin(number) => {
            let options = PinOptions::default();
            store.unpin(&label(number), &options, &Silent).map(drop)
        }
        Step::Remove(release) => remove(store, release, HeldBundle::Refuse),
        Step::RemoveWhenIdle(release) => remove(store, release, HeldBundle::RemoveWhenIdle),
        Step::Collect => collect(store, GcPolicies::default()),
        Step::CollectKeeping(count) => collect(
            store,
            GcPolicies {
                keep_versions: NonZeroU32::new(count),
                grace: Duration::ZERO,
                ..GcPolicies::default()
            },
        ),
        Step::Lease(_)
        | Step::LeaseCurrent(_)
        | Step::LetGo
        | Step::CheckOut(..)
        | Step::DeleteCheckout(_) => unreachable!("not of the store alone"),
    }
}

fn install(store: &Store, build: Build, activation: Activation) -> Result<(), Error> {
    let options = InstallOptions {
        activation,
        ..InstallOptions::default()
    };
    store.install(build.source(), &options, &Silent).map(drop)
}

fn remove(store: &Store, release: Release, held: HeldBundle) -> Result<(), Error> {
    let options = RemoveOptions {
        held,
        ..RemoveOptions::default()
    };
    store
        .remove(&release.reference(), &options, &Silent)
        .map(drop)
}

fn collect(store: &Store, policies: GcPolicies) -> Result<(), Error> {
    let options = GcOptions {
        policies,
        ..GcOptions::default()
    };
    store.gc(&options, &Silent)?.sweep().map(drop)
}

fn label(number: u8) -> PinLabel {
    PinLabel::parse(&format!("label-{number}")).expect("a plain label")
}

fn built(directory: &Path) -> Build {
    Build::of_directory(directory)
        .unwrap_or_else(|| panic!("{} is visible and no build", directory.display()))
}
