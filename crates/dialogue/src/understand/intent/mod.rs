//! What somebody wants: a classifier trained on the shop's own examples when the pack is read, so that an added example
//! counts at once.

mod copies;
mod dense;
mod features;
mod random;
mod regression;
mod sounding;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use ermu_domain::Sentence;

use crate::pack::{Intent, Intents};

use super::{
    gist::{gist, has_card},
    normalise::normalise,
};
use copies::Copier;
use dense::Dense;
use features::features;
use regression::{Regression, Row, Sample, softmax};
use sounding::Sounding;

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

/// How much of the log-odds comes from what a sentence is about, the rest being from its words. Of 0.3 to 0.6 the likeliest on
/// blocks of examples that were kept back together, in and out of longer sentences.
const ABOUT: f32 = 0.5;

/// The trained classifier of a pack.
#[derive(Debug)]
pub(crate) struct IntentIndex {
    cues: Vec<(Intent, String)>,
    /// The examples as they stand in the pack.
    examples: Vec<String>,
    words: Arc<Words>,
    about: Option<Arc<About>>,
}

/// What was learnt from the words of the examples.
#[derive(Debug)]
struct Words {
    /// The examples, normalised.
    texts: Vec<(Intent, String)>,
    regression: Regression,
    /// The log-odds of each example as judged by those that were written apart from it.
    apart: Vec<Row>,
    belief: Belief,
    sounding: Sounding,
}

/// What was learnt from what the examples are about.
#[derive(Debug)]
struct About {
    regression: Dense,
    /// How far words and this may be believed together.
    belief: Belief,
}

/// How far log-odds may be believed.
#[derive(Debug)]
struct Belief {
    /// What the log-odds are divided by to become honest probabilities (Guo et al., 2017).
    temperature: f32,
    /// How likely each example, without punctuation and spaces, is what it stands for, as judged by those that were
    /// written apart from it.
    examples: BTreeMap<String, (Intent, f32)>,
}

impl IntentIndex {
    pub(crate) fn new(intents: &Intents) -> Self {
        let (mut cues, mut examples, mut texts) = (Vec::new(), Vec::new(), Vec::new());
        for (intent, told) in intents {
            cues.extend(told.cues.iter().map(|cue| (*intent, normalise(cue))));
            examples.extend(told.examples.iter().cloned());
            texts.extend(told.examples.iter().map(|text| (*intent, normalise(text))));
        }
        Self { cues, examples, words: Words::from_memory(texts), about: None }
    }

    /// The examples as they stand in the pack.
    pub(crate) fn examples(&self) -> impl Iterator<Item = &str> {
        self.examples.iter().map(String::as_str)
    }

    /// Learns from what the examples are about; those that are not in `sentences` are left out.
    pub(crate) fn learn_sentences(&mut self, sentences: &BTreeMap<String, Sentence>) {
        let known = |text: &String| sentences.get(text).cloned();
        self.about = About::from_memory(&self.words, self.examples.iter().map(known).collect());
    }

    /// All intents with their probabilities for a normalised text and what it is about, the likeliest first.
    pub(crate) fn ranking(&self, normalised: &str, sentence: Option<&Sentence>) -> Vec<(Intent, f32)> {
        let gist = gist(normalised);
        let mut ranking = self.rank(&gist, sentence);
        // "A person please, hello?" is about nothing else after all.
        let asks = self.asks_for_a_person(normalised) && !self.asks_for_a_person(&gist);
        if asks && ranking.first().is_some_and(|(intent, _)| !intent.is_business()) {
            return self.rank(normalised, None);
        }
        // An order card alone, or with a greeting, tells which order it will be about.
        let greets = |intent| matches!(intent, Intent::Greeting | Intent::Thanks | Intent::Goodbye);
        let says_nothing = has_card(&gist) || ranking.first().is_some_and(|(intent, _)| greets(*intent));
        if has_card(normalised) && says_nothing {
            for (intent, share) in &mut ranking {
                *share = (1.0 - PLAIN) * *share + if *intent == Intent::Fragment { PLAIN } else { 0.0 };
            }
            ranking.sort_by(|a, b| b.1.total_cmp(&a.1));
        }
        ranking
    }

    fn asks_for_a_person(&self, normalised: &str) -> bool {
        self.cues.iter().any(|(of, cue)| *of == Intent::Person && contains_cue(normalised, cue))
    }

