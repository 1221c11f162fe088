//! Writes down what happened, one line each, so that a golden file can hold it.

use ermu_dialogue::{Effect, Event, Expecting, LookFor, Notice, Speaker};
use ermu_domain::{Emotion, PromiseHeard, Ticket, WallQuestion};

use super::Call;

impl Call {
    pub(super) fn note(&mut self, who: &str, what: &str) {
        self.lines.push(format!("{:>9} {who:<8} {what}", self.now.to_string()));
    }

    /// Events that no effect tells about.
    pub(super) fn note_event(&mut self, event: &Event) {
        match event {
            Event::SpeechEnded { id, clauses_heard } => {
                let stopped = self.clause_counts.get(id).is_some_and(|said| clauses_heard < said);
                if stopped {
                    self.note("agent", &format!("… cut off after {clauses_heard} clauses"));
                }
            }
            Event::TranscriptionFailed { .. } => self.note("world", "transcription failed"),
            Event::LineSilent => self.note("world", "the line is silent"),
            Event::LineSounds => self.note("world", "the line sounds again"),
            Event::PhotoReceived { photo } => self.note("caller", &format!("sends photo {photo}")),
            Event::PhotoFailed { photo, .. } => self.note("world", &format!("photo {photo} failed")),
            Event::OrderLookupFailed { .. } => self.note("world", "order lookup failed"),
            Event::TicketFailed { .. } => self.note("world", "ticket failed"),
            _ => {}
        }
    }

    pub(super) fn note_effect(&mut self, effect: &Effect) {
        match effect {
            Effect::Transcribe { utterance, span, expecting, .. } => {
                let expecting = match expecting {
                    Expecting::Anything => "",
                    Expecting::Digits => ", expecting digits",
                    Expecting::YesNo => ", expecting yes or no",
                };
                self.note("core", &format!("transcribe {utterance} {}–{}{expecting}", span.start, span.end));
            }
            Effect::CancelTranscription { .. } => self.note("core", "cancel transcription"),
            Effect::Say { id, clauses } => {
                self.clause_counts.insert(*id, clauses.len());
                let text: Vec<_> = clauses.iter().map(|clause| clause.text.as_str()).collect();
                self.note("agent", &text.join(" | "));
            }
            Effect::PauseSpeaking => self.note("core", "pause speaking"),
            Effect::ResumeSpeaking => self.note("core", "resume speaking"),
            Effect::StopSpeaking => self.note("core", "stop speaking"),
            Effect::FindOrder { number, .. } => self.note("core", &format!("find order {number}")),
            Effect::InspectPhoto { photo, product, look_for } => {
                let product = product.as_ref().map_or("any product", |product| &product.0);
                let what = match look_for {
                    LookFor::Damage => "inspect",
                    LookFor::Wall { question: WallQuestion::Holes, .. } => "find the holes on",
                    LookFor::Wall { question: WallQuestion::Marks, .. } => "measure the marks on",
                };
                self.note("core", &format!("{what} photo {photo} for {product}"));
            }
            Effect::StoreTicket { key, ticket, .. } => {
                self.note("core", &format!("store ticket #{key}: {}", brief(ticket)));
            }
            Effect::Show { notice } => self.note_notice(notice),
            Effect::KeepQuestion { question, .. } => self.note("core", &format!("keep the question: {question}")),
            Effect::AskModel { .. } => self.note("core", "ask the language model"),
            Effect::EndCall => self.note("core", "end call"),
        }
    }

    fn note_notice(&mut self, notice: &Notice) {
        match notice {
            Notice::Caption { speaker: Speaker::Agent, text, .. } => {
                // What sounds is what is read, unless no voice speaks the caller's language.
                if text.contains(|c| matches!(c, '\u{620}'..='\u{64a}')) {
                    self.note("show", &format!("caption: {text}"));
                }
            }
            Notice::Listening { .. } | Notice::Speaking { .. } => {}
            Notice::Caption { speaker: Speaker::Caller, text, emotion, .. } => {
                let angry = emotion.is_some_and(|emotion| emotion.likeliest().0 == Emotion::Angry);
                self.note("caller", &format!("{text}{}", if angry { " [angry]" } else { "" }));
            }
            Notice::Photo { photo, words, .. } => self.note("show", &format!("photo {photo}: {words}")),
            Notice::Wall { photo, report, words } => {
                let holes = report.as_ref().map_or(0, |report| report.holes.len());
                self.note("show", &format!("photo {photo}: {holes} holes: {words}"));
            }
            Notice::Decided { decision } => {
                self.note("show", &format!("decided {:?} by {}", decision.remedy, decision.rule));
            }
            Notice::TicketStored { number, .. } => self.note("show", &format!("ticket {number} stored")),
            Notice::HandOff { reason } => self.note("show", &format!("hand-off {reason:?}")),
        }
    }

    pub(super) fn finish(mut self) -> String {
        for (key, ticket) in &self.tickets {
            self.lines.push(format!("ticket #{key}: {}", brief(ticket)));
            self.lines.push(format!("  {}", ticket.summary.all().collect::<Vec<_>>().join(" / ")));
            for statement in &ticket.statements {
                let evidence = serde_json::to_string(&statement.evidence).expect("evidence is plain data");
                self.lines.push(format!("  {} {evidence}", statement.text));
                assert!(!statement.evidence.is_empty(), "a statement without evidence: {}", statement.text);
            }
        }
        self.lines.join("\n") + "\n"
    }
}

fn brief(ticket: &Ticket) -> String {
    let order = ticket.order.as_ref().map_or("no order", |order| &order.0);
    let remedy = ticket.decision.as_ref().map_or("no remedy".to_owned(), |decision| format!("{:?}", decision.remedy));
    let heard: Vec<_> = ticket
        .promises
        .iter()
        .map(|promise| match promise.heard {
            PromiseHeard::Whole => "heard",
            PromiseHeard::Partly => "partly heard",
            PromiseHeard::NotYet => "not heard yet",
        })
        .collect();
    let promise =
        if heard.is_empty() { "nothing promised".to_owned() } else { format!("promise {}", heard.join(", ")) };
    let person = ticket.hand_off.map_or(String::new(), |reason| format!(", person ({reason:?})"));
    let slots: String = ticket.slots.iter().map(|slot| format!(", {:?} {}", slot.name, slot.value.expose())).collect();
    assert!(ticket.slots.iter().all(|slot| !slot.evidence.is_empty()), "a slot without proof");
    format!("{:?}, {order}, {remedy}, {} findings, {promise}{person}{slots}", ticket.kind, ticket.findings.len())
}
