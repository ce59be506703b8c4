//! The errors of the WAV decoder.

use crate::error::Error;

/// A WAV file whose content contradicts its own format.
pub(super) fn damaged(expected: &str, actual: String) -> Error {
    Error::InvalidAudio {
        expected: expected.into(),
        actual,
    }
}

/// A sound file of a format or codec that the decoder does not read.
pub(super) fn unsupported(actual: String) -> Error {
    Error::UnsupportedFormat {
        expected: "a WAV file of 8, 16, 24 or 32-bit PCM, 32 or 64-bit float, A-law or mu-law"
            .into(),
        actual,
    }
}

/// A file whose first bytes are no RIFF header.
pub(super) fn not_a_wav(start: &[u8]) -> Error {
    unsupported(format!(
        "a file that starts with \"{}\"",
        start.escape_ascii()
    ))
}
