//! The engine of linkstead: MCP bundles in a content-addressed store, published as directories of hard links.
//!
//! The promise: when [`Store::install`] returns, every file of the bundle is on disk, verified, durable, with its right mode;
//! at every other moment, after any crash, with any number of processes, a bundle is whole or absent. How this is kept is
//! written in `store-format.md`; comments here cite its invariants I1 to I8.
//!
//! ```no_run
//! use linkstead_store::{InstallOptions, OpenMode, OpenOptions, Silent, Source, Store};
//!
//! # fn main() -> Result<(), linkstead_store::Error> {
//! let store = Store::open("/var/lib/host/bundles", &OpenOptions::new(OpenMode::ReadWriteOrCreate))?;
//! let source = Source::Path("time-1.0.0.mcpb".into());
//! let installed = store.install(source, &InstallOptions::default(), &Silent)?;
//! println!("{}", installed.directory.display());
//! # Ok(())
//! # }
//! ```
//!
//! A comment "Seen to fail when" above a test names the change of the code on which it was seen to fail.
//!
//! # Where things are
//!
//! | module | what |
//! |---|---|
//! | `store` | opening and making a store; who may write |
//! | `install` | the protocol of an install, one step a line; its steps lie below it |
//! | `farm`, `roles` | making a directory of links; what each file is in it |
//! | [`archive`] | what an archive may be: plan, proof, decoding |
//! | `source`, `mcpb`, `check` | reading an archive; its MCPB manifest; the verdict without a store |
//! | `diff` | what changed from one bundle to another |
//! | `refs`, `list`, `version_order` | what names mean, without locks and without the database |
//! | `roots` | what keeps something alive: refs, pins, checkouts |
//! | `bundles_dir` | what lies where published directories do |
//! | `published`, `walk`, `heal` | published directories: finding, checking, mending, withdrawing one |
//! | `extra`, `unreadable` | what a server put into its directory; files that cannot be read, as findings |
//! | `set_aside`, `trash` | directories that make way: for people to look at; to be deleted |
//! | `stored` | trees and objects, read back |
//! | `objects`, `digest_map` | the seal, and what a suspect needs; names, inodes and shelves of many at once |
//! | `manifest` | the database of records and look-ups |
//! | `locks`, `staging`, `pool` | the order of locks; private trees and the mark of a crash; threads |
//! | `recover` | what a crash left; rebuilding a lost manifest |
//! | `activate` | what a name alone means: `use`, and the way back |
//! | `pins` | what a person wants kept |
//! | `checkout` | a bundle's directory at a path outside the store |
//! | `lease`, `leases` | holding a published directory; who holds which |
//! | `uses` | when a bundle was last used |
//! | `remove`, `gc`, `usage` | the life cycle: park, take back, count |
//! | `verify`, `repair` | what is wrong, as data; mending it with what is there |
//! | `doctor` | a look at a store and its place, whatever state it is in |
//! | `observe`, `control`, `options`, `error` | events, patience, choices, failures |

mod activate;
pub mod archive;
mod bundles_dir;
mod check;
mod checkout;
mod control;
mod diff;
mod digest_map;
mod doctor;
mod error;
mod extra;
mod farm;
mod gc;
mod heal;
mod install;
mod lease;
mod leases;
mod list;
mod locks;
mod manifest;
mod mcpb;
mod objects;
mod observe;
mod options;
mod pins;
mod pool;
mod published;
mod recover;
mod refs;
mod remove;
mod repair;
mod roles;
mod roots;
mod set_aside;
mod source;
mod staging;
mod store;
mod stored;
mod trash;
mod unreadable;
mod usage;
mod uses;
mod verify;
mod version_order;
mod walk;

pub use activate::Activated;
pub use check::check_archive;
pub use checkout::{
    CheckedOut, CheckoutOptions, CheckoutOutcome, CheckoutRefusal, Displace, Displaced,
    ForgetOptions, Hindrance, ListedCheckout, Standing,
};
pub use control::{CancelToken, Control};
pub use diff::{Changed, Diff, DiffChange, DiffEntry, DiffSide};
pub use doctor::{
    Abilities, Ability, Concern, Diagnosis, Leftovers, LockState, Owner, Place, Shelf, StoreState,
    diagnose,
};
pub use error::{Error, ErrorKind, Lack, ReadOnlyReason, Result};
pub use gc::{Gc, GcPlan, GcPolicies, Keep, Kept, Limit, Reclaim, Spared, Swept, Unmet, Why};
pub use install::{InstallReport, Installed, Outcome};
pub use lease::Lease;
pub use leases::{Holder, Leased};
pub use list::Listed;
pub use mcpb::config_problem::ConfigProblem;
pub use mcpb::launch::{Launch, LaunchProblem, Places};
pub use mcpb::server::{McpbServer, ServerType};
pub use mcpb::user_config::{ConfigKind, ConfigOption, Given};
pub use observe::{Event, Notice, Observer, Phase, Silent, Unit};
pub use options::{
    ActivateOptions, Activation, Consent, ExtraFiles, GcOptions, HeldBundle, HostFile, Identity,
    InstallOptions, LeaseOptions, LinkMode, OpenMode, OpenOptions, PinOptions, RemoveOptions,
    RepairOptions, SyncPolicy, VerifyDepth, VerifyOptions,
};
pub use pins::{Pinned, Unpinned};
pub use refs::Resolved;
pub use remove::{Removed, RemovedState};
pub use repair::RepairReport;
pub use source::Source;
pub use store::Store;
pub use usage::{
    BundleUsage, CountedBundle, ObjectUsage, ObjectUser, SharedWith, Sharing, SharingPair,
    StoreUsage, Usage,
};
pub use uses::{LastUse, UseSource};
pub use verify::{
    Defect, Extra, Finding, Harm, Hurt, HurtCheckout, Remedy, Unshared, VerifyReport,
};
pub use walk::Damage;

pub use linkstead_format as format;
pub use linkstead_fs::FsError;
pub use linkstead_fs::read_at::ReadAt;
