//! A training run in a process of its own, which reports its events as JSON Lines.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::io::output::note;
use crate::learn::fit::Event;

/// Runs a `fit --json` to its end. Its epochs are reported on standard error after `name`. The file `messages`
/// keeps them too, among the process's own messages.
///
/// # Errors
/// The error that the process reported.
pub fn run(mut command: Command, messages: &Path, name: &str, epochs: usize) -> Result<()> {
    let kept = || format!("cannot write {}", messages.display());
    let mut file = File::create(messages).with_context(kept)?;
    // Both handles write where the other one ended.
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(file.try_clone().with_context(kept)?)
        .spawn()?;
    let mut failure = None;
    for line in child
        .stdout
        .take()
        .into_iter()
        .flat_map(|it| BufReader::new(it).lines())
    {
        let line = line.context("cannot read the events of the training process")?;
        let event = serde_json::from_str(&line);
        match event.with_context(|| format!("no event of a training run: {line}"))? {
            Event::Epoch { entry, .. } => {
                let line = entry.line(epochs);
                note(format_args!("{name}   {line}"));
                writeln!(file, "{line}").with_context(kept)?;
            }
            Event::Finished { path, model, .. } => {
                writeln!(file, "wrote {path} ({model})").with_context(kept)?;
            }
            Event::Failed { error } => failure = Some(error),
            _ => {}
        }
    }
    let status = child.wait()?;
    match (status.success(), failure) {
        (true, _) => Ok(()),
        (false, Some(error)) => bail!(error),
        (false, None) => bail!(
            "the training process ended with {status}: its messages are in {}",
            messages.display()
        ),
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::data::corpus::tests::scratch;

    fn shell(script: &str) -> Result<()> {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        run(command, &scratch("child").join("messages.txt"), "fold 0", 9)
    }

    #[test]
    fn a_process_fails_with_the_error_that_it_reports() {
        shell("echo '{\"event\":\"finished\",\"path\":\"x\",\"model\":\"y\",\"metrics\":{}}'")
            .unwrap();
        let failed =
            "echo '{\"event\":\"failed\",\"error\":\"disk full\"}'; echo prose >&2; exit 1";
        assert_eq!(shell(failed).unwrap_err().to_string(), "disk full");
        let killed = shell("echo prose >&2; kill -9 $$").unwrap_err().to_string();
        assert!(killed.contains("messages.txt"), "{killed}");
        assert!(
            shell("echo prose").is_err(),
            "standard output holds events alone"
        );
    }
}
