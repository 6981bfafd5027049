//! The one door through which every change to the disk passes.
//!
//! Each operation that changes something, each acquisition of a lock, and each second look at what may have changed before a lock
//! was held, is a [`Call`]: what, where, with which data, and from which [`Site`]. In a release the door is a plain function
//! call. With the feature `faults` an `Interceptor` sees every call before and after it and decides what becomes of it, so that
//! tests can
//!
//! - record the calls and replay any part of them in any order that a power cut allows,
//! - stop the process before or after the n-th call,
//! - make a call fail as a full or broken disk would, or cut a write short,
//! - skip a sync, a rename, a lock or a second look, to prove that some test notices (a mutant).
//!
//! [`Op::WATCHED`] lists what can pass. The location of a site is that of the caller outside this crate, so a recorded run
//! enumerates the places of the engine that change the disk.

use std::fmt;
use std::io;
use std::panic::Location;
use std::path::Path;

use crate::error::{FsError, Op, Result};
use crate::stat::Mtime;

/// A place in the program that changes the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Site {
    /// The function of this crate, such as `replace_file`.
    pub function: &'static str,
    /// Where that function was called.
    pub location: &'static Location<'static>,
}

impl Site {
    /// The site of the caller of the function that this is called in; that function must be `#[track_caller]`.
    #[track_caller]
    pub(crate) fn of(function: &'static str) -> Self {
        Site {
            function,
            location: Location::caller(),
        }
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} at {}:{}",
            self.function,
            self.location.file(),
            self.location.line()
        )
    }
}

/// What a call brings along: enough to do it again elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Payload<'a> {
    /// Nothing.
    None,
    /// Bytes for a place in a file.
    Bytes {
        /// Where they go, in bytes from the start.
        offset: u64,
        /// The bytes.
        data: &'a [u8],
    },
    /// Permission bits.
    Mode(u32),
    /// A modification time; `None` means now.
    Mtime(Option<Mtime>),
    /// A length in bytes.
    Length(u64),
    /// The rename replaces nothing: the system is asked for that.
    NoReplace,
}

/// One change that is about to be made.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Call<'a> {
    /// What is done.
    pub op: Op,
    /// To which path; of links, clones and renames, the path it comes from; of a symbolic link, its target.
    pub path: &'a Path,
    /// Where a link, a clone or a rename goes.
    pub second_path: Option<&'a Path>,
    /// With what.
    pub payload: Payload<'a>,
    /// From where.
    pub site: Site,
}

impl<'a> Call<'a> {
    pub(crate) fn new(op: Op, path: &'a Path, site: Site) -> Self {
        Call {
            op,
            path,
            second_path: None,
            payload: Payload::None,
            site,
        }
    }

    pub(crate) fn between(op: Op, from: &'a Path, to: &'a Path, site: Site) -> Self {
        Call {
            second_path: Some(to),
            ..Call::new(op, from, site)
        }
    }

    pub(crate) fn with(self, payload: Payload<'a>) -> Self {
        Call { payload, ..self }
    }

    /// The error of this call.
    pub(crate) fn failed(&self, source: io::Error) -> FsError {
        match self.second_path {
            Some(second_path) => FsError::between(self.op, self.path, second_path, source),
            None => FsError::new(self.op, self.path, source),
        }
    }

    /// Passes the door with an operation that can be skipped.
    pub(crate) fn pass(&self, act: impl FnOnce() -> io::Result<()>) -> Result<()> {
        self.try_pass(act).map_err(|error| self.failed(error))
    }

    /// Passes the door with an operation whose result is needed, so that it cannot be skipped.
    pub(crate) fn pass_for<T>(&self, act: impl FnOnce() -> io::Result<T>) -> Result<T> {
        self.try_pass_for(act).map_err(|error| self.failed(error))
    }

    /// Passes the door with a lock or a look at one. If it is skipped, this is what the caller believes.
    pub(crate) fn pass_believing<T>(
        &self,
        believed: impl FnOnce() -> T,
        act: impl FnOnce() -> io::Result<T>,
    ) -> Result<T> {
        door::pass_believing(self, believed, act).map_err(|error| self.failed(error))
    }

    /// As [`Call::pass`], for callers that make outcomes of some errors.
    pub(crate) fn try_pass(&self, act: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        door::pass(self, act)
    }

    /// As [`Call::pass_for`], for callers that make outcomes of some errors.
    pub(crate) fn try_pass_for<T>(&self, act: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        door::pass_for(self, act)
    }

    /// Passes the door with a write of `data`, of which a part may be written.
    pub(crate) fn try_pass_write(
        &self,
        data: &[u8],
        act: impl FnOnce(&[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        door::pass_write(self, data, act)
    }
}

/// Looks again, now that a lock is held, at what was seen without it; `believed` is what a caller would go on with that did not
/// look.
///
/// # Errors
/// Those of `look`.
#[track_caller]
pub fn look_again<T, E>(
    path: &Path,
    believed: impl FnOnce() -> T,
    look: impl FnOnce() -> std::result::Result<T, E>,
) -> std::result::Result<T, E> {
    let call = Call::new(Op::LookAgain, path, Site::of("look_again"));
    if door::is_skipped(&call) {
        return Ok(believed());
    }
    look()
}

#[cfg(feature = "faults")]
pub use faults::{Interception, Interceptor, Outcome, Verdict, intercept};

#[cfg(feature = "faults")]
use faults as door;

#[cfg(not(feature = "faults"))]
mod door {
    //! Nobody watches.

    use std::io;

    use super::Call;

    #[inline(always)]
    pub(super) fn pass(_: &Call<'_>, act: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        act()
    }

    #[inline(always)]
    pub(super) fn pass_for<T>(_: &Call<'_>, act: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        act()
    }

    #[inline(always)]
    pub(super) fn pass_believing<T>(
        _: &Call<'_>,
        _: impl FnOnce() -> T,
        act: impl FnOnce() -> io::Result<T>,
    ) -> io::Result<T> {
        act()
    }

    #[inline(always)]
    pub(super) fn is_skipped(_: &Call<'_>) -> bool {
        false
    }

    #[inline(always)]
    pub(super) fn pass_write(
        _: &Call<'_>,
        data: &[u8],
        act: impl FnOnce(&[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        act(data)
    }
}

#[cfg(feature = "faults")]
mod faults;

#[cfg(all(feature = "faults", target_os = "linux"))]
pub mod shutdown;