    fn rank(&self, normalised: &str, sentence: Option<&Sentence>) -> Vec<(Intent, f32)> {
        let mut logits = self.words.regression.score(&features(normalised));
        let mut belief = &self.words.belief;
        if let (Some(about), Some(sentence)) = (&self.about, sentence) {
            logits = together(&logits, &about.regression.score(&sentence.vector()));
            belief = &about.belief;
        }
        for intent in Intent::ALL {
            if self.cues.iter().any(|(of, cue)| *of == intent && contains_cue(normalised, cue)) {
                logits[intent as usize] += CUE * belief.temperature;
            }
        }
        let mut shares = softmax(logits, belief.temperature);
        // An example word by word, or sound by sound, is meant like it at least every other time. How much oftener, those say
        // that were written apart from it: "好的" stands in many a conversation.
        let sure = shares.iter().any(|share| *share >= SURE_ENOUGH);
        if let Some((intent, share)) =
            self.words.example(&bare(normalised), sure).and_then(|example| belief.examples.get(example))
        {
            let others = (1.0 - share) / 2.0 / (1.0 - shares[*intent as usize]).max(1e-6);
            shares = shares.map(|share| share * others);
            shares[*intent as usize] = f32::midpoint(1.0, *share);
        }
        let mut ranking: Vec<_> = Intent::ALL.into_iter().zip(shares).collect();
        ranking.sort_by(|a, b| b.1.total_cmp(&a.1));
        ranking
    }

    /// The likeliest intent of a normalised text and what it is about.
    pub(crate) fn guess(&self, normalised: &str, sentence: Option<&Sentence>) -> Option<Guess> {
        if !normalised.chars().any(char::is_alphanumeric) {
            return None;
        }
        // Who wants a person gets one, whatever else is said.
        if self.asks_for_a_person(normalised) {
            return Some(Guess {
                intent: Intent::Person,
                confidence: 1.0,
                other: Intent::Other,
                other_confidence: 0.0,
            });
        }
        let ranking = self.ranking(normalised, sentence);
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
            .words
            .belief
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

impl Words {
    /// Training takes a second or two: a pack that is read again with the same examples is not trained again.
    fn from_memory(texts: Vec<(Intent, String)>) -> Arc<Self> {
        static LAST: Mutex<Option<Arc<Words>>> = Mutex::new(None);
        let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = last.as_ref().filter(|known| known.texts == texts) {
            return Arc::clone(known);
        }
        let trained = Arc::new(Self::new(texts));
        *last = Some(Arc::clone(&trained));
        trained
    }

    fn new(texts: Vec<(Intent, String)>) -> Self {
        // Two halves judge each other.
        let halves = halves(&texts);
        let of = |half: usize| -> Vec<(Intent, String)> {
            texts.iter().zip(&halves).filter(|(_, of)| **of == half).map(|(text, _)| text.clone()).collect()
        };
        let parts = [of(0), of(1)];
        let trials = [&parts[1], &parts[0]].map(|other| Regression::train(&samples(other)));
        let score = |((_, text), half): (&(Intent, String), &usize)| trials[*half].score(&features(text));
        let apart = texts.iter().zip(&halves).map(score).collect::<Vec<_>>();
        // Copies are noisy, and callers are.
        let noisy = parts.iter().zip(&trials).flat_map(|(part, trial)| {
            samples(part).into_iter().map(|sample| (trial.score(&sample.features), sample.intent))
        });
        let temperature = temperature(&noisy.collect::<Vec<_>>());
        let belief = Belief::new(&texts, &apart, temperature);
        let sounding = Sounding::new(texts.iter().map(|(intent, text)| (*intent, bare(text))));
        Self { regression: Regression::train(&samples(&texts)), apart, belief, sounding, texts }
    }

    /// The example that a text without punctuation and spaces is, or sounds like; where its words are understood surely, only one
    /// of the same sound.
    fn example<'a>(&'a self, bare: &'a str, sure: bool) -> Option<&'a str> {
        if self.belief.examples.contains_key(bare) {
            return Some(bare);
        }
        self.sounding.like(bare).filter(|like| like.is_same || !sure).map(|like| like.example)
    }
}

impl About {
    /// As [`Words::from_memory`]: seconds are saved where a pack is read again.
    fn from_memory(words: &Arc<Words>, sentences: Vec<Option<Sentence>>) -> Option<Arc<Self>> {
        type Known = (Arc<Words>, Vec<Option<Sentence>>, Option<Arc<About>>);
        static LAST: Mutex<Option<Known>> = Mutex::new(None);
        let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, known, about)) = last.as_ref()
            && Arc::ptr_eq(of, words)
            && *known == sentences
        {
            return about.clone();
        }
        let vectors: Vec<_> = sentences.iter().map(|sentence| sentence.as_ref().map(Sentence::vector)).collect();
        let about = Self::new(words, &vectors).map(Arc::new);
        *last = Some((Arc::clone(words), sentences, about.clone()));
        about
    }

