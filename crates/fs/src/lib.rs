//! Durable and atomic file operations.
