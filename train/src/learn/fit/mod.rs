//! A training run: from recordings to a model file, with a checkpoint after each epoch.

mod checkpoint;
mod event;
mod history;
mod run_files;
mod stop;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use emotionai_voice::training::{CorpusUse, Provenance, Step};
use emotionai_voice::training::{EmotionNet, ModelHeader, Normalization, ParameterType};
use emotionai_voice::{Classifier, Model};
use serde_json::Value;
use sha2::{Digest, Sha256};

use self::checkpoint::{Checkpoint, Settings};
use self::history::History;
use self::run_files::RunFiles;
use crate::data::cache::{Cache, Location};
use crate::data::corpus::{Corpus, Division, skips};
use crate::data::dataset::Dataset;
use crate::data::provenance;
use crate::eval::{self, Analysed, Answers, Evaluation};
use crate::io::hex::hex;
use crate::io::model;
use crate::io::output::note;
use crate::learn::backend::Backend;
use crate::learn::finish::{Finished, GivenCalibration, finish};
use crate::learn::prosody;
use crate::learn::recipe::{REVISION, Recipe};
use crate::learn::trainer::Trainer;

pub use event::{Event, Listener};
pub use history::LogEntry;
pub use stop::Stop;

/// The inputs and options of a training run.
pub struct Fit {
    /// The recordings.
    pub corpus: Corpus,
    /// The training and the held-out recordings among them.
    pub division: Division,
    /// The recipe.
    pub recipe: Recipe,
    /// Seed of all random numbers.
    pub seed: u64,
    /// Where to train.
    pub backend: Backend,
    /// Evaluations without a better UAR after which training stops; `None` for never.
    pub patience: Option<u32>,
    /// Epochs between two evaluations on the held-out recordings.
    pub evaluate_every: usize,
    /// How the file stores the parameters.
    pub parameters: ParameterType,
    /// The part of the calibration that is not fitted.
    pub calibration: GivenCalibration,
    /// Licence of the weights, as an SPDX expression.
    pub licence: String,
    /// Options of the recipe that differ from the network's default, by name.
    pub changes: BTreeMap<String, Value>,
    /// The model file, or a folder for it.
    pub out: PathBuf,
    /// File for the metrics of each epoch.
    pub log: Option<PathBuf>,
    /// Where the variants of the recordings are kept.
    pub cache: Location,
    /// Whether to ignore an earlier checkpoint.
    pub restart: bool,
}

impl Fit {
    /// Trains, evaluates and writes the model. Where an earlier process left a checkpoint, resumes from it. The
    /// listener is made once the recordings are read.
    ///
    /// # Errors
    /// Where the model file cannot be written; nothing but the checkpoint is written then.
    pub fn run(
        self,
        stop: Stop,
        listener: impl FnOnce(&ModelHeader) -> Result<Box<dyn Listener>>,
    ) -> Result<()> {
        if self.patience.is_some() && self.division.valid.is_empty() {
            bail!("--patience needs held-out speakers: name some with --valid");
        }
        let files = RunFiles::new(&self.out, self.log.as_deref())?;
        let started = Instant::now();
        let dataset = Dataset::load(
            &self.division.train,
            &self.recipe.dataset(),
            Cache::open(&self.cache)?,
        )?;
        let normalization = dataset.normalization().clone();
        let mut header = self.header(&normalization)?;
        let n_labels = header.labels.len();
        header.prosody = prosody::fit(
            &|each| dataset.functionals(each),
            n_labels,
            &self.recipe.prosody,
        )?;
        let (held_out, unusable) = eval::analyse_usable(
            &self.division.valid,
            &self.recipe.features,
            header.prosody.is_some(),
        )?;
        note(skips(&[dataset.skipped(), &unusable].concat()));
        note(format_args!(
            "{} training recordings, {} held out, read in {:.1} s",
            dataset.len(),
            held_out.len(),
            started.elapsed().as_secs_f64()
        ));

        // A header that cannot be written is found before an hour of training, not after.
        header.validate()?;

        let (recipe, dataset) = (Arc::new(self.recipe.clone()), Arc::new(dataset));
        let mut trainer = Trainer::new(recipe, dataset.clone(), self.seed, self.backend)?;
        let settings = self.settings(&normalization)?;
        let history = match self.restart {
            true => History::default(),
            false => resume(&files, &settings, &mut trainer)?,
        };
        let mut listener = listener(&header)?;
        listener.on_event(&Event::Started {
            recordings: dataset.len(),
            held_out: held_out.len(),
            labels: header.labels.clone(),
            epochs: self.recipe.epochs,
            done: history.epochs.clone(),
        })?;
        let mut session = Session {
            fit: self,
            files,
            settings,
            header,
            held_out,
            history,
            stop,
        };
        session.train(&mut trainer, listener.as_mut())?;
        session.finish(&trainer, listener)
    }

