//! The scenes: what linkstead takes against what people would use instead, side by side.
//!
//! | module | what |
//! |---|---|
//! | `arguments` | which scenes, how many rounds, how large |
//! | `corpus` | the archives, built when they are missing |
//! | `peers` | the programs that we are compared with, installed when they are missing |
//! | `linkstead` | the binary that is measured |
//! | `disk` | a fresh journalled ext4 for each run |
//! | `timing` | one command, from spawn to exit |
//! | `contest` | runs in turn, and the ratios of each round |
//! | `scene` | the scenes, one file each |
//! | `table` | the result |
//!
//! `cargo bench -p linkstead --bench scenes` plays all; `-- --help` says what else there is. Needs root, for the disks.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench prints, and plays the host and its peers, who write as they like"
)]

mod arguments;
mod contest;
mod corpus;
mod disk;
mod linkstead;
mod peers;
mod scene;
mod table;
mod timing;

use std::process::ExitCode;

use arguments::Arguments;

/// Why something could not be measured, in words.
type Outcome<T> = Result<T, String>;

fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            print!("{}", arguments::HELP);
            return ExitCode::SUCCESS;
        }
        Err(problem) => {
            eprintln!("{problem}\n\n{}", arguments::HELP);
            return ExitCode::from(2);
        }
    };
    match play(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn play(arguments: &Arguments) -> Outcome<()> {
    table::print_header();
    for scene in scene::all(arguments) {
        match scene {
            Ok(scene) => {
                for row in contest::hold(&scene, arguments)? {
                    table::print(&row);
                }
            }
            Err(missing) => table::print_missing(&missing),
        }
    }
    Ok(())
}
