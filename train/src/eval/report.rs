//! Figures as tables for people and for the model card.

mod compare;
mod crossval;
mod html;
mod markdown;
mod runs;
mod votes;

use std::fmt::Write;

use emotionai_voice::Calibration;
use serde_json::Value;

use crate::commands::cli::calibration::comma_separated;
use crate::eval::pictures;
use crate::eval::profile::Change;
use crate::eval::{Accepted, Evaluation, Group, Interval};
use markdown::{Table, figure, maybe, percent};

pub use compare::{Compared, Side};
pub use crossval::CrossValidation;
pub use runs::read_runs;
pub use votes::{read_votes, shares};

/// An evaluation as tables.
pub fn table(evaluation: &Evaluation) -> String {
    let e = evaluation;
    let mut text = String::new();
    let interval = |of: fn(&crate::eval::Intervals) -> Interval| {
        e.interval
            .as_ref()
            .map_or_else(|| "-".into(), |all| range(of(all)))
    };
    Table::new(["", "", "95% over actors"])
        .row(["UAR".into(), figure(e.uar), interval(|i| i.uar)])
        .row([
            "accuracy".into(),
            figure(e.accuracy),
            interval(|i| i.accuracy),
        ])
        .row(["clips", &e.clips.to_string(), ""])
        .row(["no speech found", &e.no_speech.to_string(), ""])
        .row(["lowest UAR of an actor", &maybe(e.worst_actor_uar), ""])
        .row([
            "gap in UAR between women and men".into(),
            maybe(e.gender_gap),
            e.gender_gap_interval.map_or_else(String::new, range),
        ])
        .render(&mut text);
    calibration(e, &mut text);
    selective(e, &mut text);
    confusion(e, &mut text);
    classes(e, &mut text);
    groups(e, &mut text);
    text
}

/// An evaluation as an HTML file of its own, pictures and all.
pub fn page(evaluation: &Evaluation, title: &str) -> String {
    let mut page = html::Page::new(title);
    page.markdown(&table(evaluation)).heading("Pictures");
    for (_, picture) in pictures::draw(evaluation) {
        page.picture(&picture);
    }
    page.finish()
}

/// A cross-validation as tables.
pub fn crossval_table(found: &CrossValidation) -> String {
    let mut text = String::new();
    let (seeds, folds) = (found.seeds(), found.folds());
    let mut by_fold = Table::new(
        ["UAR".to_owned()]
            .into_iter()
            .chain(
                folds
                    .iter()
                    .map(|(k, actors)| format!("fold {k}: actors {actors}")),
            )
            .chain(["mean".into()]),
    );
    for seed in &seeds {
        let runs = found.runs.iter().filter(|run| run.seed == *seed);
        by_fold.row(
            [format!("seed {seed}")]
                .into_iter()
                .chain(runs.map(|run| figure(run.uar)))
                .chain([figure(found.uar.seeds[seed])]),
        );
    }
    by_fold.row(
        ["mean".to_owned()]
            .into_iter()
            .chain(found.uar.folds.values().map(|&uar| figure(uar)))
            .chain([figure(found.uar.mean)]),
    );
    by_fold.render(&mut text);

    let mut spread = Table::new(["", "mean", "sd of seeds", "sd of folds"]);
    for (name, of) in [
        ("UAR", &found.uar),
        ("accuracy", &found.accuracy),
        ("ECE of a seed", &found.ece),
    ] {
        spread.row([
            name.to_owned(),
            figure(of.mean),
            maybe(of.sd_seeds),
            maybe(of.sd_folds),
        ]);
    }
    spread.render(&mut text);

    let bias = match found.calibration.label_bias {
        Some(_) => " and the bias of the labels",
        None => "",
    };
    let _ = writeln!(
        text,
        "All clips of all folds and seeds, each judged with the temperature, the threshold{bias} that the other folds of its seed gave (here \"the model's\"):\n"
    );
    text.push_str(&table(&found.pooled));
    if let Some(profile) = &found.profile {
        let _ = writeln!(
            text,
            "Voice profiles, each from two neutral clips, the average voice from the other folds:\n"
        );
        let change = |change: &Change| {
            [
                change.clips.to_string(),
                figure(change.without),
                figure(change.with),
                format!("{:+.3}", change.with - change.without),
                profile.interval.map_or_else(String::new, range),
            ]
        };
        Table::new([
            "UAR",
            "clips",
            "without",
            "with",
            "change",
            "95% over actors",
        ])
        .row(std::iter::once("all actors".to_owned()).chain(change(&profile.all)))
        .render(&mut text);
    }
    let Calibration {
        temperature,
        uncertain_below,
        label_bias,
        neutral,
    } = &found.calibration;
    let _ = write!(
        text,
        "To ship, fitted on all folds and seeds: --temperature {temperature:.4} --uncertain-below {uncertain_below:.4}"
    );
    for (option, logits) in [("label-bias", label_bias), ("neutral-logits", neutral)] {
        if let Some(logits) = logits {
            let rounded: Vec<f32> = logits.iter().map(|l| (l * 1e3).round() / 1e3).collect();
            let _ = write!(text, " --{option}={}", comma_separated(&rounded));
        }
    }
    text.push('\n');
    text
}

