//! A number that was asked for, read by a decoder that may write nothing but digits.
//!
//! Digits that stand alone are what a small Whisper hears worst, equal ones most of all: 二二二二 becomes 天哪啊. Chinese ones it also
//! writes as figures, which it likes in groups, and then drops or doubles some; as characters, one by one, it hears them well. The
//! sound is encoded already when a number is read, so this costs the decoder's steps only.

use ermu_domain::Language;
use whisper_rs::{WhisperContext, WhisperError, WhisperState};

use super::{
    guards::is_digit,
    scorer::{Next, Scorer},
};

/// Digits of the longest number that anybody reads out.
const LONGEST: usize = 20;
/// Chinese digits that have no token of their own,
const SPELT: [&str; 3] = ["零", "幺", "〇"];
/// and what the model writes for a 幺 among digits.
const SOUND_LIKE_ONE: [&str; 2] = ["有", "要"];

/// What a number is written with.
#[derive(Debug, Clone)]
pub(super) struct NumberTokens(Vec<Symbol>);

#[derive(Debug, Clone)]
struct Symbol {
    text: String,
    script: Script,
    first: i32,
    /// The tokens after the first.
    rest: Vec<i32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    Figures,
    Han,
}

/// A number as it was read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reading {
    pub(super) text: String,
    /// Its digits and the end.
    pub(super) steps: usize,
    /// Mean logarithm of the probabilities that the model gives the digits among all that could be said.
    pub(super) avg_log_prob: f32,
    /// The same among digits and the end alone, as a probability: how sure it is if a number was said.
    pub(super) sureness: f32,
}

/// A digit that may come next.
struct Choice<'a> {
    symbol: &'a Symbol,
    log_prob: f32,
}

impl NumberTokens {
    pub(super) fn of(context: &WhisperContext) -> Self {
        let written = |token: i32| {
            let text = std::str::from_utf8(context.token_to_bytes(token).ok()?).ok()?;
            Some(Symbol { text: text.to_owned(), script: script(text.trim())?, first: token, rest: Vec::new() })
        };
        let mut symbols: Vec<_> = (0..context.token_eot()).filter_map(written).collect();
        let spelt = SPELT.map(|text| (text, text)).into_iter().chain(SOUND_LIKE_ONE.map(|text| (text, "幺")));
        for (text, digit) in spelt {
            let tokens = context.tokenize(text, 8).unwrap_or_default();
            if let [first, rest @ ..] = tokens.as_slice()
                && !symbols.iter().any(|symbol| symbol.first == *first && rest.is_empty())
            {
                symbols.push(Symbol {
                    text: digit.to_owned(),
                    script: Script::Han,
                    first: *first,
                    rest: rest.to_vec(),
                });
            }
        }
        Self(symbols)
    }

    /// Reads what the state has encoded. None if the model would rather end than write a digit.
    pub(super) fn read(
        &self,
        state: &mut WhisperState,
        scorer: &Scorer,
        language: Language,
    ) -> Result<Option<Reading>, WhisperError> {
        let wanted = if language == Language::Chinese { Script::Han } else { Script::Figures };
        let (mut past, mut next) = scorer.begin(state)?;
        let (mut text, mut steps, mut among_all, mut among_digits) = (String::new(), 0, 0.0, 0.0);
        while digits(&text) < LONGEST {
            let Some(Choice { symbol, log_prob }) = self.likeliest(state, scorer, past, &next, wanted)? else { break };
            let end = next.end();
            let all =
                self.0.iter().filter(|symbol| symbol.script == wanted).map(|symbol| next.token(symbol.first).exp());
            steps += 1;
            among_all += log_prob.max(end);
            among_digits += (log_prob.max(end).exp() / (all.sum::<f32>() + end.exp())).min(1.0).ln();
            if end >= log_prob {
                break;
            }
            text.push_str(&symbol.text);
            for token in std::iter::once(symbol.first).chain(symbol.rest.iter().copied()) {
                next = scorer.push(state, token, past)?;
                past += 1;
            }
        }
        let mean = |sum: f32| sum / steps.max(1) as f32;
        let (avg_log_prob, sureness) = (mean(among_all), mean(among_digits).exp());
        Ok((!text.is_empty()).then_some(Reading { text, steps, avg_log_prob, sureness }))
    }

    /// The likeliest digit behind the first `past` tokens, of which `next` comes next.
    fn likeliest(
        &self,
        state: &mut WhisperState,
        scorer: &Scorer,
        past: usize,
        next: &Next,
        wanted: Script,
    ) -> Result<Option<Choice<'_>>, WhisperError> {
        let mut best: Option<Choice<'_>> = None;
        // A first token is at least as likely as the whole, so that those of one token are compared first.
        let of = |spelt: bool| {
            self.0.iter().filter(move |symbol| symbol.script == wanted && symbol.rest.is_empty() != spelt)
        };
        for symbol in of(false).chain(of(true)) {
            let mut log_prob = next.token(symbol.first);
            if best.as_ref().is_some_and(|best| log_prob <= best.log_prob) {
                continue;
            }
            let mut last = symbol.first;
            for (at, token) in symbol.rest.iter().enumerate() {
                log_prob += scorer.push(state, last, past + at)?.token(*token);
                last = *token;
            }
            if best.as_ref().is_none_or(|best| log_prob > best.log_prob) {
                best = Some(Choice { symbol, log_prob });
            }
        }
        Ok(best)
    }
}

/// Whether the model found no end: a murmur becomes 一二三四四四四四….
pub(super) fn is_endless(text: &str) -> bool {
    digits(text) >= LONGEST
}

/// Whether a text is one digit again and again, and not a 1, which a sentence that is no number turns into: 有 sounds like it.
pub(super) fn is_one_digit_but_one(text: &str) -> bool {
    let mut digits = text.chars().filter(|&c| is_digit(c));
    let first = digits.next();
    first.is_some_and(|digit| !"1一幺".contains(digit)) && digits.all(|digit| Some(digit) == first)
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
        assert!(is_endless(&"一二三四".repeat(5)) && !is_endless("13800135678"));
        assert!(is_one_digit_but_one("8 8 8") && is_one_digit_but_one("九九"));
        assert!(!is_one_digit_but_one("8 8 9") && !is_one_digit_but_one("x") && !is_one_digit_but_one("幺幺"));
    }
}
