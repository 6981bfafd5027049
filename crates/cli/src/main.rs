//! The `linkstead` command.

fn main() {}
