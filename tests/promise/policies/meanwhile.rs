//! What happens between the plan and the sweep.

use super::*;

/// What somebody does who wants the first version; a lease, if that is what they take.
type Want = fn(&Sandbox) -> Option<Held>;

/// Plans with one version kept, lets something happen, and sweeps.
fn between(sandbox: &Sandbox, options: &GcOptions, happens: impl FnOnce()) -> Swept {
    let store = open(sandbox);
    let gc = store.gc(options, &Silent).expect("it plans");
    let planned: Vec<&str> = gc
        .plan()
        .bundles
        .iter()
        .map(|at| at.version.as_str())
        .collect();
    assert_eq!(planned, ["1.0.0", "2.0.0"]);
    assert!(
        gc.plan()
            .bundles
            .iter()
            .all(|at| at.why == Why::KeepVersions)
    );
    happens();
    gc.sweep().expect("it sweeps")
}

// Seen to fail when `is_wanted` does not compare the stamp, and when it does not look for extra files; when `still_goes` does
// not ask for what is current, and when it does not ask for pins; when `take` goes on although the directory is held.
#[test]
fn what_somebody_wants_between_plan_and_sweep_stays() {
    let wants: [(&str, Want); 5] = [
        ("a use", |sandbox| {
            sandbox.ok(["path", "app@1.0.0"]);
            None
        }),
        ("a switch", |sandbox| {
            let stamp = stamp_of(sandbox, &version(1));
            let before = fs::metadata(&stamp).and_then(|found| found.modified());
            sandbox.ok(["use", "app@1.0.0"]);
            let stamp = File::open(stamp).expect("it is there");
            // The roots alone must tell.
            stamp
                .set_modified(before.expect("a time"))
                .expect("it is ours");
            None
        }),
        ("a pin", |sandbox| {
            sandbox.ok(["pin", "app@1.0.0"]);
            None
        }),
        ("a lease", |sandbox| {
            let held = Held::shared(directory_of(sandbox, 1));
            Some(held)
        }),
        ("a file", |sandbox| {
            fs::write(directory_of(sandbox, 1).join("notes.txt"), "mine").expect("it is ours");
            None
        }),
    ];
    for (what, wants) in wants {
        let sandbox = Sandbox::new();
        let versions = three_versions(&sandbox);
        let mut lease = None;
        let swept = between(&sandbox, &keep_one(), || lease = wants(&sandbox));
        let spared: Vec<&str> = swept.spared.iter().map(|at| at.version.as_str()).collect();
        assert_eq!(spared, ["1.0.0"], "{what}");
        assert_eq!(swept.bundles, 1, "{what}");
        versions[0].assert_complete(&directory_of(&sandbox, 1));
        assert!(!sandbox.run(["path", "app@2.0.0"]).status.success());
        drop(lease);
        sandbox.assert_sound();
        versions[0].assert_complete(&directory_of(&sandbox, 1));
    }
}

/// The versions that stayed although they were planned to go.
fn versions_in(swept: &Swept) -> Vec<&str> {
    let spared = swept.spared.iter();
    spared.map(|at| at.version.as_str()).collect()
}

// Seen to fail when `still_goes` does not ask whether anything names what a policy takes: the removed one is told as kept.
#[test]
fn what_is_removed_or_published_anew_between_plan_and_sweep_is_none_of_its_business() {
    let sandbox = Sandbox::new();
    let versions = three_versions(&sandbox);
    let swept = between(&sandbox, &keep_one(), || {
        sandbox.ok(["remove", "app@1.0.0"]);
        sandbox.ok(["remove", "app@2.0.0"]);
        sandbox.install(&sandbox.pack(&versions[1]));
    });
    assert_eq!(swept.bundles, 0);
    assert_eq!(versions_in(&swept), ["2.0.0"]);
    versions[1].assert_complete(&directory_of(&sandbox, 2));
    sandbox.assert_sound();
    versions[1].assert_complete(&directory_of(&sandbox, 2));
}
