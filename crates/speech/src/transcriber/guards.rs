//! What Whisper says when there are no words: the signs by which it is told from what was said.

use super::Why;

/// Below this level of its loudest 100 ms, sound is taken for silence: quiet telephone speech is 20 dB above.
const SILENCE_DBFS: f32 = -58.0;
/// Below this mean log-probability the model guessed.
const UNSURE_AVG_LOG_PROB: f32 = -1.2;
/// A quick speaker needs 7 tokens a second, a loop any number.
const MAX_TOKENS_PER_SECOND: f32 = 9.0;
/// Above this mean log-probability, in a sound of at least [`SHORT_SECONDS`], an ambiguous stock phrase is believed.
const SURE_AVG_LOG_PROB: f32 = -0.4;
const SHORT_SECONDS: f32 = 1.0;

/// One decoding, before its text is cleaned.
#[derive(Debug, Clone, Copy)]
pub(super) struct Decoding<'a> {
    pub(super) text: &'a str,
    pub(super) tokens: usize,
    pub(super) avg_log_prob: f32,
    /// Length of the sound, without what was added to it.
    pub(super) seconds: f32,
}

/// Whether the sound is too quiet for the model to be asked.
pub(super) fn is_silence(loudest_dbfs: f32) -> bool {
    loudest_dbfs < SILENCE_DBFS
}

/// The most tokens that can have been said in this time.
pub(super) fn max_tokens(seconds: f32) -> usize {
    // A short word may need all its tokens within half a second.
    (MAX_TOKENS_PER_SECOND * seconds.max(1.0)) as usize
}

/// Why the decoding is not to be believed, if so.
pub(super) fn objection(decoding: Decoding<'_>) -> Option<Why> {
    let Decoding { text, tokens, avg_log_prob, seconds } = decoding;
    if !text.chars().any(char::is_alphanumeric) {
        Some(Why::NoWords)
    } else if repeats(text) {
        Some(Why::Repetition)
    } else if tokens > max_tokens(seconds) {
        Some(Why::TooFast)
    } else if avg_log_prob < UNSURE_AVG_LOG_PROB {
        Some(Why::Unsure)
    } else if is_stock_phrase(text, avg_log_prob, seconds) {
        Some(Why::StockPhrase)
    } else {
        None
    }
}

/// True of text in which a piece follows itself at least four times over and so fills eight characters or more
/// (`谢谢谢谢谢谢谢谢`, `I don't know. I don't know. …`), or is one letter six times (`好，好，好，好，好，好`). Digits may repeat as numbers do.
fn repeats(text: &str) -> bool {
    const LONGEST_PIECE: usize = 32;
    const MOST_DIGITS: usize = 20;
    let letters: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    (1..=LONGEST_PIECE.min(letters.len() / 3)).any(|piece| {
        let times = if piece >= 6 { 3 } else { 4 };
        let needed = (piece * times).max(if piece == 1 { 6 } else { 8 });
        let mut equal = 0;
        (piece..letters.len()).any(|i| {
            equal = if letters[i] == letters[i - piece] { equal + 1 } else { 0 };
            let filled = equal + piece;
            filled >= needed && (filled >= MOST_DIGITS || !letters[i + 1 - piece..=i].iter().all(|&c| is_digit(c)))
        })
    })
}

/// Whether a character is a figure or a Chinese word for a digit.
pub(super) fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || "零〇一二三四五六七八九幺两兩".contains(c)
}

/// Credits and farewells of videos, as the cleaned text has them: lower case, letters only. Nobody says these to a shop.
const CREDITS: &[&str] = &[
    "amaraorg",
    "字幕by",
    "字幕制作",
    "字幕志愿者",
    "字幕提供",
    "字幕组",
    "明镜与点点",
    "优优独播剧场",
    "不吝点赞",
    "点赞订阅",
    "订阅转发",
    "谢谢观看",
    "感谢观看",
    "谢谢收看",
    "感谢收看",
    "谢谢收听",
    "感谢收听",
    "下期再见",
    "yoyotelevision",
    "forwatching",
    "pleasesubscribe",
    "subscribetomychannel",
    "likeandsubscribe",
    "subtitlesby",
    "subtítulospor",
    "subtítulosrealizados",
    "graciasporverelvideo",
    "legendaspela",
    "obrigadoporassistir",
    "نانسيقنقر",
    "اشتركوافيالقناة",
];

