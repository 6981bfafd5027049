//! What may be written after `linkstead install`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use linkstead_store::LinkMode;

use super::checkout::DisplaceArgs;
use super::policy::PolicyArgs;
use super::values::{self, HostFileArg, IdentityArg};

const AFTER_HELP: &str = "\
A SIZE is a number of bytes, or such as 10GB (10^10), 10GiB or 10g (10 x 2^30).

Examples:
  linkstead install time-1.2.0.mcpb
  curl -fsSL $URL | linkstead install --sha256 $DIGEST -
  linkstead install time-1.2.0.mcpb --to /srv/time
  linkstead install tools.zip --as tools@2026.1
  linkstead install time.mcpb --host-file .host.json=meta.json";

/// Install a bundle and print its directory
///
/// When the directory is printed, every file of the bundle is in it, verified and durable. The report goes to standard error; with
/// --json it is printed instead of the directory.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct InstallArgs {
    /// The .mcpb or .zip; `-` reads standard input
    pub(crate) archive: PathBuf,
    /// Install under this name; the archive need not be a bundle
    #[arg(long = "as", value_name = "NAME@VERSION")]
    pub(crate) identity: Option<IdentityArg>,
    /// How files get into the directory
    #[arg(long, value_name = "MODE", default_value = "auto")]
    pub(crate) link_mode: LinkModeArg,
    /// How new bytes are made durable
    #[arg(long, value_name = "HOW", default_value = "auto")]
    pub(crate) sync: SyncArg,
    /// Leave what NAME alone means as it is; `linkstead use` switches
    #[arg(long)]
    pub(crate) no_activate: bool,
    /// Check it out to DIR too, and print that
    #[arg(long, value_name = "DIR")]
    pub(crate) to: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) displace: DisplaceArgs,
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
    /// Files that the server may change, besides *.pyc and the like
    #[arg(long, value_name = "GLOB", value_parser = values::glob)]
    pub(crate) private: Vec<String>,
    /// Refuse the archive unless it has this SHA-256
    #[arg(long, value_name = "HEX", value_parser = values::sha256)]
    pub(crate) sha256: Option<[u8; 32]>,
    /// Put FILE at PATH in the directory before it is published
    #[arg(long = "host-file", value_name = "PATH=FILE", value_parser = clap::builder::ValueParser::new(values::host_file))]
    pub(crate) host_files: Vec<HostFileArg>,
}

/// How files get into the directory.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum LinkModeArg {
    /// Hard links; copies where there can be none
    Auto,
    /// Hard links or an error
    Hardlink,
    /// A directory that shares no file: reflinks where they exist
    Reflink,
    /// A directory that shares no file: copies
    Copy,
}

impl From<LinkModeArg> for LinkMode {
    fn from(arg: LinkModeArg) -> Self {
        match arg {
            LinkModeArg::Auto => LinkMode::Auto,
            LinkModeArg::Hardlink => LinkMode::Hardlink,
            LinkModeArg::Reflink => LinkMode::Reflink,
            LinkModeArg::Copy => LinkMode::Copy,
        }
    }
}

/// How new bytes are made durable.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum SyncArg {
    /// Whichever is faster
    Auto,
    /// One sync of the file system
    Filesystem,
    /// A sync of each file
    EachFile,
}