    fn header(&self, normalization: &Normalization) -> Result<ModelHeader> {
        let recipe = &self.recipe;
        Ok(ModelHeader {
            id: recipe.architecture.name().into(),
            labels: self.corpus.labels().to_vec(),
            architecture: recipe.architecture.clone(),
            features: recipe.features.clone(),
            windows: recipe.windows.clone(),
            normalization: normalization.clone(),
            gate: recipe.gate.clone(),
            prosody: None,
            calibration: self.calibration.calibration(),
            licence: self.licence.clone(),
            provenance: self.provenance(normalization)?,
            metrics: BTreeMap::new(),
        })
    }

    fn provenance(&self, normalization: &Normalization) -> Result<Provenance> {
        let Division {
            train_choice,
            valid_choice,
            valid,
            ..
        } = &self.division;
        let mut recipe = self.changes.clone();
        if let Some(patience) = self.patience {
            recipe.insert("patience".into(), patience.into());
            recipe.insert("evaluate_every".into(), self.evaluate_every.into());
        }
        Ok(Provenance {
            step: Step::Fit,
            corpora: vec![CorpusUse {
                digest: Some(self.recordings_digest(normalization)?),
                ..provenance::corpus_use(&self.corpus, train_choice, valid_choice)
            }],
            calibrated_on_valid: !valid.is_empty() && self.calibration.temperature.is_none(),
            epoch_chosen_on_valid: self.patience.is_some(),
            recipe,
            seed: Some(self.seed),
            backend: Some(self.backend.to_string()),
            revision: Some(REVISION.to_string()),
            parents: Vec::new(),
        })
    }

    /// A digest of the training recordings: their names, labels and statistics.
    fn recordings_digest(&self, normalization: &Normalization) -> Result<String> {
        let mut recordings = Sha256::new();
        for clip in &self.division.train {
            let name = clip.path.strip_prefix(self.corpus.folder());
            // The ending makes no difference: samples and their spectrograms are the same recordings.
            let name = name.unwrap_or(&clip.path).with_extension("");
            recordings.update(format!("{} {}\n", name.display(), clip.label_name()));
        }
        // The statistics stand for the contents of the files.
        recordings.update(serde_json::to_vec(normalization)?);
        Ok(hex(&recordings.finalize()[..8]))
    }

    /// Everything that must be the same for a training run to be resumed: what decides its weights, and when it
    /// stops.
    fn settings(&self, normalization: &Normalization) -> Result<Settings> {
        let digest = self.recordings_digest(normalization)?;
        let stopping = match self.patience {
            Some(patience) => format!(
                "patience {patience}, every {} on {}",
                self.evaluate_every, self.division.valid_choice
            ),
            None => "to the end".into(),
        };
        Ok(Settings::from(
            [
                ("version", env!("CARGO_PKG_VERSION").to_owned()),
                ("revision", REVISION.to_string()),
                ("recipe", self.recipe.assignments()?.join(" ")),
                ("seed", self.seed.to_string()),
                ("backend", self.backend.to_string()),
                ("recordings", digest),
                ("stopping", stopping),
            ]
            .map(|(name, value)| (name.to_owned(), value)),
        ))
    }
}

/// A training run once its recordings are read.
struct Session {
    fit: Fit,
    files: RunFiles,
    settings: Settings,
    header: ModelHeader,
    /// The held-out clips that can be used.
    held_out: Vec<Analysed>,
    history: History,
    stop: Stop,
}

