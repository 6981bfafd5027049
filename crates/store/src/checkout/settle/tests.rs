//! Every state that a crash may leave between the steps of a swap, made by hand.

use std::fs;
use std::path::Path;

use linkstead_format::{BundleName, Checkout, Layout, TreeId, Version};

use super::*;
use crate::observe::Silent;
use crate::options::{OpenMode, OpenOptions};

const ID: &str = "0123456789abcdef";

/// The name of no file: a directory that holds nothing.
const EMPTY: &str = "";

/// What lies where: a directory is known by the name of the file in it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Places {
    at_path: Option<&'static str>,
    fresh: Option<&'static str>,
    old: Option<&'static str>,
}

/// A store with one intent, and what lies at its path and beside it.
struct Scene {
    directory: tempfile::TempDir,
    store: Store,
    recorded: Recorded,
    target: Target,
}

impl Scene {
    /// `made` is the directory that the record knows.
    #[allow(
        clippy::disallowed_methods,
        reason = "a test makes what a crash leaves"
    )]
    fn new(places: Places, made: Option<&str>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mode = OpenOptions::new(OpenMode::ReadWriteOrCreate);
        let store = Store::open(directory.path().join("store"), &mode).unwrap();
        let path = directory.path().canonicalize().unwrap().join("out/tool");
        let target = Target::recorded(path.to_str().unwrap()).unwrap();
        let mut checkout = Checkout::intended(
            path.to_str().unwrap().to_owned(),
            BundleName::parse("tool").unwrap(),
            Version::parse("1").unwrap(),
            TreeId::of(b"t"),
            Layout::default(),
        );
        fs::create_dir(&target.parent).unwrap();
        checkout.mount = standing::mount_of(&target.parent).unwrap();
        for (place, content) in [
            (target.path.clone(), places.at_path),
            (target.fresh(ID), places.fresh),
            (target.old(ID), places.old),
        ] {
            let Some(content) = content else { continue };
            fs::create_dir(&place).unwrap();
            if content != EMPTY {
                fs::write(place.join(content), "").unwrap();
            }
            if made == Some(content) {
                checkout.directory = standing::identity_at(&place).unwrap();
            }
        }
        let recorded = Recorded {
            id: ID.into(),
            checkout,
        };
        recorded.write(store.root()).unwrap();
        Scene {
            directory,
            store,
            recorded,
            target,
        }
    }

    fn places(&self) -> Places {
        let content = |place: &Path| {
            let names = dir::list_if_present(place).unwrap();
            let known = ["new", "before", "theirs"].into_iter();
            known
                .into_iter()
                .find(|known| names.iter().any(|entry| entry.name == *known))
        };
        Places {
            at_path: content(&self.target.path),
            fresh: content(&self.target.fresh(ID)),
            old: content(&self.target.old(ID)),
        }
    }

    fn state(&self) -> Option<CheckoutState> {
        let all = records::all(self.store.root()).unwrap();
        all.first().map(|recorded| recorded.checkout.state)
    }

    /// Settles it in vain: all stays.
    #[track_caller]
    fn waits(&self, hindrance: Hindrance) {
        let before = self.places();
        let settled = settle(&self.store, &self.recorded).unwrap();
        assert_eq!(settled, Settled::Waits(hindrance));
        self.store.clear_displaced(&Silent).unwrap();
        assert_eq!(self.places(), before);
        assert_eq!(self.state(), Some(CheckoutState::Intended));
    }

    /// Settles it, and clears what was displaced.
    #[track_caller]
    fn ends(self, settled: Settled, at_path: Option<&'static str>) {
        assert_eq!(settle(&self.store, &self.recorded).unwrap(), settled);
        self.store.clear_displaced(&Silent).unwrap();
        let only = Places {
            at_path,
            ..Places::default()
        };
        assert_eq!(self.places(), only);
        let state = (settled == Settled::Completed).then_some(CheckoutState::Complete);
        assert_eq!(self.state(), state);
        drop(self.directory);
    }
}

fn new_at_path(beside: Places) -> Scene {
    let at_path = Some("new");
    Scene::new(Places { at_path, ..beside }, Some("new"))
}

