//! `train join`: an ensemble of several models.
//!
//! The answer of an ensemble is the mean of its members' logits. A member with a larger weight has a last layer of
//! larger values, so that no reader of model files has to know of weights.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use emotionai_voice::training::{
    Architecture, CorpusUse, EmotionEnsembleConfig, EmotionNet, ModelHeader, ParameterType, Parent,
    Provenance, Step, TensorInfo,
};
use emotionai_voice::{Classifier, Model};
use serde::Serialize;

use super::args::{CalibrationArgs, values};
use crate::data::corpus::{Choice, Clip, Corpus, Names, parse_choice, skips};
use crate::data::provenance;
use crate::eval::{Evaluation, classify_usable, known_speakers, report, shares};
use crate::io::model;
use crate::io::output::{note, show};
use crate::learn::finish::finish;

const EXAMPLES: &str = "\
Examples:
  train join cnn.emo gru.emo --weights 1,2 --data ravdess --valid 17-20 --out both.emo
  train join a.emo b.emo c.emo --temperature 1.2 --parameters int8 --out three.emo

The answer is the weighted mean of the networks' logits. They share the features, the voice activity detector
and the prosody head, so the members must have been trained on the same recordings. The metrics of the
ensemble on held-out speakers, and the calibration for this command, follow from cross-validations of the
members: `train report runs/cnn runs/gru --weights 1,2`.";

/// Options of `join`.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct JoinArgs {
    /// Model files, trained on the same recordings by the same recipe but for their networks.
    #[arg(required = true, num_args = 2..)]
    models: Vec<PathBuf>,
    /// Weight of each model in the mean, such as 1,2 [default: equal weights].
    #[arg(long, alias = "votes", value_delimiter = ',', value_parser = values::positive::<f32>)]
    weights: Vec<f32>,
    /// Model file to write (.emo).
    #[arg(long)]
    out: PathBuf,
    /// How the file stores the parameters: f32, f16 for half the size, or int8 for about a quarter.
    #[arg(long, default_value_t)]
    parameters: ParameterType,
    /// Recordings, as `fit` takes them, to calibrate and evaluate the ensemble on.
    #[arg(long, requires = "valid")]
    data: Option<PathBuf>,
    /// Corpus that a folder's file names are of [default: the one that they fit].
    #[arg(long, value_parser = values::corpus(), requires = "data")]
    corpus: Option<Names>,
    /// Held-out speakers, which no member was trained on, such as 17-20.
    #[arg(long, value_parser = parse_choice, requires = "data")]
    valid: Option<Choice>,
    #[command(flatten)]
    calibration: CalibrationArgs,
    /// Print one JSON object instead of lines.
    #[arg(long)]
    json: bool,
}

/// A member of the ensemble.
struct Member {
    /// Its file.
    name: String,
    model: Model,
    /// Its weight; the weights sum up to 1.
    share: f32,
}

/// The ensemble that was written.
#[derive(Debug, Serialize)]
struct Joined {
    path: String,
    id: String,
    parameters: ParameterType,
    bytes: usize,
    /// Ids of the members' weights.
    members: Vec<String>,
    /// The members' weights, which sum up to 1.
    shares: Vec<f32>,
    /// The evaluation on the held-out speakers.
    evaluation: Option<Evaluation>,
}

/// Joins the models.
pub fn run(args: &JoinArgs) -> Result<()> {
    if args.out.extension().is_none_or(|ending| ending != "emo") {
        bail!(
            "--out {} is no model file: name a file that ends in .emo",
            args.out.display()
        );
    }
    let members = members(args)?;
    let (clips, held_out) = held_out(args, &members)?;
    model::check_out(&args.out, &args.models)?;

    let mut header = header(&members)?;
    let given = args.calibration.given();
    header.calibration = given.calibration();
    if header.calibration.label_bias.is_none() {
        header.calibration.label_bias = label_bias(&members);
    }
    header.provenance = provenance(args, &members, held_out);
    let joined = Model {
        net: net(&members, &header)?,
        header,
    };
    let answers = (!clips.is_empty())
        .then_some(|classifier: &Classifier| classify_usable(classifier, &clips));
    let finished = finish(&joined, args.parameters, answers, &given)?;
    note(skips(&finished.skipped));
    model::write(&args.out, &finished.bytes)?;
    let ids = members.iter().map(|member| member.model.header.id.clone());
    let joined = Joined {
        path: args.out.display().to_string(),
        id: finished.model.header.id,
        parameters: args.parameters,
        bytes: finished.bytes.len(),
        members: ids.collect(),
        shares: members.iter().map(|member| member.share).collect(),
        evaluation: finished.evaluation,
    };
    show(args.json, &joined, Joined::text)
}

fn members(args: &JoinArgs) -> Result<Vec<Member>> {
    let shares = shares(&args.weights, args.models.len())?;
    let read = |(path, share): (&PathBuf, f32)| {
        let (bytes, name) = model::read(Some(path))?;
        let model = Model::from_bytes(&bytes, &model::device());
        let model = model.with_context(|| format!("cannot use {name}"))?;
        if let Architecture::EmotionEnsemble(_) = model.header.architecture {
            bail!(
                "{name} is an ensemble of several networks already: name the files that it was joined from"
            );
        }
        Ok(Member { name, model, share })
    };
    args.models.iter().zip(shares).map(read).collect()
}