impl Session {
    /// Trains the remaining epochs, each with a checkpoint at its end.
    fn train(&mut self, trainer: &mut Trainer, listener: &mut dyn Listener) -> Result<()> {
        self.files.write_log(&self.history)?;
        let (before, started) = (self.history.seconds, Instant::now());
        let patience = self.fit.patience.map_or(usize::MAX, |it| it as usize);
        while !trainer.is_done() && self.history.since_best < patience {
            let progress = trainer.step()?;
            let (epoch, ends_epoch) = (progress.epoch, progress.ends_epoch());
            listener.on_event(&Event::Step(progress.clone()))?;
            self.history.seconds = before + started.elapsed().as_secs_f64();
            if ends_epoch {
                let held_out = self.evaluate(trainer, epoch, listener)?;
                self.history.seconds = before + started.elapsed().as_secs_f64();
                let entry = LogEntry {
                    epoch,
                    loss: progress.loss,
                    accuracy: progress.confusion.accuracy(),
                    uar: progress.confusion.uar(),
                    held_out_uar: held_out.as_ref().map(|held_out| held_out.uar),
                    seconds: self.history.seconds,
                };
                self.files.append_log(&entry)?;
                self.history.epochs.push(entry.clone());
                // Before the event: an epoch that a listener knows of is never lost.
                self.checkpoint(trainer)?;
                listener.on_event(&Event::Epoch {
                    entry,
                    confusion: progress.confusion,
                    held_out_confusion: held_out.map(|held_out| held_out.confusion),
                })?;
            } else if self.stop.is_requested() {
                self.checkpoint(trainer)?;
            }
            if self.stop.is_requested() {
                bail!(
                    "stopped in epoch {epoch}; {} is kept, and the same command resumes from it",
                    self.files.checkpoint.display()
                );
            }
        }
        Ok(())
    }

    /// The evaluation of the averaged weights on the held-out clips, where it is due.
    fn evaluate(
        &mut self,
        trainer: &Trainer,
        epoch: usize,
        listener: &mut dyn Listener,
    ) -> Result<Option<Evaluation>> {
        // After the last epoch they are evaluated with the calibration, unless earlier ones may win.
        let is_last = trainer.is_done() && self.fit.patience.is_none();
        let is_due = epoch.is_multiple_of(self.fit.evaluate_every.max(1)) || trainer.is_done();
        if self.held_out.is_empty() || is_last || !is_due {
            return Ok(None);
        }
        listener.on_event(&Event::Evaluating)?;
        let model = self.model(trainer.averaged()?);
        let evaluation = eval::evaluate_on(&model::classifier(&model)?, &self.held_out)?;
        if self.fit.patience.is_some() {
            let weights = || model.net.to_bytes();
            self.history.evaluated(evaluation.uar, weights);
        }
        Ok(Some(evaluation))
    }

    fn model(&self, net: EmotionNet) -> Model {
        Model {
            header: self.header.clone(),
            net,
        }
    }

    fn checkpoint(&self, trainer: &mut Trainer) -> Result<()> {
        Checkpoint {
            settings: self.settings.clone(),
            history: self.history.clone(),
            snapshot: trainer.snapshot()?,
        }
        .write(&self.files.checkpoint)
    }

    /// Calibrates, evaluates and writes the model, and removes the checkpoint.
    fn finish(&self, trainer: &Trainer, mut listener: Box<dyn Listener>) -> Result<()> {
        let mut net = trainer.averaged()?;
        if self.fit.patience.is_some() {
            net = net
                .with_bytes(&self.history.best_weights)
                .context("the best weights of the checkpoint are not of this network")?;
        }
        if !self.held_out.is_empty() {
            listener.on_event(&Event::Evaluating)?;
        }
        let model = self.model(net);
        let answers = (!self.held_out.is_empty()).then_some(|classifier: &Classifier| {
            Ok(Answers {
                outcomes: eval::classify_analysed(classifier, &self.held_out)?,
                skipped: Vec::new(),
            })
        });
        let Finished {
            model,
            bytes,
            evaluation,
            ..
        } = finish(&model, self.fit.parameters, answers, &self.fit.calibration)?;
        self.files.write_model(&bytes)?;
        let speakers = format!("speakers {}", self.fit.division.valid_choice);
        listener.on_event(&Event::Finished {
            path: self.files.model.display().to_string(),
            temperature: model.header.calibration.temperature,
            held_out: evaluation.map(|evaluation| (speakers, Box::new(evaluation))),
            model: model.header.id,
            metrics: model.header.metrics,
        })?;
        Ok(())
    }
}

/// Restores `trainer` from the checkpoint of an earlier process, where there is one.
fn resume(files: &RunFiles, settings: &Settings, trainer: &mut Trainer) -> Result<History> {
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
        format!("cannot resume from the checkpoint {path}: give --restart to begin anew")
    })?;
    note(format_args!(
        "resuming from {path}, after epoch {}",
        trainer.epochs_done()
    ));
    Ok(checkpoint.history)
}
