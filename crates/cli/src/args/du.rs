//! What may be written after `linkstead du`.

use std::num::NonZeroUsize;

use clap::Args;

const DU_HELP: &str = "\
Each bar is as long as its bundle is large: what is its own, then what other
bundles have too. If it alone is removed, gc frees about its own part: more of
files that are copies, for their objects go too, and less of what a checkout
has as well; `remove` says how much. What `saved` says is the difference to
unpacking them all side by side.

Examples:
  linkstead du
  linkstead du --pairs
  linkstead du --files --top 5
  linkstead --json du | jq .store.saved";

/// Show what each bundle takes and what sharing saves
#[derive(Debug, Args)]
#[command(after_help = DU_HELP)]
#[command(group(clap::ArgGroup::new("part").args(["pairs", "files"])))]
pub(crate) struct DuArgs {
    /// Show which bundles share how much instead
    #[arg(long)]
    pub(crate) pairs: bool,
    /// Show the largest files instead, and which bundles have them
    #[arg(long)]
    pub(crate) files: bool,
    /// How many pairs or files are shown [default: 20]
    #[arg(long, value_name = "N", requires = "part")]
    pub(crate) top: Option<NonZeroUsize>,
}

impl DuArgs {
    /// How many are shown.
    pub(crate) fn top(&self) -> usize {
        self.top.map_or(20, NonZeroUsize::get)
    }
}
