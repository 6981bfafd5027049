//! What a user chose for the options of a bundle: from the command line, from files, from the environment, in this order.
//!
//! A secret is not taken from the command line, which every user of the machine can read.

use std::collections::BTreeMap;
use std::path::Path;

use linkstead_store::{ConfigOption, Given};
use serde_json::Value;

use crate::args::ConfigArg;
use crate::environment;
use crate::failure::Failure;

type Options = BTreeMap<String, ConfigOption>;

/// Puts together what was given.
///
/// # Errors
/// A file that cannot be read, a secret on the command line, or a variable that is no text or that two options share.
pub(crate) fn gather(
    options: &Options,
    args: &[ConfigArg],
) -> Result<BTreeMap<String, Given>, Failure> {
    let mut given = from_environment(options)?;
    for arg in args {
        if let ConfigArg::File(file) = arg {
            given.extend(from_file(file)?);
        }
    }
    let mut said: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for arg in args {
        if let ConfigArg::Value(key, value) = arg {
            if options.get(key).is_some_and(|option| option.sensitive) {
                return Err(Failure::Choice(format!(
                    "{key} is sensitive, and a command line can be read by others: give it in a file, or in {}",
                    variable(key)
                )));
            }
            said.entry(key.clone()).or_default().push(value.clone());
        }
    }
    given.extend(
        said.into_iter()
            .map(|(key, values)| (key, Given::Text(values))),
    );
    Ok(given)
}

fn from_environment(options: &Options) -> Result<BTreeMap<String, Given>, Failure> {
    let mut given = BTreeMap::new();
    let mut by_variable: BTreeMap<String, &str> = BTreeMap::new();
    for key in options.keys() {
        let variable = variable(key);
        let Some(text) = environment::option(&variable)? else {
            continue;
        };
        if let Some(other) = by_variable.insert(variable.clone(), key) {
            return Err(Failure::Choice(format!(
                "{variable} could be {other} or {key}: give them in a file"
            )));
        }
        given.insert(key.clone(), Given::Text(vec![text]));
    }
    Ok(given)
}

fn from_file(file: &Path) -> Result<BTreeMap<String, Given>, Failure> {
    let path = file.to_path_buf();
    let bytes = match std::fs::read(file) {
        Ok(bytes) => bytes,
        Err(source) => return Err(Failure::ConfigFile { path, source }),
    };
    let wrong = |problem: String| Failure::ConfigContent { path, problem };
    let value = match serde_json::from_slice(&bytes) {
        Ok(value) => value,
        Err(error) => return Err(wrong(format!("is not JSON: {error}"))),
    };
    let Value::Object(members) = value else {
        return Err(wrong("is no JSON object of options".into()));
    };
    Ok(members
        .into_iter()
        .map(|(key, value)| (key, Given::Json(value)))
        .collect())
}

/// The variable of an option: `LINKSTEAD_CONFIG_` and its key in capitals, with `_` for all but letters and digits.
pub(crate) fn variable(key: &str) -> String {
    let plain = key.chars().map(|c| match c.to_ascii_uppercase() {
        c if c.is_ascii_alphanumeric() => c,
        _ => '_',
    });
    "LINKSTEAD_CONFIG_".chars().chain(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_of_an_option_is_plain() {
        assert_eq!(variable("api_key"), "LINKSTEAD_CONFIG_API_KEY");
        assert_eq!(variable("max-size.mb"), "LINKSTEAD_CONFIG_MAX_SIZE_MB");
        assert_eq!(variable("größe"), "LINKSTEAD_CONFIG_GR__E");
    }
}
