//! Options, their values, what is wrong usage, and the completions of a shell.
#![allow(clippy::unwrap_used)] // A test that cannot unwrap has failed.

#[macro_use]
mod support;

use std::fs;
use std::process::Command;

use emotionai_voice::{DEFAULT_MODEL, Model};

use support::*;

#[test]
fn a_missing_actor_is_named_with_the_option_that_asked_for_it() {
    let corpus = ravdess("missing-actors", 1..=3, 1..=8);
    let error = refused(args!("fit --data {corpus} --train 1-4 --valid none"));
    assert_says(&error, &["--train", "speaker 4,"]);
    let error = refused(args!("fit --data {corpus} --train 1-2"));
    assert_says(&error, &["--valid", "21-24", "--valid none"]);
    let error = refused(args!("fit --data {corpus} --train 1-2 --valid 2-3"));
    assert_says(&error, &["speaker 2 "]);
    let error = refused(args!("evaluate --data {corpus} --actors 9"));
    assert_says(&error, &["--actors asks for speaker 9"]);
}

#[test]
fn what_would_fail_after_training_fails_before_it() {
    let corpus = ravdess("early", 1..=1, 1..=8);
    let folder = text(&corpus);
    for (options, said) in [
        (["--out", "/no/such/folder/model.emo"], "/no/such/folder"),
        (["--out", &folder], "--out"),
        (["--set", "epochs=0"], "--epochs"),
    ] {
        let error = refused(args!(
            "fit --data {corpus} --train 1 --valid none {options...}"
        ));
        assert!(!error.contains("loss"), "no epoch ran: {options:?}");
        assert_says(&error, &[said]);
    }
}

#[test]
fn wrong_usage_has_its_own_exit_code() {
    misused(["fit"]);
    misused(["predict"]);
    misused(args!("fit --data x --train 3-1"));
    misused(["dance"]);
    assert_says(
        &misused(args!("fit --data x --parameters f12")),
        &["f32, f16 or int8"],
    );
    // Nothing that is tested is built with it.
    assert_says(
        &misused(args!("fit --data x --backend cuda")),
        &["--features cuda"],
    );
}

#[test]
fn a_value_that_is_none_of_its_option_is_wrong_usage() {
    let recipe = [
        ["--epochs", "0"],
        ["--batch-size", "0"],
        ["--batch-size", "1"],
        ["--learning-rate", "0"],
        ["--learning-rate", "inf"],
    ];
    let calibration = [
        ["--temperature", "0"],
        ["--temperature", "NaN"],
        ["--uncertain-below", "2"],
        ["--uncertain-below", "NaN"],
        ["--evaluate-every", "0"],
    ];
    let hop = [["--hop-ms", "0"], ["--hop-ms", "x"]];
    for (command, values) in [
        (args!("fit --data x"), &recipe[..]),
        (args!("crossval --data x --name x --out x"), &recipe),
        (args!("fit --data x"), &calibration),
        (args!("predict {VOICE}"), &hop),
    ] {
        for option in values {
            let words = command.iter().cloned().chain(option.map(Into::into));
            assert_says(&misused(words), &[&format!("'{}'", option[1])]);
        }
    }
}

#[test]
fn a_folder_without_recordings_is_refused() {
    let empty = text(&scratch("empty"));
    for folder in [&empty, "/no/such/folder", VOICE] {
        assert_says(
            &refused(args!("evaluate --data {folder} --actors 1")),
            &[folder],
        );
    }
}

#[test]
fn a_vad_without_known_recordings_is_refused() {
    let data = ravdess("vad-without-recordings", 1..=2, 1..=8);
    let out = scratch("vad-without-recordings-out").join("vad.int8");
    let vad = args!("vad --data {data} --train 1 --valid 2 --recordings {data} --out {out}");
    assert_says(&refused(vad), &["no known corpus", "esc-10"]);
    assert!(!out.exists());
}

#[test]
fn describe_counts_what_a_model_is() {
    let model = done_json(args!("describe --json"));
    let [parameters, cost] = ["parameters", "multiply_adds"].map(|key| number(&model[key]));
    assert!(parameters > 1e3 && cost > parameters);
    // What ships is to be small enough for a page, and for a phone.
    assert!(cost < 4e7 && DEFAULT_MODEL.len() <= 500_000);
    let stored = Model::parameter_type(DEFAULT_MODEL).unwrap();
    assert_eq!(model["stored_as"], stored.to_string());
    assert_says(&refused(args!("describe --model {VOICE}")), &[VOICE]);
}

#[test]
fn every_shell_gets_a_script_that_names_commands_and_options() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = done(["completions", shell]);
        assert_says(
            &script,
            &["predict", "files-from", "evaluate", "completions"],
        );
    }
    misused(args!("completions tcsh"));
}

#[test]
#[ignore = "needs bash, zsh and fish"]
fn shells_can_read_their_script() {
    let folder = scratch("completions");
    for shell in ["bash", "zsh", "fish"] {
        let file = folder.join(shell);
        fs::write(&file, done(["completions", shell])).unwrap();
        succeeded(Command::new(shell).arg("-n").arg(&file).output().unwrap());
    }
}

#[test]
#[ignore = "needs bash"]
fn bash_completes_commands_and_options() {
    let script = scratch("completions-bash").join("train");
    fs::write(&script, done(args!("completions bash"))).unwrap();
    let complete = |words: &str| {
        let command = format!(
            "source '{}'; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _train train \"${{COMP_WORDS[-1]}}\" \"${{COMP_WORDS[-2]}}\"; echo \"${{COMPREPLY[@]}}\"",
            script.display()
        );
        let bash = Command::new("bash")
            .args(["--norc", "-c", &command])
            .output();
        stdout(&bash.unwrap())
    };
    assert_eq!(complete("train pred").trim(), "predict");
    assert_eq!(complete("train predict --files").trim(), "--files-from");
}

#[test]
fn exit_codes_are_documented() {
    for option in ["-h", "--help"] {
        let codes = ["Exit codes:\n  0  done\n  1  failure", "\n  2  wrong usage"];
        assert_says(&done([option]), &codes);
    }
}
