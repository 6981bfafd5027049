//! What may be written after the commands that hold a bundle.

use std::ffi::OsString;

use clap::Args;
use linkstead_store::format::BundleRef;

use super::values::ConfigArg;

const EXEC_HELP: &str = "\
The command takes the place of linkstead: signals, standard input and output,
and the exit code are its own. It runs in the bundle's directory, so a file of
the bundle is written with a slash: ./bin/tool. The bundle is neither removed
nor collected until the command has ended, and those of its children that keep
its descriptors; Python's subprocess and Node close them.

Exit codes besides those of the command:
  1    the bundle cannot be held
  126  the command cannot be run
  127  the command is not found

Example:
  linkstead exec time@1.2.0 -- python3 server/main.py --verbose";
const RUN_HELP: &str = "\
Command, arguments and environment are those of the bundle's MCPB manifest; the
server takes the place of linkstead, so signals, standard input and output, and
the exit code are its own. It runs in the bundle's directory. Where python is
not found and python3 is, python means python3.

What the bundle asks its user for is looked for in this order:
  1  --config KEY=VALUE; once for each value of an option that takes several.
     Not for sensitive options: others can read a command line.
  2  --config FILE: a JSON object; the last file that has an option counts
  3  LINKSTEAD_CONFIG_KEY in the environment: the option's key in capitals, with
     _ for all but letters and digits; a JSON list for several values
  4  the default in the manifest
An option without a value leaves out the argument or variable that is nothing
else. Several values become several arguments; within a word they are joined as
in PATH. A relative path is meant from where linkstead was started.

Exit codes besides those of the server:
  1    the bundle cannot be held, or its server not be configured
  2    wrong usage
  126  its command cannot be run
  127  its command is not found

Examples:
  linkstead run time
  linkstead run files --config settings.json --config root=/srv -- --verbose";
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

/// Start the server of a bundle, and hold the bundle meanwhile
#[derive(Debug, Args)]
#[command(after_help = RUN_HELP)]
pub(crate) struct RunArgs {
    /// The bundle
    #[arg(value_name = "NAME[@VERSION]")]
    pub(crate) bundle: BundleRef,
    /// What the bundle asks its user for: a JSON file, or one value
    #[arg(long, value_name = "FILE|KEY=VALUE")]
    pub(crate) config: Vec<ConfigArg>,
    /// More arguments for the server
    #[arg(last = true, value_name = "ARGUMENTS")]
    pub(crate) arguments: Vec<OsString>,
}

/// List the bundles that are held, and by which processes
#[derive(Debug, Args)]
#[command(after_help = LEASES_HELP)]
pub(crate) struct LeasesArgs {}
