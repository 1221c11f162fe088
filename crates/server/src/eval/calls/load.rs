//! How long the core takes to decide with many calls at once on one thread.

use std::{sync::Arc, time::Duration};

use ermu_dialogue::{Core, Effect, Event, Opening, ShopPack, TurnConfig, VoiceAnalysis};
use ermu_domain::{Order, SessionId, SessionTime, TicketId};
use rustix::time::{ClockId, clock_gettime};
use serde::Serialize;

use crate::sentences::Sentences;

use super::{
    TODAY,
    case::{Case, Topic},
};

/// CPU times of turns: from the customer's words to the last effect.
#[derive(Debug, Default, Clone, Copy, Serialize)]
pub(crate) struct Decision {
    pub(crate) sessions: usize,
    pub(crate) turns: usize,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) max_ms: f64,
}

struct Open {
    core: Core,
    /// What the customer of this call types, from the last to the first.
    left: Vec<String>,
    at_ms: u64,
}

/// Runs as many calls at once as asked for, a turn of each in turn; orders are found and tickets stored at once.
pub(crate) fn measure(
    pack: &Arc<ShopPack>,
    sentences: Option<&Sentences>,
    cases: &[(String, Case)],
    sessions: usize,
) -> anyhow::Result<Decision> {
    let orders = pack.orders(TODAY.date());
    let mut open: Vec<Open> = (0..sessions)
        .map(|number| {
            let (_, case) = &cases[number % cases.len()];
            let wording = number / cases.len();
            let fact = |topic: Topic| case.facts.get(&topic).map(|fact| fact.of(wording).to_owned());
            let later = case.then.iter().map(|later| later.of(wording).to_owned());
            let mut left: Vec<String> = std::iter::once(case.opening[wording % case.opening.len()].clone())
                .chain([Topic::Order, Topic::Phone, Topic::Problem, Topic::Address].into_iter().filter_map(fact))
                .chain(["可以".to_owned()])
                .chain(later)
                .collect();
            left.reverse();
            let session = SessionId(number as u128 + 1);
            let own = |order: &&Order| !case.caller.is_empty() && *order.phone.expose() == case.caller;
            let caller_orders = orders.iter().filter(own).cloned().collect();
            let config = TurnConfig::default();
            let opening = Opening {
                session,
                language: case.language,
                today: TODAY,
                caller_orders,
                voice_analysis: VoiceAnalysis::Words,
                config,
            };
            let mut core = Core::new(Arc::clone(pack), opening);
            core.handle(Event::CallStarted, SessionTime::ZERO);
            answer(&mut core, 0, &orders);
            Open { core, left, at_ms: 0 }
        })
        .collect();
    let mut times_ms = Vec::new();
    while open.iter().any(|call| !call.left.is_empty()) {
        for call in &mut open {
            let Some(text) = call.left.pop() else { continue };
            call.at_ms += 5_000;
            // The encoder's time is the transcriber thread's.
            let sentence = sentences.map(|sentences| sentences.read(&text));
            let began = cpu_time();
            call.core.handle(Event::Typed { text, sentence }, SessionTime::from_millis(call.at_ms));
            answer(&mut call.core, call.at_ms, &orders);
            times_ms.push((cpu_time() - began).as_secs_f64() * 1000.0);
        }
    }
    times_ms.sort_by(f64::total_cmp);
    let quantile = |share: f64| {
        let at = (times_ms.len().saturating_sub(1) as f64 * share).round() as usize;
        times_ms.get(at).copied().unwrap_or(0.0)
    };
    Ok(Decision {
        sessions,
        turns: times_ms.len(),
        p50_ms: quantile(0.5),
        p99_ms: quantile(0.99),
        max_ms: quantile(1.0),
    })
}

/// CPU time of this thread: what others do on the machine does not count.
fn cpu_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

/// Gives the core what it asks for, at once.
fn answer(core: &mut Core, at_ms: u64, orders: &[Order]) {
    let mut number = 0;
    while let Some(effect) = core.poll_effect() {
        let event = match effect {
            Effect::FindOrder { id, number } => {
                let order = orders.iter().find(|order| order.number.0 == number).cloned().map(Box::new);
                Event::OrderFound { id, order }
            }
            Effect::StoreTicket { id, .. } => {
                number += 1;
                Event::TicketStored { id, ticket: TicketId(number) }
            }
            Effect::Say { id, clauses } => Event::SpeechEnded { id, clauses_heard: clauses.len() },
            Effect::Transcribe { .. }
            | Effect::CancelTranscription { .. }
            | Effect::PauseSpeaking
            | Effect::ResumeSpeaking
            | Effect::StopSpeaking
            | Effect::InspectPhoto { .. }
            | Effect::Show { .. }
            | Effect::KeepQuestion { .. }
            | Effect::AskModel { .. }
            | Effect::EndCall => continue,
        };
        core.handle(event, SessionTime::from_millis(at_ms + 1));
    }
}
