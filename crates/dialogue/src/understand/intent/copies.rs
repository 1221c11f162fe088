//! Copies of the examples as they come out of real calls: inside a longer sentence, and misheard.

use std::collections::BTreeMap;

use crate::{
    pack::Intent,
    understand::normalise::{is_han, syllable},
};

use super::random::Random;

/// Share of the characters that a copy gets wrong, in percent.
const WRONG_PERCENT: usize = 12;

/// What copies are made from.
pub(super) struct Copier<'a> {
    before: Vec<&'a str>,
    after: Vec<&'a str>,
    /// Characters of the examples by their syllable.
    alike: BTreeMap<&'static str, Vec<char>>,
    random: Random,
}

impl<'a> Copier<'a> {
    /// `examples` are normalised.
    pub(super) fn new(examples: &'a [(Intent, String)]) -> Self {
        let of = |wanted: &[Intent]| -> Vec<&'a str> {
            let chinese = examples.iter().filter(|(intent, text)| wanted.contains(intent) && text.chars().any(is_han));
            chinese.map(|(_, text)| text.as_str()).collect()
        };
        let mut alike: BTreeMap<&'static str, Vec<char>> = BTreeMap::new();
        for c in examples.iter().flat_map(|(_, text)| text.chars()) {
            if let Some(syllable) = syllable(c) {
                let known = alike.entry(syllable).or_default();
                if !known.contains(&c) {
                    known.push(c);
                }
            }
        }
        Self {
            before: of(&[Intent::Greeting, Intent::Fragment, Intent::Fragment]),
            after: of(&[Intent::Fragment, Intent::Thanks]),
            alike,
            random: Random::new(11),
        }
    }

    /// The example with something said before it or after it, which is what callers do; only for Chinese, and only
    /// where the example decides what is meant.
    pub(super) fn in_context(&mut self, intent: Intent, example: &str) -> Option<String> {
        let alone = matches!(intent, Intent::Greeting | Intent::Thanks | Intent::Goodbye | Intent::Repeat);
        if alone || !example.chars().any(is_han) {
            return None;
        }
        let border = *self.random.pick(&[" ", "，", "", "，"])?;
        Some(if self.random.happens(70) {
            format!("{}{border}{example}", self.random.pick(&self.before)?)
        } else {
            format!("{example}{border}{}", self.random.pick(&self.after)?)
        })
    }

    /// The text with wrong characters, as a transcriber writes them, and some lost.
    pub(super) fn misheard(&mut self, text: &str) -> Option<String> {
        if text.chars().filter(|c| is_han(*c)).count() < 3 {
            return None;
        }
        let mut copy = String::with_capacity(text.len());
        for c in text.chars() {
            if !is_han(c) || !self.random.happens(WRONG_PERCENT) {
                copy.push(c);
            } else if self.random.happens(70) {
                copy.push(self.sounds_like(c));
            }
        }
        Some(copy)
    }

    fn sounds_like(&mut self, c: char) -> char {
        let Some(syllable) = syllable(c) else { return c };
        let other = accent(syllable);
        let other = other.as_deref().filter(|_| self.random.happens(40)).unwrap_or(syllable);
        let known = self.alike.get(other).or_else(|| self.alike.get(syllable));
        known.and_then(|known| self.random.pick(known)).copied().unwrap_or(c)
    }
}

/// The syllable as the other half of the country says it.
fn accent(syllable: &str) -> Option<String> {
    let pairs = [
        ("zh", "z"),
        ("ch", "c"),
        ("sh", "s"),
        ("l", "n"),
        ("n", "l"),
        ("f", "h"),
        ("z", "zh"),
        ("c", "ch"),
        ("s", "sh"),
    ];
    let start = pairs.iter().find_map(|(a, b)| syllable.strip_prefix(a).map(|rest| format!("{b}{rest}")));
    let end = || match syllable.strip_suffix('g') {
        Some(rest) if rest.ends_with('n') => Some(rest.to_owned()),
        Some(_) | None => syllable.ends_with('n').then(|| format!("{syllable}g")),
    };
    start.or_else(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_hold_the_example_or_its_sound() {
        let examples = [
            (Intent::Invoice, "帮我开发票可以吗".to_owned()),
            (Intent::Fragment, "昨天买的".to_owned()),
            (Intent::Greeting, "你好".to_owned()),
        ];
        let mut copier = Copier::new(&examples);
        let in_context = copier.in_context(Intent::Invoice, "帮我开发票可以吗").unwrap();
        assert!(in_context.contains("帮我开发票可以吗") && in_context.len() > "帮我开发票可以吗".len(), "{in_context}");
        assert_eq!(copier.in_context(Intent::Greeting, "你好"), None);
        let differ = (0..20).filter(|_| copier.misheard("帮我开发票可以吗").unwrap() != "帮我开发票可以吗").count();
        assert!(differ > 0);
        assert_eq!(copier.misheard("where is my order"), None);
    }
}
