//! Training that is stopped, by a signal that cannot be caught and by Ctrl-C, and goes on.
#![allow(clippy::unwrap_used)] // A test that cannot unwrap has failed.

#[macro_use]
mod support;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use support::*;

/// What makes half of the windows distorted ones, each beside its clean one.
const DISTORTED: [&str; 6] = [
    "--set",
    "augment.distortions=1",
    "--set",
    "augment.distorted_share=0.5",
    "--set",
    "consistency=0.5",
];

/// Trainings on two actors who speak with the synthetic voice.
struct Training {
    data: PathBuf,
    options: Vec<&'static str>,
}

impl Training {
    fn new(name: &str, options: &[&'static str]) -> Training {
        Training {
            data: ravdess(&format!("{name}-corpus"), 1..=2, 1..=8),
            options: options.to_vec(),
        }
    }

    fn command(&self, out: &Path) -> Command {
        let Training { data, options } = self;
        let plain = [
            "--set",
            "augment.distortions=0",
            "--set",
            "augment.distorted_share=0.0",
        ];
        let split = args!("--train 1 --valid 2 --epochs 6 --evaluate-every 2");
        let mut command = program();
        command.args(args!(
            "fit --data {data} --json --out {out} {split...} {plain...} {options...}"
        ));
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// The events of a training that ends well.
    fn run(&self, out: &Path) -> (Vec<Value>, String) {
        let output = succeeded(self.command(out).output().unwrap());
        (json_lines(&stdout(&output)), stderr(&output))
    }

    /// What a training says that fails.
    fn refused(&self, out: &Path) -> String {
        failed(&self.command(out).output().unwrap(), 1)
    }

    /// Starts the training and waits until it has told of `epoch`.
    fn start_until(&self, out: &Path, epoch: u64) -> Child {
        let mut child = self.command(out).spawn().unwrap();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let event = json(&line.unwrap());
            if event["event"] == "epoch" && event["epoch"] == epoch {
                return child;
            }
        }
        let output = child.wait_with_output();
        panic!("it ended before epoch {epoch}: {output:?}");
    }
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

fn assert_same_model(a: &Path, b: &Path) {
    let read = |folder: &Path| std::fs::read(folder.join("model.emo")).unwrap();
    assert!(
        read(a) == read(b),
        "{}: another model than that beside it",
        a.display()
    );
}

/// The log without what a clock decides.
fn log(folder: &Path) -> Vec<Value> {
    let mut entries = json_lines(&read_text(folder.join("log.jsonl")));
    for entry in &mut entries {
        entry.as_object_mut().unwrap().remove("seconds").unwrap();
    }
    entries
}

#[test]
fn training_that_was_killed_goes_on_to_the_very_same_model() {
    let root = scratch("killed");
    let distorted = [&["--network", "cnn"], &DISTORTED[..]].concat();
    for (name, options) in [
        ("cnn", &["--network", "cnn"][..]),
        ("cnn-gru", &["--network", "cnn-gru", "--patience", "1"]),
        ("plain", &["--network", "plain"]),
        ("distorted", &distorted),
    ] {
        let training = Training::new("killed", options);
        let (whole, killed) = (root.join(name), root.join(format!("{name}-killed")));
        training.run(&whole);
        // Once right after a checkpoint was due, once some way into the epoch after it.
        for (epoch, wait_ms) in [(1, 0), (2, 40)] {
            let child = training.start_until(&killed, epoch);
            std::thread::sleep(std::time::Duration::from_millis(wait_ms));
            kill(child);
            assert!(!killed.join("model.emo").exists());
        }
        assert_says(&training.run(&killed).1, &["resuming from"]);
        assert_same_model(&killed, &whole);
        assert_eq!(log(&killed), log(&whole), "{name}");
        assert!(!killed.join("model.checkpoint").exists());
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_saves_in_the_middle_of_an_epoch_and_stops() {
    let root = scratch("interrupted");
    // Eight steps an epoch, so that the signal comes in the middle of one.
    let training = Training::new("interrupted", &["--batch-size", "2"]);
    let (whole, stopped) = (root.join("whole"), root.join("stopped"));
    training.run(&whole);
    let child = training.start_until(&stopped, 2);
    let id = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &id])
            .status()
            .unwrap()
            .success()
    );
    let said = failed(&child.wait_with_output().unwrap(), 1);
    assert_says(&said, &["the same command resumes"]);
    training.run(&stopped);
    assert_same_model(&stopped, &whole);
}

#[test]
fn a_checkpoint_of_another_training_is_not_gone_on_from() {
    let root = scratch("other-settings");
    let mut training = Training::new("other-settings", &[]);
    kill(training.start_until(&root, 1));

    training.options = vec!["--seed", "2"];
    assert_says(&training.refused(&root), &["seed", "--restart"]);

    let checkpoint = root.join("model.checkpoint");
    let mut bytes = std::fs::read(&checkpoint).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&checkpoint, bytes).unwrap();
    training.options = vec![];
    assert_says(&training.refused(&root), &["checksum", "--restart"]);

    training.options = vec!["--restart"];
    let (events, _) = training.run(&root);
    assert_eq!(events[0]["event"], "started");
    assert_eq!(events[0]["recordings"], 8);
    assert_eq!(events.len(), 1 + 6 + 1, "every epoch anew");
    assert_eq!(len(&events[2]["held_out_confusion"]), 8);
    assert_eq!(events[7]["event"], "finished");
    assert_eq!(events[7]["metrics"]["uar"], 0.125);
}

#[test]
fn a_folder_with_other_files_is_not_written_to() {
    let training = Training::new("other-files", &[]);
    assert_says(&training.refused(&training.data), &["--out", "Actor_0"]);
}

/// `fit --json | head -1`: the events have no reader any more, but the model is still wanted.
#[test]
fn training_goes_on_where_nobody_reads_its_events() {
    let root = scratch("closed-pipe");
    let training = Training::new("closed-pipe", &[]);
    let mut child = training.command(&root).spawn().unwrap();
    drop(child.stdout.take());
    drop(child.stderr.take());
    assert!(child.wait().unwrap().success());
    assert!(root.join("model.emo").exists());

    let output = training.command(&training.data).output().unwrap();
    failed(&output, 1);
    let event = json_lines(&stdout(&output)).pop().unwrap();
    assert_eq!(event["event"], "failed");
    assert_says(event["error"].as_str().unwrap(), &["--out"]);
}
