//! Tickets as staff see them: everything, and what proves it.

use ermu_domain::Localized;
use ermu_engine::{Progress, StoredTicket};
use serde::Serialize;

use super::{Finding, Region, code};

/// A page of tickets, the newest first.
#[derive(Debug, Clone, Serialize)]
pub struct Tickets {
    /// The tickets.
    pub tickets: Vec<Ticket>,
    /// What to give as `after` for the next page; none on the last one.
    pub next: Option<String>,
}

/// A ticket.
#[derive(Debug, Clone, Serialize)]
pub struct Ticket {
    /// Its number.
    pub number: String,
    /// The call that it came from.
    pub session: String,
    /// When it was first stored, in milliseconds since 1970.
    pub created_at_unix_ms: i64,
    /// When it was last changed, in milliseconds since 1970.
    pub updated_at_unix_ms: i64,
    /// What it is about: `damage`, `return`, … or `hand_off`.
    pub kind: &'static str,
    /// The caller's language, ISO 639-1.
    pub language: &'static str,
    /// The order.
    pub order: Option<String>,
    /// One line for the person who takes over.
    pub summary: Words,
    /// What is known, for programs.
    pub slots: Vec<Slot>,
    /// What is known, each with what proves it.
    pub statements: Vec<Statement>,
    /// Damage that was seen.
    pub findings: Vec<TicketFinding>,
    /// How the caller sounded over the call.
    pub emotions: Vec<Mood>,
    /// What the rules decided.
    pub decision: Option<Decision>,
    /// Why a person is needed: `asked`, `angry`, `not_understood`, `photos_unusable`, `rule`, `dispute`,
    /// `failure`; none if none is.
    pub hand_off: Option<&'static str>,
    /// What was promised.
    pub promises: Vec<Promise>,
    /// What has to happen because of it.
    pub actions: Vec<Action>,
}

/// Something that has to happen because of a ticket; it is in the outbox as soon as the ticket exists.
#[derive(Debug, Clone, Serialize)]
pub struct Action {
    /// What: `send_replacement`, `refund_money`, `book_pick_up`, …
    pub kind: &'static str,
    /// To which order.
    pub order: Option<String>,
    /// To which product.
    pub product: Option<String>,
    /// The new address, the day, the name on the invoice.
    pub detail: Option<String>,
    /// How far it is: `waiting`, `done` or `given_up` (a person has to see to it); none if nobody has to do it.
    pub state: Option<&'static str>,
    /// How often it was tried.
    pub attempts: u32,
    /// What the shop's system calls it, once it is done.
    pub reference: Option<String>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
}

/// The same words in Chinese and English, and in further languages where they exist.
#[derive(Debug, Clone, Serialize)]
pub struct Words {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
    /// Spanish.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub es: String,
    /// Portuguese.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub pt: String,
    /// Arabic.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub ar: String,
}

/// One thing that is known, and its proofs.
#[derive(Debug, Clone, Serialize)]
pub struct Slot {
    /// What: `product`, `damage`, `problem`, `wish`, `address`, `day`, `title`, `serial_number`, `error_code`.
    pub name: &'static str,
    /// Its value.
    pub value: String,
    /// The proofs.
    pub evidence: Vec<Evidence>,
}

/// A sentence and its proofs.
#[derive(Debug, Clone, Serialize)]
pub struct Statement {
    /// The sentence.
    pub text: String,
    /// The proofs.
    pub evidence: Vec<Evidence>,
}

/// What proves a sentence; `type` says which kind.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Evidence {
    /// The caller said it.
    Speech {
        /// The utterance, `u3`.
        utterance: String,
        /// When it began.
        start_ms: u64,
        /// When it ended.
        end_ms: u64,
    },
    /// The caller typed it.
    Typed {
        /// When.
        at_ms: u64,
    },
    /// A photo shows it.
    Photo {
        /// Which photo.
        photo: String,
        /// Where to see it, with the finding drawn.
        url: String,
        /// Where on it; none means all of it.
        region: Option<Region>,
    },
    /// The order system says it.
    Order {
        /// Which order.
        number: String,
        /// Which field.
        field: String,
    },
    /// A rule of the shop says it.
    Rule {
        /// Which rule.
        rule: String,
    },
}

/// Damage and the photo that shows it.
#[derive(Debug, Clone, Serialize)]
pub struct TicketFinding {
    /// Which photo.
    pub photo: String,
    /// Where to see it, with the finding drawn.
    pub url: String,
    /// The damage.
    #[serde(flatten)]
    pub finding: Finding,
}

/// How the caller sounded for a while: probabilities that sum to 1.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Mood {
    pub start_ms: u64,
    pub end_ms: u64,
    pub angry: f32,
    pub happy: f32,
    pub neutral: f32,
    pub sad: f32,
}

