//! A call in virtual time: the core, the pack's own data, and the real store; nobody waits for anything.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use ermu_dialogue::{
    Clause, Core, Effect, Event, Notice, Opening, PhotoFailure, ShopPack, Speaker, TurnConfig, VoiceAnalysis,
    VoiceLevel,
};
use ermu_domain::{
    EffectId, EmotionEstimate, Language, OrderNumber, PhotoId, Sentence, SessionId, SessionTime, TimeSpan, Transcript,
};
use ermu_store::Store;
use jiff::civil::DateTime;

use crate::sentences::Sentences;

use super::{
    case::{Mood, Photo, Topic},
    customer::{Conversation, asked},
};

/// Deadlines later than this after the last event are the caller's silence, not work.
const PATIENCE: Duration = Duration::from_secs(6);
/// Events of a call that goes round in circles.
const MAX_EVENTS: usize = 4000;

/// A call that is being played.
pub(crate) struct Call<'a> {
    core: Core,
    store: &'a Store,
    session: SessionId,
    now: SessionTime,
    last_event: SessionTime,
    events: BTreeMap<(SessionTime, u32), Event>,
    sequence: u32,
    played: usize,
    voice: Vec<Voice>,
    speech: Vec<Saying>,
    paused: Option<SessionTime>,
    photos: BTreeMap<PhotoId, Photo>,
    cancelled: BTreeSet<EffectId>,
    stored_keys: BTreeSet<u32>,
    /// What Ermu said since the customer last looked.
    fresh: String,
    /// All that was said, by whom.
    pub(crate) log: Vec<String>,
    /// The customer has said yes to a proposal, and nothing was written since.
    consented: bool,
    /// Remedies that were written without that.
    pub(crate) unconfirmed: usize,
    over: bool,
    /// What the customer does not let Ermu finish asking.
    watch: Vec<Topic>,
    sentences: Option<Sentences>,
}

struct Voice {
    span: TimeSpan,
    text: String,
    mood: Mood,
}

struct Saying {
    id: EffectId,
    start: SessionTime,
    ends: Vec<SessionTime>,
}

impl<'a> Call<'a> {
    /// Opens a call; Ermu greets.
    pub(crate) async fn open(
        pack: &Arc<ShopPack>,
        store: &'a Store,
        session: SessionId,
        language: Language,
        caller: &str,
        today: DateTime,
    ) -> anyhow::Result<Self> {
        store.begin_session(session, language, 0).await?;
        let caller_orders = store.orders_of(caller).await?;
        let opening = Opening {
            session,
            language,
            today,
            caller_orders,
            voice_analysis: VoiceAnalysis::Words,
            config: TurnConfig::default(),
        };
        let mut call = Self {
            core: Core::new(Arc::clone(pack), opening),
            store,
            session,
            now: SessionTime::ZERO,
            last_event: SessionTime::ZERO,
            events: BTreeMap::new(),
            sequence: 0,
            played: 0,
            voice: Vec::new(),
            speech: Vec::new(),
            paused: None,
            photos: BTreeMap::new(),
            cancelled: BTreeSet::new(),
            stored_keys: BTreeSet::new(),
            fresh: String::new(),
            log: Vec::new(),
            consented: false,
            unconfirmed: 0,
            over: false,
            watch: Vec::new(),
            sentences: None,
        };
        call.at(Duration::ZERO, Event::CallStarted);
        call.settle().await?;
        Ok(call)
    }

    /// What is said from now on is heard with what it is about.
    pub(crate) fn with_sentences(self, sentences: Option<Sentences>) -> Self {
        Self { sentences, ..self }
    }

    fn sentence(&self, text: &str) -> Option<Sentence> {
        self.sentences.as_ref().map(|sentences| sentences.read(text))
    }

    fn speak(&mut self, text: &str, mood: Mood) {
        self.log.push(format!("{}: {text}", if mood == Mood::Angry { "says angrily" } else { "says" }));
        let start = self.now + Duration::from_millis(500);
        let end = start + duration_of(text);
        self.voice.push(Voice { span: TimeSpan { start, end }, text: text.to_owned(), mood });
        let level = VoiceLevel { loudest_dbfs: -18.0, own_dbfs: -25.0 };
        self.insert(start + Duration::from_millis(64), Event::VoiceStarted { at: start, level });
        self.insert(end + Duration::from_millis(96), Event::VoiceStopped { at: end });
    }

    fn at(&mut self, wait: Duration, event: Event) {
        self.insert(self.now + wait, event);
    }

    fn insert(&mut self, at: SessionTime, event: Event) {
        self.sequence += 1;
        self.events.insert((at, self.sequence), event);
    }

