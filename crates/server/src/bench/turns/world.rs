//! A call in simulated time: everything that a session does, without threads, network and clock.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::Arc,
    time::{Duration, Instant},
};

use ermu_audio::{
    FRAME_DURATION, FRAME_SAMPLES, Frame, level,
    playout::{Playout, PlayoutEvent},
    resample::resample,
};
use ermu_dialogue::{Clause, Core, Effect, Event, Expecting, Notice, Opening, ShopPack, Speaker, VoiceAnalysis};
use ermu_domain::{EffectId, Language, SampleRate, SessionId, SessionTime, TicketId, Transcript};
use ermu_engine::{Awaited, Ear, TurnConfig};
use ermu_speech::{
    end_of_turn::EndOfTurn,
    synth::{ClauseCache, Synthesizer, VoiceName},
    transcriber::{self, Heard, TranscribeOptions, TranscriberWorker},
    vad::{VadState, VoiceActivity},
};
use jiff::civil::{DateTime, date};

use super::{
    Switch,
    callers::RATE,
    cases::{Case, When},
    observe::{Act, Seen},
};
use crate::{
    config::Config,
    wiring::{ModelFiles, read_pack},
};

/// Noise of a quiet room, in dBFS.
const ROOM_DBFS: f32 = -62.0;
/// Ermu is audible above this, in dBFS.
const AUDIBLE_DBFS: f32 = -45.0;
/// Time of looking something up, and of storing a ticket.
const LOOKUP: Duration = Duration::from_millis(50);
/// A case ends this long after the last line when Ermu has nothing more to say,
const QUIET_END: Duration = Duration::from_millis(3_500);
/// or at the latest after this.
const LONGEST_CASE: Duration = Duration::from_secs(60);

/// The models, loaded once, and what they said before.
pub(super) struct Studio {
    pack: Arc<ShopPack>,
    turns: TurnConfig,
    vad: VoiceActivity,
    transcriber: TranscriberWorker,
    end_of_turn: Option<EndOfTurn>,
    synthesizer: Synthesizer,
    clauses: ClauseCache,
    voices: [(VoiceName, f32); 2],
    /// Transcripts by sound and expectation, with the CPU time that they took: most calls begin alike.
    transcripts: HashMap<(u64, Language, Expecting), (Heard, Duration)>,
    /// CPU times are multiplied by this.
    cpu_scale: f64,
    endings: HashMap<u64, (f32, Duration)>,
}

/// A day in the shop.
const fn today() -> DateTime {
    date(2026, 11, 17).at(11, 30, 0, 0)
}

impl Studio {
    pub(super) fn open(
        config: &Config,
        turns: TurnConfig,
        end_of_turn_model: Switch,
        cpu_scale: f64,
    ) -> anyhow::Result<Self> {
        let files = ModelFiles::open()?;
        let end_of_turn = match end_of_turn_model {
            Switch::On => Some(EndOfTurn::load(&files.onnx, &files.path(None, "smart-turn")?)?),
            Switch::Off => None,
        };
        let voices = [&config.voices.chinese, &config.voices.english];
        Ok(Self {
            pack: Arc::new(read_pack(&config.shop.pack)?),
            turns,
            vad: VoiceActivity::load(&files.onnx, &files.path(None, "silero-vad-16k")?)?,
            transcriber: files.transcriber(config)?.worker()?,
            end_of_turn,
            synthesizer: files.synthesizer(&voices.map(String::as_str))?,
            clauses: files.spoken()?,
            voices: voices.map(|voice| (VoiceName::from(voice.as_str()), config.voices.speed)),
            transcripts: HashMap::new(),
            endings: HashMap::new(),
            cpu_scale,
        })
    }

    /// CPU times that transcripts and judgements of ends took, in ms.
    pub(super) fn cpu_ms(&self) -> (Vec<f64>, Vec<f64>) {
        let ms = |cpu: &Duration| cpu.as_secs_f64() * 1e3;
        (
            self.transcripts.values().map(|(_, cpu)| ms(cpu)).collect(),
            self.endings.values().map(|(_, cpu)| ms(cpu)).collect(),
        )
    }

    /// Plays a case.
    pub(super) fn play(&mut self, case: &Case<'_>) -> anyhow::Result<Seen> {
        let mut world = World::new(self, case)?;
        while !world.is_over() {
            world.step()?;
        }
        Ok(world.seen)
    }

