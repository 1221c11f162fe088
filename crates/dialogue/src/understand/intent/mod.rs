//! What somebody wants: a classifier trained on the shop's own examples when the pack is read, so that an added example
//! counts at once.

mod copies;
mod features;
mod random;
mod regression;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use crate::pack::{Intent, Intents};

use super::normalise::normalise;
use copies::Copier;
use features::features;
use regression::{Regression, Row, Sample, softmax};

/// An intent, how sure it is (0 to 1), and what else it may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Guess {
    pub(crate) intent: Intent,
    pub(crate) confidence: f32,
    /// The next likely intent that would be answered in another way, and how likely it is.
    pub(crate) other: Intent,
    pub(crate) other_confidence: f32,
}

/// Below this a guess is no better than a question.
pub(crate) const SURE_ENOUGH: f32 = 0.5;
/// From here on there is no doubt: a cue, or an example word by word.
pub(crate) const PLAIN: f32 = 0.9;
/// How likely two intents have to be together to ask which of them is meant.
pub(crate) const ONE_OF_TWO: f32 = 0.7;

/// How much a cue adds to the log-odds of its intent.
const CUE: f32 = 3.0;
/// How many examples of an intent that follow each other are kept back together to learn how far the classifier may be
/// believed. Neighbours in a file were written in one go and are alike: kept back one by one they would flatter it.
const BLOCK: usize = 25;

/// The trained classifier of a pack.
#[derive(Debug)]
pub(crate) struct IntentIndex {
    cues: Vec<(Intent, String)>,
    trained: Arc<Trained>,
}

#[derive(Debug)]
struct Trained {
    regression: Regression,
    /// What the log-odds are divided by to become honest probabilities (Guo et al., 2017).
    temperature: f32,
    /// How likely each example, without punctuation and spaces, is what it stands for, as judged by those that were
    /// written apart from it.
    examples: BTreeMap<String, (Intent, f32)>,
}

impl IntentIndex {
    pub(crate) fn new(intents: &Intents) -> Self {
        let mut cues = Vec::new();
        let mut texts = Vec::new();
        for (intent, examples) in intents {
            cues.extend(examples.cues.iter().map(|cue| (*intent, normalise(cue))));
            texts.extend(examples.examples.iter().map(|text| (*intent, normalise(text))));
        }
        Self { cues, trained: Trained::from_memory(&texts) }
    }

    /// All intents with their probabilities for a normalised text, the likeliest first.
    pub(crate) fn ranking(&self, normalised: &str) -> Vec<(Intent, f32)> {
        let mut logits = self.trained.regression.score(&features(normalised));
        for intent in Intent::ALL {
            if self.cues.iter().any(|(of, cue)| *of == intent && contains_cue(normalised, cue)) {
                logits[intent as usize] += CUE * self.trained.temperature;
            }
        }
        let mut shares = softmax(logits, self.trained.temperature);
        // An example word by word is meant like it at least every other time. How much oftener, those say that were
        // written apart from it: "好的" stands in many a conversation.
        if let Some((intent, share)) = self.trained.examples.get(&bare(normalised)) {
            let others = (1.0 - share) / 2.0 / (1.0 - shares[*intent as usize]).max(1e-6);
            shares = shares.map(|share| share * others);
            shares[*intent as usize] = f32::midpoint(1.0, *share);
        }
        let mut ranking: Vec<_> = Intent::ALL.into_iter().zip(shares).collect();
        ranking.sort_by(|a, b| b.1.total_cmp(&a.1));
        ranking
    }

    /// The likeliest intent of a normalised text.
    pub(crate) fn guess(&self, normalised: &str) -> Option<Guess> {
        if !normalised.chars().any(char::is_alphanumeric) {
            return None;
        }
        // Who wants a person gets one, whatever else is said.
        if self.cues.iter().any(|(of, cue)| *of == Intent::Person && contains_cue(normalised, cue)) {
            return Some(Guess {
                intent: Intent::Person,
                confidence: 1.0,
                other: Intent::Other,
                other_confidence: 0.0,
            });
        }
        let ranking = self.ranking(normalised);
        // Intents that are answered alike do not compete: what speaks for one of them speaks for both.
        let mut alike: Vec<(Intent, f32)> = Vec::new();
        for (intent, share) in ranking {
            match alike.iter_mut().find(|(first, _)| answered_alike(*first) == answered_alike(intent)) {
                Some((_, sum)) => *sum += share,
                None => alike.push((intent, share)),
            }
        }
        alike.sort_by(|a, b| b.1.total_cmp(&a.1));
        let [(intent, mut confidence), (other, other_confidence), ..] = alike[..] else { return None };
        // What the shop wrote is done as it says, whatever is likely.
        if self
            .trained
            .examples
            .get(&bare(normalised))
            .is_some_and(|(of, _)| answered_alike(*of) == answered_alike(intent))
        {
            confidence = confidence.max(CERTAIN);
        }
        Some(Guess { intent, confidence: confidence.min(1.0), other, other_confidence })
    }
}

