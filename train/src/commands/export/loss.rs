//! The cost of rounding the parameters, on real clips through the pipeline that ships.

use anyhow::Result;
use emotionai_voice::Model;
use serde::Serialize;

use crate::data::corpus::Clip;
use crate::eval::{self, Outcome};
use crate::io::model;

/// A model of rounded parameters beside the one that it was made from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Loss {
    /// Clips that both classified.
    pub clips: usize,
    /// Unweighted average recall before and after.
    pub uar: [f64; 2],
    /// Share of clips predicted correctly before and after.
    pub accuracy: [f64; 2],
    /// Clips with another prediction than before.
    pub renamed: usize,
    /// Mean change of a clip's logits, apart from a change that they share.
    pub mean_change: f64,
    /// Largest change of a logit.
    pub max_change: f64,
}

impl Loss {
    /// Classifies every clip with both models.
    pub fn measure(before: &Model, after: &Model, clips: &[Clip]) -> Result<Loss> {
        let classify = |model: &Model| eval::classify_all(&model::classifier(model)?, clips);
        let (old, new) = (classify(before)?, classify(after)?);
        let header = &before.header;
        let evaluate =
            |outcomes: &[Outcome]| eval::evaluate(outcomes, &header.labels, &header.calibration);
        let (metrics_old, metrics_new) = (evaluate(&old), evaluate(&new));
        let changes = changes(&old, &new);
        let pairs = old.iter().zip(&new);
        let renamed = pairs.filter(|(a, b)| a.predicted() != b.predicted());
        Ok(Loss {
            clips: clips.len(),
            uar: [metrics_old.uar, metrics_new.uar],
            accuracy: [metrics_old.accuracy, metrics_new.accuracy],
            renamed: renamed.count(),
            mean_change: changes.iter().sum::<f64>() / changes.len().max(1) as f64,
            max_change: changes.into_iter().fold(0.0, f64::max),
        })
    }

    /// Lines of text.
    pub fn text(&self) -> String {
        let metrics = [("UAR", self.uar), ("accuracy", self.accuracy)];
        let mut text = format!("{} clips   before   after    change\n", self.clips);
        for (name, [before, after]) in metrics {
            let change = after - before;
            text += &format!("{name:<9} {before:>9.4} {after:>7.4} {change:>+9.4}\n");
        }
        text + &format!(
            "logits change by {:.5} in the mean and {:.5} at most; {} of {} clips are predicted otherwise\n",
            self.mean_change, self.max_change, self.renamed, self.clips
        )
    }
}

/// Change of each logit of each clip, both clips' logits centred about zero.
fn changes(old: &[Outcome], new: &[Outcome]) -> Vec<f64> {
    let pairs = old.iter().zip(new);
    pairs
        .filter_map(|(old, new)| Some((old.logits.as_deref()?, new.logits.as_deref()?)))
        .flat_map(|(old, new)| centred(old).zip(centred(new)))
        .map(|(old, new)| (new - old).abs())
        .collect()
}

fn centred(logits: &[f32]) -> impl Iterator<Item = f64> {
    let mean = logits.iter().map(|&logit| f64::from(logit)).sum::<f64>() / logits.len() as f64;
    logits.iter().map(move |&logit| f64::from(logit) - mean)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::tests::outcome;

    #[test]
    fn what_the_logits_of_a_clip_share_is_no_change() {
        let old = [outcome(1, 0, Some(&[0.5, 0.5])), outcome(1, 0, None)];
        let mut new = old.clone();
        new[0].logits = Some(vec![3.0, 3.5]);
        let found = changes(&old, &new);
        assert_eq!(found.len(), 2, "a clip without speech has no logits");
        for change in found {
            assert!((change - 0.25).abs() < 1e-6, "{change}");
        }
    }
}
