//! Two models side by side.

use std::fmt::Write;
use std::path::Path;

use emotionai_voice::ModelHeader;
use serde::Serialize;

use super::html::Page;
use super::markdown::{Table, figure, maybe};
use super::range;
use crate::eval::pictures;
use crate::eval::{Difference, Evaluation, Interval, Outcome, evaluate};

/// Two models on the same clips.
#[derive(Debug, Serialize)]
pub struct Compared {
    /// The one that is compared with.
    pub first: Side,
    /// The one that is compared.
    pub second: Side,
    /// The second against the first.
    pub difference: Difference,
}

/// One of them.
#[derive(Debug, Serialize)]
pub struct Side {
    /// The file, as it was named.
    pub file: String,
    /// Id of the weights in it.
    pub model: String,
    /// All figures of it.
    pub evaluation: Evaluation,
}

impl Side {
    /// What a model of this header made of the clips.
    pub fn new(file: &Path, header: &ModelHeader, outcomes: &[Outcome]) -> Side {
        Side {
            file: file.display().to_string(),
            model: header.id.clone(),
            evaluation: evaluate(outcomes, &header.labels, &header.calibration),
        }
    }
}

impl Compared {
    /// Both as tables.
    pub fn table(&self) -> String {
        let mut text = String::new();
        let (first, second) = (&self.first.evaluation, &self.second.evaluation);
        let mut table = Table::new(["", &self.first.file, &self.second.file, "difference"]);
        let mut row = |name: &str, of: &dyn Fn(&Evaluation) -> f64| {
            let (a, b) = (of(first), of(second));
            table.row([name.to_owned(), figure(a), figure(b), signed(b - a)]);
        };
        row("UAR", &|e| e.uar);
        row("accuracy", &|e| e.accuracy);
        row("mean F1", &|e| e.macro_f1);
        row("ECE", &|e| e.ece);
        row("NLL", &|e| e.nll);
        row("area under risk-coverage", &|e| e.selective.area);
        table.render(&mut text);
        self.tests(&mut text);

        let recall = |e: &Evaluation, label: &str| e.recall.get(label).copied();
        let mut table = Table::new(["recall", &self.first.file, &self.second.file, "difference"]);
        for label in &first.labels {
            let (a, b) = (recall(first, label), recall(second, label));
            let change = a.zip(b).map_or_else(|| "-".into(), |(a, b)| signed(b - a));
            table.row([label.clone(), maybe(a), maybe(b), change]);
        }
        table.render(&mut text);
        text
    }

    fn tests(&self, text: &mut String) {
        let Difference {
            bootstrap, mcnemar, ..
        } = &self.difference;
        Table::new(["is the second better?", "", "p"])
            .row([
                "UAR, 95% over speakers (paired bootstrap)".to_owned(),
                bootstrap.map_or_else(|| "-".into(), |b| range(b.uar)),
                maybe(bootstrap.map(|b| b.p)),
            ])
            .row([
                "clips that one alone names rightly (McNemar, exact)".to_owned(),
                format!("{} : {}", mcnemar.only_first, mcnemar.only_second),
                figure(mcnemar.p),
            ])
            .render(text);
        let _ = writeln!(text, "{}\n", self.verdict());
    }

    /// In words: clips of a speaker resemble each other, so the speakers decide where there are two.
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

    /// Both as an HTML file of its own.
    pub fn page(&self, title: &str) -> String {
        let mut page = Page::new(title);
        page.markdown(&self.table());
        for side in [&self.first, &self.second] {
            page.heading(&side.file)
                .markdown(&super::table(&side.evaluation));
            for (_, picture) in pictures::draw(&side.evaluation) {
                page.picture(&picture);
            }
        }
        page.finish()
    }
}

fn signed(value: f64) -> String {
    format!("{value:+.3}")
}
