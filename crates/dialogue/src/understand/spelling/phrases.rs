//! Chinese phrases. Where two characters stand side by side that nobody puts so, the phrase around them is looked up by its sound
//! among what the shop's examples say often.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
};

use super::{
    super::{
        normalise::{is_han, syllable},
        sound,
    },
    Medium,
};

/// Characters of a phrase.
const PHRASE: RangeInclusive<usize> = 2..=4;
/// How often the examples have to say a phrase of two characters, and a longer one. Chosen on 399 real lines that may be read, of
/// which 6 are changed, and on what was heard in spoken calls.
const OFTEN: [usize; 2] = [15, 5];
/// How often they have to say a phrase of which one character only sounds half right.
const OFTEN_BUT_ONE: usize = 12;
/// Longer runs of characters are read as they are: nobody speaks them without a break.
const LONGEST_RUN: usize = 60;

/// What stands before and behind everything that is said.
pub(in super::super) const EDGE: char = '\n';

/// Characters that callers say side by side.
#[derive(Debug, Default)]
pub(in super::super) struct UsualPairs(BTreeSet<(char, char)>);

impl UsualPairs {
    pub(in super::super) fn of<'a>(sentences: impl IntoIterator<Item = &'a str>) -> Self {
        let edge = || std::iter::once(EDGE);
        let pairs = |text: &'a str| edge().chain(text.chars()).zip(text.chars().chain(edge()));
        Self(sentences.into_iter().flat_map(pairs).collect())
    }

    /// How many pairs of these characters nobody says.
    pub(in super::super) fn odd_in(&self, characters: &[char]) -> usize {
        characters.windows(2).filter(|pair| !self.0.contains(&(pair[0], pair[1]))).count()
    }
}

/// The phrases that the callers of a shop often say, by sound.
#[derive(Debug)]
pub(super) struct Phrases {
    pairs: UsualPairs,
    /// For each sound the phrases that have it, the most frequent first.
    by_sound: BTreeMap<String, Vec<Vec<char>>>,
    /// For each phrase without one of its characters those characters, of the most frequent phrase first.
    without_one: BTreeMap<Vec<char>, Vec<char>>,
}

/// A phrase in place of what was written.
struct Mended {
    run: Vec<char>,
    /// Fewer odd pairs, then more characters that bear each other out, then fewer that change.
    merit: (usize, usize, std::cmp::Reverse<usize>),
}

