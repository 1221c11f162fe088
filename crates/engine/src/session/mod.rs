//! One call: a task that turns what happens into events for the dialogue core, and the core's effects into work.

mod ear;
mod log;
mod monotone;
mod mouth;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use ermu_dialogue::{Core, Effect, Event, LookFor, ModelRequest, Notice, PhotoFailure};
use ermu_domain::{
    EffectId, EmotionEstimate, OrderNumber, PhotoId, ProductId, Sentence, SessionId, SessionTime, TicketId, Transcript,
};
use ermu_speech::{emotion::Baseline, transcriber::Heard};
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval, sleep_until, timeout},
};
use tracing::{debug, info, warn};

pub use self::ear::{Awaited, Ear};
use self::{
    log::EventLog,
    mouth::{Mouth, Spoken},
};
use crate::{
    Line, LineEvent,
    engine::Shared,
    models::{Answer, Failed, Looked, Said, VadClient},
};

/// One frame of sound.
const FRAME: Duration = Duration::from_millis(20);
/// Answers that may wait for a session: more than it can have asked for.
const ANSWERS_LIMIT: usize = 256;
/// Words do not wait longer than this for the mood that belongs to them.
const MOOD_LIMIT: Duration = Duration::from_millis(800);
/// How long a session waits after hang-up for tickets that are being stored.
const FAREWELL: Duration = Duration::from_secs(5);

/// What the rest of the engine tells a session.
#[derive(Debug)]
pub(crate) enum Command {
    Photo { photo: PhotoId, bytes: Bytes },
    Candidates(String),
    HangUp,
}

/// What the store and others outside answered: results that come from tasks rather than from model threads.
enum Stored {
    Order { id: EffectId, result: Result<Option<Box<ermu_domain::Order>>, Failed> },
    Ticket { id: EffectId, result: Result<TicketId, Failed> },
    Inspected { photo: PhotoId, event: Event },
    Advice { id: EffectId, answer: Option<String> },
}

/// The two halves of an answer to `Transcribe`, until both are there.
struct Listening {
    span: ermu_domain::TimeSpan,
    language: ermu_domain::Language,
    abort: Arc<AtomicBool>,
    asked: SessionTime,
    words: Option<(Result<Heard, Failed>, Option<Sentence>)>,
    words_came: Option<SessionTime>,
    mood: Option<Option<EmotionEstimate>>,
}

struct Picture {
    /// What came in; after the first inspection the upright copy, without the camera's data.
    bytes: Bytes,
    received: SessionTime,
}

pub(crate) struct Session<L> {
    id: SessionId,
    line: L,
    core: Core,
    shared: Arc<Shared>,
    log: EventLog,
    ear: Ear,
    vad: VadClient,
    mouth: Mouth,
    baseline: Arc<Mutex<Baseline>>,
    listening: HashMap<EffectId, Listening>,
    pictures: HashMap<PhotoId, Picture>,
    answers: (mpsc::Sender<Answer>, mpsc::Receiver<Answer>),
    stored: (mpsc::Sender<Stored>, mpsc::Receiver<Stored>),
    /// Tickets that are being made durable.
    storing: usize,
    began: Instant,
    seq: u64,
    /// End of the caller's last voice, until an answer to it sounds.
    voice_ended: Option<SessionTime>,
    /// Whether the caller was last told that Ermu speaks.
    speaking: bool,
    /// The core wants to hang up once everything has been said.
    ending: bool,
    closed: Option<&'static str>,
}

impl<L: Line> Session<L> {
    pub(crate) fn new(
        id: SessionId,
        line: L,
        core: Core,
        shared: Arc<Shared>,
    ) -> Result<Self, ermu_audio::resample::ResampleError> {
        let answers = mpsc::channel(ANSWERS_LIMIT);
        Ok(Self {
            id,
            line,
            core,
            log: EventLog::open(shared.store.clone(), id),
            ear: Ear::new()?,
            vad: shared.models.vad(),
            mouth: Mouth::new(shared.models.voice(answers.0.clone())),
            baseline: Arc::default(),
            listening: HashMap::new(),
            pictures: HashMap::new(),
            answers,
            stored: mpsc::channel(ANSWERS_LIMIT),
            storing: 0,
            began: Instant::now(),
            seq: 0,
            voice_ended: None,
            speaking: false,
            ending: false,
            closed: None,
            shared,
        })
    }

