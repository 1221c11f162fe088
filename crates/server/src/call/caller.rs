//! A scripted caller on a real WebRTC call: the same offer, the same data channel and the same upload as the page's.

use std::{
    ops::Range,
    path::{Path, PathBuf},
    time::Duration,
};

use ermu_audio::{FRAME_DURATION, FRAME_SAMPLES, Frame, wav};
use ermu_domain::SampleRate;
use ermu_media::{Call, CallState, ClientConfig};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::{
    task::JoinHandle,
    time::{Instant, Interval, MissedTickBehavior, interval},
};

use super::{
    dial::{Dialling, connect, is_here, upload},
    recording::{Recording, Silence, is_sound},
    script::{Script, Step},
    stages::Stages,
};

/// How long the agent must have nothing to say before the caller goes on.
const AGENT_DONE: Duration = Duration::from_millis(600);
/// How long the caller waits for something to be shown of a photo; of one that cannot be read nothing is.
const PHOTO_PATIENCE: Duration = Duration::from_secs(6);
/// How long the caller waits for an answer before going on without one.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long after a noise an answer to it is waited for.
const NOISE_PATIENCE: Duration = Duration::from_millis(2_500);
/// Noise of the caller's room, from peak to peak: about -71 dBFS.
const ROOM_NOISE: f32 = 1e-3;
/// The longest recording that a step may play.
const LONGEST_STEP: Duration = Duration::from_secs(60);

/// What came of a scripted call.
#[derive(Debug)]
pub struct CallOutcome {
    /// The session's id.
    pub session: String,
    /// Both sides, as the caller heard them.
    pub recording: Recording,
    /// Everything that was shown to the caller, with the time since the call connected.
    pub notices: Vec<(Duration, Value)>,
    /// What the caller played; [`Record::gather`](super::Record::gather) measures it.
    pub turns: Vec<Turn>,
    /// When the first photo was sent, since the call connected.
    pub photo_sent: Option<Duration>,
}

/// One thing that the caller played.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// The file.
    pub file: PathBuf,
    /// What it was played for.
    pub role: Role,
    /// Where in the recording, in samples at 48 kHz.
    pub samples: Range<usize>,
    /// From the caller's last sound to the agent's first, read from the recording; none if there was no answer.
    pub voice_to_voice_ms: Option<f64>,
    /// Where that time went; none if the event log does not tell.
    pub stages: Option<Stages>,
    /// The longest silence within the answer; none if the event log does not tell how long the answer is.
    pub longest_pause_ms: Option<f64>,
    /// For interruptions: how the agent fell silent.
    pub silence: Option<Silence>,
}

/// What a file was played for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Said to the agent while it was silent.
    Said,
    /// Said into the agent's speech.
    Interrupting,
    /// Not meant for the agent: it should not answer.
    Noise,
}

