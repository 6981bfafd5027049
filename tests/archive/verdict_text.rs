//! How a refusal reads, for people and for scripts.

use linkstead_fs::read_at::ReadAt;
use linkstead_store::archive::{PlanError, Policy, Rule, check, plan};

use crate::builder::*;
use crate::installs::one_verdict;
use crate::verdicts::*;

#[test]
fn a_verdict_names_entry_and_rule_in_the_order_of_the_page() {
    let bytes = archive([
        file("a/../b", "x"),
        file("secret", "x").both(|header| header.flags |= 1),
        file("evil\x1b[2J", "x"),
    ])
    .comment("PK\x05\x06")
    .bytes();
    one_verdict(&bytes, &Policy::default());
    let Err(PlanError::Refused(verdict)) = plan(&bytes as &dyn ReadAt, &Policy::default()) else {
        panic!("refused");
    };
    assert_eq!(
        verdict.rules(),
        [
            Rule::DotDot,
            Rule::ControlCharacter,
            Rule::Encrypted,
            Rule::RecordInComment,
            Rule::ManifestMissing,
        ]
    );
    assert_eq!(
        verdict.to_string(),
        "entry \"a/../b\": it has the component `..`; \
         entry \"evil\\u{1b}[2J\": it has a control character in its path; \
         entry \"secret\": it is encrypted (flag bit 0); and 2 more"
    );
}

#[test]
fn the_report_of_a_check_is_what_scripts_read() {
    let bytes = archive([
        file("a", "aaaa").both(|header| header.crc32 = 7),
        file("b", "x"),
    ])
    .bytes();
    one_verdict(&bytes, &plain());
    let report = check(&bytes as &dyn ReadAt, &plain()).unwrap();
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["files"], 2);
    assert_eq!(json["violations"][0]["rule"], "crc-mismatch");
    assert_eq!(json["violations"][0]["entry"], "a");
    assert_eq!(json["violations"][0]["detail"], "it has ad98e545");
}

#[test]
fn every_rule_has_a_way_out() {
    for rule in Rule::ALL {
        assert!(!rule.way_out().is_empty() && !rule.says().is_empty());
    }
}