/// A decision and its rule.
#[derive(Debug, Clone, Serialize)]
pub struct Decision {
    /// `replace`, `refund`, `repair`, `partial_refund`, `refuse` or `review`.
    pub remedy: &'static str,
    /// The rule.
    pub rule: String,
    /// The rule's wording.
    pub clause: Words,
}

/// Something that was promised aloud.
#[derive(Debug, Clone, Serialize)]
pub struct Promise {
    /// The words.
    pub text: String,
    /// How much of it the caller heard: `whole`, `partly`, `not_yet`.
    pub heard: &'static str,
}

impl Tickets {
    /// A page that was asked for with this limit: a full page may have a next one.
    pub(crate) fn page(tickets: Vec<StoredTicket>, limit: u32) -> Self {
        let full = u32::try_from(tickets.len()).is_ok_and(|count| count >= limit);
        let next = tickets.last().filter(|_| full).map(|last| last.id.to_string());
        Self { tickets: tickets.into_iter().map(Ticket::from).collect(), next }
    }
}

impl From<StoredTicket> for Ticket {
    fn from(stored: StoredTicket) -> Self {
        let StoredTicket { id, key: _, created_at_unix_ms, updated_at_unix_ms, ticket, progress } = stored;
        let url = |photo: &ermu_domain::PhotoId| format!("/v1/sessions/{}/photos/{photo}/annotated", ticket.session);
        let evidence = |evidence: &ermu_domain::Evidence| {
            use ermu_domain::Evidence as From;
            match evidence {
                From::Speech { utterance, span } => Evidence::Speech {
                    utterance: utterance.to_string(),
                    start_ms: span.start.as_millis(),
                    end_ms: span.end.as_millis(),
                },
                From::Typed { span } => Evidence::Typed { at_ms: span.start.as_millis() },
                From::Photo { photo, region } => {
                    Evidence::Photo { photo: photo.to_string(), url: url(photo), region: region.map(Region::from) }
                }
                From::Order { number, field } => Evidence::Order { number: number.to_string(), field: field.clone() },
                From::Rule { rule } => Evidence::Rule { rule: rule.to_string() },
            }
        };
        Self {
            number: id.to_string(),
            session: ticket.session.to_string(),
            created_at_unix_ms,
            updated_at_unix_ms,
            kind: code::ticket_kind(ticket.kind),
            language: ticket.language.code(),
            order: ticket.order.as_ref().map(ToString::to_string),
            summary: (&ticket.summary).into(),
            slots: ticket
                .slots
                .iter()
                .map(|slot| Slot {
                    name: code::slot(slot.name),
                    value: slot.value.expose().clone(),
                    evidence: slot.evidence.iter().map(evidence).collect(),
                })
                .collect(),
            statements: ticket
                .statements
                .iter()
                .map(|s| Statement { text: s.text.clone(), evidence: s.evidence.iter().map(evidence).collect() })
                .collect(),
            findings: ticket
                .findings
                .iter()
                .map(|(photo, f)| TicketFinding { photo: photo.to_string(), url: url(photo), finding: f.into() })
                .collect(),
            emotions: ticket
                .emotions
                .iter()
                .map(|(span, e)| Mood {
                    start_ms: span.start.as_millis(),
                    end_ms: span.end.as_millis(),
                    angry: e.angry,
                    happy: e.happy,
                    neutral: e.neutral,
                    sad: e.sad,
                })
                .collect(),
            decision: ticket.decision.as_ref().map(Decision::from),
            hand_off: ticket.hand_off.map(code::hand_off),
            promises: ticket.promises.iter().map(Promise::from).collect(),
            actions: ticket.actions.iter().zip(progress).map(Action::from).collect(),
        }
    }
}

impl From<(&ermu_domain::Action, Option<Progress>)> for Action {
    fn from((action, progress): (&ermu_domain::Action, Option<Progress>)) -> Self {
        let state = progress.as_ref().map(|progress| code::effect(progress.state));
        let (attempts, reference, last_error) =
            progress.map_or((0, None, None), |known| (known.attempts, known.reference, known.last_error));
        Self {
            kind: code::action(action.kind),
            order: action.order.as_ref().map(ToString::to_string),
            product: action.product.as_ref().map(ToString::to_string),
            detail: action.detail.as_ref().map(|detail| detail.expose().clone()),
            state,
            attempts,
            reference,
            last_error,
        }
    }
}

impl From<&Localized> for Words {
    fn from(words: &Localized) -> Self {
        let Localized { zh, en, es, pt, ar } = words.clone();
        Self { zh, en, es, pt, ar }
    }
}

