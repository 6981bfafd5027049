//! The deeds about what names mean and what is kept: use, pin, unpin, lease.

use std::path::Path;

use linkstead_store::format::{BundleName, BundleRef, PinLabel, Version};
use linkstead_store::{ActivateOptions, Error, LeaseOptions, PinOptions, Silent};

use crate::deed::open;
use crate::sample::Sample;

/// Makes a sample current.
pub(crate) fn activate(root: &Path, sample: Sample) -> Result<(), Error> {
    let (name, version) = identity(sample);
    let options = ActivateOptions::default();
    open(root)?
        .activate(&name, &version, &options, &Silent)
        .map(drop)
}

/// Pins a sample.
pub(crate) fn pin(root: &Path, sample: Sample) -> Result<(), Error> {
    let (name, version) = identity(sample);
    let options = PinOptions::default();
    open(root)?
        .pin(&label(sample), &name, &version, &options, &Silent)
        .map(drop)
}

/// Takes its pin back.
pub(crate) fn unpin(root: &Path, sample: Sample) -> Result<(), Error> {
    let options = PinOptions::default();
    open(root)?
        .unpin(&label(sample), &options, &Silent)
        .map(drop)
}

/// Leases a sample; that it is not installed any more is no error.
///
/// # Errors
/// What the engine says; that what is leased is not whole.
pub(crate) fn lease(root: &Path, sample: Sample) -> Result<(), Error> {
    let store = open(root)?;
    let leased = store.lease(&sample.reference(), &LeaseOptions::default(), &Silent);
    let lease = match leased {
        Err(Error::NotInstalled { .. }) => return Ok(()),
        leased => leased?,
    };
    match sample.flaw_of(lease.path()) {
        None => Ok(()),
        Some(problem) => Err(Error::Damaged {
            path: lease.path().to_path_buf(),
            problem,
        }),
    }
}

/// Leases what the name of a sample alone means.
///
/// # Errors
/// What the engine says; that the name means something else by now.
pub(crate) fn lease_current(root: &Path, sample: Sample) -> Result<(), Error> {
    let store = open(root)?;
    let (name, _) = identity(sample);
    let wanted = BundleRef {
        name,
        version: None,
    };
    let lease = store.lease(&wanted, &LeaseOptions::default(), &Silent)?;
    match store.resolve(&wanted)?.path == lease.path() {
        true => Ok(()),
        false => Err(Error::Damaged {
            path: lease.path().to_path_buf(),
            problem: "it is leased, and its name means another".into(),
        }),
    }
}

fn identity(sample: Sample) -> (BundleName, Version) {
    let reference = sample.reference();
    (reference.name, reference.version.expect("a sample has one"))
}

fn label(sample: Sample) -> PinLabel {
    let (name, version) = identity(sample);
    PinLabel::of_bundle(&name, &version).expect("short enough")
}
