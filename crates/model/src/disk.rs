//! What lies on disk: every name of section 3 that the protocol reads, each with what a power cut may make of it.

use crate::bundle::{Bundle, Bundles, OBJECTS, PerBundle};
use crate::cell::{ABSENT, BROKEN, Cell, UNSYNCED, Value, WHOLE};

/// What the two bundles are to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Naming {
    /// Two versions of one name: each has a ref, and `current.json` names one of them.
    TwoVersions,
    /// One version, published twice with other content: its only ref, here the cell of `current.json`, names one directory.
    OneVersionTwice,
}

/// Whether `manifest.redb` is there.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Manifest {
    There,
    Lost,
}

/// Whether stagings of dead processes lie in `staging/`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum DeadStaging {
    None,
    Some,
}

/// The store. A record needs no cell: a transaction of the manifest is durable when it returns.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Disk {
    pub(crate) naming: Naming,
    pub(crate) objects: [Cell; OBJECTS],
    pub(crate) trees: PerBundle<Cell>,
    pub(crate) receipts: PerBundle<Cell>,
    pub(crate) directories: PerBundle<Cell>,
    pub(crate) refs: PerBundle<Cell>,
    /// The current version, as [`current_value`] writes it.
    pub(crate) current: Cell,
    pub(crate) records: Bundles,
    pub(crate) manifest: Manifest,
    pub(crate) parked: Bundles,
    /// In `trash/`, and durably gone from where it was.
    pub(crate) trash_settled: Bundles,
    /// In `trash/`, but a power cut may undo the rename.
    pub(crate) trash_unsettled: Bundles,
    /// Moved out of `bundles/` and the directory it left not yet synced.
    pub(crate) moved_unsynced: Bundles,
    pub(crate) dead_staging: DeadStaging,
}

/// How the cell of `current.json` writes a version; absent is "no current version".
pub(crate) fn current_value(bundle: Bundle) -> Value {
    bundle as Value + 1
}

impl Disk {
    pub(crate) fn empty(naming: Naming) -> Self {
        let absent = Cell::durable(ABSENT);
        Self {
            naming,
            objects: [absent; OBJECTS],
            trees: PerBundle([absent; 2]),
            receipts: PerBundle([absent; 2]),
            directories: PerBundle([absent; 2]),
            refs: PerBundle([absent; 2]),
            current: absent,
            records: Bundles::NONE,
            manifest: Manifest::There,
            parked: Bundles::NONE,
            trash_settled: Bundles::NONE,
            trash_unsettled: Bundles::NONE,
            moved_unsynced: Bundles::NONE,
            dead_staging: DeadStaging::None,
        }
    }

    /// Adds a bundle as a finished install leaves it.
    pub(crate) fn with_installed(mut self, bundle: Bundle) -> Self {
        let there = Cell::durable(WHOLE);
        for object in bundle.objects() {
            self.objects[object] = there;
        }
        for names in [&mut self.trees, &mut self.receipts, &mut self.directories] {
            names[bundle] = there;
        }
        if self.naming == Naming::TwoVersions {
            self.refs[bundle] = there;
        }
        self.records.add(bundle);
        self.current = Cell::durable(current_value(bundle));
        self
    }

    /// The bundles that a version's ref or `current.json` names.
    pub(crate) fn named(&self) -> Bundles {
        Bundles::matching(|bundle| self.refs[bundle].is_there() || self.is_current(bundle))
    }

    /// The ref by which a bundle is found names it.
    pub(crate) fn resolves(&self, bundle: Bundle) -> bool {
        match self.naming {
            Naming::TwoVersions => self.refs[bundle].is_there(),
            Naming::OneVersionTwice => self.is_current(bundle),
        }
    }

    pub(crate) fn is_current(&self, bundle: Bundle) -> bool {
        self.current.seen() == current_value(bundle)
    }

    /// Published, recorded, and a walk finds every file.
    pub(crate) fn is_sound(&self, bundle: Bundle) -> bool {
        self.records.has(bundle)
            && self.directories[bundle].seen() != ABSENT
            && self.directories[bundle].seen() != BROKEN
            && self.receipts[bundle].is_there()
    }

