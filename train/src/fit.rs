//! `train fit`: from recordings to a model file.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use emotionai_voice::{
    Calibration, Classifier, EmotionNet, Model, ModelHeader, Normalization, ParameterType,
};

use serde::{Deserialize, Serialize};

use crate::cli::FitArgs;
use crate::corpus::{Clip, Corpus, Division, Names};
use crate::dataset::Dataset;
use crate::evaluation::{self, Evaluation};
use crate::recipe::Recipe;
use crate::{report, training};

/// RAVDESS and nEMO are CC BY-NC-SA 4.0, and so is what is made from them.
const SHARE_ALIKE: &str = "CC-BY-NC-SA-4.0";
/// What SPDX says where nothing is known.
const UNKNOWN_LICENCE: &str = "NOASSERTION";

/// One epoch, as a line of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogEntry {
    /// Counted from 1.
    pub epoch: usize,
    /// Mean loss over the augmented windows, in nats.
    pub loss: f64,
    /// Share of augmented windows whose label was the likeliest.
    pub accuracy: f64,
    /// Unweighted average recall of the averaged weights on the held-out speakers, where judged.
    pub held_out_uar: Option<f64>,
    /// Since the start.
    pub seconds: f64,
}

impl LogEntry {
    fn line(&self, epochs: usize) -> String {
        let held_out = self
            .held_out_uar
            .map_or_else(String::new, |uar| format!("   held out: UAR {uar:.3}"));
        format!(
            "epoch {:>3}/{epochs}   loss {:.3}   accuracy {:.3}   {:.0} s{held_out}",
            self.epoch, self.loss, self.accuracy, self.seconds
        )
    }
}

/// Trains, judges and writes the model.
///
/// # Errors
/// Whatever keeps the file from being written; nothing is written then.
pub fn run(args: &FitArgs) -> Result<()> {
    let corpus = args.data.open()?;
    let division = corpus.divide(args.train.as_ref(), args.valid.as_ref())?;
    let Division { train, valid, .. } = &division;
    let recipe = args.recipe.load()?.with_labels(corpus.labels().len());
    check_out(&args.out)?;

    let started = Instant::now();
    let dataset = Dataset::load(train, &recipe)?;
    let normalization = dataset.normalization();
    eprintln!(
        "{} recordings to learn from, {} held out, read in {:.1} s",
        train.len(),
        valid.len(),
        started.elapsed().as_secs_f64()
    );

    let uncalibrated = Calibration {
        temperature: args.temperature.unwrap_or(1.0),
        uncertain_below: args.uncertain_below,
        label_bias: args.label_bias.clone(),
        neutral: args.neutral_logits.clone(),
    };
    // What would keep the file from being written is found before an hour of training, not after.
    let header = header(
        args,
        (&corpus, &division),
        &recipe,
        &normalization,
        uncalibrated,
    )?;
    header.validate()?;
    let assemble = |net: EmotionNet| Model {
        header: header.clone(),
        net,
    };
    let mut log = match &args.log {
        None => None,
        Some(path) => {
            Some(File::create(path).with_context(|| format!("cannot write {}", path.display()))?)
        }
    };
    let net = training::fit(
        &recipe,
        &dataset,
        &normalization,
        args.seed,
        |epoch, net| {
            let seconds = started.elapsed().as_secs_f64();
            let due = epoch.number % args.judge_every.max(1) == 0 && epoch.number < recipe.epochs;
            let held_out = (due && !valid.is_empty())
                .then(|| {
                    let classifier = Classifier::from_model(assemble(net()), training::device());
                    evaluation::judge(&classifier, valid)
                })
                .transpose()?;
            let entry = LogEntry {
                epoch: epoch.number,
                loss: epoch.loss,
                accuracy: epoch.accuracy,
                held_out_uar: held_out.map(|held_out| held_out.uar),
                seconds,
            };
            eprintln!("{}", entry.line(recipe.epochs));
            if let Some(log) = &mut log {
                writeln!(log, "{}", serde_json::to_string(&entry)?)?;
            }
            Ok(())
        },
    )?;

    // Judged and named are the parameters that are in the file, which may be rounded.
    let bytes = assemble(net).to_bytes_as(args.parameters)?;
    let mut model = Model::from_bytes(&bytes, &training::device())?;
    if !valid.is_empty() {
        let evaluation = calibrate(&mut model, valid, args.temperature.is_none())?;
        println!("held out, speakers {}", division.valid_choice);
        print!("{}", report::table(&evaluation));
        println!("temperature {:.4}", model.header.calibration.temperature);
    }
    model.header.id = id(&model);
    std::fs::write(&args.out, model.to_bytes_as(args.parameters)?)
        .with_context(|| format!("cannot write {}", args.out.display()))?;
    println!("wrote {} ({})", args.out.display(), model.header.id);
    Ok(())
}

