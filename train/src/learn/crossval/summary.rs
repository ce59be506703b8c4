//! The UAR of all runs as a table of text.

use std::collections::BTreeSet;

use super::record::Run;

/// The UAR by seed and fold, and the means.
pub fn summary(runs: &[Run]) -> String {
    let folds: BTreeSet<u32> = runs.iter().map(|run| run.fold).collect();
    let seeds: BTreeSet<u64> = runs.iter().map(|run| run.seed).collect();
    let mean = |pick: &dyn Fn(&Run) -> bool| {
        let uars: Vec<f64> = runs
            .iter()
            .filter(|run| pick(run))
            .map(|run| run.uar)
            .collect();
        uars.iter().sum::<f64>() / uars.len() as f64
    };
    let mut text = String::from("UAR      ");
    for fold in &folds {
        text.push_str(&format!("  fold {fold}"));
    }
    text.push_str("    mean\n");
    for &seed in &seeds {
        text.push_str(&format!("seed {seed:<4}"));
        for &fold in &folds {
            let uar = mean(&|run| run.seed == seed && run.fold == fold);
            text.push_str(&format!("{uar:>8.3}"));
        }
        text.push_str(&format!("{:>8.3}\n", mean(&|run| run.seed == seed)));
    }
    text.push_str("mean     ");
    for &fold in &folds {
        text.push_str(&format!("{:>8.3}", mean(&|run| run.fold == fold)));
    }
    text.push_str(&format!("{:>8.3}\n", mean(&|_| true)));
    text
}
