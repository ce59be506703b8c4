//! Two models side by side.

use std::path::Path;

use emotionai_voice::training::ModelHeader;
use serde::Serialize;

use super::document::{Block, Report};
use super::table::{Table, decimal, maybe};
use super::{evaluation, pictures, range};
use crate::eval::{Difference, Evaluation, Interval, Outcome, evaluate};

/// Two models on the same clips.
#[derive(Debug, Serialize)]
pub struct Compared {
    /// The reference.
    pub first: Side,
    /// The model that is compared with the reference.
    pub second: Side,
    /// The second against the first.
    pub difference: Difference,
}

/// One of the two models.
#[derive(Debug, Serialize)]
pub struct Side {
    /// The file, as it was named.
    pub file: String,
    /// Id of the weights in it.
    pub model: String,
    /// All metrics of it.
    pub evaluation: Evaluation,
}

impl Side {
    /// The evaluation of a model with this header.
    pub fn new(file: &Path, header: &ModelHeader, outcomes: &[Outcome]) -> Side {
        Side {
            file: file.display().to_string(),
            model: header.id.clone(),
            evaluation: evaluate(outcomes, &header.labels, &header.calibration),
        }
    }
}

impl Compared {
    /// The tables of the comparison.
    pub fn report(&self) -> Report {
        let (first, second) = (&self.first.evaluation, &self.second.evaluation);
        let mut metrics = Table::new(["", &self.first.file, &self.second.file, "difference"]);
        let rows = [
            ("UAR", first.uar, second.uar),
            ("accuracy", first.accuracy, second.accuracy),
            ("mean F1", first.macro_f1, second.macro_f1),
            ("ECE", first.ece, second.ece),
            ("NLL", first.nll, second.nll),
            (
                "area under risk-coverage",
                first.selective.area,
                second.selective.area,
            ),
        ];
        for (name, a, b) in rows {
            metrics.row([name.to_owned(), decimal(a), decimal(b), signed(b - a)]);
        }

        let recall = |e: &Evaluation, label: &str| e.recall.get(label).copied();
        let mut recalls = Table::new(["recall", &self.first.file, &self.second.file, "difference"]);
        for label in &first.labels {
            let (a, b) = (recall(first, label), recall(second, label));
            let change = a.zip(b).map_or_else(|| "-".into(), |(a, b)| signed(b - a));
            recalls.row([label.clone(), maybe(a), maybe(b), change]);
        }
        Report(vec![
            Block::Table(metrics),
            Block::Table(self.tests()),
            Block::Line(self.verdict()),
            Block::Table(recalls),
        ])
    }

    /// The tables of the comparison and of both evaluations, with their pictures.
    pub fn illustrated(&self) -> Report {
        let mut report = self.report();
        for side in [&self.first, &self.second] {
            report.0.push(Block::Heading(side.file.clone()));
            report.0.extend(evaluation(&side.evaluation).0);
            report.0.extend(pictures(&side.evaluation));
        }
        report
    }

    fn tests(&self) -> Table {
        let (bootstrap, mcnemar) = (self.difference.bootstrap, self.difference.mcnemar);
        let mut table = Table::new(["is the second better?", "", "p"]);
        table
            .row([
                "UAR, 95% over speakers (paired bootstrap)".to_owned(),
                bootstrap.map_or_else(|| "-".into(), |b| range(b.uar)),
                maybe(bootstrap.map(|b| b.p)),
            ])
            .row([
                "clips that one alone names rightly (McNemar, exact)".to_owned(),
                format!("{} : {}", mcnemar.only_first, mcnemar.only_second),
                decimal(mcnemar.p),
            ]);
        table
    }

    /// The conclusion in words: clips of a speaker resemble each other, so the speakers decide where there are two.
    fn verdict(&self) -> String {
        let Some(bootstrap) = &self.difference.bootstrap else {
            return "One speaker cannot tell whether this holds for others.".into();
        };
        let Interval { low, high } = bootstrap.uar;
        let (better, than) = match (low > 0.0, high < 0.0) {
            (true, _) => (&self.second.file, &self.first.file),
            (_, true) => (&self.first.file, &self.second.file),
            _ => return "The interval holds 0: these speakers do not tell which is better.".into(),
        };
        format!("{better} is better than {than}, also for other speakers like these (95%).")
    }
}

fn signed(value: f64) -> String {
    format!("{value:+.3}")
}
