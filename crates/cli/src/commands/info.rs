//! `linkstead info`: what the receipt of a bundle says.

use std::fmt::Write as _;
use std::path::PathBuf;

use linkstead_store::OpenMode;
use linkstead_store::format::{BundleRef, LayoutKind, PinLabel, Receipt, Signature, TreePath};
use serde::Serialize;

use crate::failure::Failure;
use crate::session::Session;
use crate::size::Size;
use crate::table::printable;

/// What `--json` prints: the receipt, and where the bundle is.
#[derive(Debug, Serialize)]
struct Info {
    path: PathBuf,
    pins: Vec<PinLabel>,
    #[serde(flatten)]
    receipt: Receipt,
}

/// Prints the facts about a bundle.
pub(crate) fn run(wanted: &BundleRef, session: &Session) -> Result<(), Failure> {
    let store = session.open(OpenMode::ReadOnly, &linkstead_store::Silent)?;
    let (resolved, receipt) = store.receipt(wanted)?;
    let pins = store.pins_of(&resolved)?;
    let info = Info {
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
    line("installed", &printable(&receipt.installed));
    line("files", &receipt.files.to_string());
    line("size", &Size(receipt.bytes).to_string());
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
    const SHOWN: usize = 3;
    if paths.is_empty() {
        return "none".into();
    }
    let shown: Vec<&str> = paths.iter().take(SHOWN).map(TreePath::as_str).collect();
    match paths.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
