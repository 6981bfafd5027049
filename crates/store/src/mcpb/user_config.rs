//! The options that a bundle asks its user for (`user_config` of the MCPB manifest), and the values that they are given.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

use super::config_problem::ConfigProblem;

/// One option of a bundle. Source: the MCPB specification, MANIFEST.md, "User Configuration".
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct ConfigOption {
    /// What a value of it is.
    #[serde(rename = "type")]
    pub kind: ConfigKind,
    /// What it is called for people.
    #[serde(default)]
    pub title: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// Whether the server cannot start without it.
    #[serde(default)]
    pub required: bool,
    /// Its value where none is given; may name the user's directories.
    #[serde(default)]
    pub default: Option<Value>,
    /// Whether it takes several values.
    #[serde(default)]
    pub multiple: bool,
    /// Whether it is a secret.
    #[serde(default)]
    pub sensitive: bool,
    /// The least number.
    #[serde(default)]
    pub min: Option<f64>,
    /// The greatest number.
    #[serde(default)]
    pub max: Option<f64>,
}

/// What the value of an option is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ConfigKind {
    /// Text.
    String,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// The path of a directory.
    Directory,
    /// The path of a file.
    File,
}

/// A value as it was given, before it is checked.
#[derive(Debug, Clone, PartialEq)]
pub enum Given {
    /// By a file: its type is its own.
    Json(Value),
    /// By the command line or the environment: text that is read as the option's type. Several for an option that takes
    /// several; one that begins with `[` is a JSON list.
    Text(Vec<String>),
}

/// The checked value of an option, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Setting {
    One(String),
    Many(Vec<String>),
    Unset,
}

impl ConfigOption {
    /// Checks what was given. A relative path is meant from `here`, not from where the server runs.
    pub(crate) fn check(&self, given: &Given, here: &Path) -> Result<Setting, ConfigProblem> {
        let setting = match given {
            Given::Json(value) => self.of_json(value)?,
            Given::Text(texts) => self.of_texts(texts)?,
        };
        setting.map(|text| match self.kind {
            ConfigKind::Directory | ConfigKind::File if !text.is_empty() => {
                let path = here.join(&text).into_os_string().into_string();
                path.map_err(|path| ConfigProblem::Path(path.into()))
            }
            _ => Ok(text),
        })
    }

    /// Checks the default; `expand` puts in the user's directories.
    pub(crate) fn check_default(
        &self,
        expand: impl Fn(&str) -> Result<String, ConfigProblem>,
    ) -> Result<Setting, ConfigProblem> {
        let Some(default) = &self.default else {
            return Ok(Setting::Unset);
        };
        match self.of_json(default) {
            Ok(setting) => setting.map(|text| expand(&text)),
            Err(problem) => Err(ConfigProblem::Default(Box::new(problem))),
        }
    }

    fn of_json(&self, value: &Value) -> Result<Setting, ConfigProblem> {
        match value {
            Value::Null => Ok(Setting::Unset),
            Value::Array(values) if self.multiple => {
                let each = values.iter().map(|value| self.one_of_json(value));
                Ok(Setting::Many(each.collect::<Result<_, _>>()?))
            }
            value => Ok(self.single(self.one_of_json(value)?)),
        }
    }

    fn of_texts(&self, texts: &[String]) -> Result<Setting, ConfigProblem> {
        match texts {
            [] => Ok(Setting::Unset),
            [text] if self.multiple && text.starts_with('[') => match serde_json::from_str(text) {
                Ok(list @ Value::Array(_)) => self.of_json(&list),
                _ => Err(ConfigProblem::Type {
                    wanted: "a JSON list",
                    found: "text that begins like one",
                }),
            },
            [text] => Ok(self.single(self.one_of_text(text)?)),
            several if self.multiple => {
                let each = several.iter().map(|text| self.one_of_text(text));
                Ok(Setting::Many(each.collect::<Result<_, _>>()?))
            }
            _ => Err(ConfigProblem::Several),
        }
    }

    fn single(&self, value: String) -> Setting {
        if self.multiple {
            Setting::Many(vec![value])
        } else {
            Setting::One(value)
        }
    }

