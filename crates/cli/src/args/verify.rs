//! The arguments of `verify`.

use std::path::PathBuf;

use clap::Args;

const VERIFY_HELP: &str = "\
Re-hashes all objects and checks every published directory. Each finding says
whom it hurts and what can be done. Files that a server put beside its code are
listed as extra, files that could share an inode and do not as less shared;
neither is damage.

--repair takes lost content from any other copy in the store, or from the
archives given with --from, and makes everything that was hurt by it whole
again, also under a running server. What cannot be had is put into quarantine/
and named, so that it can be installed again. Then everything is verified once
more.

Exit code 1 if anything is wrong, or stays wrong.

Examples:
  linkstead verify && echo sound
  linkstead verify --quick
  linkstead verify --repair --from time-1.2.0.mcpb
  linkstead --json verify | jq -r '.findings[].path'";

/// Check everything that the store holds, and mend it
#[derive(Debug, Args)]
#[command(after_help = VERIFY_HELP)]
pub(crate) struct VerifyArgs {
    /// Look at presence, kinds, sizes, modes and times; read no content
    #[arg(long, conflicts_with = "repair")]
    pub(crate) quick: bool,
    /// Mend what is found with what is there
    #[arg(long)]
    pub(crate) repair: bool,
    /// An archive to take lost content from; may be given more than once
    #[arg(long, value_name = "ARCHIVE", requires = "repair")]
    pub(crate) from: Vec<PathBuf>,
}
