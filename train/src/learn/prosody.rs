//! The prosody head: linear discriminant analysis of the figures of windows, fitted apart from the
//! network, which would otherwise lean on it where it should learn for itself.

mod discriminant;

use emotionai_voice::{FrameStream, N_MELODY, N_PROSODY, ProsodyHead};
use serde::{Deserialize, Serialize};

use crate::learn::recipe::Recipe;
use discriminant::{Example, discriminants};

/// How much the prosody says, and how its head is fitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prosody {
    /// What its logits are multiplied by before they are added to the network's; 0 for none. Nothing is
    /// said where the features are such that the pitch is not tracked.
    pub weight: f32,
    /// How far the spread within the labels is taken to be alike in all directions, from 0 to 1: there are
    /// more figures than their windows can tell apart.
    pub shrinkage: f64,
    /// How many times as large the figures of the melody are made, which are few, so that less is shrunk of
    /// them.
    pub melody: f64,
}

impl Default for Prosody {
    fn default() -> Prosody {
        Prosody {
            weight: 0.22,
            shrinkage: 0.35,
            melody: 5.0,
        }
    }
}

/// The figures of a window, of a recording or of a copy of it.
#[derive(Debug, Clone)]
pub struct Said {
    figures: Vec<f32>,
    /// What it counts for among the windows of its recording.
    weight: f64,
}

/// The figures of the windows that a stream would answer over a whole input, which count for `share` in
/// all. None where the pitch is not tracked.
pub fn listen(frames: &FrameStream, share: f64, recipe: &Recipe) -> Vec<Said> {
    let Recipe {
        features,
        windows,
        gate,
        ..
    } = recipe;
    let (n_frames, floor) = (frames.n_frames(), recipe.floor());
    let whole = (windows.provisional_frames..=n_frames)
        .step_by(windows.hop_frames)
        .filter(|&end| end >= windows.n_frames);
    let mut ends: Vec<usize> = whole.collect();
    if ends.last() != Some(&n_frames) {
        ends.push(n_frames);
    }
    let mut said = Vec::new();
    for end in ends {
        let speech = frames.speech_frames(end, windows, gate);
        let enough = speech > 0 && features.frames_to_ms(speech) >= gate.min_speech_ms;
        if enough && let Some(figures) = frames.prosody(end, windows, &floor) {
            said.push(Said {
                figures,
                weight: speech as f64,
            });
        }
    }
    let all: f64 = said.iter().map(|said| said.weight).sum();
    for said in &mut said {
        said.weight *= share / all;
    }
    said
}

/// Fits the head on the windows of recordings with their labels. `None` where there are no windows, or
/// the recipe wants none.
pub fn fit<'a>(
    said: impl Iterator<Item = (usize, &'a [Said])>,
    n_labels: usize,
    recipe: &Prosody,
) -> Option<ProsodyHead> {
    let windows: Vec<(usize, &Said)> = said
        .flat_map(|(label, said)| said.iter().map(move |said| (label, said)))
        .collect();
    if windows.is_empty() || recipe.weight == 0.0 {
        return None;
    }
    let mut head = standardisation(&windows, n_labels);
    // Every label counts alike, however rare it is.
    let mut of_label = vec![0.0; n_labels];
    for (label, said) in &windows {
        of_label[*label] += said.weight;
    }
    let n_heard = of_label.iter().filter(|&&weight| weight > 0.0).count() as f64;
    let examples: Vec<Example> = windows
        .iter()
        .map(|&(label, said)| Example {
            inputs: head.standardise(&said.figures),
            label,
            weight: said.weight / of_label[label] / n_heard,
        })
        .collect();
    let sizes: Vec<f64> = (0..N_PROSODY)
        .map(|figure| {
            if figure < N_MELODY {
                recipe.melody
            } else {
                1.0
            }
        })
        .collect();
    let (weights, bias) = discriminants(&examples, n_labels, &sizes, recipe.shrinkage);
    let scaled = |value: f64| value as f32 * recipe.weight;
    head.weights = weights.into_iter().map(scaled).collect();
    head.bias = bias.into_iter().map(scaled).collect();
    Some(head)
}

