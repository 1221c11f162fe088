//! Phonemes → ids of the acoustic model.

use std::{collections::HashMap, io, path::Path};

use serde::Deserialize;

/// Most ids of one call of the model, not counting the pad at either end.
pub(super) const MAX_IDS: usize = 510;

/// What each phoneme is called by the model: one id a character.
#[derive(Debug)]
pub(super) struct Vocabulary {
    ids: HashMap<char, i64>,
}

impl Vocabulary {
    /// Reads `{"vocab": {"a": 43, …}}`.
    pub(super) fn load(path: &Path) -> io::Result<Self> {
        Self::parse(&std::fs::read(path)?).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }

    fn parse(json: &[u8]) -> serde_json::Result<Self> {
        #[derive(Deserialize)]
        struct File {
            vocab: HashMap<char, i64>,
        }
        let file: File = serde_json::from_slice(json)?;
        Ok(Self { ids: file.vocab })
    }

    /// The ids of `phonemes`, without pads, in pieces of at most [`MAX_IDS`]. Symbols that the model does not know are left out.
    /// A piece is cut after a punctuation mark where there is one,
    /// else after a word, else anywhere.
    pub(super) fn encode_in_pieces(&self, phonemes: &str) -> Vec<Vec<i64>> {
        let known: Vec<char> = phonemes.chars().filter(|symbol| self.ids.contains_key(symbol)).collect();
        let mut rest = known.as_slice();
        let mut pieces = Vec::new();
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(cut(rest));
            pieces.push(piece.iter().filter_map(|symbol| self.ids.get(symbol).copied()).collect());
            rest = after;
        }
        pieces
    }
}

/// Where to cut symbols so that the first piece holds at most [`MAX_IDS`] of them.
fn cut(symbols: &[char]) -> usize {
    if symbols.len() <= MAX_IDS {
        return symbols.len();
    }
    let after_last = |wanted: fn(char) -> bool| {
        symbols[..MAX_IDS].iter().rposition(|&symbol| wanted(symbol)).map(|position| position + 1)
    };
    // A piece of a few symbols would sound clipped: rather cut between words than after an early comma.
    after_last(|symbol| matches!(symbol, '.' | '!' | '?' | ';' | ':' | ',' | '…' | '—'))
        .filter(|&at| at > MAX_IDS / 4)
        .or_else(|| after_last(|symbol| symbol == ' '))
        .unwrap_or(MAX_IDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vocabulary() -> Vocabulary {
        Vocabulary::parse(r#"{"vocab": {"a": 43, "n": 56, ",": 3, " ": 16}}"#.as_bytes()).unwrap()
    }

    #[test]
    fn unknown_symbols_are_left_out() {
        assert_eq!(vocabulary().encode_in_pieces("an❓\u{0}中,"), [[43, 56, 3]]);
    }

    #[test]
    fn long_text_is_cut_at_punctuation_then_at_words_then_anywhere() {
        let vocabulary = vocabulary();
        let lengths = |text: &str| vocabulary.encode_in_pieces(text).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(lengths(&"a".repeat(510)), [510]);
        assert_eq!(lengths(&"a".repeat(1200)), [510, 510, 180]);
        assert_eq!(lengths(&format!("{},{}", "a".repeat(399), "n".repeat(300))), [400, 300]);
        assert_eq!(lengths(&format!("a,{} {}", "a".repeat(300), "n".repeat(300))), [303, 300]);
        assert!(lengths("").is_empty());
    }

    #[test]
    fn a_broken_file_is_refused() {
        for json in ["", "{}", r#"{"vocab": {"ab": 1}}"#, r#"{"vocab": {"a": "x"}}"#] {
            assert!(Vocabulary::parse(json.as_bytes()).is_err(), "{json}");
        }
    }
}
