use std::{sync::mpsc::SyncSender, thread, time::Duration};

use clap::Args;
use ermu_audio::{Frame, device::Devices};
use ermu_domain::Language;
use ermu_engine::{CallOptions, Line, LineEvent};
use tokio::sync::mpsc;

use crate::{
    call::{Happening, narrate},
    config::Config,
    terminal,
    wiring::start_engine,
};

/// Microphone frames that may wait for the engine: 200 ms.
const WAITING_FRAMES: usize = 10;

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  ermu talk --lang zh\n\nUse headphones: the microphone hears loudspeakers. Ctrl-C ends."
)]
pub(super) struct TalkArgs {
    /// Language of the greeting: zh or en
    #[arg(long, default_value = "zh")]
    lang: Language,
}

impl TalkArgs {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<()> {
        // The devices first: a machine without them need not load models.
        let (line, mut ended) = DeviceLine::open()?;
        let (engine, _) = start_engine(&config, &mut terminal::progress()).await?;
        engine.open(line, CallOptions { language: self.lang, caller: None }).await?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted?,
            _ = ended.recv() => {}
        }
        engine.shut_down().await;
        Ok(())
    }
}

/// This machine's microphone and loudspeaker as the line of a call.
struct DeviceLine {
    microphone: mpsc::Receiver<Frame>,
    loudspeaker: SyncSender<Frame>,
    connected: bool,
    began: std::time::Instant,
    /// Dropped with the line: tells that the call is over.
    _ended: mpsc::Sender<()>,
}

impl DeviceLine {
    fn open() -> anyhow::Result<(Self, mpsc::Receiver<()>)> {
        let (opened, devices) = std::sync::mpsc::channel();
        let (frames, microphone) = mpsc::channel(WAITING_FRAMES);
        // Sound streams may not change threads: one thread opens them and passes the microphone's frames on.
        thread::Builder::new().name("microphone".into()).spawn(move || match Devices::open() {
            Err(error) => drop(opened.send(Err(error))),
            Ok(devices) => {
                opened.send(Ok(devices.loudspeaker.clone())).ok();
                while let Ok(frame) = devices.microphone.recv() {
                    match frames.try_send(frame) {
                        Ok(()) | Err(mpsc::error::TrySendError::Full(_)) => {}
                        Err(mpsc::error::TrySendError::Closed(_)) => return,
                    }
                }
            }
        })?;
        let loudspeaker = devices.recv()??;
        let (ended, over) = mpsc::channel(1);
        let began = std::time::Instant::now();
        Ok((Self { microphone, loudspeaker, connected: false, began, _ended: ended }, over))
    }
}

impl Line for DeviceLine {
    async fn next(&mut self) -> LineEvent {
        if !self.connected {
            self.connected = true;
            self.began = std::time::Instant::now();
            return LineEvent::Connected;
        }
        match self.microphone.recv().await {
            Some(frame) => LineEvent::Frame(frame.to_vec()),
            None => LineEvent::Ended("the microphone is gone"),
        }
    }

    fn play(&mut self, frame: &Frame) {
        self.loudspeaker.try_send(*frame).ok();
    }

    fn show(&mut self, notice: String) {
        let Ok(notice) = serde_json::from_str(&notice) else { return };
        let at: Duration = self.began.elapsed();
        if let Some(line) = narrate(at, &Happening::Notice(&notice)) {
            terminal::say(line);
        }
    }

    async fn close(&mut self) {
        self.microphone.close();
    }
}
