//! What may be written after `linkstead checkout`.

use std::path::PathBuf;

use clap::Args;
use linkstead_store::Displace;
use linkstead_store::format::BundleRef;

use super::LinkModeArg;

const AFTER_HELP: &str = "\
When the directory is printed, every file of the bundle is in it, durable. It
shares its files with the store where both lie on one file system. Another
version takes its place in one step: whoever looks sees the old directory or
the new one, whole. A directory that linkstead did not make is refused, and
one into which something was put; a server that holds the old one (flock)
keeps it until it ends. What is in it stays in the store until the directory
is deleted, which gc notices, or forgotten. Without a bundle, all checkouts
are listed.

Examples:
  linkstead checkout time /srv/time
  linkstead checkout time@1.3.0 /srv/time --keep-extra
  linkstead checkout                      list the checkouts
  linkstead checkout --forget /srv/time   the directory is yours alone";

/// Put a bundle at a path outside the store, or list those there
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct CheckoutArgs {
    /// The bundle
    #[arg(value_name = "NAME[@VERSION]", requires = "directory")]
    pub(crate) bundle: Option<BundleRef>,
    /// Where; the directory that it lies in must be there
    #[arg(value_name = "DIR")]
    pub(crate) directory: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) displace: DisplaceArgs,
    /// How files get into the directory; auto: as in the bundle's own
    #[arg(long, value_name = "MODE", default_value = "auto")]
    pub(crate) link_mode: LinkModeArg,
    /// Forget the checkout at DIR, and leave it as it is
    #[arg(long, value_name = "DIR", conflicts_with_all = ["bundle", "keep_extra", "replace"])]
    pub(crate) forget: Option<PathBuf>,
}

/// What a checkout may displace.
#[derive(Debug, Args)]
pub(crate) struct DisplaceArgs {
    /// Keep what was put into the checkout that is there
    #[arg(long, conflicts_with = "replace")]
    pub(crate) keep_extra: bool,
    /// Delete what is there, whatever it is, once the new one is durable
    #[arg(long)]
    pub(crate) replace: bool,
}

impl DisplaceArgs {
    /// What may go.
    pub(crate) fn displace(&self) -> Displace {
        match (self.keep_extra, self.replace) {
            (_, true) => Displace::Anything,
            (true, _) => Displace::OwnKeepingExtra,
            (false, false) => Displace::Own,
        }
    }
}
