//! What a run of the command left: output and exit code.

use std::path::PathBuf;
use std::process::Output;

use serde_json::Value;

/// The output and exit code of one run.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    code: Option<i32>,
    command: String,
}

impl Outcome {
    pub(crate) fn new(command: String, output: Output) -> Self {
        Outcome {
            stdout: String::from_utf8(output.stdout).expect("standard output is UTF-8 here"),
            stderr: String::from_utf8(output.stderr).expect("standard error is UTF-8 here"),
            code: output.status.code(),
            command,
        }
    }

    /// Asserts the exit code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}: {self:#?}", self.command);
        self
    }

    /// Asserts that it succeeded.
    #[track_caller]
    pub(crate) fn succeeds(self) -> Self {
        self.exits(0)
    }

    /// Asserts a failed operation: exit code 1, nothing on standard output, and an error that says all of this.
    #[track_caller]
    pub(crate) fn fails_saying(self, words: &[&str]) -> Self {
        let outcome = self.exits(1);
        assert!(outcome.stderr.starts_with("error: "), "{outcome:#?}");
        assert_eq!(outcome.stdout, "", "{outcome:#?}");
        for word in words {
            assert!(outcome.stderr.contains(word), "no {word:?} in {outcome:#?}");
        }
        outcome
    }

    /// Standard output as one directory, and nothing else.
    #[track_caller]
    pub(crate) fn directory(&self) -> PathBuf {
        let line = self.stdout.strip_suffix('\n').expect("a whole line");
        assert!(!line.contains('\n'), "{self:#?}");
        let directory = PathBuf::from(line);
        assert!(directory.is_absolute() && directory.is_dir(), "{self:#?}");
        directory
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }

    /// Standard error as the one JSON object of a failure.
    #[track_caller]
    pub(crate) fn json_failure(&self) -> Value {
        assert_eq!(self.stdout, "", "{self:#?}");
        let failure: Value =
            serde_json::from_str(&self.stderr).unwrap_or_else(|error| panic!("{error}: {self:#?}"));
        let mut members: Vec<_> = failure.as_object().expect("an object").keys().collect();
        members.sort();
        assert_eq!(
            members,
            ["entry", "hint", "kind", "message", "path", "retryable"]
        );
        failure
    }
}
