//! What may be written after the commands about versions of a name.

use clap::Args;

use super::values::IdentityArg;

const USE_HELP: &str = "\
One atomic step: whoever asks for NAME gets the old version or the new one.
Servers that run from the old one keep it. The way back is the same command.

Example:
  linkstead install --no-activate time-1.3.0.mcpb
  linkstead use time@1.3.0
  linkstead use time@1.2.0";

/// Make an installed version what NAME alone means
#[derive(Debug, Args)]
#[command(after_help = USE_HELP)]
pub(crate) struct UseArgs {
    /// The version
    #[arg(value_name = "NAME@VERSION")]
    pub(crate) version: IdentityArg,
}
