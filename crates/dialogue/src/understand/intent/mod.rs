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
/// One in so many examples is kept back to learn how far the classifier may be believed.
const KEPT_BACK: usize = 5;

/// The trained classifier of a pack.
#[derive(Debug)]
pub(crate) struct IntentIndex {
    cues: Vec<(Intent, String)>,
    /// What is said word by word like this is meant like this.
    examples: BTreeMap<String, Intent>,
    trained: Arc<Trained>,
}

#[derive(Debug)]
struct Trained {
    regression: Regression,
    /// What the log-odds are divided by to become honest probabilities (Guo et al., 2017).
    temperature: f32,
}

impl IntentIndex {
    pub(crate) fn new(intents: &Intents) -> Self {
        let mut cues = Vec::new();
        let mut texts = Vec::new();
        for (intent, examples) in intents {
            cues.extend(examples.cues.iter().map(|cue| (*intent, normalise(cue))));
            texts.extend(examples.examples.iter().map(|text| (*intent, normalise(text))));
        }
        let trained = Trained::from_memory(&texts);
        let examples = texts.into_iter().map(|(intent, text)| (bare(&text), intent)).collect();
        Self { cues, examples, trained }
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
        if let Some(intent) = self.examples.get(&bare(normalised)) {
            shares = shares.map(|share| share * (1.0 - CERTAIN));
            shares[*intent as usize] += CERTAIN;
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
        let [(intent, confidence), (other, other_confidence), ..] = alike[..] else { return None };
        Some(Guess { intent, confidence: confidence.min(1.0), other, other_confidence })
    }
}

/// How sure an example word by word is.
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
        let kept_back = |at: usize| at % KEPT_BACK == KEPT_BACK - 1;
        let part = |back: bool| -> Vec<(Intent, String)> {
            let part = texts.iter().enumerate().filter(|(at, _)| kept_back(*at) == back);
            part.map(|(_, text)| text.clone()).collect()
        };
        let trial = Regression::train(&samples(&part(false)));
        let temperature = temperature(&trial, &samples(&part(true)));
        Self { regression: Regression::train(&samples(texts)), temperature }
    }
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

/// The temperature that makes `samples`, which the classifier has not seen, likeliest.
fn temperature(regression: &Regression, samples: &[Sample]) -> f32 {
    let scores: Vec<(Row, Intent)> =
        samples.iter().map(|sample| (regression.score(&sample.features), sample.intent)).collect();
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
