//! What callers of a shop say, spelt as they say it: 油会劝 is 优惠券. A transcriber picks characters by sound, and a hurried
//! customer takes the first that the keyboard offers.
//!
//! Where two characters stand side by side that nobody puts so, the phrase around them is looked up by its sound among what
//! the shop's examples say often.

use std::{
    collections::{BTreeSet, HashMap},
    ops::RangeInclusive,
};

use super::{normalise::is_han, sound};

/// Characters of a phrase.
const PHRASE: RangeInclusive<usize> = 2..=4;
/// How often the examples have to say a phrase of two characters, and a longer one. Chosen on 399 real lines that may be read, of
/// which 6 are changed, and on what was heard in spoken calls.
const OFTEN: [usize; 2] = [15, 5];
/// Longer runs of characters are read as they are: nobody speaks them without a break.
const LONGEST_RUN: usize = 60;

/// Characters that callers say side by side.
#[derive(Debug, Default)]
pub(super) struct UsualPairs(BTreeSet<(char, char)>);

impl UsualPairs {
    pub(super) fn of<'a>(sentences: impl IntoIterator<Item = &'a str>) -> Self {
        Self(sentences.into_iter().flat_map(|text| text.chars().zip(text.chars().skip(1))).collect())
    }

    /// How many pairs of these characters nobody says.
    pub(super) fn odd_in(&self, characters: &[char]) -> usize {
        characters.windows(2).filter(|pair| !self.0.contains(&(pair[0], pair[1]))).count()
    }
}

/// The phrases that the callers of a shop often say, by sound.
#[derive(Debug)]
pub(crate) struct Spelling {
    pairs: UsualPairs,
    /// For each sound the phrases that have it, the most frequent first.
    phrases: HashMap<String, Vec<Vec<char>>>,
}

/// A phrase in place of what was written.
struct Mended {
    run: Vec<char>,
    /// Fewer odd pairs, then more characters that bear each other out, then fewer that change.
    merit: (usize, usize, std::cmp::Reverse<usize>),
}

impl Spelling {
    /// Of a shop whose callers speak like `sentences`, and which writes what stands in `texts`.
    pub(crate) fn of<'a>(
        sentences: impl IntoIterator<Item = &'a str>,
        texts: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let mut counts: HashMap<Vec<char>, usize> = HashMap::new();
        for sentence in sentences {
            let characters: Vec<char> = sentence.chars().collect();
            for run in characters.split(|c| !is_word_character(*c)) {
                for phrase in PHRASE.flat_map(|length| run.windows(length)) {
                    *counts.entry(phrase.to_vec()).or_default() += 1;
                }
            }
        }
        let mut often: Vec<_> = counts.into_iter().filter(|(phrase, count)| *count >= enough(phrase.len())).collect();
        often.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let mut phrases: HashMap<String, Vec<Vec<char>>> = HashMap::new();
        for (phrase, _) in often {
            if let Some(key) = key(&phrase) {
                phrases.entry(key).or_default().push(phrase);
            }
        }
        Self { pairs: UsualPairs::of(texts), phrases }
    }

    /// A normalised text with its misspelt phrases mended; none if there are none.
    pub(crate) fn mended(&self, normalised: &str) -> Option<String> {
        let characters: Vec<char> = normalised.chars().collect();
        let runs = characters.chunk_by(|a, b| is_word_character(*a) == is_word_character(*b));
        let mut changed = false;
        let mend = |run: &[char]| {
            let mended = is_word_character(run[0]).then(|| self.mended_run(run)).flatten();
            changed |= mended.is_some();
            mended.unwrap_or_else(|| run.to_vec())
        };
        let text: String = runs.flat_map(mend).collect();
        changed.then_some(text)
    }

    fn mended_run(&self, run: &[char]) -> Option<Vec<char>> {
        if run.len() > LONGEST_RUN {
            return None;
        }
        let mut best: Option<Vec<char>> = None;
        // Each round leaves fewer odd pairs, so it ends.
        while let Some(better) = self.better(best.as_deref().unwrap_or(run)) {
            best = Some(better);
        }
        best
    }

    /// The run with the phrase put in that mends most.
    fn better(&self, run: &[char]) -> Option<Vec<char>> {
        let mut best: Option<Mended> = None;
        for length in PHRASE {
            for (at, written) in run.windows(length).enumerate() {
                if self.pairs.odd_in(written) == 0 {
                    continue;
                }
                let Some(phrases) = key(written).and_then(|key| self.phrases.get(&key)) else { continue };
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
fn is_word_character(c: char) -> bool {
    is_han(c) && !"零〇一二三四五六七八九十百千万两幺".contains(c)
}

/// The syllables of a phrase, without what accents confuse.
fn key(phrase: &[char]) -> Option<String> {
    phrase.iter().map(|c| sound::without_accent(*c)).collect()
}

fn sounds_same(a: &[char], b: &[char]) -> bool {
    a.iter().zip(b).all(|(a, b)| super::normalise::syllable(*a) == super::normalise::syllable(*b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::tests::demo;

    #[test]
    fn what_callers_often_say_is_spelt_as_they_say_it() {
        let pack = demo();
        for (heard, meant) in [
            ("油会劝用不了,订单123456", "优惠券用不了,订单123456"),
            ("咖啡机上有滑横", "咖啡机上有划痕"),
            ("我要找真人克服", "我要找真人客服"),
            ("订单999999到拿了", "订单999999到哪了"),
        ] {
            assert_eq!(pack.spelt(heard), meant);
        }
    }

    #[test]
    fn what_is_unknown_or_right_stays() {
        let pack = demo();
        for said in [
            "优惠券用不了",
            "咖啡机的洗涤方式怎么样",
            "我担心又会降价",
            "地址改成北京市朝阳区建国路88号",
            "山竹外面看不出坏啊",
            "one two three",
            "",
            "六五四三二一",
        ] {
            assert_eq!(pack.spelt(said), said);
        }
        let long = "油会劝".repeat(40);
        assert_eq!(pack.spelt(&long), long, "too long to be spoken");
    }

    #[test]
    fn what_is_said_seldom_is_no_spelling() {
        let of = |often| Spelling::of(vec!["优惠券"; often], ["优惠券"]);
        assert_eq!(of(4).mended("油会劝"), None);
        assert_eq!(of(5).mended("油会劝").as_deref(), Some("优惠券"));
    }
}
