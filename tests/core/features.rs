use emotionai_voice::training::{MelFilterbank, Stft, power_to_db};
use emotionai_voice::{Error, FeatureConfig, LogMelExtractor, MelSpectrogram};

use crate::support::{Golden, noise};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn extract(config: &FeatureConfig, samples: &[f32], chunk: usize) -> MelSpectrogram {
    let mut extractor = LogMelExtractor::new(config).unwrap();
    let mut mel = MelSpectrogram::new(config.n_mels);
    for chunk in samples.chunks(chunk) {
        extractor.push(chunk, &mut mel).unwrap();
    }
    extractor.flush(&mut mel);
    mel
}

#[test]
fn log_mel_frames_equal_librosas() {
    let golden = Golden::load();
    assert!(golden.cases.len() > 100);
    for case in &golden.cases {
        let name = format!("{} samples of {}, {:?}", case.len, case.signal, case.config);
        let mel = extract(&case.config, &golden.signal(case), usize::MAX);
        let expected = case.expected();
        assert_eq!(mel.n_frames(), case.n_frames, "{name}");
        for (i, (ours, theirs)) in mel.as_slice().iter().zip(&expected).enumerate() {
            // Everywhere, not only within 80 dB of the maximum: both transform in f64.
            assert!(
                (ours - theirs).abs() <= 1e-3,
                "{name}: {ours} dB instead of {theirs} in frame {} band {}",
                i / case.config.n_mels,
                i % case.config.n_mels,
            );
        }
    }
}

#[test]
fn a_stream_equals_the_whole_for_any_chunking() {
    let samples = noise(9_001);
    for config in Golden::load().banks.into_iter().map(|bank| bank.config) {
        let whole = extract(&config, &samples, usize::MAX);
        for chunk in [1, 2, 7, 127, 128, 251, 441, 512, 997, 1024, 4801] {
            assert_eq!(
                extract(&config, &samples, chunk),
                whole,
                "chunks of {chunk}"
            );
        }
    }
}

#[test]
fn the_number_of_frames_follows_the_rule() {
    let config = FeatureConfig {
        n_fft: 400,
        win_length: 400,
        hop_length: 160,
        ..FeatureConfig::default()
    };
    for len in (1..2_000).step_by(13).chain([160, 320, 399, 400, 401]) {
        let n_frames = extract(&config, &noise(len), 64).n_frames();
        assert_eq!(n_frames, 1 + len / 160, "{len} samples");
    }
    assert_eq!(extract(&config, &[], 64).n_frames(), 0);
}

#[test]
fn a_frame_comes_as_soon_as_its_last_sample_is_in() {
    let config = FeatureConfig::default();
    let mut extractor = LogMelExtractor::new(&config).unwrap();
    let mut mel = MelSpectrogram::new(config.n_mels);
    extractor
        .push(&vec![0.1; config.n_fft / 2 - 1], &mut mel)
        .unwrap();
    assert_eq!(mel.n_frames(), 0);
    extractor.push(&[0.1], &mut mel).unwrap();
    assert_eq!(mel.n_frames(), 1);
    extractor
        .push(&vec![0.1; config.hop_length], &mut mel)
        .unwrap();
    assert_eq!(mel.n_frames(), 2);
}

#[test]
fn flush_and_reset_forget_the_input() {
    let config = FeatureConfig::default();
    let samples = noise(3_000);
    let fresh = extract(&config, &samples, 100);
    let mut extractor = LogMelExtractor::new(&config).unwrap();
    let mut scrap = MelSpectrogram::new(config.n_mels);
    extractor.push(&noise(777), &mut scrap).unwrap();
    extractor.flush(&mut scrap);
    let after_flush = scrap.n_frames();
    extractor.flush(&mut scrap);
    assert_eq!(
        scrap.n_frames(),
        after_flush,
        "a second flush has nothing to add"
    );
    extractor.push(&noise(555), &mut scrap).unwrap();
    extractor.reset();
    let mut again = MelSpectrogram::new(config.n_mels);
    extractor.push(&samples, &mut again).unwrap();
    extractor.flush(&mut again);
    assert_eq!(again, fresh);
}

#[test]
fn silence_lies_on_the_floor_and_full_scale_stays_finite() {
    let config = FeatureConfig::default();
    let silent = extract(&config, &[0.0; 4_000], 128);
    assert!(silent.as_slice().iter().all(|&db| db == -100.0));
    for level in [1.0, -1.0, 100.0, f32::MIN_POSITIVE] {
        let loud = extract(&config, &[level; 4_000], 128);
        assert!(loud.as_slice().iter().all(|db| db.is_finite()), "{level}");
    }
}