/// How surely an example word by word is answered.
const CERTAIN: f32 = 0.95;

/// The intent that stands for a family of intents between which a mistake costs nothing.
const fn answered_alike(intent: Intent) -> Intent {
    match intent {
        Intent::Arrival => Intent::OrderStatus,
        Intent::Goodbye => Intent::Thanks,
        other => other,
    }
}

impl Trained {
    /// Training takes a second or two: a pack that is read again with the same examples is not trained again.
    fn from_memory(texts: &[(Intent, String)]) -> Arc<Self> {
        type Known = (Vec<(Intent, String)>, Arc<Trained>);
        static LAST: Mutex<Option<Known>> = Mutex::new(None);
        let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, trained)) = last.as_ref()
            && known == texts
        {
            return Arc::clone(trained);
        }
        let trained = Arc::new(Self::new(texts));
        *last = Some((texts.to_vec(), Arc::clone(&trained)));
        trained
    }

    fn new(texts: &[(Intent, String)]) -> Self {
        // Two halves judge each other.
        let mut scores: Vec<(Row, Intent)> = Vec::new();
        let mut apart: Vec<(&str, Row, Intent)> = Vec::new();
        let halves = halves(texts);
        for (own, other) in [(&halves[0], &halves[1]), (&halves[1], &halves[0])] {
            let trial = Regression::train(&samples(other));
            scores.extend(samples(own).iter().map(|sample| (trial.score(&sample.features), sample.intent)));
            apart.extend(own.iter().map(|(intent, text)| (text.as_str(), trial.score(&features(text)), *intent)));
        }
        let temperature = temperature(&scores);
        let share = |(text, row, intent): (&str, Row, Intent)| {
            (bare(text), (intent, softmax(row, temperature)[intent as usize]))
        };
        let examples = apart.into_iter().map(share).collect();
        Self { regression: Regression::train(&samples(texts)), temperature, examples }
    }
}

/// The examples in two halves: blocks of neighbours by turns.
fn halves(texts: &[(Intent, String)]) -> [Vec<(Intent, String)>; 2] {
    let mut halves = [Vec::new(), Vec::new()];
    let mut seen = [0_usize; Intent::ALL.len()];
    for (intent, text) in texts {
        let seen = &mut seen[*intent as usize];
        // Few examples are dealt out one by one, so that either half knows the intent.
        let block = if *seen < 2 * BLOCK { *seen } else { *seen / BLOCK };
        halves[block % 2].push((*intent, text.clone()));
        *seen += 1;
    }
    halves
}

/// The examples and copies of them.
fn samples(texts: &[(Intent, String)]) -> Vec<Sample> {
    let mut copier = Copier::new(texts);
    let mut samples = Vec::new();
    let mut add = |intent: Intent, text: &str, copied: bool| {
        samples.push(Sample { features: features(text), intent, copied });
    };
    for (intent, text) in texts {
        add(*intent, text, false);
        let in_context = copier.in_context(*intent, text);
        if let Some(copy) = &in_context {
            add(*intent, copy, true);
        }
        if let Some(copy) = copier.misheard(in_context.as_deref().unwrap_or(text)) {
            add(*intent, &copy, true);
        }
    }
    samples
}

/// The temperature that makes these scores, of texts that the classifier has not seen, likeliest.
fn temperature(scores: &[(Row, Intent)]) -> f32 {
    let surprise = |temperature: f32| -> f32 {
        scores.iter().map(|(row, intent)| -softmax(*row, temperature)[*intent as usize].max(1e-9).ln()).sum()
    };
    let candidates = (2..=40).map(|tenths| tenths as f32 / 10.0);
    candidates.min_by(|a, b| surprise(*a).total_cmp(&surprise(*b))).unwrap_or(1.0)
}

/// A text without punctuation and spaces.
fn bare(normalised: &str) -> String {
    normalised.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Chinese cues stand anywhere, others at word borders.
fn contains_cue(text: &str, cue: &str) -> bool {
    let border = |c: Option<char>| c.is_none_or(|c| !c.is_ascii_alphanumeric());
    text.match_indices(cue).any(|(at, found)| {
        !cue.is_ascii() || (border(text[..at].chars().next_back()) && border(text[at + found.len()..].chars().next()))
    })
}
