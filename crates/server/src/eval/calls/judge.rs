//! What came of a customer's calls, held against what should have.

use ermu_domain::{SessionId, Ticket};
use ermu_store::{OutboxEntry, Store, TicketQuery};

use super::case::{Case, ExpectedTicket, action_kind};

/// A customer whose calls are over.
pub(super) struct Played {
    /// What is not as expected.
    pub(super) problems: Vec<String>,
    /// All that was said, by whom.
    pub(super) log: Vec<String>,
    /// Remedies that were written without a yes.
    pub(super) unconfirmed: usize,
    /// Things that were written twice.
    pub(super) doubled: usize,
}

impl Played {
    /// A customer who could not call, or whose call broke off.
    pub(super) fn broken(error: &anyhow::Error) -> Self {
        Self { problems: vec![format!("{error:#}")], log: Vec::new(), unconfirmed: 0, doubled: 0 }
    }

    /// Reads from the database what came of these calls. `log` is what was said, `problems` what went wrong on the way.
    pub(super) async fn judge(
        case: &Case,
        store: &Store,
        sessions: &[SessionId],
        log: Vec<String>,
        unconfirmed: usize,
        mut problems: Vec<String>,
    ) -> anyhow::Result<Self> {
        let mut effects = Vec::new();
        for session in sessions {
            effects.append(&mut store.effects(*session).await?);
        }
        let stored = store.tickets(TicketQuery { limit: 100, ..TicketQuery::default() }).await?;
        let tickets: Vec<Ticket> = stored.into_iter().map(|stored| stored.ticket).collect();
        let doubled = doubled_effects(&effects) + doubled_tickets(&tickets);
        problems.extend(judge(case, &tickets, &effects, &log)?);
        if unconfirmed > 0 {
            problems.push(format!("{unconfirmed} remedies were written without a yes"));
        }
        if doubled > 0 {
            problems.push(format!("{doubled} things were written twice"));
        }
        Ok(Self { problems, log, unconfirmed, doubled })
    }
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
    // A transcriber writes names as it likes.
    let said = said.to_lowercase();
    for wanted in &case.expect.said {
        if !wanted.to_lowercase().split('|').any(|wanted| said.contains(wanted)) {
            problems.push(format!("never said: {wanted}"));
        }
    }
    for unwanted in &case.expect.never {
        if said.contains(&unwanted.to_lowercase()) {
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
        details.chain(statements).chain(ticket.summary.all()).collect::<Vec<_>>().join("\n").to_lowercase()
    };
    wanted.kind == ticket.kind
        && wanted.order.as_deref().is_none_or(|wanted| Some(wanted) == order)
        && wanted.remedy.is_none_or(|remedy| decision.is_some_and(|decision| decision.remedy == remedy))
        && wanted.rule.as_ref().is_none_or(|rule| decision.is_some_and(|decision| decision.rule.0 == *rule))
        && wanted.hand_off.is_none_or(|reason| ticket.hand_off == Some(reason))
        && wanted.place.is_none_or(|place| ticket.findings.iter().any(|(_, finding)| finding.place == place))
        && (wanted.holds.is_empty() || wanted.holds.iter().all(|words| text().contains(&words.to_lowercase())))
}
