//! The rates.

use serde::Serialize;

use super::{
    cases::{Case, Kind, Place},
    score::Outcome,
};
use crate::bench::{Distribution, Machine};

/// What `--json` writes.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    machine: Machine,
    /// Which cases.
    half: String,
    /// Whether the end-of-turn model was asked.
    end_of_turn_model: bool,
    /// By what the models' CPU times were multiplied, and what they came to.
    cpu_scale: f64,
    transcript_cpu_ms: Option<Distribution>,
    end_of_turn_cpu_ms: Option<Distribution>,
    /// Real interruptions.
    interruptions: Yields,
    /// Those that are recordings of people.
    interruptions_recorded: Yields,
    /// Signs of listening.
    backchannels: Ignores,
    /// Coughs, keys, knocks, over speech and in silence.
    noises: Ignores,
    /// Other voices, and words for others.
    not_for_me: Ignores,
    /// Those over Ermu's speech.
    not_for_me_over_speech: Ignores,
    /// Ermu's own voice.
    echo: Ignores,
    /// Pauses inside a sentence.
    thinking: Responses,
    /// Numbers with gaps.
    digits: Responses,
    /// Plain questions.
    questions: Responses,
}

/// Interruptions.
#[derive(Debug, Default, Serialize)]
struct Yields {
    cases: usize,
    yielded: usize,
    yield_rate: f64,
    /// From the caller's onset to Ermu's silence.
    time_to_yield_ms: Option<Distribution>,
    #[serde(skip)]
    times: Vec<f64>,
}

/// What should be ignored.
#[derive(Debug, Default, Serialize)]
struct Ignores {
    cases: usize,
    /// Ermu went on, and both sides were silent for at most 200 ms.
    ignored: usize,
    ignore_rate: f64,
    /// Ermu itself was silent for at most 200 ms, whatever the caller did.
    unpaused: usize,
    unpaused_rate: f64,
    /// Ermu went on by itself, with an audible silence.
    paused: usize,
    /// Longest silence on both sides, of those that were not taken as a turn.
    dead_air_ms: Option<Distribution>,
    /// Longest pause of Ermu's, of the same.
    pause_ms: Option<Distribution>,
    #[serde(skip)]
    dead_airs: Vec<f64>,
    #[serde(skip)]
    pauses: Vec<f64>,
}

/// What should be answered when it is over.
#[derive(Debug, Default, Serialize)]
struct Responses {
    cases: usize,
    /// Answered, neither early nor late.
    responded: usize,
    response_rate: f64,
    cut_off: usize,
    late: usize,
    unanswered: usize,
    /// From the caller's last sound to Ermu's first.
    answer_after_ms: Option<Distribution>,
    #[serde(skip)]
    times: Vec<f64>,
}

impl Yields {
    fn add(&mut self, outcome: Outcome) {
        self.cases += 1;
        if let Outcome::Yielded(after) = outcome {
            self.yielded += 1;
            self.times.push(after.as_secs_f64() * 1e3);
        }
    }

    fn finish(&mut self) {
        self.yield_rate = rate(self.yielded, self.cases);
        self.time_to_yield_ms = Distribution::of(self.times.iter().copied());
    }

    fn row(&self, name: &str) -> String {
        row(name, self.cases, "yielded", self.yield_rate, self.time_to_yield_ms, "")
    }
}

impl Ignores {
    fn add(&mut self, outcome: Outcome) {
        self.cases += 1;
        self.ignored += usize::from(matches!(outcome, Outcome::Ignored(_)));
        self.paused += usize::from(matches!(outcome, Outcome::Paused(_)));
        if let Outcome::Ignored(gap) | Outcome::Paused(gap) = outcome {
            self.unpaused += usize::from(gap.is_short());
            self.dead_airs.push(gap.dead_air.as_secs_f64() * 1e3);
            self.pauses.push(gap.pause.as_secs_f64() * 1e3);
        }
    }

    fn finish(&mut self) {
        self.ignore_rate = rate(self.ignored, self.cases);
        self.unpaused_rate = rate(self.unpaused, self.cases);
        self.dead_air_ms = Distribution::of(self.dead_airs.iter().copied());
        self.pause_ms = Distribution::of(self.pauses.iter().copied());
    }

    fn row(&self, name: &str) -> String {
        let rest = format!("{} paused audibly; never silent > 200 ms: {:.3}", self.paused, self.unpaused_rate);
        row(name, self.cases, "ignored", self.ignore_rate, self.dead_air_ms, &rest)
    }
}

impl Responses {
    fn add(&mut self, outcome: Outcome) {
        self.cases += 1;
        self.responded += usize::from(outcome.is_good());
        self.cut_off += usize::from(outcome == Outcome::CutOff);
        self.late += usize::from(outcome.is_late());
        self.unanswered += usize::from(matches!(outcome, Outcome::Unanswered | Outcome::NotReached));
        if let Outcome::Answered(after) = outcome {
            self.times.push(after.as_secs_f64() * 1e3);
        }
    }

