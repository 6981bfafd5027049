//! `linkstead install`: the directory on standard output, the report on standard error.

use std::fmt::Write as _;
use std::path::Path;

use linkstead_store::format::{BundleRef, PrivateGlobs, Sanitized, Signature};
use linkstead_store::{
    Activation, HostFile, Identity, InstallOptions, InstallReport, Installed, LinkMode, OpenMode,
    Outcome, Source, Store, SyncPolicy,
};

use crate::args::{HostFileArg, InstallArgs, LinkModeArg, SyncArg};
use crate::failure::Failure;
use crate::session::{Session, Verbosity};
use crate::size::Size;

/// An install that is about to run.
pub(crate) struct Install {
    source: Source,
    options: InstallOptions,
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
            link_mode: link_mode(args.link_mode),
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
        Ok(Install {
            source: source(&args.archive),
            options,
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
        drop(observer);
        session.report(&report(&installed, session.verbosity));
        if options.activation == Activation::Leave && !is_current(&store, &installed) {
            session.report(&format!(
                "  not made current: linkstead use {}@{} does\n",
                installed.name, installed.version
            ));
        }
        session
            .format
            .show_directory(&installed, &installed.directory)
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

fn link_mode(arg: LinkModeArg) -> LinkMode {
    match arg {
        LinkModeArg::Auto => LinkMode::Auto,
        LinkModeArg::Hardlink => LinkMode::Hardlink,
        LinkModeArg::Reflink => LinkMode::Reflink,
        LinkModeArg::Copy => LinkMode::Copy,
    }
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
