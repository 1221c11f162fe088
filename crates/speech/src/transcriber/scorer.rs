//! The decoder step by step, over sound that is encoded already: how likely the model finds what could have been said.

use whisper_rs::{WhisperContext, WhisperError, WhisperState};

/// How a transcript in one language begins and ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scorer {
    /// Start, language, task and the time 0.00: without times the model loops.
    prompt: [i32; 4],
    end_of_text: i32,
    threads: usize,
}

/// Natural logarithms of the probabilities of what comes next.
#[derive(Debug, Clone)]
pub(super) struct Next {
    log_probs: Vec<f32>,
    end_of_text: i32,
    /// The first token that is a time after 0.00.
    times: usize,
}

impl Scorer {
    /// `language` is the language's token.
    pub(super) fn new(context: &WhisperContext, language: i32) -> Self {
        let prompt = [context.token_sot(), language, context.token_transcribe(), context.token_beg()];
        Self { prompt, end_of_text: context.token_eot(), threads: 1 }
    }

    pub(super) fn with_threads(self, threads: i32) -> Self {
        Self { threads: usize::try_from(threads).unwrap_or(1).max(1), ..self }
    }

    /// Begins a transcript: how many tokens stand now, and what comes next.
    pub(super) fn begin(&self, state: &mut WhisperState) -> Result<(usize, Next), WhisperError> {
        for (past, token) in self.prompt.iter().enumerate() {
            // One by one: only the first row of logits can be read.
            state.decode(&[*token], past, self.threads)?;
        }
        Ok((self.prompt.len(), self.next(state)?))
    }

    /// Begins a transcript with these tokens: how many stand then, and what comes next.
    pub(super) fn behind(&self, state: &mut WhisperState, tokens: &[i32]) -> Result<(usize, Next), WhisperError> {
        let (past, next) = self.begin(state)?;
        let Some((last, rest)) = tokens.split_last() else { return Ok((past, next)) };
        if !rest.is_empty() {
            state.decode(rest, past, self.threads)?;
        }
        let next = self.push(state, *last, past + rest.len())?;
        Ok((past + tokens.len(), next))
    }

    /// Puts a token behind the first `past`; what stood there is forgotten.
    pub(super) fn push(&self, state: &mut WhisperState, token: i32, past: usize) -> Result<Next, WhisperError> {
        state.decode(&[token], past, self.threads)?;
        self.next(state)
    }

    /// How likely these tokens and then the end are behind the first `past`, of which `next` comes next.
    pub(super) fn log_prob(
        &self,
        state: &mut WhisperState,
        past: usize,
        next: &Next,
        tokens: &[i32],
    ) -> Result<f32, WhisperError> {
        let Some((first, rest)) = tokens.split_first() else { return Ok(next.end()) };
        let mut sum = next.token(*first);
        let mut after = self.push(state, *first, past)?;
        for (at, token) in rest.iter().enumerate() {
            sum += after.token(*token);
            after = self.push(state, *token, past + at + 1)?;
        }
        Ok(sum + after.end())
    }

    fn next(&self, state: &WhisperState) -> Result<Next, WhisperError> {
        let mut log_probs = state.get_logits()?.to_vec();
        let top = log_probs.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let log_sum = top + log_probs.iter().map(|logit| (logit - top).exp()).sum::<f32>().ln();
        log_probs.iter_mut().for_each(|logit| *logit -= log_sum);
        let times = usize::try_from(self.prompt[3]).unwrap_or_default() + 1;
        Ok(Next { log_probs, end_of_text: self.end_of_text, times })
    }
}

impl Next {
    pub(super) fn token(&self, token: i32) -> f32 {
        let at = usize::try_from(token).ok();
        at.and_then(|at| self.log_probs.get(at)).copied().unwrap_or(f32::NEG_INFINITY)
    }

    /// The transcript ends with a time, or without.
    pub(super) fn end(&self) -> f32 {
        let times = self.log_probs.get(self.times..).unwrap_or_default().iter().copied();
        times.fold(self.token(self.end_of_text), f32::max)
    }
}
