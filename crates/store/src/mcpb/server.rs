//! The server of an installed bundle, as its MCPB manifest describes it.
//!
//! Source: the MCPB specification, MANIFEST.md, "Server Configuration", versions 0.1 to 0.4. Unknown members do no harm.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use super::json;
use super::user_config::ConfigOption;

/// How the server of a bundle is started, before anything is put in.
#[derive(Debug, Clone, PartialEq)]
pub struct McpbServer {
    pub(super) kind: ServerType,
    pub(super) entry_point: Option<String>,
    pub(super) config: Option<McpConfig>,
    pub(super) options: BTreeMap<String, ConfigOption>,
}

/// What runs the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ServerType {
    /// A Python interpreter.
    Python,
    /// Node.js.
    Node,
    /// Nothing: it is an executable.
    Binary,
    /// `uv`, which brings Python and dependencies.
    Uv,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct McpConfig {
    #[serde(flatten)]
    everywhere: Part,
    #[serde(default, deserialize_with = "null_as_empty")]
    platform_overrides: BTreeMap<String, Part>,
}

/// Command, arguments and environment, each where it is given.
#[derive(Debug, Default, Clone, PartialEq, Deserialize)]
pub(super) struct Part {
    pub(super) command: Option<String>,
    pub(super) args: Option<Vec<String>>,
    #[serde(default, deserialize_with = "null_as_empty")]
    pub(super) env: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Manifest {
    server: Server,
    #[serde(default, deserialize_with = "null_as_empty")]
    user_config: BTreeMap<String, ConfigOption>,
}

#[derive(Deserialize)]
struct Server {
    #[serde(rename = "type")]
    kind: ServerType,
    entry_point: Option<String>,
    mcp_config: Option<McpConfig>,
}

/// Packers write `null` where they have nothing to say.
fn null_as_empty<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl McpbServer {
    /// Reads an MCPB manifest.
    ///
    /// # Errors
    /// What it lacks, as text that completes "its MCPB manifest …".
    pub fn parse(manifest: &[u8]) -> Result<Self, String> {
        let manifest = json(manifest)?;
        if manifest.get("server").is_none() {
            return Err("has no server".into());
        }
        let manifest: Manifest = serde_json::from_value(manifest)
            .map_err(|error| format!("has a server or user_config that is wrong: {error}"))?;
        Ok(McpbServer {
            kind: manifest.server.kind,
            entry_point: manifest.server.entry_point,
            config: manifest.server.mcp_config,
            options: manifest.user_config,
        })
    }

    /// What runs it.
    pub fn kind(&self) -> ServerType {
        self.kind
    }

    /// The options that it asks its user for, by key.
    pub fn options(&self) -> &BTreeMap<String, ConfigOption> {
        &self.options
    }

    /// Its command, arguments and environment on a platform, nothing put in yet. A command or arguments of a platform replace
    /// the general ones; its environment adds to them. The specification does not say so of the environment, and the reference
    /// implementation replaces it whole; to add is our choice, so that a platform need not repeat what holds for all.
    pub(super) fn part(
        &self,
        platform: &str,
    ) -> Result<(String, Vec<String>, Environment), String> {
        let Some(config) = &self.config else {
            let (command, arguments) = self.by_its_entry_point()?;
            return Ok((command, arguments, BTreeMap::new()));
        };
        let general = &config.everywhere;
        let special = config.platform_overrides.get(platform);
        let command = special
            .and_then(|part| part.command.as_ref())
            .or(general.command.as_ref())
            .ok_or("has an mcp_config without a command")?;
        let arguments = special
            .and_then(|part| part.args.as_ref())
            .or(general.args.as_ref());
        let mut environment = general.env.clone();
        environment.extend(special.map(|part| part.env.clone()).unwrap_or_default());
        Ok((
            command.clone(),
            arguments.cloned().unwrap_or_default(),
            environment,
        ))
    }

    /// Where there is no `mcp_config` (a `uv` server needs none), the entry point is run as its type says; it may be a module.
    fn by_its_entry_point(&self) -> Result<(String, Vec<String>), String> {
        let entry_point = self
            .entry_point
            .clone()
            .ok_or("has neither an mcp_config nor an entry_point")?;
        let python = if is_module(&entry_point) {
            vec!["-m".to_owned(), entry_point.clone()]
        } else {
            vec![entry_point.clone()]
        };
        Ok(match self.kind {
            ServerType::Python => ("python3".into(), python),
            ServerType::Uv => ("uv".into(), [vec!["run".to_owned()], python].concat()),
            ServerType::Node => ("node".into(), vec![entry_point]),
            ServerType::Binary => (format!("${{__dirname}}/{entry_point}"), Vec::new()),
        })
    }
}

/// What a server's environment is given besides that of its starter.
pub(super) type Environment = BTreeMap<String, String>;

/// A Python entry point that names a module, not a file.
fn is_module(entry_point: &str) -> bool {
    !entry_point.contains('/') && !entry_point.ends_with(".py")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn server(server: serde_json::Value) -> McpbServer {
        McpbServer::parse(
            json!({"name": "a", "server": server})
                .to_string()
                .as_bytes(),
        )
        .unwrap()
    }

    #[test]
    fn a_platform_replaces_command_and_arguments_and_adds_to_the_environment() {
        let server = server(
            json!({"type": "binary", "entry_point": "bin/a", "mcp_config": {
            "command": "bin/a", "args": ["-x"], "env": {"A": "1", "B": "1"}, "future": 1,
            "platform_overrides": {
                "win32": {"command": "bin/a.exe", "args": []},
                "darwin": {"env": {"B": "2"}}}}}),
        );
        let of = |platform| {
            let (command, arguments, environment) = server.part(platform).unwrap();
            (
                command,
                arguments.join(" "),
                environment.into_values().collect::<Vec<_>>().concat(),
            )
        };
        assert_eq!(of("linux"), ("bin/a".into(), "-x".into(), "11".into()));
        assert_eq!(
            of("win32"),
            ("bin/a.exe".into(), String::new(), "11".into())
        );
        assert_eq!(of("darwin"), ("bin/a".into(), "-x".into(), "12".into()));
    }

    // Seen to fail when these members are read as maps and nothing else.
    #[test]
    fn null_is_as_good_as_nothing() {
        let manifest = json!({"user_config": null, "server": {"type": "node", "entry_point": null,
            "mcp_config": {"command": "node", "args": null, "env": null, "platform_overrides": null}}});
        let server = McpbServer::parse(manifest.to_string().as_bytes()).unwrap();
        assert!(server.options().is_empty());
        let (command, arguments, environment) = server.part("linux").unwrap();
        assert_eq!(
            (&*command, arguments.len(), environment.len()),
            ("node", 0, 0)
        );
    }

    #[test]
    fn without_a_configuration_the_type_and_the_entry_point_say_how() {
        for (kind, entry_point, expected) in [
            ("python", "server/main.py", "python3 server/main.py"),
            ("python", "time_server.main", "python3 -m time_server.main"),
            ("uv", "src/server.py", "uv run src/server.py"),
            ("uv", "time_server", "uv run -m time_server"),
            ("node", "index.js", "node index.js"),
            ("binary", "bin/a", "${__dirname}/bin/a"),
        ] {
            let server = server(json!({"type": kind, "entry_point": entry_point}));
            let (command, arguments, _) = server.part("linux").unwrap();
            assert_eq!([vec![command], arguments].concat().join(" "), expected);
        }
    }

    #[test]
    fn what_is_missing_is_said() {
        for (manifest, problem) in [
            (json!({}), "no server"),
            (json!({"server": {}}), "type"),
            (json!({"server": {"type": "java"}}), "java"),
            (
                json!({"server": {"type": "node", "mcp_config": {"args": 1}}}),
                "wrong",
            ),
            (
                json!({"server": {"type": "node"}, "user_config": {"a": {}}}),
                "type",
            ),
        ] {
            let error = McpbServer::parse(manifest.to_string().as_bytes()).unwrap_err();
            assert!(error.contains(problem), "{error}");
        }
        for incomplete in [
            json!({"type": "node"}),
            json!({"type": "node", "mcp_config": {}}),
        ] {
            assert!(server(incomplete).part("linux").is_err());
        }
    }
}
