//! `ostree checkout -H`: the store of content that systems are deployed from. It links what it has, and syncs nothing here.

use std::path::PathBuf;
use std::process::Command;

use crate::contest::{Peer, Run, Target};
use crate::disk::Disk;
use crate::timing::{run, time};

/// A checkout of what an archive holds, which was committed before.
pub(crate) fn checkout(archive: PathBuf, most: f64) -> Peer {
    let programs = super::from_debian("ostree", "ostree").and_then(|ostree| {
        let unzip = super::unzip()?;
        Ok((ostree, unzip))
    });
    let run = programs.map(|(ostree, unzip)| {
        Box::new(move |disk: &Disk| {
            let tree = disk.path("unpacked");
            run(Command::new(&unzip)
                .arg("-q")
                .arg(&archive)
                .arg("-d")
                .arg(&tree))?;
            let ostree = |words: &[&str]| {
                let mut command = Command::new(&ostree);
                command.args(words).arg("--repo").arg(disk.path("repo"));
                command
            };
            run(&mut ostree(&["init", "--mode", "bare-user-only"]))?;
            run(ostree(&["commit", "--branch", "bundle", "--canonical-permissions"]).arg(&tree))?;
            disk.settle()?;
            time(
                ostree(&["checkout", "--user-mode", "--require-hardlinks", "bundle"])
                    .arg(disk.path("copy")),
            )
        }) as Run
    });
    Peer {
        name: "ostree checkout -H".into(),
        target: Target::Ratio(most),
        run,
    }
}
