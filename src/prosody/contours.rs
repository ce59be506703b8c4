//! What is heard of each frame of a passage, one contour for each thing (low-level descriptors, as
//! emotion research calls them).

use std::f64::consts::PI;

use super::passage::{Passage, harmonicity};
use super::statistics::mean;

/// Bands that the mel bands are pooled to, for the eye on how they move.
const N_BANDS: usize = 16;
/// Cepstral coefficients, without the first, which is the level.
const N_CEPSTRA: usize = 13;
/// Contours of a passage: of bands, cepstra, level, shape, flux, periodicity and pitch.
pub(super) const N_CONTOURS: usize = N_BANDS + N_CEPSTRA + 2 + 8 + 1 + 2 + 3;
/// What lies further below the passage's loudest band is taken to lie there, in dB.
const RANGE: f64 = 60.0;
/// Frames that a slope is taken over, on either side.
const REACH: usize = 2;

/// The contours of a passage, in this order:
///
/// - levels of 16 bands without what stays or drifts (RASTA; Hermansky & Morgan 1994,
///   doi:10.1109/89.326616), so that a microphone's colour is not in them;
/// - 13 cepstral coefficients;
/// - level below the loudest frame, and its slope;
/// - centroid, spread and entropy of the spectrum over the bands and its tilt, then the slope of each;
/// - spectral flux: how far the bands move from frame to frame, the level apart;
/// - periodicity and its slope;
/// - of the frames with a pitch: pitch in semitones, its steps, harmonics-to-noise ratio in dB.
///
/// All but the last three have a value for each frame from the first speech to the last.
///
/// `frames` are those of the passage, their bands in dB below the loudest of all.
pub(super) fn contours(passage: &Passage, frames: &[Vec<f32>]) -> Vec<Vec<f64>> {
    let kept = |frame: &Vec<f32>| frame.iter().map(|&db| f64::from(db).max(-RANGE)).collect();
    let bands: Vec<Vec<f64>> = frames.iter().map(kept).collect();
    let mut contours = Vec::with_capacity(N_CONTOURS);
    contours.extend((0..N_BANDS).map(|band| rasta(&pooled(&bands, band))));
    contours.extend(cepstra(&bands));
    let levels: Vec<f64> = passage.levels.iter().copied().map(f64::from).collect();
    contours.extend(with_slope(levels));
    let shape = shape(&bands);
    let slopes = shape.each_ref().map(|contour| slope(contour));
    contours.extend(shape.into_iter().chain(slopes));
    contours.push(flux(&bands));
    let periodicity: Vec<f64> = passage.periodicity.iter().copied().map(f64::from).collect();
    contours.extend(with_slope(periodicity));
    let speech = passage.speech();
    for contour in &mut contours {
        contour.truncate(speech.end);
        contour.drain(..speech.start);
    }
    let of_voice = |value: &dyn Fn(f32, f32) -> f32| {
        let peaks = passage.peaks();
        peaks
            .map(|peak| f64::from(value(peak.semitones, peak.periodicity)))
            .collect()
    };
    contours.push(of_voice(&|semitones, _| semitones));
    contours.push(passage.glides().into_iter().map(f64::from).collect());
    contours.push(of_voice(&|_, periodicity| harmonicity(periodicity)));
    contours
}

/// The mean of the mel bands that are pooled to `band`, frame by frame.
fn pooled(bands: &[Vec<f64>], band: usize) -> Vec<f64> {
    let part = |frame: &Vec<f64>| {
        let edge = |band: usize| band * frame.len() / N_BANDS;
        mean(frame[edge(band)..edge(band + 1)].iter().copied())
    };
    bands.iter().map(part).collect()
}

/// Lets through what changes about as fast as syllables do. Before its first value a contour is taken to have
/// stood still.
fn rasta(contour: &[f64]) -> Vec<f64> {
    const POLE: f64 = 0.94;
    let first = contour.first().copied().unwrap_or_default();
    let before = |i: usize, by: usize| i.checked_sub(by).map_or(first, |i| contour[i]);
    let mut last = 0.0;
    (0..contour.len())
        .map(|i| {
            let change = 0.2 * (contour[i] - before(i, 4)) + 0.1 * (before(i, 1) - before(i, 3));
            last = POLE * last + change;
            last
        })
        .collect()
}

/// Cosine transforms of each frame over its bands.
fn cepstra(bands: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let n_mels = bands.first().map_or(0, Vec::len);
    (1..=N_CEPSTRA)
        .map(|k| {
            let cosine = |i: usize| (PI / n_mels as f64 * (i as f64 + 0.5) * k as f64).cos();
            let basis: Vec<f64> = (0..n_mels).map(cosine).collect();
            let of_frame =
                |frame: &Vec<f64>| mean(frame.iter().zip(&basis).map(|(db, cosine)| db * cosine));
            bands.iter().map(of_frame).collect()
        })
        .collect()
}

/// Centroid, spread, entropy and tilt of each frame's bands.
fn shape(bands: &[Vec<f64>]) -> [Vec<f64>; 4] {
    let mut shape = [(); 4].map(|()| Vec::with_capacity(bands.len()));
    for frame in bands {
        let middle = (frame.len() - 1) as f64 / 2.0;
        let powers: Vec<f64> = frame.iter().map(|db| 10f64.powf(db / 10.0)).collect();
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
        for (contour, value) in shape
            .iter_mut()
            .zip([centroid, spread.sqrt(), entropy, tilt])
        {
            contour.push(value);
        }
    }
    shape
}

/// How far the bands move from frame to frame when all of them are moved to the same level.
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

fn with_slope(contour: Vec<f64>) -> [Vec<f64>; 2] {
    let slope = slope(&contour);
    [contour, slope]
}

/// The slope of the straight line through the values around each one; at the ends they go on as they are there.
fn slope(contour: &[f64]) -> Vec<f64> {
    let squares: f64 = (1..=REACH).map(|n| 2.0 * (n * n) as f64).sum();
    let at = |i: usize| contour[i.min(contour.len() - 1)];
    (0..contour.len())
        .map(|i| {
            let pair = |n: usize| n as f64 * (at(i + n) - at(i.saturating_sub(n)));
            (1..=REACH).map(pair).sum::<f64>() / squares
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stays_or_only_begins_loud_is_filtered_away() {
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
    fn a_straight_line_has_its_slope() {
        let line: Vec<f64> = (0..20).map(|i| 3.0 * f64::from(i)).collect();
        let found = slope(&line);
        assert!(found[2..18].iter().all(|x| (x - 3.0).abs() < 1e-12));
    }

    #[test]
    fn the_shape_of_a_spectrum_is_where_its_power_is() {
        let mut frame = vec![-60.0; 64];
        frame[40] = 0.0;
        let [centroid, spread, entropy, tilt] = shape(&[frame.clone()]).map(|contour| contour[0]);
        assert!((centroid - 40.0).abs() < 0.01 && spread < 0.2 && entropy < 0.01);
        assert!(tilt > 0.0);
        let flat = shape(&[vec![-10.0; 64]]).map(|contour| contour[0]);
        assert!((flat[2] - 64f64.ln()).abs() < 1e-9 && flat[3].abs() < 1e-9);
        // Louder alone is no flux.
        let louder: Vec<f64> = frame.iter().map(|db| db - 7.0).collect();
        assert!(flux(&[frame, louder])[1] < 1e-9);
    }
}
