//! A WAV file (RIFF, RF64): any cuts give the same samples, and no input makes more of them than it has bytes.

use emotionai_voice::training::WavDecoder;
use emotionai_voice::{Result, Waveform};

/// The first two bytes say how the others, a file, are cut.
pub fn check(data: &[u8]) {
    let Some(([low, high], file)) = data.split_first_chunk::<2>().map(|(a, b)| (*a, b)) else {
        return;
    };
    let size = usize::from(u16::from_le_bytes([low, high])).max(1);
    let (whole, whole_error) = decode(file, usize::MAX);
    let (pieces, error) = decode(file, size);
    assert!(whole.len() <= file.len(), "{} samples", whole.len());
    assert_eq!(whole_error, error, "pieces of {size}");
    if error.is_none() {
        assert!(whole == pieces, "pieces of {size}");
    }
    if let Ok(waveform) = Waveform::from_wav(file) {
        assert!(waveform.samples().iter().all(|sample| sample.is_finite()));
        assert!(waveform.samples().len() <= file.len());
    }
}

/// The samples before the first error, and the error's words.
fn decode(file: &[u8], size: usize) -> (Vec<f32>, Option<String>) {
    let mut samples = Vec::new();
    let mut decoder = WavDecoder::new();
    let result: Result<()> = (file.chunks(size))
        .try_for_each(|piece| decoder.push(piece, &mut samples))
        .and_then(|()| decoder.finish(&mut samples));
    (samples, result.err().map(|error| error.to_string()))
}