    fn speak(&mut self, clause: &Clause) -> anyhow::Result<Vec<f32>> {
        let (voice, speed) = &self.voices[usize::from(clause.language != Language::Chinese)];
        let Clause { text, language } = clause;
        if let Some(pcm_24k) = self.clauses.get(text, *language, voice, *speed) {
            return Ok(resample(&pcm_24k, SampleRate::HZ_24000, RATE)?);
        }
        let pcm_24k = self.synthesizer.synthesize(text, *language, voice, *speed)?.pcm_24k;
        self.clauses.keep(text, *language, voice, *speed, pcm_24k.clone());
        Ok(resample(&pcm_24k, SampleRate::HZ_24000, RATE)?)
    }

    fn transcribe(
        &mut self,
        sound: &[f32],
        language: Language,
        expecting: Expecting,
    ) -> anyhow::Result<(Heard, Duration)> {
        let key = (fingerprint(sound), language, expecting);
        if let Some(known) = self.transcripts.get(&key) {
            return Ok(known.clone());
        }
        let digits = self.pack.shop().order_digits.exact();
        let options =
            TranscribeOptions { language, expecting: leaning(expecting), digits, ..TranscribeOptions::default() };
        let began = cpu_time();
        let heard = self.transcriber.transcribe(sound, &options)?;
        let known = (heard, cpu_time().saturating_sub(began).mul_f64(self.cpu_scale));
        self.transcripts.insert(key, known.clone());
        Ok(known)
    }

    fn judge_end(&mut self, sound: &[f32]) -> anyhow::Result<Option<(f32, Duration)>> {
        let Some(model) = &mut self.end_of_turn else { return Ok(None) };
        let key = fingerprint(sound);
        if let Some(known) = self.endings.get(&key) {
            return Ok(Some(*known));
        }
        let began = cpu_time();
        let finished = model.finished(sound)?;
        let known = (finished, cpu_time().saturating_sub(began).mul_f64(self.cpu_scale));
        self.endings.insert(key, known);
        Ok(Some(known))
    }
}

struct World<'a> {
    studio: &'a mut Studio,
    case: &'a Case<'a>,
    core: Core,
    ear: Ear,
    vad: VadState,
    playout: Playout<EffectId>,
    now: SessionTime,
    /// Answers that are under way.
    coming: BTreeMap<(SessionTime, u32), Event>,
    sequence: u32,
    lines: VecDeque<usize>,
    /// What the caller still has to say of the current line.
    saying: VecDeque<f32>,
    line_ended: SessionTime,
    speech_began: Option<SessionTime>,
    /// Since when Ermu has had nothing to say.
    quiet_since: Option<SessionTime>,
    /// What Ermu played, for the echo.
    played: VecDeque<f32>,
    echo_low_pass: f32,
    noise: u64,
    /// What the caller types when the first answer begins.
    typed: Option<&'static str>,
    /// The last say was stopped.
    stopped: bool,
    ended: bool,
    seen: Seen,
}

impl<'a> World<'a> {
    fn new(studio: &'a mut Studio, case: &'a Case<'a>) -> anyhow::Result<Self> {
        let opening = Opening {
            session: SessionId(7),
            language: case.language,
            today: today(),
            caller_orders: Vec::new(),
            voice_analysis: VoiceAnalysis::Words,
            config: studio.turns.clone(),
        };
        let delay = case.echo.map_or(Duration::ZERO, |(_, delay)| delay);
        let mut world = Self {
            core: Core::new(Arc::clone(&studio.pack), opening),
            ear: Ear::new()?,
            vad: VadState::default(),
            playout: Playout::default(),
            now: SessionTime::ZERO,
            coming: BTreeMap::new(),
            sequence: 0,
            lines: (0..case.lines.len()).collect(),
            saying: VecDeque::new(),
            line_ended: SessionTime::ZERO,
            speech_began: None,
            quiet_since: None,
            played: std::iter::repeat_n(0.0, RATE.samples_in(delay) + FRAME_SAMPLES).collect(),
            echo_low_pass: 0.0,
            noise: 88_172_645_463_325_252,
            typed: case.typed,
            stopped: false,
            ended: false,
            seen: Seen::default(),
            studio,
            case,
        };
        world.tell(Event::CallStarted)?;
        Ok(world)
    }

    fn is_over(&self) -> bool {
        let quiet = self.quiet_since.is_some_and(|since| self.now.since(since.max(self.line_ended)) > QUIET_END);
        self.ended
            || self.now.since(SessionTime::ZERO) > LONGEST_CASE
            || (self.lines.is_empty() && self.saying.is_empty() && self.coming.is_empty() && quiet)
    }

