//! Runs in turn, A B C A B C, each on a fresh disk; what counts is the ratio of two runs of one round, because a machine is
//! not as fast in the next minute as in this.

use crate::Outcome;
use crate::arguments::Arguments;
use crate::disk::Disk;
use crate::table::{Figures, Row};

/// Prepares on an empty disk, then measures: seconds, or bytes.
pub(crate) type Run = Box<dyn Fn(&Disk) -> Outcome<f64>>;

/// One scene: what we do in it, and the others.
pub(crate) struct Scene {
    pub(crate) name: &'static str,
    pub(crate) ours: Run,
    pub(crate) peers: Vec<Peer>,
}

/// What we are compared with.
pub(crate) struct Peer {
    pub(crate) name: String,
    pub(crate) target: Target,
    /// Or why it cannot take part.
    pub(crate) run: Outcome<Run>,
}

/// What we want to reach.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target {
    /// At most so many times what the peer takes.
    Ratio(f64),
    /// At most so many milliseconds more.
    MoreMilliseconds(f64),
}

impl Target {
    fn compare(self, ours: f64, theirs: f64) -> f64 {
        match self {
            Target::Ratio(_) => ours / theirs,
            Target::MoreMilliseconds(_) => (ours - theirs) * 1e3,
        }
    }
}

/// Plays all rounds of a scene; a row for each peer.
pub(crate) fn hold(scene: &Scene, arguments: &Arguments) -> Outcome<Vec<Row>> {
    let rounds = (0..arguments.rounds)
        .map(|round| play_round(scene, round, arguments))
        .collect::<Outcome<Vec<_>>>()?;
    let rows = scene.peers.iter().enumerate().map(|(index, peer)| Row {
        scene: scene.name,
        peer: peer.name.clone(),
        target: peer.target,
        figures: peer.run.as_ref().map_err(Clone::clone).map(|_| {
            let compare = |round: &Round| peer.target.compare(round.ours, round.theirs[index]);
            Figures::of(rounds.iter().map(compare).collect())
        }),
    });
    Ok(rows.collect())
}

/// What was measured in one round; NaN where a peer is missing.
struct Round {
    ours: f64,
    theirs: Vec<f64>,
}

/// Everyone once. Who begins changes from round to round.
fn play_round(scene: &Scene, round: usize, arguments: &Arguments) -> Outcome<Round> {
    let mut played = Round {
        ours: f64::NAN,
        theirs: vec![f64::NAN; scene.peers.len()],
    };
    let players = scene.peers.len() + 1;
    for player in (0..players).map(|turn| (turn + round) % players) {
        let (name, run, figure) = match player {
            0 => ("linkstead", &scene.ours, &mut played.ours),
            _ => {
                let peer = &scene.peers[player - 1];
                let Ok(run) = &peer.run else { continue };
                (peer.name.as_str(), run, &mut played.theirs[player - 1])
            }
        };
        *figure = run(&Disk::fresh(&arguments.disk)?)?;
        eprintln!("{} {}: {name} {figure:.4}", scene.name, round + 1);
    }
    Ok(played)
}
