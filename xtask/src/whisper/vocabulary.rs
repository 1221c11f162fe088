//! Whisper's vocabulary from Hugging Face's `tokenizer.json`, as the bytes that each token stands for.

use std::collections::HashMap;
use std::io::Read;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

/// Number of ordinary tokens of every multilingual Whisper; whisper.cpp adds the special ones by itself.
pub(super) const TOKENS: usize = 50_257;

const FILE_BYTES_MAX: u64 = 64 << 20;

#[derive(Deserialize)]
struct Tokenizer {
    model: Model,
}

#[derive(Deserialize)]
struct Model {
    vocab: HashMap<String, u32>,
}

/// The bytes of tokens 0 to [`TOKENS`] − 1.
pub(super) fn read(reader: impl Read) -> Result<Vec<Vec<u8>>> {
    let tokenizer: Tokenizer =
        serde_json::from_reader(reader.take(FILE_BYTES_MAX)).context("it is no tokenizer.json with model.vocab")?;
    let byte_of = bytes_by_letter();
    let mut tokens: Vec<Option<Vec<u8>>> = vec![None; TOKENS];
    for (text, id) in tokenizer.model.vocab {
        let Some(token) = tokens.get_mut(id as usize) else { continue };
        let bytes = text.chars().map(|letter| byte_of.get(&letter).copied()).collect::<Option<Vec<u8>>>();
        let bytes = bytes.with_context(|| format!("token {id}, {text:?}, is not in GPT-2's byte alphabet"))?;
        ensure!(token.replace(bytes).is_none(), "token {id} stands twice");
    }
    tokens.into_iter().enumerate().map(|(id, token)| token.with_context(|| format!("token {id} is missing"))).collect()
}

/// GPT-2 writes every byte as one printable letter: Latin-1's printable characters stand for themselves, the other 68 bytes, in
/// order, for the letters from U+0100 on.
fn bytes_by_letter() -> HashMap<char, u8> {
    let mut next_letter = 0x100..;
    (0..=u8::MAX)
        .filter_map(|byte| {
            let letter = match byte {
                b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff => Some(char::from(byte)),
                _ => next_letter.next().and_then(char::from_u32),
            };
            letter.map(|letter| (letter, byte))
        })
        .collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A tokenizer.json whose tokens are numbers, save for a few: 1 is " 你", and the last is empty.
    pub(in crate::whisper) fn tokenizer_json() -> String {
        let mut vocab: HashMap<String, usize> = (0..TOKENS).map(|id| (id.to_string(), id)).collect();
        vocab.retain(|_, id| *id != 1 && *id != TOKENS - 1);
        vocab.insert("Ġä½ł".to_owned(), 1);
        vocab.insert(String::new(), TOKENS - 1);
        serde_json::json!({ "version": "1.0", "model": { "type": "BPE", "vocab": vocab } }).to_string()
    }

    #[test]
    fn all_256_bytes_have_a_letter_of_their_own() {
        let letters = bytes_by_letter();
        assert_eq!(letters.len(), 256);
        assert_eq!((letters[&'A'], letters[&'Ġ'], letters[&'Ċ'], letters[&'ł']), (b'A', b' ', b'\n', 0xa0));
    }

    #[test]
    fn tokens_come_out_as_bytes_in_the_order_of_their_ids() {
        let tokens = read(tokenizer_json().as_bytes()).unwrap();
        assert_eq!(tokens[1], " 你".as_bytes());
        assert_eq!(tokens[42], b"42");
        assert!(tokens[TOKENS - 1].is_empty());
    }

    #[test]
    fn gaps_foreign_letters_and_other_files_are_refused() {
        let refusal = |json: &str| format!("{:#}", read(json.as_bytes()).unwrap_err());
        assert!(refusal(&tokenizer_json().replace("\"7\":7", "\"7\":60000")).contains("token 7 is missing"));
        assert!(refusal(&tokenizer_json().replace("\"7\":", "\"你\":")).contains("token 7"));
        assert!(refusal("{\"model\": {}}").contains("tokenizer.json"));
        assert!(refusal("[").contains("tokenizer.json"));
    }
}
