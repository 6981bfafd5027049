//! What may be written after the commands that package builders need: completions and manual pages.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

const COMPLETIONS_HELP: &str = "\
Examples:
  source <(linkstead completions bash)      for this shell
  linkstead completions zsh > ~/.zfunc/_linkstead
  linkstead completions fish > ~/.config/fish/completions/linkstead.fish";

const MAN_HELP: &str = "\
Without --to, the page of linkstead itself is printed, or that of one command.

Examples:
  linkstead man | man -l -
  linkstead man install | man -l -
  linkstead man --to /usr/local/share/man/man1";

/// Print the completions for a shell
#[derive(Debug, Args)]
#[command(after_help = COMPLETIONS_HELP)]
pub(crate) struct CompletionsArgs {
    /// The shell: bash, elvish, fish, powershell, zsh
    #[arg(value_name = "SHELL", hide_possible_values = true)]
    pub(crate) shell: Shell,
}

/// Print a manual page, or write all of them
#[derive(Debug, Args)]
#[command(after_help = MAN_HELP)]
pub(crate) struct ManArgs {
    /// The command whose page is printed
    #[arg(value_name = "COMMAND", conflicts_with = "to")]
    pub(crate) command: Option<String>,
    /// Write all pages, one a command, into this directory
    #[arg(long, value_name = "DIR")]
    pub(crate) to: Option<PathBuf>,
}
