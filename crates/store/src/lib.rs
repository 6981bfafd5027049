//! The engine of linkstead.
