//! A conversation in the terminal: the same core as in a call, text instead of sound, virtual time instead of waiting.

use std::{
    collections::{HashMap, VecDeque},
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context;
use ermu_dialogue::{Core, Effect, Event, LookFor, Notice, Opening, ShopPack, Speaker, TurnConfig, VoiceAnalysis};
use ermu_domain::{Language, Order, PhotoId, ProductId, SessionId, SessionTime, Ticket, TicketId};
use ermu_engine::photo_failure;
use ermu_vision::{DecodeLimits, Inspector, Photo, inspect_wall};
use jiff::civil::DateTime;

use crate::sentences::Sentences;

/// What the terminal shows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shown {
    /// Ermu says something.
    Says(String),
    /// What a photo shows, in words.
    Sees(String),
    /// A ticket was stored, or stored again with the same number.
    Ticket(TicketId, Box<Ticket>),
    /// A question was kept for a person.
    Keeps(String),
    /// The call is over.
    Ends,
}

/// How far the virtual clock goes on after the caller has spoken: longer than it waits for words that belong to a photo,
/// shorter than it takes to ask a silent caller.
const AFTERMATH_MS: u64 = 3_000;
/// Catalogue photos, by product.
type References = HashMap<ProductId, Vec<Photo>>;
/// Loads the inspector of photos, once one is sent.
type LoadInspector = Box<dyn Fn() -> anyhow::Result<(Inspector, References)>>;

/// A conversation under way.
pub(crate) struct Chat {
    core: Core,
    orders: Vec<Order>,
    sentences: Option<Sentences>,
    load_inspector: LoadInspector,
    inspector: Option<(Inspector, References)>,
    photos: Vec<PathBuf>,
    tickets: Vec<(u32, TicketId)>,
    now: SessionTime,
    over: bool,
}

impl Chat {
    /// Begins a conversation at the shop's local time `today`. Photos are inspected by what `load_inspector` loads.
    pub(crate) fn begin(
        pack: &Arc<ShopPack>,
        sentences: Option<Sentences>,
        language: Language,
        today: DateTime,
        load_inspector: LoadInspector,
    ) -> anyhow::Result<(Self, Vec<Shown>)> {
        let opening = Opening {
            session: SessionId(0),
            language,
            today,
            caller_orders: Vec::new(),
            voice_analysis: VoiceAnalysis::Words,
            config: TurnConfig::default(),
        };
        let mut chat = Self {
            core: Core::new(Arc::clone(pack), opening),
            orders: pack.orders(today.date()),
            sentences,
            load_inspector,
            inspector: None,
            photos: Vec::new(),
            tickets: Vec::new(),
            now: SessionTime::ZERO,
            over: false,
        };
        let shown = chat.happen(Event::CallStarted)?;
        Ok((chat, shown))
    }

    /// The caller types a text.
    pub(crate) fn say(&mut self, text: &str) -> anyhow::Result<Vec<Shown>> {
        let sentence = self.sentences.as_ref().map(|sentences| sentences.read(text));
        self.happen(Event::Typed { text: text.to_owned(), sentence })
    }

    /// The caller sends the photo in this file.
    pub(crate) fn send_photo(&mut self, path: &Path) -> anyhow::Result<Vec<Shown>> {
        self.photos.push(path.to_owned());
        let photo = PhotoId(u32::try_from(self.photos.len())?);
        self.happen(Event::PhotoReceived { photo })
    }

    /// The caller is silent for some seconds.
    pub(crate) fn wait(&mut self, seconds: u64) -> anyhow::Result<Vec<Shown>> {
        self.settle(Vec::new(), seconds.saturating_mul(1_000))
    }

    /// The caller hangs up.
    pub(crate) fn hang_up(&mut self) -> anyhow::Result<Vec<Shown>> {
        self.happen(Event::HungUp)
    }

    /// Whether the call is over.
    pub(crate) const fn is_over(&self) -> bool {
        self.over
    }

    fn happen(&mut self, event: Event) -> anyhow::Result<Vec<Shown>> {
        self.settle(vec![event], AFTERMATH_MS)
    }

