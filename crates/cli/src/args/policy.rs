//! What an archive may be: the options of `install` and `check` that change the verdict.

use clap::{Args, ValueEnum};
use linkstead_store::archive::SymlinkPolicy;
use linkstead_store::format::Caps;

use crate::size;

/// Options that change the verdict on an archive.
#[derive(Debug, Args)]
pub(crate) struct PolicyArgs {
    /// Whether the archive may have symbolic links
    #[arg(long, value_name = "POLICY", default_value = "allow")]
    pub(crate) symlinks: SymlinksArg,
    /// The most entries, implied directories included [default: 200000]
    #[arg(long, value_name = "N")]
    pub(crate) max_entries: Option<u64>,
    /// The most bytes of one file [default: 4GiB]
    #[arg(long, value_name = "SIZE", value_parser = size::parse)]
    pub(crate) max_file_size: Option<u64>,
    /// The most bytes of all files [default: 8GiB]
    #[arg(long, value_name = "SIZE", value_parser = size::parse)]
    pub(crate) max_total_size: Option<u64>,
    /// The most bytes of the archive [default: 4GiB]
    #[arg(long, value_name = "SIZE", value_parser = size::parse)]
    pub(crate) max_archive_size: Option<u64>,
    /// The most bytes of its manifest.json [default: 1MiB]
    #[arg(long, value_name = "SIZE", value_parser = size::parse)]
    pub(crate) max_manifest_size: Option<u64>,
}

impl PolicyArgs {
    /// The caps that are meant.
    pub(crate) fn caps(&self) -> Caps {
        let default = Caps::default();
        Caps {
            entries: self.max_entries.unwrap_or(default.entries),
            file_size: self.max_file_size.unwrap_or(default.file_size),
            total_size: self.max_total_size.unwrap_or(default.total_size),
            archive_size: self.max_archive_size.unwrap_or(default.archive_size),
            manifest_size: self.max_manifest_size.unwrap_or(default.manifest_size),
        }
    }

    /// The policy on symbolic links that is meant.
    pub(crate) fn symlinks(&self) -> SymlinkPolicy {
        match self.symlinks {
            SymlinksArg::Allow => SymlinkPolicy::Allow,
            SymlinksArg::Deny => SymlinkPolicy::Deny,
        }
    }
}

/// Whether the archive may have symbolic links.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum SymlinksArg {
    /// Those that stay inside the bundle
    Allow,
    /// None
    Deny,
}
