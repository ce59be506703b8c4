//! How many tests passed, read from what cargo, wasm-bindgen and Node print.

use std::fmt;
use std::ops::AddAssign;

/// What became of some tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Ran and held.
    pub passed: u32,
    /// Ran and did not hold, or could not run.
    pub failed: u32,
    /// Ignored or skipped.
    pub skipped: u32,
}

impl Counts {
    /// Reads one line of a test runner's output. Lines that hold no total change nothing.
    ///
    /// - cargo and wasm-bindgen: `test result: ok. 5 passed; 0 failed; 1 ignored; …`, one for each binary.
    /// - Node: `ℹ pass 5` (reporter spec) or `# pass 5` (reporter tap), one line for each kind of result.
    pub fn read(&mut self, line: &str) {
        let line = without_colours(line);
        if let Some(totals) = line.trim_start().strip_prefix("test result: ") {
            for part in totals.split([';', '.']) {
                self.add(
                    part.trim()
                        .split_once(' ')
                        .map(|(number, kind)| (kind, number)),
                );
            }
        } else if let Some(total) = line.strip_prefix("ℹ ").or_else(|| line.strip_prefix("# ")) {
            self.add(total.split_once(' '));
        }
    }

    fn add(&mut self, total: Option<(&str, &str)>) {
        let Some((kind, number)) = total else { return };
        let Ok(number) = number.parse::<u32>() else {
            return;
        };
        match kind {
            "passed" | "pass" => self.passed += number,
            "failed" | "fail" | "cancelled" => self.failed += number,
            "ignored" | "skipped" | "todo" => self.skipped += number,
            _ => {}
        }
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} passed, {} failed, {} skipped",
            self.passed, self.failed, self.skipped
        )
    }
}

/// Drops terminal colour codes (`ESC [ … m`).
fn without_colours(line: &str) -> String {
    let mut parts = line.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + part.split_once('m').map_or(part, |(_, rest)| rest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> Counts {
        let mut counts = Counts::default();
        lines.iter().for_each(|line| counts.read(line));
        counts
    }

    #[test]
    fn cargo_totals_add_up_over_binaries() {
        let counts = read(&[
            "running 3 tests",
            "test wav::reads ... ok",
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 7 filtered out; finished in 0.01s",
            "test result: FAILED. 10 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.50s",
        ]);
        assert_eq!(
            counts,
            Counts {
                passed: 13,
                failed: 2,
                skipped: 1
            }
        );
    }

    #[test]
    fn wasm_bindgen_totals_are_read() {
        let line =
            "test result: ok. 41 passed; 0 failed; 0 ignored; 0 filtered out; finished in 2.18s";
        assert_eq!(
            read(&[line]),
            Counts {
                passed: 41,
                failed: 0,
                skipped: 0
            }
        );
    }

    #[test]
    fn node_totals_are_read_from_both_reporters() {
        let kinds = [
            "tests 9",
            "suites 1",
            "pass 4",
            "fail 1",
            "cancelled 1",
            "skipped 2",
            "todo 1",
            "duration_ms 65.2",
        ];
        for mark in ["ℹ ", "# "] {
            let lines: Vec<String> = kinds.iter().map(|kind| format!("{mark}{kind}")).collect();
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            assert_eq!(
                read(&lines),
                Counts {
                    passed: 4,
                    failed: 2,
                    skipped: 3
                }
            );
        }
    }

    #[test]
    fn colours_do_not_hide_a_total() {
        assert_eq!(read(&["\u{1b}[34mℹ pass 4\u{1b}[39m"]).passed, 4);
        assert_eq!(
            read(&["test result: \u{1b}[32mok\u{1b}[0m. 5 passed; 0 failed"]).passed,
            5
        );
    }

    #[test]
    fn other_lines_count_nothing() {
        let lines = [
            "",
            "# pass",
            "ℹ pass on",
            "pass 4",
            "  ℹ pass 4",
            "test result",
            "4 passed",
            "# Subtest: fail 3",
        ];
        assert_eq!(read(&lines), Counts::default());
    }
}
