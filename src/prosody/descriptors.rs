//! Low-level descriptors: the course of each property of the sound from frame to frame.

use super::pitch_track::{PitchTrack, harmonicity_db};
use crate::features::maths::{Dct, db_power, mean};

/// Bands to which the mel bands are pooled for the modulation of the spectrum.
const N_BANDS: usize = 16;
/// Cepstral coefficients, without the first, which is the level.
const N_CEPSTRA: usize = 13;
/// Descriptors: of bands, cepstra, level, spectral shape, flux, periodicity and pitch.
pub(super) const N_DESCRIPTORS: usize = N_BANDS + N_CEPSTRA + 2 + 8 + 1 + 2 + 3;
/// The floor of the mel bands relative to the window's loudest, in dB.
const FLOOR_DB: f64 = -60.0;
/// Frames on either side over which a slope is taken.
const SLOPE_REACH: usize = 2;

/// The descriptors of a window, in this order:
///
/// - levels of 16 bands through a RASTA filter (Hermansky & Morgan 1994, doi:10.1109/89.326616), which
///   removes constant and drifting levels and with them the microphone's frequency response;
/// - 13 cepstral coefficients;
/// - level relative to the loudest frame, and its slope;
/// - centroid, spread and entropy of the spectrum over the bands and its tilt, then the slope of each;
/// - spectral flux: the change of the bands from frame to frame, apart from the level;
/// - periodicity and its slope;
/// - of the voiced frames: pitch in semitones, its steps, harmonics-to-noise ratio in dB.
///
/// All but the last three have a value for each frame from the first speech to the last.
///
/// `bands` are the mel bands of the track's frames, in dB below the loudest band.
pub(super) fn descriptors(track: &PitchTrack, bands: &[Vec<f32>]) -> Vec<Vec<f64>> {
    let floored = |frame: &Vec<f32>| {
        let levels = frame.iter().map(|&db| f64::from(db).max(FLOOR_DB));
        levels.collect()
    };
    let bands: Vec<Vec<f64>> = bands.iter().map(floored).collect();
    let mut all = Vec::with_capacity(N_DESCRIPTORS);
    all.extend((0..N_BANDS).map(|band| rasta(&pooled(&bands, band))));
    all.extend(cepstra(&bands));
    all.extend(with_slope(to_f64(&track.levels)));
    let shape = shape(&bands);
    let slopes = shape.each_ref().map(|values| slope(values));
    all.extend(shape.into_iter().chain(slopes));
    all.push(flux(&bands));
    all.extend(with_slope(to_f64(&track.periodicity)));
    let speech = track.speech();
    for values in &mut all {
        values.truncate(speech.end);
        values.drain(..speech.start);
    }
    let pitch = track.voiced_pitch();
    all.push(pitch.map(|pitch| f64::from(pitch.semitones)).collect());
    all.push(track.pitch_steps());
    let harmonicity = (track.voiced_pitch()).map(|pitch| harmonicity_db(pitch.periodicity));
    all.push(harmonicity.map(f64::from).collect());
    all
}

fn to_f64(values: &[f32]) -> Vec<f64> {
    values.iter().copied().map(f64::from).collect()
}

/// The mean of the mel bands that form the pooled band, frame by frame.
fn pooled(bands: &[Vec<f64>], band: usize) -> Vec<f64> {
    let part = |frame: &Vec<f64>| {
        let edge = |band: usize| band * frame.len() / N_BANDS;
        mean(frame[edge(band)..edge(band + 1)].iter().copied())
    };
    bands.iter().map(part).collect()
}

/// The RASTA filter, which passes changes at the rate of syllables. The first value stands for all
/// before it.
fn rasta(values: &[f64]) -> Vec<f64> {
    const POLE: f64 = 0.94;
    let first = values.first().copied().unwrap_or_default();
    let before = |i: usize, by: usize| i.checked_sub(by).map_or(first, |i| values[i]);
    let mut last = 0.0;
    (0..values.len())
        .map(|i| {
            let change = 0.2 * (values[i] - before(i, 4)) + 0.1 * (before(i, 1) - before(i, 3));
            last = POLE * last + change;
            last
        })
        .collect()
}

/// The cepstral coefficients, each frame by frame.
fn cepstra(bands: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let n_mels = bands.first().map_or(0, Vec::len);
    let dct = Dct::new(n_mels, N_CEPSTRA);
    let mut cepstra = vec![Vec::with_capacity(bands.len()); N_CEPSTRA];
    for frame in bands {
        for (values, coefficient) in cepstra.iter_mut().zip(dct.apply(frame)) {
            values.push(coefficient);
        }
    }
    cepstra
}

