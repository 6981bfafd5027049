//! What may be written after the commands that hold a bundle.

use std::ffi::OsString;

use clap::Args;
use linkstead_store::format::BundleRef;

const EXEC_HELP: &str = "\
The command takes the place of linkstead: signals, standard input and output,
and the exit code are its own. It runs in the bundle's directory, so a file of
the bundle is written with a slash: ./bin/tool. The bundle is neither removed
nor collected until the command, and what it starts, has ended.

Exit codes besides those of the command:
  1    the bundle cannot be held
  126  the command cannot be run
  127  the command is not found

Example:
  linkstead exec time@1.2.0 -- python3 server/main.py --verbose";
const LEASES_HELP: &str = "\
A bundle that is held is neither removed nor collected. The processes are those
that the system tells of; one in another container shows as \"?\".

Example:
  linkstead --json leases | jq '.[].holders[].process'";

/// Run a command in a bundle's directory, and hold the bundle meanwhile
#[derive(Debug, Args)]
#[command(after_help = EXEC_HELP)]
pub(crate) struct ExecArgs {
    /// The bundle
    #[arg(value_name = "NAME[@VERSION]")]
    pub(crate) bundle: BundleRef,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub(crate) command: Vec<OsString>,
}

/// List the bundles that are held, and by which processes
#[derive(Debug, Args)]
#[command(after_help = LEASES_HELP)]
pub(crate) struct LeasesArgs {}
