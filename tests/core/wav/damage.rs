//! Files that are cut, spoiled, or no WAV at all.

use emotionai_voice::training::WavDecoder;

use emotionai_voice::{Error, Waveform};

use super::{FLOAT, GUID, PCM, Wav, chunk, decode, samples};
use crate::support::noise;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn is_damaged(error: &Error) -> bool {
    matches!(error, Error::InvalidAudio { .. })
}

fn is_unsupported(error: &Error) -> bool {
    matches!(error, Error::UnsupportedFormat { .. })
}

#[test]
fn any_other_shortfall_says_how_much_is_missing() {
    for size in [10_u32, 4_000, 0x7FFF_FFFE, u32::MAX - 1] {
        let file = Wav {
            data_size: Some(size),
            ..Wav::mono16()
        };
        let error = decode(&file.bytes(), 7).unwrap_err();
        assert!(is_damaged(&error), "{error}");
        let text = error.to_string();
        assert!(
            text.contains(&format!("{size} bytes")) && text.contains("8 bytes"),
            "{text}"
        );
    }
}

#[test]
fn a_file_cut_anywhere_is_an_error() {
    let file = Wav {
        extra: chunk(b"LIST", b"INFO!"),
        guid: Some(GUID),
        ..Wav::mono16()
    };
    let bytes = file.bytes();
    for len in 0..bytes.len() {
        let error = Waveform::from_wav(&bytes[..len]).unwrap_err();
        assert!(is_damaged(&error), "{len} bytes: {error}");
    }
    assert!(Waveform::from_wav(&bytes).is_ok());
}

#[test]
fn files_of_another_kind_are_unsupported() {
    for (bytes, names) in [
        (&b"This is a text and no recording."[..], "This is a te"),
        (b"hello", "hello"),
        (b"OggS\0\0\0\0\0\0\0\0\0\0", "OggS"),
        (b"RIFF\0\0\0\0AVI LIST", "AVI"),
        (b"RIFX\0\0\0\0WAVEfmt ", "RIFX"),
        (b"RF64\xFF\xFF\xFF\xFFWAVEds64", "RF64"),
    ] {
        let error = Waveform::from_wav(bytes).unwrap_err();
        assert!(
            is_unsupported(&error) && error.to_string().contains(names),
            "{error}"
        );
    }
}

#[test]
fn other_codecs_are_named() {
    for (tag, bits, names) in [
        (2, 4, "Microsoft ADPCM"),
        (6, 16, "A-law of other than 8 bits"),
        (7, 16, "mu-law of other than 8 bits"),
        (0x11, 4, "IMA ADPCM"),
        (0x55, 0, "MP3 in a WAV (tag 0x0055)"),
        (0x1234, 16, "0x1234"),
        (PCM, 12, "12-bit PCM"),
        (PCM, 64, "64-bit PCM"),
        (FLOAT, 16, "16-bit float"),
    ] {
        let file = Wav::new(tag, bits, 1, vec![0; 64]);
        let error = Waveform::from_wav(&file.bytes()).unwrap_err();
        assert!(
            is_unsupported(&error) && error.to_string().contains(names),
            "{error}"
        );
    }
    let ambisonic = Wav {
        guid: Some([0x21; 14]),
        ..Wav::mono16()
    };
    let error = Waveform::from_wav(&ambisonic.bytes()).unwrap_err();
    assert!(
        is_unsupported(&error) && error.to_string().contains("subformat"),
        "{error}"
    );
}

