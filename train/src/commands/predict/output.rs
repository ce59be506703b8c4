//! Answers as people and programs read them. The columns of this CSV are its own: the npm package's have other names.

use std::io::Write;

use anyhow::Result;
use emotionai_voice::Prediction;
use serde::Serialize;

use super::{Answer, FilePrediction};
use crate::io::output::written;

/// How answers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `path: answer`.
    Lines,
    /// Aligned columns with a heading.
    Table,
    /// Comma-separated values (RFC 4180) with a header.
    Csv,
    /// JSON Lines.
    Json,
}

/// The layout of the output.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    /// How.
    pub format: Format,
    /// A row for each window instead of one for the file.
    pub timeline: bool,
    /// An object for a file that cannot be answered as well, so that each file has one.
    pub errors: bool,
}

/// Writes answers, each whole and at once.
pub struct Output<W> {
    out: W,
    layout: Layout,
    labels: Vec<String>,
}

/// A stretch of a file, as JSON has it.
#[derive(Serialize)]
struct Stretch<'a> {
    path: &'a str,
    #[serde(flatten)]
    answer: &'a Prediction,
}

/// A file without an answer, as JSON has it.
#[derive(Serialize)]
struct Refusal<'a> {
    path: &'a str,
    error: String,
}

impl<W: Write> Output<W> {
    /// Begins with the heading, where the format has one. `labels` are the model's.
    pub fn new(out: W, layout: Layout, labels: &[String]) -> Result<Output<W>> {
        let mut output = Output {
            out,
            layout,
            labels: labels.to_vec(),
        };
        let heading = match layout.format {
            Format::Lines | Format::Json => return Ok(output),
            Format::Table => {
                let column = output.answer_column("emotion", "sure");
                match layout.timeline {
                    true => format!("{:>9} {:>9}  {column}  file\n", "from", "to"),
                    false => format!("{column}  {:>9} {:>9}  file\n", "length", "speech"),
                }
            }
            Format::Csv => {
                let fields = "path state label confidence provisional start_ms end_ms speech_ms";
                let fields = fields.split(' ').map(str::to_owned);
                let labels = output.labels.iter().map(|label| format!("p_{label}"));
                csv_record(fields.chain(labels))?
            }
        };
        output.write(&heading)?;
        Ok(output)
    }

    /// Writes what became of a file.
    pub fn answer(&mut self, answer: &Answer) -> Result<()> {
        let text = match &answer.result {
            Ok(found) if self.layout.timeline => {
                let windows = found.windows.iter();
                let rows = windows.map(|window| self.row(&found.path, window));
                rows.collect::<Result<String>>()?
            }
            Ok(found) if self.layout.format == Format::Json => json(found)?,
            Ok(FilePrediction { path, clip, .. }) => self.row(path, clip)?,
            Err(error) if self.layout.errors => json(&Refusal {
                path: &answer.name,
                error: format!("{error:#}"),
            })?,
            Err(_) => return Ok(()),
        };
        self.write(&text)
    }

    fn write(&mut self, text: &str) -> Result<()> {
        let result = self.out.write_all(text.as_bytes());
        written(result.and_then(|()| self.out.flush()))
    }

    fn row(&self, path: &str, answer: &Prediction) -> Result<String> {
        let seconds = |ms: f64| format!("{:.2} s", ms / 1000.0);
        let (from, to) = (seconds(answer.start_ms), seconds(answer.end_ms));
        let (emotion, sure) = words(answer);
        Ok(match (self.layout.format, self.layout.timeline) {
            (Format::Json, _) => json(&Stretch { path, answer })?,
            (Format::Csv, _) => csv_record(self.fields(path, answer))?,
            (Format::Table, timeline) => {
                let percent = sure.map_or_else(String::new, |p| format!("{:.0}%", 100.0 * p));
                let column = self.answer_column(&emotion, &percent);
                match timeline {
                    true => format!("{from:>9} {to:>9}  {column}  {path}\n"),
                    false => {
                        let speech = seconds(answer.speech_ms);
                        format!("{column}  {to:>9} {speech:>9}  {path}\n")
                    }
                }
            }
            (Format::Lines, timeline) => {
                let place = match timeline {
                    true => format!("{path}: {from} to {to}"),
                    false => path.to_owned(),
                };
                match (sure, &answer.label) {
                    (Some(p), Some(label)) => format!("{place}: {label} {p:.2}\n"),
                    (Some(p), None) => format!("{place}: uncertain ({} {p:.2})\n", top(answer)),
                    (None, _) => format!("{place}: {emotion}\n"),
                }
            }
        })
    }

    /// An emotion and how sure it is, as wide as the longest of this model.
    fn answer_column(&self, emotion: &str, sure: &str) -> String {
        let lengths = self.labels.iter().map(|label| label.chars().count());
        let width = "uncertain ()".len() + lengths.max().unwrap_or_default();
        format!("{emotion:<width$} {sure:>4}")
    }

    fn fields(&self, path: &str, answer: &Prediction) -> impl Iterator<Item = String> {
        let state = serde_json::to_value(answer.state).unwrap_or_default();
        let some = |value: Option<f32>| value.map_or_else(String::new, |value| value.to_string());
        let fields = [
            path.to_owned(),
            state.as_str().unwrap_or_default().to_owned(),
            answer.label.clone().unwrap_or_default(),
            some(answer.confidence),
            answer.provisional.to_string(),
            answer.start_ms.to_string(),
            answer.end_ms.to_string(),
            answer.speech_ms.to_string(),
        ];
        let values = answer.probabilities.as_ref().map(|p| p.values());
        let probability = move |label| values.and_then(|values| values.get(label).copied());
        let probabilities = (0..self.labels.len()).map(move |label| some(probability(label)));
        fields.into_iter().chain(probabilities)
    }
}

/// The answer in words, and the probability of the likeliest label.
fn words(answer: &Prediction) -> (String, Option<f32>) {
    match (answer.confidence, &answer.label) {
        (None, _) => ("no speech".into(), None),
        (sure, Some(label)) => (label.clone(), sure),
        (sure, None) => (format!("uncertain ({})", top(answer)), sure),
    }
}

/// The likeliest label, nothing without speech.
fn top(answer: &Prediction) -> &str {
    let probabilities = answer.probabilities.as_ref();
    probabilities.map_or("", |probabilities| probabilities.top_label())
}

fn json(value: &impl Serialize) -> Result<String> {
    Ok(serde_json::to_string(value)? + "\n")
}

fn csv_record(fields: impl Iterator<Item = String>) -> Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(fields)?;
    Ok(String::from_utf8(writer.into_inner()?)?)
}