    fn finish(&mut self) {
        self.response_rate = rate(self.responded, self.cases);
        self.answer_after_ms = Distribution::of(self.times.iter().copied());
    }

    fn row(&self, name: &str) -> String {
        let rest = format!("{} cut off, {} late, {} unanswered", self.cut_off, self.late, self.unanswered);
        row(name, self.cases, "answered", self.response_rate, self.answer_after_ms, &rest)
    }
}

impl Report {
    pub(super) fn new(machine: Machine, half: String, end_of_turn_model: bool) -> Self {
        Self {
            machine,
            half,
            end_of_turn_model,
            cpu_scale: 1.0,
            transcript_cpu_ms: None,
            end_of_turn_cpu_ms: None,
            interruptions: Yields::default(),
            interruptions_recorded: Yields::default(),
            backchannels: Ignores::default(),
            noises: Ignores::default(),
            not_for_me: Ignores::default(),
            not_for_me_over_speech: Ignores::default(),
            echo: Ignores::default(),
            thinking: Responses::default(),
            digits: Responses::default(),
            questions: Responses::default(),
        }
    }

    pub(super) fn add(&mut self, case: &Case<'_>, outcome: &Outcome) {
        let outcome = *outcome;
        match case.kind {
            Kind::Interruption => {
                self.interruptions.add(outcome);
                if case.name.contains("recorded") {
                    self.interruptions_recorded.add(outcome);
                }
            }
            Kind::Backchannel => self.backchannels.add(outcome),
            Kind::Noise => self.noises.add(outcome),
            Kind::NotForMe => {
                self.not_for_me.add(outcome);
                if case.over_speech == Place::OverSpeech {
                    self.not_for_me_over_speech.add(outcome);
                }
            }
            Kind::Echo => self.echo.add(outcome),
            Kind::Thinking => self.thinking.add(outcome),
            Kind::Digits => self.digits.add(outcome),
            Kind::Question => self.questions.add(outcome),
        }
    }

    pub(super) fn finish(mut self, cpu_scale: f64, cpu_ms: (Vec<f64>, Vec<f64>)) -> Self {
        self.cpu_scale = cpu_scale;
        self.transcript_cpu_ms = Distribution::of(cpu_ms.0);
        self.end_of_turn_cpu_ms = Distribution::of(cpu_ms.1);
        self.machine = self.machine.after();
        [&mut self.interruptions, &mut self.interruptions_recorded].into_iter().for_each(Yields::finish);
        [
            &mut self.backchannels,
            &mut self.noises,
            &mut self.not_for_me,
            &mut self.not_for_me_over_speech,
            &mut self.echo,
        ]
        .into_iter()
        .for_each(Ignores::finish);
        [&mut self.thinking, &mut self.digits, &mut self.questions].into_iter().for_each(Responses::finish);
        self
    }

    pub(super) fn table(&self) -> Vec<String> {
        let end = if self.end_of_turn_model { "with" } else { "without" };
        let p50 = |times: Option<Distribution>| times.map_or(0.0, |times| times.p50);
        vec![
            self.machine.line(),
            format!(
                "CPU times × {}: a transcript {:.0} ms, the end of a turn {:.0} ms (p50)",
                self.cpu_scale,
                p50(self.transcript_cpu_ms),
                p50(self.end_of_turn_cpu_ms)
            ),
            format!(
                "{} cases, {end} the end-of-turn model; times in ms of simulated sound, without transport",
                self.half
            ),
            format!("{:<28} {:>5} {:>16} {:>6} {:>6} {:>6}", "", "cases", "rate", "p50", "p95", "max"),
            self.interruptions.row("interruptions"),
            self.interruptions_recorded.row("  recorded people"),
            self.backchannels.row("backchannels"),
            self.noises.row("coughs, keys, knocks"),
            self.not_for_me.row("not for Ermu"),
            self.not_for_me_over_speech.row("  over its speech"),
            self.echo.row("its own echo"),
            self.questions.row("questions"),
            self.thinking.row("pauses inside sentences"),
            self.digits.row("digits with gaps"),
        ]
    }
}

fn rate(count: usize, of: usize) -> f64 {
    count as f64 / of.max(1) as f64
}

fn row(name: &str, cases: usize, what: &str, rate: f64, times: Option<Distribution>, rest: &str) -> String {
    let rate = format!("{what} {rate:.3}");
    let times = times.map_or_else(
        || format!("{:>6} {:>6} {:>6}", "", "", ""),
        |Distribution { p50, p95, max, .. }| format!("{p50:>6.0} {p95:>6.0} {max:>6.0}"),
    );
    format!("{name:<28} {cases:>5} {rate:>16} {times}  {rest}").trim_end().to_owned()
}
