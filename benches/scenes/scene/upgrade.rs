//! The next version of a large bundle, of which two packages differ, beside the one that is installed.

use super::unpackers::unzip;
use crate::Outcome;
use crate::contest::Scene;
use crate::corpus;
use crate::linkstead::Linkstead;

pub(super) fn scene(name: &'static str, linkstead: Linkstead) -> Outcome<Scene> {
    let (before, after) = (corpus::bundle("L")?, corpus::bundle("L-upgrade")?);
    Ok(Scene {
        name,
        peers: vec![unzip(after.clone(), 0.045)],
        ours: Box::new(move |disk| {
            linkstead.install(disk, &before)?;
            disk.settle()?;
            linkstead.install(disk, &after)
        }),
    })
}
