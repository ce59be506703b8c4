#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| emotionai_voice_fuzz::check("model_file")(data));