fn not_there(fresh: Option<&'static str>, old: Option<&'static str>) -> Places {
    Places {
        at_path: None,
        fresh,
        old,
    }
}

// Seen to fail when `settle` does not compare what has the path.
#[test]
fn after_the_swap_it_is_completed() {
    let (old, fresh) = (Some("before"), Some("before"));
    new_at_path(not_there(fresh, None)).ends(Settled::Completed, Some("new"));
    new_at_path(not_there(None, old)).ends(Settled::Completed, Some("new"));
    new_at_path(not_there(None, None)).ends(Settled::Completed, Some("new"));
}

// Seen to fail when what is taken back is not deleted.
#[test]
fn before_the_swap_it_is_taken_back() {
    let before = |made| {
        let places = Places {
            at_path: Some("before"),
            ..not_there(Some("new"), None)
        };
        Scene::new(places, made)
    };
    before(Some("new")).ends(Settled::TakenBack, Some("before"));
    before(None).ends(Settled::TakenBack, Some("before"));
    Scene::new(not_there(Some("new"), None), Some("new")).ends(Settled::TakenBack, None);
    Scene::new(not_there(None, None), None).ends(Settled::TakenBack, None);
}

// Seen to fail when `bring_back` does nothing: both are beside the path, and nothing has it.
#[test]
fn between_two_renames_the_new_one_takes_the_path_or_else_the_old_one() {
    let both = not_there(Some("new"), Some("before"));
    Scene::new(both, Some("new")).ends(Settled::Completed, Some("new"));
    Scene::new(both, None).ends(Settled::TakenBack, Some("before"));
    let alone = not_there(None, Some("before"));
    Scene::new(alone, None).ends(Settled::TakenBack, Some("before"));
}

fn taken(at_path: &'static str) -> Places {
    Places {
        at_path: Some(at_path),
        ..not_there(Some("new"), Some("before"))
    }
}

// Seen to fail when `is_free` takes an empty directory for somebody's: what was displaced never comes back.
#[test]
fn an_empty_directory_that_somebody_made_between_two_renames_goes() {
    Scene::new(taken(EMPTY), Some("new")).ends(Settled::Completed, Some("new"));
    Scene::new(taken(EMPTY), None).ends(Settled::TakenBack, Some("before"));
}

// Seen to fail when what has the path settles it: the record goes, and with it all that is known of what was displaced.
#[test]
fn while_somebody_elses_has_the_path_what_was_displaced_stays() {
    for made in [Some("new"), None] {
        let scene = Scene::new(taken("theirs"), made);
        let displaced = scene.target.old(ID);
        scene.waits(Hindrance::PathTaken { displaced });
    }
}

// Seen to fail when what lies at the name of the new directory is deleted without a look at what it is: somebody runs from it.
#[test]
fn what_was_exchanged_stays_as_long_as_it_is_held() {
    let places = Places {
        at_path: Some("theirs"),
        ..not_there(Some("before"), None)
    };
    let mut scene = Scene::new(places, None);
    let gone = standing::identity_at(&scene.target.parent);
    scene.recorded.checkout.directory = gone.unwrap();
    let held = crate::locks::try_directory(&scene.target.fresh(ID)).unwrap();
    let settled = settle(&scene.store, &scene.recorded).unwrap();
    assert_eq!(settled, Settled::Completed);
    scene.store.clear_displaced(&Silent).unwrap();
    assert_eq!(scene.places(), places);
    drop(held);
    scene.store.clear_displaced(&Silent).unwrap();
    assert_eq!(scene.places().fresh, None);
}

// Seen to fail when a mount point that is there stands for its disk.
#[test]
fn where_its_disk_is_away_it_waits() {
    let mut scene = Scene::new(not_there(None, None), None);
    let mount = scene.recorded.checkout.mount.as_mut().unwrap();
    mount.inode += 1;
    scene.waits(Hindrance::DiskAway);
}

// Seen to fail when a parent that is not there counts as away.
#[test]
#[allow(clippy::disallowed_methods, reason = "a test deletes what was made")]
fn with_the_directory_that_it_was_to_lie_in_it_is_gone() {
    let scene = Scene::new(not_there(None, None), None);
    fs::remove_dir(&scene.target.parent).unwrap();
    scene.ends(Settled::TakenBack, None);
}
