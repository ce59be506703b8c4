//! The robustness table as text.

use std::fmt::Write;

use super::conditions::Criterion;
use super::{Report, Row};

/// A report as a table for people, its summary last.
pub fn table(report: &Report) -> String {
    let mut text = format!(
        "{}   actors {}   clips {}   seed {}\n\n{:<14} {:>6} {:>9} {:>8}  {:<17} {:>9} {:>9}  {:<17} verdict\n",
        report.model,
        report.actors,
        report.clips,
        report.seed,
        "condition",
        "UAR",
        "accuracy",
        "change",
        "95% interval",
        "unchanged",
        "no speech",
        "criterion",
    );
    let clean = &report.clean;
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "{:<14} {:>6.3} {:>9.3} {:>8}  {:<17} {:>9} {:>9.3}",
        "clean", clean.uar, clean.accuracy, "", "", "", clean.no_speech
    );
    for row in &report.rows {
        let _ = writeln!(text, "{}", line(row));
    }
    text.push_str(&summary(report));
    text
}

fn line(row: &Row) -> String {
    let criterion = match row.criterion {
        Some(Criterion::UnchangedAtLeast(share)) => format!("unchanged >= {share}"),
        Some(Criterion::UarFallsLessThan(fall)) => format!("change > -{fall}"),
        None => "-".into(),
    };
    let Some(f) = &row.metrics else {
        let reason = row.skipped.as_deref().unwrap_or_default();
        return format!(
            "{:<14} SKIPPED, NOT PASSED: {reason} ({})",
            row.name, row.about
        );
    };
    let verdict = match row.passed {
        Some(true) => "pass",
        Some(false) => "FAIL",
        None => "described",
    };
    let interval = f.uar_change_interval;
    let interval = interval.map(|[low, high]| format!("[{low:+.3}, {high:+.3}]"));
    format!(
        "{:<14} {:>6.3} {:>9.3} {:>+8.3}  {:<17} {:>9.3} {:>9.3}  {criterion:<17} {verdict:<9}  {}",
        row.name,
        f.uar,
        f.accuracy,
        f.uar_change,
        interval.unwrap_or_default(),
        f.unchanged,
        f.no_speech,
        row.about,
    )
}

fn summary(report: &Report) -> String {
    let mut text = format!(
        "\n{} of {} criteria met",
        report.passed,
        report.passed + report.failed
    );
    if report.skipped > 0 {
        let _ = write!(
            text,
            "; {} rows SKIPPED, which is not passed",
            report.skipped
        );
    }
    text.push('\n');
    text
}
