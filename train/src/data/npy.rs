//! NumPy's file format for an array, as far as a spectrogram needs it
//! (<https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>, version 1.0).

use anyhow::{Context, Result, bail};

/// The start of every file: the magic string and the version.
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

/// An array as a file has it.
#[derive(Debug, PartialEq)]
pub struct Matrix {
    /// Length of the first axis.
    pub rows: usize,
    /// Length of the second axis.
    pub columns: usize,
    /// `[rows, columns]`, row after row.
    pub values: Vec<f32>,
}

/// Reads what [`matrix`] or `np.save` wrote of such an array.
pub fn read(bytes: &[u8]) -> Result<Matrix> {
    let Some(rest) = bytes.strip_prefix(MAGIC) else {
        bail!("expected a .npy file of version 1.0, as np.save writes it");
    };
    let cut = "the file was cut short";
    let (length, rest) = rest.split_first_chunk().context(cut)?;
    let (header, data) = rest
        .split_at_checked(u16::from_le_bytes(*length).into())
        .context(cut)?;
    let header = String::from_utf8_lossy(header);
    let header = header.trim_end();
    let (rows, columns) = header
        .strip_prefix("{'descr': '<f4', 'fortran_order': False, 'shape': (")
        .and_then(|rest| rest.strip_suffix("), }"))
        .and_then(|shape| shape.split_once(", "))
        .and_then(|(rows, columns)| Some((rows.parse().ok()?, columns.parse().ok()?)))
        .with_context(|| {
            format!("expected a float32 array of two axes in C order, but it is {header}")
        })?;
    let (values, []) = data.as_chunks() else {
        bail!(cut);
    };
    if Some(values.len()) != usize::checked_mul(rows, columns) {
        bail!(
            "expected {rows} x {columns} values, as its header says, but it holds {}",
            values.len()
        );
    }
    Ok(Matrix {
        rows,
        columns,
        values: values
            .iter()
            .map(|bytes| f32::from_le_bytes(*bytes))
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read() {
        let values = [1.0f32, -2.5, f32::MIN, 4.0, 5.0, 6.0];
        let read = read(&matrix(2, 3, values.into_iter())).unwrap();
        let (rows, columns, values) = (2, 3, values.to_vec());
        let expected = Matrix {
            rows,
            columns,
            values,
        };
        assert_eq!(read, expected);
        assert_eq!(
            super::read(&matrix(64, 0, [].into_iter())).unwrap().columns,
            0
        );
    }

    #[test]
    fn what_is_another_array_or_none_is_said() {
        let whole = matrix(2, 3, [0.0; 6].into_iter());
        let changed = |from: &str, to: &str| {
            assert_eq!(from.len(), to.len());
            let at = whole.windows(from.len()).position(|w| w == from.as_bytes());
            let mut bytes = whole.clone();
            bytes[at.unwrap()..][..from.len()].copy_from_slice(to.as_bytes());
            bytes
        };
        for (bytes, said) in [
            (Vec::new(), "np.save"),
            (b"RIFF and more".to_vec(), "np.save"),
            (whole[..9].to_vec(), "cut short"),
            (whole[..70].to_vec(), "cut short"),
            (whole[..whole.len() - 1].to_vec(), "cut short"),
            (whole[..whole.len() - 4].to_vec(), "holds 5"),
            (changed("<f4", "<f8"), "'<f8'"),
            (changed("(2, 3), }", "(6,), }  "), "two axes"),
            (changed("(2, 3)", "(9, 9)"), "9 x 9"),
        ] {
            let error = format!("{:#}", read(&bytes).unwrap_err());
            assert!(error.contains(said), "{said}: {error}");
        }
    }

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
