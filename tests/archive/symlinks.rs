//! Symbolic links: resolved in the planned tree.

use linkstead_store::archive::{Policy, Rule, SymlinkPolicy};

use crate::builder::*;
use crate::verdicts::*;

#[test]
fn a_link_to_an_entry_is_accepted() {
    let plan = accepted(archive([
        link("lib/libx.so", "libx.so.1"),
        file("lib/libx.so.1", "x"),
        link("current", "lib"),
        link("through", "current/libx.so"),
        link("lib/up", "../lib/./libx.so.1"),
    ]));
    assert_eq!(
        listing(&plan),
        [
            "l current -> lib",
            "d lib",
            "l lib/libx.so -> libx.so.1",
            "f lib/libx.so.1",
            "l lib/up -> ../lib/./libx.so.1",
            "l through -> current/libx.so",
        ]
    );
}

#[test]
fn a_deflated_target_is_accepted() {
    let target = "d/".repeat(30) + "f";
    let path = target.clone();
    let deflated = file("l", &target).mode(0o120_777);
    accepted(archive([file(path, "x"), deflated]));
}

#[test]
fn the_type_is_read_whatever_the_host() {
    let plan = accepted(archive([
        file("a", "x"),
        link("l", "a").with(|entry| entry.host = 0),
    ]));
    assert_eq!(listing(&plan), ["f a", "l l -> a"]);
}

#[test]
fn absolute() {
    refused(
        Rule::LinkAbsolute,
        archive([file("a", "x"), link("l", "/etc/passwd")]),
    );
}

#[test]
fn escaping_at_any_hop() {
    refused(
        Rule::LinkEscapes,
        archive([file("a", "x"), link("l", "../a")]),
    );
    refused(
        Rule::LinkEscapes,
        archive([file("a", "x"), link("l", "d/../../d/b"), file("d/b", "x")]),
    );
    refused(
        Rule::LinkEscapes,
        archive([
            file("a/b/c", "x"),
            link("s", "a/b"),
            link("l", "s/../../../x"),
        ]),
    );
}

#[test]
fn dangling() {
    for target in ["b", "", ".", "a/", "a/b", "A", "lib"] {
        refused(
            Rule::LinkDangling,
            archive([file("a", "x"), link("l", target)]),
        );
    }
}

// Seen to fail when only the root of the bundle is no end of a link: a check accepts it, and an install cannot make it.
#[test]
fn an_empty_target_below_the_root_is_dangling_too() {
    refused(
        Rule::LinkDangling,
        archive([file("d/a", "x"), link("d/l", "")]),
    );
}

#[test]
fn cyclic() {
    refused(Rule::LinkCyclic, archive([link("l", "l")]));
    refused(Rule::LinkCyclic, archive([link("a", "b"), link("b", "a")]));
    let chain = (0..60).map(|i| link(format!("l{i:02}"), format!("l{:02}", i + 1)));
    refused(Rule::LinkCyclic, archive(chain.chain([file("l60", "x")])));
}

// Seen to fail when 4,096 bytes are allowed: a check accepts what the kernel does not make.
#[test]
fn a_target_of_over_4095_bytes() {
    let longest = "./".repeat(2047) + "a";
    accepted(archive([file("a", "x"), link("l", longest)]));
    let target = ".".to_owned() + &"/".repeat(4094) + "a";
    refused(
        Rule::LinkTargetTooLong,
        archive([file("a", "x"), link("l", target)]),
    );
}

#[test]
fn a_target_that_is_not_utf8() {
    refused(
        Rule::LinkTargetNotUtf8,
        archive([file("a", "x"), link("l", b"\xff")]),
    );
}

#[test]
fn any_entry_beneath_a_link() {
    refused(
        Rule::BeneathLink,
        archive([file("d/a", "x"), link("l", "d"), file("l/b", "x")]),
    );
    refused(
        Rule::BeneathLink,
        archive([file("l/b", "x"), link("l", "d"), file("d/a", "x")]),
    );
}

#[test]
fn the_policy_deny() {
    let deny = Policy {
        symlinks: SymlinkPolicy::Deny,
        ..plain()
    };
    refused_under(
        deny.clone(),
        Rule::LinkDenied,
        archive([file("a", "x"), link("l", "a")]),
    );
    accepted_under(&deny, archive([file("a", "x")]));
}

#[test]
fn a_damaged_target_is_found_by_the_plan() {
    refused(
        Rule::CrcMismatch,
        archive([
            file("a", "x"),
            link("l", "a").both(|header| header.crc32 ^= 1),
        ]),
    );
}
