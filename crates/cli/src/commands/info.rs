//! `linkstead info`: what the receipt of a bundle says, what it shares with others, and what its install reused.

use std::fmt::Write as _;
use std::path::PathBuf;

use linkstead_store::format::{
    Amount, BundleRef, InstallFacts, LayoutKind, PinLabel, Receipt, Signature, TreePath,
};
use linkstead_store::{OpenMode, Resolved, SharedWith, Sharing, Store};
use serde::Serialize;

use crate::failure::Failure;
use crate::notice::counted;
use crate::session::Session;
use crate::size::Size;
use crate::table::printable;

/// How many of several are named.
const SHOWN: usize = 3;

/// What `--json` prints: the receipt, where the bundle is, what it shares.
#[derive(Debug, Serialize)]
struct Info {
    path: PathBuf,
    pins: Vec<PinLabel>,
    sharing: Shares,
    #[serde(flatten)]
    receipt: Receipt,
}

/// What a bundle shares, where its tree can be read.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Shares {
    Known(Sharing),
    Unknown { problem: String },
}

impl Shares {
    /// Damage of the tree hides nothing that the receipt says.
    fn of(store: &Store, bundle: &Resolved, receipt: &Receipt) -> Self {
        match store.sharing(bundle, receipt) {
            Ok(sharing) => Shares::Known(sharing),
            Err(error) => Shares::Unknown {
                problem: error.to_string(),
            },
        }
    }
}

/// Prints the facts about a bundle.
pub(crate) fn run(wanted: &BundleRef, session: &Session) -> Result<(), Failure> {
    let store = session.open(OpenMode::ReadOnly, &linkstead_store::Silent)?;
    let (resolved, receipt) = store.receipt(wanted)?;
    let pins = store.pins_of(&resolved)?;
    let info = Info {
        sharing: Shares::of(&store, &resolved, &receipt),
        pins,
        path: resolved.path,
        receipt,
    };
    session.format.show(&info, lines)
}

fn lines(info: &Info) -> String {
    let receipt = &info.receipt;
    let mut text = String::new();
    let mut line = |what: &str, value: &str| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{what:<15}{value}");
    };
    line("name", &printable(receipt.name.as_str()));
    line("version", &printable(receipt.version.as_str()));
    line("directory", &info.path.display().to_string());
    if !info.pins.is_empty() {
        let labels: Vec<_> = info.pins.iter().map(PinLabel::as_str).collect();
        line("pinned as", &printable(&labels.join(", ")));
    }
    line("files", &receipt.files.to_string());
    line("size", &Size(receipt.bytes).to_string());
    shared(&info.sharing, &mut line);
    line("installed", &printable(&receipt.installed));
    if let Some(install) = &receipt.install {
        reused(install, &mut line);
    }
    line("layout", layout(receipt.layout.kind));
    line("tree", &receipt.tree.to_string());
    for archive in &receipt.archives {
        line(
            "archive",
            &printable(&format!("{} {}", archive.algorithm, archive.digest)),
        );
    }
    line("signature", signature(receipt.signature));
    line(
        "MCPB manifest",
        if receipt.mcpb_manifest.is_some() {
            "yes"
        } else {
            "none"
        },
    );
    if let Some(platform) = &receipt.platform {
        line("platform", &printable(platform));
    }
    let exceptions = &receipt.exceptions;
    line("private files", &some_of(&exceptions.private));
    line("host files", &some_of(&exceptions.host));
    line("copied files", &some_of(&exceptions.copied));
    text
}

/// What other bundles have too.
fn shared(shares: &Shares, line: &mut impl FnMut(&str, &str)) {
    let sharing = match shares {
        Shares::Known(sharing) => sharing,
        Shares::Unknown { problem } => {
            return line("  shared", &format!("not known: {}", printable(problem)));
        }
    };
    line("  shared", &amount(sharing.shared));
    let most: Vec<_> = sharing.with.iter().take(SHOWN).map(with).collect();
    for (index, with) in most.iter().enumerate() {
        line(if index == 0 { "  most with" } else { "" }, with);
    }
    match sharing.with.len().saturating_sub(SHOWN) {
        0 => {}
        more => line("", &format!("and {} more", counted(more as u64, "bundle"))),
    }
    line("  unique", &amount(sharing.unique));
    match sharing.left_out.len() {
        0 => {}
        some => line(
            "  left out",
            &format!("{}, damaged", counted(some as u64, "bundle")),
        ),
    }
}

fn with(with: &SharedWith) -> String {
    let bundle = format!("{}@{}", with.bundle.name, with.bundle.version);
    format!("{}: {}", printable(&bundle), amount(with.shared))
}

/// What the install found and what it brought.
fn reused(install: &InstallFacts, line: &mut impl FnMut(&str, &str)) {
    line("  new", &amount(install.new));
    line("  linked", &amount(install.linked));
    if install.reflinked.files > 0 {
        line("  reflinked", &amount(install.reflinked));
    }
    line("  copied", &amount(install.copied));
    line("  not inflated", &amount(install.not_inflated));
}

fn amount(amount: Amount) -> String {
    format!("{}, {}", counted(amount.files, "file"), Size(amount.bytes))
}

fn layout(kind: LayoutKind) -> &'static str {
    match kind {
        LayoutKind::Linked => "linked: shares its files with other bundles",
        LayoutKind::Isolated => "isolated: shares no file",
    }
}

fn signature(signature: Signature) -> &'static str {
    match signature {
        Signature::Absent => "none",
        Signature::PresentNotChecked => "present, not checked",
    }
}

/// The first few paths, and how many there are.
fn some_of(paths: &[TreePath]) -> String {
    if paths.is_empty() {
        return "none".into();
    }
    let shown: Vec<&str> = paths.iter().take(SHOWN).map(TreePath::as_str).collect();
    match paths.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
