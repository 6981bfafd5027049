//! The rules, one variant each, in the order in which they are reported: what may be accepted, symbolic links, then the table
//! of refusals.

use std::fmt;

use linkstead_format::{LinkRule, PathRule, TreeRule};
use serde::{Serialize, Serializer};

/// A group of rules; its text is the way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Group {
    /// Compression and names in extra fields.
    Accepted,
    /// Symbolic links.
    Symlinks,
    /// Names of entries.
    Names,
    /// Entries that are in each other's way.
    Clashes,
    /// What an entry is.
    Types,
    /// Encryption and patches.
    Flags,
    /// Local against central header.
    Headers,
    /// Which bytes belong to what.
    Layout,
    /// The fields of zip64.
    Zip64,
    /// The bytes of the entries.
    Data,
    /// Upper limits.
    Caps,
    /// The MCPB manifest.
    Manifest,
}

macro_rules! rules {
    ($($group:ident { $($rule:ident $id:literal $says:literal;)+ })+) => {
        /// One rule on archives.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Rule {
            $($(#[doc = $says] $rule,)+)+
        }

        impl Rule {
            /// All rules, in the order in which they are reported.
            pub const ALL: &[Rule] = &[$($(Rule::$rule,)+)+];

            /// A name that does not change, for scripts.
            pub const fn id(self) -> &'static str {
                match self {
                    $($(Rule::$rule => $id,)+)+
                }
            }

            /// What is wrong where the rule is broken.
            pub const fn says(self) -> &'static str {
                match self {
                    $($(Rule::$rule => $says,)+)+
                }
            }

            /// The group that the rule belongs to.
            pub const fn group(self) -> Group {
                match self {
                    $($(Rule::$rule => Group::$group,)+)+
                }
            }
        }
    };
}