    fn one_of_json(&self, value: &Value) -> Result<String, ConfigProblem> {
        match (self.kind, value) {
            (ConfigKind::Number, Value::Number(number)) => {
                self.in_range(number.as_f64().unwrap_or(f64::NAN))?;
                Ok(plain(number))
            }
            (ConfigKind::Boolean, Value::Bool(value)) => Ok(value.to_string()),
            (
                ConfigKind::String | ConfigKind::Directory | ConfigKind::File,
                Value::String(text),
            ) => Ok(text.clone()),
            _ => Err(ConfigProblem::Type {
                wanted: self.wanted(),
                found: found(value),
            }),
        }
    }

    fn one_of_text(&self, text: &str) -> Result<String, ConfigProblem> {
        let wrong = ConfigProblem::Type {
            wanted: self.wanted(),
            found: "other text",
        };
        match self.kind {
            ConfigKind::Number => {
                self.in_range(text.trim().parse().map_err(|_| wrong)?)?;
                Ok(text.trim().to_owned())
            }
            ConfigKind::Boolean if !matches!(text, "true" | "false") => Err(wrong),
            _ => Ok(text.to_owned()),
        }
    }

    fn in_range(&self, number: f64) -> Result<(), ConfigProblem> {
        let is_in = number.is_finite()
            && self.min.is_none_or(|min| number >= min)
            && self.max.is_none_or(|max| number <= max);
        if is_in {
            Ok(())
        } else {
            Err(ConfigProblem::Range {
                min: self.min,
                max: self.max,
            })
        }
    }

    fn wanted(&self) -> &'static str {
        match self.kind {
            ConfigKind::String => "text",
            ConfigKind::Number => "a number",
            ConfigKind::Boolean => "true or false",
            ConfigKind::Directory => "the path of a directory",
            ConfigKind::File => "the path of a file",
        }
    }
}

impl Setting {
    /// Whether a server that requires it can start.
    pub(crate) fn is_there(&self) -> bool {
        match self {
            Setting::One(value) => !value.is_empty(),
            Setting::Many(values) => {
                !values.is_empty() && values.iter().all(|value| !value.is_empty())
            }
            Setting::Unset => false,
        }
    }

    fn map(
        self,
        change: impl Fn(String) -> Result<String, ConfigProblem>,
    ) -> Result<Self, ConfigProblem> {
        Ok(match self {
            Setting::One(value) => Setting::One(change(value)?),
            Setting::Many(values) => {
                Setting::Many(values.into_iter().map(change).collect::<Result<_, _>>()?)
            }
            Setting::Unset => Setting::Unset,
        })
    }
}

/// A number as people write it: a whole one has no fraction and no exponent (10, not 10.0; 100, not 1e2).
fn plain(number: &Number) -> String {
    /// From here on digits would be made up; JavaScript draws the line at the same number.
    const DIGITS_END: f64 = 1e21;
    match number.as_f64() {
        Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < DIGITS_END => {
            format!("{float}")
        }
        _ => number.to_string(),
    }
}

