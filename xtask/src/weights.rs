//! `cargo xtask weights`: the weights that ship, trained once more from the recordings.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::{fs, thread};

use anyhow::{Context, Result, anyhow, bail};

use crate::workspace::Workspace;
use crate::{corpus, files, process, suite};

/// A network that ships as a file of its own.
#[derive(Clone, Copy)]
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
    outcomes: "plain-light",
};
/// How the first two vote in the default file.
const VOTES: &str = "1,2";
const NETWORKS: [Network; 3] = [CNN, CNN_GRU, PLAIN];

/// What can be asked for.
pub fn names() -> [&'static str; 3] {
    NETWORKS.map(|network| network.name)
}

/// Trains the networks of these names (all of them where there is none), one a core, on every speaker of the recordings,
/// and puts them into `src/weights`, with the default file that two of them are joined to. A training that was
/// interrupted goes on; one that was finished begins anew.
pub fn run(workspace: &Workspace, names: &[String]) -> Result<()> {
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
    let is_asked = |it: &Network| names.is_empty() || names.iter().any(|name| name == it.name);
    let networks: Vec<Network> = NETWORKS.into_iter().filter(is_asked).collect();
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
        for worker in workers {
            worker
                .join()
                .map_err(|_| anyhow!("a training panicked"))??;
        }
        Ok::<(), anyhow::Error>(())
    })?;
    for network in &networks {
        work.ship(network.name)?;
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
    fn trainer(&self) -> Command {
        Command::new(self.workspace.trainer())
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
        let shipped = self.shipped(name);
        files::copy(&self.made(name), &shipped)?;
        let mut describe = self.trainer();
        process::run(describe.args(["describe", "--model"]).arg(shipped))
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
        fit.arg("--out").arg(self.made(network.name));
        eprintln!("{}: see {}", network.name, said.display());
        process::run(fit.stdout(log.try_clone()?).stderr(log))
    }

    /// The default file, in which both networks vote.
    fn join(&self) -> Result<()> {
        let mut join = self.trainer();
        join.arg("join")
            .args([CNN, CNN_GRU].map(|it| self.shipped(it.name)));
        join.args(["--votes", VOTES, "--parameters", "int8"]);
        join.args(self.calibration(&[&CNN, &CNN_GRU], Some(VOTES))?);
        process::run(join.arg("--out").arg(self.made("default")))
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
