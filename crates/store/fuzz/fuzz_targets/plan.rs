//! Any bytes: what the plan accepts, another parser reads the same.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    linkstead_store_fuzz::judge(&bytes.to_vec());
});