fn calibration(e: &Evaluation, text: &mut String) {
    Table::new(["calibration", "ECE (10 bins)", "NLL"])
        .row([
            "temperature 1".into(),
            figure(e.ece_uncalibrated),
            figure(e.nll_uncalibrated),
        ])
        .row(["temperature applied".into(), figure(e.ece), figure(e.nll)])
        .render(text);
}

fn selective(e: &Evaluation, text: &mut String) {
    let s = &e.selective;
    let mut table = Table::new([
        "uncertain answers left out",
        "coverage",
        "error",
        "lower by",
    ]);
    let mut row = |name: String, accepted: &Accepted| {
        table.row([
            name,
            percent(accepted.coverage),
            maybe(accepted.error),
            accepted.relative_fall.map_or_else(|| "-".into(), percent),
        ]);
    };
    row(
        "none".into(),
        &Accepted {
            coverage: 1.0,
            error: Some(1.0 - e.accuracy),
            relative_fall: None,
        },
    );
    row("by the model's threshold".into(), &s.at_own);
    row(format!("below {:.3}", s.threshold), &s.at_threshold);
    table.render(text);
    let _ = writeln!(text, "Area under the risk-coverage curve: {:.3}\n", s.area);
}

fn confusion(e: &Evaluation, text: &mut String) {
    let header = ["truth \\ as".to_owned()]
        .into_iter()
        .chain(e.labels.iter().cloned())
        .chain(["recall".into()]);
    let mut table = Table::new(header);
    for (label, row) in e.labels.iter().zip(&e.confusion) {
        table.row(
            [label.clone()]
                .into_iter()
                .chain(row.iter().map(usize::to_string))
                .chain([maybe(e.recall.get(label).copied())]),
        );
    }
    table.render(text);
}

fn classes(e: &Evaluation, text: &mut String) {
    let mut table = Table::new(["", "clips", "precision", "recall", "F1"]);
    let named = e
        .labels
        .iter()
        .filter_map(|label| Some((label, e.per_class.get(label)?)));
    for (label, class) in named {
        table.row([
            label.clone(),
            class.clips.to_string(),
            maybe(class.precision),
            maybe(class.recall),
            maybe(class.f1),
        ]);
    }
    let mean: [String; 5] = [
        "mean".into(),
        e.clips.to_string(),
        String::new(),
        figure(e.uar),
        figure(e.macro_f1),
    ];
    table.row(mean).render(text);
}

fn groups(e: &Evaluation, text: &mut String) {
    let mut table = Table::new(["", "clips", "UAR", "accuracy"]);
    let mut row = |name: String, group: &Group| {
        table.row([
            name,
            group.clips.to_string(),
            figure(group.uar),
            figure(group.accuracy),
        ]);
    };
    for (gender, group) in &e.per_gender {
        row(name(gender), group);
    }
    for (intensity, group) in &e.per_intensity {
        row(format!("{} intensity", name(intensity)), group);
    }
    for (statement, group) in &e.per_statement {
        row(format!("statement {statement}"), group);
    }
    for (actor, group) in &e.per_actor {
        row(format!("actor {actor:02}"), group);
    }
    table.render(text);
}

/// A value's name as JSON has it.
fn name(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(name)) => name,
        _ => String::new(),
    }
}

fn range(interval: Interval) -> String {
    format!("{:.3} to {:.3}", interval.low, interval.high)
}
