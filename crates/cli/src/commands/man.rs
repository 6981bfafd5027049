//! `linkstead man`: manual pages, from the same source as the help.

use std::path::Path;

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use crate::args::{Cli, ManArgs};
use crate::failure::Failure;
use crate::output;

/// Prints a page, or writes all of them.
pub(crate) fn run(args: &ManArgs) -> Result<(), Failure> {
    let pages = pages();
    if let Some(directory) = &args.to {
        return pages.iter().try_for_each(|page| write(page, directory));
    }
    let wanted = match &args.command {
        Some(command) => format!("linkstead-{command}"),
        None => "linkstead".to_owned(),
    };
    match pages.iter().find(|page| title(page) == wanted) {
        Some(page) => output::print(&render(page)?),
        None => Err(Failure::Usage(format!(
            "there is no command {:?}",
            args.command.as_deref().unwrap_or_default()
        ))),
    }
}

/// The program and each command; once built, clap calls them as their pages are called.
fn pages() -> Vec<Command> {
    let mut program = Cli::command();
    program.build();
    let of_commands = program.get_subcommands().cloned();
    let of_commands: Vec<Command> = of_commands.filter(|it| !it.is_hide_set()).collect();
    std::iter::once(program).chain(of_commands).collect()
}

fn title(page: &Command) -> &str {
    page.get_display_name().unwrap_or(page.get_name())
}

fn render(page: &Command) -> Result<Vec<u8>, Failure> {
    let mut roff = Vec::new();
    Man::new(page.clone())
        .source(concat!("linkstead ", env!("CARGO_PKG_VERSION")))
        .render(&mut roff)
        .map_err(Failure::StandardOutput)?;
    Ok(roff)
}

/// Pages are for packages, not for a store: nothing of the promise hangs on them.
#[allow(
    clippy::disallowed_methods,
    reason = "a page outside the store need not survive a power cut"
)]
fn write(page: &Command, directory: &Path) -> Result<(), Failure> {
    let path = directory.join(format!("{}.1", title(page)));
    let failed = |source| Failure::Page {
        path: path.clone(),
        source,
    };
    std::fs::create_dir_all(directory).map_err(failed)?;
    std::fs::write(&path, render(page)?).map_err(failed)
}
