//! What the words of a pause mean for turn-taking: whether they want the floor, and whether more will come.

use std::time::Duration;

use super::{Hearing, Onset, Peek, Remark, listening};
use crate::{
    Expecting, Intent, ShopPack, TurnConfig,
    understand::{Answer, Meaning, ends_in_part_of_a_number, is_backchannel, normalise, understand},
};

/// Whether an utterance is meant for Ermu and wants an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Worth {
    Turn,
    /// A sign of listening, a cough, an echo, or words for somebody else.
    Nothing,
}

/// Judges an utterance. `faint`: much quieter than the caller; `spoken`: what Ermu says meanwhile.
pub(crate) fn worth(
    hearing: &Hearing,
    remark: &Remark,
    faint: Faint,
    expecting: Expecting,
    spoken: &str,
    pack: &ShopPack,
    config: &TurnConfig,
) -> Worth {
    let over_speech = remark.onset != Onset::Silence;
    let short = remark.length < Duration::from_millis(config.short_utterance_ms.into());
    let (text, sentence) = match hearing {
        Hearing::Words(transcript, _) => (normalise(&transcript.text), transcript.sentence.as_ref()),
        Hearing::Failed if over_speech && short => return Worth::Nothing,
        Hearing::Failed => return Worth::Turn,
        Hearing::Nothing => return Worth::Nothing,
    };
    let answers = expecting == Expecting::YesNo;
    if is_backchannel(&text) || (over_speech && listening::only_listens(&text)) {
        return if answers { Worth::Turn } else { Worth::Nothing };
    }
    if over_speech && listening::is_echo(&text, spoken) && (faint == Faint::Yes || remark.may_be_echo(config)) {
        return Worth::Nothing;
    }
    let mut meaning = understand(&text, sentence, expecting, pack);
    // Words for somebody else, and breaths that were written down, are like something too: here it must be plain.
    meaning.intent = meaning.intent.filter(|_| meaning.intent_is_plain && text.chars().nth(1).is_some());
    let means = means_something(&meaning, expecting);
    let noise = faint == Faint::Yes
        || listening::is_aside(&text)
        || (over_speech && short && !listening::asks_for_attention(&text));
    if noise && !means { Worth::Nothing } else { Worth::Turn }
}

/// What the words so far of a voice over Ermu's speech tell.
pub(crate) fn peeked(hearing: &Hearing) -> Peek {
    match hearing {
        Hearing::Words(transcript, _) if listening::only_listens(&normalise(&transcript.text)) => Peek::Listens,
        Hearing::Words(..) => Peek::Speaks,
        Hearing::Nothing => Peek::Wordless,
        Hearing::Failed => Peek::Unknown,
    }
}

/// Whether a voice is much quieter than the caller's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Faint {
    Yes,
    No,
}

/// How long the silence has to be that ends a turn, by what is known of it: what was asked, the words so far if they came,
/// and how finished it sounds.
pub(crate) fn end_of_turn_ms(
    expecting: Expecting,
    words: Option<&str>,
    finished: Option<f32>,
    pack: &ShopPack,
    config: &TurnConfig,
) -> u32 {
    let base_ms = match expecting {
        Expecting::Anything => config.end_of_turn_ms,
        Expecting::Digits => config.end_of_turn_digits_ms,
        Expecting::YesNo => config.end_of_turn_yes_no_ms,
    };
    if let Some(words) = words {
        let text = normalise(words);
        let meaning = understand(&text, None, expecting, pack);
        let digits = meaning.number.as_ref().map_or(0, |number| number.digits.len());
        if ends_in_part_of_a_number(&text, pack) {
            return config.end_of_turn_digits_ms;
        }
        if expecting == Expecting::Digits && digits >= pack.shop().order_digits.max {
            return config.end_of_turn_whole_number_ms;
        }
        if listening::breaks_off(&text) || !(means_something(&meaning, expecting) || is_backchannel(&text)) {
            return config.end_of_turn_meaningless_ms.max(base_ms);
        }
    }
    let percent = finished.map(|finished| (finished * 100.0) as u32);
    match (expecting, percent) {
        (Expecting::Anything, Some(percent)) if percent >= config.finished_percent => config.end_of_turn_finished_ms,
        (Expecting::Anything | Expecting::Digits, Some(percent)) if percent < config.unfinished_percent => {
            base_ms.max(config.end_of_turn_unfinished_ms)
        }
        (Expecting::Anything | Expecting::Digits | Expecting::YesNo, _) => base_ms,
    }
}

