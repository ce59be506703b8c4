//! `train completions`: a script that completes commands and options in a shell.

use anyhow::Result;
use clap::{Args, Command};
use clap_complete::Shell;

use crate::io::output::print;

const EXAMPLES: &str = "\
Examples:
  train completions bash > ~/.local/share/bash-completion/completions/train
  train completions zsh > ~/.zfunc/_train                         # with ~/.zfunc in $fpath
  train completions fish > ~/.config/fish/completions/train.fish
  train completions powershell >> $PROFILE";

/// Options of `completions`.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct CompletionsArgs {
    /// The shell.
    shell: Shell,
}

/// Prints the script for `command`.
pub fn run(args: &CompletionsArgs, mut command: Command) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "train", &mut script);
    print(&String::from_utf8(script)?)
}
