//! The store's own threads.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

use linkstead_fs::dir_handle;

use crate::error::{Error, Result};

/// Bytes of stack of each thread, of which what is not used costs nothing. A thread that waits for a piece of a tree takes others
/// meanwhile, one above the other, each as deep as a tree may be.
const STACK: usize = 16 << 20;

/// A thread pool whose caller waits without doing other work.
///
/// Rayon halves a piece of work only while other threads take pieces: of a few long ones the last may be left to one thread. So
/// work on directories says with `with_max_len` how long a piece is at most.
///
/// A thread of another rayon pool that waits for ours would steal jobs meanwhile: a host that installs from such a pool would
/// begin a second install on a thread that holds the locks of the first. So such callers wait on a thread that steals nothing.
#[derive(Debug)]
pub(crate) struct Pool(rayon::ThreadPool);

impl Pool {
    /// So many threads; 0 means one per core. Fewer if the system gives no more, and an error if it gives none.
    pub(crate) fn new(threads: usize) -> Result<Self> {
        // Whoever works here opens many directories; made room for now, nobody waits for it then.
        dir_handle::make_room();
        let mut wanted = match threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            given => given,
        };
        loop {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(wanted)
                .stack_size(STACK)
                .thread_name(|n| format!("linkstead-{n}"))
                .build();
            match pool {
                Ok(pool) => return Ok(Pool(pool)),
                Err(_) if wanted > 1 => wanted /= 2,
                Err(error) => return Err(no_threads(io::Error::other(error.to_string()))),
            }
        }
    }

    /// Runs work on the pool's threads and waits for it. One of these threads does it itself: what it may steal meanwhile is ours.
    pub(crate) fn run<T: Send>(&self, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
        if self.0.current_thread_index().is_some() {
            return work();
        }
        if rayon::current_thread_index().is_none() {
            return self.0.install(work);
        }
        let (done, ()) = self.run_from_outside(work, || ())?;
        done
    }

    /// Runs work on the pool's threads while the caller, who may take locks, goes on with something else, and waits for both.
    pub(crate) fn run_beside<T: Send, M>(
        &self,
        work: impl FnOnce() -> T + Send,
        meanwhile: impl FnOnce() -> M,
    ) -> Result<(T, M)> {
        if rayon::current_thread_index().is_some() && self.0.current_thread_index().is_none() {
            return self.run_from_outside(work, meanwhile);
        }
        let mut done = None;
        let meanwhile = self.0.in_place_scope(|scope| {
            scope.spawn(|_| done = Some(work()));
            meanwhile()
        });
        match done {
            Some(done) => Ok((done, meanwhile)),
            None => unreachable!("the scope waits for what it spawned, and gives its panics on"),
        }
    }

    /// The same for a thread of another pool: a thread that is of none waits for ours.
    fn run_from_outside<T: Send, M>(
        &self,
        work: impl FnOnce() -> T + Send,
        meanwhile: impl FnOnce() -> M,
    ) -> Result<(T, M)> {
        std::thread::scope(|scope| {
            let waiting = std::thread::Builder::new()
                .spawn_scoped(scope, || self.0.install(work))
                .map_err(no_threads)?;
            let meanwhile = meanwhile();
            match waiting.join() {
                Ok(done) => Ok((done, meanwhile)),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        })
    }

    /// Does `work` for each job, begun in their order, by all threads of the pool. Each thread makes one state (its buffers) and
    /// uses it for all its jobs. After an error nothing new is begun.
    pub(crate) fn in_order<J: Sync, S: Default, D: Send>(
        &self,
        jobs: &[J],
        work: impl Fn(&mut S, &J) -> Result<D> + Sync,
    ) -> Result<Vec<D>> {
        let next = AtomicUsize::new(0);
        let worker = |_: rayon::BroadcastContext<'_>| {
            let mut state = S::default();
            let mut done = Vec::new();
            while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                match work(&mut state, job) {
                    Ok(one) => done.push(one),
                    Err(error) => {
                        next.store(jobs.len(), Ordering::Relaxed);
                        return Err(error);
                    }
                }
            }
            Ok(done)
        };
        let of_threads = self.run(|| {
            let of_threads = rayon::broadcast(worker);
            of_threads.into_iter().collect::<Result<Vec<_>>>()
        })?;
        Ok(of_threads.into_iter().flatten().collect())
    }
}

fn no_threads(source: io::Error) -> Error {
    Error::NoThreads { source }
}
