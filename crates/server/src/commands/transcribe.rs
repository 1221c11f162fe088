use std::{path::PathBuf, time::Duration};

use anyhow::bail;
use clap::Args;
use ermu_audio::wav;
use ermu_domain::{Language, SampleRate};
use ermu_speech::transcriber::{Expecting, Heard, TranscribeOptions};

use crate::{config::Config, terminal, wiring::ModelFiles};

/// The longest recording that is transcribed.
const LONGEST: Duration = Duration::from_secs(600);

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ermu transcribe audio-fixtures/zh-order-status.wav --lang zh")]
pub(super) struct TranscribeArgs {
    /// WAV file of any rate
    audio: PathBuf,
    /// Language that is spoken: zh, en, es, pt or ar
    #[arg(long, default_value = "zh")]
    lang: Language,
    /// Lean towards a number that is read digit by digit
    #[arg(long)]
    digits: bool,
}

impl TranscribeArgs {
    pub(super) fn run(self, config: &Config) -> anyhow::Result<()> {
        let sound = wav::read(&self.audio, LONGEST)?.mono_at(SampleRate::HZ_16000)?;
        let mut worker = ModelFiles::open()?.transcriber(config)?.worker()?;
        let expecting = if self.digits { Expecting::Digits } else { Expecting::Anything };
        let options = TranscribeOptions { language: self.lang, expecting, ..TranscribeOptions::default() };
        match worker.transcribe(&sound, &options)? {
            Heard::Words { text, confidence, .. } => {
                terminal::note(format!("confidence {confidence:.2}"));
                terminal::say(text);
                Ok(())
            }
            Heard::Nothing(why) => bail!("no words in {}: {why:?}", self.audio.display()),
        }
    }
}
