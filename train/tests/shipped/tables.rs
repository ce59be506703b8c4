//! The tables of the model card, one Markdown row at a time.

use serde_json::Value;

use crate::data::Shipped;
use crate::support::number;

/// The card's last heading: only tables follow.
pub const HEADING: &str = "## Tables\n";

/// All tables of the card.
pub fn all(files: &[Shipped]) -> String {
    let tables = [
        ("Results on unseen speakers", results(files)),
        ("UAR by group, all seeds", groups(files)),
        ("Recall by label", recall(files)),
        (
            "Confusion of `default`: clips by true label (rows) and answer (columns)",
            confusion(files),
        ),
        ("Robustness: UAR under each condition", robustness(files)),
        ("Files", identity(files)),
    ];
    tables
        .map(|(title, table)| format!("\n**{title}**\n\n{table}"))
        .concat()
}

/// The table of the README, which leads the card's as well.
pub fn headline(files: &[Shipped]) -> String {
    let columns: [(&str, Format, &str); 5] = [
        ("UAR", three, "/uar/mean"),
        ("95% over speakers", range, "/pooled/interval/uar"),
        ("UAR with a speaker profile", three, "/profile/all/with"),
        ("accuracy", three, "/accuracy/mean"),
        ("ECE", three, "/ece/mean"),
    ];
    let mut table = Table::new("model", columns.map(|(name, ..)| name));
    for file in files {
        let cells = columns.map(|(_, format, at)| format(file.report.pointer(at).unwrap()));
        table.row(format!("`{}.emo`", file.name), cells);
    }
    table.text
}

/// How a value of a report is written.
type Format = fn(&Value) -> String;

/// The headline, then a row for each further metric and a column for each model.
fn results(files: &[Shipped]) -> String {
    let rows: [(&str, Format, &str); 12] = [
        ("UAR of each seed", list, "/uar/seeds"),
        ("UAR of each fold", list, "/uar/folds"),
        ("standard deviation of folds", three, "/uar/sd_folds"),
        (
            "accuracy, 95% over speakers",
            range,
            "/pooled/interval/accuracy",
        ),
        (
            "lowest UAR of a speaker",
            three,
            "/pooled/worst_speaker_uar",
        ),
        ("women less men", women_less_men, "/pooled"),
        ("gain by a speaker profile", gain, "/profile"),
        ("NLL", three, "/pooled/nll"),
        ("ECE, NLL without temperature", uncalibrated, "/pooled"),
        ("error of all clips", error, "/pooled/accuracy"),
        (
            "coverage without \"uncertain\"",
            three,
            "/pooled/selective/at_own/coverage",
        ),
        (
            "error without \"uncertain\"",
            three,
            "/pooled/selective/at_own/error",
        ),
    ];
    let mut table = Table::of_models("", files);
    for (name, format, at) in rows {
        table.row(
            name,
            files
                .iter()
                .map(|file| format(file.report.pointer(at).unwrap())),
        );
    }
    format!("{}\n{}", headline(files), table.text)
}

/// The absolute difference between the UARs of women and men with its 95% interval.
fn women_less_men(pooled: &Value) -> String {
    let interval = range(&pooled["gender_gap_interval"]);
    format!("{} ({interval})", three(&pooled["gender_gap"]))
}

fn gain(profile: &Value) -> String {
    let [with, without] = ["with", "without"].map(|key| number(&profile["all"][key]));
    format!("{:+.3} ({})", with - without, range(&profile["interval"]))
}

fn uncalibrated(pooled: &Value) -> String {
    ["ece_uncalibrated", "nll_uncalibrated"]
        .map(|key| three(&pooled[key]))
        .join(", ")
}

fn error(accuracy: &Value) -> String {
    format!("{:.3}", 1.0 - number(accuracy))
}

fn groups(files: &[Shipped]) -> String {
    let others = [
        ("female", "per_gender/female"),
        ("male", "per_gender/male"),
        ("normal intensity", "per_intensity/normal"),
        (
            "strong intensity (no neutral: seven labels)",
            "per_intensity/strong",
        ),
        ("statement 1", "per_statement/1"),
        ("statement 2", "per_statement/2"),
    ];
    let others = others.map(|(title, at)| (title.to_owned(), at.to_owned()));
    let speakers = (1..=20).map(|n| (format!("speaker {n:02}"), format!("per_speaker/{n}")));
    let mut table = Table::of_models("", files);
    for (title, at) in others.into_iter().chain(speakers) {
        let at = format!("/pooled/{at}/uar");
        table.row(
            title,
            files
                .iter()
                .map(|file| three(file.report.pointer(&at).unwrap())),
        );
    }
    table.text
}

