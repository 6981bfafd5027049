//! `linkstead gc`: prints the plan, then sweeps it.

use linkstead_store::{GcOptions, GcPlan, OpenMode, Reclaim, Swept};
use serde::Serialize;

use crate::args::GcArgs;
use crate::failure::Failure;
use crate::session::Session;
use crate::size::Size;
use crate::table::printable;

/// How far to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Print the plan.
    PlanOnly,
    /// Delete.
    Sweep,
}

impl Extent {
    /// What the arguments mean.
    pub(crate) fn of(args: &GcArgs) -> Self {
        if args.dry_run {
            Extent::PlanOnly
        } else {
            Extent::Sweep
        }
    }
}

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Collected {
    plan: GcPlan,
    swept: Option<Swept>,
}

/// Collects and says what went.
pub(crate) fn run(extent: Extent, session: &Session) -> Result<(), Failure> {
    let observer = session.observer();
    let store = session.open(OpenMode::ReadWrite, &*observer)?;
    let options = GcOptions {
        control: session.control.clone(),
    };
    let gc = store.gc(&options, &*observer)?;
    let plan = gc.plan().clone();
    let swept = match extent {
        Extent::PlanOnly => None,
        Extent::Sweep => Some(gc.sweep()?),
    };
    drop(observer);
    session.format.show(&Collected { plan, swept }, lines)
}

fn lines(collected: &Collected) -> String {
    let plan = &collected.plan;
    let mut text = String::new();
    for (label, bundles) in [("goes", &plan.bundles), ("stays, in use", &plan.in_use)] {
        for bundle in bundles {
            text.push_str(&format!("{label}: {}\n", described(bundle)));
        }
    }
    text.push_str(&match &collected.swept {
        None => amounts(
            "would free",
            plan.bytes,
            plan.objects,
            plan.trees,
            plan.parked,
        ),
        Some(swept) => amounts(
            "freed",
            swept.bytes,
            swept.objects,
            swept.trees,
            swept.parked,
        ),
    });
    text
}

fn described(bundle: &Reclaim) -> String {
    format!(
        "{} {} in {}",
        printable(bundle.name.as_str()),
        printable(bundle.version.as_str()),
        bundle.directory.display()
    )
}

fn amounts(verb: &str, bytes: u64, objects: usize, trees: usize, parked: usize) -> String {
    format!(
        "{verb} {}\n  objects {objects}, trees {trees}, removed directories {parked}\n",
        Size(bytes)
    )
}
