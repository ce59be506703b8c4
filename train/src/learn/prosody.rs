//! The prosody head: linear discriminant analysis of prosody functionals. It is fitted apart from the network, which
//! would otherwise rely on it instead of learning prosody itself.

mod discriminant;

use emotionai_voice::{N_MELODY, N_PROSODY, ProsodyHead};
use serde::{Deserialize, Serialize};

use crate::data::dataset::WindowFunctionals;
use discriminant::{Example, discriminants};

/// How the prosody head is fitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prosody {
    /// Factor of the head's logits before they are added to the network's; 0 for no head. Features without pitch
    /// tracking have no head either.
    pub weight: f32,
    /// Shrinkage of the covariance within labels towards a multiple of the identity, from 0 to 1: there are more
    /// functionals than their windows can determine.
    pub shrinkage: f64,
    /// Scale of the pitch functionals, which are few, so that the shrinkage affects them less.
    pub pitch_scale: f64,
}

impl Default for Prosody {
    fn default() -> Prosody {
        Prosody {
            weight: 0.22,
            shrinkage: 0.35,
            pitch_scale: 5.0,
        }
    }
}

/// Fits the head on the prosody functionals of recordings, each with its label. `None` where there are
/// none, or the recipe has no prosody.
pub fn fit<'a>(
    recordings: impl Iterator<Item = (usize, &'a [WindowFunctionals])>,
    n_labels: usize,
    recipe: &Prosody,
) -> Option<ProsodyHead> {
    let windows: Vec<(usize, &WindowFunctionals)> = recordings
        .flat_map(|(label, windows)| windows.iter().map(move |window| (label, window)))
        .collect();
    if windows.is_empty() || recipe.weight == 0.0 {
        return None;
    }
    let mut head = standardisation(&windows, n_labels);
    // All labels that occur have the same total weight.
    let mut totals = vec![0.0; n_labels];
    for (label, window) in &windows {
        totals[*label] += window.weight;
    }
    let n_occurring = totals.iter().filter(|&&weight| weight > 0.0).count() as f64;
    let examples: Vec<Example> = windows
        .iter()
        .map(|&(label, window)| Example {
            inputs: head.standardise(&window.values),
            label,
            weight: window.weight / totals[label] / n_occurring,
        })
        .collect();
    let scale = |index: usize| {
        if index < N_MELODY {
            recipe.pitch_scale
        } else {
            1.0
        }
    };
    let scales: Vec<f64> = (0..N_PROSODY).map(scale).collect();
    let (weights, bias) = discriminants(&examples, n_labels, &scales, recipe.shrinkage);
    let scaled = |value: f64| value as f32 * recipe.weight;
    head.weights = weights.into_iter().map(scaled).collect();
    head.bias = bias.into_iter().map(scaled).collect();
    Some(head)
}

/// A head with the mean and the standard deviation of each functional, and weights of 0.
fn standardisation(windows: &[(usize, &WindowFunctionals)], n_labels: usize) -> ProsodyHead {
    let all: f64 = windows.iter().map(|(_, window)| window.weight).sum();
    let mean_of = |index: usize, of: &dyn Fn(f64) -> f64| -> f64 {
        let values = windows
            .iter()
            .map(|(_, window)| window.weight * of(f64::from(window.values[index])));
        values.sum::<f64>() / all
    };
    let mean: Vec<f64> = (0..N_PROSODY).map(|index| mean_of(index, &|x| x)).collect();
    let std = (0..N_PROSODY).map(|index| mean_of(index, &|x| (x - mean[index]).powi(2)).sqrt());
    ProsodyHead {
        // A functional that is constant carries no information.
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

    /// Windows whose first value tells the label, around 10 and 20, and whose others are noise.
    fn two_labels() -> Vec<(usize, Vec<WindowFunctionals>)> {
        let noise = |i: usize| ((i * 7919) % 101) as f32 / 101.0 - 0.5;
        (0..60)
            .map(|i| {
                // The first label is three times as frequent.
                let label = usize::from(i % 4 == 0);
                let mut values = vec![0.0; N_PROSODY];
                for (index, value) in values.iter_mut().enumerate().skip(1) {
                    *value = noise(i * N_PROSODY + index);
                }
                values[0] = 10.0 + 10.0 * label as f32 + 4.0 * noise(i);
                (
                    label,
                    vec![WindowFunctionals {
                        values,
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
        let lead = |values: &[f32]| {
            let logits = head.logits(values);
            logits[1] - logits[0]
        };
        for (label, said) in two_labels() {
            let lead = lead(&said[0].values);
            assert_eq!(lead > 0.0, label == 1, "{lead}");
        }
        let at = |first: f32| {
            let mut values = [0.0; N_PROSODY];
            values[0] = first;
            lead(&values)
        };
        let (low, middle, high) = (at(10.0), at(15.0), at(20.0));
        assert!(
            middle.abs() < 0.2 * (high - low),
            "{low}, {middle}, {high}: the middle is between the two, though one label is rarer"
        );
    }

    #[test]
    fn the_weight_scales_what_it_says_and_none_is_none() {
        let values = two_labels().swap_remove(0).1.swap_remove(0).values;
        let logits = |weight| {
            head(&Prosody {
                weight,
                ..Prosody::default()
            })
            .map(|head| head.logits(&values))
        };
        let (full, half) = (logits(1.0).unwrap(), logits(0.5).unwrap());
        for (full, half) in full.iter().zip(half) {
            assert!((full - 2.0 * half).abs() < 1e-5);
        }
        assert_eq!(logits(0.0), None);
    }
}
