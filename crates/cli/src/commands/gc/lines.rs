//! A plan and what came of it, for people.

use std::path::PathBuf;

use linkstead_store::{
    GcPlan, Keep, Kept, LastUse, Limit, Reclaim, Spared, Swept, Unmet, UseSource, Why,
};

use super::Collected;
use crate::commands::remove::holder;
use crate::few;
use crate::notice::counted;
use crate::size::Size;
use crate::table::{Column, Table, printable};

/// Extra files of one bundle that are shown.
const SHOWN: usize = 10;

/// The text of a whole run.
pub(super) fn of(collected: &Collected) -> String {
    let plan = &collected.plan;
    let mut parts = vec![goes(&plan.bundles), stays(&plan.stays)];
    parts.retain(|part| !part.is_empty());
    let mut text = parts.join("\n");
    if !text.is_empty() {
        text.push('\n');
    }
    text.extend(plan.unmet.iter().map(unmet));
    match &collected.swept {
        None => {
            text.extend(forgets("to forget", &plan.forgotten));
            text.push_str(&would_free(plan));
        }
        Some(swept) => {
            text.extend(forgets("forgotten", &swept.forgotten));
            text.push_str(&freed(swept));
        }
    }
    text
}

fn forgets<'a>(verb: &'a str, paths: &'a [PathBuf]) -> impl Iterator<Item = String> + 'a {
    paths.iter().map(move |path| {
        let path = printable(&path.to_string_lossy());
        format!("{verb}, because deleted or replaced: {path}\n")
    })
}

fn goes(bundles: &[Reclaim]) -> String {
    if bundles.is_empty() {
        return String::new();
    }
    let mut table = Table::new([
        ("GOES", Column::Text),
        ("VERSION", Column::Text),
        ("BECAUSE", Column::Text),
        ("LAST USE", Column::Text),
        ("FREES", Column::Number),
    ]);
    for bundle in bundles {
        table.row([
            printable(bundle.name.as_str()),
            printable(bundle.version.as_str()),
            reason(bundle.why).to_owned(),
            day(bundle.last_use.as_ref()),
            Size(bundle.bytes).to_string(),
        ]);
    }
    let mut text = table.render();
    for bundle in bundles {
        let title = format!("with {}@{}", bundle.name, bundle.version);
        text.push_str(&files(&title, &bundle.extra_files));
        if let Some(damage) = &bundle.damage {
            let title = format!("{title}, extra or not");
            text.push_str(&all_files(&title, damage));
        }
    }
    text
}

fn stays(bundles: &[Kept]) -> String {
    if bundles.is_empty() {
        return String::new();
    }
    let mut table = Table::new([
        ("STAYS", Column::Text),
        ("VERSION", Column::Text),
        ("DESPITE", Column::Text),
        ("LAST USE", Column::Text),
        ("BECAUSE", Column::Text),
    ]);
    for bundle in bundles {
        table.row([
            printable(bundle.name.as_str()),
            printable(bundle.version.as_str()),
            reason(bundle.wanted_by).to_owned(),
            day(bundle.last_use.as_ref()),
            keeper(&bundle.keep),
        ]);
    }
    let mut text = table.render();
    for bundle in bundles {
        let (name, version) = (&bundle.name, &bundle.version);
        let title = format!("in {name}@{version}, discarded only with --discard-extra");
        match &bundle.keep {
            Keep::ExtraFiles { files: extra } => text.push_str(&files(&title, extra)),
            Keep::Damage { problem } => text.push_str(&all_files(&title, problem)),
            _ => {}
        }
    }
    text
}

/// Where nobody can tell which are extra.
fn all_files(title: &str, problem: &str) -> String {
    format!(
        "all files {}:\n  {}\n",
        printable(title),
        printable(problem)
    )
}

fn files(title: &str, files: &[String]) -> String {
    if files.is_empty() {
        return String::new();
    }
    let count = counted(files.len() as u64, "extra file");
    let files = few::lines(files, SHOWN, "  ");
    format!("{count} {}:\n{files}", printable(title))
}

fn reason(why: Why) -> &'static str {
    match why {
        Why::NoName => "no name means it",
        Why::KeepVersions => "--keep-versions",
        Why::MaxAge => "--max-age",
        Why::MaxSize => "--max-size",
        Why::MinFree => "--min-free",
        _ => "another policy",
    }
}

fn keeper(keep: &Keep) -> String {
    match keep {
        Keep::Current => "current".into(),
        Keep::Pin { label } => format!("pinned as {}", printable(label)),
        Keep::Grace => "used within the grace time".into(),
        Keep::Lease { holders } => match &*holders.iter().map(holder).collect::<Vec<_>>() {
            [] => "held".into(),
            some => format!("held by {}", some.join(", ")),
        },
        Keep::ExtraFiles { files } => counted(files.len() as u64, "extra file"),
        Keep::Damage { .. } => "perhaps extra files".into(),
        _ => "of something else".into(),
    }
}

fn day(last_use: Option<&LastUse>) -> String {
    match last_use {
        None => "?".into(),
        Some(last_use) if last_use.told_by == UseSource::Future => "in the future".into(),
        Some(last_use) => last_use.at.chars().take_while(|c| *c != 'T').collect(),
    }
}

fn unmet(unmet: &Unmet) -> String {
    let missing = Size(unmet.missing);
    match unmet.limit {
        Limit::MaxSize { most } => {
            format!(
                "--max-size {} is not met: {missing} more would have to go\n",
                Size(most)
            )
        }
        Limit::MinFree { least } => {
            format!(
                "--min-free {} is not met: {missing} more would have to go\n",
                Size(least)
            )
        }
        _ => format!("a policy is not met: {missing} more would have to go\n"),
    }
}

fn would_free(plan: &GcPlan) -> String {
    let mut text = amounts(
        "would free",
        plan.bytes,
        plan.objects,
        plan.trees,
        plan.parked,
    );
    if plan.takes_everything {
        text.push_str("this takes everything that is installed: it needs --yes\n");
    }
    text
}

fn freed(swept: &Swept) -> String {
    let spared = |spared: &Spared| {
        format!(
            "{}@{} stays: somebody wants it since it was planned\n",
            printable(spared.name.as_str()),
            printable(spared.version.as_str())
        )
    };
    let mut text: String = swept.spared.iter().map(spared).collect();
    text.push_str(&amounts(
        "freed",
        swept.bytes,
        swept.objects,
        swept.trees,
        swept.parked,
    ));
    text
}

fn amounts(verb: &str, bytes: u64, objects: usize, trees: usize, parked: usize) -> String {
    format!(
        "{verb} {}\n  objects {objects}, trees {trees}, removed directories {parked}\n",
        Size(bytes)
    )
}
