//! `train fit`: from recordings to a model file.

mod checkpoint;
mod dashboard;
mod event;
mod finished;
mod history;
mod run_files;
mod stop;

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use emotionai_voice::{
    Calibration, Classifier, CorpusUse, EmotionNet, Model, ModelHeader, Normalization, Provenance,
    Step,
};
use sha2::{Digest, Sha256};

use self::checkpoint::{Checkpoint, Settings};
use self::dashboard::Dashboard;
use self::event::{Event, JsonLines, Lines, Listener};
use self::history::History;
use self::run_files::RunFiles;
use self::stop::Stop;
use crate::cli::{FitArgs, option_value};
use crate::confusion::Confusion;
use crate::corpus::{Corpus, Division, Names, skips};
use crate::dataset::Dataset;
use crate::evaluation::{self, Evaluation};
use crate::hex::hex;
use crate::provenance;
use crate::recipe::{REVISION, Recipe};
use crate::training::{self, Trainer};

pub use finished::{Finished, finish};
pub use history::LogEntry;
pub use run_files::check_out;

/// RAVDESS and nEMO are CC BY-NC-SA 4.0, and so is what is made from them.
pub const SHARE_ALIKE: &str = "CC-BY-NC-SA-4.0";
/// What SPDX says where nothing is known.
const UNKNOWN_LICENCE: &str = "NOASSERTION";

/// Trains, judges and writes the model. Where an earlier start was stopped, goes on from its
/// checkpoint.
///
/// # Errors
/// Whatever keeps the file from being written; nothing is written then but the checkpoint.
pub fn run(args: &FitArgs) -> Result<()> {
    let corpus = args.data.open()?;
    let mut division = corpus.divide(args.train.as_ref(), args.valid.as_ref())?;
    if args.patience.is_some() && division.valid.is_empty() {
        bail!("--patience needs somebody to judge on: name speakers with --valid");
    }
    let recipe = args.recipe.load_for(&corpus)?;
    if corpus.has_spectrograms() {
        eprintln!(
            "{} holds spectrograms, which cannot be played faster or distorted: training goes without other speeds, distorted copies and prosody. For a model that is to hear microphones, train on the recordings themselves",
            args.data.data.display()
        );
    }
    let files = RunFiles::new(&args.out, args.log.as_deref())?;

    let started = Instant::now();
    let dataset = Dataset::load(&division.train, &recipe, args.seed)?;
    let unreadable = evaluation::leave_out_unreadable(&mut division.valid, &recipe.features)?;
    eprint!("{}", skips(&[dataset.skipped(), &unreadable].concat()));
    let normalization = dataset.normalization();
    eprintln!(
        "{} recordings to learn from, {} held out, read in {:.1} s",
        dataset.len(),
        division.valid.len(),
        started.elapsed().as_secs_f64()
    );

    // What would keep the file from being written is found before an hour of training, not after.
    let mut header = header(
        args,
        (&corpus, &division),
        &recipe,
        &normalization,
        args.calibration.calibration(),
    )?;
    header.prosody = dataset.prosody_head();
    header.validate()?;

    let mut trainer = Trainer::new(&recipe, &dataset, &normalization, args.seed, args.backend)?;
    let settings = settings(args, (&corpus, &division), &recipe, &normalization)?;
    let history = resume(args, &files, &settings, &mut trainer)?;
    let mut session = Session {
        args,
        files,
        settings,
        header,
        division,
        history,
        stop: Stop::on_ctrl_c()?,
    };
    let mut listener = session.listener()?;
    listener.hear(&Event::Started {
        recordings: dataset.len(),
        held_out: session.division.valid.len(),
        labels: &session.header.labels,
        epochs: recipe.epochs,
        done: &session.history.epochs,
    })?;
    session.train(&mut trainer, listener.as_mut())?;
    session.finish(&trainer, listener.as_mut())
}

/// What a start of `fit` works with once the recordings are read.
struct Session<'a> {
    args: &'a FitArgs,
    files: RunFiles,
    settings: Settings,
    header: ModelHeader,
    division: Division,
    history: History,
    stop: Stop,
}

