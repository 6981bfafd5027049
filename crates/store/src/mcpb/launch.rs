//! What is to be started for a server: command, arguments and environment, with everything put in. Pure: where things are and
//! what the user chose comes from the caller.

use std::collections::BTreeMap;
use std::path::{MAIN_SEPARATOR, MAIN_SEPARATOR_STR, Path, PathBuf};

use super::config_problem::ConfigProblem;
use super::server::McpbServer;
use super::substitute::{self, Meaning};
use super::user_config::{Given, Setting};

/// The program of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Launch {
    /// The program: a path if it has a separator, from the bundle's directory if that is relative; else looked for in `PATH`.
    pub command: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// What its environment has besides that of its starter.
    pub environment: BTreeMap<String, String>,
}

/// Where things are on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The bundle's directory.
    pub bundle: PathBuf,
    /// What relative paths of the user's are meant from.
    pub here: PathBuf,
    /// The user's home, and what the user has there.
    pub home: Option<PathBuf>,
    /// The user's desktop.
    pub desktop: Option<PathBuf>,
    /// The user's documents.
    pub documents: Option<PathBuf>,
    /// The user's downloads.
    pub downloads: Option<PathBuf>,
}

/// Why a server cannot be started.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LaunchProblem {
    /// The MCPB manifest does not say how.
    #[error("its MCPB manifest {0}")]
    Manifest(String),
    /// It asks for a place whose path is no text.
    #[error("it asks for a path that is not UTF-8: {}", .0.display())]
    Path(PathBuf),
    /// Options that are required have no value.
    #[error("{}", missing(keys))]
    Missing {
        /// All of them.
        keys: Vec<String>,
    },
    /// A value of the user's is wrong.
    #[error("its option {key:?} {problem}")]
    Config {
        /// The option's key.
        key: String,
        /// What is wrong.
        problem: ConfigProblem,
    },
}

fn missing(keys: &[String]) -> String {
    match keys {
        [key] => format!("its option {key:?} is required and has no value"),
        several => {
            let quoted: Vec<_> = several.iter().map(|key| format!("{key:?}")).collect();
            let keys = quoted.join(", ");
            format!("its options {keys} are required and have no values")
        }
    }
}

impl McpbServer {
    /// Puts everything together for this machine. A default satisfies an option that is required: the specification leaves that
    /// open, and this is our choice.
    ///
    /// # Errors
    /// A manifest that does not say how, or a value that is wrong, unknown or missing.
    pub fn launch(
        &self,
        places: &Places,
        given: &BTreeMap<String, Given>,
    ) -> Result<Launch, LaunchProblem> {
        let words = Words {
            settings: self.settings(places, given)?,
            places: named(places),
        };
        let (command, arguments, environment) =
            self.part(platform()).map_err(LaunchProblem::Manifest)?;
        let meaning = |name: &str| words.meaning(name);
        let mut launch = Launch {
            command: substitute::joined(&command, LIST_SEPARATOR, meaning)?,
            arguments: Vec::new(),
            environment: BTreeMap::new(),
        };
        for word in &arguments {
            let put_in = substitute::argument(word, LIST_SEPARATOR, meaning)?;
            launch.arguments.extend(put_in);
        }
        for (name, word) in environment {
            if let Some(value) = substitute::variable(&word, LIST_SEPARATOR, meaning)? {
                launch.environment.insert(name, value);
            }
        }
        Ok(launch)
    }

    fn settings(
        &self,
        places: &Places,
        given: &BTreeMap<String, Given>,
    ) -> Result<BTreeMap<String, Setting>, LaunchProblem> {
        let wrong = |key: &str, problem| LaunchProblem::Config {
            key: key.to_owned(),
            problem,
        };
        if let Some(key) = given.keys().find(|key| !self.options().contains_key(*key)) {
            let options = self.options().keys().cloned().collect();
            return Err(wrong(key, ConfigProblem::Unknown { options }));
        }
        let of_user = named(places);
        let mut settings = BTreeMap::new();
        let mut missing = Vec::new();
        for (key, option) in self.options() {
            let chosen = match given.get(key) {
                Some(given) => option.check(given, &places.here),
                None => Ok(Setting::Unset),
            };
            let setting = match chosen {
                Ok(Setting::Unset) => option.check_default(|text| expanded(text, &of_user)),
                chosen => chosen,
            };
            let setting = setting.map_err(|problem| wrong(key, problem))?;
            if option.required && !setting.is_there() {
                missing.push(key.clone());
            }
            settings.insert(key.clone(), setting);
        }
        if missing.is_empty() {
            Ok(settings)
        } else {
            Err(LaunchProblem::Missing { keys: missing })
        }
    }
}

