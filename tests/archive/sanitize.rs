//! Sanitized: permissions that are dropped, and counted.

use linkstead_store::format::Sanitized;

use crate::builder::*;
use crate::verdicts::*;

#[test]
fn dropped_bits_are_counted() {
    let plan = accepted(archive([
        file("setuid", "x").mode(0o104_755),
        file("setgid", "x").mode(0o102_755),
        directory("sticky/").mode(0o041_777),
        file("writable", "x").mode(0o100_666),
        file("group", "x").mode(0o100_664),
        file("plain", "x").mode(0o100_644),
        link("link", "plain"),
    ]));
    let expected = Sanitized {
        setuid: 1,
        setgid: 1,
        sticky: 1,
        write: 3,
    };
    assert_eq!(plan.sanitized, expected);
}

#[test]
fn modes_of_hosts_without_modes_count_for_nothing() {
    let plan = accepted(archive([file("a", "x")
        .mode(0o104_777)
        .with(|entry| entry.host = 0)]));
    assert_eq!(plan.sanitized, Sanitized::default());
}

#[test]
fn owners_and_times_are_ignored() {
    accepted(archive([file("a", "x").both(|header| {
        header.extra = extra(0x7875, [1, 4, 0, 0, 0, 0, 4, 0, 0, 0, 0])
    })]));
}
