//! `du`: what each bundle takes, what sharing saves, and who shares what with whom. From receipts and trees: no file of a bundle
//! is looked at. Sizes are bytes of content, of the files of the trees.
//!
//! A file is *shared* if another bundle links its object too, and *unique* otherwise.
//!
//! | module | what |
//! |---|---|
//! | `contents` | reading what each installed bundle holds |
//! | `bundles` | what each takes, and all together |
//! | `sharing` | what one bundle shares with the others |
//! | `pairs` | which bundles share how much |
//! | `largest` | the largest files and who uses them |

mod bundles;
mod contents;
mod largest;
mod pairs;
mod sharing;

use linkstead_format::{BundleName, Version};
use serde::Serialize;

pub use bundles::{BundleUsage, StoreUsage, Usage};
pub use largest::{ObjectUsage, ObjectUser};
pub use pairs::SharingPair;
pub use sharing::{SharedWith, Sharing};

/// An installed bundle, as it is counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct CountedBundle {
    /// Its name.
    pub name: BundleName,
    /// Its version.
    pub version: Version,
}
