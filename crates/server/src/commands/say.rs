use std::path::PathBuf;

use clap::Args;
use ermu_audio::wav;
use ermu_domain::{Language, SampleRate};
use ermu_speech::synth::{VoiceName, split_clauses};

use crate::{config::Config, terminal, wiring::ModelFiles};

/// Silence between two clauses: 180 ms at 24 kHz.
const PAUSE_SAMPLES: usize = 4_320;

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ermu say \"您的订单123456已经发货。\" -o hello.wav")]
pub(super) struct SayArgs {
    /// What to say
    text: String,
    /// WAV file to write
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Language: zh, en, es or pt
    #[arg(long, default_value = "zh")]
    lang: Language,
    /// Voice; `cargo xtask models list` names them
    #[arg(long)]
    voice: Option<String>,
}

impl SayArgs {
    pub(super) fn run(self, config: &Config) -> anyhow::Result<()> {
        let voice = self.voice.unwrap_or_else(|| config.voices.of(self.lang).to_owned());
        let mut synthesizer = ModelFiles::open()?.synthesizer(&[&voice])?;
        let voice = VoiceName::from(voice);
        let mut sound = Vec::new();
        for clause in split_clauses(&self.text, self.lang) {
            let speech = synthesizer.synthesize(&clause, self.lang, &voice, config.voices.speed)?;
            sound.extend(speech.pcm_24k);
            sound.resize(sound.len() + PAUSE_SAMPLES, 0.0);
        }
        wav::write(&self.output, SampleRate::HZ_24000, &[&sound])?;
        terminal::note(format!("{:.1} s in {}", sound.len() as f64 / 24_000.0, self.output.display()));
        Ok(())
    }
}
