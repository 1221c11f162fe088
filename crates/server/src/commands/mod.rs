//! The command line.

mod bench;
mod call;
mod chat;
mod eval;
mod photo;
mod say;
mod serve;
mod shop;
mod talk;
mod template;
mod tickets;
mod transcribe;

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};

use crate::{config::Config, terminal};

/// Ermu 耳目: customer service that hears and sees.
#[derive(Debug, Parser)]
#[command(name = "ermu", version, about, propagate_version = true)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
struct Global {
    /// Configuration file; docs/ermu.toml shows every setting
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Take calls
    Serve(serve::ServeArgs),
    /// Place a scripted call to a server
    Call(call::CallArgs),
    /// Print the words of a recording
    Transcribe(transcribe::TranscribeArgs),
    /// Look for damage on a photo
    Photo(photo::PhotoArgs),
    /// Write the sheet to print for an article that is hung on a wall
    Template(template::TemplateArgs),
    /// Speak a text into a WAV file
    Say(say::SayArgs),
    /// Talk to Ermu through this machine's microphone and loudspeaker
    Talk(talk::TalkArgs),
    /// Talk to Ermu in writing, in this terminal
    Chat(chat::ChatArgs),
    /// Check a shop pack
    Shop(shop::ShopArgs),
    /// Take tickets out as a file, or in from one
    Tickets(tickets::TicketsArgs),
    /// Measure scripted calls
    Bench(bench::BenchArgs),
    /// Evaluate what Ermu understands and decides
    Eval(eval::EvalArgs),
}

/// Runs a command. Errors are printed with what led to them; the exit code says whether it worked.
pub fn run(cli: Cli) -> ExitCode {
    let level = if matches!(cli.command, Command::Serve(_)) { "info" } else { "warn" };
    terminal::start_logging(level);
    match dispatch(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::note(format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn dispatch(cli: Cli) -> anyhow::Result<()> {
    let config = match &cli.global.config {
        Some(path) => Config::read(path)?,
        None => Config::default(),
    };
    let runtime = || tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match cli.command {
        Command::Serve(args) => runtime()?.block_on(args.run(config)),
        Command::Call(args) => runtime()?.block_on(args.run()),
        Command::Transcribe(args) => args.run(&config),
        Command::Photo(args) => args.run(&config),
        Command::Template(args) => args.run(&config),
        Command::Say(args) => args.run(&config),
        Command::Talk(args) => runtime()?.block_on(args.run(config)),
        Command::Chat(args) => args.run(&config),
        Command::Shop(args) => args.run(),
        Command::Tickets(args) => runtime()?.block_on(args.run(&config)),
        Command::Bench(args) => runtime()?.block_on(args.run(config)),
        Command::Eval(args) => runtime()?.block_on(args.run(config)),
    }
}
