//! Figures as text.

use std::fmt::Write;

use crate::evaluation::Evaluation;

/// An evaluation as a table for people.
pub fn table(evaluation: &Evaluation) -> String {
    let e = evaluation;
    let mut text = format!(
        "clips {}   accuracy {:.3}   UAR {:.3}   ECE {:.3}   NLL {:.3}   coverage {:.3}   no speech {}\n\n",
        e.clips, e.accuracy, e.uar, e.ece, e.nll, e.coverage, e.no_speech
    );
    let width = e.labels.iter().map(String::len).max().unwrap_or(0).max(9);
    let mut line = |cells: &mut dyn Iterator<Item = String>, first: &str| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{first:<width$}");
        for cell in cells {
            let _ = write!(text, " {cell:>width$}");
        }
        text.push('\n');
    };
    line(
        &mut e.labels.iter().cloned().chain(["recall".into()]),
        "truth \\ as",
    );
    for (label, row) in e.labels.iter().zip(&e.confusion) {
        let recall = e
            .recall
            .get(label)
            .map_or("-".into(), |r| format!("{r:.3}"));
        line(&mut row.iter().map(usize::to_string).chain([recall]), label);
    }
    text.push('\n');
    for (actor, figures) in &e.per_actor {
        let _ = writeln!(
            text,
            "actor {actor:02}   clips {:>3}   accuracy {:.3}   UAR {:.3}",
            figures.clips, figures.accuracy, figures.uar
        );
    }
    text
}
