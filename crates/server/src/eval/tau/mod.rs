//! `ermu eval tau`: retail tasks derived from tau2-bench (Sierra, MIT) with a scripted customer, judged by the final state of
//! the database and by the facts that were said. The customer is not the benchmark's, so the figure is not its score.

mod agent;
mod customer;
mod data;
mod facts;
mod lexicon;
mod pay;
mod places;
mod plan;
mod reading;
mod scope;
mod target;
mod tools;
mod words;

use std::path::Path;

use serde::Serialize;

use agent::Agent;
use customer::Customer;
use data::{Db, Task};
use tools::{Tools, Write};

/// Turns after which a customer gives up.
const MAX_TURNS: usize = 24;

/// What came of all tasks.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// What this is, so that no figure travels without its name.
    name: &'static str,
    pub(crate) tasks: usize,
    pub(crate) solved: usize,
    pub(crate) solved_share: f64,
    /// Tasks whose final database is right, whatever was said.
    pub(crate) database_right: usize,
    /// Tasks that somebody who does nothing and says nothing solves.
    pub(crate) floor: usize,
    pub(crate) floor_share: f64,
    /// Writes without a yes of the customer to exactly what was read out.
    pub(crate) unconfirmed_writes: usize,
    pub(crate) writes: usize,
    outcomes: Vec<Outcome>,
}

/// What came of one task.
#[derive(Debug, Serialize)]
struct Outcome {
    task: String,
    solved: bool,
    database: bool,
    /// Facts that were never said.
    unsaid: Vec<String>,
    wanted: Vec<String>,
    written: Vec<String>,
    talk: Vec<String>,
    #[serde(skip)]
    unconfirmed: usize,
    #[serde(skip)]
    floor: bool,
}

/// Plays the tasks of a folder that holds `db.json` and `tasks_train.json`.
pub(crate) fn run(folder: &Path, only: Option<&str>) -> anyhow::Result<Report> {
    let (db, mut tasks) = data::read(folder)?;
    if let Some(only) = only {
        let ids: Vec<&str> = only.split(',').collect();
        tasks.retain(|task| ids.contains(&task.id.as_str()));
    }
    anyhow::ensure!(!tasks.is_empty(), "no task in {}", folder.display());
    let outcomes: Vec<Outcome> = tasks.iter().map(|task| play(task, &db)).collect();
    let count = |is: fn(&Outcome) -> bool| outcomes.iter().filter(|outcome| is(outcome)).count();
    let (solved, floor) = (count(|outcome| outcome.solved), count(|outcome| outcome.floor));
    Ok(Report {
        name: "τ-retail-derived",
        tasks: outcomes.len(),
        solved,
        solved_share: solved as f64 / outcomes.len() as f64,
        database_right: count(|outcome| outcome.database),
        floor,
        floor_share: floor as f64 / outcomes.len() as f64,
        unconfirmed_writes: outcomes.iter().map(|outcome| outcome.unconfirmed).sum(),
        writes: outcomes.iter().map(|outcome| outcome.written.len()).sum(),
        outcomes,
    })
}

fn play(task: &Task, db: &Db) -> Outcome {
    let mut solution = Tools::new(db.clone());
    for action in &task.evaluation_criteria.actions {
        // The benchmark's solutions hold calls that fail; they change nothing there either.
        solution.apply(&action.name, &action.arguments).ok();
    }
    let mut customer = Customer::new(task.instructions());
    let mut agent = Agent::new(db.clone());
    let (mut talk, mut said, mut unconfirmed) = (Vec::new(), String::new(), 0);
    let mut turn = customer.open();
    for _ in 0..MAX_TURNS {
        talk.push(format!("customer: {}", turn.text));
        let (known, offered) = (agent.tools.written.len(), std::mem::take(&mut agent.read_out));
        let reply = agent.reply(&turn.text);
        let confirmed = |write: &&Write| turn.consents && offered.contains(write);
        unconfirmed += agent.tools.written[known..].iter().filter(|write| !confirmed(write)).count();
        talk.push(format!("Ermu: {reply}"));
        said.push_str(&reply);
        said.push('\n');
        if turn.ends || agent.is_over() {
            break;
        }
        turn = customer.answer(&reply);
    }
    let facts = &task.evaluation_criteria.communicate_info;
    let unsaid: Vec<String> = facts.iter().filter(|fact| !states(&said, fact)).cloned().collect();
    let database = agent.tools.db() == solution.db();
    Outcome {
        task: task.id.clone(),
        solved: database && unsaid.is_empty(),
        database,
        unsaid,
        wanted: solution.written.iter().map(|write| format!("{write:?}")).collect(),
        written: agent.tools.written.iter().map(|write| format!("{write:?}")).collect(),
        talk,
        unconfirmed,
        floor: solution.db() == db && facts.is_empty(),
    }
}

/// Whether a fact was said: a number as a number of its own, anything else as it is written.
fn states(said: &str, fact: &str) -> bool {
    let number = |text: &str| text.trim_start_matches('$').replace(',', "").parse::<f64>().ok();
    match number(fact) {
        Some(wanted) => said
            .split(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',')))
            .filter_map(|piece| number(piece.trim_matches(['.', ','])))
            .any(|said| (said - wanted).abs() < 0.005),
        None => said.to_lowercase().contains(&fact.to_lowercase()),
    }
}

impl Report {
    /// The report as lines.
    pub(crate) fn table(&self, show_talks: bool) -> Vec<String> {
        let mut lines = Vec::new();
        for outcome in self.outcomes.iter().filter(|outcome| !outcome.solved) {
            let what = if outcome.database { "a fact was not said" } else { "another database" };
            lines.push(format!("✗ {}: {what}", outcome.task));
            if show_talks {
                lines.extend(outcome.talk.iter().map(|line| format!("      {line}")));
                lines.extend(outcome.wanted.iter().map(|write| format!("    wanted  {write}")));
                lines.extend(outcome.written.iter().map(|write| format!("    written {write}")));
                lines.extend(outcome.unsaid.iter().map(|fact| format!("    unsaid  {fact}")));
            }
        }
        let percent = |share: f64| 100.0 * share;
        lines.push(format!("{}, {} tasks", self.name, self.tasks));
        lines.push(format!("solved               {:>4}  {:.1} %", self.solved, percent(self.solved_share)));
        lines.push(format!("  database right     {:>4}", self.database_right));
        lines.push(format!("doing nothing solves {:>4}  {:.1} %", self.floor, percent(self.floor_share)));
        lines.push(format!("written without a yes {:>3}  of {}", self.unconfirmed_writes, self.writes));
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_said_whole_or_not_at_all() {
        assert!(states("We have 10 options.", "10") && !states("item 1096508426", "10"));
        assert!(states("You get back $1,126.04.", "1126.04") && states("at $180.10", "180.1"));
        assert!(states("the Camera at", "camera"));
    }
}
