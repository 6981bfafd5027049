//! The commands, one file each: its own struct, made of the arguments, and how it runs.

mod check;
mod checkout;
mod completions;
mod diff;
mod dir;
mod doctor;
mod du;
mod exec;
mod gc;
mod info;
mod install;
mod leases;
mod list;
mod man;
mod path;
mod pin;
mod remove;
mod run;
mod unpin;
mod use_version;
mod verify;

use crate::args::Command;
use crate::failure::Failure;
use crate::session::Session;

/// How a command ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// As asked.
    Done,
    /// As asked, and something is wrong with the store or an archive.
    WithFindings,
}

/// Runs the command.
///
/// # Errors
/// Those of the command.
pub(crate) fn run(command: Command, session: &Session) -> Result<Ending, Failure> {
    match command {
        Command::Install(args) => install::Install::new(*args)?.run(session)?,
        Command::Check(args) => return check::run(&args, session),
        Command::Path(args) => path::run(&args.bundle, session)?,
        Command::List(_) => list::run(session)?,
        Command::Info(args) => info::run(&args.bundle, session)?,
        Command::Diff(args) => diff::run(&args.from, &args.to, session)?,
        Command::Use(args) => use_version::run(&args.version, session)?,
        Command::Pin(args) => pin::run(&args, session)?,
        Command::Unpin(args) => unpin::run(&args.label, session)?,
        Command::Run(args) => run::run(&args, session)?,
        Command::Exec(args) => exec::run(&args, session)?,
        Command::Checkout(args) => checkout::run(&args, session)?,
        Command::Leases(_) => leases::run(session)?,
        Command::Remove(args) => remove::run(&args, session)?,
        Command::Gc(args) => gc::run(&args, session)?,
        Command::Verify(args) => return verify::run(args, session),
        Command::Du(args) => du::run(&args, session)?,
        Command::Doctor(_) => return doctor::run(session),
        Command::Dir(_) => dir::run(session)?,
        Command::Completions(args) => completions::run(args.shell)?,
        Command::Man(args) => man::run(&args)?,
    }
    Ok(Ending::Done)
}
