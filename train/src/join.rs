//! `train join`: one model of several, whose networks vote.
//!
//! The answer of an ensemble is the mean of its members' logits. A member whose vote is to count for
//! more has a last layer of larger values, so that no reader of model files has to know of votes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;
use emotionai_voice::{
    Architecture, CorpusUse, EmotionEnsembleConfig, EmotionNet, Model, ModelHeader, ParameterType,
    Parent, Provenance, Step,
};
use serde::Serialize;

use crate::cli::calibration::CalibrationArgs;
use crate::corpus::{Choice, Clip, Corpus, parse_choice, skips};
use crate::evaluation::Evaluation;
use crate::{cli, export, fit, heard, provenance, report, training};

/// Options of `join`.
#[derive(Args)]
pub struct JoinArgs {
    /// Model files, trained on the same recordings by the same recipe but for their networks.
    #[arg(required = true, num_args = 2..)]
    models: Vec<PathBuf>,
    /// How much the answer of each counts, such as 1,2 [default: all alike].
    #[arg(long, value_delimiter = ',', value_parser = cli::values::positive::<f32>)]
    votes: Vec<f32>,
    /// Model file to write (.emo).
    #[arg(long)]
    out: PathBuf,
    /// How the file stores the parameters: f32, f16 for half the size, or int8 for about a quarter.
    #[arg(long, default_value_t)]
    parameters: ParameterType,
    /// Recordings, as `fit` takes them, to calibrate and judge the vote on.
    #[arg(long, requires = "valid")]
    data: Option<PathBuf>,
    /// Speakers of them that no member has learned from, such as 17-20.
    #[arg(long, value_parser = parse_choice, requires = "data")]
    valid: Option<Choice>,
    #[command(flatten)]
    calibration: CalibrationArgs,
    /// Print one JSON object instead of lines.
    #[arg(long)]
    json: bool,
}

/// A model that has a vote.
struct Member {
    /// Its file.
    name: String,
    model: Model,
    /// How much it counts, of 1.
    share: f32,
}

/// What was written.
#[derive(Debug, Serialize)]
struct Joined {
    path: String,
    id: String,
    parameters: ParameterType,
    bytes: usize,
    /// Ids of the members' weights.
    members: Vec<String>,
    /// How much each of them counts, of 1.
    shares: Vec<f32>,
    /// How the vote did on the held-out speakers.
    evaluation: Option<Evaluation>,
}

/// Joins the models.
///
/// # Errors
/// Whatever keeps the file from being written.
pub fn run(args: &JoinArgs) -> Result<()> {
    if args.out.extension().is_none_or(|ending| ending != "emo") {
        bail!(
            "--out {} is no model file: let it end in .emo",
            args.out.display()
        );
    }
    let members = members(args)?;
    let (clips, held_out) = held_out(args, &members)?;
    export::check_out(&args.out, &args.models)?;

    let mut header = header(&members)?;
    header.calibration = args.calibration.calibration();
    if header.calibration.label_bias.is_none() {
        header.calibration.label_bias = label_bias(&members);
    }
    header.provenance = provenance(args, &members, held_out);
    let model = Model {
        net: net(&members, &header)?,
        header,
    };
    let finished = fit::finish(&model, args.parameters, &clips, &args.calibration)?;
    eprint!("{}", skips(&finished.skipped));
    export::write(&args.out, &finished.bytes)?;
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
    cli::show(args.json, &joined, Joined::text)
}

fn members(args: &JoinArgs) -> Result<Vec<Member>> {
    let n = args.models.len();
    let shares = match args.votes.is_empty() {
        true => report::shares(&vec![1.0; n], n)?,
        false => report::shares(&args.votes, n)?,
    };
    let read = |(path, share): (&PathBuf, f32)| {
        let (bytes, name) = cli::read_model(Some(path))?;
        let model = Model::from_bytes(&bytes, &training::device())
            .with_context(|| format!("cannot use {name}"))?;
        if let Architecture::EmotionEnsemble(_) = model.header.architecture {
            bail!("{name} is of several networks already: name the files that it was joined from");
        }
        Ok(Member { name, model, share })
    };
    args.models.iter().zip(shares).map(read).collect()
}

/// The clips to judge the ensemble on, and whose they are.
fn held_out(args: &JoinArgs, members: &[Member]) -> Result<(Vec<Clip>, Option<CorpusUse>)> {
    let (Some(data), Some(valid)) = (&args.data, &args.valid) else {
        return Ok(Default::default());
    };
    let corpus = Corpus::open(data, None)?;
    let nobody = Choice::Speakers(BTreeSet::new());
    let of = provenance::corpus_use(&corpus, &nobody, valid);
    let clips = corpus.select(valid, "--valid")?;
    for member in members {
        heard::warn(&member.model.header, &corpus, &clips);
    }
    Ok((clips, Some(of)))
}

/// What the members have in common, with the network that they are together.
///
/// # Errors
/// Names the first part that two of them do not have in common.
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

/// The part of what a model hears by that differs.
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

/// The members' biases of the labels, weighted as their logits are; `None` where none has one.
fn label_bias(members: &[Member]) -> Option<Vec<f32>> {
    let mut mean: Option<Vec<f32>> = None;
    for member in members {
        let Some(bias) = &member.model.header.calibration.label_bias else {
            continue;
        };
        let mean = mean.get_or_insert_with(|| vec![0.0; bias.len()]);
        for (sum, bias) in mean.iter_mut().zip(bias) {
            *sum += member.share * bias;
        }
    }
    mean
}

/// The networks, each with its share of the mean.
fn net(members: &[Member], header: &ModelHeader) -> Result<EmotionNet> {
    let n = members.len() as f32;
    let scaled = members
        .iter()
        .flat_map(|member| scale_logits(&member.model.net, n * member.share));
    let net = header.architecture.init(&training::device())?;
    net.with_bytes(&scaled.collect::<Vec<u8>>())
        .context("the parameters are not those of the members")
}

/// The parameters of a network whose logits are `factor` times those of `net`: its last layer is.
fn scale_logits(net: &EmotionNet, factor: f32) -> Vec<u8> {
    let mut bytes = net.to_bytes();
    let (mut rest, _) = bytes.as_chunks_mut::<4>();
    for tensor in net.tensors() {
        let (values, others) = rest.split_at_mut(tensor.count());
        if tensor.name.contains(".head.") {
            for value in values {
                *value = (factor * f32::from_le_bytes(*value)).to_le_bytes();
            }
        }
        rest = others;
    }
    bytes
}

/// How these weights are made: of the members, and on whom of whom they are calibrated.
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
    /// Lines for people.
    fn text(&self) -> String {
        let mut text = format!(
            "wrote {} ({}): {} bytes of {}\n",
            self.path, self.id, self.bytes, self.parameters
        );
        for (member, share) in self.members.iter().zip(&self.shares) {
            text.push_str(&format!("{:.0}% {member}\n", 100.0 * share));
        }
        if let Some(evaluation) = &self.evaluation {
            text.push_str(&format!("\n{}", report::table(evaluation)));
        }
        text
    }
}