fn check_out(out: &Path) -> Result<()> {
    // The parent of a bare name is the empty path, which is the current folder.
    let folder = out.parent().unwrap_or(Path::new(""));
    if out.is_dir() || !(folder.as_os_str().is_empty() || folder.is_dir()) {
        bail!(
            "--out {} cannot be written: name a file in a folder that exists",
            out.display()
        );
    }
    Ok(())
}

/// Judges the model on the held-out clips and, where asked, calibrates it on them.
fn calibrate(model: &mut Model, valid: &[Clip], fit: bool) -> Result<Evaluation> {
    let copy = Model {
        header: model.header.clone(),
        net: model.net.clone(),
    };
    let outcomes = evaluation::run(&Classifier::from_model(copy, training::device()), valid)?;
    let header = &mut model.header;
    if fit {
        let calibration = &mut header.calibration;
        calibration.temperature = evaluation::fit_temperature(&outcomes);
        if calibration.neutral.is_none() {
            calibration.neutral = evaluation::fit_neutral(&outcomes);
        }
    }
    let evaluation = evaluation::evaluate(&outcomes, &header.labels, &header.calibration);
    model.header.metrics = BTreeMap::from([
        ("clips".into(), evaluation.clips as f64),
        ("accuracy".into(), evaluation.accuracy),
        ("uar".into(), evaluation.uar),
        ("ece".into(), evaluation.ece),
    ]);
    Ok(evaluation)
}

fn header(
    args: &FitArgs,
    (corpus, division): (&Corpus, &Division),
    recipe: &Recipe,
    normalization: &Normalization,
    calibration: Calibration,
) -> Result<ModelHeader> {
    Ok(ModelHeader {
        id: recipe.architecture.name().into(),
        labels: corpus.labels().to_vec(),
        architecture: recipe.architecture.clone(),
        features: recipe.features.clone(),
        windows: recipe.windows.clone(),
        normalization: normalization.clone(),
        gate: recipe.gate.clone(),
        calibration,
        licence: licence(args, corpus),
        command: command(args, (corpus, division), recipe)?,
        metrics: BTreeMap::new(),
    })
}

fn licence(args: &FitArgs, corpus: &Corpus) -> String {
    let known = match corpus.names() {
        Some(Names::Ravdess | Names::RavdessSong | Names::Nemo) => SHARE_ALIKE,
        _ => UNKNOWN_LICENCE,
    };
    args.licence.clone().unwrap_or_else(|| known.to_owned())
}

/// The command that makes these weights again, with the corpus as `$RAVDESS_DIR` or `$DATA`.
fn command(
    args: &FitArgs,
    (corpus, division): (&Corpus, &Division),
    recipe: &Recipe,
) -> Result<String> {
    let data = match corpus.names() {
        Some(Names::Ravdess) => "$RAVDESS_DIR".to_owned(),
        Some(names) => format!("$DATA --corpus {}", names.option()),
        None => "$DATA".to_owned(),
    };
    let mut command = format!(
        "train fit --data {data} --train {} --valid {} {} --seed {} --uncertain-below {}",
        division.train_choice,
        division.valid_choice,
        args.recipe.told_again(recipe)?,
        args.seed,
        args.uncertain_below,
    );
    if let Some(licence) = &args.licence {
        command.push_str(&format!(" --licence '{licence}'"));
    }
    if args.parameters != ParameterType::default() {
        command.push_str(&format!(" --parameters {}", args.parameters));
    }
    if let Some(temperature) = args.temperature {
        command.push_str(&format!(" --temperature {temperature}"));
    }
    for (option, logits) in [
        ("label-bias", &args.label_bias),
        ("neutral-logits", &args.neutral_logits),
    ] {
        if let Some(logits) = logits {
            command.push_str(&format!(" --{option}={}", comma_separated(logits)));
        }
    }
    Ok(command)
}

/// Numbers as the option takes them.
pub fn comma_separated(numbers: &[f32]) -> String {
    let numbers: Vec<String> = numbers.iter().map(f32::to_string).collect();
    numbers.join(",")
}

/// The architecture's name and the start of the parameters' hash: unique to the weights.
fn id(model: &Model) -> String {
    let digest = model.parameter_digest();
    format!("{}-{}", model.header.architecture.name(), &digest[..8])
}
