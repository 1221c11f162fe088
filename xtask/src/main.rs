//! Set-up, model fetching, demo, tests and checks of Ermu: `cargo xtask --help`.
//!
//! Compiles in seconds and needs nothing but Rust, so that it can install what everything else needs.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it is a command-line program")]

mod bars;
mod check;
mod demo;
mod models;
mod npz;
mod process;
mod setup;
mod whisper;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Set-up, models, demo, tests and checks of Ermu", disable_version_flag = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install what is missing, fetch the models, build, and place a real call to a local server
    Demo(demo::DemoArgs),
    /// Run the whole test suite, after installing and fetching what it needs
    Test,
    /// Check format, lints, documentation and the architecture
    Check,
    /// Measure what was promised and say what holds
    Bars(bars::BarsArgs),
    /// Fetch, verify or list the model files
    #[command(subcommand)]
    Models(models::ModelsCommand),
    /// Install the system packages that building and testing need
    Setup,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = process::enter_root().and_then(|()| match cli.command {
        Command::Demo(args) => demo::run(&args),
        Command::Test => check::test(),
        Command::Check => check::check(),
        Command::Bars(args) => bars::run(&args),
        Command::Models(command) => models::run(command),
        Command::Setup => setup::run(setup::Purpose::Test),
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
