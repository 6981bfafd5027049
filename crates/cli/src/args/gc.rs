//! What may be written after `linkstead gc` and `linkstead remove`.

use std::num::NonZeroU32;
use std::time::Duration;

use clap::Args;
use linkstead_store::format::BundleRef;
use linkstead_store::{Consent, ExtraFiles, GcPolicies, HeldBundle};

use crate::{size, span};

const GC_HELP: &str = "\
Without a policy only that goes which no name means any more. Policies take
installed versions too, the least recently used first: path, use, exec, run
and install are uses. What is current, pinned or held never goes. Prints what
goes and why, what stays though a policy would take it, and the bytes that are
really free afterwards. Installs may go on meanwhile.

Extra files (a database beside the code) keep a bundle; __pycache__, .venv and
what is private do not. So does a damaged receipt or tree, where nobody can tell
what is extra.

Examples:
  linkstead gc --dry-run
  linkstead gc --keep-versions 2 --max-age 90d
  linkstead gc --max-size 10GB --dry-run";
const REMOVE_HELP: &str = "\
NAME alone is enough if only one version is installed. A bundle that a running
server holds is not removed: with --when-idle no name means it any more, and
gc takes it once nobody holds it.

Examples:
  linkstead remove time@1.2.0 && linkstead gc
  linkstead remove time@1.2.0 --when-idle";

/// What becomes of files in a directory that are not of its bundle.
#[derive(Debug, Args)]
pub(crate) struct ExtraFilesArg {
    /// Let go also what has files in its directory that are not its own, or may have
    #[arg(long)]
    discard_extra: bool,
}

impl ExtraFilesArg {
    /// What is meant.
    pub(crate) fn policy(&self) -> ExtraFiles {
        match self.discard_extra {
            true => ExtraFiles::Discard,
            false => ExtraFiles::Keep,
        }
    }
}

/// Remove a bundle; gc takes back its space
#[derive(Debug, Args)]
#[command(after_help = REMOVE_HELP)]
pub(crate) struct RemoveArgs {
    /// The bundle
    #[arg(value_name = "NAME[@VERSION]")]
    pub(crate) bundle: BundleRef,
    /// If it is held, take its names now and leave the rest to gc
    #[arg(long)]
    when_idle: bool,
    #[command(flatten)]
    pub(crate) extra: ExtraFilesArg,
}

impl RemoveArgs {
    /// What becomes of it if it is held.
    pub(crate) fn held(&self) -> HeldBundle {
        match self.when_idle {
            true => HeldBundle::RemoveWhenIdle,
            false => HeldBundle::Refuse,
        }
    }
}

/// Take back what nobody needs any more
#[derive(Debug, Args)]
#[command(after_help = GC_HELP)]
pub(crate) struct GcArgs {
    /// Print the plan and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Of each name keep the current version and the most recently used others, N in all
    #[arg(long, value_name = "N", value_parser = count)]
    keep_versions: Option<NonZeroU32>,
    /// Take what was not used for so long, such as 30d
    #[arg(long, value_name = "TIME", value_parser = span::parse)]
    max_age: Option<Duration>,
    /// Take versions until the objects take at most this, such as 10GB
    #[arg(long, value_name = "SIZE", value_parser = size::parse)]
    max_size: Option<u64>,
    /// Take versions until the disk has this free, such as 5GB
    #[arg(long, value_name = "SIZE", value_parser = size::parse)]
    min_free: Option<u64>,
    /// Keep what was used within this time
    #[arg(long, value_name = "TIME", default_value = "7d", value_parser = span::parse)]
    grace: Duration,
    #[command(flatten)]
    pub(crate) extra: ExtraFilesArg,
    /// Also if that takes everything that is installed
    #[arg(long)]
    yes: bool,
}

impl GcArgs {
    /// The policies that are meant.
    pub(crate) fn policies(&self) -> GcPolicies {
        GcPolicies {
            keep_versions: self.keep_versions,
            max_age: self.max_age,
            max_size: self.max_size,
            min_free: self.min_free,
            grace: self.grace,
        }
    }

    /// Whether everything may go.
    pub(crate) fn consent(&self) -> Consent {
        match self.yes {
            true => Consent::Given,
            false => Consent::Ask,
        }
    }
}

fn count(text: &str) -> Result<NonZeroU32, String> {
    match text.trim().parse::<u32>() {
        Ok(count) => NonZeroU32::new(count)
            .ok_or_else(|| "the current version always stays, so it is 1 at least".to_owned()),
        Err(_) => Err("it is a number of versions, such as 2".to_owned()),
    }
}
