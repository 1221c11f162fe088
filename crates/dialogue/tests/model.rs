//! Model checking of what a call writes: from the moment of the question, every order of what can happen is played — yes, no,
//! other words, a voice that cuts in, sound that ends, a store that answers, fails, or does it and dies, hang-up, a crash.
//!
//! In each of these calls: nothing is written without a yes to what was read out; nothing is written twice, also not by the
//! next call; nothing is spoken of as done before it is stored.
#![allow(clippy::unwrap_used, reason = "a broken test may panic")]
#![allow(clippy::disallowed_methods, reason = "the support module reads the demo pack")]

#[allow(dead_code, reason = "the scripts use the rest")]
mod support;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use ermu_dialogue::{Core, Effect, Event, Opening, ShopPack, TurnConfig, VoiceAnalysis, VoiceLevel};
use ermu_domain::{
    ActionKind, EffectId, Language, Order, PhotoId, Registered, SessionId, SessionTime, Ticket, TicketId, TimeSpan,
    Transcript,
};
use support::{demo_pack, opened, script::PhotoShows};

/// How many things happen after the question.
const DEPTH: usize = 5;

/// What can happen at a point of the call, as far as it is possible there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    TypesYes,
    SaysYes,
    SaysNo,
    SaysOther,
    /// The oldest of what Ermu says has sounded whole.
    SpeechEnds,
    /// The caller's voice cuts Ermu short: nothing of it was heard.
    CutsIn,
    StoreAnswers,
    StoreFails,
    /// The store does it, but its answer is lost.
    StoreDoesAndFails,
    HangsUp,
    /// The process dies, before or after the store did what it was asked for.
    CrashesBefore,
    CrashesAfter,
}

const STEPS: [Step; 12] = [
    Step::TypesYes,
    Step::SaysYes,
    Step::SaysNo,
    Step::SaysOther,
    Step::SpeechEnds,
    Step::CutsIn,
    Step::StoreAnswers,
    Step::StoreFails,
    Step::StoreDoesAndFails,
    Step::HangsUp,
    Step::CrashesBefore,
    Step::CrashesAfter,
];

/// What is on disk: it outlives the process.
#[derive(Debug, Clone, Default)]
struct Disk {
    /// By session and key, as in the store.
    tickets: BTreeMap<(u128, u32), Ticket>,
}

impl Disk {
    fn number((session, key): (u128, u32)) -> TicketId {
        TicketId(u64::try_from(session).unwrap() * 100 + u64::from(key))
    }

    /// How often each thing happens to an order, over all calls.
    fn effects(&self) -> BTreeMap<(ActionKind, String), usize> {
        let mut effects = BTreeMap::new();
        for action in self.tickets.values().flat_map(|ticket| &ticket.actions) {
            let order = action.order.as_ref().map(|order| order.0.clone()).unwrap_or_default();
            *effects.entry((action.kind, order)).or_default() += 1;
        }
        effects
    }

    fn order(&self, mut order: Order) -> Order {
        for (key, ticket) in &self.tickets {
            if ticket.order.as_ref() == Some(&order.number) {
                let remedy = ticket.decision.as_ref().map(|decision| decision.remedy);
                order.registered.push(Registered { ticket: Self::number(*key), kind: ticket.kind, remedy });
            }
        }
        order
    }
}

/// A caller who speaks up.
const LOUD: VoiceLevel = VoiceLevel { loudest_dbfs: -18.0, own_dbfs: -25.0 };

#[derive(Clone)]
struct World {
    pack: Arc<ShopPack>,
    core: Core,
    session: u128,
    now: SessionTime,
    disk: Disk,
    stores: Vec<(EffectId, u32, Ticket)>,
    sayings: Vec<(EffectId, usize, String)>,
    transcriptions: Vec<EffectId>,
    /// The proposal was put to the caller, and how much of it was heard: asked, heard.
    asked: bool,
    heard: bool,
    consented: bool,
    known_keys: Vec<u32>,
    acknowledged: bool,
    over: bool,
}

impl World {
    fn new(pack: &Arc<ShopPack>, session: u128, disk: Disk) -> Self {
        let opening = Opening {
            session: SessionId(session),
            language: Language::Chinese,
            today: opened(),
            caller_orders: Vec::new(),
            voice_analysis: VoiceAnalysis::Words,
            config: TurnConfig::default(),
        };
        let mut world = Self {
            pack: Arc::clone(pack),
            core: Core::new(Arc::clone(pack), opening),
            session,
            now: SessionTime::ZERO,
            disk,
            stores: Vec::new(),
            sayings: Vec::new(),
            transcriptions: Vec::new(),
            asked: false,
            heard: false,
            consented: false,
            known_keys: Vec::new(),
            acknowledged: false,
            over: false,
        };
        world.event(Event::CallStarted);
        world
    }