impl From<&ermu_domain::Decision> for Decision {
    fn from(decision: &ermu_domain::Decision) -> Self {
        Self {
            remedy: code::remedy(decision.remedy),
            rule: decision.rule.to_string(),
            clause: (&decision.clause).into(),
        }
    }
}

impl From<&ermu_domain::Promise> for Promise {
    fn from(promise: &ermu_domain::Promise) -> Self {
        Self { text: promise.text.clone(), heard: code::heard(promise.heard) }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use super::*;

    /// A ticket with everything in it, from its stored form.
    pub(crate) fn full_ticket() -> ermu_domain::Ticket {
        let span = json!({"start": 1_000_000, "end": 2_500_000});
        let region = json!({"x": 0.5, "y": 0.25, "width": 0.125, "height": 0.0625});
        serde_json::from_value(json!({
            "session": "0000000000000000000000000000000a", "kind": "damage", "language": "zh", "order": "123456",
            "summary": {"zh": "摘要", "en": "Summary"},
            "slots": [{"name": "problem", "value": "漏水", "evidence": [{"type": "typed", "span": span}]}],
            "statements": [{"text": "杯身有裂纹", "evidence": [
                {"type": "speech", "utterance": 3, "span": span}, {"type": "typed", "span": span},
                {"type": "photo", "photo": 1, "region": region}, {"type": "order", "number": "123456", "field": "placed"},
                {"type": "rule", "rule": "damage-7d"},
            ]}],
            "findings": [[1, {"kind": "crack", "region": region, "place": "top_right", "area": 0.25,
                "confidence": 0.5, "basis": "reference"}]],
            "emotions": [[span, {"angry": 1.0, "happy": 0.0, "neutral": 0.0, "sad": 0.0}]],
            "decision": {"remedy": "replace", "rule": "damage-7d",
                "clause": {"zh": "七天内换新", "en": "New within 7 days"}},
            "hand_off": null,
            "promises": [{"text": "明天取件", "heard": "partly"}],
            "actions": [{"kind": "send_replacement", "order": "123456", "product": "kettle", "detail": null}],
        }))
        .unwrap()
    }

    #[test]
    fn staff_see_everything_with_its_proof() {
        let stored = StoredTicket {
            id: ermu_domain::TicketId(7),
            key: 1,
            created_at_unix_ms: 1,
            updated_at_unix_ms: 2,
            ticket: full_ticket(),
            progress: vec![Some(Progress {
                state: ermu_engine::EffectState::GivenUp,
                attempts: 3,
                reference: None,
                last_error: Some("422: sold out".to_owned()),
            })],
        };
        let url = "/v1/sessions/0000000000000000000000000000000a/photos/p1/annotated";
        let region = json!({"x": 0.5, "y": 0.25, "width": 0.125, "height": 0.0625});
        assert_eq!(
            serde_json::to_value(Tickets::page(vec![stored], 1)).unwrap(),
            json!({"next": "T000007", "tickets": [{
                "number": "T000007", "session": "0000000000000000000000000000000a", "created_at_unix_ms": 1,
                "updated_at_unix_ms": 2, "kind": "damage", "language": "zh", "order": "123456",
                "summary": {"zh": "摘要", "en": "Summary"},
                "slots": [{"name": "problem", "value": "漏水", "evidence": [{"type": "typed", "at_ms": 1000}]}],
                "statements": [{"text": "杯身有裂纹", "evidence": [
                    {"type": "speech", "utterance": "u3", "start_ms": 1000, "end_ms": 2500},
                    {"type": "typed", "at_ms": 1000}, {"type": "photo", "photo": "p1", "url": url, "region": region},
                    {"type": "order", "number": "123456", "field": "placed"}, {"type": "rule", "rule": "damage-7d"},
                ]}],
                "findings": [{"photo": "p1", "url": url, "kind": "crack", "region": region, "place": "top_right",
                    "area": 0.25, "confidence": 0.5, "basis": "reference"}],
                "emotions": [{"start_ms": 1000, "end_ms": 2500, "angry": 1.0, "happy": 0.0, "neutral": 0.0, "sad": 0.0}],
                "decision": {"remedy": "replace", "rule": "damage-7d",
                    "clause": {"zh": "七天内换新", "en": "New within 7 days"}},
                "hand_off": null, "promises": [{"text": "明天取件", "heard": "partly"}],
                "actions": [{"kind": "send_replacement", "order": "123456", "product": "kettle", "detail": null,
                    "state": "given_up", "attempts": 3, "reference": null, "last_error": "422: sold out"}],
            }]})
        );
        assert!(Tickets::page(vec![], 1).next.is_none());
    }
}
