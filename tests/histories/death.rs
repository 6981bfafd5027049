//! A process that dies: from one of its calls on, nothing reaches the disk.
//!
//! The calls fail instead of ending the process, so that thousands of deaths cost no process each. What is on disk is the same,
//! and the locks go as they do with a process.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use linkstead_fs::boundary::{Call, Interception, Interceptor, Verdict, intercept};

/// `EIO`, as whoever lives sees what no longer happens.
const DEAD: i32 = 5;

/// Who has how many calls left, by the directory of its store.
#[derive(Default)]
struct Doomed {
    left: Mutex<HashMap<PathBuf, u32>>,
    met: AtomicU64,
}

/// All deaths of this process' histories.
pub(crate) struct Deaths {
    doomed: Arc<Doomed>,
    _interception: Interception,
}

struct Watcher(Arc<Doomed>);

impl Interceptor for Watcher {
    fn before(&self, call: &Call<'_>) -> Verdict {
        let mut left = self.0.left.lock().expect("no panic");
        let of_store = left
            .iter_mut()
            .find(|(root, _)| call.path.starts_with(root) || goes_into(call, root));
        match of_store {
            Some((_, 0)) => {
                self.0.met.fetch_add(1, Ordering::Relaxed);
                Verdict::Fail(DEAD)
            }
            Some((_, calls)) => {
                *calls -= 1;
                Verdict::Proceed
            }
            None => Verdict::Proceed,
        }
    }
}

/// A symbolic link's own path is the second.
fn goes_into(call: &Call<'_>, root: &Path) -> bool {
    call.second_path.is_some_and(|path| path.starts_with(root))
}

impl Deaths {
    pub(crate) fn watch() -> Self {
        let doomed = Arc::new(Doomed::default());
        Deaths {
            _interception: intercept(Box::new(Watcher(Arc::clone(&doomed)))),
            doomed,
        }
    }

    /// Whoever works in this store now dies after so many calls; from its end on another may work there.
    pub(crate) fn after<T>(&self, calls: u32, root: &Path, work: impl FnOnce() -> T) -> T {
        let left = || self.doomed.left.lock().expect("no panic");
        left().insert(root.to_path_buf(), calls);
        let result = work();
        left().remove(root);
        result
    }

    pub(crate) fn told(&self) -> String {
        let met = self.doomed.met.load(Ordering::Relaxed);
        format!("{met} calls did not happen, for who made them was dead")
    }
}