    /// Gives the core events and the answers to all that it asks for, and lets the clock run on.
    fn settle(&mut self, events: Vec<Event>, milliseconds: u64) -> anyhow::Result<Vec<Shown>> {
        let end = self.now + std::time::Duration::from_millis(milliseconds);
        let (mut events, mut shown) = (VecDeque::from(events), Vec::new());
        loop {
            while let Some(event) = events.pop_front() {
                self.core.handle(event, self.now);
                while let Some(effect) = self.core.poll_effect() {
                    self.answer(effect, &mut events, &mut shown)?;
                }
            }
            match self.core.next_deadline().filter(|deadline| *deadline <= end && !self.over) {
                Some(deadline) => {
                    self.now = deadline;
                    events.push_back(Event::Tick);
                }
                None => break,
            }
        }
        self.now = end;
        Ok(shown)
    }

    fn answer(&mut self, effect: Effect, events: &mut VecDeque<Event>, shown: &mut Vec<Shown>) -> anyhow::Result<()> {
        match effect {
            Effect::Say { id, clauses } => {
                events.push_back(Event::SpeechStarted { id });
                events.push_back(Event::SpeechEnded { id, clauses_heard: clauses.len() });
            }
            Effect::FindOrder { id, number } => {
                let order = self.orders.iter().find(|order| order.number.0 == number).cloned().map(Box::new);
                events.push_back(Event::OrderFound { id, order });
            }
            Effect::InspectPhoto { photo, product, look_for } => {
                events.push_back(self.inspect(photo, product.as_ref(), &look_for)?);
            }
            Effect::StoreTicket { id, key, ticket } => {
                let known = self.tickets.iter().find(|(known, _)| *known == key).map(|(_, number)| *number);
                let number = known.unwrap_or(TicketId(self.tickets.len() as u64 + 1));
                if known.is_none() {
                    self.tickets.push((key, number));
                }
                shown.push(Shown::Ticket(number, ticket));
                events.push_back(Event::TicketStored { id, ticket: number });
            }
            Effect::KeepQuestion { question, .. } => shown.push(Shown::Keeps(question)),
            Effect::Show { notice: Notice::Caption { speaker: Speaker::Agent, text, .. } } => {
                shown.push(Shown::Says(text));
            }
            Effect::Show { notice: Notice::Photo { words, .. } | Notice::Wall { words, .. } } => {
                shown.push(Shown::Sees(words));
            }
            Effect::EndCall => {
                self.over = true;
                shown.push(Shown::Ends);
            }
            Effect::Show { .. }
            | Effect::Transcribe { .. }
            | Effect::CancelTranscription { .. }
            | Effect::PauseSpeaking
            | Effect::ResumeSpeaking
            | Effect::StopSpeaking
            | Effect::AskModel { .. } => {}
        }
        Ok(())
    }

    fn inspect(&mut self, photo: PhotoId, product: Option<&ProductId>, look_for: &LookFor) -> anyhow::Result<Event> {
        let at = usize::try_from(photo.0)?.saturating_sub(1);
        let path = self.photos.get(at).context("a photo that was never sent")?;
        let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        if let LookFor::Wall { question, template } = look_for {
            return Ok(match inspect_wall(&bytes, DecodeLimits::default(), template, *question) {
                Ok(inspection) => Event::WallMeasured { photo, result: inspection.result },
                Err(error) => Event::PhotoFailed { photo, failure: photo_failure(&error) },
            });
        }
        if self.inspector.is_none() {
            self.inspector = Some((self.load_inspector)()?);
        }
        let (inspector, references) = self.inspector.as_mut().context("no inspector")?;
        let references = product.and_then(|product| references.get(product)).map_or(&[][..], Vec::as_slice);
        Ok(match inspector.inspect(&bytes, references) {
            Ok(inspection) => Event::PhotoAnalysed { photo, report: inspection.report },
            Err(error) => Event::PhotoFailed { photo, failure: photo_failure(&error) },
        })
    }
}
