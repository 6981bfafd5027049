//! What is installed: refs and receipts, read without a lock and without the database (I6).

use linkstead_format::{BundleName, BundleRef, PinLabel, Receipt, Version};
use serde::Serialize;

use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::install::read_object;
use crate::mcpb::launch::LaunchProblem;
use crate::mcpb::server::McpbServer;
use crate::pins;
use crate::published;
use crate::refs::{self, Resolved};
use crate::store::Store;

/// One installed bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Listed {
    /// Its name.
    pub name: BundleName,
    /// Its version.
    pub version: Version,
    /// Whether the name alone means this version.
    pub current: bool,
    /// The labels of the pins that keep it.
    pub pins: Vec<PinLabel>,
    /// Its directory, absolute.
    pub directory: PathBuf,
    /// Regular files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// When it was installed, RFC 3339 in UTC.
    pub installed: String,
    /// What is wrong with it, if its receipt cannot be read.
    pub problem: Option<String>,
}

impl Store {
    /// All installed bundles, by name and version.
    ///
    /// # Errors
    /// The refs cannot be listed. A bundle whose receipt cannot be read is listed with its problem.
    pub fn list(&self) -> Result<Vec<Listed>> {
        let all = refs::all(self.root())?;
        let pins = pins::readable(self.root())?;
        let mut listed = Vec::new();
        for of_name in all.names.values() {
            let current = of_name.current.as_ref();
            for found in &of_name.versions {
                let Some(at) = refs::Resolvable::of(found) else {
                    continue;
                };
                let receipt =
                    published::read_receipt(self.root(), &at.name, &at.version, &at.directory);
                let (receipt, problem) = match receipt {
                    Ok(Some(receipt)) => (Some(receipt), None),
                    Ok(None) => (None, Some("its receipt is missing".to_owned())),
                    Err(error) => (None, Some(error.to_string())),
                };
                listed.push(Listed {
                    current: current.is_some_and(|current| {
                        current.version == at.version && current.directory == found.directory
                    }),
                    pins: pins::labels_of(&pins, &at.key()),
                    directory: at.path(self.root()),
                    name: at.name,
                    version: at.version,
                    files: receipt.as_ref().map_or(0, |receipt| receipt.files),
                    bytes: receipt.as_ref().map_or(0, |receipt| receipt.bytes),
                    installed: receipt.map(|receipt| receipt.installed).unwrap_or_default(),
                    problem,
                });
            }
        }
        listed.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
        Ok(listed)
    }

    /// The receipt of an installed bundle.
    ///
    /// # Errors
    /// The name resolves to nothing, or its receipt is missing or unreadable.
    pub fn receipt(&self, wanted: &BundleRef) -> Result<(Resolved, Receipt)> {
        let resolved = self.resolve(wanted)?;
        let receipt = self.receipt_of(&resolved)?;
        Ok((resolved, receipt))
    }

    fn receipt_of(&self, bundle: &Resolved) -> Result<Receipt> {
        published::read_receipt(
            self.root(),
            &bundle.name,
            &bundle.version,
            &bundle.directory,
        )?
        .ok_or_else(|| Error::Damaged {
            path: bundle.path.clone(),
            problem: "its receipt is missing".into(),
        })
    }

    /// The MCPB manifest of an installed bundle, as it was in the archive: read from its object, whatever a server did to its
    /// directory. `None` for a bundle that has none.
    ///
    /// # Errors
    /// As [`receipt`](Self::receipt); or the object is missing or altered.
    pub fn mcpb_manifest(&self, wanted: &BundleRef) -> Result<Option<Vec<u8>>> {
        self.mcpb_manifest_of(&self.resolve(wanted)?)
    }

    /// How the server of a bundle that was found, or is leased, is started.
    ///
    /// # Errors
    /// It has no MCPB manifest, or one that does not say how; else as [`mcpb_manifest`](Self::mcpb_manifest).
    pub fn server(&self, bundle: &Resolved) -> Result<McpbServer> {
        let parsed = match self.mcpb_manifest_of(bundle)? {
            None => Err("is missing: it was installed from a plain zip".to_owned()),
            Some(manifest) => McpbServer::parse(&manifest),
        };
        parsed.map_err(|problem| Error::CannotStart {
            bundle: format!("{}@{}", bundle.name, bundle.version),
            problem: LaunchProblem::Manifest(problem),
        })
    }

    fn mcpb_manifest_of(&self, resolved: &Resolved) -> Result<Option<Vec<u8>>> {
        let Some(manifest) = self.receipt_of(resolved)?.mcpb_manifest else {
            return Ok(None);
        };
        match read_object(self, &manifest.object, manifest.size)? {
            Some(bytes) => Ok(Some(bytes)),
            None => Err(Error::Damaged {
                path: resolved.path.clone(),
                problem: "the object of its MCPB manifest is missing or altered".into(),
            }),
        }
    }
}
