//! Tests of the command line: the real binary, on stores of its own, judged by what it prints, its exit code, and the disk.
//!
//! | module | what |
//! |---|---|
//! | `world` | a directory and a command: the helper of all tests |
//! | `archives` | archives to install, good ones and bad ones |
//! | `outcome` | what a run of the command left: output and exit code |
//! | `install` | the first install, the second, and what its options do |
//! | `use_version` | `use` and `install --no-activate` |
//! | `diff` | what changed between two bundles, and the nearest names |
//! | `doctor` | a look at a store in whatever state |
//! | `exec` | a command in the place of linkstead |
//! | `leases` | who holds what |
//! | `run` | the bundle's own server, and what its user chose |
//! | `pins` | `pin` and `unpin` |
//! | `resolve` | `path`, `list`, `info`, `dir` |
//! | `remove` | `remove`, and `gc` without a policy |
//! | `gc` | `gc` with policies |
//! | `verify` | findings, extra files |
//! | `sharing` | what `du` says of two bundles that share content |
//! | `bad_archive` | each way in which an archive is refused |
//! | `bad_store` | a file, a newer format, another directory, another owner |
//! | `full_disk` | no space left |
//! | `changing_archive` | an archive that is written to while it is read |
//! | `checkout` | a directory outside the store, and `install --to` |
//! | `check` | the verdict without a store |
//! | `waiting` | held locks |
//! | `json` | `--json` and `--progress json` of every command |
//! | `help` | the help texts |
//! | `generate` | completions and manual pages |
//! | `usage` | wrong usage |
//! | `terminal` | closed pipes, colors, quiet and verbose |
//! | `pty` | what is drawn on a terminal, and how wide |
//! | `transcript` | whole sessions, as people see them |

// Tests prepare and damage files on purpose; no promise hangs on their syncs.
#![allow(clippy::disallowed_methods)]

mod archives;
mod bad_archive;
mod bad_store;
mod changing_archive;
mod check;
mod checkout;
mod diff;
mod doctor;
mod exec;
mod full_disk;
mod gc;
mod generate;
mod help;
mod install;
mod json;
mod leases;
mod outcome;
mod pins;
mod pty;
mod remove;
mod resolve;
mod run;
mod sharing;
mod terminal;
mod transcript;
mod usage;
mod use_version;
mod verify;
mod waiting;
mod world;

/// A module file that is not in the list above would never run.
#[test]
fn every_file_is_a_module() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cli");
    let list = include_str!("main.rs");
    for entry in folder
        .read_dir()
        .expect("the folder of these tests is there")
    {
        let name = entry.expect("it can be listed").file_name();
        let name = name.to_string_lossy();
        if let Some(module) = name.strip_suffix(".rs")
            && module != "main"
        {
            assert!(
                list.contains(&format!("\nmod {module};\n")),
                "{name} is no module"
            );
            assert!(
                list.contains(&format!("//! | `{module}` |")),
                "{name} is not in the table"
            );
        }
    }
}
