//! The `linkstead` command: parse, run, exit code.
//!
//! Exit codes: 0 done (a closed pipe on the other end included), 1 the operation failed or check, verify or doctor has findings, 2 wrong
//! usage; `exec` and `run` end as the program that they become. Standard output holds what was asked for and nothing else; everything said besides goes to standard error.
//!
//! | module | what |
//! |---|---|
//! | `args` | what may be written on the command line, as clap reads it |
//! | `session` | what is meant for all commands: the store, the form of output, patience |
//! | `commands` | one file per command |
//! | `launch` | another program in the place of this one, under a lease |
//! | `server_config` | what a user chose for the options of a bundle |
//! | `output`, `table`, `size` | results on standard output |
//! | `bar`, `screen` | pictures, and what they are drawn on |
//! | `progress`, `notice` | what an operation tells while it runs |
//! | `failure`, `hints` | what went wrong, and the way out |
//! | `color`, `patience`, `environment` | the small choices |

mod args;
mod bar;
mod color;
mod commands;
mod environment;
mod failure;
mod few;
mod hints;
mod launch;
mod notice;
mod output;
mod patience;
mod progress;
mod screen;
mod server_config;
mod session;
mod size;
mod span;
mod table;

use std::process::ExitCode;

use clap::Parser;

use args::Cli;
use commands::Ending;
use failure::Failure;
use session::Session;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return failure::report_parse(&error),
    };
    let Cli { global, command } = cli;
    let reporter = failure::Reporter::of(&global);
    match Session::new(global).and_then(|session| commands::run(command, &session)) {
        Ok(Ending::Done) => ExitCode::SUCCESS,
        Ok(Ending::WithFindings) => ExitCode::from(1),
        Err(Failure::StandardOutput(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(failure) => {
            reporter.report(&failure);
            failure.exit_code()
        }
    }
}
