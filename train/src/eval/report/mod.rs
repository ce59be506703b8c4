//! Reports on evaluations, for people and for the model card.

mod compare;
mod document;
mod table;

use emotionai_voice::training::Calibration;
use serde_json::Value;

use crate::eval::crossval::CrossValidation;
use crate::eval::profile::Comparison;
use crate::eval::{Accepted, Evaluation, Group, Interval, pictures};
use crate::io::output::comma_separated;
use table::{Table, decimal, maybe, percent};

pub use compare::{Compared, Side};
pub use document::{Block, Report};

/// The tables of an evaluation.
pub fn evaluation(e: &Evaluation) -> Report {
    let area = format!(
        "Area under the risk-coverage curve: {:.3}",
        e.selective.area
    );
    Report(vec![
        Block::Table(overview(e)),
        Block::Table(calibration(e)),
        Block::Table(selective(e)),
        Block::Line(area),
        Block::Table(confusion(e)),
        Block::Table(classes(e)),
        Block::Table(groups(e)),
    ])
}

/// The tables and the pictures of an evaluation.
pub fn illustrated(e: &Evaluation) -> Report {
    let mut report = evaluation(e);
    report.0.push(Block::Heading("Pictures".into()));
    report.0.extend(pictures(e));
    report
}

fn pictures(e: &Evaluation) -> impl Iterator<Item = Block> {
    let pictures = pictures::draw(e).into_iter();
    pictures.map(|(_, picture)| Block::Picture(picture))
}

/// The tables of a cross-validation.
pub fn cross_validation(found: &CrossValidation) -> Report {
    let bias = match found.calibration.label_bias {
        Some(_) => " and the bias of the labels",
        None => "",
    };
    let pooled = format!(
        "All clips of all folds and seeds, each with the temperature, the threshold{bias} that the other folds of its seed gave (here \"the model's\"):"
    );
    let options = options(&found.calibration);
    let to_ship = format!("To ship, fitted on all folds and seeds:{options}");
    let mut blocks = vec![
        Block::Table(by_fold(found)),
        Block::Table(spread(found)),
        Block::Line(pooled),
    ];
    blocks.extend(evaluation(&found.pooled).0);
    if let Some(found) = &found.profile {
        let about = "Speaker profiles, each from two neutral clips, the average speaker from the other folds:";
        blocks.push(Block::Line(about.into()));
        blocks.push(Block::Table(profile(found)));
    }
    blocks.push(Block::Line(to_ship));
    Report(blocks)
}

fn profile(found: &Comparison) -> Table {
    let all = &found.all;
    let mut table = Table::new([
        "UAR",
        "clips",
        "without",
        "with",
        "change",
        "95% over speakers",
    ]);
    table.row([
        "all speakers".to_owned(),
        all.clips.to_string(),
        decimal(all.without),
        decimal(all.with),
        format!("{:+.3}", all.with - all.without),
        found.interval.map_or_else(String::new, range),
    ]);
    table
}

/// The options that give a calibration, with rounded values.
fn options(calibration: &Calibration) -> String {
    let mut text = format!(
        " --temperature {:.4} --uncertain-below {:.4}",
        calibration.temperature, calibration.uncertain_below
    );
    for (option, logits) in [
        ("label-bias", &calibration.label_bias),
        ("neutral-logits", &calibration.neutral),
    ] {
        if let Some(logits) = logits {
            let rounded: Vec<f32> = logits.iter().map(|l| (l * 1e3).round() / 1e3).collect();
            text += &format!(" --{option}={}", comma_separated(&rounded));
        }
    }
    text
}

fn by_fold(found: &CrossValidation) -> Table {
    let folds = found.folds().into_iter();
    let folds = folds.map(|(k, speakers)| format!("fold {k}: speakers {speakers}"));
    let mut table = Table::new(framed("UAR", folds, "mean".into()));
    for (seed, &mean) in &found.uar.seeds {
        let runs = found.runs.iter().filter(|run| run.seed == *seed);
        let uars = runs.map(|run| decimal(run.uar));
        table.row(framed(&format!("seed {seed}"), uars, decimal(mean)));
    }
    let means = found.uar.folds.values().map(|&uar| decimal(uar));
    table.row(framed("mean", means, decimal(found.uar.mean)));
    table
}

/// The cells of a row, with one before and one after them.
fn framed(
    first: &str,
    cells: impl Iterator<Item = String>,
    last: String,
) -> impl Iterator<Item = String> {
    [first.to_owned()].into_iter().chain(cells).chain([last])
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
    let of = |interval: Option<Interval>| interval.map_or_else(|| "-".into(), range);
    let (uar, accuracy) = (
        e.interval.map(|it| it.uar),
        e.interval.map(|it| it.accuracy),
    );
    let gap = e.gender_gap_interval.map_or_else(String::new, range);
    let mut table = Table::new(["", "", "95% over speakers"]);
    for (name, value, interval) in [
        ("UAR", decimal(e.uar), of(uar)),
        ("accuracy", decimal(e.accuracy), of(accuracy)),
        ("clips", e.clips.to_string(), String::new()),
        ("no speech found", e.no_speech.to_string(), String::new()),
        (
            "lowest UAR of a speaker",
            maybe(e.worst_speaker_uar),
            String::new(),
        ),
        ("gap in UAR between women and men", maybe(e.gender_gap), gap),
    ] {
        table.row([name.to_owned(), value, interval]);
    }
    table
}

fn calibration(e: &Evaluation) -> Table {
    let mut table = Table::new(["calibration", "ECE (10 bins)", "NLL"]);
    for (name, ece, nll) in [
        ("temperature 1", e.ece_uncalibrated, e.nll_uncalibrated),
        ("temperature applied", e.ece, e.nll),
    ] {
        table.row([name.to_owned(), decimal(ece), decimal(nll)]);
    }
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
    let labels = e.labels.iter().cloned();
    let mut table = Table::new(framed("truth \\ as", labels, "recall".into()));
    for (label, row) in e.labels.iter().zip(e.confusion.counts()) {
        let recall = maybe(e.recall.get(label).copied());
        table.row(framed(label, row.iter().map(usize::to_string), recall));
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
    for (speaker, group) in &e.per_speaker {
        row(format!("speaker {speaker:02}"), group);
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
