//! Training that is stopped, by a signal that cannot be caught and by Ctrl-C, and goes on.
#![allow(clippy::unwrap_used)] // A test that cannot unwrap has failed.

mod support;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

use support::{scratch, write_voice};

/// Two actors who speak with the synthetic voice.
fn corpus(root: &Path) -> PathBuf {
    for actor in 1..=2 {
        let folder = root.join(format!("Actor_{actor:02}"));
        std::fs::create_dir(&folder).unwrap();
        for emotion in 1..=8 {
            let file = format!("03-01-{emotion:02}-01-01-01-{actor:02}.wav");
            write_voice(&folder.join(file));
        }
    }
    root.to_owned()
}

/// What makes half of the windows distorted ones, each beside its clean one.
const DISTORTED: [&str; 6] = [
    "--set",
    "augment.distortions=1",
    "--set",
    "augment.distorted_share=0.5",
    "--set",
    "consistency=0.5",
];

struct Training<'a> {
    data: &'a Path,
    network: &'a str,
    options: &'a [&'a str],
}

impl Training<'_> {
    fn command(&self, out: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_train"));
        command.env(
            "EMOTIONAI_CACHE",
            concat!(env!("CARGO_TARGET_TMPDIR"), "/cache"),
        );
        command.arg("fit").arg("--data").arg(self.data);
        command.args([
            "--train",
            "1",
            "--valid",
            "2",
            "--epochs",
            "6",
            "--evaluate-every",
            "2",
        ]);
        command.args([
            "--set",
            "augment.distortions=0",
            "--set",
            "augment.distorted_share=0.0",
        ]);
        command
            .args(["--network", self.network, "--json", "--out"])
            .arg(out);
        command.args(self.options);
        command
    }

    fn run(&self, out: &Path) -> Output {
        let output = self.command(out).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{error}");
        output
    }

    /// Starts the training and waits until it has told of `epoch`.
    fn start_until(&self, out: &Path, epoch: u64) -> Child {
        let mut child = self
            .command(out)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        for line in lines {
            let event: Value = serde_json::from_str(&line.unwrap()).unwrap();
            if event["event"] == "epoch" && event["epoch"] == epoch {
                return child;
            }
        }
        panic!(
            "it ended before epoch {epoch}: {:?}",
            child.wait_with_output()
        );
    }
}

fn read(folder: &Path, name: &str) -> Vec<u8> {
    std::fs::read(folder.join(name)).unwrap()
}

/// The log without what a clock decides.
fn log(folder: &Path) -> Vec<Value> {
    let text = String::from_utf8(read(folder, "log.jsonl")).unwrap();
    text.lines()
        .map(|line| {
            let mut entry: Value = serde_json::from_str(line).unwrap();
            entry.as_object_mut().unwrap().remove("seconds").unwrap();
            entry
        })
        .collect()
}

#[test]
fn training_that_was_killed_goes_on_to_the_very_same_model() {
    let root = scratch("killed");
    let data = corpus(&scratch("killed-corpus"));
    for (network, options) in [
        ("cnn", &[][..]),
        ("cnn-gru", &["--patience", "1"]),
        ("plain", &[]),
        ("cnn", &DISTORTED),
    ] {
        let training = Training {
            data: &data,
            network,
            options,
        };
        let folder = format!("{network}{}", options.len());
        let (whole, killed) = (root.join(&folder), root.join(format!("{folder}-killed")));
        training.run(&whole);
        // Once right after a checkpoint was due, once some way into the epoch after it.
        for (epoch, wait_ms) in [(1, 0), (2, 40)] {
            let mut child = training.start_until(&killed, epoch);
            std::thread::sleep(std::time::Duration::from_millis(wait_ms));
            child.kill().unwrap();
            child.wait().unwrap();
            assert!(!killed.join("model.emo").exists());
        }
        let output = training.run(&killed);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("resuming from"), "{said}");
        assert!(
            read(&killed, "model.emo") == read(&whole, "model.emo"),
            "{network}: another model than without the kill"
        );
        assert_eq!(log(&killed), log(&whole), "{network}");
        assert!(!killed.join("model.checkpoint").exists());
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_saves_in_the_middle_of_an_epoch_and_stops() {
    let root = scratch("interrupted");
    let data = corpus(&scratch("interrupted-corpus"));
    // Eight steps an epoch, so that the signal comes in the middle of one.
    let training = Training {
        data: &data,
        network: "cnn",
        options: &["--batch-size", "2"],
    };
    let (whole, stopped) = (root.join("whole"), root.join("stopped"));
    training.run(&whole);
    let child = training.start_until(&stopped, 2);
    let status = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(status.unwrap().success());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("the same command resumes"), "{said}");
    training.run(&stopped);
    assert!(read(&stopped, "model.emo") == read(&whole, "model.emo"));
}

#[test]
fn a_checkpoint_of_another_training_is_not_gone_on_from() {
    let root = scratch("other-settings");
    let data = corpus(&scratch("other-settings-corpus"));
    let training = |options| Training {
        data: &data,
        network: "cnn",
        options,
    };
    let mut child = training(&[]).start_until(&root, 1);
    child.kill().unwrap();
    child.wait().unwrap();

    let refused = training(&["--seed", "2"]).command(&root).output().unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        said.contains("seed") && said.contains("--restart"),
        "{said}"
    );

    let checkpoint = root.join("model.checkpoint");
    let mut bytes = std::fs::read(&checkpoint).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&checkpoint, bytes).unwrap();
    let refused = training(&[]).command(&root).output().unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        said.contains("checksum") && said.contains("--restart"),
        "{said}"
    );

    let output = training(&["--restart"]).run(&root);
    let lines = String::from_utf8(output.stdout).unwrap();
    let events: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(events[0]["event"], "started");
    assert_eq!(events[0]["recordings"], 8);
    assert_eq!(events.len(), 1 + 6 + 1, "every epoch anew");
    assert_eq!(events[2]["held_out_confusion"].as_array().unwrap().len(), 8);
    assert_eq!(events[7]["event"], "finished");
    assert_eq!(events[7]["metrics"]["uar"], 0.125);
}

#[test]
fn a_folder_with_other_files_is_not_written_to() {
    let data = corpus(&scratch("other-files"));
    let training = Training {
        data: &data,
        network: "cnn",
        options: &[],
    };
    let refused = training.command(&data).output().unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(said.contains("--out") && said.contains("Actor_0"), "{said}");
}

/// `fit --json | head -1`: the events have no reader any more, but the model is still wanted.
#[test]
fn training_goes_on_where_nobody_reads_its_events() {
    let root = scratch("closed-pipe");
    let data = corpus(&scratch("closed-pipe-corpus"));
    let training = Training {
        data: &data,
        network: "cnn",
        options: &[],
    };
    let mut child = training
        .command(&root)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    drop(child.stderr.take());
    assert!(child.wait().unwrap().success());
    assert!(root.join("model.emo").exists());

    let refused = training.command(&data).output().unwrap();
    let events = String::from_utf8(refused.stdout).unwrap();
    let event: Value = serde_json::from_str(events.lines().last().unwrap()).unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(event["event"], "failed");
    assert!(
        event["error"].as_str().unwrap().contains("--out"),
        "{event}"
    );
}