fn found(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn option(declared: Value) -> ConfigOption {
        serde_json::from_value(declared).unwrap()
    }

    fn text(option: &ConfigOption, texts: &[&str]) -> Result<Setting, ConfigProblem> {
        let texts = texts.iter().map(|text| (*text).to_owned()).collect();
        option.check(&Given::Text(texts), Path::new("/here"))
    }

    fn json(option: &ConfigOption, value: Value) -> Result<Setting, ConfigProblem> {
        option.check(&Given::Json(value), Path::new("/here"))
    }

    fn one(value: &str) -> Result<Setting, ConfigProblem> {
        Ok(Setting::One(value.into()))
    }

    fn many(values: &[&str]) -> Result<Setting, ConfigProblem> {
        Ok(Setting::Many(values.iter().map(|v| (*v).into()).collect()))
    }

    #[test]
    fn each_type_is_read_from_text_and_from_json() {
        let string = option(json!({"type": "string", "title": "T", "future": 1}));
        assert_eq!(text(&string, &["12"]), one("12"));
        assert_eq!(json(&string, json!("12")), one("12"));
        assert!(json(&string, json!(12)).is_err());
        let number = option(json!({"type": "number", "min": 1, "max": 300}));
        assert_eq!(text(&number, &[" 30 "]), one("30"));
        assert_eq!(json(&number, json!(1.5)), one("1.5"));
        assert!(json(&number, json!("30")).is_err());
        let boolean = option(json!({"type": "boolean"}));
        assert_eq!(text(&boolean, &["true"]), one("true"));
        assert_eq!(json(&boolean, json!(false)), one("false"));
        assert!(text(&boolean, &["yes"]).is_err());
        assert!(json(&boolean, json!("true")).is_err());
    }

    #[test]
    fn numbers_have_their_limits() {
        let number = option(json!({"type": "number", "min": 1, "max": 300}));
        for wrong in ["0", "301", "NaN", "inf", "1e999"] {
            let problem = text(&number, &[wrong]).unwrap_err();
            assert_eq!(
                problem.to_string(),
                "must be a number from 1 to 300",
                "{wrong}"
            );
        }
        let problem = text(&number, &["many"]).unwrap_err();
        assert_eq!(problem.to_string(), "must be a number, and is other text");
    }

    // Seen to fail when a number is printed as JSON has it.
    #[test]
    fn a_whole_number_is_printed_as_one() {
        let number = option(json!({"type": "number"}));
        for (written, printed) in [
            ("10.0", "10"),
            ("1e2", "100"),
            ("-3.0", "-3"),
            ("1.5", "1.5"),
            ("18446744073709551615", "18446744073709551615"),
            ("1e300", "1e+300"),
        ] {
            let value = serde_json::from_str(written).unwrap();
            assert_eq!(json(&number, value), one(printed), "{written}");
        }
    }

    #[test]
    fn paths_are_meant_from_where_the_user_is() {
        let file = option(json!({"type": "file"}));
        assert_eq!(text(&file, &["a/b"]), one("/here/a/b"));
        assert_eq!(text(&file, &["/a"]), one("/a"));
        let directories = option(json!({"type": "directory", "multiple": true}));
        assert_eq!(
            json(&directories, json!(["a", "/b"])),
            many(&["/here/a", "/b"])
        );
        assert_eq!(json(&directories, json!("a")), many(&["/here/a"]));
    }

    #[test]
    fn several_values_are_for_options_that_take_several() {
        let several = option(json!({"type": "string", "multiple": true}));
        assert_eq!(text(&several, &["a", "b"]), many(&["a", "b"]));
        assert_eq!(text(&several, &["a"]), many(&["a"]));
        assert_eq!(text(&several, &[r#"["a","[b"]"#]), many(&["a", "[b"]));
        assert!(text(&several, &["[a"]).is_err());
        let single = option(json!({"type": "string"}));
        assert_eq!(text(&single, &["a", "b"]), Err(ConfigProblem::Several));
        assert_eq!(text(&single, &["[a"]), one("[a"));
        assert!(json(&single, json!(["a"])).is_err());
    }

    #[test]
    fn a_default_may_name_the_users_directories_and_must_be_of_its_type() {
        let expand = |text: &str| Ok(text.replace("${HOME}", "/home/me"));
        let option_ = option(json!({"type": "directory", "multiple": true,
            "default": ["${HOME}/Desktop", "rel"]}));
        assert_eq!(
            option_.check_default(expand),
            many(&["/home/me/Desktop", "rel"])
        );
        let wrong = option(json!({"type": "number", "default": "ten"}));
        let problem = wrong.check_default(expand).unwrap_err().to_string();
        assert!(
            problem.contains("default in the MCPB manifest"),
            "{problem}"
        );
    }

    #[test]
    fn nothing_and_empty_values_do_not_satisfy_a_requirement() {
        let string = option(json!({"type": "string"}));
        for nothing in [json!(null), json!("")] {
            assert!(!json(&string, nothing).unwrap().is_there());
        }
        let several = option(json!({"type": "string", "multiple": true}));
        for nothing in [json!([]), json!(["a", ""])] {
            assert!(!json(&several, nothing).unwrap().is_there());
        }
        assert!(json(&several, json!(["a"])).unwrap().is_there());
    }
}
