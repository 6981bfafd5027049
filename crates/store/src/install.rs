//! `install`: the protocol of store-format.md, section 14, one step a line.

mod acknowledge;
mod bundle;
mod commit;
mod host_files;
mod in_the_way;
mod ingest;
mod known;
mod materialize;
mod name_objects;
mod object_file;
mod parked;
mod receipt;
mod report;
mod room;
mod sync;

use std::collections::HashSet;
use std::sync::Mutex;

use linkstead_format::{ArchiveId, ObjectKey};
use linkstead_fs::sync::Filesystem;

use crate::archive::{ArchiveKind, Plan, PlanError, PlannedKind, Policy, Verdict, check, plan};
use crate::error::{Error, Result};
use crate::farm::{Fresh, Room, Seals, Shape};
use crate::locks::{Epoch, Locks};
use crate::observe::{Event, Observer, Phase};
use crate::options::{Identity, InstallOptions};
use crate::roles::Roles;
use crate::source::{Archive, Source};
use crate::staging::Staging;
use crate::store::Store;

pub use report::{InstallReport, Installed, Outcome};

use bundle::Bundle;
use host_files::EntryKind;
use ingest::Ingested;

/// One install, from its archive to its directory.
struct Install<'a> {
    store: &'a Store,
    options: &'a InstallOptions,
    observer: &'a dyn Observer,
    locks: Locks<'a>,
    archive: &'a Archive,
    // Opened before the first write, so that its sync reports every error since.
    filesystem: Filesystem,
    policy: Policy,
    // What it takes of the disk, once that is known.
    room: Mutex<Option<Room>>,
}

impl Store {
    /// Installs a bundle and returns its directory: every file on disk, verified, durable, with its right mode.
    ///
    /// Any number of processes may install, remove and collect at the same moment. An error leaves nothing visible behind, and
    /// an older version of the bundle as it was.
    ///
    /// # Errors
    /// A refused or unreadable archive, too little space, a lock that could not be had in time, a cancelled operation, or a
    /// failure of the file system; see [`Error`].
    pub fn install(
        &self,
        source: Source,
        options: &InstallOptions,
        observer: &dyn Observer,
    ) -> Result<Installed> {
        self.require_writable()?;
        let filesystem = self.open_filesystem()?;
        let archive = Archive::open(source, self.root(), options)?;
        let install = Install {
            store: self,
            options,
            observer,
            locks: self.locks(&options.control, observer),
            archive: &archive,
            filesystem,
            policy: policy_of(options),
            room: Mutex::default(),
        };
        let done = match install.run() {
            Err(Error::Manifest { .. }) => {
                self.replace_manifest(&install.locks, observer)?;
                install.run()
            }
            done => done,
        };
        done.map_err(|error| match error {
            Error::Fs(failed) if failed.is_out_of_space() => install.explain_full_disk(failed),
            error => error,
        })
    }
}

