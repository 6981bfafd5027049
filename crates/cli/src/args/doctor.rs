//! What may be written after `linkstead doctor`.

use clap::Args;

const DOCTOR_HELP: &str = "\
Looks at a store that is damaged, of another user, or not there yet, and
writes nothing into it: what the file system can do is tried in a directory
beside it, which is removed again. Exit code 1 if something needs a person.

Examples:
  linkstead doctor
  linkstead doctor --store /srv/bundles     would this be a good place?
  linkstead --json doctor | jq -r '.advice[]'";

/// Look at the store and the place it lies in, and give advice
#[derive(Debug, Args)]
#[command(after_help = DOCTOR_HELP)]
pub(crate) struct DoctorArgs {}
