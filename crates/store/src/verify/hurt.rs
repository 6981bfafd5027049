//! Whom a defect hurts: a bundle, or a checkout of one.

use std::fmt;
use std::path::PathBuf;

use linkstead_format::{Checkout, LayoutKind};
use serde::Serialize;

/// A file that a defect hurts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Harm {
    /// Whose it is.
    #[serde(flatten)]
    pub hurt: Hurt,
    /// The path within the bundle; empty for the whole bundle.
    pub path: String,
}

/// A bundle or a checkout.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Hurt {
    /// An installed bundle.
    Bundle {
        /// `name@version`.
        bundle: String,
    },
    /// A directory outside the store.
    Checkout(HurtCheckout),
}

/// A checkout, as it must be made again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct HurtCheckout {
    /// Its directory, absolute.
    pub checkout: PathBuf,
    /// The bundle that it was made from, `name@version`; it may have been removed since.
    pub of: String,
    /// How its files relate to objects.
    pub layout: LayoutKind,
}

impl Hurt {
    pub(super) fn bundle(label: &str) -> Self {
        Hurt::Bundle {
            bundle: label.to_owned(),
        }
    }

    pub(super) fn checkout(checkout: &Checkout) -> Self {
        Hurt::Checkout(HurtCheckout {
            checkout: PathBuf::from(&checkout.path),
            of: format!("{}@{}", checkout.name, checkout.version),
            layout: checkout.layout.kind,
        })
    }
}

impl fmt::Display for Hurt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Hurt::Bundle { bundle } => f.write_str(bundle),
            Hurt::Checkout(HurtCheckout { checkout, of, .. }) => {
                write!(f, "{of} in {}", checkout.display())
            }
        }
    }
}