fn means_something(meaning: &Meaning, expecting: Expecting) -> bool {
    let answers = match meaning.answer {
        // "No" alone, or where it was asked for; many sentences have a no in them.
        Some(Answer::No) => expecting == Expecting::YesNo || meaning.bare_answer,
        Some(Answer::Yes) => expecting == Expecting::YesNo,
        None => false,
    };
    answers
        || meaning.intent.is_some_and(|intent| !matches!(intent, Intent::Fragment | Intent::Other))
        || meaning.number.is_some()
        || meaning.damage.is_some()
        || meaning.product.is_some()
}

impl Remark {
    /// Whether it is as quiet as an echo of what Ermu plays.
    fn may_be_echo(&self, config: &TurnConfig) -> bool {
        self.level.loudest_dbfs < self.level.own_dbfs - config.echo_db as f32 / 2.0
    }
}

#[cfg(test)]
mod tests {
    use ermu_domain::{Language, SessionTime, TimeSpan, Transcript};

    use super::*;
    use crate::{VoiceLevel, pack::tests::demo};

    fn judged(text: &str, onset: Onset, length_ms: u64, faint: Faint, expecting: Expecting) -> Worth {
        let span = TimeSpan { start: SessionTime::ZERO, end: SessionTime::ZERO };
        let transcript =
            Transcript { text: text.to_owned(), language: Language::Chinese, confidence: 0.9, span, sentence: None };
        let level = VoiceLevel { loudest_dbfs: -20.0, own_dbfs: -20.0 };
        let remark = Remark { onset, level, length: Duration::from_millis(length_ms) };
        let hearing = if text.is_empty() { Hearing::Nothing } else { Hearing::Words(transcript, None) };
        worth(&hearing, &remark, faint, expecting, "您的订单已经发货。", demo(), &TurnConfig::default())
    }

    #[test]
    fn signs_of_listening_are_answers_where_something_was_asked() {
        let judged = |text, onset, expecting| judged(text, onset, 400, Faint::No, expecting);
        assert_eq!(judged("好的", Onset::Speech, Expecting::Anything), Worth::Nothing);
        assert_eq!(judged("好的", Onset::LastClause, Expecting::YesNo), Worth::Turn);
        assert_eq!(judged("嗯", Onset::Silence, Expecting::YesNo), Worth::Turn);
        assert_eq!(judged("嗯", Onset::Silence, Expecting::Anything), Worth::Nothing);
        assert_eq!(judged("好的", Onset::Silence, Expecting::Anything), Worth::Turn);
        assert_eq!(judged("不用", Onset::Speech, Expecting::YesNo), Worth::Turn);
        assert_eq!(judged("", Onset::Speech, Expecting::YesNo), Worth::Nothing);
    }

    #[test]
    fn a_short_word_over_speech_must_mean_something() {
        let judged = |text, length| judged(text, Onset::Speech, length, Faint::No, Expecting::Anything);
        assert_eq!(judged("翁", 300), Worth::Nothing);
        assert_eq!(judged("等等", 400), Worth::Turn);
        assert_eq!(judged("转人工", 600), Worth::Turn);
        assert_eq!(judged("今天天气真不错", 1_500), Worth::Turn, "long enough to be an interruption");
    }

    #[test]
    fn a_faint_voice_must_mean_something() {
        let judged = |text, onset| judged(text, onset, 2_000, Faint::Yes, Expecting::Anything);
        assert_eq!(judged("今天天气真不错", Onset::Speech), Worth::Nothing);
        assert_eq!(judged("今天天气真不错", Onset::Silence), Worth::Nothing);
        assert_eq!(judged("我要找人工客服", Onset::Speech), Worth::Turn);
    }

    #[test]
    fn the_end_of_a_turn_depends_on_what_is_known() {
        let (pack, config) = (demo(), TurnConfig { unfinished_percent: 20, ..TurnConfig::default() });
        let end = |expecting, words, finished| end_of_turn_ms(expecting, words, finished, pack, &config);
        assert_eq!(end(Expecting::Anything, None, None), config.end_of_turn_ms);
        assert_eq!(end(Expecting::Anything, None, Some(0.95)), config.end_of_turn_finished_ms);
        assert_eq!(end(Expecting::Anything, None, Some(0.05)), config.end_of_turn_unfinished_ms);
        assert_eq!(end(Expecting::Anything, Some("我想问一下"), Some(0.95)), config.end_of_turn_meaningless_ms);
        assert_eq!(end(Expecting::Anything, Some("我的订单到哪了"), Some(0.95)), config.end_of_turn_finished_ms);
        assert_eq!(end(Expecting::Digits, Some("幺二三"), None), config.end_of_turn_digits_ms);
        assert_eq!(end(Expecting::Digits, Some("123456"), Some(0.1)), config.end_of_turn_whole_number_ms);
        assert_eq!(end(Expecting::YesNo, Some("好的"), None), config.end_of_turn_yes_no_ms);
    }
}
