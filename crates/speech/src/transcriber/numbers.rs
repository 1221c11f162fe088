//! A number that was asked for, read by a decoder that may write nothing but digits.
//!
//! Digits that stand alone are what a small Whisper hears worst, equal ones most of all: 二二二二 becomes 天哪啊. The sound is
//! encoded already when that shows, so a second reading costs the decoder's steps only.

use ermu_domain::Language;
use whisper_rs::{WhisperContext, WhisperError, WhisperState};

use super::{guards::is_digit, scorer::Scorer};

/// Digits of the longest number that anybody reads out.
const LONGEST: usize = 20;

/// Tokens that a number is written with: each with what it writes.
#[derive(Debug, Clone)]
pub(super) struct NumberTokens(Vec<(i32, String, Script)>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    Figures,
    Han,
}

/// A number as it was read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reading {
    pub(super) text: String,
    /// The end is one of them.
    pub(super) tokens: usize,
    /// Mean logarithm of the probabilities that the model gives the tokens among all that there are.
    pub(super) avg_log_prob: f32,
}

impl NumberTokens {
    pub(super) fn of(context: &WhisperContext) -> Self {
        let written = |token: i32| {
            let text = std::str::from_utf8(context.token_to_bytes(token).ok()?).ok()?;
            Some((token, text.to_owned(), script(text.trim())?))
        };
        Self((0..context.token_eot()).filter_map(written).collect())
    }

    /// Reads what the state has encoded. None if the model would rather end than write a digit.
    pub(super) fn read(
        &self,
        state: &mut WhisperState,
        scorer: &Scorer,
        language: Language,
    ) -> Result<Option<Reading>, WhisperError> {
        let may = |script: Script| script == Script::Figures || language == Language::Chinese;
        let (mut past, mut next) = scorer.begin(state)?;
        let (mut text, mut tokens, mut log_prob_sum) = (String::new(), 0, 0.0);
        while digits(&text) < LONGEST {
            let written = self.0.iter().filter(|(_, _, script)| may(*script));
            let written = written.map(|(token, text, _)| (next.token(*token), *token, text));
            let Some((log_prob, token, written)) = written.max_by(|a, b| a.0.total_cmp(&b.0)) else { break };
            let end = next.end();
            tokens += 1;
            log_prob_sum += log_prob.max(end);
            if end >= log_prob {
                break;
            }
            text.push_str(written);
            next = scorer.push(state, token, past)?;
            past += 1;
        }
        let avg_log_prob = log_prob_sum / tokens.max(1) as f32;
        Ok((!text.is_empty()).then_some(Reading { text, tokens, avg_log_prob }))
    }
}

/// Whether a text is one digit again and again.
pub(super) fn is_one_digit(text: &str) -> bool {
    let mut digits = text.chars().filter(|&c| is_digit(c));
    let first = digits.next();
    first.is_some() && digits.all(|digit| Some(digit) == first)
}

/// How many digits a text holds.
pub(super) fn digits(text: &str) -> usize {
    text.chars().filter(|&c| is_digit(c)).count()
}

fn script(written: &str) -> Option<Script> {
    if written.is_empty() {
        None
    } else if written.chars().all(|c| c.is_ascii_digit()) {
        Some(Script::Figures)
    } else {
        written.chars().all(is_digit).then_some(Script::Han)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_figures_and_words_for_digits_write_numbers() {
        assert_eq!(script("42"), Some(Script::Figures));
        assert_eq!(script("二零"), Some(Script::Han));
        for other in ["", "十", "2nd", "四张", "-"] {
            assert_eq!(script(other), None, "{other}");
        }
        assert_eq!(digits("幺3 八,x"), 3);
        assert!(is_one_digit("8 8 8") && is_one_digit("九九") && !is_one_digit("8 8 9") && !is_one_digit("x"));
    }
}
