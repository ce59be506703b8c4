//! Linear discriminant analysis with a shrunk spread: what each label's mean says where the functionals of all
//! labels spread alike around their means (Fisher 1936; shrunk as in Friedman 1989,
//! doi:10.1080/01621459.1989.10478752).

use nalgebra::{Cholesky, DMatrix, DVector};

/// A window's contribution.
pub(super) struct Example {
    /// Its functionals, standardised.
    pub(super) inputs: Vec<f32>,
    pub(super) label: usize,
    /// All weights of a label add up to the same.
    pub(super) weight: f64,
}

/// Examples whose spread is added up at once.
const BLOCK: usize = 1024;

/// For each label, in turn, what each input adds to its logit; and what is added besides. Every label is as
/// likely beforehand; one without examples is passed over.
///
/// An input is taken as if it were `sizes` times as large, and the spread as `1 - shrinkage` of what it is
/// and `shrinkage` of one in each direction.
pub(super) fn discriminants(
    examples: &[Example],
    n_labels: usize,
    sizes: &[f64],
    shrinkage: f64,
) -> (Vec<f64>, Vec<f64>) {
    let n_inputs = sizes.len();
    let mut means = DMatrix::<f64>::zeros(n_inputs, n_labels);
    let mut weights = vec![0.0; n_labels];
    for example in examples {
        weights[example.label] += example.weight;
        let mut mean = means.column_mut(example.label);
        for (mean, input) in mean.iter_mut().zip(&example.inputs) {
            *mean += example.weight * f64::from(*input);
        }
    }
    let occurring: Vec<usize> = (0..n_labels)
        .filter(|&label| weights[label] > 0.0)
        .collect();
    for &label in &occurring {
        means.column_mut(label).unscale_mut(weights[label]);
    }
    let sum = |sum: DVector<f64>, &label: &usize| sum + means.column(label);
    let middle = occurring.iter().fold(DVector::zeros(n_inputs), sum) / occurring.len() as f64;

    let mut spread = DMatrix::<f64>::zeros(n_inputs, n_inputs);
    for block in examples.chunks(BLOCK) {
        let scaled = |index: usize, example: usize| {
            let Example {
                inputs,
                label,
                weight,
            } = &block[example];
            weight.sqrt() * (f64::from(inputs[index]) - means[(index, *label)])
        };
        let deviations = DMatrix::from_fn(n_inputs, block.len(), scaled);
        spread.gemm(1.0 - shrinkage, &deviations, &deviations.transpose(), 1.0);
    }
    for (index, size) in sizes.iter().enumerate() {
        spread[(index, index)] += shrinkage / (size * size);
    }

    let mut from_middle = DMatrix::<f64>::zeros(n_inputs, n_labels);
    for &label in &occurring {
        from_middle.set_column(label, &(means.column(label) - &middle));
    }
    let Some(cholesky) = Cholesky::new(spread) else {
        unreachable!("a spread is positive once it is shrunk");
    };
    let solved = cholesky.solve(&from_middle);
    let bias = (0..n_labels).map(|label| {
        let halfway = &middle + from_middle.column(label) / 2.0;
        -halfway.dot(&solved.column(label))
    });
    (solved.as_slice().to_vec(), bias.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two labels at either side of `middle` along the first input; the second follows the first but
    /// for noise, and tells nothing by itself.
    fn examples(middle: f32) -> Vec<Example> {
        let noise = |i: usize| ((i * 7919) % 101) as f32 / 101.0 - 0.5;
        (0..400)
            .map(|i| {
                let label = i % 2;
                let own = noise(i);
                Example {
                    inputs: vec![middle + label as f32 - 0.5 + own, own, noise(i * 31 + 7)],
                    label,
                    weight: 1.0 / 400.0,
                }
            })
            .collect()
    }

    fn logits(example: &Example, (weights, bias): &(Vec<f64>, Vec<f64>)) -> Vec<f64> {
        let rows = weights.chunks(example.inputs.len()).zip(bias);
        rows.map(|(row, bias)| {
            let products = row.iter().zip(&example.inputs);
            bias + products.map(|(w, x)| w * f64::from(*x)).sum::<f64>()
        })
        .collect()
    }

    #[test]
    fn what_labels_share_is_taken_away() {
        let examples = examples(3.0);
        let found = discriminants(&examples, 3, &[1.0; 3], 0.01);
        for example in &examples {
            let logits = logits(example, &found);
            assert_eq!(logits[1] > logits[0], example.label == 1, "{logits:?}");
            assert_eq!(logits[2], 0.0, "a label without examples");
        }
        assert!(found.0[4] < -0.5 * found.0[3], "{:?}", found.0);
    }

    /// By hand: one input, means 1 and -1, variance 1 within.
    #[test]
    fn shrinking_mixes_the_spread_with_one() {
        let inputs = [(2.0, 0), (0.0, 0), (0.0, 1), (-2.0, 1)];
        let examples = inputs.map(|(input, label)| Example {
            inputs: vec![input],
            label,
            weight: 0.25,
        });
        let (weights, bias) = discriminants(&examples, 2, &[1.0], 0.5);
        assert!((weights[0] - 1.0).abs() < 1e-12 && (weights[1] + 1.0).abs() < 1e-12);
        assert!((bias[0] + 0.5).abs() < 1e-12 && (bias[1] + 0.5).abs() < 1e-12);
        // Twice as large, its own spread counts for more than the one that is added: 0.5 + 0.5 / 4.
        let (weights, _) = discriminants(&examples, 2, &[2.0], 0.5);
        assert!((weights[0] - 1.6).abs() < 1e-12, "{weights:?}");
    }
}
