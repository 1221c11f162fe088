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
        if !readable.contains(|character: char| character.is_ascii_alphabetic()) {
            return readable;
        }
        match self.g2p.g2p(&with_letter_names(&readable)) {
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

/// "A" and other single capitals beside another single capital or a digit's name are letters, not words.
fn with_letter_names(text: &str) -> String {
    let words: Vec<&str> = text.split(' ').collect();
    let single = |index: Option<usize>| {
        index.and_then(|index| words.get(index)).is_some_and(|word| {
            let word = word.trim_end_matches(|last: char| last.is_ascii_punctuation());
            word.len() == 1 && word.starts_with(|letter: char| letter.is_ascii_uppercase())
        })
    };
    let spelt = words.iter().enumerate().map(|(index, word)| {
        let beside = single(index.checked_sub(1)) || single(Some(index + 1)) || names_a_number(words.get(index + 1));
        let (letter, tail) = word.split_at(word.len().min(1));
        match letter.chars().next() {
            Some(name) if beside && single(Some(index)) => format!("[{letter}](/{}/){tail}", letter_name(name)),
            _ => (*word).to_owned(),
        }
    });
    spelt.collect::<Vec<_>>().join(" ")
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
