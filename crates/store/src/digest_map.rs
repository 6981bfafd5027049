//! Tables whose keys are digests: millions of them, and nobody chooses a digest, so their hash need not stand up to anybody.

use std::collections::HashMap;

/// A table by digest.
pub(crate) type DigestMap<K, V> = HashMap<K, V, foldhash::fast::RandomState>;
