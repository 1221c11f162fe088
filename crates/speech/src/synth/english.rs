//! English: spoken-form text → phonemes.

use misaki_rs::{Fallback, G2P, Language, fallback::FallbackError};

/// Turns English text into phonemes.
pub(super) struct English {
    g2p: G2P,
}

impl English {
    pub(super) fn new() -> Self {
        Self { g2p: G2P::with_fallback(Language::EnglishUS, Some(Box::new(SpellOut))) }
    }

    /// The phonemes of a stretch of text without digits. Words that the lexicon lacks are spelt.
    pub(super) fn phonemes(&self, text: &str) -> String {
        let readable = readable(text);
        let words: Vec<&str> = readable.split(' ').collect();
        let letters = spelt_letters(&words);
        let mut phonemes = String::with_capacity(text.len() * 2);
        let mut start = 0;
        for end in 1..=words.len() {
            if end < words.len() && letters[end] == letters[start] {
                continue;
            }
            let run = words[start..end].join(" ");
            if !phonemes.is_empty() {
                phonemes.push(' ');
            }
            phonemes += &if letters[start] { spell_marked(&run) } else { self.words(&run) };
            start = end;
        }
        phonemes
    }

    fn words(&self, text: &str) -> String {
        if !text.contains(|character: char| character.is_ascii_alphabetic()) {
            return text.to_owned();
        }
        match self.g2p.g2p(text) {
            Ok((phonemes, _)) => phonemes,
            Err(error) => {
                tracing::warn!(%error, "a sentence has no phonemes");
                String::new()
            }
        }
    }
}

/// Only what the grapheme-to-phoneme rules expect: its own mark-up characters, among others, are not for callers.
fn readable(text: &str) -> String {
    let kept = |character: char| match character {
        '—' | '–' => Some('—'),
        'é' | 'è' | 'ê' | 'ë' => Some('e'),
        'á' | 'à' | 'â' | 'ä' | 'ã' => Some('a'),
        'í' | 'ï' => Some('i'),
        'ó' | 'ô' | 'ö' => Some('o'),
        'ú' | 'ü' => Some('u'),
        'ñ' => Some('n'),
        'ç' => Some('c'),
        '…' | '.' | ',' | '!' | '?' | ';' | ':' | '\'' | '-' | '"' => Some(character),
        _ if character.is_ascii_alphabetic() => Some(character),
        _ => Some(' '),
    };
    let characters: String = text.chars().filter_map(kept).collect();
    characters.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Which words are letters of a code: single capitals beside another one or before a digit's name. The "A" of "A parcel" is a
/// word.
fn spelt_letters(words: &[&str]) -> Vec<bool> {
    let single: Vec<bool> = words
        .iter()
        .map(|word| {
            let letter = word.trim_end_matches(|last: char| last.is_ascii_punctuation());
            letter.len() == 1 && letter.starts_with(|first: char| first.is_ascii_uppercase())
        })
        .collect();
    let beside = |index: usize| {
        index.checked_sub(1).is_some_and(|previous| single[previous])
            || single.get(index + 1).copied().unwrap_or(false)
            || names_a_number(words.get(index + 1))
    };
    (0..words.len()).map(|index| single[index] && beside(index)).collect()
}

/// Letter by letter, punctuation kept.
fn spell_marked(letters: &str) -> String {
    let sounds = letters.chars().map(|character| match letter_name(character) {
        "" => character.to_string(),
        name => name.to_owned(),
    });
    sounds.collect()
}

fn names_a_number(word: Option<&&str>) -> bool {
    const NAMES: [&str; 10] = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    word.is_some_and(|word| NAMES.contains(word))
}

/// How the name of a letter sounds; empty for what is no letter of A–Z.
pub(super) const fn letter_name(letter: char) -> &'static str {
    match letter.to_ascii_uppercase() {
        'A' => "ˈA",
        'B' => "bˈi",
        'C' => "sˈi",
        'D' => "dˈi",
        'E' => "ˈi",
        'F' => "ˈɛf",
        'G' => "ʤˈi",
        'H' => "ˈAʧ",
        'I' => "ˈI",
        'J' => "ʤˈA",
        'K' => "kˈA",
        'L' => "ˈɛl",
        'M' => "ˈɛm",
        'N' => "ˈɛn",
        'O' => "ˈO",
        'P' => "pˈi",
        'Q' => "kjˈu",
        'R' => "ˈɑɹ",
        'S' => "ˈɛs",
        'T' => "tˈi",
        'U' => "jˈu",
        'V' => "vˈi",
        'W' => "dˈʌbᵊlju",
        'X' => "ˈɛks",
        'Y' => "wˈI",
        'Z' => "zˈi",
        _ => "",
    }
}

/// Letter by letter.
pub(super) fn spell(word: &str) -> String {
    let names: Vec<_> = word.chars().map(letter_name).filter(|name| !name.is_empty()).collect();
    names.join(" ")
}

struct SpellOut;

impl Fallback for SpellOut {
    fn phonemize(&self, word: &str) -> Result<String, FallbackError> {
        Ok(spell(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_words_and_unknown_words() {
        let english = English::new();
        assert_eq!(english.phonemes("Hello, world!"), "həlˈO, wˈɜɹld!");
        let waybill = english.phonemes("waybill E F one two");
        assert!(waybill.contains("ˈi ˈɛf wˈʌn tˈu"), "{waybill}");
        assert_eq!(english.phonemes("A B"), "ˈA bˈi");
        let unknown = english.phonemes("my qzxwv");
        assert!(unknown.contains("kjˈu zˈi ˈɛks dˈʌbᵊlju vˈi"), "{unknown}");
    }

    #[test]
    fn no_shop_sentence_has_an_unknown_word() {
        let english = English::new();
        for sentence in [
            "Hello, this is the shop's automatic assistant. How can I help you?",
            "Your parcel was collected by the carrier today at ten oh five, and it arrives tomorrow before six P M.",
            "I'm sorry about the scratch. Could you please send me a photo of the coffee machine?",
            "I've opened a ticket. We'll replace the kettle free of charge within seven days.",
            "I'll transfer you to a colleague right away; they'll see everything, including the refund.",
        ] {
            let phonemes = english.phonemes(sentence);
            assert!(!phonemes.contains('❓'), "{sentence}: {phonemes}");
        }
    }

    #[test]
    fn mark_up_and_hostile_text() {
        let english = English::new();
        for text in [
            "",
            " ",
            "'",
            "[a](/x/)",
            "a](b",
            "''''",
            "-",
            "...",
            "a'b'c'd",
            "A",
            "I",
            "\u{0}",
            "O'",
            "'s",
            "x".repeat(5_000).as_str(),
        ] {
            english.phonemes(text);
        }
        assert_eq!(english.phonemes("[hi](/xx/)"), english.phonemes("hi xx"));
    }
}
