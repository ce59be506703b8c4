//! The default set of labels.

/// The eight emotions of RAVDESS, the default set of labels. A model file may bring others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Emotion {
    /// 01 in a RAVDESS file name.
    Neutral,
    /// 02.
    Calm,
    /// 03.
    Happy,
    /// 04.
    Sad,
    /// 05.
    Angry,
    /// 06.
    Fearful,
    /// 07.
    Disgust,
    /// 08.
    Surprised,
}

impl Emotion {
    /// All eight, in the corpus's order, which is that of the shipped model's logits.
    pub const ALL: [Emotion; 8] = [
        Emotion::Neutral,
        Emotion::Calm,
        Emotion::Happy,
        Emotion::Sad,
        Emotion::Angry,
        Emotion::Fearful,
        Emotion::Disgust,
        Emotion::Surprised,
    ];

    /// The name that model files and the JavaScript API use.
    ///
    /// ```
    /// assert_eq!(emotionai_voice::Emotion::Surprised.name(), "surprised");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Emotion::Neutral => "neutral",
            Emotion::Calm => "calm",
            Emotion::Happy => "happy",
            Emotion::Sad => "sad",
            Emotion::Angry => "angry",
            Emotion::Fearful => "fearful",
            Emotion::Disgust => "disgust",
            Emotion::Surprised => "surprised",
        }
    }
}
