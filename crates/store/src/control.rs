//! How long an operation may take and how it is stopped.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};

/// Stops an operation from another thread. Clones share one state.
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// Asks the operation to stop; honoured until its commit window opens.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether [`cancel`](Self::cancel) was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The patience of an operation: cancel token, deadline and the longest wait for a lock.
#[derive(Debug, Clone)]
pub struct Control {
    /// Stops the operation when asked.
    pub cancel: CancelToken,
    /// The operation stops at this moment if its commit window has not opened.
    pub deadline: Option<Instant>,
    /// The longest wait for one lock. Default: 5 minutes.
    pub lock_timeout: Duration,
}

impl Default for Control {
    fn default() -> Self {
        Control {
            cancel: CancelToken::default(),
            deadline: None,
            lock_timeout: Duration::from_secs(300),
        }
    }
}

impl Control {
    /// Fails if the operation was cancelled or is over its deadline.
    pub(crate) fn check(&self) -> Result<()> {
        if self.cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        match self.deadline {
            Some(deadline) if Instant::now() >= deadline => Err(Error::DeadlineExceeded),
            _ => Ok(()),
        }
    }

    /// The moment at which a wait for a lock that begins now ends, if it ends.
    pub(crate) fn lock_deadline(&self) -> Option<Instant> {
        let patience = Instant::now().checked_add(self.lock_timeout);
        match (self.deadline, patience) {
            (Some(deadline), Some(patience)) => Some(deadline.min(patience)),
            (one, other) => one.or(other),
        }
    }
}
