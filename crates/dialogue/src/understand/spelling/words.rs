//! Words with one wrong letter: `reenbolso` is `reembolso`.

use std::collections::{BTreeMap, BTreeSet};

use super::super::normalise::is_han;

/// Shorter words are soon others.
const FEWEST_LETTERS: usize = 6;
/// How often the examples have to say a word.
const OFTEN: usize = 3;

/// The words of a shop that are written in letters.
#[derive(Debug)]
pub(super) struct Words {
    known: BTreeSet<String>,
    often: Vec<Vec<char>>,
}

impl Words {
    /// Of a shop whose callers speak like `sentences`, and which writes what stands in `texts`; all normalised.
    pub(super) fn of<'a>(
        sentences: impl IntoIterator<Item = &'a str>,
        texts: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for word in sentences.into_iter().flat_map(words) {
            *counts.entry(word).or_default() += 1;
        }
        let known = texts.into_iter().flat_map(words).chain(counts.keys().copied()).map(str::to_owned).collect();
        let often = counts.iter().filter(|(word, count)| **count >= OFTEN && word.chars().count() >= FEWEST_LETTERS);
        Self { known, often: often.map(|(word, _)| word.chars().collect()).collect() }
    }

    /// The word that an unknown one was meant to be: the only one that is often said and one letter away.
    pub(super) fn meant(&self, word: &str) -> Option<String> {
        let letters: Vec<char> = word.chars().collect();
        if letters.len() < FEWEST_LETTERS || self.known.contains(word) {
            return None;
        }
        let mut near = self.often.iter().filter(|often| is_one_letter_off(&letters, often));
        let meant = near.next()?;
        near.next().is_none().then(|| meant.iter().collect())
    }
}

/// A letter of a word that is written in letters.
pub(super) fn is_letter(c: char) -> bool {
    c.is_alphabetic() && !is_han(c)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c| !is_letter(c)).filter(|word| !word.is_empty())
}

/// Whether one letter was replaced, left out or added, or two neighbours were swapped, behind the first.
fn is_one_letter_off(written: &[char], meant: &[char]) -> bool {
    if written.first() != meant.first() || written.len().abs_diff(meant.len()) > 1 {
        return false;
    }
    let same = written.iter().zip(meant).take_while(|(a, b)| a == b).count();
    let (written, meant) = (&written[same..], &meant[same..]);
    match (written, meant) {
        ([], _) | (_, []) => true,
        ([a, b, rest @ ..], [c, d, others @ ..]) if (a, b) == (d, c) && rest == others => true,
        ([_, rest @ ..], [_, others @ ..]) => rest == others || rest == meant || written == others,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_letter_is_mended() {
        let words = Words::of(["necesito un reembolso"; OFTEN], ["camara"]);
        for written in ["reenbolso", "reembolzo", "rembolso", "reembolsoo", "reebmolso"] {
            assert_eq!(words.meant(written).as_deref(), Some("reembolso"), "{written}");
        }
        for other in ["reembolso", "renbolzo", "desembolso", "necesitan", "camara", "camera", ""] {
            assert_eq!(words.meant(other), None, "{other}");
        }
    }

    #[test]
    fn between_two_words_nothing_is_mended() {
        let words = Words::of(["the carrier", "the carried"].repeat(OFTEN), []);
        assert_eq!(words.meant("carriex"), None);
        assert_eq!(words.meant("carryer").as_deref(), Some("carrier"));
    }
}