fn recall(files: &[Shipped]) -> String {
    let labels = labels(files);
    let mut table = Table::new("model", labels.clone());
    for file in files {
        let recalls = labels
            .iter()
            .map(|&label| three(&file.report["pooled"]["recall"][label]));
        table.row(format!("`{}`", file.name), recalls);
    }
    table.text
}

fn confusion(files: &[Shipped]) -> String {
    let labels = labels(files);
    let rows = array(&files[0].report["pooled"]["confusion"]);
    let mut table = Table::new("", labels.clone());
    for (label, row) in labels.iter().zip(rows) {
        table.row(*label, array(row).iter().map(Value::to_string));
    }
    table.text
}

/// A row for each condition. A UAR is bold where its criterion is not met.
fn robustness(files: &[Shipped]) -> String {
    let (default, others) = files.split_first().unwrap();
    let columns = ["`default`", "change", "95% over speakers", "unchanged"].map(str::to_owned);
    let models = others.iter().map(|file| format!("`{}`", file.name));
    let mut table = Table::new("condition", columns.into_iter().chain(models));
    let alone = |of: Format| {
        let none = ["", "", ""].map(str::to_owned);
        let others = others.iter().map(move |file| of(&file.robustness));
        [of(&default.robustness)]
            .into_iter()
            .chain(none)
            .chain(others)
    };
    let uar = |row: &Value| match row["passed"].as_bool() {
        Some(false) => format!("**{}**", three(&row["uar"])),
        _ => three(&row["uar"]),
    };
    table.row("clean", alone(|result| three(&result["clean"]["uar"])));
    for row in array(&default.robustness["rows"]) {
        let is_same = |other: &&Value| other["name"] == row["name"];
        let others = others.iter().map(|file| {
            let mut rows = array(&file.robustness["rows"]).iter();
            uar(rows.find(is_same).unwrap())
        });
        let [name, about] = ["name", "about"].map(|key| row[key].as_str().unwrap());
        let cells = [
            uar(row),
            format!("{:+.3}", number(&row["uar_change"])),
            signed_range(&row["uar_change_interval"]),
            three(&row["unchanged"]),
        ];
        let title = format!("`{name}`: {about}");
        table.row(title, cells.into_iter().chain(others));
    }
    let [met, missed] = ["passed", "failed"].map(|key| number(&default.robustness[key]));
    let title = format!("criteria met, of {}", met + missed);
    table.row(title, alone(|result| result["passed"].to_string()));
    table.text
}

fn identity(files: &[Shipped]) -> String {
    let columns = [
        "id",
        "parameters",
        "million multiply-adds a window",
        "bytes",
        "SHA-256",
    ];
    let mut table = Table::new("file", columns);
    for file in files {
        let of = |name: &str| &file.description[name];
        let cells = [
            format!("`{}`", of("id").as_str().unwrap()),
            of("parameters").to_string(),
            format!("{:.1}", number(of("multiply_adds")) / 1e6),
            of("file_bytes").to_string(),
            format!("`{}`", file.sha256),
        ];
        table.row(format!("`{}.emo`", file.name), cells);
    }
    table.text
}

/// A Markdown table.
struct Table {
    text: String,
}

impl Table {
    fn new<T: ToString>(corner: &str, columns: impl IntoIterator<Item = T>) -> Table {
        let columns: Vec<String> = columns.into_iter().map(|name| name.to_string()).collect();
        let mut table = Table {
            text: String::new(),
        };
        let n_columns = columns.len();
        table.row(corner, columns);
        table.text += &format!("|---|{}\n", "---:|".repeat(n_columns));
        table
    }

    /// A table with a column for each model.
    fn of_models(corner: &str, files: &[Shipped]) -> Table {
        Table::new(corner, files.iter().map(|file| format!("`{}`", file.name)))
    }

    fn row(&mut self, name: impl ToString, cells: impl IntoIterator<Item = String>) {
        let cells: Vec<String> = [name.to_string()].into_iter().chain(cells).collect();
        self.text += &format!("| {} |\n", cells.join(" | "));
    }
}

fn labels(files: &[Shipped]) -> Vec<&str> {
    let labels = array(&files[0].report["pooled"]["labels"]);
    labels.iter().map(|label| label.as_str().unwrap()).collect()
}

fn array(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap()
}

fn three(value: &Value) -> String {
    format!("{:.3}", number(value))
}

fn range(value: &Value) -> String {
    format!("{} to {}", three(&value["low"]), three(&value["high"]))
}

fn signed_range(value: &Value) -> String {
    format!("{:+.3} to {:+.3}", number(&value[0]), number(&value[1]))
}

/// The values of an object, in the order of its keys, which are single digits.
fn list(value: &Value) -> String {
    let values = value.as_object().unwrap().values().map(three);
    values.collect::<Vec<_>>().join(", ")
}
