//! `ermu eval calls`: scripted customers against the core in text, judged by the database and by what was said.

mod call;
mod case;
mod customer;
mod load;

use std::{collections::BTreeMap, path::Path, sync::Arc};

use anyhow::Context;
use ermu_dialogue::ShopPack;
use ermu_domain::{SessionId, Ticket};
use ermu_store::{OutboxEntry, Store, TicketQuery};
use jiff::civil::{DateTime, date};
use serde::Serialize;

use crate::sentences::Sentences;

use call::Call;
use case::{Case, ExpectedTicket, action_kind};

/// The day of every scripted call: a Tuesday, before noon.
pub(crate) const TODAY: DateTime = date(2026, 11, 17).at(11, 30, 0, 0);

/// What came of all calls.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// Scripted customers.
    pub(crate) cases: usize,
    /// Calls: each wording of each customer.
    pub(crate) calls: usize,
    /// Calls after which the database and what was said are as expected.
    pub(crate) resolved: usize,
    pub(crate) resolved_share: f64,
    /// The same by language.
    pub(crate) by_language: BTreeMap<String, Share>,
    /// Remedies that were written without a yes to them.
    pub(crate) unconfirmed_writes: usize,
    /// Effects that stand twice in the outbox, or tickets of one kind for one order in one call.
    pub(crate) doubled_writes: usize,
    /// The time that the core took for an event, with many calls at once on one thread.
    pub(crate) decision: load::Decision,
    /// What is not as expected, by call.
    pub(crate) failed: Vec<Failed>,
}

#[derive(Debug, Default, Serialize)]
pub(crate) struct Share {
    pub(crate) calls: usize,
    pub(crate) resolved: usize,
}

/// A call that went wrong.
#[derive(Debug, Serialize)]
pub(crate) struct Failed {
    pub(crate) case: String,
    pub(crate) wording: usize,
    pub(crate) problems: Vec<String>,
    pub(crate) call: Vec<String>,
}

/// Which calls are played.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    /// Only cases whose file or name holds this.
    pub(crate) only: Option<String>,
    /// Calls at once when the time of decisions is taken.
    pub(crate) sessions: usize,
    /// Tells what is said is about, if it was fetched.
    pub(crate) sentences: Option<Sentences>,
}

/// Plays all cases of a folder.
pub(crate) async fn run(folder: &Path, pack: Arc<ShopPack>, selection: &Selection) -> anyhow::Result<Report> {
    let mut cases = case::read(folder)?;
    if let Some(only) = &selection.only {
        cases.retain(|(file, case)| file.contains(only.as_str()) || case.name.contains(only.as_str()));
    }
    anyhow::ensure!(!cases.is_empty(), "no case in {}", folder.display());
    let mut report = Report {
        cases: cases.len(),
        calls: 0,
        resolved: 0,
        resolved_share: 0.0,
        by_language: BTreeMap::new(),
        unconfirmed_writes: 0,
        doubled_writes: 0,
        decision: load::measure(&pack, selection.sentences.as_ref(), &cases, selection.sessions)?,
        failed: Vec::new(),
    };
    for (file, case) in &cases {
        for wording in 0..case.opening.len() {
            let played = play(case, wording, &pack, selection.sentences.as_ref()).await.with_context(|| format!("{file}: {}", case.name))?;
            report.unconfirmed_writes += played.unconfirmed;
            report.doubled_writes += played.doubled;
            let share = report.by_language.entry(case.language.to_string()).or_default();
            (report.calls, share.calls) = (report.calls + 1, share.calls + 1);
            if played.problems.is_empty() {
                (report.resolved, share.resolved) = (report.resolved + 1, share.resolved + 1);
            } else {
                let case = format!("{file}: {}", case.name);
                report.failed.push(Failed { case, wording, problems: played.problems, call: played.log });
            }
        }
    }
    report.resolved_share = report.resolved as f64 / report.calls.max(1) as f64;
    Ok(report)
}

struct Played {
    problems: Vec<String>,
    log: Vec<String>,
    unconfirmed: usize,
    doubled: usize,
}

async fn play(
    case: &Case,
    wording: usize,
    pack: &Arc<ShopPack>,
    sentences: Option<&Sentences>,
) -> anyhow::Result<Played> {
    let folder = tempfile::tempdir()?;
    let store = Store::open(&folder.path().join("ermu.db")).await?;
    store.import_orders(&pack.orders(TODAY.date())).await?;
    let (mut log, mut unconfirmed, mut doubled, mut problems) = (Vec::new(), 0, 0, Vec::new());
    let mut effects = Vec::new();
    for number in 0..case.calls {
        let session = SessionId(u128::from(number) + 1);
        let mut call = Call::open(pack, &store, session, case.language, &case.caller, TODAY).await?.with_sentences(sentences.cloned());
        if let Err(error) = customer::play(case, wording, &mut call).await {
            problems.push(error.to_string());
        }
        call.hang_up().await?;
        log.append(&mut call.log);
        unconfirmed += call.unconfirmed;
        effects.append(&mut store.effects(session).await?);
    }
    let tickets: Vec<Ticket> = store
        .tickets(TicketQuery { limit: 100, ..TicketQuery::default() })
        .await?
        .into_iter()
        .map(|stored| stored.ticket)
        .collect();
    doubled += doubled_effects(&effects) + doubled_tickets(&tickets);
    problems.extend(judge(case, &tickets, &effects, &log)?);
    if unconfirmed > 0 {
        problems.push(format!("{unconfirmed} remedies were written without a yes"));
    }
    if doubled > 0 {
        problems.push(format!("{doubled} things were written twice"));
    }
    Ok(Played { problems, log, unconfirmed, doubled })
}

