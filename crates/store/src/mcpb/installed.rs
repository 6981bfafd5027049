//! The MCPB manifest of a bundle that is installed: read from its object, without a lock and without the database (I6).

use linkstead_format::BundleRef;

use super::launch::LaunchProblem;
use super::server::McpbServer;
use crate::error::{Error, Result};
use crate::refs::Resolved;
use crate::store::Store;
use crate::stored::read_object;

impl Store {
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
