//! What nobody should miss, as lines for people: notices, and waits for locks.

use std::io::Write;

use linkstead_store::{Event, Observer};

use crate::color::Paint;
use crate::notice;
use crate::table::printable;

/// A wait is told at once, then now and then.
const AGAIN_AFTER_SECONDS: u64 = 10;

/// Prints notices and waits on standard error.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sentences {
    paint: Paint,
}

impl Sentences {
    /// Sentences that begin with a painted word.
    pub(crate) fn new(paint: Paint) -> Self {
        Sentences { paint }
    }

    /// Prints one line, in which names and paths may be as others wrote them.
    pub(crate) fn say(self, text: &str) {
        let line = format!("{} {}\n", self.paint.note("note:"), printable(text));
        let _ = std::io::stderr().lock().write_all(line.as_bytes());
    }
}

impl Observer for Sentences {
    fn event(&self, event: &Event) {
        match event {
            Event::Notice { notice } => self.say(&notice::sentence(notice)),
            Event::Waiting {
                lock,
                seconds,
                holders,
            } if *seconds <= 1 || seconds % AGAIN_AFTER_SECONDS == 0 => {
                self.say(&notice::waiting(lock, *seconds, holders));
            }
            _ => {}
        }
    }
}