    fn event(&mut self, event: Event) {
        self.now = self.now + Duration::from_millis(10);
        self.core.handle(event, self.now);
        while let Some(effect) = self.core.poll_effect() {
            self.perform(effect);
        }
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::FindOrder { id, number } => {
                let found = self.pack.orders(opened().date()).into_iter().find(|order| order.number.0 == number);
                let order = found.map(|order| Box::new(self.disk.order(order)));
                self.event(Event::OrderFound { id, order });
            }
            Effect::InspectPhoto { photo, product, .. } => {
                let shows = PhotoShows::Damage {
                    kind: ermu_domain::DefectKind::Scratch,
                    place: ermu_domain::NineGrid::TopRight,
                    confidence: 0.9,
                    has_reference: true,
                };
                let report = shows.report(product.is_some()).unwrap();
                self.event(Event::PhotoAnalysed { photo, report });
            }
            Effect::StoreTicket { id, key, ticket } => {
                if !self.known_keys.contains(&key) {
                    self.known_keys.push(key);
                    if ticket.decision.is_some() || !ticket.actions.is_empty() {
                        assert!(std::mem::take(&mut self.consented), "written without a yes to what was read out");
                    }
                }
                self.stores.push((id, key, *ticket));
            }
            Effect::Say { id, clauses } => {
                let text: String = clauses.iter().map(|clause| clause.text.as_str()).collect();
                assert!(!self.over, "words after the call");
                assert!(
                    !text.contains("为您登记") || !text.contains("工单号") || self.acknowledged,
                    "done before stored: {text}"
                );
                if is_proposal(&text) {
                    (self.asked, self.heard) = (true, false);
                }
                self.sayings.push((id, clauses.len(), text));
            }
            Effect::Transcribe { id, .. } => self.transcriptions.push(id),
            Effect::StopSpeaking => self.cut_short(),
            Effect::EndCall => self.over = true,
            Effect::CancelTranscription { .. }
            | Effect::PauseSpeaking
            | Effect::ResumeSpeaking
            | Effect::KeepQuestion { .. }
            | Effect::AskModel { .. }
            | Effect::Show { .. } => {}
        }
    }

    fn cut_short(&mut self) {
        for (id, ..) in std::mem::take(&mut self.sayings) {
            self.event(Event::SpeechEnded { id, clauses_heard: 0 });
        }
    }

    /// Everything that Ermu says sounds.
    fn listen(&mut self) {
        while !self.sayings.is_empty() {
            self.speech_ends();
        }
    }

    fn speech_ends(&mut self) {
        let (id, clauses_heard, text) = self.sayings.remove(0);
        self.heard |= is_proposal(&text);
        self.event(Event::SpeechEnded { id, clauses_heard });
    }

    fn types(&mut self, text: &str) {
        self.event(Event::Typed { text: text.to_owned(), sentence: None });
        self.listen();
    }

    /// Speaks a sentence from silence to silence.
    fn speaks(&mut self, text: &str) {
        self.now = self.now + Duration::from_millis(400);
        self.event(Event::VoiceStarted { at: self.now, level: LOUD });
        self.now = self.now + Duration::from_millis(600);
        self.event(Event::Tick);
        self.event(Event::VoiceStopped { at: self.now });
        for _ in 0..2 {
            self.now = self.now + Duration::from_millis(1000);
            self.event(Event::Tick);
        }
        self.transcribed(text);
    }

    fn transcribed(&mut self, text: &str) {
        if let Some(id) = self.transcriptions.pop() {
            let span = TimeSpan { start: self.now, end: self.now };
            let transcript = Transcript {
                text: text.to_owned(),
                language: Language::Chinese,
                confidence: 0.9,
                span,
                sentence: None,
            };
            self.event(Event::Transcribed { id, transcript: Some(transcript), emotion: None });
        }
    }

    fn commit(&mut self) -> (EffectId, TicketId) {
        let (id, key, ticket) = self.stores.remove(0);
        self.disk.tickets.insert((self.session, key), ticket);
        (id, Disk::number((self.session, key)))
    }

    fn is_possible(&self, step: Step) -> bool {
        match step {
            Step::SpeechEnds | Step::CutsIn => !self.sayings.is_empty() && !self.over,
            Step::StoreAnswers | Step::StoreFails | Step::StoreDoesAndFails => !self.stores.is_empty(),
            Step::TypesYes | Step::SaysYes | Step::SaysNo | Step::SaysOther | Step::HangsUp => !self.over,
            Step::CrashesBefore => true,
            Step::CrashesAfter => !self.stores.is_empty(),
        }
    }

    fn take(&mut self, step: Step) {
        match step {
            // What is typed was read; what is spoken counts only if the proposal was heard.
            Step::TypesYes => {
                self.consented |= self.asked;
                self.asked = false;
                self.event(Event::Typed { text: "可以".to_owned(), sentence: None });
            }
            Step::SaysYes => {
                self.consented |= self.asked && self.heard;
                self.speaks("可以");
            }
            Step::SaysNo => {
                self.asked = false;
                self.speaks("不用了");
            }
            Step::SaysOther => self.speaks("今天天气不错"),
            Step::SpeechEnds => self.speech_ends(),
            Step::CutsIn => {
                let at = self.now;
                self.event(Event::VoiceStarted { at, level: LOUD });
                self.now = self.now + Duration::from_millis(400);
                self.event(Event::Tick);
                let at = self.now;
                self.event(Event::VoiceStopped { at });
                for _ in 0..2 {
                    self.now = self.now + Duration::from_millis(1000);
                    self.event(Event::Tick);
                }
                self.transcribed("等一下");
            }
            Step::StoreAnswers => {
                let (id, ticket) = self.commit();
                self.acknowledged = true;
                self.event(Event::TicketStored { id, ticket });
            }
            Step::StoreFails => {
                let (id, ..) = self.stores.remove(0);
                self.event(Event::TicketFailed { id });
            }
            Step::StoreDoesAndFails => {
                let (id, _) = self.commit();
                self.event(Event::TicketFailed { id });
            }
            Step::HangsUp => {
                self.over = true;
                self.event(Event::HungUp);
            }
            Step::CrashesBefore => self.over = true,
            Step::CrashesAfter => {
                while !self.stores.is_empty() {
                    self.commit();
                }
                self.over = true;
            }
        }
        for (effect, times) in self.disk.effects() {
            assert_eq!(times, 1, "{effect:?} happens more than once");
        }
    }
}

