//! `linkstead exec`: a command in a bundle's directory, which stays as long as the command runs.

use std::process::Command;

use crate::args::ExecArgs;
use crate::failure::Failure;
use crate::launch;
use crate::session::Session;

/// Leases the bundle and becomes the command.
pub(crate) fn run(args: &ExecArgs, session: &Session) -> Result<(), Failure> {
    let (_, lease) = launch::lease(&args.bundle, session)?;
    let mut words = args.command.iter();
    let program = words
        .next()
        .ok_or_else(|| Failure::Usage("no command is given".into()))?;
    let mut command = Command::new(program);
    command.args(words);
    Err(launch::become_program(lease, command))
}
