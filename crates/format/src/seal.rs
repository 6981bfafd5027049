//! The seal (store-format.md, section 6): what mode and mtime say about a sealed file, so that one stat tells a suspect.

use crate::digest::ObjectId;
use crate::object::ExecClass;

/// 1980-01-02T00:00:00Z: the first day that is in 1980 everywhere, because ZIP and FAT know nothing earlier.
const BASE: i64 = 315_619_200;

/// The mtime of a sealed file, in seconds after 1970-01-01T00:00:00Z; its nanoseconds are 0.
///
/// It is even, in the past, and differs with the content.
pub fn seal_mtime(id: &ObjectId) -> i64 {
    let [a, b, c, d, ..] = *id.as_bytes();
    BASE + 2 * i64::from(u32::from_le_bytes([a, b, c, d]) >> 3)
}

/// Whether a mode that was found is right for the class: the owner can read, and the owner's exec bit says the class.
///
/// Other bits drift (hosts and volume managers change them) and are ignored.
pub const fn mode_fits(mode: u32, exec: ExecClass) -> bool {
    let readable = mode & 0o400 != 0;
    let executable = mode & 0o100 != 0;
    readable && executable == matches!(exec, ExecClass::Executable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;

    #[test]
    fn the_examples_of_the_specification_hold() {
        assert_eq!(seal_mtime(&ObjectId::of(b"{}\n")), 616_917_160);
        assert_eq!(seal_mtime(&ObjectId::of(b"#!/bin/sh\n")), 828_374_894);
    }

    #[test]
    fn every_mtime_lies_between_1980_and_the_end_of_2014() {
        let ends = [[0; 32], [0xff; 32]]
            .map(|bytes| seal_mtime(&ObjectId::from_digest(Digest::from_bytes(bytes))));
        assert_eq!(ends[0], 315_619_200);
        assert!(ends[1] < 1_420_070_400, "before 2015-01-01");
        assert!(ends.iter().all(|mtime| mtime % 2 == 0));
    }

    #[test]
    fn only_the_owners_read_and_exec_bits_count() {
        for mode in [0o444, 0o644, 0o400, 0o666, 0o411] {
            assert!(mode_fits(mode, ExecClass::Plain), "{mode:o}");
        }
        for mode in [0o555, 0o755, 0o500, 0o2775] {
            assert!(mode_fits(mode, ExecClass::Executable), "{mode:o}");
            assert!(!mode_fits(mode, ExecClass::Plain), "{mode:o}");
        }
        assert!(!mode_fits(0o044, ExecClass::Plain));
        assert!(!mode_fits(0o111, ExecClass::Executable));
    }
}
