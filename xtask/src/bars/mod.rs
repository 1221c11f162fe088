//! `cargo xtask bars`: what was promised, measured now. One line a bar; fails if one falls short.

mod calls;
mod hearing;
mod intents;
mod seeing;
mod spine;
mod tau;
mod voice;

use std::fmt;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

#[derive(Args)]
#[command(after_help = "Examples:\n  cargo xtask bars\n  cargo xtask bars spine")]
pub(crate) struct BarsArgs {
    /// Only these areas; all without a name
    areas: Vec<Area>,
}

/// A part of the product that is measured by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Area {
    /// The whole path of a call.
    Spine,
    /// Speech in, words and mood out.
    Hearing,
    /// Photo in, findings out.
    Seeing,
    /// Words and findings in, decisions out.
    Judging,
}

/// One promise and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Bar {
    name: &'static str,
    limit: Limit,
    outcome: Outcome,
}

/// What is promised; in the unit that the name of the bar says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Limit {
    AtLeast(f64),
    AtMost(f64),
}

/// What was measured.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    Value(f64),
    /// The evaluation data is not on this machine.
    NoData,
    /// The program that it is compared with cannot be installed on this machine.
    NoPeer,
    /// Nothing measures it yet. Counts as falling short, never as holding.
    NotMeasured,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Holds,
    FallsShort,
    Skipped,
}

impl Bar {
    pub(crate) fn at_least(name: &'static str, bar: f64, outcome: Outcome) -> Self {
        Self { name, limit: Limit::AtLeast(bar), outcome }
    }

    pub(crate) fn at_most(name: &'static str, bar: f64, outcome: Outcome) -> Self {
        Self { name, limit: Limit::AtMost(bar), outcome }
    }

    fn verdict(&self) -> Verdict {
        match (&self.outcome, self.limit) {
            (Outcome::Value(value), Limit::AtLeast(bar)) if *value >= bar => Verdict::Holds,
            (Outcome::Value(value), Limit::AtMost(bar)) if *value <= bar => Verdict::Holds,
            (Outcome::Value(_) | Outcome::NotMeasured, _) => Verdict::FallsShort,
            (Outcome::NoData | Outcome::NoPeer, _) => Verdict::Skipped,
        }
    }
}

impl fmt::Display for Bar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = match &self.outcome {
            Outcome::Value(value) => number(*value),
            Outcome::NoData | Outcome::NoPeer | Outcome::NotMeasured => "–".to_owned(),
        };
        let bar = match self.limit {
            Limit::AtLeast(bar) => format!("≥ {}", number(bar)),
            Limit::AtMost(bar) => format!("≤ {}", number(bar)),
        };
        let verdict = match (self.verdict(), &self.outcome) {
            (Verdict::Holds, _) => "holds",
            (Verdict::Skipped, Outcome::NoPeer) => "skipped: no peer",
            (Verdict::Skipped, _) => "skipped: no data",
            (Verdict::FallsShort, Outcome::NotMeasured) => "falls short: not measured",
            (Verdict::FallsShort, Outcome::Value(_) | Outcome::NoData | Outcome::NoPeer) => "falls short",
        };
        write!(f, "{:<46} {value:>10} {bar:>10}  {verdict}", self.name)
    }
}

fn number(value: f64) -> String {
    let text = format!("{value:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    text.to_owned()
}

pub(crate) fn run(args: &BarsArgs) -> Result<()> {
    let areas = if args.areas.is_empty() { Area::value_variants() } else { &args.areas };
    let mut short = 0;
    for area in areas {
        let bars = measure(*area)?;
        println!("{area:?}");
        if bars.is_empty() {
            println!("  nothing is promised here yet");
        }
        for bar in &bars {
            println!("  {bar}");
        }
        short += bars.iter().filter(|bar| bar.verdict() == Verdict::FallsShort).count();
    }
    if short > 0 {
        bail!("{short} bars fall short");
    }
    Ok(())
}

fn measure(area: Area) -> Result<Vec<Bar>> {
    match area {
        Area::Spine => spine::measure(),
        Area::Hearing => hearing::measure(),
        Area::Seeing => seeing::measure(),
        // The scripted calls build the program first.
        Area::Judging => Ok([calls::measure()?, intents::measure()?, voice::measure()?, tau::measure()?].concat()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_holds_at_its_limit_and_only_on_its_side() {
        let least = |value| Bar::at_least("b", 0.9, Outcome::Value(value)).verdict();
        let most = |value| Bar::at_most("b", 800.0, Outcome::Value(value)).verdict();
        assert_eq!(
            (least(0.9), least(0.899), least(f64::NAN)),
            (Verdict::Holds, Verdict::FallsShort, Verdict::FallsShort)
        );
        assert_eq!((most(800.0), most(800.1)), (Verdict::Holds, Verdict::FallsShort));
    }

    #[test]
    fn what_nothing_measures_never_holds_and_missing_data_is_said() {
        let unmeasured = Bar::at_least("b", 0.0, Outcome::NotMeasured);
        assert_eq!(unmeasured.verdict(), Verdict::FallsShort);
        assert!(unmeasured.to_string().ends_with("falls short: not measured"));
        assert!(Bar::at_least("b", 0.0, Outcome::NoData).to_string().ends_with("skipped: no data"));
        assert!(Bar::at_least("b", 0.0, Outcome::NoPeer).to_string().ends_with("skipped: no peer"));
        let line = Bar::at_most("answer, ms", 800.0, Outcome::Value(612.5)).to_string();
        assert!(line.contains("612.5") && line.contains("≤ 800") && line.ends_with("holds"), "{line}");
    }
}