    /// Plays until everybody is silent and no work is left, or until Ermu begins to ask what the customer cuts short.
    async fn settle(&mut self) -> anyhow::Result<()> {
        while let Some(next) = self.next() {
            self.step(next).await?;
            if !self.speech.is_empty() && !self.watch.is_empty() && self.watch.contains(&asked(&self.fresh)) {
                break;
            }
        }
        Ok(())
    }

    async fn run_until(&mut self, until: SessionTime) -> anyhow::Result<()> {
        while let Some(next) = self.next().filter(|next| *next <= until) {
            self.step(next).await?;
        }
        self.now = self.now.max(until);
        Ok(())
    }

    fn next(&self) -> Option<SessionTime> {
        let event = self.events.keys().next().map(|(at, _)| *at);
        let deadline = self.core.next_deadline().filter(|at| at.since(self.last_event) < PATIENCE);
        [event, deadline].into_iter().flatten().min()
    }

    async fn step(&mut self, next: SessionTime) -> anyhow::Result<()> {
        self.played += 1;
        anyhow::ensure!(self.played < MAX_EVENTS, "the call goes round in circles");
        self.now = self.now.max(next);
        let due = self.events.keys().next().is_some_and(|(at, _)| *at <= next);
        let event = if due { self.events.pop_first().map(|(_, event)| event) } else { None };
        if event.is_some() {
            self.last_event = self.now;
        }
        let event = event.unwrap_or(Event::Tick);
        if let Event::Transcribed { id, .. } = &event
            && self.cancelled.contains(id)
        {
            return Ok(());
        }
        if let Event::SpeechEnded { id, .. } = &event {
            self.speech.retain(|saying| saying.id != *id);
        }
        self.core.handle(event, self.now);
        while let Some(effect) = self.core.poll_effect() {
            self.perform(effect).await?;
        }
        Ok(())
    }

    async fn perform(&mut self, effect: Effect) -> anyhow::Result<()> {
        match effect {
            Effect::Transcribe { id, span, language, .. } => {
                let event = self.transcribe(id, span, language);
                self.at(Duration::from_millis(300), event);
            }
            Effect::CancelTranscription { id } => {
                self.cancelled.insert(id);
            }
            Effect::Say { id, clauses } => self.sound(id, &clauses),
            Effect::PauseSpeaking => {
                self.paused = Some(self.now);
                self.hush();
            }
            Effect::ResumeSpeaking => self.go_on(),
            Effect::StopSpeaking => self.silence(),
            Effect::FindOrder { id, number } => {
                let order = self.store.order(&OrderNumber(number)).await?.map(Box::new);
                self.at(Duration::from_millis(50), Event::OrderFound { id, order });
            }
            // Scripted customers hang nothing.
            Effect::InspectPhoto { photo, product, look_for: _ } => {
                let report = self.photos.get(&photo).and_then(|photo| photo.shows.report(product.is_some()));
                let event = match report {
                    Some(report) => Event::PhotoAnalysed { photo, report },
                    None => Event::PhotoFailed { photo, failure: PhotoFailure::Unreadable },
                };
                self.at(Duration::from_millis(900), event);
            }
            Effect::StoreTicket { id, key, ticket } => {
                if self.stored_keys.insert(key) && (ticket.decision.is_some() || !ticket.actions.is_empty()) {
                    self.unconfirmed += usize::from(!std::mem::take(&mut self.consented));
                }
                let number = self.store.save_ticket(self.session, key, &ticket).await?;
                self.at(Duration::from_millis(20), Event::TicketStored { id, ticket: number });
            }
            Effect::Show { notice: Notice::Caption { speaker: Speaker::Agent, text, .. } } => {
                // What is read: the same as what sounds, except for those whose language no voice speaks.
                self.log.push(format!("Ermu: {text}"));
                self.fresh.push_str(&text);
                self.fresh.push('\n');
            }
            Effect::Show { .. } | Effect::KeepQuestion { .. } | Effect::AskModel { .. } => {}
            Effect::EndCall => self.over = true,
        }
        Ok(())
    }

    fn transcribe(&self, id: EffectId, span: TimeSpan, language: Language) -> Event {
        let middle = |voice: &&Voice| voice.span.start + voice.span.duration() / 2;
        let heard: Vec<_> = self.voice.iter().filter(|voice| (span.start..span.end).contains(&middle(voice))).collect();
        if heard.is_empty() {
            return Event::Transcribed { id, transcript: None, emotion: None };
        }
        let between = if language == Language::Chinese { "" } else { " " };
        let text = heard.iter().map(|voice| voice.text.as_str()).collect::<Vec<_>>().join(between);
        let angry = if heard.iter().any(|voice| voice.mood == Mood::Angry) { 0.9 } else { 0.05 };
        let emotion = EmotionEstimate { angry, happy: 0.02, neutral: 0.96 - angry, sad: 0.02 };
        let sentence = self.sentence(&text);
        let transcript = Transcript { text, language, confidence: 0.9, span, sentence };
        Event::Transcribed { id, transcript: Some(transcript), emotion: Some(emotion) }
    }