impl Session<'_> {
    fn listener(&self) -> Result<Box<dyn Listener>> {
        let is_terminal = std::io::stdout().is_terminal() && std::io::stderr().is_terminal();
        Ok(match (self.args.json, is_terminal && !self.args.plain) {
            (true, _) => Box::new(JsonLines),
            (false, false) => Box::new(Lines::new()),
            (false, true) => Box::new(Dashboard::new(
                format!("train fit   {}", self.header.architecture.name()),
                self.stop.clone(),
            )?),
        })
    }

    /// Every epoch that is still to be done, each with a checkpoint at its end.
    fn train(&mut self, trainer: &mut Trainer, listener: &mut dyn Listener) -> Result<()> {
        self.files.write_log(&self.history)?;
        let (before, started) = (self.history.seconds, Instant::now());
        let patience = self
            .args
            .patience
            .map_or(usize::MAX, |patience| patience as usize);
        while !trainer.is_done() && self.history.since_best < patience {
            let progress = trainer.step()?;
            listener.hear(&Event::Step(&progress))?;
            self.history.seconds = before + started.elapsed().as_secs_f64();
            if progress.ends_epoch() {
                let held_out = self.judge(trainer, progress.epoch, listener)?;
                self.history.seconds = before + started.elapsed().as_secs_f64();
                let entry = LogEntry {
                    epoch: progress.epoch,
                    loss: progress.loss,
                    accuracy: progress.confusion.accuracy(),
                    uar: progress.confusion.uar(),
                    held_out_uar: held_out.as_ref().map(|held_out| held_out.uar),
                    seconds: self.history.seconds,
                };
                self.files.append_log(&entry)?;
                self.history.epochs.push(entry.clone());
                // Before it is told: an epoch that someone has heard of is never lost.
                self.checkpoint(trainer)?;
                let held_out = held_out.map(|held_out| Confusion(held_out.confusion));
                listener.hear(&Event::Epoch {
                    entry: &entry,
                    confusion: &progress.confusion,
                    held_out_confusion: held_out.as_ref(),
                })?;
            } else if self.stop.is_asked() {
                self.checkpoint(trainer)?;
            }
            if self.stop.is_asked() {
                bail!(
                    "stopped in epoch {}; {} is kept, and the same command goes on from there",
                    progress.epoch,
                    self.files.checkpoint.display()
                );
            }
        }
        Ok(())
    }

    /// How the averaged weights do on the held-out clips, where it is time to ask.
    fn judge(
        &mut self,
        trainer: &Trainer,
        epoch: usize,
        listener: &mut dyn Listener,
    ) -> Result<Option<Evaluation>> {
        // After the last epoch they are judged with the calibration, unless earlier ones may win.
        let is_last = trainer.is_done() && self.args.patience.is_none();
        let is_due = epoch.is_multiple_of(self.args.judge_every.max(1)) || trainer.is_done();
        if self.division.valid.is_empty() || is_last || !is_due {
            return Ok(None);
        }
        listener.hear(&Event::Judging)?;
        let net = trainer.averaged()?;
        let weights = net.to_bytes();
        let classifier = Classifier::from_model(self.model(net), training::device());
        let evaluation = evaluation::judge(&classifier, &self.division.valid)?;
        if self.args.patience.is_some() {
            self.history.judged(evaluation.uar, || weights);
        }
        Ok(Some(evaluation))
    }

    fn model(&self, net: EmotionNet) -> Model {
        Model {
            header: self.header.clone(),
            net,
        }
    }

    fn checkpoint(&self, trainer: &Trainer) -> Result<()> {
        Checkpoint {
            settings: self.settings.clone(),
            history: self.history.clone(),
            snapshot: trainer.snapshot()?,
        }
        .write(&self.files.checkpoint)
    }

    /// Calibrates, judges and writes the model, and takes the checkpoint away.
    fn finish(&self, trainer: &Trainer, listener: &mut dyn Listener) -> Result<()> {
        let mut net = trainer.averaged()?;
        if self.args.patience.is_some() {
            net = net
                .with_bytes(&self.history.best_weights)
                .context("the best weights of the checkpoint are not of this network")?;
        }
        if !self.division.valid.is_empty() {
            listener.hear(&Event::Judging)?;
        }
        let Finished {
            model,
            bytes,
            evaluation,
            skipped,
        } = finish(
            &self.model(net),
            self.args.parameters,
            &self.division.valid,
            &self.args.calibration,
        )?;
        self.files.write_model(&bytes)?;
        let whom = format!("speakers {}", self.division.valid_choice);
        listener.hear(&Event::Finished {
            path: &self.files.model.display().to_string(),
            model: &model.header,
            held_out: evaluation.as_ref().map(|evaluation| (&*whom, evaluation)),
            metrics: &model.header.metrics,
        })?;
        // Not before: until then there may be a picture in the terminal.
        eprint!("{}", skips(&skipped));
        Ok(())
    }
}

