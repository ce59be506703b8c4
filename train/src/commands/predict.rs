//! `train predict`: answers for recordings, from one file to as many as there are.

mod output;
mod parallel;
mod sources;

use std::io::{IsTerminal, stdin, stdout};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use emotionai_voice::{Classifier, Prediction, SpeakerProfile, StreamEnd};
use serde::Serialize;

use super::args::values;
use crate::data::decode::{self, Decoder};
use crate::io::model::load;
use crate::io::output::note;
use output::{Format, Layout, Output};
use parallel::in_order;
use sources::{STANDARD_INPUT, Source, Sources};

const EXAMPLES: &str = "\
Examples:
  train predict voice.wav interview.flac
  train predict --csv recordings/ > answers.csv                   # a folder, through all levels
  train predict --timeline --hop-ms 250 interview.wav             # the emotion of each window
  train predict --enroll neutral.wav --json voice.wav             # with a speaker profile
  ffmpeg -i talk.opus -f wav - | train predict -
  find . -name '*.flac' -print0 | train predict --json --files-from - --null

Answers come in the order of the files. Standard error reports the speed in multiples of real time.
A recipe for Apache Spark is in train/docs/spark.md.";

/// Options of `predict`.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct PredictArgs {
    /// Recordings (WAV, FLAC, MP3, M4A, AAC, Ogg Vorbis), folders of them (searched through all levels; links are followed), or -
    /// for the bytes of one recording on standard input. A file that cannot be used is named on
    /// standard error, the rest are answered all the same, and the exit code is 1.
    #[arg(
        required_unless_present = "files_from",
        value_name = "FILE|FOLDER|-",
        help_heading = "Input"
    )]
    inputs: Vec<PathBuf>,
    /// Take the paths of files from this list, one a line, or from standard input with -. Each is
    /// answered as soon as it is read, in the order of the list, so that a program can write a path
    /// and wait for its answer. With --json a file that cannot be used has a line too: path, error.
    #[arg(
        long,
        value_name = "FILE|-",
        conflicts_with = "inputs",
        help_heading = "Input"
    )]
    files_from: Option<PathBuf>,
    /// The paths of --files-from end with a NUL byte, as `find -print0` writes them.
    #[arg(
        short = '0',
        long,
        requires = "files_from",
        conflicts_with = "inputs",
        help_heading = "Input"
    )]
    null: bool,
    /// Model file [default: the shipped weights].
    #[arg(long, value_name = "FILE", help_heading = "Model")]
    model: Option<PathBuf>,
    /// Recording of the speaker's neutral speech, for a speaker profile; may be given more than once.
    /// The files are then answered with that profile.
    #[arg(long, value_name = "FILE", help_heading = "Model")]
    enroll: Vec<PathBuf>,
    /// Time from one window's answer to the next [default: the model's own].
    #[arg(long, value_name = "MILLISECONDS", value_parser = values::positive::<f64>, help_heading = "Model")]
    hop_ms: Option<f64>,
    /// Answer for each window, with its position in the file, instead of for the file.
    #[arg(long, visible_alias = "windows", help_heading = "Output")]
    timeline: bool,
    /// Write aligned columns [default on a terminal; elsewhere a line such as `path: happy 0.53`].
    #[arg(long, group = "format", help_heading = "Output")]
    table: bool,
    /// Write comma-separated values with a header line.
    #[arg(long, group = "format", help_heading = "Output")]
    csv: bool,
    /// Write one JSON object a line: path, state, label, confidence, probabilities, windows.
    #[arg(long, group = "format", help_heading = "Output")]
    json: bool,
    /// Files answered at a time [default: one a core].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = "Speed")]
    jobs: Option<u16>,
}

/// The prediction of a file, with those of its windows.
#[derive(Debug, Serialize)]
pub struct FilePrediction {
    path: String,
    #[serde(flatten)]
    clip: Prediction,
    windows: Vec<Prediction>,
}

/// A file, and its prediction or the error.
struct Answer {
    name: String,
    result: Result<FilePrediction>,
}

