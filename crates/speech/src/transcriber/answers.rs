//! A yes or a no of half a second, told by asking the model how well each fits.
//!
//! Left to itself a small Whisper guesses at so short a sound, and the guess is thrown away. What was asked leaves a handful of
//! answers; the sound is encoded already, so each costs a few steps of the decoder.

use ermu_domain::Language;
use whisper_rs::{WhisperContext, WhisperError, WhisperState};

use super::scorer::Scorer;

/// Logarithm of the probability, its end included, below which an answer was not said. Chosen, as the margin, on twelve short
/// utterances in three synthetic voices: those that were answers had -3.8 to -8.9, of the others no answer came above -11.5.
const LEAST_LOG_PROB: f32 = -9.0;
/// How much likelier it must be than every answer of the other side.
const MARGIN: f32 = 4.0;

/// What a question to be answered by yes or no is answered with.
#[derive(Debug, Clone)]
pub(super) struct Answers(Vec<Answer>);

#[derive(Debug, Clone)]
struct Answer {
    language: Language,
    side: Side,
    text: &'static str,
    tokens: Vec<i32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Yes,
    No,
}

const TEXTS: [(Language, &[&str], &[&str]); 5] = [
    (
        Language::Chinese,
        &["是的", "是", "对", "对的", "好的", "好", "可以", "需要"],
        &["不是", "不", "不用", "不用了", "不要", "不对", "没有"],
    ),
    (
        Language::English,
        &[" Yes.", " Yes, please.", " Yeah.", " Yep.", " Sure.", " Okay."],
        &[" No.", " Nope.", " No, thanks."],
    ),
    (Language::Spanish, &[" Sí.", " Sí, por favor.", " Vale.", " Claro."], &[" No.", " No, gracias."]),
    (Language::Portuguese, &[" Sim.", " Sim, por favor.", " Claro.", " Pode."], &[" Não.", " Não, obrigado."]),
    (Language::Arabic, &[" نعم.", " أيوه."], &[" لا.", " لا شكرا."]),
];

/// An answer, and how sure it is, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Told {
    pub(super) side: Side,
    pub(super) text: &'static str,
    pub(super) tokens: usize,
    pub(super) confidence: f32,
    /// Natural logarithm of its probability, its end included.
    pub(super) log_prob: f32,
}

impl Answers {
    pub(super) fn of(context: &WhisperContext) -> Self {
        let mut answers = Vec::new();
        for (language, yes, no) in TEXTS {
            for (side, texts) in [(Side::Yes, yes), (Side::No, no)] {
                for text in texts {
                    // A model of another vocabulary lacks some of them.
                    if let Ok(tokens) = context.tokenize(text, 16) {
                        answers.push(Answer { language, side, text: text.trim(), tokens });
                    }
                }
            }
        }
        Self(answers)
    }

    /// Whether a text is one of the answers.
    pub(super) fn holds(&self, text: &str) -> bool {
        let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        let text: String = letters(text);
        self.0.iter().any(|answer| text == letters(answer.text))
    }

    /// The answer that the encoded sound holds, if one is likely enough and nothing of the other side is.
    pub(super) fn tell(
        &self,
        state: &mut WhisperState,
        scorer: &Scorer,
        language: Language,
    ) -> Result<Option<Told>, WhisperError> {
        let (past, next) = scorer.begin(state)?;
        let mut best: [Option<(f32, &Answer)>; 2] = [None; 2];
        for answer in self.0.iter().filter(|answer| answer.language == language) {
            let log_prob = scorer.log_prob(state, past, &next, &answer.tokens)?;
            let best = &mut best[answer.side as usize];
            if best.is_none_or(|(most, _)| log_prob > most) {
                *best = Some((log_prob, answer));
            }
        }
        let [Some(yes), Some(no)] = best else { return Ok(None) };
        let ((log_prob, answer), (other, _)) = if yes.0 > no.0 { (yes, no) } else { (no, yes) };
        // Against all that can be said, which is as likely as the least answer that counts.
        let confidence = 1.0 / (1.0 + (LEAST_LOG_PROB - log_prob).exp() + (other - log_prob).exp());
        let told = Told { side: answer.side, text: answer.text, tokens: answer.tokens.len() + 1, confidence, log_prob };
        Ok((log_prob >= LEAST_LOG_PROB && log_prob - other >= MARGIN).then_some(told))
    }
}
