//! `ermu eval calls`: scripted customers against the core in text, or against the whole system by voice, judged by the database and
//! by what was said.

mod call;
mod case;
mod customer;
mod judge;
mod load;
mod voice;

use std::{collections::BTreeMap, path::Path, sync::Arc};

use anyhow::Context;
use ermu_dialogue::ShopPack;
use ermu_domain::SessionId;
use ermu_store::Store;
use jiff::civil::{DateTime, date};
use serde::Serialize;

use crate::sentences::Sentences;

use call::Call;
use case::Case;
use customer::Conversation;
use judge::Played;
pub(crate) use voice::{VOICES, VoicePlan};

/// The day of every scripted call: a Tuesday, before noon.
pub(crate) const TODAY: DateTime = date(2026, 11, 17).at(11, 30, 0, 0);

/// What came of all calls.
#[derive(Debug, Default, Serialize)]
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
    /// Calls in which a photo was sent, or would have been.
    pub(crate) with_photos: Share,
    /// Numbers that customers typed after they had said them twice.
    pub(crate) typed: usize,
    /// Cases that were not played by voice, because no file shows what their photos show.
    pub(crate) skipped: usize,
    /// The time that the core took for an event, with many calls at once on one thread; not taken by voice.
    pub(crate) decision: Option<load::Decision>,
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

/// Plays all cases of a folder in text, in each of their wordings.
pub(crate) async fn run(folder: &Path, pack: Arc<ShopPack>, selection: &Selection) -> anyhow::Result<Report> {
    let cases = selected(folder, selection)?;
    let decision = load::measure(&pack, selection.sentences.as_ref(), &cases, selection.sessions)?;
    let mut report = Report { cases: cases.len(), decision: Some(decision), ..Report::default() };
    for (file, case) in &cases {
        for wording in 0..case.opening.len() {
            let played = play(case, wording, &pack, selection.sentences.as_ref())
                .await
                .with_context(|| format!("{file}: {}", case.name))?;
            report.add(file, case, wording, played);
        }
    }
    Ok(report)
}

/// Plays cases of a folder by voice, each in one of its wordings.
pub(crate) async fn run_by_voice(folder: &Path, selection: &Selection, plan: VoicePlan) -> anyhow::Result<Report> {
    voice::run(selected(folder, selection)?, plan).await
}

fn selected(folder: &Path, selection: &Selection) -> anyhow::Result<Vec<(String, Case)>> {
    let mut cases = case::read(folder)?;
    if let Some(only) = &selection.only {
        cases.retain(|(file, case)| file.contains(only.as_str()) || case.name.contains(only.as_str()));
    }
    anyhow::ensure!(!cases.is_empty(), "no case in {}", folder.display());
    Ok(cases)
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
    let (mut sessions, mut log, mut unconfirmed, mut problems) = (Vec::new(), Vec::new(), 0, Vec::new());
    for number in 0..case.calls {
        let session = SessionId(u128::from(number) + 1);
        let mut call = Call::open(pack, &store, session, case.language, &case.caller, TODAY)
            .await?
            .with_sentences(sentences.cloned());
        if let Err(error) = customer::play(case, wording, &mut call).await {
            problems.push(error.to_string());
        }
        call.hang_up().await?;
        log.append(&mut call.log);
        unconfirmed += call.unconfirmed;
        sessions.push(session);
    }
    Played::judge(case, &store, &sessions, log, unconfirmed, problems).await
}

impl Report {
    fn add(&mut self, file: &str, case: &Case, wording: usize, played: Played) {
        let Played { problems, log, unconfirmed, doubled } = played;
        self.unconfirmed_writes += unconfirmed;
        self.doubled_writes += doubled;
        self.calls += 1;
        self.typed += log.iter().filter(|line| line.starts_with(voice::TYPED)).count();
        let resolved = usize::from(problems.is_empty());
        self.resolved += resolved;
        self.resolved_share = self.resolved as f64 / self.calls as f64;
        let by_language = self.by_language.entry(case.language.to_string()).or_default();
        let with_photos = case.all_photos().next().is_some().then_some(&mut self.with_photos);
        for share in with_photos.into_iter().chain([by_language]) {
            share.calls += 1;
            share.resolved += resolved;
        }
        if resolved == 0 {
            self.failed.push(Failed { case: format!("{file}: {}", case.name), wording, problems, call: log });
        }
    }

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
        let Share { calls, resolved } = self.with_photos;
        lines.push(format!("with photos, resolved         {resolved:>6} of {calls}"));
        if self.typed > 0 {
            lines.push(format!("numbers typed after two tries {:>6}", self.typed));
        }
        if self.skipped > 0 {
            lines.push(format!("not played: no file, no voice {:>6}", self.skipped));
        }
        if let Some(load::Decision { sessions, turns, p50_ms, p99_ms, max_ms }) = self.decision {
            lines.push(format!(
                "decision, {sessions} calls at once, {turns} turns: p50 {p50_ms:.2} ms, p99 {p99_ms:.2} ms, longest {max_ms:.2} ms"
            ));
        }
        lines
    }
}