    /// The next 20 ms.
    fn step(&mut self) -> anyhow::Result<()> {
        if self.lines.len() < self.case.lines.len()
            && self.saying.is_empty()
            && self.speech_began.is_some()
            && let Some(text) = self.typed.take()
        {
            self.speech_began = None;
            self.tell(Event::Typed { text: text.to_owned(), sentence: None })?;
        }
        self.start_line();
        let heard = self.microphone();
        // The frame is there when it is over.
        let end = self.now + FRAME_DURATION;
        self.answer_until(end)?;
        self.now = end;
        if self.saying.is_empty() {
            self.line_ended = self.line_ended.max(self.seen.lines.last().map_or(SessionTime::ZERO, |line| line.1));
        }
        self.ear.push(&heard, end);
        while let Some(window) = self.ear.next_window() {
            let probability = self.studio.vad.probability(&mut self.vad, &window)?;
            let awaited = Awaited::of(self.core.expecting(), !self.playout.is_idle());
            if let Some(event) = self.ear.judged(Some(probability), awaited) {
                self.tell(event)?;
            }
        }
        let mut frame: Frame = [0.0; FRAME_SAMPLES];
        self.playout.next_frame(&mut frame);
        self.played.extend(&frame);
        let audible = |stretch: &[f32]| level::rms_dbfs(stretch) > AUDIBLE_DBFS;
        // It sounds in the 20 ms that follow.
        self.seen.audible.resize((end.as_micros() / 10_000) as usize, false);
        self.seen.audible.extend(frame.chunks(FRAME_SAMPLES / 2).map(audible));
        if let Some(event) = self.ear.played(&frame, end) {
            self.tell(event)?;
        }
        self.report_speech()?;
        self.quiet_since = if self.playout.is_idle() { self.quiet_since.or(Some(end)) } else { None };
        Ok(())
    }

    fn start_line(&mut self) {
        let Some(&index) = self.lines.front() else { return };
        let types_first = self.typed.is_some() && index > 0;
        if types_first || !self.saying.is_empty() {
            return;
        }
        let line = &self.case.lines[index];
        let due = match line.when {
            When::AfterLast(pause) => Some(self.line_ended + pause),
            When::IntoSpeech(offset) => self.speech_began.map(|began| began + offset),
            When::AfterSpeech(pause) => self
                .quiet_since
                .filter(|_| self.coming.is_empty() && self.speech_began.is_some())
                .map(|since| since.max(self.line_ended) + pause),
        };
        let (first, last) = line.clip.audible;
        // A clip begins with its margin, so that its first audible moment is when it is due.
        if due.is_none_or(|due| due > self.now + first) {
            return;
        }
        self.lines.pop_front();
        self.speech_began = None;
        let gain = level::from_dbfs(line.gain_db);
        self.saying = line.clip.pcm.iter().map(|sample| sample * gain).collect();
        self.seen.lines.push((self.now + first, self.now + last));
    }

    /// What the caller's microphone picks up in the next 20 ms.
    fn microphone(&mut self) -> Frame {
        let echo_gain = self.case.echo.map_or(0.0, |(db, _)| level::from_dbfs(db));
        std::array::from_fn(|_| {
            self.noise ^= self.noise << 13;
            self.noise ^= self.noise >> 7;
            self.noise ^= self.noise << 17;
            let noise = (self.noise >> 40) as f32 / (1_u64 << 23) as f32 - 1.0;
            let own = self.played.pop_front().unwrap_or(0.0);
            // A small loudspeaker in a room: duller, and smeared.
            self.echo_low_pass += 0.45 * (own - self.echo_low_pass);
            let voice = self.saying.pop_front().unwrap_or(0.0);
            voice + noise * 1.7 * level::from_dbfs(ROOM_DBFS) + echo_gain * self.echo_low_pass
        })
    }

    /// Everything that comes due before `end`, in order.
    fn answer_until(&mut self, end: SessionTime) -> anyhow::Result<()> {
        for _ in 0..1_000 {
            let event = self.coming.keys().next().map(|(at, _)| *at);
            let deadline = self.core.next_deadline();
            let Some(next) = [event, deadline].into_iter().flatten().min().filter(|next| *next <= end) else {
                return Ok(());
            };
            self.now = self.now.max(next);
            if event == Some(next) {
                let Some((_, event)) = self.coming.pop_first() else { return Ok(()) };
                self.tell(event)?;
            } else {
                self.tell(Event::Tick)?;
            }
        }
        Ok(())
    }

