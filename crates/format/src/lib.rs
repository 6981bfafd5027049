//! The bytes of a linkstead store as types.
