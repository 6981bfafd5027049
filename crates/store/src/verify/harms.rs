//! Whom damaged objects hurt: gathered from all bundles, then told with the findings.

use std::collections::BTreeMap;

use linkstead_format::{ExecClass, ObjectKey};

use super::VerifyReport;
use super::finding::{Defect, Finding};
use super::hurt::Harm;
use super::objects::Hashed;
use crate::store::Store;

/// What the bundles say of the objects that they need.
#[derive(Default)]
pub(super) struct Harms {
    harmed: BTreeMap<ObjectKey, Vec<Harm>>,
    /// Objects of another length than their bundles say, which is this.
    lengths: BTreeMap<ObjectKey, u64>,
}

impl Harms {
    pub(super) fn add(&mut self, key: ObjectKey, harm: Harm) {
        self.harmed.entry(key).or_default().push(harm);
    }

    pub(super) fn add_length(&mut self, key: ObjectKey, expected: u64) {
        self.lengths.insert(key, expected);
    }

    /// Gives the harms to the findings of damaged objects. What is left over are objects that nobody found: those that are
    /// missing, and those of another length that a quick look took for sound.
    pub(super) fn tell(mut self, store: &Store, hashed: &Hashed, report: &mut VerifyReport) {
        for finding in &mut report.findings {
            let Some(key) = finding.defect.object() else {
                continue;
            };
            if let Some(defect) = self.defect_of_length(hashed, &key) {
                *finding = Finding::new(defect, finding.path.clone());
            }
            finding.harms = self.harmed.remove(&key).unwrap_or_default();
        }
        for (key, harms) in std::mem::take(&mut self.harmed) {
            if hashed.sound.has(&key) && !self.lengths.contains_key(&key) {
                // Changed while we looked, in its mode or time alone.
                continue;
            }
            let defect = self
                .defect_of_length(hashed, &key)
                .unwrap_or(Defect::MissingObject {
                    object: key.id,
                    executable: key.exec == ExecClass::Executable,
                });
            let mut finding = Finding::new(defect, store.path(key.relative_path()));
            finding.harms = harms;
            report.findings.push(finding);
        }
    }

    fn defect_of_length(&self, hashed: &Hashed, key: &ObjectKey) -> Option<Defect> {
        let expected = *self.lengths.get(key)?;
        let inode = hashed.inode(key)?;
        let (object, executable) = (key.id, key.exec == ExecClass::Executable);
        Some(if inode.size < expected {
            Defect::TruncatedObject {
                object,
                executable,
                size: inode.size,
                expected,
            }
        } else {
            Defect::AlteredObject { object, executable }
        })
    }
}
