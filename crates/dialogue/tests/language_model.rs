//! A language model may help, and can do no harm.
#![allow(clippy::unwrap_used, reason = "a broken test may panic")]
#![allow(clippy::disallowed_methods, reason = "the support module reads the demo pack")]

#[allow(dead_code, reason = "the scripts use the rest")]
mod support;

use std::collections::BTreeMap;

use ermu_dialogue::{Core, Effect, Event, ModelRequest};
use ermu_domain::{EffectId, Language, SessionTime, TicketKind};
use support::{core_with_model, demo_pack, new_core, opened};

/// Something that no example of the demo shop is like.
const UNCLEAR: &str = "那个啥，就上回那事儿，您给瞅瞅呗";

/// A typed conversation with orders and tickets, and a language model that is played by the test.
struct Talk {
    core: Core,
    now: SessionTime,
    /// What was said since the test last looked.
    said: Vec<String>,
    looked_up: Vec<String>,
    tickets: BTreeMap<u32, TicketKind>,
    open: Option<(EffectId, ModelRequest)>,
    over: bool,
}

impl Talk {
    fn new(core: Core) -> Self {
        let (said, looked_up, tickets) = (Vec::new(), Vec::new(), BTreeMap::new());
        let mut talk = Self { core, now: SessionTime::ZERO, said, looked_up, tickets, open: None, over: false };
        talk.tell(Event::CallStarted);
        talk.said.clear();
        talk
    }

    fn with_model() -> Self {
        Self::new(core_with_model(&demo_pack(), Language::Chinese))
    }

    fn tell(&mut self, event: Event) {
        self.core.handle(event, self.now);
        while let Some(effect) = self.core.poll_effect() {
            let answer = match effect {
                Effect::Say { id, clauses } => {
                    self.said.push(clauses.iter().map(|clause| clause.text.as_str()).collect());
                    Event::SpeechEnded { id, clauses_heard: clauses.len() }
                }
                Effect::FindOrder { id, number } => {
                    let orders = demo_pack().orders(opened().date());
                    let order = orders.into_iter().find(|order| order.number.0 == number).map(Box::new);
                    self.looked_up.push(number);
                    Event::OrderFound { id, order }
                }
                Effect::StoreTicket { id, key, ticket } => {
                    self.tickets.insert(key, ticket.kind);
                    Event::TicketStored { id, ticket: ermu_domain::TicketId(1) }
                }
                Effect::AskModel { id, request } => {
                    self.open = Some((id, request));
                    continue;
                }
                Effect::EndCall => {
                    self.over = true;
                    continue;
                }
                _ => continue,
            };
            self.tell(answer);
        }
    }

    fn types(&mut self, text: &str) {
        self.tell(Event::Typed { text: text.to_owned(), sentence: None });
    }

    /// The model answers what it was asked.
    fn model(&mut self, answer: &str) {
        let (id, _) = self.open.take().expect("the model was asked");
        self.tell(Event::ModelAnswered { id, answer: Some(answer.to_owned()) });
    }

    /// Time goes on until something is due.
    fn wait(&mut self) {
        self.now = self.core.next_deadline().unwrap();
        self.tell(Event::Tick);
    }

    fn takes_said(&mut self) -> String {
        std::mem::take(&mut self.said).concat()
    }
}

