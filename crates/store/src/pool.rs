//! The store's own threads.

/// A thread pool whose caller waits without doing other work.
///
/// A thread of another rayon pool that waits for ours would steal jobs meanwhile: a host that installs from such a pool would
/// begin a second install on a thread that holds the locks of the first. So such callers wait on a thread that steals nothing.
#[derive(Debug)]
pub(crate) struct Pool(rayon::ThreadPool);

impl Pool {
    /// So many threads; 0 means one per core.
    pub(crate) fn new(threads: usize) -> Self {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|n| format!("linkstead-{n}"))
            .build();
        Pool(pool.expect("the system can start a few threads"))
    }

    /// Runs work on the pool's threads and waits for it.
    pub(crate) fn install<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        if rayon::current_thread_index().is_none() {
            return self.0.install(work);
        }
        std::thread::scope(|scope| match scope.spawn(|| self.0.install(work)).join() {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic),
        })
    }
}
