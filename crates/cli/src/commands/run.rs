//! `linkstead run`: starts the bundle's own server, as its MCPB manifest says.

use std::process::Command;

use linkstead_store::{Error, McpbServer, Resolved, Store};

use crate::args::RunArgs;
use crate::environment;
use crate::failure::Failure;
use crate::launch;
use crate::server_config;
use crate::session::Session;

/// Leases the bundle and becomes its server.
pub(crate) fn run(args: &RunArgs, session: &Session) -> Result<(), Failure> {
    let (store, lease) = launch::lease(&args.bundle, session)?;
    let command = server_command(&store, lease.bundle(), args)?;
    Err(launch::become_program(lease, command))
}

fn server_command(store: &Store, bundle: &Resolved, args: &RunArgs) -> Result<Command, Failure> {
    let server: McpbServer = store.server(bundle)?;
    let given = server_config::gather(server.options(), &args.config)?;
    let launch = server
        .launch(&environment::places(&bundle.path)?, &given)
        .map_err(|problem| Error::CannotStart {
            bundle: format!("{}@{}", bundle.name, bundle.version),
            problem,
        })?;
    let mut command = Command::new(interpreter(&launch.command));
    command.args(&launch.arguments).args(&args.arguments);
    // What a variable said has its place in the configuration; the server need not see it twice.
    for key in server.options().keys() {
        command.env_remove(server_config::variable(key));
    }
    command.envs(&launch.environment);
    Ok(command)
}

/// Many bundles say `python`, which many systems have only as `python3`: a choice of ours, the specification has no such rule.
fn interpreter(command: &str) -> &str {
    let is_there = environment::is_in_path;
    if command == "python" && !is_there("python") && is_there("python3") {
        return "python3";
    }
    command
}
