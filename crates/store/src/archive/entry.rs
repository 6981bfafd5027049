//! One entry of the directory on its own: its path, what it is, and where its data are.

use std::io;

use linkstead_format::{ExecClass, PathRule, Sanitized, TreePath};
use linkstead_fs::read_at::ReadAt;

use super::decode::{self, DecodeError};
use super::directory::{CentralEntry, Directory, flag};
use super::planned::{EntryData, Method, ModeOrigin, PlannedEntry, PlannedKind};
use super::policy::{Policy, SymlinkPolicy};
use super::rule::Rule;
use super::verdict::Findings;

/// What `bsdtar` puts before every name when it packs `.`.
const HERE: &[u8] = b"./";

/// The longest target of a link, in bytes (as in `linkstead_format`).
const LONGEST_TARGET: u64 = 4095;
/// The most that a link's target may take packed; deflate adds a few bytes to what it cannot shrink.
const LONGEST_PACKED_TARGET: u64 = LONGEST_TARGET + 1024;
/// The most that nothing may take packed; packers write 2 to 5 bytes.
const LONGEST_PACKED_NOTHING: u64 = 64;

/// Hosts that know no unix modes: FAT, HPFS, NTFS, and FAT with long names.
const HOSTS_WITHOUT_MODES: [u8; 4] = [0, 6, 10, 14];

/// Plans entry after entry.
pub(crate) struct Entries<'a, 'f, 'p> {
    archive: &'a dyn ReadAt,
    directory: &'a Directory,
    policy: &'p Policy,
    findings: &'f mut Findings<'p>,
    /// How many bytes of each name are dropped.
    prefix: usize,
    /// Mode bits that are dropped.
    pub(crate) sanitized: Sanitized,
    /// Bytes of all content.
    pub(crate) unpacked_size: u64,
}

impl<'a, 'f, 'p> Entries<'a, 'f, 'p> {
    pub(crate) fn new(
        archive: &'a dyn ReadAt,
        directory: &'a Directory,
        policy: &'p Policy,
        findings: &'f mut Findings<'p>,
    ) -> Self {
        let all_begin_here = directory
            .entries
            .iter()
            .all(|entry| directory.name(entry).starts_with(HERE));
        Entries {
            archive,
            directory,
            policy,
            findings,
            prefix: if all_begin_here { HERE.len() } else { 0 },
            sanitized: Sanitized::default(),
            unpacked_size: 0,
        }
    }

    /// Plans one entry whose data begin at `data`. `None` for the root itself, and for what is refused too early.
    pub(crate) fn plan(
        &mut self,
        entry: &CentralEntry,
        data: Option<u64>,
    ) -> io::Result<Option<PlannedEntry>> {
        let name = self.directory.name(entry);
        self.check_size(entry, name);
        let kind = self.kind(entry, name);
        let kind = match (kind, data) {
            (Kind::Directory, Some(offset)) => {
                self.check_emptiness(entry, name, offset)?;
                Some(PlannedKind::Directory)
            }
            (Kind::Symlink, Some(offset)) => self
                .target(entry, name, offset)?
                .map(|target| PlannedKind::Symlink { target }),
            (Kind::File, Some(offset)) => Some(self.file(entry, offset)),
            (_, None) => None,
        };
        let path = self.path(entry, name);
        Ok(match (path, kind) {
            (Some(path), Some(kind)) => Some(PlannedEntry { path, kind }),
            _ => None,
        })
    }

    fn check_size(&mut self, entry: &CentralEntry, name: &[u8]) {
        let limit = self.policy.caps.file_size;
        if entry.size > limit {
            self.findings.entry(
                Rule::FileTooLarge,
                name,
                format_args!("{} bytes, the limit is {limit}", entry.size),
            );
        }
        self.unpacked_size = self.unpacked_size.saturating_add(entry.size);
    }

    /// The path, with every rule on names that it breaks. `None` for the root of the tree.
    fn path(&mut self, entry: &CentralEntry, name: &[u8]) -> Option<TreePath> {
        let Ok(text) = std::str::from_utf8(&name[self.prefix..]) else {
            let rule = if entry.flags & flag::UTF8 == 0 {
                Rule::NameNotUtf8
            } else {
                Rule::Utf8FlagLies
            };
            self.findings.entry(rule, name, format_args!(""));
            return unjudged(&String::from_utf8_lossy(name));
        };
        if text.is_empty() && self.prefix > 0 {
            return None;
        }
        // The slash at the end of a directory is no part of its path.
        let path = text
            .strip_suffix('/')
            .filter(|path| !path.is_empty())
            .unwrap_or(text);
        match TreePath::parse(path) {
            Ok(path) => Some(path),
            Err(_) => {
                for rule in PathRule::broken_by(path) {
                    self.findings.entry(rule.into(), name, format_args!(""));
                }
                unjudged(path)
            }
        }
    }