#[test]
fn the_largest_float_has_a_finite_level() {
    let c = FeatureConfig::default();
    let mut stft = Stft::new(c.n_fft, c.win_length).unwrap();
    let bank = MelFilterbank::new(c.sample_rate, c.n_fft, c.n_mels, c.f_min, c.f_max).unwrap();
    let mut mel = vec![0.0; c.n_mels];
    let power = stft.power(&vec![f32::MAX; c.n_fft]).unwrap();
    bank.apply(power, &mut mel).unwrap();
    assert!(power_to_db(&mel, None).iter().all(|db| db.is_finite()));
}

#[test]
fn a_sample_that_is_not_audio_is_an_error_and_not_silence() {
    let config = FeatureConfig::default();
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, -101.0] {
        let mut extractor = LogMelExtractor::new(&config).unwrap();
        let mut mel = MelSpectrogram::new(config.n_mels);
        let samples = noise(3_000);
        extractor.push(&samples[..2_000], &mut mel).unwrap();
        let error = extractor.push(&[0.0, bad, 0.0], &mut mel).unwrap_err();
        assert!(matches!(error, Error::InvalidAudio { .. }), "{error}");
        assert!(error.to_string().contains("at sample 2001"), "{error}");
        // The chunk is left out whole, and the input goes on.
        extractor.push(&samples[2_000..], &mut mel).unwrap();
        extractor.flush(&mut mel);
        assert_eq!(mel, extract(&config, &samples, usize::MAX), "{bad}");
        let error = extractor.push(&[bad], &mut mel).unwrap_err();
        assert!(error.to_string().contains("at sample 0"), "{error}");
    }
}

#[test]
fn configurations_out_of_range_are_refused() {
    let good = FeatureConfig::default();
    assert_eq!(good.validate(), Ok(()));
    let with = |change: fn(&mut FeatureConfig)| {
        let mut config = FeatureConfig::default();
        change(&mut config);
        config
    };
    for (field, config) in [
        ("sample_rate", with(|c| c.sample_rate = 0)),
        ("sample_rate", with(|c| c.sample_rate = 200_000)),
        ("n_fft", with(|c| c.n_fft = 0)),
        ("n_fft", with(|c| c.n_fft = 1023)),
        ("n_fft", with(|c| c.n_fft = 32_768)),
        ("win_length", with(|c| c.win_length = 0)),
        ("win_length", with(|c| c.win_length = 1025)),
        ("hop_length", with(|c| c.hop_length = 0)),
        ("hop_length", with(|c| c.hop_length = 1025)),
        ("n_mels", with(|c| c.n_mels = 0)),
        ("n_mels", with(|c| c.n_mels = 514)),
        ("n_mels", with(|c| c.n_mels = usize::MAX)),
        ("f_min", with(|c| c.f_min = -1.0)),
        ("f_min", with(|c| c.f_min = f32::NAN)),
        ("f_min", with(|c| c.f_min = 8_000.0)),
        ("f_max", with(|c| c.f_max = 8_001.0)),
        ("f_max", with(|c| c.f_max = f32::INFINITY)),
    ] {
        let error = config.validate().unwrap_err();
        assert!(matches!(error, Error::InvalidConfig { .. }), "{error}");
        assert!(error.to_string().contains(field), "{field}: {error}");
    }
}

#[test]
fn a_configuration_survives_json_and_rejects_unknown_fields() {
    let config = FeatureConfig::default();
    let json = serde_json::to_string(&config).unwrap();
    assert_eq!(
        serde_json::from_str::<FeatureConfig>(&json).unwrap(),
        config
    );
    let unknown = json.replacen('{', "{\"preemphasis\":0.97,", 1);
    assert!(serde_json::from_str::<FeatureConfig>(&unknown).is_err());
}

#[test]
fn top_db_raises_the_floor_below_the_loudest() {
    let power = [1e-3, 1.0, 1e-9, 0.0];
    assert_eq!(power_to_db(&power, None), [-30.0, 0.0, -90.0, -100.0]);
    assert_eq!(power_to_db(&power, Some(60.0)), [-30.0, 0.0, -60.0, -60.0]);
    assert!(power_to_db(&[], Some(60.0)).is_empty());
}

#[test]
fn a_spectrogram_drops_frames_from_its_front() {
    let mut mel = MelSpectrogram::new(2);
    for i in 0..5 {
        mel.push_frame(&[i as f32, -(i as f32)]);
    }
    mel.drain_front(2);
    assert_eq!(mel.frames().next(), Some(&[2.0, -2.0][..]));
    assert_eq!(mel.n_frames(), 3);
    mel.drain_front(100);
    assert!(mel.is_empty());
}
