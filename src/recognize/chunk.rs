//! A piece of an input, in any layout.

use crate::audio::{mix_interleaved, mix_planar};
use crate::error::Result;

/// A piece of an input, of any length. Several channels become one by their mean.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Chunk<'a> {
    /// Samples of one channel.
    Mono(&'a [f32]),
    /// One slice a channel, all of one length, as an `AudioBuffer` holds them.
    Planar(&'a [&'a [f32]]),
    /// Whole frames of `channels` samples each: `L R L R ...`.
    Interleaved {
        /// The samples of all channels.
        samples: &'a [f32],
        /// Channels in a frame.
        channels: usize,
    },
    /// The next bytes of a WAV file, cut anywhere.
    Wav(&'a [u8]),
}

impl<'a> Chunk<'a> {
    /// The samples as one channel, mixed in `buffer` where they are several; `None` for bytes.
    pub(super) fn mono<'b>(self, buffer: &'b mut Vec<f32>) -> Result<Option<&'b [f32]>>
    where
        'a: 'b,
    {
        buffer.clear();
        match self {
            Chunk::Mono(samples) => return Ok(Some(samples)),
            Chunk::Planar(channels) => mix_planar(channels, buffer)?,
            Chunk::Interleaved { samples, channels } => mix_interleaved(samples, channels, buffer)?,
            Chunk::Wav(_) => return Ok(None),
        }
        Ok(Some(buffer))
    }
}
