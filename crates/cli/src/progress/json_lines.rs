//! Every event as one JSON object on one line of standard error.

use std::io::Write;

use linkstead_store::{Event, Observer};

/// Prints all events.
#[derive(Debug, Clone, Copy)]
pub(crate) struct JsonLines;

impl Observer for JsonLines {
    fn event(&self, event: &Event) {
        if let Ok(mut line) = serde_json::to_string(event) {
            line.push('\n');
            // A reader that went away must not stop an install.
            let _ = std::io::stderr().lock().write_all(line.as_bytes());
        }
    }
}
