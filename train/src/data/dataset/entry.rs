//! What is computed of a variant once, and its form in the cache: log-mel frames in half precision, the windows
//! that hold speech, and the prosody functionals of those that a stream would answer.
//!
//! | words of 4 bytes, little-endian | content |
//! |---|---|
//! | 1 | magic `EMOV` |
//! | 6 | [`Counts`] |
//! | 2 an end | frame before which a window may end, speech frames in all windows up to it |
//! | 1 a frame | whether each frame of the window with the most speech is speech |
//! | 1 + `n_values` a window | its speech frames, its functionals |
//! | the rest | frames as f16, `[n_frames, n_mels]` |

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;

use emotionai_voice::MelSpectrogram;
use half::f16;
use half::slice::HalfFloatSliceExt;

const MAGIC: u32 = u32::from_le_bytes(*b"EMOV");
/// Words before the ends.
const PREFIX: usize = 7;
const WORD: usize = size_of::<u32>();

/// A variant as it is computed.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The log-mel frames.
    pub frames: MelSpectrogram,
    /// What is kept of them in memory.
    pub summary: Summary,
    /// The functionals of each window; none where the pitch is not tracked.
    pub functionals: Vec<WindowProsody>,
}

/// The windows of a variant that hold speech.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// Frames at which windows may end, each with the speech frames of all windows up to it.
    pub ends: Vec<(u32, u32)>,
    /// The speech flags of the window with the most speech.
    pub fullest_speech: Vec<bool>,
}

/// The prosody functionals of a window.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowProsody {
    /// Number of its speech frames.
    pub speech: u32,
    /// One value for each functional, in the core's order.
    pub values: Vec<f32>,
}

/// The sizes of an entry's parts.
#[derive(Debug, Clone, Copy)]
struct Counts {
    n_mels: usize,
    n_frames: usize,
    n_ends: usize,
    n_flags: usize,
    n_windows: usize,
    n_values: usize,
}

impl Counts {
    /// Words before the functionals.
    fn summary(&self) -> usize {
        PREFIX + 2 * self.n_ends + self.n_flags
    }

    /// Words before the frames.
    fn head(&self) -> usize {
        self.summary() + self.n_windows * (1 + self.n_values)
    }

    fn frame_bytes(&self) -> usize {
        self.n_mels * size_of::<f16>()
    }

    fn bytes(&self) -> usize {
        self.head() * WORD + self.n_frames * self.frame_bytes()
    }
}

impl Entry {
    /// The content of its file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let Summary {
            ends,
            fullest_speech,
        } = &self.summary;
        let n_values = self.functionals.first().map_or(0, |it| it.values.len());
        let counts = [
            self.frames.n_mels(),
            self.frames.n_frames(),
            ends.len(),
            fullest_speech.len(),
            self.functionals.len(),
            n_values,
        ];
        let mut words = vec![MAGIC];
        words.extend(counts.map(|count| count as u32));
        words.extend(ends.iter().flat_map(|&(end, speech)| [end, speech]));
        words.extend(fullest_speech.iter().map(|&speech| u32::from(speech)));
        for window in &self.functionals {
            words.push(window.speech);
            words.extend(window.values.iter().map(|value| value.to_bits()));
        }
        let mut bytes: Vec<u8> = words.into_iter().flat_map(u32::to_le_bytes).collect();
        let levels = self.frames.as_slice().iter();
        bytes.extend(levels.flat_map(|&level| f16::from_f32(level).to_le_bytes()));
        bytes
    }
}

/// An entry that is on disk, of which parts are read.
pub struct EntryFile {
    file: File,
    counts: Counts,
}

impl EntryFile {
    /// Opens an entry.
    ///
    /// # Errors
    /// Where there is none, or the file is damaged.
    pub fn open(path: &Path) -> io::Result<EntryFile> {
        let mut file = File::open(path)?;
        let words = read_words(&mut file, PREFIX)?;
        let count = |at: usize| words[at] as usize;
        let counts = Counts {
            n_mels: count(1),
            n_frames: count(2),
            n_ends: count(3),
            n_flags: count(4),
            n_windows: count(5),
            n_values: count(6),
        };
        let is_whole = file.metadata()?.len() == counts.bytes() as u64;
        if words[0] != MAGIC || counts.n_mels == 0 || !is_whole {
            return Err(damaged());
        }
        Ok(EntryFile { file, counts })
    }

