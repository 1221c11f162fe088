//! A number that was asked for, read by a decoder that may write nothing but digits.
//!
//! Digits that stand alone are what a small Whisper hears worst, equal ones most of all: 二二二二 becomes 天哪啊. The sound is
//! encoded already when that shows, so a second reading costs the decoder's steps only.

use ermu_domain::Language;
use whisper_rs::{WhisperContext, WhisperError, WhisperState};

use super::guards::is_digit;

/// Digits of the longest number that anybody reads out.
const LONGEST: usize = 20;

/// Tokens that a number is written with.
#[derive(Debug, Clone)]
pub(super) struct NumberTokens {
    /// Each with what it writes, and whether it is Chinese.
    tokens: Vec<(i32, String, Script)>,
    end_of_text: i32,
    /// What follows the language: the task, and the time 0.00. Without timestamps the model loops.
    task: [i32; 2],
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
    pub(super) tokens: usize,
    /// Sums over the tokens, the end among them, of the probabilities that the model gives them among all tokens.
    pub(super) probability_sum: f32,
    pub(super) log_prob_sum: f32,
}

impl NumberTokens {
    pub(super) fn of(context: &WhisperContext) -> Self {
        let end_of_text = context.token_eot();
        let written = |token: i32| {
            let text = std::str::from_utf8(context.token_to_bytes(token).ok()?).ok()?;
            Some((token, text.to_owned(), script(text.trim())?))
        };
        Self {
            tokens: (0..end_of_text).filter_map(written).collect(),
            end_of_text,
            task: [context.token_transcribe(), context.token_beg()],
        }
    }

    /// Reads what the state has encoded. None if the model would rather end than write a digit.
    pub(super) fn read(
        &self,
        state: &mut WhisperState,
        start: [i32; 2],
        language: Language,
        threads: usize,
    ) -> Result<Option<Reading>, WhisperError> {
        let mut past = 0;
        for token in start.into_iter().chain(self.task) {
            state.decode(&[token], past, threads)?;
            past += 1;
        }
        let mut reading = Reading { text: String::new(), tokens: 0, probability_sum: 0.0, log_prob_sum: 0.0 };
        while digits(&reading.text) < LONGEST {
            let logits = state.get_logits()?;
            let at = |token: i32| usize::try_from(token).ok().and_then(|at| logits.get(at)).copied();
            let may = |script: &Script| *script == Script::Figures || language == Language::Chinese;
            let best = self
                .tokens
                .iter()
                .filter(|(_, _, script)| may(script))
                .filter_map(|(token, text, _)| Some((at(*token)?, *token, text.as_str())))
                .max_by(|a, b| a.0.total_cmp(&b.0));
            let Some((logit, token, written)) = best else { return Ok(None) };
            // It ends with the time, or without.
            let times = usize::try_from(self.task[1]).unwrap_or_default() + 1;
            let ends = logits.get(times..).unwrap_or_default().iter().copied().chain(at(self.end_of_text));
            let end = ends.fold(f32::NEG_INFINITY, f32::max);
            let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let log_sum = top + logits.iter().map(|logit| (logit - top).exp()).sum::<f32>().ln();
            let ends = end >= logit;
            let log_prob = logit.max(end) - log_sum;
            reading.tokens += 1;
            reading.probability_sum += log_prob.exp();
            reading.log_prob_sum += log_prob;
            if ends {
                break;
            }
            reading.text.push_str(written);
            state.decode(&[token], past, threads)?;
            past += 1;
        }
        Ok((!reading.text.is_empty()).then_some(reading))
    }
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