#[test]
fn a_header_that_contradicts_itself_is_damaged() {
    for (file, names) in [
        (Wav::new(PCM, 16, 0, vec![0; 8]), "0 channels"),
        (
            Wav {
                block_align: 3,
                ..Wav::mono16()
            },
            "alignment of 3",
        ),
        (
            Wav {
                block_align: 0,
                ..Wav::mono16()
            },
            "alignment of 0",
        ),
        (
            Wav {
                data: vec![0; 7],
                ..Wav::mono16()
            },
            "7 bytes",
        ),
    ] {
        let error = Waveform::from_wav(&file.bytes()).unwrap_err();
        assert!(
            is_damaged(&error) && error.to_string().contains(names),
            "{error}"
        );
    }
    for actual in [0, 1, 7_999, 192_001, u32::MAX] {
        let file = Wav {
            sample_rate: actual,
            ..Wav::mono16()
        };
        assert_eq!(
            Waveform::from_wav(&file.bytes()),
            Err(Error::SampleRate { actual })
        );
    }

    let mut no_fmt = b"RIFF\0\0\0\0WAVE".to_vec();
    no_fmt.extend(chunk(b"data", &[0; 8]));
    let mut small_fmt = b"RIFF\0\0\0\0WAVE".to_vec();
    small_fmt.extend(chunk(b"fmt ", &[1, 0, 1, 0]));
    let mut no_subformat = Wav::mono16();
    no_subformat.tag = 0xFFFE;
    for bytes in [no_fmt, small_fmt, no_subformat.bytes()] {
        let error = Waveform::from_wav(&bytes).unwrap_err();
        assert!(
            is_damaged(&error) && error.to_string().contains("fmt"),
            "{error}"
        );
    }
}

#[test]
fn a_chunk_that_claims_4_gb_allocates_nothing() {
    let mut bytes = b"RIFF\0\0\0\0WAVEfmt \xFF\xFF\xFF\xFF".to_vec();
    bytes.extend([0x41; 5]);
    assert!(is_damaged(&decode(&bytes, 3).unwrap_err()));

    let mut skipped = b"RIFF\0\0\0\0WAVEjunk\xFF\xFF\xFF\xFF".to_vec();
    skipped.extend([0x41; 1_000]);
    assert!(is_damaged(&decode(&skipped, 3).unwrap_err()));
}

#[test]
fn samples_that_are_not_audio_are_named_by_their_index() {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 32_767.0] {
        let mut wave = vec![0.25; 1_000];
        wave[777] = bad;
        let data = wave.iter().flat_map(|s| s.to_le_bytes()).collect();
        let error = decode(&Wav::new(FLOAT, 32, 1, data).bytes(), 100).unwrap_err();
        assert!(
            is_damaged(&error) && error.to_string().contains("sample 777"),
            "{error}"
        );
    }
    // Finite as f64, but not as f32.
    let data = 1e300_f64.to_le_bytes().to_vec();
    let error = decode(&Wav::new(FLOAT, 64, 1, data).bytes(), 100).unwrap_err();
    assert!(error.to_string().contains("sample 0"), "{error}");
}

#[test]
fn a_failed_decoder_stays_failed_and_a_new_one_is_unharmed() {
    let mut decoder = WavDecoder::new();
    let mut out = Vec::new();
    let error = decoder.push(b"not a WAV at all", &mut out).unwrap_err();
    assert_eq!(
        decoder.push(&Wav::mono16().bytes(), &mut out),
        Err(error.clone())
    );
    assert_eq!(decoder.finish(&mut out), Err(error));
    assert!(out.is_empty());
    assert_eq!(samples(&Wav::mono16()).len(), 4);
}

#[test]
fn random_damage_never_panics() {
    let file = Wav {
        extra: chunk(b"LIST", b"INFO!"),
        guid: Some(GUID),
        ..Wav::mono16()
    }
    .bytes();
    for (round, value) in noise(20_000).into_iter().enumerate() {
        let mut damaged = file.clone();
        let at = round % damaged.len();
        damaged[at] = (value * 512.0) as i32 as u8;
        let again = (round * 31 + 7) % damaged.len();
        damaged[again] ^= 1 << (round % 8);
        let whole = decode(&damaged, usize::MAX);
        assert_eq!(decode(&damaged, 5).is_ok(), whole.is_ok());
    }
}
