//! Archives that are nearly right: what the plan accepts, another parser reads the same.
#![no_main]

use arbitrary::Unstructured;

libfuzzer_sys::fuzz_target!(|choices: &[u8]| {
    if let Ok(bytes) = linkstead_store_fuzz::liar::archive_of_lies(&mut Unstructured::new(choices))
    {
        linkstead_store_fuzz::judge(&bytes);
    }
});
