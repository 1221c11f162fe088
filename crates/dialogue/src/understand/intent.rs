//! What somebody wants, by likeness to the shop's own examples.

use std::collections::{BTreeMap, BTreeSet};

use crate::pack::{Intent, Intents};

use super::normalise::{is_han, normalise, syllable, tokens};

/// An intent and how sure it is, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Guess {
    pub(crate) intent: Intent,
    pub(crate) confidence: f32,
}

/// Below this a guess is no better than a question.
pub(crate) const SURE_ENOUGH: f32 = 0.42;
/// From here on there is no doubt: a cue, or an example word by word.
pub(crate) const PLAIN: f32 = 0.9;

/// The examples of all intents, weighed by how much each of their features tells.
#[derive(Debug)]
pub(crate) struct IntentIndex {
    cues: Vec<(Intent, String)>,
    examples: Vec<(Intent, Features)>,
    /// How rare a feature is among the examples.
    rarity: BTreeMap<String, f32>,
    unseen_rarity: f32,
}

type Features = BTreeMap<String, f32>;

impl IntentIndex {
    pub(crate) fn new(intents: &Intents) -> Self {
        let mut cues = Vec::new();
        let mut raw = Vec::new();
        for (intent, examples) in intents {
            cues.extend(examples.cues.iter().map(|cue| (*intent, normalise(cue))));
            let texts = examples.examples.iter().filter(|text| !text.trim().is_empty());
            raw.extend(texts.map(|text| (*intent, features(&normalise(text)))));
        }
        let mut counts: BTreeMap<String, f32> = BTreeMap::new();
        for (_, features) in &raw {
            for feature in features {
                *counts.entry(feature.clone()).or_default() += 1.0;
            }
        }
        let total = raw.len() as f32;
        let rarity: BTreeMap<_, _> =
            counts.into_iter().map(|(feature, count)| (feature, ((1.0 + total) / (1.0 + count)).ln() + 1.0)).collect();
        let unseen_rarity = (1.0 + total).ln() + 1.0;
        let mut index = Self { cues, examples: Vec::new(), rarity, unseen_rarity };
        index.examples = raw.into_iter().map(|(intent, features)| (intent, index.weigh(features))).collect();
        index
    }

    /// The likeliest intent of a normalised text.
    pub(crate) fn guess(&self, normalised: &str) -> Option<Guess> {
        let normalised = without_greeting(normalised);
        let wanted = self.weigh(features(normalised));
        let mut best: BTreeMap<Intent, f32> = BTreeMap::new();
        for (intent, example) in &self.examples {
            let likeness = dot(&wanted, example);
            let entry = best.entry(*intent).or_default();
            *entry = entry.max(likeness);
        }
        for (intent, cue) in &self.cues {
            if contains_cue(normalised, cue) {
                // A longer cue tells more: 转人工客服 outweighs 客服.
                let length = 0.002 * cue.chars().count().min(40) as f32;
                // Who wants a person gets one, whatever else is said.
                let weight = if *intent == Intent::Person { 1.0 } else { PLAIN + length };
                let entry = best.entry(*intent).or_default();
                *entry = entry.max(weight);
            }
        }
        best.into_iter()
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .map(|(intent, confidence)| Guess { intent, confidence: confidence.min(1.0) })
            .filter(|guess| guess.confidence > 0.0)
    }

    fn weigh(&self, features: BTreeSet<String>) -> Features {
        let mut weighed: Features = features
            .into_iter()
            .map(|feature| {
                let rarity = self.rarity.get(&feature).copied().unwrap_or(self.unseen_rarity);
                (feature, rarity)
            })
            .collect();
        let length = weighed.values().map(|weight| weight * weight).sum::<f32>().sqrt();
        if length > 0.0 {
            weighed.values_mut().for_each(|weight| *weight /= length);
        }
        weighed
    }
}

/// What follows a greeting is what is wanted.
fn without_greeting(normalised: &str) -> &str {
    let mut rest = normalised;
    while let Some(behind) =
        ["你好", "您好", "喂", "hello", "hi ", "hi,", "hey"].iter().find_map(|word| rest.strip_prefix(word))
    {
        rest = behind.trim_start_matches(|c: char| !c.is_alphanumeric());
    }
    if rest.chars().any(char::is_alphanumeric) { rest } else { normalised }
}

/// Chinese cues stand anywhere, English ones at word borders.
fn contains_cue(text: &str, cue: &str) -> bool {
    let border = |c: Option<char>| c.is_none_or(|c| !c.is_ascii_alphanumeric());
    text.match_indices(cue).any(|(at, found)| {
        !cue.is_ascii() || (border(text[..at].chars().next_back()) && border(text[at + found.len()..].chars().next()))
    })
}

fn dot(a: &Features, b: &Features) -> f32 {
    let (small, large) = if a.len() < b.len() { (a, b) } else { (b, a) };
    small.iter().filter_map(|(feature, weight)| Some(weight * large.get(feature)?)).sum()
}

/// Single tokens, pairs of tokens, and pairs of syllables, which survive a wrong character.
fn features(normalised: &str) -> BTreeSet<String> {
    let tokens: Vec<String> = tokens(normalised).into_iter().take(80).collect();
    let mut features = BTreeSet::new();
    for token in &tokens {
        features.insert(format!("1{token}"));
    }
    for pair in tokens.windows(2) {
        features.insert(format!("2{} {}", pair[0], pair[1]));
        if let (Some(a), Some(b)) = (sound(&pair[0]), sound(&pair[1])) {
            features.insert(format!("p{a} {b}"));
        }
    }
    features
}

fn sound(token: &str) -> Option<&'static str> {
    token.chars().next().filter(|c| is_han(*c)).and_then(syllable)
}