fn doubled_effects(effects: &[OutboxEntry]) -> usize {
    let twice = |(at, effect): &(usize, &OutboxEntry)| {
        effects[..*at]
            .iter()
            .any(|before| before.action.kind == effect.action.kind && before.action.order == effect.action.order)
    };
    effects.iter().enumerate().filter(twice).count()
}

fn doubled_tickets(tickets: &[Ticket]) -> usize {
    let twice = |(at, ticket): &(usize, &Ticket)| {
        ticket.decision.is_some()
            && tickets[..*at]
                .iter()
                .any(|before| before.decision.is_some() && before.kind == ticket.kind && before.order == ticket.order)
    };
    tickets.iter().enumerate().filter(twice).count()
}

/// What is not as expected.
fn judge(case: &Case, tickets: &[Ticket], effects: &[OutboxEntry], log: &[String]) -> anyhow::Result<Vec<String>> {
    let mut problems = Vec::new();
    let said: String = log.iter().filter_map(|line| line.strip_prefix("Ermu: ")).collect::<Vec<_>>().join("\n");
    for wanted in &case.expect.said {
        if !wanted.split('|').any(|wanted| said.contains(wanted)) {
            problems.push(format!("never said: {wanted}"));
        }
    }
    for unwanted in &case.expect.never {
        if said.contains(unwanted.as_str()) {
            problems.push(format!("said: {unwanted}"));
        }
    }
    let mut left: Vec<&Ticket> = tickets.iter().collect();
    for wanted in &case.expect.tickets {
        match left.iter().position(|ticket| fits(wanted, ticket)) {
            Some(at) => {
                left.remove(at);
            }
            None => problems.push(format!("no such ticket: {wanted:?}")),
        }
    }
    for ticket in left {
        let decision = ticket.decision.as_ref().map(|decision| (decision.remedy, &decision.rule.0));
        problems.push(format!(
            "a ticket too many: {:?} {:?} {decision:?} {:?}",
            ticket.kind, ticket.order, ticket.hand_off
        ));
    }
    let mut open: Vec<_> = effects.iter().map(|effect| &effect.action).collect();
    for wanted in &case.expect.actions {
        let (name, order) = wanted.split_once(' ').unwrap_or((wanted, ""));
        let kind = action_kind(name)?;
        let is = |action: &&ermu_domain::Action| {
            action.kind == kind && action.order.as_ref().map_or("", |order| order.0.as_str()) == order
        };
        match open.iter().position(is) {
            Some(at) => {
                open.remove(at);
            }
            None => problems.push(format!("not in the outbox: {wanted}")),
        }
    }
    problems.extend(
        open.iter().map(|action| format!("in the outbox although it should not: {:?} {:?}", action.kind, action.order)),
    );
    Ok(problems)
}

fn fits(wanted: &ExpectedTicket, ticket: &Ticket) -> bool {
    let order = ticket.order.as_ref().map(|order| order.0.as_str());
    let decision = ticket.decision.as_ref();
    let text = || {
        let details =
            ticket.actions.iter().filter_map(|action| action.detail.as_ref().map(|detail| detail.expose().as_str()));
        let statements = ticket.statements.iter().map(|statement| statement.text.as_str());
        details.chain(statements).chain([ticket.summary.zh.as_str(), &ticket.summary.en]).collect::<Vec<_>>().join("\n")
    };
    wanted.kind == ticket.kind
        && wanted.order.as_deref().is_none_or(|wanted| Some(wanted) == order)
        && wanted.remedy.is_none_or(|remedy| decision.is_some_and(|decision| decision.remedy == remedy))
        && wanted.rule.as_ref().is_none_or(|rule| decision.is_some_and(|decision| decision.rule.0 == *rule))
        && wanted.hand_off.is_none_or(|reason| ticket.hand_off == Some(reason))
        && wanted.place.is_none_or(|place| ticket.findings.iter().any(|(_, finding)| finding.place == place))
        && (wanted.holds.is_empty() || wanted.holds.iter().all(|words| text().contains(words.as_str())))
}

impl Report {
    /// The report as lines.
    pub(crate) fn table(&self, show_calls: bool) -> Vec<String> {
        let mut lines = Vec::new();
        for failed in &self.failed {
            lines.push(format!("✗ {} (wording {})", failed.case, failed.wording + 1));
            lines.extend(failed.problems.iter().map(|problem| format!("    {problem}")));
            if show_calls {
                lines.extend(failed.call.iter().map(|line| format!("      {line}")));
            }
        }
        lines.push(format!("customers                     {:>6}", self.cases));
        lines.push(format!("calls (each wording)          {:>6}", self.calls));
        let percent = self.resolved_share * 100.0;
        lines.push(format!("resolved                      {:>6}   {percent:.1} %", self.resolved));
        for (language, share) in &self.by_language {
            lines.push(format!("  in {language}                       {:>6} of {}", share.resolved, share.calls));
        }
        lines.push(format!("written without a yes         {:>6}", self.unconfirmed_writes));
        lines.push(format!("written twice                 {:>6}", self.doubled_writes));
        let load::Decision { sessions, turns, p50_ms, p99_ms, max_ms } = self.decision;
        lines.push(format!(
            "decision, {sessions} calls at once, {turns} turns: p50 {p50_ms:.2} ms, p99 {p99_ms:.2} ms, longest {max_ms:.2} ms"
        ));
        lines
    }
}
