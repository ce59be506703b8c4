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
    let mut table = Table::new(
        "model",
        [
            "UAR",
            "95% over speakers",
            "UAR with a speaker profile",
            "accuracy",
            "ECE",
        ],
    );
    for file in files {
        let report = &file.report;
        table.row(
            format!("`{}.emo`", file.name),
            [
                three(&report["uar"]["mean"]),
                range(&report["pooled"]["interval"]["uar"]),
                three(&report["profile"]["all"]["with"]),
                three(&report["accuracy"]["mean"]),
                three(&report["ece"]["mean"]),
            ],
        );
    }
    table.text
}

/// The headline, then a row for each further metric and a column for each model.
fn results(files: &[Shipped]) -> String {
    let mut table = Table::of_models("", files);
    let mut row = |name: &str, of: &dyn Fn(&Value) -> String| {
        table.row(name, files.iter().map(|file| of(&file.report)));
    };
    row("UAR of each seed", &|report| list(&report["uar"]["seeds"]));
    row("UAR of each fold", &|report| list(&report["uar"]["folds"]));
    row("standard deviation of folds", &|report| {
        three(&report["uar"]["sd_folds"])
    });
    row("accuracy, 95% over speakers", &|report| {
        range(&report["pooled"]["interval"]["accuracy"])
    });
    row("lowest UAR of a speaker", &|report| {
        three(&report["pooled"]["worst_speaker_uar"])
    });
    row("women less men", &|report| {
        difference(&report["pooled"], "gender_gap", "gender_gap_interval")
    });
    row("gain by a speaker profile", &|report| {
        let (all, interval) = (
            &report["profile"]["all"],
            range(&report["profile"]["interval"]),
        );
        format!(
            "{:+.3} ({interval})",
            number(&all["with"]) - number(&all["without"])
        )
    });
    row("NLL", &|report| three(&report["pooled"]["nll"]));
    row("ECE, NLL without temperature", &|report| {
        let of = |name: &str| three(&report["pooled"][name]);
        format!("{}, {}", of("ece_uncalibrated"), of("nll_uncalibrated"))
    });
    row("error of all clips", &|report| {
        format!("{:.3}", 1.0 - number(&report["pooled"]["accuracy"]))
    });
    row("coverage without \"uncertain\"", &|report| {
        three(&report["pooled"]["selective"]["at_own"]["coverage"])
    });
    row("error without \"uncertain\"", &|report| {
        three(&report["pooled"]["selective"]["at_own"]["error"])
    });
    format!("{}\n{}", headline(files), table.text)
}

fn groups(files: &[Shipped]) -> String {
    let actors = (1..=20).map(|actor| {
        (
            format!("speaker {actor:02}"),
            "per_speaker",
            actor.to_string(),
        )
    });
    let others = [
        ("female", "per_gender", "female"),
        ("male", "per_gender", "male"),
        ("normal intensity", "per_intensity", "normal"),
        (
            "strong intensity (no neutral: seven labels)",
            "per_intensity",
            "strong",
        ),
        ("statement 1", "per_statement", "1"),
        ("statement 2", "per_statement", "2"),
    ];
    let others = others.map(|(title, kind, key)| (title.to_owned(), kind, key.to_owned()));
    let mut table = Table::of_models("", files);
    for (title, kind, key) in others.into_iter().chain(actors) {
        table.row(
            title,
            files
                .iter()
                .map(|file| three(&file.report["pooled"][kind][&key]["uar"])),
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
    let mut table = Table::new("", labels.clone());
    for (label, row) in labels
        .iter()
        .zip(array(&files[0].report["pooled"]["confusion"]))
    {
        table.row(*label, array(row).iter().map(Value::to_string));
    }
    table.text
}

/// A row for each condition. A UAR is bold where its criterion is not met.
fn robustness(files: &[Shipped]) -> String {
    let (default, others) = files.split_first().unwrap();
    let mut table = Table::new(
        "condition",
        ["`default`", "change", "95% over speakers", "unchanged"]
            .map(str::to_owned)
            .into_iter()
            .chain(others.iter().map(|file| format!("`{}`", file.name))),
    );
    let alone = |of: &dyn Fn(&Value) -> String| {
        let cells = [
            of(&default.robustness),
            String::new(),
            String::new(),
            String::new(),
        ];
        let others: Vec<String> = others.iter().map(|file| of(&file.robustness)).collect();
        cells.into_iter().chain(others)
    };
    let uar = |row: &Value| match row["passed"].as_bool() {
        Some(false) => format!("**{}**", three(&row["uar"])),
        _ => three(&row["uar"]),
    };
    table.row("clean", alone(&|result| three(&result["clean"]["uar"])));
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
        table.row(
            format!("`{name}`: {about}"),
            cells.into_iter().chain(others),
        );
    }
    let [met, missed] = ["passed", "failed"].map(|key| number(&default.robustness[key]));
    let title = format!("criteria met, of {}", met + missed);
    table.row(title, alone(&|result| result["passed"].to_string()));
    table.text
}

fn identity(files: &[Shipped]) -> String {
    let mut table = Table::new(
        "file",
        [
            "id",
            "parameters",
            "million multiply-adds a window",
            "bytes",
            "SHA-256",
        ],
    );
    for file in files {
        let of = |name: &str| &file.description[name];
        table.row(
            format!("`{}.emo`", file.name),
            [
                format!("`{}`", of("id").as_str().unwrap()),
                of("parameters").to_string(),
                format!("{:.1}", number(of("multiply_adds")) / 1e6),
                of("file_bytes").to_string(),
                format!("`{}`", file.sha256),
            ],
        );
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

/// A difference with its 95% interval.
fn difference(of: &Value, name: &str, interval: &str) -> String {
    format!("{:.3} ({})", number(&of[name]), range(&of[interval]))
}

/// The values of an object, in the order of its keys, which are single digits.
fn list(value: &Value) -> String {
    let values = value.as_object().unwrap().values().map(three);
    values.collect::<Vec<_>>().join(", ")
}
