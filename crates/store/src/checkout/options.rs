//! What a caller may choose about a checkout.

use std::path::PathBuf;

use crate::control::Control;
use crate::options::LinkMode;

/// How a bundle is checked out.
#[derive(Debug, Clone, Default)]
pub struct CheckoutOptions {
    /// Patience.
    pub control: Control,
    /// How files get into the directory. [`LinkMode::Auto`] makes it as the bundle's own directory is: linked or isolated.
    pub link_mode: LinkMode,
    /// What may go to make room for it.
    pub displace: Displace,
    /// Directories that must not go, with or without the rest: a checkout at or above one of them is refused. The user's home,
    /// say.
    pub protected: Vec<PathBuf>,
}

/// What a checkout may displace.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Displace {
    /// An earlier checkout of this store, if nothing was put into it.
    #[default]
    Own,
    /// The same; what was put into it is in the new directory too.
    OwnKeepingExtra,
    /// Whatever is there, with all that is in it.
    Anything,
}

/// How a checkout is forgotten.
#[derive(Debug, Clone, Default)]
pub struct ForgetOptions {
    /// Patience.
    pub control: Control,
}