rules! {
    Accepted {
        Method "method" "is compressed by a method other than stored and deflate";
        UnicodePath "unicode-path" "has a second name in the extra field 0x7075";
        SignatureBlock "signature-block" "ends like a signed bundle, but has no well-formed signature block right behind its end record";
    }
    Symlinks {
        LinkDenied "link-denied" "is a symbolic link, and links are denied";
        LinkAbsolute "link-absolute" "is a link to an absolute path";
        LinkEscapes "link-escapes" "is a link that leads out of the bundle";
        LinkDangling "link-dangling" "is a link to nothing in the bundle";
        LinkCyclic "link-cyclic" "is a link that leads in a circle, or over more than 40 links";
        LinkTargetTooLong "link-target-too-long" "is a link with a target of over 4,095 bytes";
        LinkTargetNotUtf8 "link-target-not-utf8" "is a link with a target that is not UTF-8";
        BeneathLink "beneath-link" "lies beneath a symbolic link";
    }
    Names {
        DotDot "dot-dot" "has the component `..`";
        AbsolutePath "absolute-path" "has an absolute path";
        DrivePath "drive-path" "has a path that begins with a Windows drive";
        UncPath "unc-path" "has a path that begins like a network share";
        Backslash "backslash" "has a backslash in its path";
        Nul "nul" "has a NUL in its path";
        ControlCharacter "control-character" "has a control character in its path";
        FormatCharacter "format-character" "has a bidi or other format character in its path";
        EmptyPath "empty-path" "has no name";
        DotComponent "dot-component" "has the component `.`";
        DoubleSlash "double-slash" "has an empty component in its path";
        NameNotUtf8 "name-not-utf8" "has a name that is not UTF-8";
        Utf8FlagLies "utf8-flag-lies" "says that its name is UTF-8, and it is not";
        ComponentTooLong "component-too-long" "has a path component of over 255 bytes";
        PathTooLong "path-too-long" "has a path of over 1,024 bytes";
        PathTooDeep "path-too-deep" "is over 64 components deep";
        Colon "colon" "has a colon in its path";
        TrailingDotOrSpace "trailing-dot-or-space" "has a path component that ends with a dot or a space";
        DeviceName "device-name" "has a path component that is a Windows device name";
    }
    Clashes {
        SameFileTwice "same-file-twice" "occurs twice";
        EqualAfterCaseFolding "equal-after-case-folding" "is the same as another path where case is ignored";
        EqualAfterNfc "equal-after-nfc" "is the same as another path after normalization (NFC)";
        FileAsDirectory "file-as-directory" "is a file and a directory";
    }
    Types {
        SpecialFile "special-file" "is a device, a pipe, a socket, or of an unknown type";
        DirectoryWithData "directory-with-data" "is a directory with data";
        SlashAndMode "slash-and-mode" "is a directory by its name or by its mode, but not by both";
    }
    Flags {
        Encrypted "encrypted" "is encrypted (flag bit 0)";
        PatchData "patch-data" "is patch data (flag bit 5)";
        StrongEncryption "strong-encryption" "has strong encryption (flag bit 6 or extra field 0x0017)";
        MaskedHeader "masked-header" "has masked header values (flag bit 13)";
        Aes "aes" "has AES encryption (method 99 or extra field 0x9901)";
    }
    Headers {
        NameDiffers "name-differs" "has another name in its local header";
        MethodDiffers "method-differs" "has another compression method in its local header";
        SizesDiffer "sizes-differ" "has other sizes in its local header";
        CrcDiffers "crc-differs" "has another CRC-32 in its local header";
        FlagsDiffer "flags-differ" "has other flags in its local header";
        ExtraFieldMalformed "extra-field-malformed" "has extra fields that run past their end";
        DescriptorDiffers "descriptor-differs" "has no data descriptor that repeats its sizes and CRC-32";
        StoredWithDescriptor "stored-with-descriptor" "is stored and has a data descriptor";
        StoredSizesDiffer "stored-sizes-differ" "is stored and has two different sizes";
    }
    Layout {
        NoEndRecord "no-end-record" "has no end record: it is no zip, or only part of one";
        Gap "gap" "has bytes that belong to nothing";
        Overlap "overlap" "shares bytes with another part of the archive";
        BytesBeforeStart "bytes-before-start" "has bytes before the first entry";
        BytesAfterEnd "bytes-after-end" "has bytes after its end";
        UnlistedLocalHeader "unlisted-local-header" "has a local header that its directory does not list";
        NoLocalHeader "no-local-header" "has no local header where its directory says";
        EntryCount "entry-count" "has another number of entries than its end record says";
        DirectorySize "directory-size" "has a directory of another size than its end record says";
        DirectoryOffset "directory-offset" "has its directory elsewhere than its end record says";
        DiskNumber "disk-number" "says that it is one of several disks";
        SecondEndRecord "second-end-record" "has a second end record";
        CommentLength "comment-length" "has a comment that is shorter than its end record says";
        RecordInComment "record-in-comment" "has the signature of a zip record in its comment or signature block";
        ParsersDisagree "parsers-disagree" "is read differently by a second zip parser";
    }
    Zip64 {
        Zip64Missing "zip64-missing" "needs zip64 fields and has none";
        Zip64Needless "zip64-needless" "has zip64 fields that it does not need and that say something else";
        Zip64Duplicated "zip64-duplicated" "has its zip64 fields twice";
        Zip64TooShort "zip64-too-short" "has zip64 fields that are too short";
        Zip64TooLong "zip64-too-long" "has zip64 fields that are too long";
        Zip64Locator "zip64-locator" "has a zip64 locator that points elsewhere";
        Zip64FieldDiffers "zip64-field-differs" "has a 32-bit field that neither points to its zip64 field nor equals it";
        Zip64ExtensibleData "zip64-extensible-data" "has extensible data in its zip64 end record";
    }
    Data {
        TooMuchData "too-much-data" "inflates to more than its size";
        TooLittleData "too-little-data" "inflates to less than its size";
        CrcMismatch "crc-mismatch" "does not have its CRC-32";
        BytesAfterStream "bytes-after-stream" "has bytes after the end of its deflate stream";
        TruncatedStream "truncated-stream" "has a deflate stream without an end";
        CorruptStream "corrupt-stream" "has a deflate stream that is corrupt";
    }
    Caps {
        TooManyEntries "too-many-entries" "has more entries than allowed (--max-entries)";
        FileTooLarge "file-too-large" "is larger than a file may be (--max-file-size)";
        TotalTooLarge "total-too-large" "unpacks to more than allowed (--max-total-size)";
        ArchiveTooLarge "archive-too-large" "is larger than an archive may be (--max-archive-size)";
        ManifestTooLarge "manifest-too-large" "is larger than an MCPB manifest may be (--max-manifest-size)";
    }
    Manifest {
        ManifestMissing "manifest-missing" "has no manifest.json at its root";
        ManifestNotAFile "manifest-not-a-file" "must be a regular file";
    }
}

