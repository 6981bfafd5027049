//! Whose work it is to judge the entries of a tree, which may be millions.

/// The threads that do it. The answer is the same, and where there are several, so is the error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threads {
    /// The caller alone.
    Caller,
    /// All of the rayon pool that the caller is a thread of: while it waits for the others it does whatever else that pool has to
    /// do. A caller outside of all pools starts the global one.
    Pool,
}
