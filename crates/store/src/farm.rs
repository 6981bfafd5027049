//! Making a bundle's directory, a farm of links: in staging, beside a checkout, or one file of it anew.

mod counts;
mod fresh;
mod make_tree;
mod object_copy;
mod place;
mod room;
mod shelves;
mod sync;

pub(crate) use counts::Counts;
pub(crate) use fresh::Fresh;
pub(crate) use make_tree::{DIRECTORY_MODE, Making, directories_above};
pub(crate) use object_copy::copy_hashed;
pub(crate) use place::{Placed, Placer, Seals, Spot};
pub(crate) use room::{Clones, Room, Shape};
pub(crate) use shelves::Shelves;
pub(crate) use sync::{FEW, sync_paths};
