//! Refused: names.

use linkstead_store::archive::Rule;

use crate::builder::*;
use crate::verdicts::*;

fn named(name: impl AsRef<[u8]>) -> Archive {
    archive([file(name, "x")])
}

#[test]
fn dot_dot_in_any_place() {
    for name in ["../a", "a/../b", "a/.."] {
        refused(Rule::DotDot, named(name));
    }
    refused(Rule::DotDot, archive([directory("a/../")]));
}

#[test]
fn absolute() {
    refused(Rule::AbsolutePath, named("/etc/passwd"));
    refused(Rule::AbsolutePath, archive([directory("/")]));
}

#[test]
fn drive() {
    refused_with(Rule::DrivePath, &[Rule::Colon], named("C:/a"));
    refused_with(Rule::DrivePath, &[Rule::Colon], named("c:a"));
}

#[test]
fn unc() {
    refused_with(
        Rule::UncPath,
        &[Rule::AbsolutePath, Rule::DoubleSlash],
        named("//server/share"),
    );
    refused_with(
        Rule::UncPath,
        &[Rule::Backslash],
        named("\\\\server\\share"),
    );
}

#[test]
fn backslash() {
    refused(Rule::Backslash, named("a\\b"));
}

#[test]
fn nul() {
    refused(Rule::Nul, named("a\0.txt"));
}

#[test]
fn control_characters() {
    for name in ["a\x1b[2J", "a\nb", "a\x7f", "a\u{9b}b"] {
        refused(Rule::ControlCharacter, named(name));
    }
}

#[test]
fn bidi_and_other_format_characters() {
    for name in [
        "a\u{202e}txt.exe",
        "a\u{200b}b",
        "a\u{2066}b",
        "\u{feff}a",
        "a\u{ad}b",
        "a\u{2028}b",
    ] {
        refused(Rule::FormatCharacter, named(name));
    }
}

#[test]
fn empty() {
    refused(Rule::EmptyPath, named(""));
}

#[test]
fn a_dot_component() {
    refused(Rule::DotComponent, named("a/./b"));
    refused(Rule::DotComponent, named("a/."));
    // A leading one is stripped only if every entry has it.
    refused(
        Rule::DotComponent,
        archive([file("./a", "x"), file("b", "x")]),
    );
}

#[test]
fn double_slash() {
    refused(Rule::DoubleSlash, named("a//b"));
    refused(Rule::DoubleSlash, archive([directory("a//")]));
}

#[test]
fn not_utf8() {
    refused(Rule::NameNotUtf8, named(b"caf\xe9"));
}

#[test]
fn bit_11_with_invalid_utf8() {
    refused(
        Rule::Utf8FlagLies,
        archive([file(b"caf\xe9", "x").both(|header| header.flags |= UTF8_FLAG)]),
    );
}

#[test]
fn a_component_over_255_bytes() {
    accepted(named("a".repeat(255)));
    refused(Rule::ComponentTooLong, named("a".repeat(256)));
    refused(Rule::ComponentTooLong, named("é".repeat(128)));
}

#[test]
fn a_path_over_1024_bytes() {
    let path = |last: usize| vec!["a".repeat(200); 5].join("/") + "/" + &"b".repeat(last);
    accepted(named(path(19)));
    refused(Rule::PathTooLong, named(path(20)));
    refused(
        Rule::PathTooLong,
        named(vec!["a".repeat(200); 300].join("/").split_at(12_000).0),
    );
}

#[test]
fn a_depth_over_64() {
    accepted(named(vec!["a"; 64].join("/")));
    refused(Rule::PathTooDeep, named(vec!["a"; 65].join("/")));
}

#[test]
fn a_colon() {
    refused(Rule::Colon, named("file:stream"));
}

#[test]
fn a_trailing_dot_or_space() {
    for name in ["a.", "a ", "a./b", "a /b", "..."] {
        refused(Rule::TrailingDotOrSpace, named(name));
    }
}

#[test]
fn windows_device_names() {
    for name in [
        "con",
        "NUL",
        "aux.txt",
        "a/LPT1",
        "com9.tar.gz",
        "prn/x",
        "COM²",
    ] {
        refused(Rule::DeviceName, named(name));
    }
    accepted(archive([
        file("console", "x"),
        file("com", "x"),
        file("lpt10", "x"),
    ]));
}