/// Centroid, spread, entropy and tilt of each frame's bands.
fn shape(bands: &[Vec<f64>]) -> [Vec<f64>; 4] {
    let mut shape = [(); 4].map(|()| Vec::with_capacity(bands.len()));
    for frame in bands {
        let middle = (frame.len() - 1) as f64 / 2.0;
        let powers: Vec<f64> = frame.iter().map(|&db| db_power(db)).collect();
        let all: f64 = powers.iter().sum();
        let (mut centroid, mut entropy, mut tilt) = (0.0, 0.0, 0.0);
        for (band, (power, db)) in powers.iter().zip(frame).enumerate() {
            let share = power / all;
            centroid += share * band as f64;
            entropy -= share * share.ln();
            tilt += db * (band as f64 - middle) / frame.len() as f64;
        }
        let from = |band: usize| (band as f64 - centroid).powi(2);
        let spread = powers.iter().enumerate();
        let spread: f64 = spread.map(|(band, power)| power / all * from(band)).sum();
        for (values, value) in shape
            .iter_mut()
            .zip([centroid, spread.sqrt(), entropy, tilt])
        {
            values.push(value);
        }
    }
    shape
}

/// The mean change of the bands from frame to frame, once their mean levels are made equal.
fn flux(bands: &[Vec<f64>]) -> Vec<f64> {
    let levels: Vec<f64> = bands
        .iter()
        .map(|frame| mean(frame.iter().copied()))
        .collect();
    let moved = |i: usize| {
        let step = levels[i] - levels[i - 1];
        mean((bands[i].iter().zip(&bands[i - 1])).map(|(now, before)| (now - before - step).abs()))
    };
    (0..bands.len())
        .map(|i| if i == 0 { 0.0 } else { moved(i) })
        .collect()
}

fn with_slope(values: Vec<f64>) -> [Vec<f64>; 2] {
    let slope = slope(&values);
    [values, slope]
}

/// The slope of the straight line through the values around each one. The first and the last value
/// continue beyond the ends.
fn slope(values: &[f64]) -> Vec<f64> {
    let squares: f64 = (1..=SLOPE_REACH).map(|n| 2.0 * (n * n) as f64).sum();
    let at = |i: usize| values[i.min(values.len() - 1)];
    (0..values.len())
        .map(|i| {
            let pair = |n: usize| n as f64 * (at(i + n) - at(i.saturating_sub(n)));
            (1..=SLOPE_REACH).map(pair).sum::<f64>() / squares
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::*;

    #[test]
    fn rasta_removes_constants_and_drift_and_passes_syllables() {
        assert!(rasta(&[-20.0; 50]).iter().all(|x| *x == 0.0));
        let moves = |period: f64| {
            let wave: Vec<f64> = (0..400)
                .map(|i| (2.0 * PI * f64::from(i) / period).sin())
                .collect();
            let kept = rasta(&wave);
            kept[200..].iter().map(|x| x.abs()).fold(0.0, f64::max)
        };
        // 4 Hz, and once in ten seconds.
        assert!(moves(16.0) > 5.0 * moves(625.0), "syllables come through");
    }

    #[test]
    fn the_slope_of_a_straight_line_is_exact() {
        let line: Vec<f64> = (0..20).map(|i| 3.0 * f64::from(i)).collect();
        let found = slope(&line);
        assert!(found[2..18].iter().all(|x| (x - 3.0).abs() < 1e-12));
    }

    #[test]
    fn spectral_shape_follows_the_power_and_flux_ignores_gain() {
        let mut frame = vec![-60.0; 64];
        frame[40] = 0.0;
        let [centroid, spread, entropy, tilt] = shape(&[frame.clone()]).map(|values| values[0]);
        assert!((centroid - 40.0).abs() < 0.01 && spread < 0.2 && entropy < 0.01);
        assert!(tilt > 0.0);
        let flat = shape(&[vec![-10.0; 64]]).map(|values| values[0]);
        assert!((flat[2] - 64f64.ln()).abs() < 1e-9 && flat[3].abs() < 1e-9);
        // A change of level alone is no flux.
        let louder: Vec<f64> = frame.iter().map(|db| db - 7.0).collect();
        assert!(flux(&[frame, louder])[1] < 1e-9);
    }
}