/// Takes `trainer` to where an earlier start of the same training was stopped.
fn resume(
    args: &FitArgs,
    files: &RunFiles,
    settings: &Settings,
    trainer: &mut Trainer,
) -> Result<History> {
    if args.restart {
        return Ok(History::default());
    }
    let Some(checkpoint) = Checkpoint::read(&files.checkpoint)? else {
        return Ok(History::default());
    };
    let path = files.checkpoint.display();
    let different: Vec<&str> = settings
        .iter()
        .filter(|&(name, value)| checkpoint.settings.get(name) != Some(value))
        .map(|(name, _)| name.as_str())
        .collect();
    if !different.is_empty() {
        bail!(
            "the checkpoint {path} is of another training (not the same: {}): give --restart to begin anew, or another --out",
            different.join(", ")
        );
    }
    trainer.restore(checkpoint.snapshot).with_context(|| {
        format!("cannot go on from the checkpoint {path}: give --restart to begin anew")
    })?;
    eprintln!(
        "going on from {path}, after epoch {}",
        trainer.epochs_done()
    );
    Ok(checkpoint.history)
}

/// What must be the same for a training to go on: what decides its weights, and when it stops.
fn settings(
    args: &FitArgs,
    (corpus, division): (&Corpus, &Division),
    recipe: &Recipe,
    normalization: &Normalization,
) -> Result<Settings> {
    let digest = recordings_digest((corpus, division), normalization)?;
    let judging = match args.patience {
        Some(patience) => format!(
            "patience {patience}, every {} on {}",
            args.judge_every, division.valid_choice
        ),
        None => "to the end".into(),
    };
    Ok(Settings::from(
        [
            ("version", env!("CARGO_PKG_VERSION").to_owned()),
            ("revision", REVISION.to_string()),
            ("recipe", recipe.assignments()?.join(" ")),
            ("seed", args.seed.to_string()),
            ("backend", format!("{:?}", args.backend)),
            ("recordings", digest),
            ("stopping", judging),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    ))
}

/// A digest of the recordings that are learned from.
fn recordings_digest(
    (corpus, division): (&Corpus, &Division),
    normalization: &Normalization,
) -> Result<String> {
    let mut recordings = Sha256::new();
    for clip in &division.train {
        let name = clip.path.strip_prefix(corpus.folder());
        let name = name.unwrap_or(&clip.path).display();
        recordings.update(format!("{name} {}\n", clip.label_name()));
    }
    // The statistics stand for the contents of the files.
    recordings.update(serde_json::to_vec(normalization)?);
    Ok(hex(&recordings.finalize()[..8]))
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
        prosody: None,
        calibration,
        licence: licence(args, corpus),
        provenance: provenance(args, (corpus, division), recipe, normalization)?,
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

/// How these weights are made.
fn provenance(
    args: &FitArgs,
    (corpus, division): (&Corpus, &Division),
    recipe: &Recipe,
    normalization: &Normalization,
) -> Result<Provenance> {
    let of = provenance::corpus_use(corpus, &division.train_choice, &division.valid_choice);
    let is_held_out = !division.valid.is_empty();
    let mut fields = args.recipe.changes(recipe)?;
    if let Some(patience) = args.patience {
        fields.insert("patience".into(), patience.into());
        fields.insert("judge_every".into(), args.judge_every.into());
    }
    Ok(Provenance {
        step: Step::Fit,
        corpora: vec![CorpusUse {
            digest: Some(recordings_digest((corpus, division), normalization)?),
            ..of
        }],
        calibrated_on_valid: is_held_out && args.calibration.temperature.is_none(),
        epoch_chosen_on_valid: args.patience.is_some(),
        recipe: fields,
        seed: Some(args.seed),
        backend: Some(option_value(args.backend)),
        revision: Some(REVISION.to_string()),
        parents: Vec::new(),
    })
}

/// The architecture's name and the start of the parameters' hash: unique to the weights.
pub fn id(model: &Model) -> String {
    let digest = model.parameter_digest();
    format!("{}-{}", model.header.architecture.name(), &digest[..8])
}
