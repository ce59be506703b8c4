//! An error that waits for the next call.

use crate::error::{Error, Result};

/// The error of a call that had results to return, which would otherwise be lost.
#[derive(Debug, Default)]
pub(super) struct Postponed(Option<Error>);

impl Postponed {
    /// Fails with the error of the call before.
    pub fn check(&mut self) -> Result<()> {
        self.0.take().map_or(Ok(()), Err)
    }

    /// Returns the results of a call. Its error waits for the next call where there are results.
    pub fn give<T>(&mut self, results: T, are_none: bool, outcome: Result<()>) -> Result<T> {
        match outcome {
            Err(error) if are_none => Err(error),
            outcome => {
                self.0 = outcome.err();
                Ok(results)
            }
        }
    }

    /// Drops the error with its input.
    pub fn reset(&mut self) {
        self.0 = None;
    }
}