/// What separates paths in a list of them.
const LIST_SEPARATOR: &str = if MAIN_SEPARATOR == '\\' { ";" } else { ":" };

/// This platform, as the MCPB manifest calls it.
fn platform() -> &'static str {
    match std::env::consts::OS {
        "macos" => "darwin",
        "windows" => "win32",
        other => other,
    }
}

/// The names that stand for places. One that is not known here means nothing.
fn named(places: &Places) -> BTreeMap<&'static str, &Path> {
    let known = [
        ("/", Some(Path::new(MAIN_SEPARATOR_STR))),
        ("pathSeparator", Some(Path::new(MAIN_SEPARATOR_STR))),
        ("__dirname", Some(&*places.bundle)),
        ("HOME", places.home.as_deref()),
        ("DESKTOP", places.desktop.as_deref()),
        ("DOCUMENTS", places.documents.as_deref()),
        ("DOWNLOADS", places.downloads.as_deref()),
    ];
    let known = known.into_iter();
    known
        .filter_map(|(name, place)| Some((name, place?)))
        .collect()
}

/// A default, which may name places and nothing else.
fn expanded(text: &str, places: &BTreeMap<&str, &Path>) -> Result<String, ConfigProblem> {
    let meaning = |name: &str| {
        Ok(match places.get(name) {
            Some(place) => {
                let text = place.to_str();
                Meaning::One(text.ok_or_else(|| ConfigProblem::Path(place.to_path_buf()))?)
            }
            None => Meaning::Unknown,
        })
    };
    substitute::joined(text, LIST_SEPARATOR, meaning)
}

struct Words<'a> {
    settings: BTreeMap<String, Setting>,
    places: BTreeMap<&'static str, &'a Path>,
}

