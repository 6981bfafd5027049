//! The verdict on an archive: every rule that it breaks, in the order of the rules, and the collector that makes it.

use std::collections::BTreeMap;
use std::fmt;

use linkstead_format::TreePath;
use serde::Serialize;

use super::decode::DecodeError;
use super::policy::Policy;
use super::rule::Rule;

/// Violations that are told of each rule; the rest is only counted.
const TOLD_PER_RULE: usize = 20;

/// One rule that the archive, or one entry of it, breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The rule.
    pub rule: Rule,
    /// The entry's name, escaped; `None` where the archive as a whole is meant.
    pub entry: Option<String>,
    /// The facts: values, positions, the other entry. May be empty.
    pub detail: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.entry {
            Some(entry) => write!(f, "entry \"{entry}\": it {}", self.rule)?,
            None => write!(f, "it {}", self.rule)?,
        }
        if !self.detail.is_empty() {
            write!(f, " ({})", self.detail)?;
        }
        Ok(())
    }
}

/// Why an archive is refused. Holds at least one violation, in the order of the rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// What is told, at most a few of each rule.
    pub violations: Vec<Violation>,
    /// How many more violations there are of the same rules.
    pub untold: u64,
}

impl Verdict {
    /// The verdict on an archive whose entry at this path has data that break a rule.
    pub fn of_data(path: &TreePath, error: &DecodeError) -> Verdict {
        Verdict {
            violations: vec![Violation {
                rule: error.rule(),
                entry: Some(escaped(path.as_str().as_bytes())),
                detail: error.detail(),
            }],
            untold: 0,
        }
    }

    /// The rules that are broken, in order, each once.
    pub fn rules(&self) -> Vec<Rule> {
        let mut rules: Vec<_> = self
            .violations
            .iter()
            .map(|violation| violation.rule)
            .collect();
        rules.dedup();
        rules
    }
}

/// The first three violations, and how many there are besides.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 3;
        for (index, violation) in self.violations.iter().take(SHOWN).enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{violation}")?;
        }
        let hidden = self.violations.len().saturating_sub(SHOWN) as u64 + self.untold;
        if hidden > 0 {
            write!(f, "; and {hidden} more")?;
        }
        Ok(())
    }
}

/// Collects violations while an archive is planned.
pub(crate) struct Findings<'p> {
    policy: &'p Policy,
    told: BTreeMap<Rule, Vec<Violation>>,
    untold: u64,
    count: u64,
}

impl<'p> Findings<'p> {
    pub(crate) fn new(policy: &'p Policy) -> Self {
        Findings {
            policy,
            told: BTreeMap::new(),
            untold: 0,
            count: 0,
        }
    }

    /// The archive as a whole breaks a rule.
    pub(crate) fn archive(&mut self, rule: Rule, detail: fmt::Arguments<'_>) {
        self.add(rule, None, detail);
    }

    /// The entry of this name breaks a rule.
    pub(crate) fn entry(&mut self, rule: Rule, name: &[u8], detail: fmt::Arguments<'_>) {
        self.add(rule, Some(name), detail);
    }

    /// Whether nothing was found, not even against a rule that is switched off.
    pub(crate) fn none(&self) -> bool {
        self.count == 0
    }

    /// The verdict, if there is anything to refuse.
    pub(crate) fn verdict(self) -> Option<Verdict> {
        let violations: Vec<_> = self.told.into_values().flatten().collect();
        (!violations.is_empty()).then_some(Verdict {
            violations,
            untold: self.untold,
        })
    }

    fn add(&mut self, rule: Rule, name: Option<&[u8]>, detail: fmt::Arguments<'_>) {
        self.count += 1;
        if !self.policy.applies(rule) {
            return;
        }
        let told = self.told.entry(rule).or_default();
        if told.len() == TOLD_PER_RULE {
            self.untold += 1;
            return;
        }
        told.push(Violation {
            rule,
            entry: name.map(escaped),
            detail: detail.to_string(),
        });
    }
}

/// A name as it may be shown anywhere: nothing in it moves a cursor or hides a letter.
pub(crate) fn escaped(name: &[u8]) -> String {
    const SHOWN: usize = 300;
    let mut text = String::new();
    for chunk in name[..name.len().min(SHOWN)].utf8_chunks() {
        text.extend(chunk.valid().chars().flat_map(char::escape_debug));
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    if name.len() > SHOWN {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shown_harmless() {
        assert_eq!(escaped(b"a/../b"), "a/../b");
        assert_eq!(escaped(b"a\x1b[2J\xff"), "a\\u{1b}[2J\\xff");
        assert_eq!(escaped("\u{202e}txt.exe".as_bytes()), "\\u{202e}txt.exe");
    }

    #[test]
    fn a_verdict_reads_in_the_order_of_the_rules() {
        let policy = Policy::default();
        let mut findings = Findings::new(&policy);
        findings.archive(Rule::Gap, format_args!("4 bytes at 30"));
        findings.entry(Rule::DotDot, b"a/../b", format_args!(""));
        assert_eq!(
            findings.verdict().unwrap().to_string(),
            "entry \"a/../b\": it has the component `..`; it has bytes that belong to nothing (4 bytes at 30)"
        );
    }

    #[test]
    fn many_violations_of_one_rule_hide_no_other() {
        let policy = Policy::default();
        let mut findings = Findings::new(&policy);
        for _ in 0..1000 {
            findings.archive(Rule::Gap, format_args!(""));
        }
        findings.archive(Rule::Overlap, format_args!(""));
        let verdict = findings.verdict().unwrap();
        assert_eq!(verdict.rules(), [Rule::Gap, Rule::Overlap]);
        assert_eq!(verdict.untold, 980);
    }
}
