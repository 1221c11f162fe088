use std::{path::PathBuf, time::Duration};

use anyhow::bail;
use clap::Args;
use ermu_domain::Language;

use crate::{
    call::{Happening, Record, Script, narrate, place_call},
    terminal,
};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  ermu call --audio audio-fixtures/zh-order-status.wav\n  \
                        ermu call --script audio-fixtures/calls/zh-damage.toml --out target/call")]
pub(super) struct CallArgs {
    /// The server to call
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    server: String,
    /// WAV file to say; several are said one after the other, each after the answer to the one before
    #[arg(long, value_name = "WAV")]
    audio: Vec<PathBuf>,
    /// Photo to send after the first answer
    #[arg(long, value_name = "IMAGE")]
    photo: Vec<PathBuf>,
    /// Call script (TOML) instead of --audio and --photo
    #[arg(long, value_name = "FILE", conflicts_with_all = ["audio", "photo", "lang"])]
    script: Option<PathBuf>,
    /// Language that the caller's page is set to
    #[arg(long, default_value = "zh")]
    lang: Language,
    /// Folder for the recording, the photo, the ticket and a page that shows all of it
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl CallArgs {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let script = match &self.script {
            Some(path) => Script::read(path)?,
            None => Script::of_files(self.audio, self.photo, self.lang)?,
        };
        let server = self.server.trim_end_matches('/');
        let watch = |at: Duration, happening: Happening<'_>| {
            if let Some(line) = narrate(at, &happening) {
                terminal::say(line);
            }
        };
        let outcome = place_call(server, &script, watch).await?;
        let record = Record::gather(server, outcome).await?;
        for line in record.table() {
            terminal::say(line);
        }
        if let Some(out) = &self.out {
            record.write(out)?;
            terminal::say(format!("recording, photo, ticket and time line: {}", out.display()));
        }
        if !record.answered() {
            bail!("the agent never answered");
        }
        Ok(())
    }
}