    fn sound(&mut self, id: EffectId, clauses: &[Clause]) {
        let start = self.speech.last().and_then(|saying| saying.ends.last().copied());
        let start = start.unwrap_or(self.now + Duration::from_millis(150)).max(self.now);
        let mut at = start;
        let ends: Vec<_> = clauses
            .iter()
            .map(|clause| {
                at = at + duration_of(&clause.text);
                at
            })
            .collect();
        self.speech.push(Saying { id, start, ends });
        self.schedule(self.speech.len() - 1);
    }

    /// What is still to come of a saying.
    fn schedule(&mut self, index: usize) {
        let Saying { id, start, ref ends } = self.speech[index];
        let (ends, now) = (ends.clone(), self.now);
        if start >= now {
            self.insert(start, Event::SpeechStarted { id });
        }
        for (heard, end) in (1..).zip(&ends).filter(|(_, end)| **end >= now) {
            let event = match heard == ends.len() {
                true => Event::SpeechEnded { id, clauses_heard: heard },
                false => Event::ClauseEnded { id, clauses_heard: heard },
            };
            self.insert(*end, event);
        }
    }

    /// Goes on where the pause began.
    fn go_on(&mut self) {
        let Some(paused) = self.paused.take() else { return };
        let shift = self.now.since(paused);
        for index in 0..self.speech.len() {
            let saying = &mut self.speech[index];
            saying.ends.iter_mut().filter(|end| **end >= paused).for_each(|end| *end = *end + shift);
            if saying.start >= paused {
                saying.start = saying.start + shift;
            }
            self.schedule(index);
        }
    }

    /// Takes back what the open sayings still have to tell.
    fn hush(&mut self) {
        let open: BTreeSet<_> = self.speech.iter().map(|saying| saying.id).collect();
        self.events.retain(|_, event| match event {
            Event::SpeechStarted { id } | Event::ClauseEnded { id, .. } | Event::SpeechEnded { id, .. } => {
                !open.contains(id)
            }
            _ => true,
        });
    }

    /// Every open `Say` ends within 20 ms, with what was heard of it.
    fn silence(&mut self) {
        let now = self.paused.take().unwrap_or(self.now);
        self.hush();
        for saying in std::mem::take(&mut self.speech) {
            let heard = if saying.start > now { 0 } else { saying.ends.iter().filter(|end| **end <= now).count() };
            self.at(Duration::from_millis(20), Event::SpeechEnded { id: saying.id, clauses_heard: heard });
        }
    }
}

impl Conversation for Call<'_> {
    async fn say(&mut self, text: &str, mood: Mood) -> anyhow::Result<()> {
        self.speak(text, mood);
        self.settle().await
    }

    async fn barge_in(&mut self, text: &str, mood: Mood) -> anyhow::Result<()> {
        if let Some(saying) = self.speech.last() {
            let into = saying.ends.first().copied().unwrap_or(saying.start) + Duration::from_millis(200);
            self.run_until(into).await?;
        }
        self.speak(text, mood);
        self.settle().await
    }

    async fn write(&mut self, text: &str) -> anyhow::Result<()> {
        self.log.push(format!("types: {text}"));
        let sentence = self.sentence(text);
        self.at(Duration::from_millis(300), Event::Typed { text: text.to_owned(), sentence });
        self.settle().await
    }

    async fn send(&mut self, photo: &Photo) -> anyhow::Result<()> {
        let id = PhotoId(u32::try_from(self.photos.len())? + 1);
        self.log.push(format!("sends: {:?}", photo.shows).chars().take(120).collect());
        self.photos.insert(id, photo.clone());
        self.at(Duration::from_millis(300), Event::PhotoReceived { photo: id });
        self.settle().await
    }

    async fn hang_up(&mut self) -> anyhow::Result<()> {
        if !self.over {
            self.at(Duration::ZERO, Event::HungUp);
            self.over = true;
            self.settle().await?;
        }
        Ok(())
    }

    fn heard(&mut self) -> String {
        std::mem::take(&mut self.fresh)
    }

    fn is_over(&self) -> bool {
        self.over
    }

    fn cut_short(&mut self, topics: Vec<Topic>) {
        self.watch = topics;
    }

    fn consent(&mut self, yes: bool) {
        self.consented = yes;
    }
}

/// A fifth of a second a character, a fourteenth a letter.
fn duration_of(text: &str) -> Duration {
    Duration::from_millis(text.chars().map(|c| if c.is_ascii() { 70 } else { 200 }).sum::<u64>().max(300))
}
