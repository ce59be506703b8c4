//! The program `train`.

use std::process::ExitCode;

fn main() -> ExitCode {
    emotionai_voice_train::commands::main()
}
