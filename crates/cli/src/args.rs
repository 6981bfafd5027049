//! What may be written on the command line, as clap reads it. The commands make their own structs of it.

mod checkout;
mod doctor;
mod du;
mod gc;
mod generate;
mod install;
mod lease;
mod pins;
mod policy;
mod values;
mod verify;
mod versions;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use linkstead_store::format::BundleRef;

pub(crate) use checkout::CheckoutArgs;
pub(crate) use doctor::DoctorArgs;
pub(crate) use du::DuArgs;
pub(crate) use gc::{GcArgs, RemoveArgs};
pub(crate) use generate::{CompletionsArgs, ManArgs};
pub(crate) use install::{InstallArgs, LinkModeArg, SyncArg};
pub(crate) use lease::{ExecArgs, LeasesArgs, RunArgs};
pub(crate) use pins::{PinArgs, UnpinArgs};
pub(crate) use policy::PolicyArgs;
pub(crate) use values::{ConfigArg, HostFileArg, IdentityArg};
pub(crate) use verify::VerifyArgs;
pub(crate) use versions::{DiffArgs, UseArgs};

use crate::color::ColorChoice;
use crate::patience;

const AFTER_HELP: &str = "\
Exit codes:
  0  done
  1  the operation failed, or check, verify or doctor has findings
  2  wrong usage
exec and run end as the program that they become; else, besides these:
  126  it cannot be run
  127  it is not found

Environment:
  LINKSTEAD_HOME   the store, where --store is not given
  XDG_DATA_HOME    else the store is $XDG_DATA_HOME/linkstead
  LINKSTEAD_CONFIG_KEY
                   a value of the option KEY, for linkstead run
  NO_COLOR         no colors
  CLICOLOR_FORCE   colors also where there is no terminal

Examples:
  linkstead install time-1.2.0.mcpb       print the directory it is in
  linkstead path time                     the same, later
  linkstead remove time@1.2.0 && linkstead gc
  linkstead --json du | jq .store.saved";

const PATH_HELP: &str = "\
NAME alone means the current version: the one that was installed last, or that
`linkstead use` named. Waits for nothing, also while something else installs or
collects.

Example:
  python3 \"$(linkstead path time)/server/main.py\"";
const CHECK_HELP: &str = "\
Examples:
  linkstead check *.mcpb
  linkstead --json check --plain wheels/*.whl";
const LIST_HELP: &str = "\
A `*` marks the version that the name alone means.

Example:
  linkstead --json list | jq -r '.[].directory'";
const INFO_HELP: &str = "\
Shared is what other installed bundles have too. What the install brought and
found is told as it was then; bundles from before that was kept say nothing.

Examples:
  linkstead info time@1.2.0
  linkstead --json info time | jq '.sharing.with[0]'";

/// Install MCP bundles: whole or absent, sharing what they have in common
#[derive(Debug, Parser)]
#[command(name = "linkstead", version, after_help = AFTER_HELP, max_term_width = 80)]
#[command(disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of all commands.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of all commands")]
pub(crate) struct GlobalArgs {
    /// The store's directory [default: the user's data directory]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) store: Option<PathBuf>,
    /// Print results as JSON, and failures as one JSON object
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// How progress is shown: bar (on a terminal), json (lines), none
    #[arg(long, global = true, value_name = "HOW", hide_possible_values = true)]
    pub(crate) progress: Option<ProgressArg>,
    /// Say nothing but results and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Say more on standard error
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    /// Whether messages are colored: auto, always, never
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true
    )]
    pub(crate) color: ColorChoice,
    /// The longest wait for a lock: seconds, or such as 5m
    #[arg(long, global = true, value_name = "TIME", default_value = "5m", value_parser = patience::parse)]
    pub(crate) lock_timeout: Duration,
}

/// How progress is shown: a bar on a terminal once something takes over half a second, one JSON object a line, or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProgressArg {
    Bar,
    Json,
    None,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Install(Box<InstallArgs>),
    Check(CheckArgs),
    Path(PathArgs),
    List(ListArgs),
    Info(InfoArgs),
    Diff(DiffArgs),
    Use(UseArgs),
    Pin(PinArgs),
    Unpin(UnpinArgs),
    Run(RunArgs),
    Exec(ExecArgs),
    Checkout(CheckoutArgs),
    Leases(LeasesArgs),
    Remove(RemoveArgs),
    Gc(GcArgs),
    Verify(VerifyArgs),
    Du(DuArgs),
    Doctor(DoctorArgs),
    Dir(DirArgs),
    #[command(hide = true)]
    Completions(CompletionsArgs),
    #[command(hide = true)]
    Man(ManArgs),
}

/// Say what an install would say of archives, without a store
///
/// Every rule is checked and every file is decoded. All rules that an archive breaks are listed. Exit code 1 if any archive is refused.
#[derive(Debug, Args)]
#[command(after_help = CHECK_HELP)]
pub(crate) struct CheckArgs {
    /// The archives
    #[arg(required = true, value_name = "ARCHIVE")]
    pub(crate) archives: Vec<PathBuf>,
    /// They are plain zips: no MCPB manifest is asked for
    #[arg(long)]
    pub(crate) plain: bool,
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
}

/// Print the directory of an installed bundle
#[derive(Debug, Args)]
#[command(after_help = PATH_HELP)]
pub(crate) struct PathArgs {
    /// The bundle
    #[arg(value_name = "NAME[@VERSION]")]
    pub(crate) bundle: BundleRef,
}

/// List what is installed
#[derive(Debug, Args)]
#[command(after_help = LIST_HELP)]
pub(crate) struct ListArgs {}

/// Show what a bundle holds, what it shares, and what its install reused
#[derive(Debug, Args)]
#[command(after_help = INFO_HELP)]
pub(crate) struct InfoArgs {
    /// The bundle
    #[arg(value_name = "NAME[@VERSION]")]
    pub(crate) bundle: BundleRef,
}

/// Print the store's directory, whether it is there yet or not
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ls \"$(linkstead dir)/bundles\"")]
pub(crate) struct DirArgs {}
