//! The stages of a test run: each is timed and counted, and none keeps the next from running.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Error, Result};

use crate::counts::Counts;
use crate::process;

/// A stage while it runs.
#[derive(Default)]
pub struct Stage {
    counts: Counts,
    problems: Vec<String>,
}

impl Stage {
    /// Runs a program that prints totals (cargo test, node --test) and counts them.
    pub fn tests(&mut self, command: &mut Command) {
        let mut counts = Counts::default();
        let mut result = process::stream(command, |line| counts.read(line));
        if result.is_ok() && counts == Counts::default() {
            // A filter or a name that matches nothing would otherwise look like success.
            result = Err(Error::msg("it ran no test"));
        }
        if let Err(error) = result {
            // Not compiled, crashed or empty: no total counts that.
            counts.failed = counts.failed.max(1);
            self.problem(&error);
        }
        self.counts += counts;
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
                self.fail(&error.context(name.to_owned()));
                None
            }
        }
    }

    /// Counts what could not run here, and says so.
    pub fn skip(&mut self, why: &str) {
        println!("!!! SKIPPED: {why}");
        self.counts.skipped += 1;
        self.problems.push(format!("skipped: {why}"));
    }

    /// Counts one failure.
    pub fn fail(&mut self, error: &Error) {
        self.counts.failed += 1;
        self.problem(error);
    }

    fn problem(&mut self, error: &Error) {
        let problem = format!("{error:#}");
        eprintln!("error: {problem}");
        self.problems.push(problem);
    }
}

/// What is known of the stages that ran.
#[derive(Default)]
pub struct Report {
    ran: Vec<Outcome>,
    /// Titles of the stages to run; all of them where there is none.
    only: Vec<String>,
    /// Titles of those that were left out.
    left_out: Vec<&'static str>,
}

struct Outcome {
    title: &'static str,
    stage: Stage,
    time: Duration,
}

impl Report {
    /// Of these stages alone, or of all.
    pub fn only(titles: &[String]) -> Report {
        Report {
            only: titles.to_vec(),
            ..Report::default()
        }
    }

    /// Runs one stage under its heading.
    pub fn run(&mut self, title: &'static str, run: impl FnOnce(&mut Stage)) {
        if !self.only.is_empty() && !self.only.iter().any(|only| only == title) {
            self.left_out.push(title);
            return;
        }
        println!("\n=== {title} ===");
        let begin = Instant::now();
        let mut stage = Stage::default();
        run(&mut stage);
        let time = begin.elapsed();
        println!("=== {title}: {} in {} ===", stage.counts, seconds(time));
        self.ran.push(Outcome { title, stage, time });
    }

    /// Prints every stage and, as the last line, the sum. Returns whether nothing failed.
    pub fn finish(self, notes: &[&str]) -> bool {
        let mut total = Counts::default();
        println!("\n=== summary ===");
        for Outcome { title, stage, time } in &self.ran {
            println!(
                "{title:<10} {:<42} {:>8}",
                stage.counts.to_string(),
                seconds(*time)
            );
            for problem in &stage.problems {
                println!("           {problem}");
            }
            total += stage.counts;
        }
        for note in notes {
            println!("{note}");
        }
        let is_there = |title: &&String| self.ran.iter().any(|it| it.title == *title);
        for title in self.only.iter().filter(|title| !is_there(title)) {
            println!(
                "no stage is called {title}: there are {}",
                self.left_out.join(", ")
            );
            total.failed += 1;
        }
        println!("{total}");
        total.failed == 0
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn totals_of_a_runner_are_counted() {
        let mut stage = Stage::default();
        stage.tests(&mut sh(
            "echo 'test result: ok. 2 passed; 0 failed; 1 ignored'",
        ));
        assert_eq!(
            stage.counts,
            Counts {
                passed: 2,
                failed: 0,
                skipped: 1
            }
        );
        assert!(stage.problems.is_empty());
    }

    #[test]
    fn a_runner_that_fails_before_its_totals_counts_as_one_failure() {
        let mut stage = Stage::default();
        stage.tests(&mut sh("exit 101"));
        assert_eq!(stage.counts.failed, 1);
        assert!(stage.problems[0].contains("exit status: 101"));
    }

    #[test]
    fn a_runner_that_runs_nothing_is_a_failure() {
        let mut stage = Stage::default();
        stage.tests(&mut sh(
            "echo 'test result: ok. 0 passed; 0 failed; 0 ignored'",
        ));
        assert_eq!(stage.counts.failed, 1);
        assert_eq!(stage.problems, ["it ran no test"]);
    }

    #[test]
    fn a_check_that_cannot_be_made_is_counted_and_fails_nothing() {
        let mut report = Report::default();
        report.run("alone", |stage| stage.skip("no such program here"));
        assert_eq!(report.ran[0].stage.counts.skipped, 1);
        assert!(report.finish(&["no such program here"]));
    }

    #[test]
    fn stages_that_are_not_asked_for_do_not_run() {
        let mut report = Report::only(&["second".into()]);
        report.run("first", |_| panic!("it was not asked for"));
        report.run("second", |stage| {
            stage.check("a check", || Ok(()));
        });
        assert_eq!(report.ran.len(), 1);
        assert!(report.finish(&[]));
        let mut report = Report::only(&["third".into()]);
        report.run("first", |_| panic!("it was not asked for"));
        assert!(!report.finish(&[]), "a slip of the finger is no success");
    }

    #[test]
    fn a_failed_stage_fails_the_report_after_the_others_ran() {
        let mut report = Report::default();
        let mut later = false;
        report.run("first", |stage| {
            stage.check("a check", || -> Result<()> { Err(Error::msg("no")) });
        });
        report.run("second", |stage| {
            later = stage.check("another", || Ok(7)) == Some(7)
        });
        assert!(later);
        assert!(!report.finish(&[]));
    }
}
