//! wasm-bindgen's test runner (under Node). A program of its own: `cargo xtask serve` need not wait until it is compiled.

fn main() -> anyhow::Result<()> {
    wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(std::env::args_os())
}