    fn tell(&mut self, event: Event) -> anyhow::Result<()> {
        self.core.handle(event, self.now);
        while let Some(effect) = self.core.poll_effect() {
            self.perform(effect)?;
        }
        Ok(())
    }

    fn later(&mut self, after: Duration, event: Event) {
        self.sequence += 1;
        self.coming.insert((self.now + after, self.sequence), event);
    }

    fn perform(&mut self, effect: Effect) -> anyhow::Result<()> {
        match effect {
            Effect::Transcribe { id, span, language, expecting, .. } => {
                let sound = self.ear.sound(span);
                if let Some((finished, cpu)) = self.studio.judge_end(&sound)? {
                    self.later(cpu, Event::EndJudged { id, finished });
                }
                let (heard, cpu) = self.studio.transcribe(&sound, language, expecting)?;
                let transcript = match heard {
                    Heard::Words { text, confidence, .. } => {
                        Some(Transcript { text, language, confidence, span, sentence: None })
                    }
                    Heard::Nothing(_) => None,
                };
                self.later(cpu, Event::Transcribed { id, transcript, emotion: None });
            }
            Effect::CancelTranscription { id } => {
                self.coming.retain(|_, event| {
                    !matches!(event, Event::Transcribed { id: of, .. } | Event::EndJudged { id: of, .. } if *of == id)
                });
            }
            Effect::Say { id, clauses } => {
                let text = clauses.iter().map(|clause| clause.text.as_str()).collect();
                self.seen.act(self.now, Act::Says(text));
                self.stopped = false;
                self.playout.open(id);
                for (index, clause) in clauses.iter().enumerate() {
                    let sound = self.studio.speak(clause)?;
                    self.playout.push(id, index, sound);
                }
                self.playout.close(id);
            }
            Effect::PauseSpeaking => {
                self.seen.act(self.now, Act::Pauses);
                self.playout.pause();
            }
            Effect::ResumeSpeaking => {
                self.seen.act(self.now, Act::Resumes);
                self.playout.resume();
            }
            Effect::StopSpeaking => {
                self.seen.act(self.now, Act::Stops);
                self.stopped = true;
                self.playout.stop();
            }
            Effect::FindOrder { id, number } => {
                let orders = self.studio.pack.orders(today().date());
                let order = orders.into_iter().find(|order| order.number.0 == number).map(Box::new);
                self.later(LOOKUP, Event::OrderFound { id, order });
            }
            Effect::StoreTicket { id, .. } => self.later(LOOKUP, Event::TicketStored { id, ticket: TicketId(1) }),
            Effect::Show { notice: Notice::Caption { speaker: Speaker::Caller, text, .. } } => {
                self.seen.act(self.now, Act::Hears(text));
            }
            Effect::Show { .. }
            | Effect::InspectPhoto { .. }
            | Effect::KeepQuestion { .. }
            | Effect::AskModel { .. } => {}
            Effect::EndCall => self.ended = true,
        }
        Ok(())
    }

    fn report_speech(&mut self) -> anyhow::Result<()> {
        while let Some(event) = self.playout.poll_event() {
            match event {
                PlayoutEvent::Started(id) => {
                    self.speech_began = Some(self.now);
                    self.tell(Event::SpeechStarted { id })?;
                }
                PlayoutEvent::ClauseEnded { say: id, clauses_heard } => {
                    self.tell(Event::ClauseEnded { id, clauses_heard })?;
                }
                PlayoutEvent::Ended { say: id, clauses_heard, .. } => {
                    if !self.stopped && self.playout.is_idle() {
                        self.seen.act(self.now, Act::SaidAll);
                    }
                    self.tell(Event::SpeechEnded { id, clauses_heard })?;
                }
            }
        }
        Ok(())
    }
}

fn leaning(expecting: Expecting) -> transcriber::Expecting {
    match expecting {
        Expecting::Anything => transcriber::Expecting::Anything,
        Expecting::Digits => transcriber::Expecting::Digits,
        Expecting::YesNo => transcriber::Expecting::YesNo,
    }
}

/// FNV-1a over the samples.
fn fingerprint(sound: &[f32]) -> u64 {
    sound
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, sample| (hash ^ u64::from(sample.to_bits())).wrapping_mul(0x100_0000_01b3))
}

/// CPU time of this thread; wall time where the system does not tell.
fn cpu_time() -> Duration {
    static BEGAN: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    let of_thread = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = of_thread.and_then(|stat| stat.split_whitespace().next()?.parse().ok());
    nanos.map_or_else(|| BEGAN.get_or_init(Instant::now).elapsed(), Duration::from_nanos)
}