impl Rule {
    /// What the owner of the archive, or the caller, can do.
    pub const fn way_out(self) -> &'static str {
        match self {
            Rule::LinkDenied => "allow links (--symlinks allow), or repack without them",
            Rule::ManifestMissing => "a zip that is no bundle installs with --as NAME@VERSION",
            Rule::SignatureBlock => "sign the bundle again",
            Rule::ParsersDisagree => {
                "repack with another packer; if it is an honest archive, please report it"
            }
            _ => match self.group() {
                Group::Accepted | Group::Headers | Group::Layout | Group::Zip64 => {
                    "repack with a common zip tool; if it came over a network, fetch it again"
                }
                Group::Symlinks => {
                    "make the link relative, to something in the bundle, or pack the file itself"
                }
                Group::Names => {
                    "rename the file, and repack with relative paths and forward slashes"
                }
                Group::Clashes => {
                    "keep one of the two, so that the bundle unpacks the same on every system"
                }
                Group::Types => "pack only files, directories and symbolic links",
                Group::Flags => "repack without encryption",
                Group::Data => "the archive is damaged: fetch or pack it again",
                Group::Caps => {
                    "if you trust the archive, raise the limit with the option that is named"
                }
                Group::Manifest => "pack a bundle with one regular file manifest.json at its root",
            },
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.says())
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

impl From<PathRule> for Rule {
    fn from(rule: PathRule) -> Self {
        match rule {
            PathRule::DotDot => Rule::DotDot,
            PathRule::Absolute => Rule::AbsolutePath,
            PathRule::Drive => Rule::DrivePath,
            PathRule::Unc => Rule::UncPath,
            PathRule::Backslash => Rule::Backslash,
            PathRule::Nul => Rule::Nul,
            PathRule::Control => Rule::ControlCharacter,
            PathRule::FormatCharacter => Rule::FormatCharacter,
            PathRule::Dot => Rule::DotComponent,
            PathRule::DoubleSlash => Rule::DoubleSlash,
            PathRule::ComponentTooLong => Rule::ComponentTooLong,
            PathRule::PathTooLong => Rule::PathTooLong,
            PathRule::TooDeep => Rule::PathTooDeep,
            PathRule::Colon => Rule::Colon,
            PathRule::TrailingDotOrSpace => Rule::TrailingDotOrSpace,
            PathRule::DeviceName => Rule::DeviceName,
            // The enum may grow; a path that keeps no known rule is as good as none.
            _ => Rule::EmptyPath,
        }
    }
}

impl From<TreeRule> for Rule {
    fn from(rule: TreeRule) -> Self {
        match rule {
            TreeRule::Link(LinkRule::Absolute) => Rule::LinkAbsolute,
            TreeRule::Link(LinkRule::Escapes) => Rule::LinkEscapes,
            TreeRule::Link(LinkRule::Cyclic) => Rule::LinkCyclic,
            TreeRule::Link(LinkRule::TargetTooLong) => Rule::LinkTargetTooLong,
            TreeRule::Link(LinkRule::EntryBeneath) => Rule::BeneathLink,
            TreeRule::Link(_) => Rule::LinkDangling,
            TreeRule::EqualAfterCaseFolding => Rule::EqualAfterCaseFolding,
            TreeRule::EqualAfterNfc => Rule::EqualAfterNfc,
            TreeRule::FileAsDirectory => Rule::FileAsDirectory,
            _ => Rule::SameFileTwice,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_distinct_and_kebab_case() {
        let mut ids: Vec<_> = Rule::ALL.iter().map(|rule| rule.id()).collect();
        for id in &ids {
            assert!(
                id.bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            );
        }
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), Rule::ALL.len());
    }
}
