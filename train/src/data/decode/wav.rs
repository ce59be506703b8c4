//! WAV files, decoded by the core.

use std::io::Read;

use anyhow::Result;
use emotionai_voice::training::WavDecoder;

use super::Blocks;

/// Bytes that are read at a time.
const BLOCK: usize = 1 << 16;

/// The blocks of a WAV file.
pub struct Wav {
    input: Box<dyn Read>,
    decoder: WavDecoder,
    buffer: Vec<u8>,
}

impl Wav {
    /// A decoder of these bytes.
    pub fn new(input: Box<dyn Read>) -> Wav {
        Wav {
            input,
            decoder: WavDecoder::new(),
            buffer: vec![0; BLOCK],
        }
    }
}

impl Blocks for Wav {
    fn sample_rate(&self) -> Option<u32> {
        self.decoder.sample_rate()
    }

    fn next_block(&mut self) -> Result<Option<Vec<f32>>> {
        let mut samples = Vec::new();
        // A block of bytes may hold nothing but header.
        while samples.is_empty() {
            let n = self.input.read(&mut self.buffer)?;
            if n == 0 {
                self.decoder.finish(&mut samples)?;
                break;
            }
            self.decoder.push(&self.buffer[..n], &mut samples)?;
        }
        Ok((!samples.is_empty()).then_some(samples))
    }
}
