//! `cargo xtask weights`: the weights that ship, trained once more from the recordings.

use std::path::PathBuf;
use std::process::Command;
use std::{fs, thread};

use anyhow::{Context, Result, anyhow, bail};

use crate::workspace::Workspace;
use crate::{corpus, files, process, suite};

/// A network that ships as a file of its own.
struct Network {
    /// As `train fit --network` names it; its file as well.
    name: &'static str,
    /// How its values are stored.
    parameters: &'static str,
    /// The cross-validation that its calibration is learned from.
    outcomes: &'static str,
}

const CNN: Network = Network {
    name: "cnn",
    parameters: "f16",
    outcomes: "steady",
};
const CNN_GRU: Network = Network {
    name: "cnn-gru",
    parameters: "f16",
    outcomes: "steady-gru",
};
const PLAIN: Network = Network {
    name: "plain",
    parameters: "int8",
    outcomes: "plain",
};
/// How the first two vote in the default file.
const VOTES: &str = "1,2";

/// Trains all networks, one a core, on every speaker of the recordings, joins the default file and puts all of them into
/// `src/weights`. A training that was interrupted goes on; one that was finished begins anew.
pub fn run(workspace: &Workspace) -> Result<()> {
    let Some(recordings) = corpus::find()? else {
        bail!(
            "{} names no recordings: there is nothing to train on",
            corpus::VARIABLE
        );
    };
    process::run(&mut suite::build_trainer(workspace))?;
    let folder = workspace.scratch().join("weights");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let work = Work {
        workspace,
        recordings,
        folder,
    };
    thread::scope(|scope| {
        let work = &work;
        let trained = [CNN, CNN_GRU, PLAIN].map(|it| scope.spawn(move || work.fit(&it)));
        for training in trained {
            training
                .join()
                .map_err(|_| anyhow!("a training panicked"))??;
        }
        Ok::<(), anyhow::Error>(())
    })?;
    work.join()?;
    for name in [CNN.name, CNN_GRU.name, PLAIN.name, "default"] {
        let name = format!("{name}.emo");
        let shipped = workspace.root.join("src/weights").join(&name);
        files::copy(&work.folder.join(&name), &shipped)?;
        let mut describe = work.trainer();
        process::run(describe.args(["describe", "--model"]).arg(shipped))?;
    }
    Ok(())
}

/// What the trainings have in common.
struct Work<'a> {
    workspace: &'a Workspace,
    recordings: PathBuf,
    folder: PathBuf,
}

impl Work<'_> {
    fn trainer(&self) -> Command {
        Command::new(self.workspace.trainer())
    }

    fn file(&self, network: &Network) -> PathBuf {
        self.folder.join(format!("{}.emo", network.name))
    }

    /// A network alone. How its training goes is written beside its file.
    fn fit(&self, network: &Network) -> Result<()> {
        let said = self.folder.join(format!("{}.txt", network.name));
        let log =
            fs::File::create(&said).with_context(|| format!("cannot write {}", said.display()))?;
        let mut fit = self.trainer();
        fit.env("RAYON_NUM_THREADS", "1");
        fit.arg("fit").arg("--data").arg(&self.recordings);
        fit.args(["--train", "1-20", "--valid", "none", "--seed", "1"]);
        fit.args([
            "--network",
            network.name,
            "--parameters",
            network.parameters,
        ]);
        fit.args(self.calibration(&[network], None)?);
        fit.arg("--out").arg(self.file(network));
        eprintln!("{}: see {}", network.name, said.display());
        process::run(fit.stdout(log.try_clone()?).stderr(log))
    }

    /// The default file, in which both networks vote.
    fn join(&self) -> Result<()> {
        let mut join = self.trainer();
        join.arg("join")
            .args([&CNN, &CNN_GRU].map(|it| self.file(it)));
        join.args(["--votes", VOTES, "--parameters", "int8"]);
        join.args(self.calibration(&[&CNN, &CNN_GRU], Some(VOTES))?);
        process::run(join.arg("--out").arg(self.folder.join("default.emo")))
    }

    /// What the cross-validations of these networks say is to ship, as options.
    fn calibration(&self, networks: &[&Network], votes: Option<&str>) -> Result<Vec<String>> {
        let kept = self.workspace.root.join("train/experiments/outcomes");
        let mut report = self.trainer();
        report.arg("report");
        report.args(networks.iter().map(|network| kept.join(network.outcomes)));
        report.args(votes.into_iter().flat_map(|votes| ["--votes", votes]));
        options(&process::output(&mut report)?)
    }
}

/// The options at the end of a report.
fn options(report: &str) -> Result<Vec<String>> {
    let line = report.lines().find_map(|line| line.strip_prefix("To ship"));
    let (_, options) = line
        .and_then(|line| line.split_once(": "))
        .context("`train report` does not say what is to ship")?;
    Ok(options.split_whitespace().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::options;

    #[test]
    fn what_is_to_ship_is_read_from_a_report() {
        let report = "| UAR | 0.7 |\nTo ship, fitted on all folds and seeds: --temperature 1.1 --neutral-logits=-1,2\n";
        let expected = ["--temperature", "1.1", "--neutral-logits=-1,2"];
        assert_eq!(options(report).unwrap(), expected);
        assert!(options("| UAR | 0.7 |\n").is_err());
    }
}
