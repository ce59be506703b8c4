//! Eight-bit weights: whole numbers from -127 to 127 with a scale for each output channel.
//!
//! The weights of convolutions and linear layers take nearly all of a network's room, and the
//! channels of one layer differ much in size, so each has a scale of its own, symmetric about zero
//! (Krishnamoorthi 2018, arXiv:1806.08342). Vectors (biases, batch normalisation and its running
//! statistics) are few, and an error in one of them moves a whole channel: they stay 32-bit floats.
//!
//! A tensor's scales come first, then its values, row-major.

/// The largest whole number; -128 is left out, so that both signs reach equally far.
const LIMIT: f32 = 127.0;

/// Where the output channels of a tensor lie.
struct Channels {
    count: usize,
    /// Values from one channel to the next.
    stride: usize,
}

impl Channels {
    /// `None` for a vector, which is stored as it is.
    fn of(shape: &[usize]) -> Option<Channels> {
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

    fn of_value(&self, index: usize) -> usize {
        index / self.stride % self.count
    }
}

/// Appends a tensor's values, finite little-endian 32-bit floats, to `out`.
pub(super) fn encode(shape: &[usize], floats: &[[u8; 4]], out: &mut Vec<u8>) {
    let Some(channels) = Channels::of(shape) else {
        out.extend_from_slice(floats.as_flattened());
        return;
    };
    let values = || floats.iter().map(|&float| f32::from_le_bytes(float));
    let mut largest = vec![0f32; channels.count];
    for (index, value) in values().enumerate() {
        let largest = &mut largest[channels.of_value(index)];
        *largest = largest.max(value.abs());
    }
    let scales: Vec<f32> = largest.into_iter().map(scale).collect();
    out.extend(scales.iter().flat_map(|scale| scale.to_le_bytes()));
    let scaled = values().enumerate().map(|(index, value)| {
        let scale = scales[channels.of_value(index)];
        // 0 / 0 is no number, and becomes 0.
        (value / scale).round() as i8 as u8
    });
    out.extend(scaled);
}

/// The scale of a channel whose largest value is this, rounded up to 16 significant bits: then
/// whole numbers times the scale are exact, and what was rounded once is not rounded again.
fn scale(largest: f32) -> f32 {
    const DROPPED: u32 = 0xff;
    f32::from_bits(((largest / LIMIT).to_bits() + DROPPED) & !DROPPED)
}

/// Takes a tensor's values from the front of `bytes` and appends them to `out` as little-endian
/// 32-bit floats; `None` where they are cut short or a scale is none.
pub(super) fn decode(shape: &[usize], bytes: &mut &[u8], out: &mut Vec<u8>) -> Option<()> {
    let count: usize = shape.iter().product();
    let Some(channels) = Channels::of(shape) else {
        out.extend_from_slice(bytes.split_off(..4 * count)?);
        return Some(());
    };
    let scales = bytes.split_off(..4 * channels.count)?.as_chunks::<4>().0;
    let scales: Vec<f32> = scales.iter().map(|&s| f32::from_le_bytes(s)).collect();
    let sound = |scale: &f32| scale.is_finite() && *scale >= 0.0;
    if !scales.iter().all(sound) {
        return None;
    }
    let values = bytes.split_off(..count)?;
    out.extend(values.iter().enumerate().flat_map(|(index, &value)| {
        let value = f32::from(value as i8) * scales[channels.of_value(index)];
        value.to_le_bytes()
    }));
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes_of(values: &[f32]) -> Vec<[u8; 4]> {
        values.iter().map(|value| value.to_le_bytes()).collect()
    }

    fn there_and_back(shape: &[usize], values: &[f32]) -> (Vec<u8>, Vec<f32>) {
        let mut stored = Vec::new();
        encode(shape, &bytes_of(values), &mut stored);
        let (mut rest, mut floats) = (&stored[..], Vec::new());
        decode(shape, &mut rest, &mut floats).unwrap();
        assert!(rest.is_empty());
        let floats = floats.as_chunks::<4>().0.iter();
        let floats = floats.map(|&float| f32::from_le_bytes(float)).collect();
        (stored, floats)
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
            let (stored, read) = there_and_back(shape, values);
            assert_eq!(stored.len(), 2 * 4 + 8);
            for (value, read) in values.iter().zip(&read) {
                let step = if value.abs() < 0.013 { 1e-4 } else { 1e-2 };
                assert!((value - read).abs() <= 0.501 * step, "{value} {read}");
            }
        }
    }

    #[test]
    fn what_was_rounded_once_is_not_rounded_again() {
        let values: Vec<f32> = (1..=999).map(|k| (k as f32).sin() / k as f32).collect();
        for shape in [&[27, 37][..], &[27, 37, 1, 1]] {
            let (stored, read) = there_and_back(shape, &values);
            assert_eq!(there_and_back(shape, &read), (stored, read));
        }
    }

    #[test]
    fn vectors_and_channels_of_zeros_stay_as_they_are() {
        let values = [1.234_567, -1e-30, 0.0];
        assert_eq!(there_and_back(&[3], &values).1, values);
        assert_eq!(there_and_back(&[1, 3], &[0.0; 3]).1, [0.0; 3]);
    }

    #[test]
    fn a_scale_that_is_none_or_cut_short_is_refused() {
        for scale in [f32::NAN, f32::INFINITY, -1.0] {
            let stored = [&scale.to_le_bytes()[..], &[1]].concat();
            assert_eq!(decode(&[1, 1], &mut &stored[..], &mut Vec::new()), None);
        }
        for length in 0..5 {
            assert_eq!(
                decode(&[1, 1], &mut &[0; 5][..length], &mut Vec::new()),
                None
            );
        }
    }
}
