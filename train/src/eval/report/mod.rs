//! Reports on evaluations, for people and for the model card.

mod compare;
mod document;
mod table;

use emotionai_voice::training::Calibration;
use serde_json::Value;

use crate::eval::crossval::CrossValidation;
use crate::eval::profile::Change;
use crate::eval::{Accepted, Evaluation, Group, Interval, Intervals, pictures};
use crate::io::output::comma_separated;
use table::{Table, decimal, maybe, percent};

pub use compare::{Compared, Side};
pub use document::Report;

/// The tables of an evaluation.
pub fn evaluation(e: &Evaluation) -> Report {
    let mut report = Report::default();
    report
        .table(overview(e))
        .table(calibration(e))
        .table(selective(e))
        .line(format!(
            "Area under the risk-coverage curve: {:.3}",
            e.selective.area
        ))
        .table(confusion(e))
        .table(classes(e))
        .table(groups(e));
    report
}

/// The tables and the pictures of an evaluation.
pub fn illustrated(e: &Evaluation) -> Report {
    let mut report = evaluation(e);
    report.heading("Pictures");
    for (_, picture) in pictures::draw(e) {
        report.picture(picture);
    }
    report
}

/// The tables of a cross-validation.
pub fn cross_validation(found: &CrossValidation) -> Report {
    let mut report = Report::default();
    report.table(by_fold(found)).table(spread(found));
    let bias = match found.calibration.label_bias {
        Some(_) => " and the bias of the labels",
        None => "",
    };
    report.line(format!(
        "All clips of all folds and seeds, each with the temperature, the threshold{bias} that the other folds of its seed gave (here \"the model's\"):"
    ));
    report.append(evaluation(&found.pooled));
    if let Some(profile) = &found.profile {
        let Change {
            clips,
            without,
            with,
        } = profile.all;
        let header = [
            "UAR",
            "clips",
            "without",
            "with",
            "change",
            "95% over actors",
        ];
        let mut table = Table::new(header);
        table.row([
            "all actors".to_owned(),
            clips.to_string(),
            decimal(without),
            decimal(with),
            format!("{:+.3}", with - without),
            profile.interval.map_or_else(String::new, range),
        ]);
        report.line("Speaker profiles, each from two neutral clips, the average speaker from the other folds:");
        report.table(table);
    }
    report.line(format!(
        "To ship, fitted on all folds and seeds:{}",
        options(&found.calibration)
    ));
    report
}

/// The options that give a calibration, with rounded values.
fn options(calibration: &Calibration) -> String {
    let Calibration {
        temperature,
        uncertain_below,
        label_bias,
        neutral,
    } = calibration;
    let mut text =
        format!(" --temperature {temperature:.4} --uncertain-below {uncertain_below:.4}");
    for (option, logits) in [("label-bias", label_bias), ("neutral-logits", neutral)] {
        if let Some(logits) = logits {
            let rounded: Vec<f32> = logits.iter().map(|l| (l * 1e3).round() / 1e3).collect();
            text += &format!(" --{option}={}", comma_separated(&rounded));
        }
    }
    text
}

fn by_fold(found: &CrossValidation) -> Table {
    let folds = found.folds();
    let folds = folds
        .iter()
        .map(|(k, actors)| format!("fold {k}: actors {actors}"));
    let header = std::iter::once("UAR".to_owned()).chain(folds);
    let mut table = Table::new(header.chain(["mean".into()]));
    for seed in found.seeds() {
        let runs = found.runs.iter().filter(|run| run.seed == seed);
        let row = std::iter::once(format!("seed {seed}")).chain(runs.map(|run| decimal(run.uar)));
        table.row(row.chain([decimal(found.uar.seeds[&seed])]));
    }
    let means = found.uar.folds.values().map(|&uar| decimal(uar));
    let row = std::iter::once("mean".to_owned()).chain(means);
    table.row(row.chain([decimal(found.uar.mean)]));
    table
}

fn spread(found: &CrossValidation) -> Table {
    let mut table = Table::new(["", "mean", "sd of seeds", "sd of folds"]);
    for (name, of) in [
        ("UAR", &found.uar),
        ("accuracy", &found.accuracy),
        ("ECE of a seed", &found.ece),
    ] {
        table.row([
            name.to_owned(),
            decimal(of.mean),
            maybe(of.sd_seeds),
            maybe(of.sd_folds),
        ]);
    }
    table
}

fn overview(e: &Evaluation) -> Table {
    let interval = |of: fn(&Intervals) -> Interval| {
        let interval = e.interval.as_ref();
        interval.map_or_else(|| "-".into(), |all| range(of(all)))
    };
    let mut table = Table::new(["", "", "95% over actors"]);
    table
        .row(["UAR".into(), decimal(e.uar), interval(|i| i.uar)])
        .row([
            "accuracy".into(),
            decimal(e.accuracy),
            interval(|i| i.accuracy),
        ])
        .row(["clips", &e.clips.to_string(), ""])
        .row(["no speech found", &e.no_speech.to_string(), ""])
        .row(["lowest UAR of an actor", &maybe(e.worst_actor_uar), ""])
        .row([
            "gap in UAR between women and men".into(),
            maybe(e.gender_gap),
            e.gender_gap_interval.map_or_else(String::new, range),
        ]);
    table
}

fn calibration(e: &Evaluation) -> Table {
    let mut table = Table::new(["calibration", "ECE (10 bins)", "NLL"]);
    table
        .row([
            "temperature 1".into(),
            decimal(e.ece_uncalibrated),
            decimal(e.nll_uncalibrated),
        ])
        .row(["temperature applied".into(), decimal(e.ece), decimal(e.nll)]);
    table
}

fn selective(e: &Evaluation) -> Table {
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
    let all = Accepted {
        coverage: 1.0,
        error: Some(1.0 - e.accuracy),
        relative_fall: None,
    };
    row("none".into(), &all);
    row("by the model's threshold".into(), &s.at_own);
    row(format!("below {:.3}", s.threshold), &s.at_threshold);
    table
}

fn confusion(e: &Evaluation) -> Table {
    let header = std::iter::once("truth \\ as".to_owned()).chain(e.labels.iter().cloned());
    let mut table = Table::new(header.chain(["recall".into()]));
    for (label, row) in e.labels.iter().zip(e.confusion.counts()) {
        let counts = row.iter().map(usize::to_string);
        let row = std::iter::once(label.clone()).chain(counts);
        table.row(row.chain([maybe(e.recall.get(label).copied())]));
    }
    table
}

fn classes(e: &Evaluation) -> Table {
    let mut table = Table::new(["", "clips", "precision", "recall", "F1"]);
    let labels = e.labels.iter();
    for (label, class) in labels.filter_map(|label| Some((label, e.per_class.get(label)?))) {
        table.row([
            label.clone(),
            class.clips.to_string(),
            maybe(class.precision),
            maybe(class.recall),
            maybe(class.f1),
        ]);
    }
    table.row([
        "mean".into(),
        e.clips.to_string(),
        String::new(),
        decimal(e.uar),
        decimal(e.macro_f1),
    ]);
    table
}

fn groups(e: &Evaluation) -> Table {
    let mut table = Table::new(["", "clips", "UAR", "accuracy"]);
    let mut row = |name: String, group: &Group| {
        table.row([
            name,
            group.clips.to_string(),
            decimal(group.uar),
            decimal(group.accuracy),
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
    table
}

/// A value's name in JSON.
fn name(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(name)) => name,
        _ => String::new(),
    }
}

fn range(interval: Interval) -> String {
    format!("{:.3} to {:.3}", interval.low, interval.high)
}
