//! The project's own commands. `cargo xtask --help` lists them; each does its set-up by itself.

mod bench;
mod corpus;
mod counts;
mod docs;
mod files;
mod fixtures;
mod librosa;
mod package;
mod serve;
mod site;
mod spark;
mod stage;
mod suite;
mod tools;
mod weights;
mod workspace;

use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, ensure};
use clap::builder::PossibleValuesParser;
use clap::{Parser, Subcommand};

use workspace::Workspace;

/// Builds, serves and tests EmotionAI Voice.
///
/// Needs rustup (with a C linker), Node 20 or newer with npm, and, for `test`, browsers or apt to
/// install them. Everything else is fetched on the first run, and named before: the wasm32 target, npm packages, browsers.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the npm package into pkg/ (wasm in release, TypeScript, model, licences).
    ///
    /// The first build takes minutes (fat LTO); one without changes takes a second. A build that fails
    /// leaves pkg/ as it was.
    Build,
    /// Write the package's API reference (src/js/docs/api) from its types.
    ///
    /// It is kept in the repository, and `test` fails where it is not what the types say.
    Docs,
    /// Fetch what the other commands need: the wasm32 target, npm packages, browsers (by apt, where they are missing).
    ///
    /// They do so by themselves, too, each for what it needs.
    Setup {
        /// Also what `test --full` needs: WebKit, and a display for it.
        #[arg(long)]
        full: bool,
    },
    /// Build everything and assemble the demo in www/dist/, for any static host.
    ///
    /// These are the files of www/ with the package and the weights of the baseline beside them.
    Site,
    /// Build everything and serve the demo over HTTP until Ctrl-C.
    ///
    /// Edits in www/ show at the next reload, those of the package after `cargo xtask build` in another terminal.
    /// Browsers open the microphone only in a secure context: http://localhost is one, the address of
    /// this machine in a network is not (put an HTTPS proxy in front for that).
    Serve {
        /// TCP port; 0 takes any free one.
        #[arg(long, default_value_t = 8080)]
        port: u16,
        /// Address to listen on; 0.0.0.0 opens the demo to the network, without the microphone.
        #[arg(long, default_value = "127.0.0.1")]
        host: IpAddr,
    },
    /// Run every test: host (Flex and ndarray), wasm under Node, npm package, Chromium, projects that
    /// install the package, Firefox.
    ///
    /// Later stages run though an earlier one failed, so one run reports everything; the last line is the
    /// sum, and the exit status is not 0 if anything failed.
    ///
    /// Environment: RAVDESS_DIR names an unpacked RAVDESS tree (Actor_01/03-01-….wav); without it the tests
    /// on real recordings are skipped or use a synthetic voice, and say so. CORPORA_DIR names a folder with esc-10, emo-db,
    /// emovo and librispeech, on which voice activity detection is judged. CHROMIUM, FIREFOX and WEBKIT
    /// (its WebDriver) name what to use, instead of what is on the PATH or what apt installs; so do
    /// PULSEAUDIO and XVFB, which Firefox and WebKit need on a machine without sound or screen.
    Test {
        /// Also run the host tests in a build without the ndarray feature, the compiler over the backends for
        /// graphics cards, an hour of audio through the page, the package in WebKit and behind every bundler
        /// (Vite, webpack, Next.js), exported models in ONNX Runtime and the comparison with librosa (both
        /// from PyPI; skipped without Python), the Spark recipe (which needs Java, and fetches Spark from PyPI
        /// on the first run), and the benchmark.
        #[arg(long)]
        full: bool,
        /// Stages to run alone, by their headings, those of --full among them: such as wasm, or package bundlers.
        /// All after package need what that built.
        #[arg(value_parser = PossibleValuesParser::new(suite::titles()))]
        stages: Vec<String>,
    },
    /// Time a window of the shipped model in Chromium, and of other model files beside it.
    ///
    /// The models take turns in one run; the ratios mean more than the milliseconds.
    Bench {
        /// Model files (.emo) to compare with the shipped one.
        models: Vec<PathBuf>,
    },
    /// Take the picture of the demo that the README shows (www/screenshot.png).
    Screenshot {
        /// A WAV to show the answer for [default: the synthetic voice].
        recording: Option<PathBuf>,
    },
    /// Compare `train preprocess` with librosa: the same arrays, and how much faster.
    ///
    /// On RAVDESS where RAVDESS_DIR names it, else on synthetic voices. Needs Python with venv; librosa
    /// comes from PyPI on the first run.
    Librosa,
    /// Train the weights that ship once more, and put them into src/weights.
    ///
    /// On the recordings that RAVDESS_DIR names, with the calibrations that the cross-validations in train/experiments
    /// say. The same recordings on the same machine give the same files.
    Weights {
        /// Networks to train; the others stay as they are [default: all].
        #[arg(value_parser = weights::names())]
        networks: Vec<String>,
    },
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(true) => ExitCode::SUCCESS,
        // What failed was said where it failed; the last line is the sum.
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs a command; `false` when tests ran and some of them failed.
fn run(command: Command) -> Result<bool> {
    let workspace = &Workspace::find()?;
    match command {
        Command::Build => package::build(workspace)?,
        Command::Docs => docs::write(workspace)?,
        Command::Setup { full } => tools::setup(workspace, full)?,
        Command::Site => {
            package::build(workspace)?;
            println!("{}", site::assemble(workspace)?.display());
        }
        Command::Serve { port, host } => serve::serve(workspace, host, port)?,
        Command::Bench { models } => bench::run(workspace, &models)?,
        Command::Screenshot { recording } => bench::screenshot(workspace, recording)?,
        Command::Librosa => {
            suite::build_trainer(workspace)?;
            ensure!(librosa::run(workspace)?, tools::NO_PYTHON);
        }
        Command::Weights { networks } => weights::run(workspace, &networks)?,
        Command::Test { full, stages } => return suite::run(workspace, full, &stages),
    }
    Ok(true)
}
