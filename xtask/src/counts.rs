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
    /// - Node: `ℹ pass 5` (reporter spec), one line for each kind of result.
    pub fn read(&mut self, line: &str) {
        let line = without_colours(line);
        if let Some(totals) = line.trim_start().strip_prefix("test result: ") {
            let parts = totals.split([';', '.']);
            let parts = parts.filter_map(|part| part.trim().split_once(' '));
            parts.for_each(|(number, kind)| self.add(kind, number));
        } else if let Some((kind, number)) =
            line.strip_prefix("ℹ ").and_then(|it| it.split_once(' '))
        {
            self.add(kind, number);
        }
    }

    fn add(&mut self, kind: &str, number: &str) {
        let count = match kind {
            "passed" | "pass" => &mut self.passed,
            "failed" | "fail" | "cancelled" => &mut self.failed,
            "ignored" | "skipped" | "todo" => &mut self.skipped,
            _ => return,
        };
        *count += number.parse().unwrap_or(0);
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
        let Self {
            passed,
            failed,
            skipped,
        } = self;
        write!(f, "{passed} passed, {failed} failed, {skipped} skipped")
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

    fn assert_read(text: &str, passed: u32, failed: u32, skipped: u32) {
        let mut counts = Counts::default();
        text.lines().for_each(|line| counts.read(line));
        assert_eq!(
            (counts.passed, counts.failed, counts.skipped),
            (passed, failed, skipped),
            "{text}"
        );
    }

    #[test]
    fn totals_of_cargo_and_wasm_bindgen_add_up_over_binaries() {
        let text = "running 3 tests\n\
            test wav::reads ... ok\n\
            test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 7 filtered out; finished in 0.01s\n\
            test result: FAILED. 10 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.50s\n\
            test result: ok. 41 passed; 0 failed; 0 ignored; 0 filtered out; finished in 2.18s";
        assert_read(text, 54, 2, 1);
    }

    #[test]
    fn totals_of_node_are_read() {
        let text = "ℹ tests 9\nℹ suites 1\nℹ pass 4\nℹ fail 1\nℹ cancelled 1\nℹ skipped 2\nℹ todo 1\nℹ duration_ms 65.2";
        assert_read(text, 4, 2, 3);
    }

    #[test]
    fn colours_do_not_hide_a_total() {
        assert_read("\u{1b}[34mℹ pass 4\u{1b}[39m", 4, 0, 0);
        assert_read(
            "test result: \u{1b}[32mok\u{1b}[0m. 5 passed; 0 failed",
            5,
            0,
            0,
        );
    }

    #[test]
    fn other_lines_count_nothing() {
        assert_read(
            "\nℹ pass\nℹ pass on\npass 4\n  ℹ pass 4\ntest result\n4 passed\n# Subtest: fail 3",
            0,
            0,
            0,
        );
    }
}
