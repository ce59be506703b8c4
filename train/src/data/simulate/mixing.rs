//! Levels, and sounds put behind a voice.

/// Mean square of the samples.
pub fn power(samples: &[f32]) -> f64 {
    let sum: f64 = samples.iter().map(|&s| f64::from(s).powi(2)).sum();
    sum / samples.len().max(1) as f64
}

/// Length of the frames that levels are read from, in seconds.
const FRAME_S: f64 = 0.02;

/// Frames down to this level below the active level are part of the speech, in dB (ITU-T P.56).
const MARGIN_DB: f64 = 15.9;

/// Mean square of speech while it lasts: over the frames of 20 ms that are not more than 15.9 dB
/// below it, after ITU-T P.56. Pauses do not count, so a clip that is half silence has the level
/// of its other half. 0 for silence.
pub fn active_power(samples: &[f32], sample_rate: u32) -> f64 {
    let powers = frame_powers(samples, sample_rate);
    let mut active = power(samples);
    // Each round leaves out frames of the one before, so it ends; two or three are usual.
    loop {
        let threshold = active * 10f64.powf(-MARGIN_DB / 10.0);
        let (sum, count) = powers
            .iter()
            .filter(|&&power| power >= threshold)
            .fold((0.0, 0), |(sum, count), power| (sum + power, count + 1));
        let next = sum / f64::from(count.max(1));
        if next <= active * (1.0 + 1e-9) {
            return next.max(active);
        }
        active = next;
    }
}

/// The stretch from the first to the last frame that is part of the speech.
pub fn active_stretch(samples: &[f32], sample_rate: u32) -> &[f32] {
    let threshold = active_power(samples, sample_rate) * 10f64.powf(-MARGIN_DB / 10.0);
    let powers = frame_powers(samples, sample_rate);
    let active = |power: &f64| *power >= threshold;
    match (
        powers.iter().position(active),
        powers.iter().rposition(active),
    ) {
        (Some(first), Some(last)) => {
            let frame = frame_length(sample_rate);
            &samples[first * frame..((last + 1) * frame).min(samples.len())]
        }
        _ => samples,
    }
}

/// `noise` at the length of `speech`, scaled so that its mean power is `snr_db` below the
/// [active level](active_power) of the speech. Noise that is shorter than the speech is repeated.
pub fn noise_at(speech: &[f32], noise: &[f32], sample_rate: u32, snr_db: f64) -> Vec<f32> {
    let noise_power = power(noise);
    if noise_power == 0.0 {
        return vec![0.0; speech.len()];
    }
    let wanted = active_power(speech, sample_rate) * 10f64.powf(-snr_db / 10.0);
    let gain = (wanted / noise_power).sqrt() as f32;
    let noise = noise.iter().cycle().take(speech.len());
    noise.map(|noise| gain * noise).collect()
}

/// The sum of two sounds of one length.
pub fn sum(a: &[f32], b: &[f32]) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a + b).collect()
}

/// Speech with noise behind it, scaled as by [`noise_at`].
pub fn mix(speech: &[f32], noise: &[f32], sample_rate: u32, snr_db: f64) -> Vec<f32> {
    sum(speech, &noise_at(speech, noise, sample_rate, snr_db))
}

/// The stretch of `len` samples that has the least power, looked for every 10 ms; all of the
/// samples where there are no more.
pub fn quietest_stretch(samples: &[f32], sample_rate: u32, len: usize) -> &[f32] {
    let Some(last) = samples.len().checked_sub(len) else {
        return samples;
    };
    let power_at = |start: &usize| power(&samples[*start..start + len]);
    let starts = (0..=last).step_by(sample_rate as usize / 100);
    let start = starts.min_by(|a, b| power_at(a).total_cmp(&power_at(b)));
    let start = start.unwrap_or(0);
    &samples[start..start + len]
}

fn frame_length(sample_rate: u32) -> usize {
    (f64::from(sample_rate) * FRAME_S) as usize
}

fn frame_powers(samples: &[f32], sample_rate: u32) -> Vec<f64> {
    samples
        .chunks(frame_length(sample_rate))
        .map(power)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 16_000;

    /// A second of a tone of amplitude 0.1 between two of silence.
    fn tone_in_silence() -> Vec<f32> {
        let second = RATE as usize;
        let tone = (0..second).map(|i| 0.1 * (0.3 * i as f32).sin());
        let silence = std::iter::repeat_n(0.0, 2 * second);
        silence.clone().chain(tone).chain(silence).collect()
    }

    #[test]
    fn pauses_do_not_lower_the_active_level() {
        let samples = tone_in_silence();
        assert!((active_power(&samples, RATE) / 0.005 - 1.0).abs() < 0.01);
        assert!((power(&samples) / 0.001 - 1.0).abs() < 0.01);
        assert_eq!(active_power(&[0.0; 1_000], RATE), 0.0);
        assert_eq!(active_power(&[], RATE), 0.0);
        let stretch = active_stretch(&samples, RATE);
        assert_eq!(stretch, &samples[32_000..48_000]);
    }

    #[test]
    fn the_quietest_stretch_is_found() {
        let mut samples = vec![0.5; 10_000];
        samples[4_000..6_000].fill(0.1);
        assert_eq!(quietest_stretch(&samples, RATE, 1_600), [0.1; 1_600]);
        assert_eq!(quietest_stretch(&samples, RATE, 20_000).len(), 10_000);
    }

    #[test]
    fn noise_is_as_far_below_the_speech_as_asked() {
        let speech = tone_in_silence();
        let noise: Vec<f32> = (0..7_001).map(|i| 7.0 * (0.7 * i as f32).cos()).collect();
        for snr_db in [-5.0, 0.0, 20.0, 35.0] {
            let mixed = mix(&speech, &noise, RATE, snr_db);
            let added: Vec<f32> = mixed.iter().zip(&speech).map(|(m, s)| m - s).collect();
            let snr = 10.0 * (0.005 / power(&added)).log10();
            assert!((snr - snr_db).abs() < 0.1, "{snr} {snr_db}");
        }
        assert_eq!(mix(&speech, &[0.0; 10], RATE, 0.0), speech);
        assert_eq!(mix(&speech, &[], RATE, 0.0), speech);
    }
}
