//! What is asked of an archive in these tests: what it breaks, and what becomes of it.

use linkstead_fs::read_at::ReadAt;
use linkstead_store::archive::{
    ArchiveKind, CheckReport, Plan, PlanError, PlannedKind, Policy, Rule, check, plan,
};

use crate::builder::Archive;
use crate::installs::{Stream, one_verdict, streams_of, streams_of_plan};

/// Anything that has the bytes of an archive.
pub(crate) trait Bytes {
    fn to_bytes(&self) -> Vec<u8>;

    /// The streams in it that are whole.
    fn streams(&self) -> Vec<Stream>;
}

impl Bytes for Archive {
    fn to_bytes(&self) -> Vec<u8> {
        self.bytes()
    }

    fn streams(&self) -> Vec<Stream> {
        streams_of(self)
    }
}

impl Bytes for Vec<u8> {
    fn to_bytes(&self) -> Vec<u8> {
        self.clone()
    }

    fn streams(&self) -> Vec<Stream> {
        plan(self as &dyn ReadAt, &plain())
            .map_or_else(|_| Vec::new(), |plan| streams_of_plan(self, &plan))
    }
}

/// The policy of most tests: any zip, all else as by default.
pub(crate) fn plain() -> Policy {
    Policy {
        kind: ArchiveKind::Plain,
        ..Policy::default()
    }
}

pub(crate) fn report(archive: &impl Bytes, policy: &Policy) -> CheckReport {
    let bytes = archive.to_bytes();
    check(&bytes as &dyn ReadAt, policy).expect("bytes in memory can be read")
}

/// The rules that the archive breaks, whoever asks: see [`one_verdict`].
#[track_caller]
pub(crate) fn broken(archive: &impl Bytes, policy: &Policy) -> Vec<Rule> {
    if policy.disabled.is_empty() {
        one_verdict(archive, policy);
    }
    let mut rules: Vec<_> = report(archive, policy)
        .violations
        .iter()
        .map(|v| v.rule)
        .collect();
    rules.dedup();
    rules
}

/// The archive breaks this rule alone, and is accepted where the rule is switched off.
#[track_caller]
pub(crate) fn refused(rule: Rule, archive: impl Bytes) {
    refused_under(plain(), rule, archive);
}

/// As [`refused`], under another policy.
#[track_caller]
pub(crate) fn refused_under(policy: Policy, rule: Rule, archive: impl Bytes) {
    assert_eq!(
        broken(&archive, &policy),
        [rule],
        "{:#?}",
        report(&archive, &policy).violations
    );
    let without = Policy {
        disabled: vec![rule],
        ..policy
    };
    assert_eq!(broken(&archive, &without), [], "without {rule:?}");
}

/// The archive breaks this rule and these others, which it cannot but break too; it is accepted where all are switched off.
#[track_caller]
pub(crate) fn refused_with(rule: Rule, others: &[Rule], archive: impl Bytes) {
    let policy = plain();
    let mut all = others.to_vec();
    all.push(rule);
    all.sort();
    assert_eq!(
        broken(&archive, &policy),
        all,
        "{:#?}",
        report(&archive, &policy).violations
    );
    let without = Policy {
        disabled: all,
        ..policy
    };
    assert_eq!(broken(&archive, &without), []);
}

/// The plan refuses the archive by this rule alone; were the rule not there, decoding would refuse it by the other.
#[track_caller]
pub(crate) fn refused_and_backed(rule: Rule, by: Rule, archive: impl Bytes) {
    assert_eq!(
        broken(&archive, &plain()),
        [rule],
        "{:#?}",
        report(&archive, &plain()).violations
    );
    let without = Policy {
        disabled: vec![rule],
        ..plain()
    };
    assert_eq!(broken(&archive, &without), [by]);
}

/// The archive is accepted; its plan.
#[track_caller]
pub(crate) fn accepted(archive: impl Bytes) -> Plan {
    accepted_under(&plain(), archive)
}

/// As [`accepted`], under another policy.
#[track_caller]
pub(crate) fn accepted_under(policy: &Policy, archive: impl Bytes) -> Plan {
    one_verdict(&archive, policy);
    let report = report(&archive, policy);
    assert!(report.is_accepted(), "{:#?}", report.violations);
    match plan(&archive.to_bytes() as &dyn ReadAt, policy) {
        Ok(plan) => plan,
        Err(PlanError::Refused(verdict)) => panic!("{verdict}"),
        Err(error) => panic!("{error}"),
    }
}

/// The plan as text: `d path`, `f path`, `x path`, `l path -> target`.
pub(crate) fn listing(plan: &Plan) -> Vec<String> {
    use linkstead_store::format::ExecClass;
    plan.entries
        .iter()
        .map(|entry| {
            let path = &entry.path;
            match &entry.kind {
                PlannedKind::Directory => format!("d {path}"),
                PlannedKind::File {
                    exec: ExecClass::Plain,
                    ..
                } => format!("f {path}"),
                PlannedKind::File {
                    exec: ExecClass::Executable,
                    ..
                } => format!("x {path}"),
                PlannedKind::Symlink { target } => format!("l {path} -> {target}"),
            }
        })
        .collect()
}
