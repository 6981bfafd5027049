//! What a caller allows an archive to be.

use linkstead_format::Caps;

/// The version of the rules and of how they are applied. A look-up that was made under other rules does not count (I8).
pub const RULES_VERSION: u32 = 2;

/// What an archive may be, as far as the caller decides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// Whether symbolic links are acceptable.
    pub symlinks: SymlinkPolicy,
    /// Upper limits.
    pub caps: Caps,
    /// Whether the archive must be a bundle.
    pub kind: ArchiveKind,
    /// Rules that are not applied. Compiled for tests only, which prove with it that each rule refuses something of its own.
    #[cfg(feature = "rule-switches")]
    pub disabled: Vec<super::Rule>,
}

impl Policy {
    pub(crate) fn applies(&self, rule: super::Rule) -> bool {
        #[cfg(feature = "rule-switches")]
        return !self.disabled.contains(&rule);
        #[cfg(not(feature = "rule-switches"))]
        {
            let _ = rule;
            true
        }
    }
}

/// Whether symbolic links are acceptable.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum SymlinkPolicy {
    /// Those that resolve inside the bundle.
    #[default]
    Allow,
    /// None.
    Deny,
}

/// What kind of archive is expected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum ArchiveKind {
    /// An MCP bundle: it has an MCPB manifest.
    #[default]
    Bundle,
    /// Any zip.
    Plain,
}
