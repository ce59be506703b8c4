//! The failures of this crate, and their codes in JavaScript.

/// Every failure of this crate. Each variant names what was expected and what was found.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The audio is damaged, or a value in it is not a sample: a truncated file, no channels, NaN.
    #[error("invalid audio: expected {expected}, got {actual}")]
    InvalidAudio {
        /// The content of valid audio.
        expected: String,
        /// What was found.
        actual: String,
    },
    /// The bytes are of a format that this crate does not decode.
    #[error("unsupported audio format: expected {expected}, got {actual}")]
    UnsupportedFormat {
        /// The formats that are decoded.
        expected: String,
        /// What was found.
        actual: String,
    },
    /// The sample rate is outside the supported range.
    #[error("unsupported sample rate: expected 8000 to 192000 Hz, got {actual} Hz")]
    SampleRate {
        /// The rate of the audio, in Hz.
        actual: u32,
    },
    /// The input is too short for an answer.
    #[error("audio too short: expected at least {expected_ms} ms, got {actual_ms} ms")]
    TooShort {
        /// The shortest input that is answered, in milliseconds.
        expected_ms: u32,
        /// Length of the input, in milliseconds.
        actual_ms: u32,
    },
    /// The recordings hold too little speech for a speaker profile.
    #[error(
        "too little speech for a speaker profile: expected at least {expected_ms} ms of it, got {actual_ms} ms; say a few neutral sentences, or add another recording of this speaker"
    )]
    TooLittleSpeech {
        /// The least speech that a profile is made from, in milliseconds.
        expected_ms: u32,
        /// Speech in the recordings, in milliseconds.
        actual_ms: u32,
    },
    /// No window holds enough speech for the model to answer, so there is no answer to explain.
    #[error(
        "too little speech to explain an answer: expected a window with at least {expected_ms} ms of it, got {actual_ms} ms in all"
    )]
    NoSpeech {
        /// The least speech in a window that is worth an answer, in milliseconds.
        expected_ms: u32,
        /// Speech in the whole input, in milliseconds.
        actual_ms: u32,
    },
    /// The bytes are not a whole, undamaged model file of a version that this crate reads.
    #[error("not a usable model file: expected {expected}, got {actual}")]
    ModelFormat {
        /// The content of a model file at that place.
        expected: String,
        /// What was found.
        actual: String,
    },
    /// The model is sound, but this code cannot run it, or its parts do not fit each other.
    #[error("model does not fit: expected {expected}, got {actual}")]
    ModelMismatch {
        /// The values that this code supports.
        expected: String,
        /// The model's value.
        actual: String,
    },
    /// A configuration value is out of its range.
    #[error("invalid configuration: expected {expected}, got {actual}")]
    InvalidConfig {
        /// The values that are allowed.
        expected: String,
        /// The value that was given.
        actual: String,
    },
    /// A defect of this crate or of a library under it.
    #[error("internal error: {message}")]
    Internal {
        /// The message of the failing part.
        message: String,
    },
}

/// `Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// The stable code that the JavaScript package reports for this error.
    ///
    /// ```
    /// let error = emotionai_voice::Error::SampleRate { actual: 0 };
    /// assert_eq!(error.code(), "INVALID_AUDIO");
    /// ```
    pub fn code(&self) -> &'static str {
        match self {
            Error::InvalidAudio { .. } | Error::SampleRate { .. } => "INVALID_AUDIO",
            Error::UnsupportedFormat { .. } => "UNSUPPORTED_FORMAT",
            Error::TooShort { .. } | Error::TooLittleSpeech { .. } | Error::NoSpeech { .. } => {
                "TOO_SHORT"
            }
            Error::ModelFormat { .. } => "MODEL_FORMAT",
            Error::InvalidConfig { .. } => "INVALID_OPTION",
            Error::ModelMismatch { .. } => "MODEL_MISMATCH",
            Error::Internal { .. } => "INTERNAL",
        }
    }
}
