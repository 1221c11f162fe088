//! A scripted caller on a real WebRTC call: the same offer, the same data channel and the same upload as the page's.

use std::{
    collections::VecDeque,
    net::IpAddr,
    ops::Range,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, bail};
use ermu_audio::{FRAME_DURATION, FRAME_SAMPLES, Frame, wav};
use ermu_domain::{Language, SampleRate};
use ermu_media::{Call, CallState, ClientConfig, MediaClient};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::{
    task::JoinHandle,
    time::{Instant, MissedTickBehavior, interval, timeout},
};

use super::{
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
/// The longest recording that a step may play.
const LONGEST_STEP: Duration = Duration::from_secs(60);
const CONNECT: Duration = Duration::from_secs(15);

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
    let mut sounds = VecDeque::new();
    for step in &script.steps {
        sounds.push_back(match step {
            Step::Say(file) | Step::Interrupt { file, .. } | Step::Noise(file) => {
                wav::read(file, LONGEST_STEP)?.mono_at(SampleRate::HZ_48000)?
            }
            Step::Photo(_) => Vec::new(),
        });
    }
    let http = reqwest::Client::new();
    let mut config = ClientConfig::default();
    if is_here(server) {
        config.playout_delay = FRAME_DURATION;
    }
    if let Some(codec) = script.codec {
        config.codecs = vec![codec];
    }
    let (session, call) = connect(&http, server, script.language, config).await?;
    let mut caller = Caller {
        http,
        server: server.to_owned(),
        session,
        call,
        began: Instant::now(),
        recording: Recording::default(),
        notices: Vec::new(),
        turns: Vec::new(),
        uploads: Vec::new(),
        photo_sent: None,
        photo_awaited: None,
        playing: None,
        agent_sounded: None,
        agent_speaks: false,
        agent_fell_silent: None,
    };
    caller.play(script, sounds, &mut watch).await?;
    caller.finish().await
}

/// Whether the server is on this machine, so that there is no network whose jitter must be evened out.
fn is_here(server: &str) -> bool {
    let host = reqwest::Url::parse(server).ok().and_then(|url| url.host_str().map(str::to_owned));
    host.is_some_and(|host| host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()))
}

/// Calls a server as the page does; returns the session's id and the connected call.
pub async fn dial(http: &reqwest::Client, server: &str, language: Language) -> anyhow::Result<(String, Call)> {
    connect(http, server, language, ClientConfig::default()).await
}

async fn connect(
    http: &reqwest::Client,
    server: &str,
    language: Language,
    config: ClientConfig,
) -> anyhow::Result<(String, Call)> {
    let (pending, offer) = MediaClient::offer(config).await?;
    let response = http
        .post(format!("{server}/v1/calls?lang={language}"))
        .header("content-type", "application/sdp")
        .body(offer)
        .send()
        .await
        .with_context(|| format!("no server answers at {server}: start one with `ermu serve`"))?;
    if response.status() != 201 {
        bail!("{server} refused the call: {} {}", response.status(), response.text().await.unwrap_or_default());
    }
    let location = response.headers().get("location").and_then(|value| value.to_str().ok());
    let session = location.and_then(|path| path.rsplit('/').next()).context("the answer names no call")?.to_owned();
    let call = pending.answer(&response.text().await?).await?;
    let mut state = call.handle.state();
    let connected = timeout(CONNECT, state.wait_for(|state| !matches!(state, CallState::Connecting)));
    match *connected.await.context("the call did not connect in time")?? {
        CallState::Connecting | CallState::Connected => Ok((session, call)),
        CallState::Ended(reason) => bail!("the call ended before it began: {}", reason.as_str()),
    }
}

