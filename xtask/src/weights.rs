//! `cargo xtask weights`: the weights that ship, trained once more from the recordings.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::{fs, thread};

use anyhow::{Context, Result, anyhow, ensure};
use serde_json::Value;
use xshell::{Shell, cmd};

use crate::workspace::Workspace;
use crate::{corpus, files, suite};

/// A network that ships as a file of its own: its name, of `train fit --network` and of the file; how its values are stored;
/// and the cross-validation that its calibration is learned from.
type Network = [&'static str; 3];

const CNN: Network = ["cnn", "f16", "steady"];
const CNN_GRU: Network = ["cnn-gru", "f16", "steady-gru"];
const PLAIN: Network = ["plain", "int8", "plain-light"];
/// The weights of the first two in the default file.
const WEIGHTS: [&str; 2] = ["--weights", "1,2"];
const NETWORKS: [&Network; 3] = [&CNN, &CNN_GRU, &PLAIN];

/// What can be asked for.
pub fn names() -> [&'static str; 3] {
    NETWORKS.map(|[name, ..]| *name)
}

/// Trains the networks of these names (all of them where there is none), one a core, on every speaker of the recordings,
/// and puts them into `src/weights`, with the default file that two of them are joined to. A training that was
/// interrupted goes on; one that was finished begins anew.
pub fn run(workspace: &Workspace, names: &[String]) -> Result<()> {
    let recordings = corpus::find()?.with_context(|| {
        format!(
            "{} names no recordings: there is nothing to train on",
            corpus::VARIABLE
        )
    })?;
    suite::build_trainer(workspace)?;
    let folder = workspace.scratch().join("weights");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let work = Work {
        workspace,
        recordings,
        folder,
    };
    let is_asked = |it: &&Network| names.is_empty() || names.iter().any(|name| name == it[0]);
    let networks: Vec<&Network> = NETWORKS.into_iter().filter(is_asked).collect();
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let queue = Mutex::new(networks.iter());
    thread::scope(|scope| {
        let fit_all = || {
            let next = || queue.lock().ok()?.next();
            while let Some(network) = next() {
                work.fit(network)?;
            }
            Ok::<(), anyhow::Error>(())
        };
        // All are begun before the first is waited for.
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(fit_all)).collect();
        let mut workers = workers.into_iter();
        workers.try_for_each(|worker| worker.join().map_err(|_| anyhow!("a training panicked"))?)
    })?;
    for network in &networks {
        work.ship(network[0])?;
    }
    work.join()?;
    work.ship("default")
}

/// What the trainings have in common.
struct Work<'a> {
    workspace: &'a Workspace,
    recordings: PathBuf,
    folder: PathBuf,
}

impl Work<'_> {
    /// A shell, and the trainer.
    fn trainer(&self) -> Result<(Shell, PathBuf)> {
        Ok((self.workspace.shell()?, self.workspace.trainer()))
    }

    /// A file that was made.
    fn made(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.emo"))
    }

    /// A file that ships.
    fn shipped(&self, name: &str) -> PathBuf {
        let root = &self.workspace.root;
        root.join(format!("src/weights/{name}.emo"))
    }

    /// Puts a file that was made where it ships from, and describes it.
    fn ship(&self, name: &str) -> Result<()> {
        let (sh, train) = self.trainer()?;
        let shipped = self.shipped(name);
        files::copy(&self.made(name), &shipped)?;
        Ok(cmd!(sh, "{train} describe --model {shipped}").run()?)
    }

    /// A network alone. How its training goes is written beside its file.
    fn fit(&self, network: &Network) -> Result<()> {
        let (sh, train) = self.trainer()?;
        let [name, parameters, _] = network;
        let (data, out) = (&self.recordings, self.made(name));
        let calibration = self.calibration(&[network], &[])?;
        let speakers = ["--train", "1-20", "--valid", "none", "--seed", "1"];
        let fit = cmd!(
            sh,
            "{train} fit --data {data} {speakers...} --network {name} --parameters {parameters} {calibration...} --out {out}"
        );
        let said = self.folder.join(format!("{name}.txt"));
        let log =
            fs::File::create(&said).with_context(|| format!("cannot write {}", said.display()))?;
        eprintln!("$ {fit}\n{name}: see {}", said.display());
        let mut fit = Command::from(fit.env("RAYON_NUM_THREADS", "1"));
        let status = fit.stdout(log.try_clone()?).stderr(log).status()?;
        ensure!(
            status.success(),
            "training {name} failed ({status}): see {}",
            said.display()
        );
        Ok(())
    }

    /// The default file, the ensemble of both networks.
    fn join(&self) -> Result<()> {
        let (sh, train) = self.trainer()?;
        let members = [CNN, CNN_GRU].map(|[name, ..]| self.shipped(name));
        let calibration = self.calibration(&[&CNN, &CNN_GRU], &WEIGHTS)?;
        let out = self.made("default");
        Ok(cmd!(
            sh,
            "{train} join {members...} {WEIGHTS...} --parameters int8 {calibration...} --out {out}"
        )
        .run()?)
    }

    /// What the cross-validations of these networks say is to ship, as options.
    fn calibration(&self, networks: &[&Network], weights: &[&str]) -> Result<Vec<String>> {
        let (sh, train) = self.trainer()?;
        let kept = self.workspace.root.join("train/experiments/outcomes");
        let outcomes = networks.iter().map(|[_, _, outcomes]| kept.join(outcomes));
        let report = cmd!(sh, "{train} report --json {outcomes...} {weights...}").read()?;
        options(&serde_json::from_str(&report).context("`train report` printed no JSON")?)
    }
}

/// The calibration of a report as options, rounded.
fn options(report: &Value) -> Result<Vec<String>> {
    let calibration = &report["calibration"];
    let mut options = Vec::new();
    for (option, field) in [
        ("--temperature", "temperature"),
        ("--uncertain-below", "uncertain_below"),
    ] {
        let value = calibration[field].as_f64();
        let value = value.with_context(|| format!("`train report` gives no {field}"))?;
        options.extend([option.to_owned(), format!("{value:.4}")]);
    }
    for (option, field) in [
        ("--label-bias", "label_bias"),
        ("--neutral-logits", "neutral"),
    ] {
        let logits = calibration[field].as_array().into_iter().flatten();
        let logits = logits
            .filter_map(Value::as_f64)
            .map(|it| (it * 1e3).round() / 1e3);
        let logits: Vec<String> = logits.map(|it| it.to_string()).collect();
        if !logits.is_empty() {
            options.push(format!("{option}={}", logits.join(",")));
        }
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::options;

    #[test]
    fn what_is_to_ship_is_read_from_a_report() {
        let calibration =
            json!({ "temperature": 1.1, "uncertain_below": 0.35496, "neutral": [-1, 2.00049] });
        let expected = [
            "--temperature",
            "1.1000",
            "--uncertain-below",
            "0.3550",
            "--neutral-logits=-1,2",
        ];
        assert_eq!(
            options(&json!({ "calibration": calibration })).unwrap(),
            expected
        );
        assert!(options(&json!({ "uar": 0.7 })).is_err());
    }
}
