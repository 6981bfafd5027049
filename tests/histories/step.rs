//! What can happen, and how chance makes a history of it.

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, prop_oneof};

use crate::build::{Build, CONTENTS, NAMES, Release, VERSIONS};

/// Pin labels that are used.
pub(crate) const LABELS: u8 = 2;

/// Places for checkouts.
pub(crate) const PLACES: u8 = 2;

/// One step of one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Installs a build; the name alone means it then.
    Install(Build),
    /// Installs a build; what the name alone means stays.
    InstallAside(Build),
    /// Makes a release what its name alone means.
    Use(Release),
    /// Pins what a release is, under a label.
    Pin(u8, Release),
    /// Takes a pin back.
    Unpin(u8),
    /// Holds what a release is.
    Lease(Release),
    /// Holds what a name alone means.
    LeaseCurrent(u8),
    /// Lets go of what was held first.
    LetGo,
    /// Removes a release.
    Remove(Release),
    /// Removes a release; if it is held, as soon as it is not.
    RemoveWhenIdle(Release),
    /// Checks out what a release is, to one of some places outside the store.
    CheckOut(u8, Release),
    /// Deletes a checkout by hand.
    DeleteCheckout(u8),
    /// Collects.
    Collect,
    /// Collects, and takes all but so many versions of each name.
    CollectKeeping(u32),
}

/// One step, or the death of the process that takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    Step(Step),
    /// After so many of its calls nothing reaches the disk any more.
    Death(Step, u32),
}

fn release() -> impl Strategy<Value = Release> {
    (0..NAMES, 0..VERSIONS).prop_map(|(name, version)| Release { name, version })
}

fn build() -> impl Strategy<Value = Build> {
    (release(), 0..CONTENTS).prop_map(|(release, content)| Build { release, content })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => build().prop_map(Step::Install),
        2 => build().prop_map(Step::InstallAside),
        3 => release().prop_map(Step::Use),
        2 => (0..LABELS, release()).prop_map(|(label, release)| Step::Pin(label, release)),
        1 => (0..LABELS).prop_map(Step::Unpin),
        2 => release().prop_map(Step::Lease),
        1 => (0..NAMES).prop_map(Step::LeaseCurrent),
        2 => Just(Step::LetGo),
        3 => release().prop_map(Step::Remove),
        1 => release().prop_map(Step::RemoveWhenIdle),
        2 => (0..PLACES, release()).prop_map(|(place, release)| Step::CheckOut(place, release)),
        1 => (0..PLACES).prop_map(Step::DeleteCheckout),
        2 => Just(Step::Collect),
        1 => (1..3u32).prop_map(Step::CollectKeeping),
    ]
}

/// A step, and in one of four a death: most calls of a step are its first forty.
fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => step().prop_map(Event::Step),
        1 => (step(), prop_oneof![0..40u32, 0..120u32])
            .prop_map(|(step, after)| Event::Death(step, after)),
    ]
}

/// A history of some steps.
pub(crate) fn history() -> impl Strategy<Value = Vec<Event>> {
    vec(event(), 1..24)
}
