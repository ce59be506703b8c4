//! NumPy's file format for an array, as far as a spectrogram needs it
//! (<https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>, version 1.0).

/// What starts every file: the magic string and the version.
const MAGIC: &[u8] = b"\x93NUMPY\x01\x00";
/// The data starts at a multiple of this.
const ALIGNMENT: usize = 64;

/// An array `[rows, columns]` of little-endian float32 in C order.
pub fn matrix(rows: usize, columns: usize, values: impl Iterator<Item = f32>) -> Vec<u8> {
    let header =
        format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
    // The length of the header is two bytes, and a line feed ends it.
    let start = MAGIC.len() + 2;
    let end = (start + header.len() + 1).next_multiple_of(ALIGNMENT);
    let mut bytes = Vec::with_capacity(end + 4 * rows * columns);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&((end - start) as u16).to_le_bytes());
    bytes.extend_from_slice(header.as_bytes());
    bytes.resize(end - 1, b' ');
    bytes.push(b'\n');
    for value in values {
        bytes.extend_from_slice(&value.to_le_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_what_numpy_writes() {
        // np.save of np.array([[1, -2, 3]], dtype="<f4").
        let mut expected = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
        expected.extend(b"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }");
        expected.resize(127, b' ');
        expected.push(b'\n');
        for value in [1.0f32, -2.0, 3.0] {
            expected.extend(value.to_le_bytes());
        }
        assert_eq!(matrix(1, 3, [1.0, -2.0, 3.0].into_iter()), expected);
    }

    #[test]
    fn the_data_starts_at_a_multiple_of_64_whatever_the_shape() {
        for (rows, columns) in [(0, 0), (1, 10), (128, 123_456), (4_000, 1_000_000_000)] {
            let bytes = matrix(rows, columns.min(1_000_000), std::iter::empty());
            assert!(bytes.len().is_multiple_of(ALIGNMENT));
            assert_eq!(bytes.last(), Some(&b'\n'));
        }
    }
}
