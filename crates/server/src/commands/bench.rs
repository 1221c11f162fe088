use clap::{Args, Subcommand};

use crate::{
    bench::{asr, emotion, latency, turns},
    config::Config,
};

#[derive(Debug, Args)]
pub(super) struct BenchArgs {
    #[command(subcommand)]
    what: Bench,
}

#[derive(Debug, Subcommand)]
enum Bench {
    /// Place scripted calls: latency by stage, CPU time, memory
    Latency(latency::LatencyArgs),
    /// Transcribe recordings whose words are known, and sounds without words
    Asr(asr::AsrArgs),
    /// Talk to the dialogue in simulated time: interruptions, signs of listening, noise, pauses
    Turns(turns::TurnsArgs),
    /// Tell anger from calm and from all else, on acted speech of speakers whom the heads never heard
    Emotion(emotion::EmotionArgs),
}

impl BenchArgs {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<()> {
        match self.what {
            Bench::Latency(args) => args.run(&config).await,
            Bench::Asr(args) => args.run(&config),
            Bench::Turns(args) => args.run(&config),
            Bench::Emotion(args) => args.run(),
        }
    }
}