impl Install<'_> {
    fn run(&self) -> Result<Installed> {
        let id = self.store.pool()?.run(|| {
            self.archive.identify(
                self.options.expected_sha256,
                &self.options.control,
                self.observer,
            )
        })?;
        let _archive = self.locks.archive(&id)?;
        self.store.ensure_manifest(&self.locks, self.observer)?;
        // Before the first look at a tree or an object that is relied on.
        let epoch = self.locks.epoch()?;
        let known = self.look_up(&id)?;
        if let Some(known) = &known
            && let Some(installed) = self.acknowledge(known)?
        {
            return Ok(installed);
        }
        let staging = Staging::create(self.store.root())?;
        let (bundle, staged) = self.stage(&staging, &id, known, epoch)?;
        let installed = self.commit(&staging, &bundle, staged)?;
        self.observer.event(&Event::Phase {
            phase: Phase::Clear,
        });
        // The bundle is installed; a staging that cannot be cleared now is dead in a moment, and recovery takes it.
        let _ = staging.clear();
        Ok(installed)
    }

    /// Steps 3 to 5, the cheapest way: a parked directory, the objects of the store, or the archive.
    fn stage(
        &self,
        staging: &Staging,
        id: &ArchiveId,
        known: Option<Bundle>,
        epoch: Epoch,
    ) -> Result<(Bundle, Staged)> {
        let Some(known) = known else {
            return self.fill(staging, id, None, epoch);
        };
        let ingested = Ingested::from_store(staging, &known.tree);
        let claimed = self.claim_parked(staging, &known, &ingested.fresh, ingested.counts)?;
        if let Some(farm) = claimed {
            let staged = Staged {
                epoch,
                tree_was_there: true,
                farm,
                fresh: ingested.fresh,
                look_ups: ingested.look_ups,
            };
            return Ok((known, staged));
        }
        self.fill(staging, id, Some(known), epoch)
    }

    /// Steps 3 to 5 without a parked directory: fills the staging, from the store alone where the archive's tree is known and all
    /// its objects are there with whole seals.
    ///
    /// An object may be gone or altered, or a sweep may take it between the look at it and the link: such objects are distrusted
    /// and everything is done once more from the archive.
    fn fill(
        &self,
        staging: &Staging,
        id: &ArchiveId,
        known: Option<Bundle>,
        epoch: Epoch,
    ) -> Result<(Bundle, Staged)> {
        let mut distrusted: HashSet<ObjectKey> = HashSet::new();
        let mut from_store = known;
        loop {
            self.options.control.check()?;
            let (bundle, ingested, seals) = match from_store.take() {
                Some(known) => {
                    let roles = known.roles();
                    let tree = &known.tree;
                    let shape = self
                        .store
                        .pool()?
                        .run(|| Ok(Shape::of_tree(tree, &roles)))?;
                    self.check_room(staging, &[], &distrusted, &shape)?;
                    let ingested = Ingested::from_store(staging, &known.tree);
                    (known, ingested, Seals::Unseen)
                }
                None => {
                    let (bundle, ingested) = self.unpack(staging, id, &distrusted)?;
                    (bundle, ingested, Seals::Seen)
                }
            };
            let fresh = ingested.fresh;
            match self.materialize(staging, &bundle, &fresh, seals, ingested.counts)? {
                Ok(farm) => {
                    return Ok((
                        bundle,
                        Staged {
                            epoch,
                            tree_was_there: seals == Seals::Unseen,
                            farm,
                            fresh,
                            look_ups: ingested.look_ups,
                        },
                    ));
                }
                Err(missing) => {
                    distrusted.extend(missing);
                    staging.restart()?;
                }
            }
        }
    }

    /// Steps 3 and 4: plans the archive and brings what the store does not have into staging.
    fn unpack(
        &self,
        staging: &Staging,
        id: &ArchiveId,
        distrusted: &HashSet<ObjectKey>,
    ) -> Result<(Bundle, Ingested)> {
        let mut plan = self.plan()?;
        let manifest = self
            .read_mcpb_manifest(&mut plan)
            .map_err(|error| self.with_all_rules(error))?;
        self.check_host_files(plan.entries.iter().map(|entry| {
            let kind = match entry.kind {
                PlannedKind::Directory => EntryKind::Directory,
                _ => EntryKind::NoDirectory,
            };
            (&entry.path, kind)
        }))?;
        let roles = Roles::new(
            &bundle::layout_of(self.options),
            manifest.server.entry_points.iter().cloned(),
        );
        let mut ingested = self
            .ingest(staging, &plan, &roles, distrusted)
            .map_err(|error| self.with_all_rules(error))?;
        self.archive.check_unchanged()?;
        let bundle = Bundle::of_plan(self, id, plan, manifest, &mut ingested)?;
        Ok((bundle, ingested))
    }

    /// Reading stops at the first entry whose data break a rule, or at an MCPB manifest that does not say what it must; the
    /// verdict names all rules that the data break, and comes first.
    fn with_all_rules(&self, error: Error) -> Error {
        if !matches!(
            error,
            Error::ArchiveRefused { .. } | Error::McpbManifest { .. }
        ) {
            return error;
        }
        let reader = self.archive.reader();
        let checked = self
            .store
            .pool()
            .and_then(|pool| pool.run(|| Ok(check(reader, &self.policy))));
        match checked {
            Ok(Ok(report)) if !report.is_accepted() => Error::ArchiveRefused {
                archive: self.archive.label().to_path_buf(),
                verdict: Box::new(Verdict {
                    violations: report.violations,
                    untold: report.untold,
                }),
            },
            _ => error,
        }
    }

    fn plan(&self) -> Result<Plan> {
        self.observer.event(&Event::Phase { phase: Phase::Plan });
        let planned = self
            .store
            .pool()?
            .run(|| Ok(plan(self.archive.reader(), &self.policy)))?;
        planned.map_err(|error| match error {
            PlanError::Io(source) => self.archive.read_failed(source),
            PlanError::Refused(verdict) => match self.archive.check_unchanged() {
                Err(changed) => changed,
                Ok(()) => Error::ArchiveRefused {
                    archive: self.archive.label().to_path_buf(),
                    verdict: Box::new(verdict),
                },
            },
        })
    }
}

/// What steps 4 and 5 leave in staging.
struct Staged {
    /// As it was before the first look at a tree or an object that is relied on.
    epoch: Epoch,
    /// Whether the bundle's tree was read from the store.
    tree_was_there: bool,
    farm: materialize::Farm,
    fresh: Fresh,
    look_ups: crate::manifest::LookUps,
}

#[allow(
    clippy::needless_update,
    reason = "the tests' build has one more field: the rules that are switched off"
)]
fn policy_of(options: &InstallOptions) -> Policy {
    Policy {
        symlinks: options.symlinks,
        caps: options.caps.clone(),
        kind: match options.identity {
            Identity::McpbManifest => ArchiveKind::Bundle,
            Identity::As(..) => ArchiveKind::Plain,
        },
        ..Policy::default()
    }
}
