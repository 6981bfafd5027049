//! What may be written after `cargo bench --bench scenes --`.

use std::path::PathBuf;

use crate::Outcome;

pub(crate) const HELP: &str = "\
Usage: cargo bench -p linkstead --bench scenes -- [OPTION]... [SCENE]...

Plays the scenes whose names begin with one of the words given; without one, all.

  --rounds N        rounds of each scene (3)
  --objects N       objects of the large store in the scenes `growth` and `large` (100000)
  --disk DIR        where the images of the disks lie (the temporary directory)
  --linkstead PATH  another binary than the one built with this bench
  --before PATH     against this earlier binary, instead of the peers
";

/// What is played, and how.
pub(crate) struct Arguments {
    pub(crate) scenes: Vec<String>,
    pub(crate) rounds: usize,
    pub(crate) objects: u64,
    pub(crate) disk: PathBuf,
    pub(crate) linkstead: PathBuf,
    pub(crate) before: Option<PathBuf>,
}

impl Arguments {
    /// Reads them; `None` where only help is wanted.
    pub(crate) fn parse(words: impl Iterator<Item = String>) -> Outcome<Option<Self>> {
        let mut arguments = Arguments {
            scenes: Vec::new(),
            rounds: 3,
            objects: 100_000,
            disk: std::env::temp_dir(),
            linkstead: env!("CARGO_BIN_EXE_linkstead").into(),
            before: None,
        };
        let mut words = words;
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} wants a value"));
            match word.as_str() {
                "--help" => return Ok(None),
                // Cargo says so to every bench.
                "--bench" => {}
                "--rounds" => arguments.rounds = number(&value()?)?.max(1) as usize,
                "--objects" => arguments.objects = number(&value()?)?,
                "--disk" => arguments.disk = value()?.into(),
                "--linkstead" => arguments.linkstead = value()?.into(),
                "--before" => arguments.before = Some(value()?.into()),
                _ if word.starts_with('-') => return Err(format!("unknown option {word}")),
                _ => arguments.scenes.push(word),
            }
        }
        Ok(Some(arguments))
    }

    /// Whether a scene of this name is to be played.
    pub(crate) fn wants(&self, scene: &str) -> bool {
        let mut wanted = self.scenes.iter();
        self.scenes.is_empty() || wanted.any(|word| scene.starts_with(word))
    }
}

fn number(word: &str) -> Outcome<u64> {
    word.parse().map_err(|_| format!("{word} is no number"))
}
