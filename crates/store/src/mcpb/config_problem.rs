//! What may be wrong with the value of an option, as words that complete "its option … ".

use std::path::PathBuf;

/// What is wrong with the value of an option.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigProblem {
    /// There is no such option.
    #[error("is no option of this bundle")]
    Unknown {
        /// Those that there are.
        options: Vec<String>,
    },
    /// It is of another type.
    #[error("must be {wanted}, and is {found}")]
    Type {
        /// Such as "a number".
        wanted: &'static str,
        /// Such as "a list".
        found: &'static str,
    },
    /// The number is too small or too large.
    #[error("must be a number {}", range(*min, *max))]
    Range {
        /// The least number.
        min: Option<f64>,
        /// The greatest number.
        max: Option<f64>,
    },
    /// It has several values and takes one.
    #[error("takes one value, and has several")]
    Several,
    /// It means a path that is no text, which no argument could be put together with.
    #[error("means a path that is not UTF-8: {}", .0.display())]
    Path(PathBuf),
    /// The bundle's own default is not of the option's type.
    #[error("has a default in the MCPB manifest that is wrong: {0}")]
    Default(Box<ConfigProblem>),
}

fn range(min: Option<f64>, max: Option<f64>) -> String {
    match (min, max) {
        (Some(min), Some(max)) => format!("from {min} to {max}"),
        (Some(min), None) => format!("of at least {min}"),
        (None, Some(max)) => format!("of at most {max}"),
        (None, None) => "that is finite".into(),
    }
}
