//! The deeds about what names mean and what is kept: use, pin, unpin.

use std::path::Path;

use linkstead_store::format::{BundleName, PinLabel, Version};
use linkstead_store::{ActivateOptions, Error, PinOptions, Silent};

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

fn identity(sample: Sample) -> (BundleName, Version) {
    let reference = sample.reference();
    (reference.name, reference.version.expect("a sample has one"))
}

fn label(sample: Sample) -> PinLabel {
    let (name, version) = identity(sample);
    PinLabel::of_bundle(&name, &version).expect("short enough")
}
