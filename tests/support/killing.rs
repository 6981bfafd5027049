//! Killing a running process at a random moment of its life.

use std::process::Child;
use std::time::{Duration, Instant};

use super::bundle::noise;

/// Random moments of something whose duration is learned on the way: machines differ, and other tests run beside.
pub(crate) struct Killing {
    moments: std::vec::IntoIter<u8>,
    whole: Duration,
}

/// So many tries, and no more.
const TRIES: usize = 2000;

/// What became of one try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Killed {
    /// It was killed while it ran.
    Running,
    /// It ended first.
    TooLate,
}

impl Killing {
    /// With a fresh seed, which is printed; `whole` is how long it takes, as far as is known.
    pub(crate) fn of(whole: Duration) -> Self {
        let seed = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .expect("after 1970")
            .as_nanos() as u64;
        println!("seed {seed}");
        Killing {
            moments: noise(seed, TRIES).into_iter(),
            whole,
        }
    }

    /// Kills it at a random moment. One that ends first shows how long it takes now.
    pub(crate) fn kill(&mut self, child: &mut Child) -> Killed {
        let begun = Instant::now();
        let moment = self.next_moment();
        while begun.elapsed() < moment {
            if let Some(status) = child.try_wait().expect("it can be waited for") {
                assert!(status.success(), "nobody disturbed it: {status}");
                self.whole = begun.elapsed();
                return Killed::TooLate;
            }
            std::thread::sleep(Duration::from_micros(200));
        }
        let _ = child.kill();
        match child.wait().expect("it can be waited for").success() {
            true => {
                self.whole = begun.elapsed();
                Killed::TooLate
            }
            false => Killed::Running,
        }
    }

    fn next_moment(&mut self) -> Duration {
        let drawn = self
            .moments
            .next()
            .expect("it always ended before its kill");
        // `noise` leaves the two highest bits out.
        let part = f64::from(drawn) / 63.0;
        self.whole.mul_f64(part).max(Duration::from_micros(500))
    }
}