impl Phrases {
    /// Of a shop whose callers speak like `sentences`, and which writes what stands in `texts`.
    pub(super) fn of<'a>(
        sentences: impl IntoIterator<Item = &'a str>,
        texts: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let mut runs: Vec<Vec<char>> = Vec::new();
        for sentence in sentences {
            let characters: Vec<char> = sentence.chars().collect();
            runs.extend(characters.split(|c| !is_word_character(*c)).map(<[char]>::to_vec));
        }
        let mut said: Vec<&[char]> =
            runs.iter().flat_map(|run| PHRASE.flat_map(|length| run.windows(length))).collect();
        said.sort_unstable();
        let counted = said.chunk_by(|a, b| a == b).map(|same| (same[0], same.len()));
        let mut often: Vec<_> = counted.filter(|(phrase, count)| *count >= enough(phrase.len())).collect();
        often.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let mut by_sound: BTreeMap<String, Vec<Vec<char>>> = BTreeMap::new();
        let mut without_one: BTreeMap<Vec<char>, Vec<char>> = BTreeMap::new();
        for (phrase, count) in often {
            if phrase.len() > 2 && count >= OFTEN_BUT_ONE {
                for at in 0..phrase.len() {
                    without_one.entry(hole(phrase, at)).or_default().push(phrase[at]);
                }
            }
            if let Some(key) = key(phrase) {
                by_sound.entry(key).or_default().push(phrase.to_vec());
            }
        }
        Self { pairs: UsualPairs::of(texts), by_sound, without_one }
    }

    /// A run of [word characters](is_word_character) with its misspelt phrases mended; none if there are none.
    pub(super) fn mended(&self, run: &[char], medium: Medium) -> Option<Vec<char>> {
        if run.len() > LONGEST_RUN {
            return None;
        }
        let mut best: Option<Vec<char>> = None;
        // Each round leaves fewer odd pairs, so it ends.
        while let Some(better) = self.better(best.as_deref().unwrap_or(run)) {
            best = Some(better);
        }
        if medium == Medium::Spoken {
            best = self.with_near_sounds(best.as_deref().unwrap_or(run)).or(best);
        }
        best
    }

    /// The run with each character mended that fits to neither neighbour, and whose place in a phrase that is otherwise right belongs
    /// to one that sounds half like it: 优惠签 is 优惠券.
    fn with_near_sounds(&self, run: &[char]) -> Option<Vec<char>> {
        let mut mended = run.to_vec();
        for at in 0..run.len() {
            let around = at.saturating_sub(1)..(at + 2).min(run.len());
            let pairs = around.len() - 1;
            if pairs == 0 || self.pairs.odd_in(&mended[around.clone()]) < pairs {
                continue;
            }
            let fits = |other: char| {
                let mut with = mended[around.clone()].to_vec();
                with[at - around.start] = other;
                sound::is_half_alike(mended[at], other) && self.pairs.odd_in(&with) == 0
            };
            let windows = (3..=*PHRASE.end()).rev().flat_map(|length| {
                (at.saturating_sub(length - 1)..=at)
                    .filter(move |start| start + length <= run.len())
                    .map(move |s| (s, length))
            });
            let mut found = windows.filter_map(|(start, length)| {
                let others = self.without_one.get(&hole(&mended[start..start + length], at - start))?;
                others.iter().copied().find(|other| fits(*other))
            });
            if let Some(other) = found.next() {
                mended[at] = other;
            }
        }
        (mended != run).then_some(mended)
    }

    /// The run with the phrase put in that mends most.
    fn better(&self, run: &[char]) -> Option<Vec<char>> {
        let mut best: Option<Mended> = None;
        for length in PHRASE {
            for (at, written) in run.windows(length).enumerate() {
                if self.pairs.odd_in(written) == 0 {
                    continue;
                }
                let Some(phrases) = key(written).and_then(|key| self.by_sound.get(&key)) else { continue };
                for phrase in phrases {
                    let Some(mended) = self.with(run, at, phrase) else { continue };
                    if best.as_ref().is_none_or(|best| mended.merit > best.merit) {
                        best = Some(mended);
                    }
                }
            }
        }
        best.map(|best| best.run)
    }

    /// The run with a phrase at a place, if that fits in better than what stands there.
    fn with(&self, run: &[char], at: usize, phrase: &[char]) -> Option<Mended> {
        let end = at + phrase.len();
        let around = at.saturating_sub(1)..(end + 1).min(run.len());
        let mut mended = run.to_vec();
        mended[at..end].copy_from_slice(phrase);
        let odd = self.pairs.odd_in(&mended[around.clone()]);
        let fewer = self.pairs.odd_in(&run[around]).checked_sub(odd).filter(|fewer| *fewer > 0)?;
        let written = &run[at..end];
        // Two characters alone bear out little.
        let fits = if phrase.len() == 2 { odd == 0 && sounds_same(written, phrase) } else { odd <= 1 };
        let replaced = written.iter().zip(phrase).filter(|(a, b)| a != b).count();
        fits.then_some(Mended { run: mended, merit: (fewer, phrase.len(), std::cmp::Reverse(replaced)) })
    }
}

const fn enough(characters: usize) -> usize {
    if characters == 2 { OFTEN[0] } else { OFTEN[1] }
}

/// A Han character that is no numeral: a number is not a matter of spelling.
pub(super) fn is_word_character(c: char) -> bool {
    is_han(c) && !"零〇一二三四五六七八九十百千万两幺".contains(c)
}

/// The syllables of a phrase, without what accents confuse.
fn key(phrase: &[char]) -> Option<String> {
    phrase.iter().map(|c| sound::without_accent(*c)).collect()
}

fn sounds_same(a: &[char], b: &[char]) -> bool {
    a.iter().zip(b).all(|(a, b)| syllable(*a) == syllable(*b))
}

/// A phrase with one character left open.
fn hole(phrase: &[char], at: usize) -> Vec<char> {
    let mut open = phrase.to_vec();
    open[at] = '_';
    open
}