    /// `vectors` are of the examples of `words`, in the same order; none if none of them is known.
    fn new(words: &Words, vectors: &[Option<Vec<f32>>]) -> Option<Self> {
        let width = vectors.iter().flatten().next()?.len();
        let halves = halves(&words.texts);
        let known: Vec<(usize, &[f32], Intent)> = vectors
            .iter()
            .zip(&words.texts)
            .enumerate()
            .filter_map(|(at, (vector, (intent, _)))| Some((at, vector.as_deref()?, *intent)))
            .filter(|(_, vector, _)| vector.len() == width)
            .collect();
        let train = |wanted: &dyn Fn(usize) -> bool| {
            let wanted = known.iter().filter(|(at, ..)| wanted(*at)).map(|(_, vector, intent)| (*vector, *intent));
            Dense::train(&wanted.collect::<Vec<_>>())
        };
        let trials = [1, 0].map(|other| train(&|at| halves[at] == other));
        let mut apart = words.apart.clone();
        for (at, vector, _) in &known {
            apart[*at] = together(&apart[*at], &trials[halves[*at]].score(vector));
        }
        let scores: Vec<(Row, Intent)> = known.iter().map(|(at, _, intent)| (apart[*at], *intent)).collect();
        let belief = Belief::new(&words.texts, &apart, temperature(&scores));
        Some(Self { regression: train(&|_| true), belief })
    }
}

/// The log-odds of words and of what they are about as one.
fn together(words: &Row, about: &Row) -> Row {
    std::array::from_fn(|at| (1.0 - ABOUT) * words[at] + ABOUT * about[at])
}

impl Belief {
    /// `apart` are the log-odds of the texts as judged by others.
    fn new(texts: &[(Intent, String)], apart: &[Row], temperature: f32) -> Self {
        let share = |((intent, text), row): (&(Intent, String), &Row)| {
            (bare(text), (*intent, softmax(*row, temperature)[*intent as usize]))
        };
        Self { temperature, examples: texts.iter().zip(apart).map(share).collect() }
    }
}

/// Which of two halves each example belongs to: blocks of neighbours by turns.
fn halves(texts: &[(Intent, String)]) -> Vec<usize> {
    let mut seen = [0_usize; Intent::ALL.len()];
    let half = |(intent, _): &(Intent, String)| {
        let seen = &mut seen[*intent as usize];
        // Few examples are dealt out one by one, so that either half knows the intent.
        let block = if *seen < 2 * BLOCK { *seen } else { *seen / BLOCK };
        *seen += 1;
        block % 2
    };
    texts.iter().map(half).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::Examples;

    #[test]
    fn what_a_sentence_is_about_counts_beside_its_words() {
        let examples = |texts: &[&str]| Examples {
            cues: Vec::new(),
            examples: texts.iter().map(|text| (*text).to_owned()).collect(),
        };
        let (invoice, refund) = (
            ["开一张票", "抬头写公司", "税号发你了", "要电子的票"],
            ["钱退回来", "退款到哪了", "什么时候到账", "款没有到"],
        );
        let intents = Intents::from([(Intent::Invoice, examples(&invoice)), (Intent::Refund, examples(&refund))]);
        let mut index = IntentIndex::new(&intents);
        let (first, second) = (Sentence::of(&[1.0, 0.1, 0.0]), Sentence::of(&[0.0, 0.1, 1.0]));
        let likeliest =
            |index: &IntentIndex, text: &str, sentence: Option<&Sentence>| index.ranking(text, sentence)[0].0;
        let before = index.ranking("退款到哪了", Some(&first));
        assert_eq!(before, index.ranking("退款到哪了", None), "nothing is known of places yet");
        let places = invoice.iter().map(|text| ((*text).to_owned(), first.clone()));
        index.learn_sentences(&places.chain(refund.iter().map(|text| ((*text).to_owned(), second.clone()))).collect());
        assert_eq!(likeliest(&index, "zzz", Some(&first)), Intent::Invoice);
        assert_eq!(likeliest(&index, "zzz", Some(&second)), Intent::Refund);
        assert_eq!(before, index.ranking("退款到哪了", None), "words alone are read as before");
        index.learn_sentences(&BTreeMap::new());
        assert_eq!(before, index.ranking("退款到哪了", Some(&first)), "an encoder that knows no example says nothing");
    }
}
