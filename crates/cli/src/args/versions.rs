//! What may be written after the commands about versions of a name.

use clap::Args;
use linkstead_store::format::BundleRef;

use super::values::IdentityArg;

const USE_HELP: &str = "\
One atomic step: whoever asks for NAME gets the old version or the new one.
Servers that run from the old one keep it. The way back is the same command.

Example:
  linkstead install --no-activate time-1.3.0.mcpb
  linkstead use time@1.3.0
  linkstead use time@1.2.0";

const DIFF_HELP: &str = "\
`+` stands before what only the second has, `-` before what only the first has,
`~` before what changed.

Example:
  linkstead diff time@1.2.0 time@1.3.0";

/// Show what changed from one bundle to another
#[derive(Debug, Args)]
#[command(after_help = DIFF_HELP)]
pub(crate) struct DiffArgs {
    /// The first bundle
    #[arg(value_name = "NAME[@VERSION]")]
    pub(crate) from: BundleRef,
    /// The second bundle
    #[arg(value_name = "NAME[@VERSION]")]
    pub(crate) to: BundleRef,
}

/// Make an installed version what NAME alone means
#[derive(Debug, Args)]
#[command(after_help = USE_HELP)]
pub(crate) struct UseArgs {
    /// The version
    #[arg(value_name = "NAME@VERSION")]
    pub(crate) version: IdentityArg,
}
