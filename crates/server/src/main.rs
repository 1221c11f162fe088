//! The `ermu` program.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    ermu_server::run(ermu_server::Cli::parse())
}
