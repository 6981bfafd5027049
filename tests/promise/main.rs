//! The promise, tested from outside: whole or absent, durable, shared, with any number of processes.
//!
//! | module | what it holds the store to |
//! |---|---|
//! | `sharing` | a second bundle costs only what is new; sizes that do not lie |
//! | `crowd` | many processes at once: one extraction, complete directories, gc in between |
//! | `checkouts` | a directory outside the store: whole at every moment, kept, given back |
//! | `chmod` | a host that chmods its entry point changes no other bundle |
//! | `damage` | verify names what is wrong, whatever lies where it should not, and never gives up |
//! | `dry_run` | a gc that only plans changes nothing, and counts what a sweep then frees |
//! | `extra_files` | a user's file stays, whatever of the store cannot be read |
//! | `failed_update` | an update that fails leaves the old version |
//! | `few_files` | a process that may open few files does all the same |
//! | `full_disk` | seen before the first write, and only for what is new; harmless in the middle |
//! | `hosts` | forty hosts that install, chmod and start; a reader that sees old or new, nothing else |
//! | `killed` | a killed install leaves nothing, whatever moment it died |
//! | `leases` | what is held is never removed or collected, whoever dies |
//! | `lock_free` | `path` answers while an install and a gc are held in the middle |
//! | `parked` | a removed bundle comes back from its parked directory, as it was published |
//! | `policies` | a gc frees what its plan says, and takes nothing that somebody wants |
//! | `rebuild` | a lost or damaged manifest comes back |
//! | `repaired` | each kind of damage is found, and nothing else; a repair heals it or says what to install |
//! | `seal` | altered content never spreads |
//! | `server` | a real server runs from its bundle, which stays until it ends |
//! | `versions` | `use` is atomic, the way back is there, a version published again keeps its old directory |
//!
//! Each test says which change of the code it was seen to fail on.

#![allow(
    clippy::disallowed_methods,
    reason = "tests play the host, the server and the vandal, who write as they like"
)]

mod checkouts;
mod chmod;
mod crowd;
mod damage;
mod dry_run;
mod extra_files;
mod failed_update;
mod few_files;
mod full_disk;
mod hosts;
mod killed;
mod leases;
mod lock_free;
mod parked;
mod policies;
mod rebuild;
mod repaired;
mod seal;
mod server;
mod sharing;
#[path = "../support/mod.rs"]
mod support;
mod versions;