/// The held-out clips, and their corpus for the provenance.
fn held_out(args: &JoinArgs, members: &[Member]) -> Result<(Vec<Clip>, Option<CorpusUse>)> {
    let (Some(data), Some(valid)) = (&args.data, &args.valid) else {
        return Ok(Default::default());
    };
    let corpus = Corpus::open(data, args.corpus)?;
    let nobody = Choice::Speakers(BTreeSet::new());
    let of = provenance::corpus_use(&corpus, &nobody, valid);
    let clips = corpus.select(valid, "--valid")?;
    for member in members {
        known_speakers::warn(&member.model.header, &corpus, &clips);
    }
    Ok((clips, Some(of)))
}

/// The header that the members have in common, with the architecture of the ensemble.
///
/// # Errors
/// Names the first part in which two members differ.
fn header(members: &[Member]) -> Result<ModelHeader> {
    let (first, others) = (&members[0], &members[1..]);
    let common = &first.model.header;
    for other in others {
        if let Some(part) = difference(common, &other.model.header) {
            bail!(
                "{} and {} do not have the same {part}: train them on the same recordings by the same recipe, but for the network, and store both with the same --parameters",
                first.name,
                other.name
            );
        }
    }
    let headers = members.iter().map(|member| &member.model.header);
    let architectures = headers.clone().map(|it| it.architecture.clone()).collect();
    let licences: BTreeSet<&str> = headers.map(|it| it.licence.as_str()).collect();
    let header = ModelHeader {
        architecture: Architecture::EmotionEnsemble(EmotionEnsembleConfig::new(architectures)),
        licence: licences.into_iter().collect::<Vec<_>>().join(" AND "),
        metrics: BTreeMap::new(),
        ..common.clone()
    };
    header.architecture.validate()?;
    Ok(header)
}

/// The first part of the headers, apart from the network, that differs.
fn difference(a: &ModelHeader, b: &ModelHeader) -> Option<&'static str> {
    [
        ("labels", a.labels == b.labels),
        ("features", a.features == b.features),
        ("windows", a.windows == b.windows),
        ("normalization", a.normalization == b.normalization),
        ("gate", a.gate == b.gate),
        ("prosody head", a.prosody == b.prosody),
    ]
    .into_iter()
    .find_map(|(part, is_same)| (!is_same).then_some(part))
}

/// The weighted mean of the members' label biases; `None` where no member has one.
fn label_bias(members: &[Member]) -> Option<Vec<f32>> {
    let mut mean: Option<Vec<f32>> = None;
    for member in members {
        let bias = member.model.header.calibration.label_bias.iter().flatten();
        for (label, bias) in bias.enumerate() {
            let mean = mean.get_or_insert_with(|| vec![0.0; member.model.header.labels.len()]);
            mean[label] += member.share * bias;
        }
    }
    mean
}

/// The network of the ensemble.
fn net(members: &[Member], header: &ModelHeader) -> Result<EmotionNet> {
    let n = members.len() as f32;
    let scaled: Result<Vec<Vec<u8>>> = members
        .iter()
        .map(|member| scale_logits(&member.model.net, n * member.share))
        .collect();
    let net = header.architecture.init(&model::device())?;
    net.with_bytes(&scaled?.concat())
        .context("the parameters are not those of the members")
}

/// The parameters of `net` with its last layer, and so its logits, multiplied by `factor`.
///
/// # Errors
/// Where no layer is called `head`, as the last one of every network is.
fn scale_logits(net: &EmotionNet, factor: f32) -> Result<Vec<u8>> {
    let is_last = |tensor: &TensorInfo| tensor.name.contains(".head.");
    ensure!(
        net.tensors().iter().any(is_last),
        "cannot weight a member: its network has no layer called head"
    );
    let mut bytes = net.to_bytes();
    let (mut rest, _) = bytes.as_chunks_mut::<4>();
    for tensor in net.tensors() {
        let (values, others) = rest.split_at_mut(tensor.count());
        if is_last(&tensor) {
            for value in values {
                *value = (factor * f32::from_le_bytes(*value)).to_le_bytes();
            }
        }
        rest = others;
    }
    Ok(bytes)
}

/// How the ensemble is made: from the members, and calibrated on held-out speakers.
fn provenance(args: &JoinArgs, members: &[Member], held_out: Option<CorpusUse>) -> Provenance {
    let parent = |member: &Member| Parent {
        id: member.model.header.id.clone(),
        weight: member.share,
        provenance: member.model.header.provenance.clone(),
    };
    Provenance {
        step: Step::Join,
        calibrated_on_valid: held_out.is_some() && args.calibration.temperature.is_none(),
        corpora: held_out.into_iter().collect(),
        parents: members.iter().map(parent).collect(),
        ..Provenance::default()
    }
}

impl Joined {
    /// Lines of text.
    fn text(&self) -> String {
        let mut text = format!(
            "wrote {} ({}): {} bytes of {}\n",
            self.path, self.id, self.bytes, self.parameters
        );
        for (member, share) in self.members.iter().zip(&self.shares) {
            text += &format!("{:.0}% {member}\n", 100.0 * share);
        }
        if let Some(evaluation) = &self.evaluation {
            text += &format!("\n{}", report::evaluation(evaluation).markdown());
        }
        text
    }
}
