//! Policies.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| patgate_fuzz::document(bytes));