    /// Reads the windows that hold speech.
    pub fn summary(&mut self) -> io::Result<Summary> {
        self.seek(PREFIX * WORD)?;
        let ends = read_words(&mut self.file, 2 * self.counts.n_ends)?;
        let (ends, _) = ends.as_chunks::<2>();
        let flags = read_words(&mut self.file, self.counts.n_flags)?;
        Ok(Summary {
            ends: ends.iter().map(|&[end, speech]| (end, speech)).collect(),
            fullest_speech: flags.into_iter().map(|flag| flag != 0).collect(),
        })
    }

    /// Reads the functionals of each window.
    pub fn functionals(&mut self) -> io::Result<Vec<WindowProsody>> {
        let Counts {
            n_windows,
            n_values,
            ..
        } = self.counts;
        self.seek(self.counts.summary() * WORD)?;
        let words = read_words(&mut self.file, n_windows * (1 + n_values))?;
        let windows = words.chunks_exact(1 + n_values).map(|words| WindowProsody {
            speech: words[0],
            values: words[1..]
                .iter()
                .map(|&bits| f32::from_bits(bits))
                .collect(),
        });
        Ok(windows.collect())
    }

    /// Reads some of the frames.
    pub fn frames(&mut self, range: Range<usize>) -> io::Result<MelSpectrogram> {
        if range.end > self.counts.n_frames {
            return Err(damaged());
        }
        let frame = self.counts.frame_bytes();
        self.seek(self.counts.head() * WORD + range.start * frame)?;
        let mut bytes = vec![0; range.len() * frame];
        self.file.read_exact(&mut bytes)?;
        let (levels, _) = bytes.as_chunks::<2>();
        let levels: Vec<f16> = levels.iter().map(|&it| f16::from_le_bytes(it)).collect();
        let mut wide = vec![0.0; levels.len()];
        levels.convert_to_f32_slice(&mut wide);
        let mut mel = MelSpectrogram::new(self.counts.n_mels);
        for frame in wide.chunks_exact(self.counts.n_mels) {
            mel.push_frame(frame);
        }
        Ok(mel)
    }

    fn seek(&mut self, to: usize) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(to as u64)).map(drop)
    }
}

fn read_words(file: &mut File, n: usize) -> io::Result<Vec<u32>> {
    let mut bytes = vec![0; n * WORD];
    file.read_exact(&mut bytes)?;
    let (words, _) = bytes.as_chunks::<WORD>();
    Ok(words.iter().map(|&word| u32::from_le_bytes(word)).collect())
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "it is damaged")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::corpus::tests::scratch;

    #[test]
    fn an_entry_is_read_as_it_was_written_but_for_half_precision() {
        let mut frames = MelSpectrogram::new(2);
        for frame in 0..5 {
            frames.push_frame(&[-20.03 * frame as f32, -0.5]);
        }
        let entry = Entry {
            frames,
            summary: Summary {
                ends: vec![(3, 7), (5, 12)],
                fullest_speech: vec![true, false, true],
            },
            functionals: vec![
                WindowProsody {
                    speech: 7,
                    values: vec![0.1, f32::MIN_POSITIVE],
                },
                WindowProsody {
                    speech: 5,
                    values: vec![-3.0, 1e9],
                },
            ],
        };
        let path = scratch("entry").join("entry");
        let bytes = entry.to_bytes();
        std::fs::write(&path, &bytes).unwrap();
        let mut file = EntryFile::open(&path).unwrap();
        assert_eq!(file.counts.n_frames, 5);
        assert_eq!(file.summary().unwrap(), entry.summary);
        assert_eq!(file.functionals().unwrap(), entry.functionals);
        let read = file.frames(2..5).unwrap();
        let expected = &entry.frames.as_slice()[4..];
        assert_eq!(read.as_slice().len(), 6);
        for (read, expected) in read.as_slice().iter().zip(expected) {
            assert!((read - expected).abs() <= 0.03, "{read} {expected}");
        }
        assert!(file.frames(2..6).is_err());

        for bad in [&bytes[..bytes.len() - 1], &bytes[1..], &[0; 100], b""] {
            std::fs::write(&path, bad).unwrap();
            assert!(EntryFile::open(&path).is_err());
        }
    }
}