/// Whole utterances that people do say, and that the model says too when it hears noise.
const AMBIGUOUS: &[&str] = &[
    "谢谢大家",
    "谢谢",
    "多谢",
    "再见",
    "拜拜",
    "字幕",
    "嗯",
    "啊",
    "哦",
    "thankyou",
    "thankyouverymuch",
    "thanks",
    "you",
    "bye",
    "byebye",
    "okay",
    "oh",
    "hmm",
    "gracias",
    "obrigado",
    "obrigada",
    "شكرا",
];

fn is_stock_phrase(text: &str, avg_log_prob: f32, seconds: f32) -> bool {
    let said: String = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    // A credit that is a small part of a sentence is a customer of ours who makes videos.
    let is_credit = |credit: &&str| said.contains(credit) && said.len() <= 5 * credit.len();
    let sure = avg_log_prob >= SURE_AVG_LOG_PROB && seconds >= SHORT_SECONDS;
    CREDITS.iter().any(is_credit) || (!sure && AMBIGUOUS.contains(&said.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(text: &str, tokens: usize, avg_log_prob: f32, seconds: f32) -> Option<Why> {
        objection(Decoding { text, tokens, avg_log_prob, seconds })
    }

    #[test]
    fn what_was_said_is_believed() {
        for text in
            ["我的订单什么时候到", "对对对", "一三八八八八八八八八八", "no no no", "13800000000", "谢谢,我要退货"]
        {
            assert_eq!(judged(text, 12, -0.3, 2.0), None, "{text}");
        }
        assert_eq!(judged("谢谢", 2, -0.2, 1.2), None);
        assert_eq!(judged("Thank you.", 3, -0.1, 1.2), None);
    }

    #[test]
    fn loops_are_not() {
        for text in [
            "谢谢谢谢谢谢谢谢谢谢",
            "好，好，好，好，好，好",
            "我不知道我不知道我不知道我不知道",
            "I don't know. I don't know. I don't know. I don't know.",
            "Okay, okay, okay, okay, okay",
            "111111111111111111111111111111",
        ] {
            assert_eq!(judged(text, 8, -0.1, 9.0), Some(Why::Repetition), "{text}");
        }
    }

    #[test]
    fn guesses_gabble_and_marks_are_not() {
        assert_eq!(judged("他说了什么", 5, -1.3, 2.0), Some(Why::Unsure));
        assert_eq!(judged("他说了什么今天天气", 19, -0.3, 2.0), Some(Why::TooFast));
        assert_eq!(judged("他说了什么今天天气", 9, -0.3, 0.3), None);
        assert_eq!(judged(" ... ", 1, -0.3, 2.0), Some(Why::NoWords));
        assert_eq!(judged("", 0, 0.0, 2.0), Some(Why::NoWords));
    }

    #[test]
    fn credits_are_not() {
        for text in [
            "字幕by索兰娅",
            "请不吝点赞订阅转发打赏支持明镜与点点栏目",
            "Thanks for watching!",
            "Subtítulos por la comunidad de Amara.org",
            "谢谢观看",
        ] {
            assert_eq!(judged(text, 8, -0.5, 3.0), Some(Why::StockPhrase), "{text}");
        }
        assert_eq!(judged("Thank you.", 3, -0.8, 3.0), Some(Why::StockPhrase));
        assert_eq!(judged("这个视频的字幕显示不出来我想要退货", 14, -0.2, 4.0), None);
    }

    #[test]
    fn silence_is_silence() {
        assert!(is_silence(f32::NEG_INFINITY) && is_silence(-70.0) && !is_silence(-45.0));
    }
}
