//! Breadth-first search of every reachable state, so that a counterexample is a shortest one.
//!
//! Written by hand: a state is a small value that is copied and hashed, processes are interchangeable, and a quiet disk is judged
//! by running a gc on it. A general checker would have to be taught each of these, and would be the only dependency.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use crate::disk::Disk;
use crate::invariants::{Violation, check, check_quiet};
use crate::process::{STEPS, Step};
use crate::scenario::Scenario;
use crate::world::{Event, World};

/// What an exploration found.
#[derive(Debug)]
pub struct Exploration {
    /// Distinct states reached.
    pub states: usize,
    /// The kinds of steps that processes took, by their names.
    pub steps: BTreeSet<String>,
    /// Longest of the shortest ways to a state, in events.
    pub depth: usize,
    /// The first state that breaks a property, with the way to it.
    pub counterexample: Option<Counterexample>,
}

/// A shortest way to a state that breaks a property.
#[derive(Debug)]
pub struct Counterexample {
    /// What is broken.
    pub violation: Violation,
    /// The events, oldest first.
    pub events: Vec<String>,
}

impl fmt::Display for Counterexample {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{:?}", self.violation)?;
        self.events
            .iter()
            .enumerate()
            .try_for_each(|(index, event)| writeln!(out, "{:4}  {event}", index + 1))
    }
}

/// Explores a scenario to its end, or to its first violation.
#[must_use]
pub fn explore(scenario: &Scenario) -> Exploration {
    Search::new(scenario).run()
}

/// States in the order of discovery, which is the order of their depth, each with the state it was found from.
struct Search<'a> {
    scenario: &'a Scenario,
    reached: Vec<(World, u32)>,
    /// Fingerprints: two states with the same 64 bits would be taken for one, at 2^25 states a chance of one in 2^15.
    seen: HashSet<u64, BuildHasherDefault<Identity>>,
    quiet: HashMap<Disk, Result<(), Violation>>,
    taken: [Option<Step>; STEPS + 1],
}

impl<'a> Search<'a> {
    fn new(scenario: &'a Scenario) -> Self {
        Self {
            scenario,
            reached: Vec::new(),
            seen: HashSet::default(),
            quiet: HashMap::new(),
            taken: [None; STEPS + 1],
        }
    }

    fn run(mut self) -> Exploration {
        self.reach(self.scenario.initial(), 0);
        let (mut next, mut level_end, mut depth) = (0, 1, 0);
        while next < self.reached.len() {
            if next == level_end {
                depth += 1;
                level_end = self.reached.len();
            }
            if let Err(violation) = self.visit(next) {
                let events = self.way_to(next);
                return self.report(depth, Some(Counterexample { violation, events }));
            }
            next += 1;
        }
        self.report(depth, None)
    }

    fn report(&self, depth: usize, counterexample: Option<Counterexample>) -> Exploration {
        Exploration {
            states: self.reached.len(),
            steps: self
                .taken
                .iter()
                .flatten()
                .map(|step| format!("{step:?}"))
                .collect(),
            depth,
            counterexample,
        }
    }

    fn reach(&mut self, world: World, from: usize) {
        if self
            .seen
            .insert(BuildHasherDefault::<DefaultHasher>::default().hash_one(world))
        {
            let from = u32::try_from(from).expect("a scenario has fewer than 2^32 states");
            self.reached.push((world, from));
        }
    }

    fn visit(&mut self, index: usize) -> Result<(), Violation> {
        let world = self.reached[index].0;
        check(&world)?;
        let scenario = self.scenario;
        let steps = world.each_successor(scenario, |event, successor| {
            if let Event::Step(_, _, step) = event {
                self.taken[step as usize] = Some(step);
            }
            self.reach(successor, index);
        });
        if !world.is_quiet() {
            return if steps == 0 {
                Err(Violation::Deadlock)
            } else {
                Ok(())
            };
        }
        *self
            .quiet
            .entry(world.disk)
            .or_insert_with(|| check_quiet(&world, scenario.flaw))
    }

    fn way_to(&self, index: usize) -> Vec<String> {
        let mut events = Vec::new();
        let mut index = index;
        while index != 0 {
            let (world, from) = self.reached[index];
            let from = from as usize;
            events.push(describe(self.event_between(&self.reached[from].0, &world)));
            index = from;
        }
        events.reverse();
        events
    }

    fn event_between(&self, from: &World, to: &World) -> Option<Event> {
        let mut found = None;
        from.each_successor(self.scenario, |event, successor| {
            if successor == *to {
                found.get_or_insert(event);
            }
        });
        found
    }
}

fn describe(event: Option<Event>) -> String {
    match event {
        Some(Event::Start(operation, bundle)) => format!("start    {operation:?} {bundle:?}"),
        Some(Event::Step(operation, bundle, step)) => {
            format!("step     {operation:?} {bundle:?}: {step:?}")
        }
        Some(Event::Kill(operation, bundle, step)) => {
            format!("killed   {operation:?} {bundle:?} before {step:?}")
        }
        Some(Event::PowerCut) => "power cut".to_owned(),
        Some(Event::ManifestLost) => "manifest lost".to_owned(),
        None => "unknown".to_owned(),
    }
}

/// Passes a fingerprint through: it is a hash already.
#[derive(Default)]
struct Identity(u64);

impl std::hash::Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes
            .iter()
            .for_each(|&byte| self.0 = self.0 << 8 | u64::from(byte));
    }

    fn write_u64(&mut self, fingerprint: u64) {
        self.0 = fingerprint;
    }
}