/// Something that the person who watches the terminal may want to know at once.
pub enum Happening<'a> {
    /// The agent's page notice.
    Notice(&'a Value),
    /// The caller begins to play a file.
    Says(&'a Path),
    /// The caller sent a photo.
    Sends(&'a Path),
    /// The agent began to answer this long after the caller's last frame.
    Answers(Duration),
}

/// Places the call, plays the script and returns when the script is done and answered, or the agent hung up.
pub async fn place_call(
    server: &str,
    script: &Script,
    mut watch: impl FnMut(Duration, Happening<'_>),
) -> anyhow::Result<CallOutcome> {
    let mut sounds = Vec::new();
    for step in &script.steps {
        sounds.push(match step {
            Step::Say(file) | Step::Interrupt { file, .. } | Step::Noise(file) => {
                wav::read(file, LONGEST_STEP)?.mono_at(SampleRate::HZ_48000)?
            }
            Step::Photo(_) => Vec::new(),
        });
    }
    let mut caller =
        Caller::dial(server, &Dialling { language: script.language, codec: script.codec, pass: None }).await?;
    for (step, sound) in script.steps.iter().zip(sounds) {
        if caller.until(|caller| caller.may_go_on(Some(step)), &mut watch).await? == Line::Ended {
            return caller.finish().await;
        }
        caller.act(step, sound, &mut watch);
    }
    caller.until(|caller| caller.may_go_on(None), &mut watch).await?;
    caller.finish().await
}

/// Whether a call goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    Open,
    Ended,
}

/// A call under way, one step after the other.
pub(crate) struct Caller {
    http: reqwest::Client,
    server: String,
    session: String,
    call: Call,
    began: Instant,
    ticks: Interval,
    recording: Recording,
    /// State of the generator of noise (Numerical Recipes' linear congruence).
    noise: u32,
    notices: Vec<(Duration, Value)>,
    turns: Vec<Turn>,
    uploads: Vec<JoinHandle<anyhow::Result<()>>>,
    photo_sent: Option<Duration>,
    /// When a photo was sent of which nothing has been shown yet.
    photo_awaited: Option<Instant>,
    /// What is being said, and how much of it was sent.
    playing: Option<(Vec<f32>, usize)>,
    /// Since when an answer is waited for, and how long.
    waiting_since: Instant,
    patience: Duration,
    /// When the agent began to sound after the caller's last step.
    agent_sounded: Option<Instant>,
    /// The agent has something to say.
    agent_speaks: bool,
    /// When the agent's last sound came.
    agent_fell_silent: Option<Instant>,
}

impl Caller {
    /// Calls a server and waits until the line is up.
    pub(crate) async fn dial(server: &str, dialling: &Dialling) -> anyhow::Result<Self> {
        let http = reqwest::Client::new();
        let mut config = ClientConfig::default();
        if is_here(server) {
            config.playout_delay = FRAME_DURATION;
        }
        if let Some(codec) = dialling.codec {
            config.codecs = vec![codec];
        }
        let (session, call) = connect(&http, server, dialling, config).await?;
        let mut ticks = interval(FRAME_DURATION);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        Ok(Self {
            http,
            server: server.to_owned(),
            session,
            call,
            began: Instant::now(),
            ticks,
            recording: Recording::default(),
            noise: 1,
            notices: Vec::new(),
            turns: Vec::new(),
            uploads: Vec::new(),
            photo_sent: None,
            photo_awaited: None,
            playing: None,
            waiting_since: Instant::now(),
            patience: PATIENCE,
            agent_sounded: None,
            agent_speaks: false,
            agent_fell_silent: None,
        })
    }

    /// Lets the call go on until what is being said has been said and `ready` holds.
    pub(crate) async fn until(
        &mut self,
        mut ready: impl FnMut(&Self) -> bool,
        watch: &mut impl FnMut(Duration, Happening<'_>),
    ) -> anyhow::Result<Line> {
        let mut state = self.call.handle.state();
        loop {
            if matches!(*state.borrow(), CallState::Ended(_)) {
                return Ok(Line::Ended);
            }
            tokio::select! {
                _ = self.ticks.tick() => {
                    let was_playing = self.playing.is_some();
                    self.send_frame();
                    if was_playing && self.playing.is_none() {
                        self.waiting_since = Instant::now();
                    }
                }
                Some(frame) = self.call.audio_in.recv() => {
                    if self.hear(&frame.pcm[..]) {
                        watch(self.began.elapsed(), Happening::Answers(self.waiting_since.elapsed()));
                    }
                }
                Some(text) = self.call.messages_in.recv() => self.take_notice(text, watch),
                Ok(()) = state.changed() => {}
            }
            if self.playing.is_none() && ready(self) {
                return Ok(Line::Open);
            }
        }
    }

    fn take_notice(&mut self, text: String, watch: &mut impl FnMut(Duration, Happening<'_>)) {
        let notice = serde_json::from_str(&text).unwrap_or(Value::String(text));
        watch(self.began.elapsed(), Happening::Notice(&notice));
        match notice["type"].as_str() {
            Some("photo") => self.photo_awaited = None,
            Some("speaking") => self.agent_speaks = notice["voice"] == true,
            _ => {}
        }
        self.notices.push((self.began.elapsed(), notice));
    }

    /// Does one thing; `sound` is what a file holds, at 48 kHz.
    pub(crate) fn act(&mut self, step: &Step, sound: Vec<f32>, watch: &mut impl FnMut(Duration, Happening<'_>)) {
        self.begin_waiting();
        match step {
            Step::Say(file) => self.begin(file, Role::Said, sound, watch),
            Step::Interrupt { file, .. } => self.begin(file, Role::Interrupting, sound, watch),
            Step::Noise(file) => {
                self.patience = NOISE_PATIENCE;
                self.begin(file, Role::Noise, sound, watch);
            }
            Step::Photo(path) => {
                watch(self.began.elapsed(), Happening::Sends(path));
                self.photo_sent.get_or_insert(self.began.elapsed());
                self.photo_awaited = Some(Instant::now());
                let url = format!("{}/v1/sessions/{}/photos", self.server, self.session);
                self.uploads.push(tokio::spawn(upload(self.http.clone(), url, path.clone())));
            }
        }
    }

    /// Types a message.
    pub(crate) fn write(&mut self, text: &str) -> anyhow::Result<()> {
        self.begin_waiting();
        Ok(self.call.messages_out.send(serde_json::json!({"type": "text", "text": text}).to_string())?)
    }

    /// The session's id.
    pub(crate) fn session(&self) -> &str {
        &self.session
    }

    /// Everything that was shown to the caller so far, with the time since the call connected.
    pub(crate) fn notices(&self) -> &[(Duration, Value)] {
        &self.notices
    }

    /// How long an answer to the last step has sounded.
    pub(crate) fn answer_sounds(&self) -> Option<Duration> {
        self.agent_sounded.map(|since| since.elapsed())
    }

    fn begin_waiting(&mut self) {
        self.agent_sounded = None;
        self.waiting_since = Instant::now();
        self.patience = PATIENCE;
    }

    fn begin(&mut self, file: &Path, role: Role, sound: Vec<f32>, watch: &mut impl FnMut(Duration, Happening<'_>)) {
        watch(self.began.elapsed(), Happening::Says(file));
        let start = self.recording.sent_samples();
        let samples = start..start + sound.len();
        self.turns.push(Turn {
            file: file.to_owned(),
            role,
            samples,
            voice_to_voice_ms: None,
            stages: None,
            longest_pause_ms: None,
            silence: None,
        });
        self.playing = Some((sound, 0));
    }

    /// Whether the agent has answered, as far as it has to have before this step; without a step, wholly.
    pub(crate) fn may_go_on(&self, next: Option<&Step>) -> bool {
        if !self.agent_speaks && self.waiting_since.elapsed() > self.patience {
            return true;
        }
        let Some(sounded) = self.agent_sounded else { return false };
        match next {
            Some(Step::Interrupt { after, .. }) => sounded.elapsed() >= *after,
            // A customer who has just been asked sends the photo while the agent still speaks.
            Some(Step::Photo(_)) => true,
            Some(Step::Say(_) | Step::Noise(_)) | None => {
                let silent = self.agent_fell_silent.is_some_and(|at| at.elapsed() >= AGENT_DONE);
                let awaited = self.photo_awaited.is_some_and(|since| since.elapsed() < PHOTO_PATIENCE);
                silent && !self.agent_speaks && !awaited
            }
        }
    }

    fn send_frame(&mut self) {
        let mut frame: Frame = [0.0; FRAME_SAMPLES];
        if let Some((sound, sent)) = &mut self.playing {
            let rest = &sound[*sent..];
            let count = rest.len().min(FRAME_SAMPLES);
            frame[..count].copy_from_slice(&rest[..count]);
            *sent += count;
            if *sent == sound.len() {
                self.playing = None;
            }
        }
        self.recording.send(&frame);
        // The room is never as silent as a file: a line without any sound is one that is broken.
        for sample in &mut frame {
            self.noise = self.noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *sample += (f64::from(self.noise) / f64::from(u32::MAX) - 0.5) as f32 * ROOM_NOISE;
        }
        self.call.audio_out.send(&frame);
    }

    /// Takes a frame of the agent's; true if the agent begins to answer with it.
    fn hear(&mut self, pcm: &[f32]) -> bool {
        self.recording.receive(pcm, self.began.elapsed());
        if !is_sound(pcm) {
            return false;
        }
        self.agent_fell_silent = Some(Instant::now());
        let begins = self.agent_sounded.is_none() && self.playing.is_none();
        if begins {
            self.agent_sounded = self.agent_fell_silent;
        }
        begins
    }

    /// Hangs up.
    pub(crate) async fn finish(self) -> anyhow::Result<CallOutcome> {
        for upload in self.uploads {
            upload.await??;
        }
        self.call.handle.close().await;
        let hang_up = format!("{}/v1/calls/{}", self.server, self.session);
        // A call that the agent ended is gone already.
        self.http.delete(hang_up).send().await?;
        Ok(CallOutcome {
            session: self.session,
            recording: self.recording,
            notices: self.notices,
            turns: self.turns,
            photo_sent: self.photo_sent,
        })
    }
}
