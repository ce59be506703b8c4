//! The prosody head: linear discriminant analysis of prosody functionals. It is fitted apart from the network, which
//! would otherwise rely on it instead of learning prosody itself.

mod discriminant;

use anyhow::Result;
use emotionai_voice::training::{N_PITCH_FUNCTIONALS, N_PROSODY_FUNCTIONALS, ProsodyHead};
use serde::{Deserialize, Serialize};

use crate::data::dataset::WindowFunctionals;
use discriminant::{Discriminant, Example};

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

/// What hands the functionals of each recording, with its label, to a function.
pub type Recordings<'a> = dyn Fn(&mut dyn FnMut(usize, &[WindowFunctionals])) -> Result<()> + 'a;

/// Fits the head on the prosody functionals of recordings, which are read in two passes. `None` where there are none, or
/// the recipe has no prosody.
pub fn fit(
    recordings: &Recordings,
    n_labels: usize,
    recipe: &Prosody,
) -> Result<Option<ProsodyHead>> {
    if recipe.weight == 0.0 {
        return Ok(None);
    }
    let mut moments = Moments::new(n_labels);
    recordings(&mut |label, windows| windows.iter().for_each(|it| moments.add(label, it)))?;
    // All labels that occur have the same total weight.
    let totals = &moments.totals;
    let n_occurring = totals.iter().filter(|&&weight| weight > 0.0).count() as f64;
    if n_occurring == 0.0 {
        return Ok(None);
    }
    let mut head = moments.head();
    let mut sums = Discriminant::new(N_PROSODY_FUNCTIONALS, n_labels);
    recordings(&mut |label, windows| {
        for window in windows {
            sums.push(Example {
                inputs: head.standardise(&window.values),
                label,
                weight: window.weight / totals[label] / n_occurring,
            });
        }
    })?;
    let scale = |index: usize| {
        if index < N_PITCH_FUNCTIONALS {
            recipe.pitch_scale
        } else {
            1.0
        }
    };
    let scales: Vec<f64> = (0..N_PROSODY_FUNCTIONALS).map(scale).collect();
    let (weights, bias) = sums.solve(&scales, recipe.shrinkage);
    let scaled = |value: f64| value as f32 * recipe.weight;
    head.weights = weights.into_iter().map(scaled).collect();
    head.bias = bias.into_iter().map(scaled).collect();
    Ok(Some(head))
}

/// Sums over windows, for the mean and the standard deviation of each functional.
struct Moments {
    /// Weight of each label.
    totals: Vec<f64>,
    /// Of the first window, which the sums are relative to: that keeps them small.
    origin: Vec<f64>,
    sums: Vec<f64>,
    squares: Vec<f64>,
}

impl Moments {
    fn new(n_labels: usize) -> Moments {
        Moments {
            totals: vec![0.0; n_labels],
            origin: Vec::new(),
            sums: vec![0.0; N_PROSODY_FUNCTIONALS],
            squares: vec![0.0; N_PROSODY_FUNCTIONALS],
        }
    }

    fn add(&mut self, label: usize, window: &WindowFunctionals) {
        self.totals[label] += window.weight;
        if self.origin.is_empty() {
            self.origin = window.values.iter().map(|&value| value.into()).collect();
        }
        for (index, &value) in window.values.iter().enumerate() {
            let value = f64::from(value) - self.origin[index];
            self.sums[index] += window.weight * value;
            self.squares[index] += window.weight * value * value;
        }
    }

    /// A head with the mean and the standard deviation of each functional, and without weights.
    fn head(&self) -> ProsodyHead {
        let all: f64 = self.totals.iter().sum();
        let mean = |index: usize| self.sums[index] / all;
        let std = |index: usize| {
            (self.squares[index] / all - mean(index).powi(2))
                .max(0.0)
                .sqrt()
        };
        ProsodyHead {
            // A functional that is constant carries no information.
            std: (0..N_PROSODY_FUNCTIONALS)
                .map(std)
                .map(|std| if std > 1e-4 { std as f32 } else { 1.0 })
                .collect(),
            mean: (0..N_PROSODY_FUNCTIONALS)
                .map(|index| (self.origin[index] + mean(index)) as f32)
                .collect(),
            weights: Vec::new(),
            bias: Vec::new(),
        }
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
                let mut values = vec![0.0; N_PROSODY_FUNCTIONALS];
                for (index, value) in values.iter_mut().enumerate().skip(1) {
                    *value = noise(i * N_PROSODY_FUNCTIONALS + index);
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
        let recordings = |each: &mut dyn FnMut(usize, &[WindowFunctionals])| {
            said.iter().for_each(|(label, said)| each(*label, said));
            Ok(())
        };
        fit(&recordings, 2, recipe).unwrap()
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
            let mut values = [0.0; N_PROSODY_FUNCTIONALS];
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
