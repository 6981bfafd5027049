//! Holding an operation in the middle: an observer that waits.

use std::sync::{Condvar, Mutex};
use std::time::Duration;

use linkstead_store::{Event, Observer, Phase};

/// Holds an operation when a phase begins, until it is let go.
pub(crate) struct Hold {
    at: Phase,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(PartialEq)]
enum State {
    Running,
    Held,
    LetGo,
}

impl Hold {
    pub(crate) fn at(phase: Phase) -> Self {
        Hold {
            at: phase,
            state: Mutex::new(State::Running),
            changed: Condvar::new(),
        }
    }

    pub(crate) fn wait_until_held(&self) {
        let state = self.state.lock().expect("no panic");
        let held = |state: &mut State| *state != State::Held;
        let (state, timeout) = self
            .changed
            .wait_timeout_while(state, Duration::from_secs(60), held)
            .expect("no panic");
        assert!(!timeout.timed_out(), "the phase never began");
        drop(state);
    }

    pub(crate) fn let_go(&self) {
        *self.state.lock().expect("no panic") = State::LetGo;
        self.changed.notify_all();
    }
}

impl Observer for Hold {
    fn event(&self, event: &Event) {
        let begins = matches!(event, Event::Phase { phase } if *phase == self.at);
        let mut state = self.state.lock().expect("no panic");
        if begins && *state == State::Running {
            *state = State::Held;
            self.changed.notify_all();
            let _state = self
                .changed
                .wait_while(state, |state| *state == State::Held)
                .expect("no panic");
        }
    }
}