    /// Runs the call to its end; says why it ended.
    pub(crate) async fn run(mut self, mut commands: mpsc::Receiver<Command>) -> &'static str {
        let mut frames = interval(FRAME);
        frames.set_missed_tick_behavior(MissedTickBehavior::Burst);
        while self.closed.is_none() {
            let deadline = self.core.next_deadline().map(|at| self.began + at.since(SessionTime::ZERO));
            tokio::select! {
                event = self.line.next() => self.on_line(event).await,
                Some(command) = commands.recv() => self.on_command(command).await,
                Some(answer) = self.answers.1.recv() => self.on_answer(answer),
                Some(stored) = self.stored.1.recv() => self.on_stored(stored),
                _ = frames.tick() => self.on_frame(),
                () = sleep_until(deadline.unwrap_or(self.began)), if deadline.is_some() => self.tell(Event::Tick),
            }
            self.report_speech();
        }
        self.finish().await;
        self.closed.unwrap_or("closed")
    }

    fn now(&self) -> SessionTime {
        SessionTime::ZERO + self.began.elapsed()
    }

    async fn on_line(&mut self, event: LineEvent) {
        match event {
            LineEvent::Connected => self.tell(Event::CallStarted),
            LineEvent::Frame(frame) => {
                self.ear.push(&frame, self.now());
                while let Some(window) = self.ear.next_window() {
                    let probability = self.vad.probability(window).await;
                    let awaited = Awaited::of(self.core.expecting(), self.mouth.busy());
                    if let Some(event) = self.ear.judged(probability, awaited) {
                        self.on_voice(event);
                    }
                }
            }
            LineEvent::Message(text) => match crate::message::parse(&text) {
                Ok(text) => {
                    let sentence = self.shared.models.sentence(&text);
                    self.tell(Event::Typed { text, sentence });
                }
                Err(error) => debug!(%error, session = %self.id, "a message of the page was dropped"),
            },
            LineEvent::Ended(reason) => self.closed = Some(reason),
        }
    }

    async fn on_command(&mut self, command: Command) {
        match command {
            Command::Photo { photo, bytes } => {
                self.shared.metrics.photos.add_one();
                self.pictures.insert(photo, Picture { bytes, received: self.now() });
                self.tell(Event::PhotoReceived { photo });
            }
            Command::Candidates(fragment) => self.line.add_candidates(&fragment).await,
            Command::HangUp => self.closed = Some("hung up"),
        }
    }

    fn on_frame(&mut self) {
        let now = self.now();
        let mut frame = [0.0; ermu_audio::FRAME_SAMPLES];
        let sounds = self.mouth.next_frame(&mut frame, now);
        // Silence too: where sound has just ended, nothing would be taken for a loss, and more of the voice made up.
        self.line.play(&frame);
        if !sounds && self.ending && !self.mouth.busy() {
            self.closed = Some("finished");
        }
        if let Some(event) = self.ear.played(&frame, now) {
            if event == Event::LineSilent {
                self.shared.metrics.lines_silent.add_one();
                warn!(session = %self.id, "nothing comes from the caller's side");
            }
            self.tell(event);
        }
        self.give_up_moods(now);
    }

    /// Words whose mood does not come go on without it.
    fn give_up_moods(&mut self, now: SessionTime) {
        let late = |listening: &Listening| listening.words_came.is_some_and(|came| now.since(came) > MOOD_LIMIT);
        let late: Vec<_> = self.listening.iter().filter(|(_, listening)| late(listening)).map(|(id, _)| *id).collect();
        for id in late {
            warn!(session = %self.id, %id, "emotion does not answer");
            self.on_heard(id, |listening| listening.mood = Some(None));
        }
    }

    fn on_voice(&mut self, event: Event) {
        if let Event::VoiceStopped { at } = event {
            self.voice_ended = Some(at);
        }
        self.tell(event);
    }

    fn on_answer(&mut self, answer: Answer) {
        match answer {
            Answer::Words { id, heard, sentence } => {
                let now = self.now();
                self.on_heard(id, |listening| {
                    listening.words = Some((heard, sentence));
                    listening.words_came = Some(now);
                });
            }
            Answer::EndJudged { id, finished } => self.tell(Event::EndJudged { id, finished }),
            Answer::Mood { id, emotion } => self.on_heard(id, |listening| listening.mood = Some(emotion)),
            Answer::Spoken { id, clause, sound } => self.mouth.synthesised(id, clause, sound),
            Answer::Seen { photo, result } => self.on_seen(photo, result),
        }
    }

    fn on_heard(&mut self, id: EffectId, put: impl FnOnce(&mut Listening)) {
        // An answer that is no longer wanted: its `Listening` is gone.
        let Some(listening) = self.listening.get_mut(&id) else { return };
        put(listening);
        if listening.words.is_none() || listening.mood.is_none() {
            return;
        }
        let Some(Listening { span, language, asked, words: Some((words, sentence)), mood: Some(emotion), .. }) =
            self.listening.remove(&id)
        else {
            return;
        };
        let metrics = &self.shared.metrics;
        metrics.transcript.record(self.now().since(asked));
        let event = match words {
            Err(Failed) => {
                metrics.transcriptions_failed.add_one();
                Event::TranscriptionFailed { id }
            }
            Ok(Heard::Nothing(why)) => {
                metrics.turns_without_words.add_one();
                debug!(?why, session = %self.id, %id, "no words");
                Event::Transcribed { id, transcript: None, emotion }
            }
            Ok(Heard::Words { text, confidence, .. }) => {
                metrics.turns.add_one();
                let transcript = Transcript { text, language, confidence, span, sentence };
                Event::Transcribed { id, transcript: Some(transcript), emotion }
            }
        };
        self.tell(event);
    }

    fn on_seen(&mut self, photo: PhotoId, result: Result<Looked, PhotoFailure>) {
        let metrics = &self.shared.metrics;
        let looked = match result {
            Ok(looked) => looked,
            Err(failure) => {
                metrics.photos_failed.add_one();
                return self.tell(Event::PhotoFailed { photo, failure });
            }
        };
        let (event, upright_jpeg, annotated_jpeg) = match looked {
            Looked::Product(seen) => {
                (Event::PhotoAnalysed { photo, report: seen.report }, seen.upright_jpeg, seen.annotated_jpeg)
            }
            Looked::Wall(seen) => {
                (Event::WallMeasured { photo, result: seen.result }, seen.upright_jpeg, seen.annotated_jpeg)
            }
        };
        let upright = Bytes::from(upright_jpeg);
        if let Some(picture) = self.pictures.get_mut(&photo) {
            metrics.photo.record(self.began.elapsed().saturating_sub(picture.received.since(SessionTime::ZERO)));
            picture.bytes = upright.clone();
        }
        // The photo is evidence: it is durable before anything is said about it.
        let (store, stored, session) = (self.shared.store.clone(), self.stored.0.clone(), self.id);
        tokio::spawn(async move {
            let annotated = annotated_jpeg.as_deref().unwrap_or(&upright);
            let event = match store.save_photo(session, photo, &upright, annotated).await {
                Ok(()) => event,
                Err(error) => {
                    warn!(%error, %session, %photo, "a photo could not be stored");
                    Event::PhotoFailed { photo, failure: PhotoFailure::Internal }
                }
            };
            stored.send(Stored::Inspected { photo, event }).await.ok();
        });
    }

    fn on_stored(&mut self, stored: Stored) {
        match stored {
            Stored::Order { id, result: Ok(order) } => self.tell(Event::OrderFound { id, order }),
            Stored::Order { id, result: Err(Failed) } => self.tell(Event::OrderLookupFailed { id }),
            Stored::Ticket { id, result } => {
                self.storing -= 1;
                match result {
                    Ok(ticket) => {
                        self.shared.metrics.tickets_stored.add_one();
                        self.shared.ticket_stored.notify_one();
                        self.tell(Event::TicketStored { id, ticket });
                    }
                    Err(Failed) => {
                        self.shared.metrics.tickets_failed.add_one();
                        self.tell(Event::TicketFailed { id });
                    }
                }
            }
            Stored::Inspected { photo, event } => {
                debug!(session = %self.id, %photo, "a photo was looked at");
                self.tell(event);
            }
            Stored::Advice { id, answer } => self.tell(Event::ModelAnswered { id, answer }),
        }
    }

    /// Tells the core what began and ended to sound.
    fn report_speech(&mut self) {
        while let Some(spoken) = self.mouth.poll() {
            match spoken {
                Spoken::Started(id) => {
                    if let Some(ended) = self.voice_ended.take() {
                        self.shared.metrics.answer.record(self.now().since(ended));
                    }
                    self.tell(Event::SpeechStarted { id });
                }
                Spoken::ClauseEnded { id, clauses_heard } => self.tell(Event::ClauseEnded { id, clauses_heard }),
                Spoken::Ended { id, clauses_heard } => self.tell(Event::SpeechEnded { id, clauses_heard }),
            }
        }
        if self.speaking != self.mouth.busy() {
            self.speaking = self.mouth.busy();
            self.line.show((self.shared.present)(&Notice::Speaking { voice: self.speaking }));
        }
    }

    /// Gives the core an event, and does what it asks for.
    fn tell(&mut self, event: Event) {
        let now = self.now();
        if event != Event::Tick {
            self.seq += 1;
            self.log.event(self.seq, now, &event);
        }
        self.core.handle(event, now);
        while let Some(effect) = self.core.poll_effect() {
            self.seq += 1;
            self.log.effect(self.seq, now, &effect);
            self.perform(effect, now);
        }
    }

    fn perform(&mut self, effect: Effect, now: SessionTime) {
        match effect {
            Effect::Transcribe { id, span, language, expecting, utterance: _ } => {
                let sound = self.ear.sound(span);
                let said = Said { language, expecting, pack: Arc::clone(self.core.pack()) };
                let abort = self.shared.models.listen(id, sound, said, &self.baseline, &self.answers.0);
                let listening =
                    Listening { span, language, abort, asked: now, words: None, words_came: None, mood: None };
                self.listening.insert(id, listening);
            }
            Effect::CancelTranscription { id } => {
                if let Some(listening) = self.listening.remove(&id) {
                    listening.abort.store(true, Ordering::Relaxed);
                }
            }
            Effect::Say { id, clauses } => self.mouth.say(id, &clauses, now),
            Effect::PauseSpeaking => self.mouth.pause(),
            Effect::ResumeSpeaking => self.mouth.resume(),
            Effect::StopSpeaking => self.mouth.stop(),
            Effect::FindOrder { id, number } => self.find_order(id, number),
            Effect::InspectPhoto { photo, product, look_for } => self.inspect(photo, product.as_ref(), look_for),
            Effect::StoreTicket { id, key, ticket } => {
                self.storing += 1;
                let (store, stored, log, session) =
                    (self.shared.store.clone(), self.stored.0.clone(), self.log.clone(), self.id);
                tokio::spawn(async move {
                    // First the events that prove the ticket, then the ticket, then the promise.
                    log.flush().await;
                    let result = store.save_ticket(session, key, &ticket).await.map_err(|error| {
                        warn!(%error, %session, "a ticket could not be stored");
                        Failed
                    });
                    stored.send(Stored::Ticket { id, result }).await.ok();
                });
            }
            Effect::Show { notice } => self.line.show((self.shared.present)(&notice)),
            Effect::AskModel { id, request } => self.ask_model(id, request),
            // The event log keeps it, where the shop's people find it.
            Effect::KeepQuestion { .. } => {}
            Effect::EndCall => self.ending = true,
        }
    }

    fn find_order(&self, id: EffectId, number: String) {
        let (shared, stored, session) = (Arc::clone(&self.shared), self.stored.0.clone(), self.id);
        tokio::spawn(async move {
            let found = shared.backend.order(&shared.store, &OrderNumber(number)).await;
            let result = found.map(|order| order.map(Box::new)).map_err(|error| {
                warn!(%error, %session, "an order could not be looked up");
                Failed
            });
            stored.send(Stored::Order { id, result }).await.ok();
        });
    }

    fn ask_model(&self, id: EffectId, request: ModelRequest) {
        let (shared, stored) = (Arc::clone(&self.shared), self.stored.0.clone());
        tokio::spawn(async move {
            let answer = match &shared.adviser {
                Some(adviser) => adviser.ask(&request, &shared.metrics).await,
                None => None,
            };
            stored.send(Stored::Advice { id, answer }).await.ok();
        });
    }

    fn inspect(&self, photo: PhotoId, product: Option<&ProductId>, look_for: LookFor) {
        let Some(picture) = self.pictures.get(&photo) else {
            return warn!(session = %self.id, %photo, "the core asked for a photo that never came");
        };
        self.shared.models.look(photo, picture.bytes.clone(), product, look_for, &self.answers.0);
    }

    /// Lets the core put its papers in order after the line is gone.
    async fn finish(&mut self) {
        self.mouth.stop();
        self.report_speech();
        self.tell(Event::HungUp);
        let farewell = timeout(FAREWELL, async {
            while self.storing > 0 {
                let Some(stored) = self.stored.1.recv().await else { break };
                self.on_stored(stored);
            }
        });
        if farewell.await.is_err() {
            warn!(session = %self.id, "a ticket was still being stored when the session ended");
        }
        for listening in self.listening.values() {
            listening.abort.store(true, Ordering::Relaxed);
        }
        self.line.close().await;
        self.log.flush().await;
        info!(session = %self.id, reason = self.closed, "call ended");
    }
}
