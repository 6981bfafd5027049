//! The commands that make damaged checkouts again.

use linkstead_store::format::LayoutKind;
use linkstead_store::{Finding, Hurt, HurtCheckout};

use crate::notice::counted;
use crate::table::printable;

/// What to do about damage in a checkout.
pub(super) fn advice(finding: &Finding) -> String {
    let checkouts = finding.harms.iter().filter_map(|harm| match &harm.hurt {
        Hurt::Checkout(checkout) => Some(checkout),
        _ => None,
    });
    checkouts
        .map(|checkout| format!("  check it out again: {}\n", command(checkout)))
        .collect()
}

/// What a repair leaves to do.
pub(super) fn hint(checkouts: &[HurtCheckout]) -> String {
    let mut text = format!(
        "hint: to mend {}, check {} out again:\n",
        counted(checkouts.len() as u64, "checkout"),
        if checkouts.len() == 1 { "it" } else { "them" }
    );
    for checkout in checkouts {
        text.push_str(&format!("  {}\n", command(checkout)));
    }
    text
}

/// As it can be given to a shell.
fn command(checkout: &HurtCheckout) -> String {
    let path = checkout.checkout.to_string_lossy();
    let mode = match checkout.layout {
        LayoutKind::Linked => "",
        LayoutKind::Isolated => " --link-mode copy",
    };
    printable(&format!(
        "linkstead checkout {} {}{mode}",
        word(&checkout.of),
        word(&path)
    ))
}

/// One word of a shell, quoted where it must be.
fn word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@".contains(c);
    match !text.is_empty() && text.chars().all(is_plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}
