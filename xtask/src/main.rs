//! The project's own commands. `cargo xtask --help` lists them; each does its set-up by itself.

mod bench;
mod bindgen;
mod corpus;
mod counts;
mod debian;
mod docs;
mod files;
mod fixtures;
mod librosa;
mod npm;
mod package;
mod process;
mod python;
mod rust;
mod serve;
mod site;
mod spark;
mod stage;
mod static_files;
mod suite;
mod tarball;
mod typescript;
mod weights;
mod workspace;

use std::ffi::OsString;
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use workspace::Workspace;

/// Builds, serves and tests EmotionAI Voice.
///
/// Needs rustup (with a C linker), Node 20 or newer with npm, and, for `test`, browsers or apt to
/// install them. Everything else is fetched on the first run: the wasm32 target, npm packages, browsers.
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
    /// Build everything and serve the demo over HTTP until Ctrl-C.
    ///
    /// The demo is assembled in www/dist/: the files of www/ with the package and the weights of the baseline beside them.
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
    /// on real recordings are skipped or use a synthetic voice, and say so. CHROMIUM, FIREFOX and WEBKIT
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
        stages: Vec<String>,
    },
    /// Time a window of the shipped model in Chromium, and of other model files beside it.
    ///
    /// The models take turns in one run; the ratios mean more than the milliseconds.
    Bench {
        /// Model files (.emo) to compare with the shipped one.
        models: Vec<PathBuf>,
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
    /// What `cargo test --target wasm32-unknown-unknown` starts for each test binary (.cargo/config.toml).
    #[command(hide = true)]
    WasmTestRunner {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        arguments: Vec<OsString>,
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
    match command {
        Command::Build => package::build(&Workspace::find()?)?,
        Command::Docs => docs::write(&Workspace::find()?)?,
        Command::Serve { port, host } => serve::serve(&Workspace::find()?, host, port)?,
        Command::Bench { models } => bench::run(&Workspace::find()?, &models)?,
        Command::Librosa => {
            let workspace = Workspace::find()?;
            process::run(&mut suite::build_trainer(&workspace))?;
            if !librosa::run(&workspace, &workspace.trainer())? {
                anyhow::bail!(python::ABSENT);
            }
        }
        Command::Weights { networks } => weights::run(&Workspace::find()?, &networks)?,
        Command::Test { full, stages } => {
            return suite::run(&Workspace::find()?, full, &stages);
        }
        Command::WasmTestRunner { arguments } => {
            let program = OsString::from("wasm-bindgen-test-runner");
            wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(
                [program].into_iter().chain(arguments),
            )?;
        }
    }
    Ok(true)
}