/// Whether a reply reads out what is to be registered; a mere reminder of the question does not.
fn is_proposal(text: &str) -> bool {
    text.contains("需要我现在为您") && !text.contains("可以说需要或者不需要")
}

/// A case, up to the question whether it is to be registered.
struct Scene {
    words: &'static [&'static str],
    photo: bool,
}

const SCENES: [Scene; 3] = [
    Scene { words: &["我要退货，订单654321", "2222"], photo: false },
    Scene { words: &["我收到的咖啡机上有一道划痕", "654321"], photo: true },
    Scene { words: &["取消订单135790", "7788"], photo: false },
];

impl Scene {
    fn open(&self, pack: &Arc<ShopPack>, session: u128, disk: Disk) -> World {
        let mut world = World::new(pack, session, disk);
        world.listen();
        for text in &self.words[..self.words.len() - 1] {
            world.types(text);
        }
        if self.photo {
            world.event(Event::PhotoReceived { photo: PhotoId(1) });
            world.listen();
        }
        world.event(Event::Typed { text: self.words[self.words.len() - 1].to_owned(), sentence: None });
        world
    }

    /// The same customer calls again with the same wish, and says yes to all of it.
    fn call_again(&self, pack: &Arc<ShopPack>, disk: &Disk) {
        let mut world = self.open(pack, 2, disk.clone());
        for _ in 0..2 {
            world.listen();
            if world.asked {
                world.take(Step::SaysYes);
            }
            while !world.stores.is_empty() {
                world.take(Step::StoreAnswers);
            }
        }
    }
}

/// Plays every continuation; gives the number of calls.
fn explore(
    scene: &Scene,
    pack: &Arc<ShopPack>,
    world: &World,
    path: &mut Vec<Step>,
    disks: &mut BTreeSet<String>,
) -> usize {
    if world.over && world.stores.is_empty() || path.len() == DEPTH {
        // What was asked for and not done when the process ended is not there; what was done is.
        if disks.insert(format!("{:?}", world.disk.effects())) {
            scene.call_again(pack, &world.disk);
        }
        return 1;
    }
    let mut calls = 0;
    for step in STEPS.into_iter().filter(|step| world.is_possible(*step)) {
        let mut next = world.clone();
        path.push(step);
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| next.take(step)));
        assert!(caught.is_ok(), "{path:?}");
        if matches!(step, Step::CrashesBefore | Step::CrashesAfter) {
            next.stores.clear();
        }
        calls += explore(scene, pack, &next, path, disks);
        path.pop();
    }
    calls
}

#[test]
fn in_every_order_of_what_can_happen() {
    let pack = demo_pack();
    for scene in &SCENES {
        let world = scene.open(&pack, 1, Disk::default());
        assert!(world.asked, "the scene {:?} leads to a question", scene.words);
        let calls = explore(scene, &pack, &world, &mut Vec::new(), &mut BTreeSet::new());
        println!("{:?}: {calls} calls", scene.words);
        assert!(calls > 2_000, "{calls} calls are no exploration");
    }
}
