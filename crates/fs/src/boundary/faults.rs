//! The watched door: one interceptor for the whole process.

use std::io;
use std::sync::{Arc, PoisonError, RwLock};

use super::Call;

/// Watches and decides every call. Calls come from several threads at once.
pub trait Interceptor: Send + Sync {
    /// Asked before the call. It may also end the process, which is how a crash is made.
    fn before(&self, call: &Call<'_>) -> Verdict;

    /// Told after the call.
    fn after(&self, call: &Call<'_>, outcome: &Outcome) {
        let _ = (call, outcome);
    }
}

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is made.
    Proceed,
    /// It is not made and fails with this error number.
    Fail(i32),
    /// It is not made and succeeds. For operations that hand a file back this means [`Verdict::Proceed`];
    /// a skipped lock is believed to be held.
    Skip,
    /// Only the first `length` bytes of a write are written, then it fails with `errno`. For other operations this means
    /// [`Verdict::Fail`].
    CutShort {
        /// Bytes that are written.
        length: usize,
        /// Error number of the rest.
        errno: i32,
    },
}

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was made.
    Done,
    /// It was skipped.
    Skipped,
    /// It failed, by itself or by the interceptor, with this error number if there was one.
    Failed(Option<i32>),
}

static INTERCEPTOR: RwLock<Option<Arc<dyn Interceptor>>> = RwLock::new(None);

/// Ends the watch when dropped.
#[must_use]
#[derive(Debug)]
pub struct Interception {
    _private: (),
}

impl Drop for Interception {
    fn drop(&mut self) {
        *INTERCEPTOR.write().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Lets `interceptor` watch every call of this process until the returned guard is dropped; it replaces an earlier one.
pub fn intercept(interceptor: Box<dyn Interceptor>) -> Interception {
    *INTERCEPTOR.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::from(interceptor));
    Interception { _private: () }
}

/// The lock is not kept during a call: an interceptor may block a thread for as long as it likes.
fn watcher() -> Option<Arc<dyn Interceptor>> {
    INTERCEPTOR
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
}

fn told<T>(watcher: &dyn Interceptor, call: &Call<'_>, result: io::Result<T>) -> io::Result<T> {
    let outcome = match &result {
        Ok(_) => Outcome::Done,
        Err(error) => Outcome::Failed(error.raw_os_error()),
    };
    watcher.after(call, &outcome);
    result
}

pub(super) fn pass(call: &Call<'_>, act: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
    let Some(watcher) = watcher() else {
        return act();
    };
    let result = match watcher.before(call) {
        Verdict::Proceed => act(),
        Verdict::Fail(errno) | Verdict::CutShort { errno, .. } => {
            Err(io::Error::from_raw_os_error(errno))
        }
        Verdict::Skip => {
            watcher.after(call, &Outcome::Skipped);
            return Ok(());
        }
    };
    told(&*watcher, call, result)
}

pub(super) fn pass_for<T>(call: &Call<'_>, act: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    let Some(watcher) = watcher() else {
        return act();
    };
    let result = match watcher.before(call) {
        Verdict::Proceed | Verdict::Skip => act(),
        Verdict::Fail(errno) | Verdict::CutShort { errno, .. } => {
            Err(io::Error::from_raw_os_error(errno))
        }
    };
    told(&*watcher, call, result)
}

pub(super) fn pass_believing<T>(
    call: &Call<'_>,
    believed: impl FnOnce() -> T,
    act: impl FnOnce() -> io::Result<T>,
) -> io::Result<T> {
    let Some(watcher) = watcher() else {
        return act();
    };
    let result = match watcher.before(call) {
        Verdict::Proceed => act(),
        Verdict::Fail(errno) | Verdict::CutShort { errno, .. } => {
            Err(io::Error::from_raw_os_error(errno))
        }
        Verdict::Skip => {
            watcher.after(call, &Outcome::Skipped);
            return Ok(believed());
        }
    };
    told(&*watcher, call, result)
}

/// A look that changes nothing: it can be left out, and nothing else can befall it.
pub(super) fn is_skipped(call: &Call<'_>) -> bool {
    let Some(watcher) = watcher() else {
        return false;
    };
    let is_skipped = watcher.before(call) == Verdict::Skip;
    let outcome = if is_skipped {
        Outcome::Skipped
    } else {
        Outcome::Done
    };
    watcher.after(call, &outcome);
    is_skipped
}

pub(super) fn pass_write(
    call: &Call<'_>,
    data: &[u8],
    act: impl FnOnce(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let Some(watcher) = watcher() else {
        return act(data);
    };
    let result = match watcher.before(call) {
        Verdict::Proceed => act(data),
        Verdict::Fail(errno) => Err(io::Error::from_raw_os_error(errno)),
        Verdict::CutShort { length, errno } => act(&data[..length.min(data.len())])
            .and_then(|()| Err(io::Error::from_raw_os_error(errno))),
        Verdict::Skip => {
            watcher.after(call, &Outcome::Skipped);
            return Ok(());
        }
    };
    told(&*watcher, call, result)
}
