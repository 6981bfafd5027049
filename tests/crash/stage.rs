//! Where operations are set up, counted, and run again and again from the same state.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use linkstead_crash::image::Image;
use linkstead_crash::ledger::Ledger;
use linkstead_crash::operations::Operation;
use linkstead_crash::order::{End, Order, Watch};
use linkstead_crash::scratch;

/// The program that carries out orders.
pub(crate) fn driver() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_crash-driver"))
}

/// An operation whose store is ready.
pub(crate) struct Stage {
    pub(crate) operation: Operation,
    pub(crate) before: Ledger,
    image: Image,
    /// How often each point is passed.
    pub(crate) points: BTreeMap<String, u64>,
}

impl Stage {
    /// Does what comes before the operation, and counts its calls.
    pub(crate) fn set(operation: Operation) -> Self {
        let directory = scratch::directory();
        let root = scratch::store_in(directory.path());
        let order = |root: PathBuf, deeds: &[_], watch| Order {
            root,
            deeds: deeds.to_vec(),
            watch,
        };
        let ended = order(root.clone(), operation.before, Watch::default()).run(driver());
        assert_eq!(
            ended.end,
            End::Done,
            "{}: {:?}",
            operation.name,
            ended.error
        );
        let image = Image::scan(directory.path()).expect("a store that was just made");
        let counts = directory.path().join("counts");
        let watch = Watch {
            count: Some(counts.clone()),
            setting: operation.setting,
            ..Watch::default()
        };
        let ended = order(root, &[operation.deed], watch).run(driver());
        assert_eq!(
            ended.end,
            End::Done,
            "{}: {:?}",
            operation.name,
            ended.error
        );
        let counts = std::fs::read(counts).expect("the driver wrote it");
        Stage {
            operation,
            before: Ledger::after(operation.before).on(operation.setting),
            image,
            points: serde_json::from_slice(&counts).expect("counts"),
        }
    }

    /// The store in a new place, and the order to do the operation there.
    pub(crate) fn order(&self, directory: &Path, watch: Watch) -> Order {
        self.image.write(directory).expect("an empty directory");
        Order {
            root: scratch::store_in(directory),
            deeds: vec![self.operation.deed],
            watch: Watch {
                setting: self.operation.setting,
                ..watch
            },
        }
    }
}

/// Works through a list with all processors until it ends, time is up, or too much is wrong.
pub(crate) fn in_parallel<T: Sync>(
    items: &[T],
    stop: Option<Instant>,
    work: impl Fn(&T) -> Result<(), String> + Sync,
) -> (usize, Vec<String>) {
    const ENOUGH: usize = 25;
    let next = AtomicUsize::new(0);
    let violations = Mutex::new(Vec::new());
    let done = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let is_late = stop.is_some_and(|stop| Instant::now() >= stop);
                    if is_late || violations.lock().expect("no panic").len() >= ENOUGH {
                        break;
                    }
                    if let Err(violation) = work(item) {
                        violations.lock().expect("no panic").push(violation);
                    }
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    let violations = violations.into_inner().expect("no panic");
    (done.into_inner(), violations)
}
