//! L0 of the crash layers: the protocol of `store-format.md` holds in every reachable state of bounded worlds, and each known way
//! to get it wrong is refuted.

mod flaws;
mod protocol;
