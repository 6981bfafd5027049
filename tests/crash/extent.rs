//! How much is run, and with which seed.

use std::time::{Duration, Instant};

use linkstead_crash::dice::{Dice, fresh_seed};

/// How much of a layer is run.
#[derive(Debug, Clone)]
pub(crate) struct Extent {
    /// Where all chance comes from.
    pub(crate) seed: u64,
    size: Size,
}

#[derive(Debug, Clone, Copy)]
enum Size {
    Sample,
    Seconds(u64),
    Full,
}

impl Extent {
    /// As the environment says; a short sample with a fresh seed if it says nothing.
    pub(crate) fn from_environment() -> Self {
        let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
        let size = match number("LINKSTEAD_CRASH_SECONDS") {
            _ if std::env::var("LINKSTEAD_CRASH_FULL").is_ok_and(|v| v == "1") => Size::Full,
            Some(seconds) => Size::Seconds(seconds),
            None => Size::Sample,
        };
        Extent {
            seed: number("LINKSTEAD_CRASH_SEED").unwrap_or_else(fresh_seed),
            size,
        }
    }

    /// Dice for one layer.
    pub(crate) fn dice(&self, layer: u64) -> Dice {
        Dice::new(self.seed).fork(layer)
    }

    /// Whether the full counts are wanted.
    pub(crate) fn is_full(&self) -> bool {
        matches!(self.size, Size::Full)
    }

    /// When a layer that begins now stops that is always run whole, unless it was told how long it may take.
    pub(crate) fn stop_if_told(&self) -> Option<Instant> {
        match self.size {
            Size::Seconds(seconds) => Some(Instant::now() + Duration::from_secs(seconds)),
            Size::Sample | Size::Full => None,
        }
    }

    /// When a layer that begins now stops, if its sample takes `sample` seconds; `None` if it runs to its full count.
    pub(crate) fn stop(&self, sample: u64) -> Option<Instant> {
        let seconds = match self.size {
            Size::Sample => sample,
            Size::Seconds(seconds) => seconds,
            Size::Full => return None,
        };
        Some(Instant::now() + Duration::from_secs(seconds))
    }
}
