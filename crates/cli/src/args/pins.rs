//! What may be written after `linkstead pin` and `linkstead unpin`.

use clap::Args;
use linkstead_store::format::{BundleRef, PinLabel};

use super::values::IdentityArg;

const PIN_HELP: &str = "\
The directory that the version has now is kept: it is neither removed nor
collected. A version that is published again with other content gets another
directory, which this pin does not keep. Without a bundle, all pins are listed.

Examples:
  linkstead pin time@1.2.0                label it time@1.2.0
  linkstead pin time@1.2.0 --as stable
  linkstead pin                           list the pins";
const UNPIN_HELP: &str = "\
NAME@VERSION takes back the pin that was given no label.

Examples:
  linkstead unpin time@1.2.0
  linkstead unpin stable";

/// Keep a version as it is until it is unpinned, or list what is kept
#[derive(Debug, Args)]
#[command(after_help = PIN_HELP)]
pub(crate) struct PinArgs {
    /// The version
    #[arg(value_name = "NAME@VERSION")]
    pub(crate) version: Option<IdentityArg>,
    #[arg(
        help = "What the pin is called [default: NAME@VERSION]",
        long = "as",
        value_name = "LABEL",
        requires = "version"
    )]
    pub(crate) label: Option<PinLabel>,
}

/// Take a pin back
#[derive(Debug, Args)]
#[command(after_help = UNPIN_HELP)]
pub(crate) struct UnpinArgs {
    /// What the pin is called
    #[arg(value_name = "LABEL", value_parser = label)]
    pub(crate) label: PinLabel,
}

/// A label, or the bundle that gave a pin its label.
fn label(text: &str) -> Result<PinLabel, String> {
    if let Ok(label) = PinLabel::parse(text) {
        return Ok(label);
    }
    let scoped = BundleRef::parse(text).map_err(|error| error.to_string())?;
    match &scoped.version {
        Some(version) => {
            PinLabel::of_bundle(&scoped.name, version).map_err(|error| error.to_string())
        }
        None => Err(format!("it has no version; write {text}@1.0.0, say")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_may_be_written_as_the_bundle_that_gave_it() {
        for (text, expected) in [
            ("stable", "stable"),
            ("time@1", "time@1"),
            ("@acme/time@1", "@acme:time@1"),
        ] {
            assert_eq!(label(text).unwrap().as_str(), expected);
        }
        for wrong in ["", "@acme/time", "a/b@1"] {
            assert!(label(wrong).is_err(), "{wrong:?}");
        }
    }
}