impl Words<'_> {
    fn meaning(&self, name: &str) -> Result<Meaning<'_>, LaunchProblem> {
        if let Some(place) = self.places.get(name) {
            let text = place.to_str();
            return Ok(Meaning::One(
                text.ok_or_else(|| LaunchProblem::Path(place.to_path_buf()))?,
            ));
        }
        let Some(key) = name.strip_prefix("user_config.") else {
            return Ok(Meaning::Unknown);
        };
        match self.settings.get(key) {
            Some(Setting::One(value)) => Ok(Meaning::One(value)),
            Some(Setting::Many(values)) => Ok(Meaning::Many(values)),
            Some(Setting::Unset) => Ok(Meaning::Unset),
            None => Err(LaunchProblem::Manifest(format!(
                "uses the option {key:?}, which it does not declare"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn places() -> Places {
        Places {
            bundle: "/store/a b/1".into(),
            here: "/here".into(),
            home: Some("/home/me".into()),
            desktop: Some("/home/me/Schreibtisch".into()),
            documents: None,
            downloads: None,
        }
    }

    fn launch(manifest: &Value, given: &[(&str, Value)]) -> Result<Launch, LaunchProblem> {
        let server = McpbServer::parse(manifest.to_string().as_bytes()).unwrap();
        let given = given
            .iter()
            .map(|(key, value)| ((*key).to_owned(), Given::Json(value.clone())))
            .collect();
        server.launch(&places(), &given)
    }

    fn full() -> Value {
        json!({
            "server": {"type": "python", "entry_point": "server/main.py", "mcp_config": {
                "command": "python3",
                "args": ["${__dirname}${/}server/main.py", "--db=${user_config.db}", "${user_config.dirs}",
                    "${user_config.mode}", "${DOCUMENTS}"],
                "env": {"KEY": "${user_config.key}", "DIRS": "${user_config.dirs}", "MODE": "${user_config.mode}",
                    "PYTHONPATH": "${__dirname}/lib"}}},
            "user_config": {
                "key": {"type": "string", "sensitive": true, "required": true},
                "db": {"type": "file", "default": "${HOME}/db"},
                "dirs": {"type": "directory", "multiple": true, "default": ["${DESKTOP}", "/srv"]},
                "mode": {"type": "string"}}
        })
    }

    #[test]
    fn places_values_and_defaults_are_put_in() {
        let launch = launch(&full(), &[("key", json!("${HOME}$&"))]).unwrap();
        assert_eq!(launch.command, "python3");
        assert_eq!(
            launch.arguments,
            [
                "/store/a b/1/server/main.py",
                "--db=/home/me/db",
                "/home/me/Schreibtisch",
                "/srv",
                "${DOCUMENTS}"
            ]
        );
        let environment: Vec<_> = launch.environment.into_iter().collect();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            environment,
            [
                pair("DIRS", "/home/me/Schreibtisch:/srv"),
                pair("KEY", "${HOME}$&"),
                pair("PYTHONPATH", "/store/a b/1/lib"),
            ]
        );
    }

    #[test]
    fn what_is_given_takes_the_place_of_defaults() {
        let given = [
            ("key", json!("k")),
            ("db", json!("mine")),
            ("dirs", json!([])),
            ("mode", json!("fast")),
        ];
        let launch = launch(&full(), &given).unwrap();
        assert_eq!(
            launch.arguments[1..],
            ["--db=/here/mine", "fast", "${DOCUMENTS}"]
        );
        assert_eq!(launch.environment["DIRS"], "");
        assert_eq!(launch.environment["MODE"], "fast");
    }

    // Seen to fail when such a place has no meaning, and when the user's path stays relative.
    #[test]
    fn a_path_that_is_no_text_is_named() {
        use std::os::unix::ffi::OsStrExt as _;

        let odd = |path: &[u8]| PathBuf::from(std::ffi::OsStr::from_bytes(path));
        let server = McpbServer::parse(full().to_string().as_bytes()).unwrap();
        let given = |key: &str, value: Value| (key.to_owned(), Given::Json(value));
        let given = BTreeMap::from([given("key", json!("k")), given("db", json!("mine"))]);
        let bundle = Places {
            bundle: odd(b"/caf\xe9"),
            ..places()
        };
        let here = Places {
            here: odd(b"/caf\xe9"),
            ..places()
        };
        let desktop = Places {
            desktop: Some(odd(b"/caf\xe9")),
            ..places()
        };
        for (places, said) in [
            (bundle, "it asks for a path that is not UTF-8: /caf\u{fffd}"),
            (
                here,
                "its option \"db\" means a path that is not UTF-8: /caf\u{fffd}/mine",
            ),
            (
                desktop,
                "its option \"dirs\" means a path that is not UTF-8: /caf\u{fffd}",
            ),
        ] {
            let problem = server.launch(&places, &given).unwrap_err();
            assert_eq!(problem.to_string(), said);
        }
    }

    // Seen to fail when the first option without a value ends the look at the others.
    #[test]
    fn what_is_missing_unknown_or_wrong_is_named() {
        for (given, said) in [
            (vec![], "its option \"key\" is required and has no value"),
            (
                vec![("key", json!(""))],
                "its option \"key\" is required and has no value",
            ),
            (
                vec![("key", json!(1))],
                "its option \"key\" must be text, and is a number",
            ),
            (
                vec![("key", json!("k")), ("made", json!("fast"))],
                "its option \"made\" is no option of this bundle",
            ),
        ] {
            assert_eq!(launch(&full(), &given).unwrap_err().to_string(), said);
        }
        let mut two = full();
        two["user_config"]["mode"]["required"] = json!(true);
        assert_eq!(
            launch(&two, &[]).unwrap_err().to_string(),
            "its options \"key\", \"mode\" are required and have no values"
        );
        let undeclared = json!({"server": {"type": "node", "entry_point": "a.js",
            "mcp_config": {"command": "node", "args": ["${user_config.x}"]}}});
        assert_eq!(
            launch(&undeclared, &[]).unwrap_err().to_string(),
            "its MCPB manifest uses the option \"x\", which it does not declare"
        );
    }
}