/// Mean and deviation of each figure; a head that says nothing yet.
fn standardisation(windows: &[(usize, &Said)], n_labels: usize) -> ProsodyHead {
    let all: f64 = windows.iter().map(|(_, said)| said.weight).sum();
    let mean_of = |figure: usize, of: &dyn Fn(f64) -> f64| -> f64 {
        let values = windows
            .iter()
            .map(|(_, said)| said.weight * of(f64::from(said.figures[figure])));
        values.sum::<f64>() / all
    };
    let mean: Vec<f64> = (0..N_PROSODY)
        .map(|figure| mean_of(figure, &|x| x))
        .collect();
    let std = (0..N_PROSODY).map(|figure| mean_of(figure, &|x| (x - mean[figure]).powi(2)).sqrt());
    ProsodyHead {
        // A figure that never changes says nothing.
        std: std
            .map(|std| if std > 1e-4 { std as f32 } else { 1.0 })
            .collect(),
        mean: mean.iter().map(|&mean| mean as f32).collect(),
        weights: vec![0.0; n_labels * N_PROSODY],
        bias: vec![0.0; n_labels],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Windows whose first figure tells the label, around 10 and 20, and whose others are noise.
    fn two_labels() -> Vec<(usize, Vec<Said>)> {
        let noise = |i: usize| ((i * 7919) % 101) as f32 / 101.0 - 0.5;
        (0..60)
            .map(|i| {
                // The first label is three times as frequent.
                let label = usize::from(i % 4 == 0);
                let mut figures = vec![0.0; N_PROSODY];
                for (place, figure) in figures.iter_mut().enumerate().skip(1) {
                    *figure = noise(i * N_PROSODY + place);
                }
                figures[0] = 10.0 + 10.0 * label as f32 + 4.0 * noise(i);
                (
                    label,
                    vec![Said {
                        figures,
                        weight: 1.0,
                    }],
                )
            })
            .collect()
    }

    fn head(recipe: &Prosody) -> Option<ProsodyHead> {
        let said = two_labels();
        fit(
            said.iter().map(|(label, said)| (*label, &said[..])),
            2,
            recipe,
        )
    }

    #[test]
    fn what_tells_labels_apart_is_found_and_rare_labels_count_alike() {
        let full = Prosody {
            weight: 1.0,
            ..Prosody::default()
        };
        let head = head(&full).unwrap();
        head.validate(2).unwrap();
        let lead = |figures: &[f32]| {
            let logits = head.logits(figures);
            logits[1] - logits[0]
        };
        for (label, said) in two_labels() {
            let lead = lead(&said[0].figures);
            assert_eq!(lead > 0.0, label == 1, "{lead}");
        }
        let at = |first: f32| {
            let mut figures = [0.0; N_PROSODY];
            figures[0] = first;
            lead(&figures)
        };
        let (low, middle, high) = (at(10.0), at(15.0), at(20.0));
        assert!(
            middle.abs() < 0.2 * (high - low),
            "{low}, {middle}, {high}: the middle is between the two, though one label is rarer"
        );
    }

    #[test]
    fn the_weight_scales_what_it_says_and_none_is_none() {
        let figures = two_labels().swap_remove(0).1.swap_remove(0).figures;
        let logits = |weight| {
            head(&Prosody {
                weight,
                ..Prosody::default()
            })
            .map(|head| head.logits(&figures))
        };
        let (full, half) = (logits(1.0).unwrap(), logits(0.5).unwrap());
        for (full, half) in full.iter().zip(half) {
            assert!((full - 2.0 * half).abs() < 1e-5);
        }
        assert_eq!(logits(0.0), None);
    }
}
