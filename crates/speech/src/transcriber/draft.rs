//! What one decoding gave.

use super::{Why, homophones::Letter, numbers::Reading};

/// What one decoding gave.
pub(super) struct Draft {
    pub(super) letters: Vec<Letter>,
    pub(super) tokens: usize,
    pub(super) probability_sum: f32,
    pub(super) log_prob_sum: f32,
    pub(super) objection: Option<Why>,
}

impl Draft {
    /// Something closed that was read: nothing speaks against it any more.
    pub(super) fn of(text: &str, tokens: usize, avg_log_prob: f32) -> Self {
        let sureness = avg_log_prob.exp();
        Self {
            letters: text.chars().map(|c| (c, sureness)).collect(),
            tokens,
            probability_sum: sureness * tokens as f32,
            log_prob_sum: avg_log_prob * tokens as f32,
            objection: None,
        }
    }

    pub(super) fn text(&self) -> String {
        self.letters.iter().map(|letter| letter.0).collect()
    }

    pub(super) fn avg_log_prob(&self) -> f32 {
        self.log_prob_sum / self.tokens.max(1) as f32
    }
}

impl From<Reading> for Draft {
    fn from(Reading { text, steps, sureness, .. }: Reading) -> Self {
        Self::of(&text, steps, sureness.ln())
    }
}

/// The characters of a text, each as sure as the least sure of its bytes.
pub(super) fn letters(bytes: &[(u8, f32)]) -> Vec<Letter> {
    let text: Vec<u8> = bytes.iter().map(|byte| byte.0).collect();
    let mut letters = Vec::new();
    let mut at = 0;
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            let sureness = bytes[at..at + c.len_utf8()].iter().map(|byte| byte.1).fold(1.0, f32::min);
            letters.push((c, sureness));
            at += c.len_utf8();
        }
        if !chunk.invalid().is_empty() {
            letters.push((char::REPLACEMENT_CHARACTER, 0.0));
            at += chunk.invalid().len();
        }
    }
    letters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_is_as_sure_as_its_least_sure_byte() {
        let bytes: Vec<(u8, f32)> = "a好".bytes().zip([0.9, 0.8, 0.3, 0.7]).collect();
        assert_eq!(letters(&bytes), [('a', 0.9), ('好', 0.3)]);
        assert_eq!(letters(&[(0xe5, 0.5), (b'b', 0.6)]), [('\u{fffd}', 0.0), ('b', 0.6)]);
    }
}