    /// What the entry is, by the slash at the end of its name and by its mode.
    fn kind(&mut self, entry: &CentralEntry, name: &[u8]) -> Kind {
        const TYPE: u32 = 0o170_000;
        let slash = ends_with_slash(entry, name);
        let by_slash = if slash { Kind::Directory } else { Kind::File };
        let by_mode = match (entry.attributes >> 16) & TYPE {
            0 => return by_slash,
            0o040_000 => Kind::Directory,
            0o100_000 => Kind::File,
            0o120_000 => Kind::Symlink,
            other => {
                self.findings.entry(
                    Rule::SpecialFile,
                    name,
                    format_args!("type {:#o}", other >> 12),
                );
                return by_slash;
            }
        };
        if slash != (by_mode == Kind::Directory) {
            self.findings.entry(
                Rule::SlashAndMode,
                name,
                format_args!("mode {:#o}", entry.attributes >> 16),
            );
            return by_slash;
        }
        by_mode
    }

    fn file(&mut self, entry: &CentralEntry, offset: u64) -> PlannedKind {
        let mode = self.mode(entry);
        PlannedKind::File {
            exec: ExecClass::from_mode(mode.unwrap_or_default()),
            data: data(entry, offset, mode),
        }
    }

    /// The unix mode, if the packer knew it; what is dropped of it is counted.
    fn mode(&mut self, entry: &CentralEntry) -> Option<u32> {
        let mode = entry.attributes >> 16;
        if mode == 0 || HOSTS_WITHOUT_MODES.contains(&entry.host) {
            return None;
        }
        let counts = &mut self.sanitized;
        for (bits, count) in [
            (0o4000, &mut counts.setuid),
            (0o2000, &mut counts.setgid),
            (0o1000, &mut counts.sticky),
            (0o0022, &mut counts.write),
        ] {
            *count += u32::from(mode & bits != 0);
        }
        Some(mode)
    }

    /// A directory has no data; a deflate stream of nothing is none.
    fn check_emptiness(
        &mut self,
        entry: &CentralEntry,
        name: &[u8],
        offset: u64,
    ) -> io::Result<()> {
        self.mode(entry);
        if entry.size == 0 && entry.compressed == 0 && entry.crc32 == 0 {
            return Ok(());
        }
        if entry.size > 0 || entry.compressed > LONGEST_PACKED_NOTHING {
            self.findings.entry(
                Rule::DirectoryWithData,
                name,
                format_args!("{} bytes", entry.size.max(entry.compressed)),
            );
            return Ok(());
        }
        self.content(entry, name, offset).map(drop)
    }

    /// The target of a link.
    fn target(
        &mut self,
        entry: &CentralEntry,
        name: &[u8],
        offset: u64,
    ) -> io::Result<Option<String>> {
        if self.policy.symlinks == SymlinkPolicy::Deny {
            self.findings
                .entry(Rule::LinkDenied, name, format_args!(""));
        }
        if entry.size > LONGEST_TARGET || entry.compressed > LONGEST_PACKED_TARGET {
            self.findings.entry(
                Rule::LinkTargetTooLong,
                name,
                format_args!("{} bytes", entry.size.max(entry.compressed)),
            );
            return Ok(None);
        }
        let Some(target) = self.content(entry, name, offset)? else {
            return Ok(None);
        };
        let target = String::from_utf8(target).ok();
        if target.is_none() {
            self.findings
                .entry(Rule::LinkTargetNotUtf8, name, format_args!(""));
        }
        Ok(target)
    }

    /// The content of a small entry; what is wrong with its data is found now.
    fn content(
        &mut self,
        entry: &CentralEntry,
        name: &[u8],
        offset: u64,
    ) -> io::Result<Option<Vec<u8>>> {
        let end = offset.saturating_add(entry.compressed);
        if end > self.directory.start {
            // Reported as an overlap.
            return Ok(None);
        }
        let mut compressed = vec![0; entry.compressed as usize];
        self.archive.read_exact_at(&mut compressed, offset)?;
        let mut content = Vec::new();
        match decode::decode_whole(&compressed, &data(entry, offset, None), &mut content) {
            Ok(()) => Ok(Some(content)),
            Err(DecodeError::Io(error)) => Err(error),
            Err(error) => {
                self.findings
                    .entry(error.rule(), name, format_args!("{}", error.detail()));
                Ok(None)
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Directory,
    File,
    Symlink,
}

fn data(entry: &CentralEntry, offset: u64, mode: Option<u32>) -> EntryData {
    EntryData {
        // Any other method has been reported.
        method: if entry.method == Method::Deflate.number() {
            Method::Deflate
        } else {
            Method::Stored
        },
        offset,
        compressed: entry.compressed,
        size: entry.size,
        crc32: entry.crc32,
        mode_origin: match mode {
            Some(_) => ModeOrigin::Archive,
            None => ModeOrigin::Assumed,
        },
    }
}

/// Names that are too long to be kept whole end in no slash that matters: they are refused.
fn ends_with_slash(entry: &CentralEntry, name: &[u8]) -> bool {
    name.len() == usize::from(entry.name_length) && name.ends_with(b"/")
}

/// A path that breaks a rule is planned on only where tests switch the rule off.
fn unjudged(path: &str) -> Option<TreePath> {
    #[cfg(feature = "rule-switches")]
    return Some(TreePath::unjudged(path));
    #[cfg(not(feature = "rule-switches"))]
    {
        let _ = path;
        None
    }
}
