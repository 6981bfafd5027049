//! The result, as a table.

use crate::contest::Target;

/// One line of it.
pub(crate) struct Row {
    pub(crate) scene: &'static str,
    pub(crate) peer: String,
    pub(crate) target: Target,
    /// Or why there are none.
    pub(crate) figures: Result<Figures, String>,
}

/// What all rounds together say.
pub(crate) struct Figures {
    median: f64,
    min: f64,
    max: f64,
}

impl Figures {
    /// Of at least one figure.
    pub(crate) fn of(mut figures: Vec<f64>) -> Self {
        figures.sort_by(f64::total_cmp);
        let middle = figures.len() / 2;
        let median = match figures.len() % 2 {
            0 => (figures[middle - 1] + figures[middle]) / 2.0,
            _ => figures[middle],
        };
        Figures {
            median,
            min: figures[0],
            max: figures[figures.len() - 1],
        }
    }
}

pub(crate) fn print_header() {
    println!("| scene | against | median | min | max | target |");
    println!("|---|---|---|---|---|---|");
}

pub(crate) fn print(row: &Row) {
    let Row { scene, peer, .. } = row;
    let (unit, target) = match row.target {
        Target::Ratio(most) => ("", most),
        Target::MoreMilliseconds(most) => (" ms more", most),
    };
    match &row.figures {
        Ok(Figures { median, min, max }) => println!(
            "| {scene} | {peer} | {median:.3}{unit} | {min:.3} | {max:.3} | <= {target}{unit} |"
        ),
        Err(missing) => {
            println!("| {scene} | {peer} | missing: {missing} | | | <= {target}{unit} |")
        }
    }
}

/// A scene that cannot be played.
pub(crate) fn print_missing(problem: &str) {
    println!("| | missing: {problem} | | | | |");
}
