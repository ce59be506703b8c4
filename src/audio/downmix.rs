//! Several channels as one, by the one rule: their mean.

use super::limits::mix_down;
use crate::error::{Error, Result};

/// Appends interleaved samples (`L R L R ...`) of `channels` channels to `out`, as one channel.
pub(crate) fn mix_interleaved(samples: &[f32], channels: usize, out: &mut Vec<f32>) -> Result<()> {
    if channels == 0 || !samples.len().is_multiple_of(channels) {
        return Err(Error::InvalidAudio {
            expected: "at least one channel and a whole number of frames".into(),
            actual: format!("{} samples for {channels} channels", samples.len()),
        });
    }
    let frames = samples.chunks_exact(channels);
    out.extend(frames.map(|frame| mix_down(frame.iter().map(|&s| f64::from(s)), channels)));
    Ok(())
}

/// Appends one slice a channel to `out`, as one channel.
pub(crate) fn mix_planar(channels: &[&[f32]], out: &mut Vec<f32>) -> Result<()> {
    let Some(first) = channels.first() else {
        return Err(Error::InvalidAudio {
            expected: "at least one channel".into(),
            actual: "0 channels".into(),
        });
    };
    if let Some(other) = channels.iter().find(|c| c.len() != first.len()) {
        return Err(Error::InvalidAudio {
            expected: format!("{} samples in every channel", first.len()),
            actual: format!("a channel of {}", other.len()),
        });
    }
    let frame = |i| channels.iter().map(move |channel| f64::from(channel[i]));
    out.extend((0..first.len()).map(|i| mix_down(frame(i), channels.len())));
    Ok(())
}
