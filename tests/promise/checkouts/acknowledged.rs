//! What is acknowledged as there already is there.

use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::Mutex;

use linkstead_store::format::BundleRef;
use linkstead_store::{
    CheckoutOptions, CheckoutOutcome, Event, Observer, OpenMode, OpenOptions, Store,
};

use super::{beside, check_out, installed};

/// Deletes a checkout while another one of its path, which found it whole, waits for its window.
struct Deletes {
    path: PathBuf,
    /// The lock that the window waits for.
    store_lock: Mutex<Option<File>>,
}

impl Observer for Deletes {
    fn event(&self, event: &Event) {
        if matches!(event, Event::Waiting { .. })
            && let Some(held) = self.store_lock.lock().expect("no panic").take()
        {
            fs::remove_dir_all(&self.path).expect("it is there");
            held.unlock().expect("it is ours");
        }
    }
}

// Seen to fail when the identity of whatever is at the path by then is written down.
#[test]
fn one_that_is_deleted_after_it_was_looked_at_is_made_anew() {
    let (sandbox, [one, _], path) = installed();
    check_out(&sandbox, "tool@1.0.0", &path, &[]);
    let store = Store::open(sandbox.store(), &OpenOptions::new(OpenMode::ReadWrite));
    let store = store.expect("it opens");
    let held = File::open(sandbox.store().join("locks/store")).expect("it is there");
    held.lock().expect("nobody is at work");
    let deletes = Deletes {
        path: path.clone(),
        store_lock: Mutex::new(Some(held)),
    };
    let bundle = BundleRef::parse("tool@1.0.0").expect("a name");
    let report = store
        .checkout(&bundle, &path, &CheckoutOptions::default(), &deletes)
        .expect("nothing is in the way");
    assert_eq!(report.outcome, CheckoutOutcome::Made);
    one.assert_complete(&path);
    assert_eq!(beside(&path), ["tool"]);
    assert_eq!(sandbox.json(["checkout"])[0]["standing"], "here");
}
