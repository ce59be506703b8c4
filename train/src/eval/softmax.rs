//! Probabilities of logits.

/// Softmax of `logits / temperature`.
pub fn softmax_at(logits: &[f32], temperature: f64) -> Vec<f64> {
    softmax(logits.iter().map(|&logit| f64::from(logit) / temperature))
}

/// Softmax of some logits.
pub fn softmax(logits: impl Iterator<Item = f64> + Clone) -> Vec<f64> {
    let peak = logits.clone().fold(f64::NEG_INFINITY, f64::max);
    let exp: Vec<f64> = logits.map(|logit| (logit - peak).exp()).collect();
    let sum: f64 = exp.iter().sum();
    exp.into_iter().map(|e| e / sum).collect()
}