struct Caller {
    http: reqwest::Client,
    server: String,
    session: String,
    call: Call,
    began: Instant,
    recording: Recording,
    notices: Vec<(Duration, Value)>,
    turns: Vec<Turn>,
    uploads: Vec<JoinHandle<anyhow::Result<()>>>,
    photo_sent: Option<Duration>,
    /// When a photo was sent of which nothing has been shown yet.
    photo_awaited: Option<Instant>,
    /// What is being said, and how much of it was sent.
    playing: Option<(Vec<f32>, usize)>,
    /// When the agent began to sound after the caller's last step.
    agent_sounded: Option<Instant>,
    /// The agent has something to say.
    agent_speaks: bool,
    /// When the agent's last sound came.
    agent_fell_silent: Option<Instant>,
}

impl Caller {
    /// Plays every step; the last one is followed by the agent's answer.
    async fn play(
        &mut self,
        script: &Script,
        mut sounds: VecDeque<Vec<f32>>,
        watch: &mut impl FnMut(Duration, Happening<'_>),
    ) -> anyhow::Result<()> {
        let mut ticks = interval(FRAME_DURATION);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let mut state = self.call.handle.state();
        let mut steps = script.steps.iter();
        let mut next = steps.next();
        let mut waiting_since = Instant::now();
        let mut patience = PATIENCE;
        loop {
            tokio::select! {
                _ = ticks.tick() => {
                    let was_playing = self.playing.is_some();
                    self.send_frame();
                    if was_playing && self.playing.is_none() {
                        waiting_since = Instant::now();
                    }
                }
                Some(frame) = self.call.audio_in.recv() => {
                    if self.hear(&frame.pcm[..]) {
                        watch(self.began.elapsed(), Happening::Answers(waiting_since.elapsed()));
                    }
                }
                Some(text) = self.call.messages_in.recv() => {
                    let notice = serde_json::from_str(&text).unwrap_or(Value::String(text));
                    watch(self.began.elapsed(), Happening::Notice(&notice));
                    match notice["type"].as_str() {
                        Some("photo") => self.photo_awaited = None,
                        Some("speaking") => self.agent_speaks = notice["voice"] == true,
                        _ => {}
                    }
                    self.notices.push((self.began.elapsed(), notice));
                }
                Ok(()) = state.changed() => {
                    if matches!(*state.borrow(), CallState::Ended(_)) {
                        return Ok(());
                    }
                }
            }
            if self.playing.is_some() || !self.may_go_on(next, waiting_since, patience) {
                continue;
            }
            let Some(step) = next else { return Ok(()) };
            self.agent_sounded = None;
            waiting_since = Instant::now();
            patience = PATIENCE;
            let sound = sounds.pop_front().unwrap_or_default();
            match step {
                Step::Say(file) => self.begin(file, Role::Said, sound, watch),
                Step::Interrupt { file, .. } => self.begin(file, Role::Interrupting, sound, watch),
                Step::Noise(file) => {
                    patience = NOISE_PATIENCE;
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
            next = steps.next();
        }
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

    fn may_go_on(&self, next: Option<&Step>, waiting_since: Instant, patience: Duration) -> bool {
        if !self.agent_speaks && waiting_since.elapsed() > patience {
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

    async fn finish(self) -> anyhow::Result<CallOutcome> {
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

async fn upload(http: reqwest::Client, url: String, path: PathBuf) -> anyhow::Result<()> {
    let bytes = tokio::fs::read(&path).await.with_context(|| format!("cannot read {}", path.display()))?;
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let form = reqwest::multipart::Form::new().part("photo", reqwest::multipart::Part::bytes(bytes).file_name(name));
    let response = http.post(url).multipart(form).send().await?;
    if response.status() != 202 {
        bail!("the photo {} was refused: {}", path.display(), response.text().await.unwrap_or_default());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::is_here;

    #[test]
    fn only_this_machine_needs_no_patience_with_the_network() {
        assert!(is_here("http://127.0.0.1:8080") && is_here("http://localhost:1"));
        assert!(!is_here("https://ermu.example") && !is_here("http://10.0.0.1") && !is_here("nonsense"));
    }
}
