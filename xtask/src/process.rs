//! Running other programs, with errors that say which one, how it ended and what to do.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use anyhow::{Context, Error, Result, bail};

/// The cargo that runs this program, or else the one on the PATH, in a folder.
pub fn cargo(directory: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(directory);
    command
}

/// Runs a program, its output going to ours. An exit status other than 0 is an error.
pub fn run(command: &mut Command) -> Result<()> {
    announce(command);
    let status = command
        .status()
        .map_err(|error| not_started(command, error))?;
    check(command, status)
}

/// Runs a program and returns its standard output.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| not_started(command, error))?;
    check(command, output.status)?;
    String::from_utf8(output.stdout)
        .with_context(|| format!("the output of `{}` is not UTF-8", line(command)))
}

/// Runs a program, shows its standard output as it comes and gives each line to `read` too.
pub fn stream(command: &mut Command, mut read: impl FnMut(&str)) -> Result<()> {
    announce(command);
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| not_started(command, error))?;
    let status = relay(&mut child, &mut read);
    if status.is_err() {
        // The reader failed, not the program: do not leave it behind.
        child.kill().ok();
    }
    check(command, status?)
}

fn relay(child: &mut Child, read: &mut impl FnMut(&str)) -> Result<ExitStatus> {
    let mut lines = BufReader::new(
        child
            .stdout
            .take()
            .context("the program's output was not piped")?,
    );
    let mut bytes = Vec::new();
    while lines.read_until(b'\n', &mut bytes)? > 0 {
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_end_matches(['\r', '\n']);
        println!("{text}");
        read(text);
        bytes.clear();
    }
    Ok(child.wait()?)
}

/// Where a program lies on the PATH.
pub fn find(program: impl AsRef<Path>) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(&program))
        .find(|file| file.is_file())
}

fn announce(command: &Command) {
    eprintln!("$ {}", line(command));
}

fn check(command: &Command, status: ExitStatus) -> Result<()> {
    if !status.success() {
        bail!("`{}` failed ({status})", line(command));
    }
    Ok(())
}

fn not_started(command: &Command, error: std::io::Error) -> Error {
    let program = command.get_program().to_string_lossy();
    let missing = error.kind() == ErrorKind::NotFound;
    let advice = match program.as_ref() {
        _ if !missing => "",
        "node" | "npm" => ": install Node.js 20 or newer with npm",
        "rustc" | "rustup" | "cargo" => ": install Rust with rustup",
        _ => ": it is not installed, or not on the PATH",
    };
    Error::new(error).context(format!("could not start `{program}`{advice}"))
}

/// The command as one could type it.
fn line(command: &Command) -> String {
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(word).collect::<Vec<_>>().join(" ")
}

fn word(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    if word.contains(char::is_whitespace) {
        format!("'{word}'")
    } else {
        word.into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_shows_the_program_without_its_folder_and_quotes_spaces() {
        let mut command = Command::new("/usr/bin/cargo");
        command.args(["test", "--config", "a = 1"]);
        assert_eq!(line(&command), "cargo test --config 'a = 1'");
    }

    #[test]
    fn a_missing_program_says_what_to_install() {
        let error = not_started(&Command::new("npm"), ErrorKind::NotFound.into());
        assert_eq!(
            error.to_string(),
            "could not start `npm`: install Node.js 20 or newer with npm"
        );
    }

    #[test]
    fn stream_gives_every_line_and_reports_the_exit_status() {
        let mut lines = Vec::new();
        let result = stream(
            Command::new("sh").args(["-c", "echo one; printf two; exit 3"]),
            |line| lines.push(line.to_owned()),
        );
        assert_eq!(lines, ["one", "two"]);
        assert!(result.is_err_and(|error| error.to_string().contains("exit status: 3")));
    }
}
