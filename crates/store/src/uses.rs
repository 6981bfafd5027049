//! The last use of a bundle, as its stamp tells it (store-format.md, section 10). Who uses one touches the stamp:
//! [`Store::touch_use`].

use std::time::Duration;

use jiff::Timestamp;
use linkstead_format::{BundleKey, Receipt};
use linkstead_fs::stat::{self, Mtime};
use serde::Serialize;

use crate::error::Result;
use crate::store::Store;

/// A stamp may lie so far ahead of the clock without anybody having moved that: file systems have clocks of their own.
const SLACK: Duration = Duration::from_secs(60);

/// When a bundle was last used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LastUse {
    /// RFC 3339, in UTC.
    pub at: String,
    /// What says so.
    pub told_by: UseSource,
}

/// What tells when a bundle was last used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum UseSource {
    /// Its use stamp.
    Stamp,
    /// Its receipt: it was never used since it was installed, or nobody could say so.
    Install,
    /// Either of them, but it lies in the future: a clock jumped. It counts as used now.
    Future,
}

/// The same, as a gc reckons with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Used {
    at: Timestamp,
    source: UseSource,
    /// How long ago that is; nothing, if it lies in the future.
    pub(crate) unused_for: Duration,
}

impl Used {
    fn new(at: Timestamp, source: UseSource, now: Timestamp) -> Self {
        let ahead = Duration::try_from(at.duration_since(now)).unwrap_or_default();
        Used {
            at,
            source: if ahead > SLACK {
                UseSource::Future
            } else {
                source
            },
            unused_for: Duration::try_from(now.duration_since(at)).unwrap_or_default(),
        }
    }

    /// Whether a clock jumped.
    pub(crate) fn lies_in_future(&self) -> bool {
        self.source == UseSource::Future
    }

    pub(crate) fn told(&self) -> LastUse {
        LastUse {
            at: self.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            told_by: self.source,
        }
    }
}

/// What the stamp of a bundle says as it stands; `None` where there is none. Two that differ tell of a use in between.
pub(crate) fn stamp(store: &Store, key: &BundleKey) -> Result<Option<Mtime>> {
    let stamp = store.path(key.use_stamp());
    Ok(stat::stat(&stamp)?.map(|found| found.mtime))
}

/// The last use by stamp and receipt; `None` if neither says anything.
pub(crate) fn last(
    stamp: Option<Mtime>,
    receipt: Option<&Receipt>,
    now: Timestamp,
) -> Option<Used> {
    if let Some(stamp) = stamp {
        let at = Timestamp::new(stamp.seconds, i32::try_from(stamp.nanos).unwrap_or(0));
        let out_of_range = match stamp.seconds {
            ..0 => Timestamp::MIN,
            _ => Timestamp::MAX,
        };
        return Some(Used::new(at.unwrap_or(out_of_range), UseSource::Stamp, now));
    }
    let installed = receipt?.installed.parse().ok()?;
    Some(Used::new(installed, UseSource::Install, now))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::new(1_800_000_000, 0).expect("a moment")
    }

    fn stamped(seconds: i64) -> Used {
        last(Some(Mtime { seconds, nanos: 0 }), None, now()).expect("a stamp says it")
    }

    // Seen to fail when `Used::new` takes the distance to the stamp, whichever way, for its age.
    #[test]
    fn a_stamp_in_the_future_counts_as_used_now_and_is_told() {
        let day = 24 * 3600;
        let ahead = stamped(1_800_000_000 + 400 * day);
        assert_eq!(ahead.unused_for, Duration::ZERO);
        assert_eq!(ahead.told().told_by, UseSource::Future);
        let old = stamped(1_800_000_000 - day);
        assert_eq!(old.unused_for, Duration::from_secs(day as u64));
        assert_eq!(old.told().told_by, UseSource::Stamp);
        assert_eq!(old.told().at, "2027-01-14T08:00:00Z");
        // The clock of a file system may be a little ahead.
        assert!(!stamped(1_800_000_001).lies_in_future());
        // What no calendar has is still on one side of now.
        assert!(stamped(i64::MAX).lies_in_future());
        assert!(stamped(i64::MIN).unused_for > Duration::from_secs(1_800_000_000));
    }
}
