//! `train completions` and `--help`, run as a user runs them.
#![allow(clippy::unwrap_used)] // A test that cannot unwrap has failed.

mod support;

use std::process::Command;

use support::{scratch, stdout, train};

#[test]
fn every_shell_gets_a_script_that_names_commands_and_options() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = train(&["completions", shell]);
        assert!(output.status.success(), "{shell}");
        let script = stdout(&output);
        for word in ["predict", "files-from", "evaluate", "completions"] {
            assert!(script.contains(word), "{word} for {shell}");
        }
    }
    assert_eq!(train(&["completions", "tcsh"]).status.code(), Some(2));
}

#[test]
#[ignore = "needs bash, zsh and fish"]
fn shells_can_read_their_script() {
    let folder = scratch("completions");
    for shell in ["bash", "zsh", "fish"] {
        let file = folder.join(shell);
        std::fs::write(&file, train(&["completions", shell]).stdout).unwrap();
        let output = Command::new(shell).arg("-n").arg(&file).output().unwrap();
        assert!(output.status.success(), "{shell}: {output:?}");
    }
}

#[test]
#[ignore = "needs bash"]
fn bash_completes_commands_and_options() {
    let script = scratch("completions-bash").join("train");
    std::fs::write(&script, train(&["completions", "bash"]).stdout).unwrap();
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
        let help = stdout(&train(&[option]));
        assert!(
            help.contains("Exit codes:\n  0  done\n  1  failure"),
            "{help}"
        );
        assert!(help.contains("\n  2  wrong usage"), "{help}");
    }
}
