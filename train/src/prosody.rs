//! The prosody head: multinomial logistic regression on the figures of windows, fitted apart from the
//! network, which would otherwise lean on it where it should learn for itself.

use emotionai_voice::{FrameStream, N_PROSODY, ProsodyHead};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::evaluation::softmax;
use crate::recipe::Recipe;

/// How much the prosody says, and how its head is fitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prosody {
    /// What its logits are multiplied by before they are added to the network's; 0 for none. Nothing is
    /// said where the features are such that the pitch is not tracked.
    pub weight: f32,
    /// Weight of half the squared weights beside the mean loss of a clip.
    pub l2: f64,
}

impl Default for Prosody {
    fn default() -> Prosody {
        Prosody {
            weight: 0.5,
            l2: 0.0035,
        }
    }
}

/// The figures of a window, of a recording or of a copy of it.
#[derive(Debug, Clone)]
pub struct Said {
    figures: [f32; N_PROSODY],
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
    let n_frames = frames.n_frames();
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
        if enough && let Some(figures) = frames.prosody(end, windows) {
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

/// What a window adds to the fit.
struct Example {
    inputs: [f64; N_PROSODY],
    label: usize,
    weight: f64,
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
            inputs: head.standardise(&said.figures).map(f64::from),
            label,
            weight: said.weight / of_label[label] / n_heard,
        })
        .collect();
    let fitted = descend(&examples, n_labels, recipe.l2);
    let scaled = |value: &f64| *value as f32 * recipe.weight;
    let (rows, _) = fitted.as_chunks::<ROW>();
    head.weights = rows
        .iter()
        .flat_map(|row| row[..N_PROSODY].iter().map(scaled))
        .collect();
    head.bias = rows.iter().map(|row| scaled(&row[N_PROSODY])).collect();
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
            .map(|std| if std > 1e-6 { std as f32 } else { 1.0 })
            .collect(),
        mean: mean.iter().map(|&mean| mean as f32).collect(),
        weights: vec![0.0; n_labels * N_PROSODY],
        bias: vec![0.0; n_labels],
    }
}

/// The weights of a label, then its bias.
const ROW: usize = N_PROSODY + 1;
/// Steps of the descent. With the usual `l2` the gradient is below 1e-6 long before.
const STEPS: usize = 1000;
/// Windows that one task works on.
const BLOCK: usize = 512;

/// Minimises the mean cross-entropy and the penalty by accelerated gradient descent (Nesterov 1983).
fn descend(examples: &[Example], n_labels: usize, l2: f64) -> Vec<f64> {
    // The softmax bends by half the inputs' squares at most, in any direction.
    let squares = |e: &Example| e.weight * (1.0 + e.inputs.iter().map(|x| x * x).sum::<f64>());
    let bend = 0.5 * examples.iter().map(squares).sum::<f64>() + l2;
    let mut weights = vec![0.0; n_labels * ROW];
    let mut ahead = weights.clone();
    let mut momentum = 1.0f64;
    for _ in 0..STEPS {
        let gradient = gradient(examples, &ahead, l2);
        let next: Vec<f64> = ahead
            .iter()
            .zip(&gradient)
            .map(|(w, g)| w - g / bend)
            .collect();
        let faster = 0.5 * (1.0 + (1.0 + 4.0 * momentum * momentum).sqrt());
        let push = (momentum - 1.0) / faster;
        ahead = next
            .iter()
            .zip(&weights)
            .map(|(new, old)| new + push * (new - old))
            .collect();
        (weights, momentum) = (next, faster);
    }
    weights
}

fn gradient(examples: &[Example], weights: &[f64], l2: f64) -> Vec<f64> {
    let (rows, _) = weights.as_chunks::<ROW>();
    // Summed in the order of the blocks, so that the result does not hang on the number of cores.
    let blocks: Vec<Vec<f64>> = examples
        .par_chunks(BLOCK)
        .map(|block| {
            let mut sum = vec![0.0; weights.len()];
            for example in block {
                let logits = rows.iter().map(|row| {
                    let products = row.iter().zip(&example.inputs).map(|(w, x)| w * x);
                    row[N_PROSODY] + products.sum::<f64>()
                });
                let mut errors = softmax(logits);
                errors[example.label] -= 1.0;
                let (sums, _) = sum.as_chunks_mut::<ROW>();
                for (sum, error) in sums.iter_mut().zip(errors) {
                    let error = error * example.weight;
                    for (sum, x) in sum.iter_mut().zip(&example.inputs) {
                        *sum += error * x;
                    }
                    sum[N_PROSODY] += error;
                }
            }
            sum
        })
        .collect();
    let mut gradient = vec![0.0; weights.len()];
    for block in &blocks {
        for (sum, part) in gradient.iter_mut().zip(block) {
            *sum += part;
        }
    }
    let (gradients, _) = gradient.as_chunks_mut::<ROW>();
    for (gradient, row) in gradients.iter_mut().zip(rows) {
        for (gradient, weight) in gradient[..N_PROSODY].iter_mut().zip(row) {
            *gradient += l2 * weight;
        }
    }
    gradient
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
                let mut figures = [0.0; N_PROSODY];
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
        for (label, said) in two_labels() {
            let logits = head.logits(&said[0].figures);
            assert_eq!(logits[1] > logits[0], label == 1, "{logits:?}");
        }
        let mut middle = [0.0; N_PROSODY];
        middle[0] = 15.0;
        let logits = head.logits(&middle);
        assert!(
            (logits[1] - logits[0]).abs() < 1.0,
            "between the two: {logits:?}"
        );
    }

    #[test]
    fn the_weight_scales_what_it_says_and_none_is_none() {
        let figures = two_labels()[0].1[0].figures;
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

    #[test]
    fn the_descent_arrives() {
        let said = two_labels();
        let examples: Vec<Example> = said
            .iter()
            .map(|(label, said)| Example {
                inputs: said[0].figures.map(|x| f64::from(x) / 10.0),
                label: *label,
                weight: 1.0 / said.len() as f64 / 60.0,
            })
            .collect();
        let l2 = Prosody::default().l2;
        let rest = gradient(&examples, &descend(&examples, 2, l2), l2);
        let largest = rest.iter().map(|g| g.abs()).fold(0.0, f64::max);
        assert!(largest < 1e-5, "{largest}");
    }
}
