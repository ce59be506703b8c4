//! Linear discriminant analysis with a shrunk spread: what each label's mean says where the functionals of all
//! labels spread alike around their means (Fisher 1936; shrunk as in Friedman 1989,
//! doi:10.1080/01621459.1989.10478752).

use nalgebra::{Cholesky, DMatrix, DVector};
use rayon::prelude::*;

/// A window's contribution.
#[derive(Debug, Clone)]
pub(super) struct Example {
    /// Its functionals, standardised.
    pub(super) inputs: Vec<f32>,
    pub(super) label: usize,
    /// All weights of a label add up to the same.
    pub(super) weight: f64,
}

/// Examples whose spread is added up at once.
const BLOCK: usize = 1024;

/// The sums over examples that the analysis needs, in memory that does not grow with their number.
pub(super) struct Discriminant {
    block: Vec<Example>,
    weights: Vec<f64>,
    /// Weighted sums of the inputs, `[n_inputs, n_labels]`.
    sums: DMatrix<f64>,
    /// Weighted sums of the products of two inputs, below the diagonal, as blocks of columns.
    products: Vec<DMatrix<f64>>,
}

/// Columns of the products that one thread adds up.
const COLUMNS: usize = 128;

impl Discriminant {
    /// No examples yet.
    pub(super) fn new(n_inputs: usize, n_labels: usize) -> Discriminant {
        let columns = |from: usize| COLUMNS.min(n_inputs - from);
        Discriminant {
            block: Vec::with_capacity(BLOCK),
            weights: vec![0.0; n_labels],
            sums: DMatrix::zeros(n_inputs, n_labels),
            products: (0..n_inputs)
                .step_by(COLUMNS)
                .map(|from| DMatrix::zeros(n_inputs - from, columns(from)))
                .collect(),
        }
    }

    /// Adds an example.
    pub(super) fn push(&mut self, example: Example) {
        self.weights[example.label] += example.weight;
        let mut sum = self.sums.column_mut(example.label);
        for (sum, input) in sum.iter_mut().zip(&example.inputs) {
            *sum += example.weight * f64::from(*input);
        }
        self.block.push(example);
        if self.block.len() == BLOCK {
            self.add_products();
        }
    }

    fn add_products(&mut self) {
        let block = std::mem::take(&mut self.block);
        let scaled = |index: usize, example: usize| {
            let Example { inputs, weight, .. } = &block[example];
            weight.sqrt() * f64::from(inputs[index])
        };
        let inputs = DMatrix::from_fn(self.sums.nrows(), block.len(), scaled);
        let parts = self.products.par_iter_mut().enumerate();
        parts.for_each(|(part, products)| {
            let rows = inputs.rows(part * COLUMNS, products.nrows());
            let columns = inputs.rows(part * COLUMNS, products.ncols());
            products.gemm(1.0, &rows, &columns.transpose(), 1.0);
        });
    }

    /// The weights `[label, input]` and the bias of each label. All labels are equally likely beforehand; a label
    /// without examples gets zeros.
    ///
    /// Each input is first multiplied by its entry in `sizes`. The covariance `S` of the labels is shrunk to
    /// `(1 - shrinkage) * S + shrinkage * I`.
    pub(super) fn solve(mut self, sizes: &[f64], shrinkage: f64) -> (Vec<f64>, Vec<f64>) {
        self.add_products();
        let (n_inputs, n_labels) = self.sums.shape();
        let occurring: Vec<usize> = (0..n_labels)
            .filter(|&label| self.weights[label] > 0.0)
            .collect();
        let mut means = self.sums;
        for &label in &occurring {
            means.column_mut(label).unscale_mut(self.weights[label]);
        }
        let sum = |sum: DVector<f64>, &label: &usize| sum + means.column(label);
        let middle = occurring.iter().fold(DVector::zeros(n_inputs), sum) / occurring.len() as f64;

        // Around the means: the products less those of the means. The inputs are standardised, so little is lost.
        // What lies above the diagonal is not read.
        let mut spread = DMatrix::<f64>::zeros(n_inputs, n_inputs);
        for (part, products) in self.products.iter().enumerate() {
            let from = part * COLUMNS;
            let mut of_part = spread.view_mut((from, from), products.shape());
            of_part.copy_from(products);
            for &label in &occurring {
                let rows = means.view((from, label), (products.nrows(), 1));
                let columns = means.view((from, label), (products.ncols(), 1));
                of_part.gemm(-self.weights[label], &rows, &columns.transpose(), 1.0);
            }
        }
        spread *= 1.0 - shrinkage;
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

    fn discriminants(
        examples: impl IntoIterator<Item = Example>,
        n_labels: usize,
        sizes: &[f64],
        shrinkage: f64,
    ) -> (Vec<f64>, Vec<f64>) {
        let mut sums = Discriminant::new(sizes.len(), n_labels);
        examples.into_iter().for_each(|example| sums.push(example));
        sums.solve(sizes, shrinkage)
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
        let found = discriminants(examples.clone(), 3, &[1.0; 3], 0.01);
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
        let (weights, bias) = discriminants(examples.clone(), 2, &[1.0], 0.5);
        assert!((weights[0] - 1.0).abs() < 1e-12 && (weights[1] + 1.0).abs() < 1e-12);
        assert!((bias[0] + 0.5).abs() < 1e-12 && (bias[1] + 0.5).abs() < 1e-12);
        // Of double size, its own spread counts for more than the one that is added: 0.5 + 0.5 / 4.
        let (weights, _) = discriminants(examples.clone(), 2, &[2.0], 0.5);
        assert!((weights[0] - 1.6).abs() < 1e-12, "{weights:?}");
    }
}
