//! The MCPB manifest (`manifest.json` at the root of a bundle): what the store needs of it, and below, what it takes to start
//! the server.
//!
//! Versions 0.1 to 0.4 differ in nothing that is read here; the old `dxt_version` in place of `manifest_version` is fine, and
//! unknown members do no harm. Source of the members: the MCPB specification, MANIFEST.md.

pub(crate) mod config_problem;
mod installed;
pub(crate) mod launch;
pub(crate) mod server;
mod substitute;
pub(crate) mod user_config;

use linkstead_format::{BundleName, TreePath, Version};
use linkstead_fs::read_at::ReadAt;
use serde_json::Value;

use crate::archive::decode::{DecodeError, decode_whole};
use crate::archive::{Plan, PlannedKind};

/// The path of the MCPB manifest in a bundle.
pub(crate) const PATH: &str = "manifest.json";

/// The parts of an MCPB manifest that the store uses.
#[derive(Debug, Clone)]
pub(crate) struct McpbManifest {
    pub(crate) name: BundleName,
    pub(crate) version: Version,
    pub(crate) server: Server,
}

/// How the server is started, as far as it concerns files.
#[derive(Debug, Clone, Default)]
pub(crate) struct Server {
    pub(crate) kind: ServerKind,
    /// The files that a host may chmod or exec: the entry point, and commands within the bundle.
    pub(crate) entry_points: Vec<TreePath>,
}

/// The server's type.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum ServerKind {
    /// An executable: the entry point has the exec class even if the packer knew no modes.
    Binary,
    /// Anything that an interpreter runs.
    #[default]
    Interpreted,
}

/// The bytes of the MCPB manifest of a planned archive; `None` if it has none, or one above the limit (in bytes).
pub(crate) fn read(
    archive: &dyn ReadAt,
    plan: &Plan,
    limit: u64,
) -> Result<Option<Vec<u8>>, DecodeError> {
    let found = plan
        .entries
        .iter()
        .find(|entry| entry.path.as_str() == PATH)
        .map(|entry| &entry.kind);
    let Some(PlannedKind::File { data, .. }) = found else {
        return Ok(None);
    };
    if data.size > limit || data.compressed > limit.saturating_mul(2) {
        return Ok(None);
    }
    let mut compressed = vec![0; data.compressed as usize];
    archive
        .read_exact_at(&mut compressed, data.offset)
        .map_err(DecodeError::Io)?;
    let mut bytes = Vec::new();
    decode_whole(&compressed, data, &mut bytes)?;
    Ok(Some(bytes))
}

impl McpbManifest {
    /// Reads what is needed; the error completes "the MCPB manifest of … ".
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let value = json(bytes)?;
        if value.get("manifest_version").is_none() && value.get("dxt_version").is_none() {
            return Err("has no manifest_version (nor the older dxt_version)".into());
        }
        let text = |member: &str| match value.get(member) {
            Some(Value::String(text)) if !text.is_empty() => Ok(text.clone()),
            Some(Value::String(_)) => Err(format!("has an empty {member}")),
            Some(_) => Err(format!("has a {member} that is no string")),
            None => Err(format!("has no {member}")),
        };
        let name = text("name")?;
        let version = text("version")?;
        Ok(McpbManifest {
            name: BundleName::parse(&name)
                .map_err(|error| format!("has the name {name:?}: {error}"))?,
            version: Version::parse(&version)
                .map_err(|error| format!("has the version {version:?}: {error}"))?,
            server: Server::of(&value),
        })
    }
}

impl Server {
    /// The server part of an MCPB manifest that need not be complete: a plain zip may hold a `manifest.json` of another kind.
    pub(crate) fn parse_lenient(bytes: &[u8]) -> Self {
        json(bytes)
            .map(|value| Server::of(&value))
            .unwrap_or_default()
    }

