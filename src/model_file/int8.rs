//! Eight-bit weights: whole numbers from -127 to 127 with one scale for each output channel.
//!
//! The weights of convolutions and linear layers take nearly all of a network's room, and the
//! channels of one layer differ much in size, so each channel has its own scale, symmetric about
//! zero (Krishnamoorthi 2018, arXiv:1806.08342). Vectors (biases, batch normalisation and its running
//! statistics) are few, and an error in one value moves a whole channel: they stay floats.

/// The largest whole number. -128 is left out, so that both signs reach equally far.
const LIMIT: f32 = 127.0;

/// Where the output channels of a tensor lie.
#[derive(Debug, Clone, Copy)]
pub(super) struct Channels {
    /// Number of channels.
    pub count: usize,
    /// Values from one channel to the next.
    stride: usize,
}

impl Channels {
    /// The channels of a tensor of this shape; `None` for a vector.
    pub fn of(shape: &[usize]) -> Option<Channels> {
        match *shape {
            [] | [_] => None,
            // burn's linear layers keep `[inputs, outputs]`.
            [_, count] => Some(Channels { count, stride: 1 }),
            // Convolutions keep `[outputs, inputs, height, width]`.
            [count, ref rest @ ..] => Some(Channels {
                count,
                stride: rest.iter().product(),
            }),
        }
    }

    fn of_value(self, index: usize) -> usize {
        index / self.stride % self.count
    }

    /// The scale of each channel of finite `values`.
    pub fn scales(self, values: &[f32]) -> Vec<f32> {
        let mut largest = vec![0f32; self.count];
        for (index, value) in values.iter().enumerate() {
            let largest = &mut largest[self.of_value(index)];
            *largest = largest.max(value.abs());
        }
        largest.into_iter().map(scale).collect()
    }

    /// The values as multiples of their channels' scales.
    pub fn quantize(self, values: &[f32], scales: &[f32]) -> Vec<i8> {
        let values = values.iter().enumerate();
        // A channel of zeros has the scale 0, and 0 / 0 becomes 0.
        let multiple = |(index, value): (usize, &f32)| value / scales[self.of_value(index)];
        values.map(multiple).map(|it| it.round() as i8).collect()
    }

    /// The values that are these multiples of their channels' scales.
    pub fn dequantize(self, multiples: &[i8], scales: &[f32]) -> Vec<f32> {
        let multiples = multiples.iter().enumerate();
        let value = |(index, &it): (usize, &i8)| f32::from(it) * scales[self.of_value(index)];
        multiples.map(value).collect()
    }
}

/// The scale of a channel with this largest value, rounded up to 16 significant bits: whole numbers
/// times such a scale are exact, so that values rounded once are not rounded again.
fn scale(largest: f32) -> f32 {
    const DROPPED: u32 = 0xff;
    f32::from_bits(((largest / LIMIT).to_bits() + DROPPED) & !DROPPED)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scales, whole numbers and the values that come back.
    fn there_and_back(shape: &[usize], values: &[f32]) -> (Vec<f32>, Vec<i8>, Vec<f32>) {
        let channels = Channels::of(shape).unwrap();
        let scales = channels.scales(values);
        let multiples = channels.quantize(values, &scales);
        let read = channels.dequantize(&multiples, &scales);
        (scales, multiples, read)
    }

    /// Two channels, one a hundred times the other, in both places where channels lie.
    #[test]
    fn every_channel_has_a_scale_of_its_own() {
        let small = [0.001, -0.0127, 0.0055, 0.0];
        let large = small.map(|value| 100.0 * value);
        let rows = [small, large].concat();
        let columns: Vec<f32> = small
            .iter()
            .zip(&large)
            .flat_map(|(s, l)| [*s, *l])
            .collect();
        for (shape, values) in [(&[2, 1, 2, 2][..], &rows), (&[4, 2], &columns)] {
            let (scales, multiples, read) = there_and_back(shape, values);
            assert_eq!((scales.len(), multiples.len()), (2, 8));
            for (value, read) in values.iter().zip(&read) {
                let step = if value.abs() < 0.013 { 1e-4 } else { 1e-2 };
                assert!((value - read).abs() <= 0.501 * step, "{value} {read}");
            }
        }
    }

    #[test]
    fn values_rounded_once_are_not_rounded_again() {
        let values: Vec<f32> = (1..=999).map(|k| (k as f32).sin() / k as f32).collect();
        for shape in [&[27, 37][..], &[27, 37, 1, 1]] {
            let once = there_and_back(shape, &values);
            assert_eq!(there_and_back(shape, &once.2), once);
        }
    }

    #[test]
    fn a_vector_has_no_channels_and_channels_of_zeros_stay_zeros() {
        assert!(Channels::of(&[3]).is_none());
        assert_eq!(there_and_back(&[1, 3], &[0.0; 3]).2, [0.0; 3]);
    }
}
