//! `linkstead install`: the directory on standard output, the report on standard error.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use linkstead_store::format::{BundleRef, PrivateGlobs, Sanitized, Signature};
use linkstead_store::{
    Activation, CheckedOut, Displace, HostFile, Identity, InstallOptions, InstallReport, Installed,
    OpenMode, Outcome, Source, Store, SyncPolicy,
};

use serde::Serialize;

use super::checkout::{self, Place};
use crate::args::{HostFileArg, InstallArgs, SyncArg};
use crate::failure::Failure;
use crate::session::{Session, Verbosity};
use crate::size::Size;

/// An install that is about to run.
pub(crate) struct Install {
    source: Source,
    options: InstallOptions,
    to: Option<To>,
}

/// A path outside the store where it goes too.
struct To {
    directory: PathBuf,
    displace: Displace,
}

/// What `--json` prints of an install that goes to a path outside the store too.
#[derive(Debug, Serialize)]
struct InstalledTo {
    #[serde(flatten)]
    installed: Installed,
    checkout: CheckedOut,
}

impl Install {
    /// What the arguments mean.
    ///
    /// # Errors
    /// Too many globs, or a host file that cannot be read.
    pub(crate) fn new(args: InstallArgs) -> Result<Self, Failure> {
        let private = PrivateGlobs::default()
            .with(args.private.iter().map(String::as_str))
            .map_err(|error| Failure::Usage(error.to_string()))?;
        let options = InstallOptions {
            identity: match &args.identity {
                Some(given) => Identity::As(given.name.clone(), given.version.clone()),
                None => Identity::McpbManifest,
            },
            link_mode: args.link_mode.into(),
            sync: sync(args.sync),
            symlinks: args.policy.symlinks(),
            caps: args.policy.caps(),
            private,
            host_files: args
                .host_files
                .iter()
                .map(read_host_file)
                .collect::<Result<_, _>>()?,
            expected_sha256: args.sha256,
            activation: if args.no_activate {
                Activation::Leave
            } else {
                Activation::MakeCurrent
            },
            ..InstallOptions::default()
        };
        let displace = args.displace.displace();
        let to = match args.to {
            Some(directory) => Some(To {
                directory,
                displace,
            }),
            None if displace == Displace::Own => None,
            None => {
                let text = "--keep-extra and --replace say what --to DIR may displace";
                return Err(Failure::Usage(text.into()));
            }
        };
        Ok(Install {
            source: source(&args.archive),
            options,
            to,
        })
    }

    /// Installs, and prints the directory.
    ///
    /// # Errors
    /// Those of the engine, or a closed standard output; the bundle is installed in the latter case.
    pub(crate) fn run(self, session: &Session) -> Result<(), Failure> {
        let options = InstallOptions {
            control: session.control.clone(),
            ..self.options
        };
        let observer = session.observer();
        let store = session.open(OpenMode::ReadWriteOrCreate, &*observer)?;
        let installed = store.install(self.source, &options, &*observer)?;
        let to = self.to.map(|to| {
            let place = Place {
                directory: &to.directory,
                displace: to.displace,
                link_mode: options.link_mode,
            };
            place.check_out(&store, &reference(&installed), session, &*observer)
        });
        drop(observer);
        session.report(&report(&installed, session.verbosity));
        if options.activation == Activation::Leave && !is_current(&store, &installed) {
            session.report(&format!(
                "  not made current: linkstead use {}@{} does\n",
                installed.name, installed.version
            ));
        }
        let Some(checkout) = to.transpose()? else {
            return session
                .format
                .show_directory(&installed, &installed.directory);
        };
        session.report(&checkout::report(&checkout));
        let directory = checkout.directory.clone();
        let both = InstalledTo {
            installed,
            checkout,
        };
        session.format.show_directory(&both, &directory)
    }
}

fn reference(installed: &Installed) -> BundleRef {
    BundleRef {
        name: installed.name.clone(),
        version: Some(installed.version.clone()),
    }
}

/// Whether the name alone means what was installed already.
fn is_current(store: &Store, installed: &Installed) -> bool {
    let resolved = store.resolve(&BundleRef {
        name: installed.name.clone(),
        version: None,
    });
    resolved.is_ok_and(|current| current.path == installed.directory)
}

fn source(archive: &Path) -> Source {
    if archive == Path::new("-") {
        let label = "standard input".into();
        return Source::Stream(Box::new(std::io::stdin()), label);
    }
    Source::Path(archive.to_path_buf())
}

fn read_host_file(wanted: &HostFileArg) -> Result<HostFile, Failure> {
    let bytes = std::fs::read(&wanted.file).map_err(|source| Failure::HostFile {
        path: wanted.file.clone(),
        source,
    })?;
    Ok(HostFile {
        path: wanted.path.clone(),
        bytes,
    })
}

fn sync(arg: SyncArg) -> SyncPolicy {
    match arg {
        SyncArg::Auto => SyncPolicy::Auto,
        SyncArg::Filesystem => SyncPolicy::Filesystem,
        SyncArg::EachFile => SyncPolicy::EachFile,
    }
}

fn report(installed: &Installed, verbosity: Verbosity) -> String {
    let report = &installed.report;
    let outcome = match installed.outcome {
        Outcome::Published => "installed",
        Outcome::AlreadyInstalled => "already installed",
        Outcome::Healed => "healed",
        _ => "ready",
    };
    let mut text = format!(
        "{outcome} {} {}: {} files, {}\n",
        installed.name,
        installed.version,
        report.files,
        Size(report.bytes)
    );
    // Writing to a string cannot fail.
    if installed.outcome == Outcome::Published {
        let _ = writeln!(
            text,
            "  new {}, shared {}",
            Size(report.new_bytes),
            Size(report.saved_bytes)
        );
    }
    if report.healed > 0 {
        let _ = writeln!(text, "  mended files: {}", report.healed);
    }
    if let Some(why) = &report.no_links_because {
        let _ = writeln!(text, "  copies stand in for links: {why}");
    }
    text.push_str(&dropped(&installed.sanitized));
    if installed.signature == Signature::PresentNotChecked {
        text.push_str("  signature: present, not checked\n");
    }
    if verbosity == Verbosity::Verbose {
        text.push_str(&details(installed, report));
    }
    text
}

/// Which mode bits of how many files were dropped.
fn dropped(sanitized: &Sanitized) -> String {
    let bits: Vec<String> = [
        ("setuid", sanitized.setuid),
        ("setgid", sanitized.setgid),
        ("sticky", sanitized.sticky),
        ("group or other write", sanitized.write),
    ]
    .iter()
    .filter(|(_, files)| *files > 0)
    .map(|(bit, files)| format!("{bit} ({files})"))
    .collect();
    if bits.is_empty() {
        return String::new();
    }
    format!("  mode bits dropped, files: {}\n", bits.join(", "))
}

fn details(installed: &Installed, report: &InstallReport) -> String {
    format!(
        "  directories {}, symbolic links {}\n  files linked {}, reflinked {}, copied {}\n  new objects {}, not inflated {}\n  tree {}\n  archive {}\n",
        report.directories,
        report.symlinks,
        report.linked,
        report.reflinked,
        report.copied,
        report.new_objects,
        Size(report.not_inflated_bytes),
        installed.tree,
        installed.archive,
    )
}