/// Predicts the files that the options name. The exit code is a failure where a file could not be used.
pub fn run(args: &PredictArgs) -> Result<ExitCode> {
    let mut classifier = load(args.model.as_deref())?;
    if !args.enroll.is_empty() {
        let profile = enroll(&classifier, &args.enroll)?;
        classifier = classifier.with_profile(Some(profile))?;
    }
    let hop_ms = args.hop_ms;
    // An invalid hop is found before the first file.
    classifier.stream(16_000, hop_ms)?;
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let threads = args.jobs.map_or(cores, usize::from);
    let mut output = Output::new(stdout().lock(), args.layout(), &classifier.model().labels)?;

    let begin = Instant::now();
    let answers = in_order(threads, args.sources()?, move |source: Source| {
        answer(&classifier, source, hop_ms)
    })?;
    let mut speed = Speed::default();
    for answer in answers {
        speed.count(&answer);
        if let Err(error) = &answer.result {
            note(format_args!("error: {error:#}"));
        }
        output.answer(&answer)?;
    }
    note(speed.text(begin.elapsed().as_secs_f64(), threads.min(cores)));
    Ok(match speed.used == speed.files {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// The speaker profile of some recordings.
fn enroll(classifier: &Classifier, neutral: &[PathBuf]) -> Result<SpeakerProfile> {
    let mut samples = Vec::new();
    for path in neutral {
        let answer = decode::classify_file(classifier, path, None)?;
        samples.extend(answer.enrollment);
    }
    classifier
        .enroll_samples(&samples)
        .context("the --enroll recordings make no speaker profile")
}

impl PredictArgs {
    fn sources(&self) -> Result<Sources> {
        match &self.files_from {
            Some(list) => sources::of_list(list, if self.null { 0 } else { b'\n' }),
            None => Ok(sources::of_arguments(self.inputs.clone())),
        }
    }

    fn layout(&self) -> Layout {
        let format = match (self.json, self.csv, self.table) {
            (true, _, _) => Format::Json,
            (_, true, _) => Format::Csv,
            (_, _, true) => Format::Table,
            _ if stdout().is_terminal() => Format::Table,
            _ => Format::Lines,
        };
        Layout {
            format,
            timeline: self.timeline,
            errors: format == Format::Json && self.files_from.is_some(),
        }
    }
}

fn answer(classifier: &Classifier, source: Source, hop_ms: Option<f64>) -> Answer {
    let name = source.name.display().to_string();
    let result = match source.problem {
        Some(problem) => Err(problem),
        // A panic on one file does not cost the answers of the others.
        None => {
            let classify = AssertUnwindSafe(|| classify(classifier, &source.name, hop_ms));
            let defect = |_| Err(anyhow!("a defect of this program met {name}"));
            catch_unwind(classify).unwrap_or_else(defect)
        }
    };
    let result = result.map(|end| FilePrediction {
        path: name.clone(),
        clip: end.clip,
        windows: end.windows,
    });
    Answer { name, result }
}

fn classify(classifier: &Classifier, path: &Path, hop_ms: Option<f64>) -> Result<StreamEnd> {
    if path.as_os_str() != STANDARD_INPUT {
        return decode::classify_file(classifier, path, hop_ms);
    }
    if stdin().is_terminal() {
        bail!("- is a recording on standard input, which is a terminal: pipe a recording into it");
    }
    Decoder::standard_input()
        .and_then(|decoder| decode::classify(classifier, decoder, hop_ms))
        .context("cannot use standard input")
}

/// The amount of audio, for the speed.
#[derive(Debug, Default)]
struct Speed {
    files: usize,
    used: usize,
    audio_seconds: f64,
}

impl Speed {
    fn count(&mut self, answer: &Answer) {
        self.files += 1;
        if let Ok(found) = &answer.result {
            self.used += 1;
            self.audio_seconds += found.clip.end_ms / 1000.0;
        }
    }

    fn text(&self, seconds: f64, cores: usize) -> String {
        format!(
            "{} of {} files answered: {:.1} s of audio in {seconds:.2} s, {:.1} times real time on {cores} {}",
            self.used,
            self.files,
            self.audio_seconds,
            self.audio_seconds / seconds.max(1e-9),
            if cores == 1 { "core" } else { "cores" },
        )
    }
}
