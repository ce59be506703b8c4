//! A clip's logits from those of its windows.

/// The mean of the windows' logits, weighted by their speech frames.
///
/// A provisional window is contained in the windows after it. So only the longest provisional
/// window counts, and none once there is a whole window.
#[derive(Debug, Default)]
pub(crate) struct SpeechMean {
    weighted_logits: Vec<f64>,
    weight: usize,
    has_whole: bool,
}

impl SpeechMean {
    /// Adds the logits of a window.
    pub(crate) fn add(&mut self, logits: &[f32], speech_frames: usize, provisional: bool) {
        if provisional && self.has_whole {
            return;
        }
        if !self.has_whole {
            *self = SpeechMean {
                has_whole: !provisional,
                ..SpeechMean::default()
            };
        }
        self.weighted_logits.resize(logits.len(), 0.0);
        for (sum, logit) in self.weighted_logits.iter_mut().zip(logits) {
            *sum += f64::from(*logit) * speech_frames as f64;
        }
        self.weight += speech_frames;
    }

    /// The mean; `None` before the first window with speech.
    pub(crate) fn logits(&self) -> Option<Vec<f32>> {
        let weight = self.weight as f64;
        (self.weight > 0).then(|| {
            let mean = self.weighted_logits.iter().map(|sum| (sum / weight) as f32);
            mean.collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_count_by_their_speech_and_provisional_ones_only_before_a_whole_one() {
        let mut mean = SpeechMean::default();
        assert_eq!(mean.logits(), None);
        mean.add(&[9.0, 0.0], 10, true);
        mean.add(&[7.0, 0.0], 20, true);
        assert_eq!(mean.logits(), Some(vec![7.0, 0.0]), "the longer one alone");
        mean.add(&[1.0, 2.0], 30, false);
        mean.add(&[5.0, 2.0], 10, false);
        mean.add(&[7.0, 7.0], 40, true);
        assert_eq!(mean.logits(), Some(vec![2.0, 2.0]));
    }
}
