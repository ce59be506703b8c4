#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| emotionai_voice_fuzz::check("manifest")(data));