    fn of(manifest: &Value) -> Self {
        let server = &manifest["server"];
        let kind = match server["type"].as_str() {
            Some("binary") => ServerKind::Binary,
            _ => ServerKind::Interpreted,
        };
        let config = &server["mcp_config"];
        let overrides = config["platform_overrides"].as_object();
        let commands = std::iter::once(config)
            .chain(overrides.into_iter().flat_map(|all| all.values()))
            .filter_map(|config| config["command"].as_str())
            .filter_map(inside_bundle);
        let mut entry_points: Vec<TreePath> = server["entry_point"]
            .as_str()
            .map(ToOwned::to_owned)
            .into_iter()
            .chain(commands)
            .filter_map(|path| {
                let inside = path.trim_start_matches("./").trim_start_matches('/');
                TreePath::parse(inside).ok()
            })
            .collect();
        entry_points.sort();
        entry_points.dedup();
        Server { kind, entry_points }
    }
}

/// The path within the bundle that a command has. One without a slash is looked for in `PATH`; other relative ones are meant from
/// the bundle's directory, as the MCPB specification's own examples write them.
fn inside_bundle(command: &str) -> Option<String> {
    let command = command.replace("${/}", "/");
    match command.strip_prefix("${__dirname}") {
        Some(inside) => Some(inside.to_owned()),
        None if command.starts_with('/') || command.contains("${") => None,
        None => command.contains('/').then_some(command),
    }
}

fn json(bytes: &[u8]) -> Result<Value, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let value: Value =
        serde_json::from_slice(bytes).map_err(|error| format!("is not JSON: {error}"))?;
    if value.is_object() {
        Ok(value)
    } else {
        Err("is not a JSON object".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_old_version_member_and_unknown_members_are_fine() {
        let manifest = McpbManifest::parse(
            br#"{"dxt_version":"0.1","name":"a","version":"1","future":{"x":[1]}}"#,
        )
        .unwrap();
        assert_eq!(manifest.name.to_string(), "a");
    }

    #[test]
    fn what_is_missing_is_named() {
        for (json, problem) in [
            (&br#"{"name":"a","version":"1"}"#[..], "manifest_version"),
            (br#"{"manifest_version":"0.2","name":"a"}"#, "no version"),
            (br#"{"manifest_version":"0.2","version":"1"}"#, "no name"),
            (
                br#"{"manifest_version":"0.2","name":"","version":"1"}"#,
                "empty name",
            ),
            (
                br#"{"manifest_version":"0.2","name":"../a","version":"1"}"#,
                "../a",
            ),
            (br#"[1]"#, "object"),
            (br#"{"#, "JSON"),
        ] {
            let error = McpbManifest::parse(json).unwrap_err();
            assert!(error.contains(problem), "{error}");
        }
    }

    #[test]
    fn entry_points_are_files_of_the_bundle() {
        let manifest = McpbManifest::parse(
            br#"{"manifest_version":"0.3","name":"a","version":"1","server":{"type":"binary","entry_point":"./bin/a",
                "mcp_config":{"command":"${__dirname}/bin/a","platform_overrides":{"win32":{"command":"${__dirname}${/}bin${/}a.exe"},
                "linux":{"command":"python3"}}}}}"#,
        )
        .unwrap();
        let points: Vec<_> = manifest
            .server
            .entry_points
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(points, ["bin/a", "bin/a.exe"]);
        assert_eq!(manifest.server.kind, ServerKind::Binary);
    }

    // Seen to fail when only `${__dirname}` leads into the bundle.
    #[test]
    fn a_command_with_a_slash_is_a_file_of_the_bundle_too() {
        for (command, inside) in [
            ("server/tool", Some("server/tool")),
            ("./server/tool", Some("./server/tool")),
            ("${__dirname}/server/tool", Some("/server/tool")),
            ("server${/}tool", Some("server/tool")),
            ("python3", None),
            ("/usr/bin/python3", None),
            ("${HOME}/bin/tool", None),
        ] {
            assert_eq!(inside_bundle(command).as_deref(), inside, "{command}");
        }
    }
}