fn meaning(intent: &str, number: Option<&str>) -> String {
    let number = number.map_or("null".to_owned(), |number| format!("{number:?}"));
    format!(r#"{{"intent": "{intent}", "order_number": {number}, "product": null}}"#)
}

#[test]
fn it_is_not_asked_unless_it_is_given_time() {
    let mut talk = Talk::new(new_core(&demo_pack(), Language::Chinese));
    talk.types(UNCLEAR);
    assert!(talk.open.is_none());
    assert!(!talk.takes_said().is_empty());
}

#[test]
fn what_is_clear_goes_on_without_it() {
    let mut talk = Talk::with_model();
    talk.types("我要退货");
    assert!(talk.open.is_none(), "{:?}", talk.open);
    assert!(talk.takes_said().contains("订单号"));
}

#[test]
fn its_proposal_opens_a_flow_and_no_more() {
    let mut talk = Talk::with_model();
    talk.types(UNCLEAR);
    let (_, request) = talk.open.as_ref().unwrap();
    assert!(request.input.contains("上回那事儿"));
    assert_eq!(talk.takes_said(), "", "it is given time");
    talk.model(&meaning("return_exchange", None));
    assert!(talk.takes_said().contains("订单号"));
    assert!(talk.tickets.is_empty() && talk.looked_up.is_empty());
}

#[test]
fn an_order_that_nobody_named_is_not_looked_up() {
    let mut talk = Talk::with_model();
    talk.types(UNCLEAR);
    talk.model(&meaning("order_status", Some("123456")));
    assert!(talk.takes_said().contains("订单号"), "it is asked for");
    assert!(talk.looked_up.is_empty(), "{:?}", talk.looked_up);
}

#[test]
fn lies_and_silence_change_nothing() {
    let mut plain = Talk::new(new_core(&demo_pack(), Language::Chinese));
    plain.types(UNCLEAR);
    let fallback = plain.takes_said();
    for answer in [
        "我已经为客户退款。",
        r#"{"intent": "goodbye", "order_number": null, "product": null}"#,
        r#"{"intent": "refund", "confirmed": true, "order_number": null, "product": null}"#,
        r#"{"text": "已经退款"}"#,
    ] {
        let mut talk = Talk::with_model();
        talk.types(UNCLEAR);
        talk.model(answer);
        assert_eq!(talk.takes_said(), fallback, "{answer}");
        assert!(talk.tickets.is_empty() && !talk.over);
    }
    let mut talk = Talk::with_model();
    talk.types(UNCLEAR);
    let (late, _) = talk.open.take().unwrap();
    while !talk.said.concat().contains(&fallback) {
        assert!(talk.now < SessionTime::from_millis(1_600), "it is given up in time");
        talk.wait();
    }
    talk.said.clear();
    talk.tell(Event::ModelAnswered { id: late, answer: Some(meaning("refund", None)) });
    assert_eq!(talk.takes_said(), "", "too late");
}

#[test]
fn it_hands_nobody_over_by_itself() {
    let mut talk = Talk::with_model();
    talk.types(UNCLEAR);
    talk.model(&meaning("person", None));
    assert!(talk.tickets.is_empty(), "it is offered");
    talk.types("好的");
    assert_eq!(talk.tickets.into_values().collect::<Vec<_>>(), [TicketKind::HandOff]);
}

#[test]
fn the_caller_is_faster() {
    let mut talk = Talk::with_model();
    talk.types(UNCLEAR);
    let (id, _) = talk.open.take().unwrap();
    talk.types("我要开发票");
    assert!(!talk.takes_said().is_empty());
    talk.tell(Event::ModelAnswered { id, answer: Some(meaning("cancel_order", None)) });
    assert_eq!(talk.takes_said(), "");
}

/// Asks where an order is, and returns what the model is to put into other words.
fn finished_answer(talk: &mut Talk) -> String {
    talk.types("我的订单123456发货了吗");
    let (_, request) = talk.open.as_ref().expect("an answer to put into other words");
    let input: serde_json::Value = serde_json::from_str(&request.input).unwrap();
    assert!(input["keep"].as_array().unwrap().iter().any(|fact| fact == "123456"), "{input}");
    input["text"].as_str().unwrap().to_owned()
}

#[test]
fn a_finished_answer_may_be_said_in_other_words() {
    let mut talk = Talk::with_model();
    let text = finished_answer(&mut talk);
    let before = talk.takes_said();
    let other = format!("嗯，{text}");
    talk.model(&serde_json::json!({"text": other}).to_string());
    let said = talk.takes_said();
    assert!(said.starts_with('嗯'), "{before} {said}");
    talk.types("再说一遍");
    assert!(talk.open.is_none() && talk.takes_said() == said, "the same again");
}

#[test]
fn other_words_that_say_something_else_are_not_said() {
    let mut plain = Talk::with_model();
    let text = finished_answer(&mut plain);
    plain.said.clear();
    plain.model("no");
    let own = plain.takes_said();
    assert!(own.contains("123456"));
    for lie in [text.replace('6', "5"), format!("{text}给您免费换货。"), format!("{text}我是真人。"), String::new()]
    {
        let mut talk = Talk::with_model();
        finished_answer(&mut talk);
        talk.said.clear();
        talk.model(&serde_json::json!({"text": lie}).to_string());
        assert_eq!(talk.takes_said(), own, "{lie}");
    }
    // Nor is anybody made to wait for ever, or left without what was to be said.
    let mut talk = Talk::with_model();
    finished_answer(&mut talk);
    talk.said.clear();
    talk.wait();
    assert_eq!(talk.takes_said(), own);
    let mut talk = Talk::with_model();
    finished_answer(&mut talk);
    talk.said.clear();
    talk.types("我要开发票");
    assert!(talk.takes_said().starts_with(&own));
}

#[test]
fn what_is_agreed_to_and_promised_is_the_shops_wording() {
    let mut talk = Talk::with_model();
    for (text, answered_by) in [("我要退货，订单654321", "后四位"), ("2222", "需要我"), ("可以", "工单号")]
    {
        talk.said.clear();
        talk.types(text);
        assert!(talk.open.is_none(), "{:?}", talk.open);
        assert!(talk.takes_said().contains(answered_by), "{text}");
    }
    assert_eq!(talk.tickets.into_values().collect::<Vec<_>>(), [TicketKind::Return]);
}
