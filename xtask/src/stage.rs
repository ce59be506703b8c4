//! A stage of a test run: what it ran is counted, and nothing that fails keeps the rest from running.

use std::fmt::Display;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Error, Result, ensure};
use xshell::Cmd;

use crate::counts::Counts;

/// A stage while it runs, and what is known of it afterwards.
pub struct Stage {
    title: &'static str,
    counts: Counts,
    problems: Vec<String>,
    time: Duration,
}

impl Stage {
    /// Runs one under its heading.
    pub fn run(title: &'static str, run: impl FnOnce(&mut Stage)) -> Stage {
        println!("\n=== {title} ===");
        let begin = Instant::now();
        let mut stage = Stage {
            title,
            counts: Counts::default(),
            problems: Vec::new(),
            time: Duration::ZERO,
        };
        run(&mut stage);
        stage.time = begin.elapsed();
        println!("=== {title}: {} in {:.1?} ===", stage.counts, stage.time);
        stage
    }

    /// Runs a program that prints totals (cargo test, node --test) and counts them. Returns the names and reasons of
    /// the tests that it ignored.
    pub fn tests(&mut self, command: Cmd<'_>) -> Vec<(String, String)> {
        let mut counts = Counts::default();
        let mut ignored = Vec::new();
        let mut result = relay(command, |line| {
            counts.read(line);
            ignored.extend(ignored_test(line));
        });
        if result.is_ok() && counts == Counts::default() {
            // A filter or a name that matches nothing would otherwise look like success.
            result = Err(Error::msg("it ran no test"));
        }
        if let Err(error) = result {
            // Not compiled, crashed or empty: no total counts that.
            counts.failed = counts.failed.max(1);
            self.problem(format!("{error:#}"));
        }
        self.counts += counts;
        ignored
    }

    /// Runs tests that an earlier program ignored: they are skipped no longer.
    pub fn ignored_tests(&mut self, command: Cmd<'_>) {
        let before = self.counts;
        self.tests(command);
        let ran = self.counts.passed + self.counts.failed - before.passed - before.failed;
        self.counts.skipped = before.skipped.saturating_sub(ran);
    }

    /// Counts one check that is no test runner. Returns what it made.
    pub fn check<T>(&mut self, name: &str, check: impl FnOnce() -> Result<T>) -> Option<T> {
        match check() {
            Ok(made) => {
                println!("check {name} ... ok");
                self.counts.passed += 1;
                Some(made)
            }
            Err(error) => {
                println!("check {name} ... FAILED");
                self.counts.failed += 1;
                self.problem(format!("{name}: {error:#}"));
                None
            }
        }
    }

    /// Counts what could not run here, and says so.
    pub fn skip(&mut self, why: impl Display) {
        self.counts.skipped += 1;
        self.problem(format!("skipped: {why}"));
    }

    fn problem(&mut self, problem: String) {
        eprintln!("!!! {problem}");
        self.problems.push(problem);
    }
}

/// The name and the reason in cargo's line for a test that is ignored.
fn ignored_test(line: &str) -> Option<(String, String)> {
    let (name, reason) = line.strip_prefix("test ")?.split_once(" ... ignored, ")?;
    Some((name.to_owned(), reason.to_owned()))
}

/// Prints every stage and, as the last line, the sum. Returns whether nothing failed.
pub fn summarize(stages: &[Stage], note: Option<&str>) -> bool {
    let mut total = Counts::default();
    println!("\n=== summary ===");
    for stage in stages {
        let counts = stage.counts.to_string();
        println!("{:<10} {counts:<42} {:>8.1?}", stage.title, stage.time);
        for problem in &stage.problems {
            println!("           {problem}");
        }
        total += stage.counts;
    }
    if let Some(note) = note {
        println!("{note}");
    }
    println!("{total}");
    total.failed == 0
}

/// Runs a program, shows its standard output as it comes and gives each line to `read` too.
fn relay(command: Cmd<'_>, mut read: impl FnMut(&str)) -> Result<()> {
    let line = command.to_string();
    eprintln!("$ {line}");
    let mut child = Command::from(command)
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("could not start `{line}`"))?;
    let mut output = BufReader::new(child.stdout.take().context("its output was not piped")?);
    let mut bytes = Vec::new();
    while output.read_until(b'\n', &mut bytes)? > 0 {
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_end_matches(['\r', '\n']);
        println!("{text}");
        read(text);
        bytes.clear();
    }
    let status = child.wait()?;
    ensure!(status.success(), "`{line}` failed ({status})");
    Ok(())
}

#[cfg(test)]
mod tests {
    use xshell::{Shell, cmd};

    use super::*;

    fn ran(script: &str) -> Stage {
        let sh = Shell::new().unwrap();
        Stage::run("script", |stage| {
            drop(stage.tests(cmd!(sh, "sh -c {script}")))
        })
    }

    fn counts(passed: u32, failed: u32, skipped: u32) -> Counts {
        Counts {
            passed,
            failed,
            skipped,
        }
    }

    #[test]
    fn totals_of_a_runner_are_counted() {
        let stage = ran("echo 'test result: ok. 2 passed; 0 failed; 1 ignored'; printf 'ℹ pass 3'");
        assert_eq!(stage.counts, counts(5, 0, 1));
        assert!(stage.problems.is_empty());
    }

    #[test]
    fn a_runner_that_fails_before_its_totals_counts_as_one_failure() {
        let stage = ran("exit 101");
        assert_eq!(stage.counts, counts(0, 1, 0));
        assert!(stage.problems[0].contains("exit status: 101"));
    }

    #[test]
    fn a_runner_that_runs_nothing_is_a_failure() {
        let stage = ran("echo 'test result: ok. 0 passed; 0 failed; 0 ignored'");
        assert_eq!(stage.counts, counts(0, 1, 0));
        assert_eq!(stage.problems, ["it ran no test"]);
    }

    #[test]
    fn ignored_tests_are_named_and_skipped_until_they_run() {
        let sh = Shell::new().unwrap();
        let first = "echo 'test a::b ... ignored, needs sh: a shell'; echo 'test result: ok. 4 passed; 0 failed; 3 ignored'";
        let second = "echo 'test result: FAILED. 1 passed; 1 failed; 0 ignored; 7 filtered out'";
        let stage = Stage::run("both", |stage| {
            let ignored = stage.tests(cmd!(sh, "sh -c {first}"));
            assert_eq!(ignored, [("a::b".into(), "needs sh: a shell".into())]);
            stage.ignored_tests(cmd!(sh, "sh -c {second}"));
        });
        assert_eq!(stage.counts, counts(5, 1, 1));
    }

    #[test]
    fn a_check_that_cannot_be_made_is_counted_and_fails_nothing() {
        let stage = Stage::run("alone", |stage| stage.skip("no such program here"));
        assert_eq!(stage.counts, counts(0, 0, 1));
        assert!(summarize(&[stage], Some("no such program here")));
    }

    #[test]
    fn a_failed_check_fails_the_sum_and_keeps_nothing_from_running() {
        let stage = Stage::run("both", |stage| {
            stage.check("one", || -> Result<()> { Err(Error::msg("no")) });
            assert_eq!(stage.check("another", || Ok(7)), Some(7));
        });
        assert_eq!(stage.counts, counts(1, 1, 0));
        assert_eq!(stage.problems, ["one: no"]);
        assert!(!summarize(&[stage], None));
    }
}