    /// A directory lies in the way that no record vouches for.
    pub(crate) fn is_orphan(&self, bundle: Bundle) -> bool {
        self.directories[bundle].is_there() && !self.records.has(bundle)
    }

    /// Syncs `refs/<name>/versions/` and `refs/<name>/`.
    pub(crate) fn sync_refs(&mut self) {
        self.refs.0.iter_mut().for_each(Cell::sync);
        self.current.sync();
    }

    /// Syncs `bundles/<name>/<version>/`, which holds a directory and its receipt, and `trash/` and `parked/` with it.
    pub(crate) fn sync_published(&mut self, bundle: Bundle) {
        self.directories[bundle].sync();
        self.receipts[bundle].sync();
        self.moved_unsynced.remove(bundle);
        if self.trash_unsettled.has(bundle) {
            self.trash_unsettled.remove(bundle);
            self.trash_settled.add(bundle);
        }
    }

    pub(crate) fn move_to_trash(&mut self, bundle: Bundle) {
        self.directories[bundle].write(ABSENT);
        self.moved_unsynced.add(bundle);
        self.trash_unsettled.add(bundle);
    }

    pub(crate) fn park(&mut self, bundle: Bundle) {
        self.directories[bundle].write(ABSENT);
        self.moved_unsynced.add(bundle);
        self.parked.add(bundle);
    }

    /// Deletes what a rename into `trash/` left there, whether or not the rename is durable.
    pub(crate) fn delete_unsettled_trash(&mut self) {
        for bundle in self.trash_unsettled.iter() {
            if self.moved_unsynced.has(bundle) {
                self.directories[bundle].break_survivor();
            }
        }
        self.trash_unsettled = Bundles::NONE;
    }

    /// Every state of the disk that a power cut may leave.
    pub(crate) fn after_cut(&self) -> Vec<Self> {
        let mut base = *self;
        base.trash_settled = base.trash_settled.or(base.trash_unsettled);
        base.trash_unsettled = Bundles::NONE;
        base.moved_unsynced = Bundles::NONE;
        let mut disks = vec![base];
        for object in 0..OBJECTS {
            disks = branch(
                &disks,
                self.objects[object].after_cut_with_bytes(),
                |disk| &mut disk.objects[object],
            );
        }
        for bundle in Bundle::ALL {
            let directory = self.directories[bundle].after_cut_with_bytes();
            disks = branch(&disks, directory, |disk| &mut disk.directories[bundle]);
            disks = branch(&disks, self.trees[bundle].after_cut(), |disk| {
                &mut disk.trees[bundle]
            });
            disks = branch(&disks, self.receipts[bundle].after_cut(), |disk| {
                &mut disk.receipts[bundle]
            });
            disks = branch(&disks, self.refs[bundle].after_cut(), |disk| {
                &mut disk.refs[bundle]
            });
        }
        branch(&disks, self.current.after_cut(), |disk| &mut disk.current)
    }

    /// Bytes of named objects are synced late: what the flaw of naming them early does at last.
    pub(crate) fn sync_object_bytes(&mut self, objects: u8) {
        for (index, object) in self.objects.iter_mut().enumerate() {
            if objects & (1 << index) != 0 && object.seen() == UNSYNCED {
                object.sync_bytes();
            }
        }
    }
}

fn branch(
    disks: &[Disk],
    values: impl Iterator<Item = Value>,
    cell: impl Fn(&mut Disk) -> &mut Cell,
) -> Vec<Disk> {
    let values: Vec<Value> = values.collect();
    let with = |disk: &Disk, value: Value| {
        let mut copy = *disk;
        *cell(&mut copy) = Cell::durable(value);
        copy
    };
    disks
        .iter()
        .flat_map(|disk| values.iter().map(move |&value| (disk, value)))
        .map(|(disk, value)| with(disk, value))
        .collect()
}
