//! What is said over Ermu's speech without wanting the floor: signs of listening, asides to others, Ermu's own echo.

use crate::understand::is_backchannel;

/// Words that say "go on", alone or one after the other.
const LISTENS_ZH: &str = "嗯 恩 哦 噢 喔 啊 呃 唔 诶 欸 哎 唉 对 对的 对啊 是 是的 是啊 好 好的 好吧 好啊 行 行吧 可以 没错 明白 明白了 知道 \
    知道了 了解 了解了 这样 这样啊 原来如此 那 就 我 谢谢 呀 吧 了 呢 嘛 ok";
const LISTENS_EN: &str = "mhm hmm mm mmm uh huh uhhuh um ah oh yeah yep yes yup ok okay right sure alright i see got it good great fine \
    cool thanks thank you that's that all";
/// Longer than this nobody only listens.
const MOST_LISTENING: usize = 6;

/// Signs that even a short utterance wants to be heard.
const ATTENTION_ZH: &str =
    "等 停 别 不 慢 喂 问 可是 但 先 打断 听 你好 什么 啥 怎么 为什 哪 几 多少 吗 谁 没 退 换 说";
const ATTENTION_EN: &str = "wait stop hold hang excuse sorry no not but what why how when where who hello hey actually can could question \
    cancel listen";

/// Somebody else is spoken to, or the telephone call is spoken about.
const ASIDE_ZH: &str = "在打电话 打着电话 打电话呢 打个电话 电视 小声点 小点声 别吵 别闹";
const VOCATIVE_ZH: &str = "妈 爸 老公 老婆 宝贝 儿子 闺女 女儿 爷爷 奶奶";
const ASIDE_EN: &str = "on the phone|on a call|turn it down|turn that down|turn the tv|be quiet|in a minute|dinner|honey|sweetie|darling|mommy|\
    daddy|grandma";

/// Words after which a sentence goes on.
const GOES_ON_ZH: &str = "然后 就是 那个 因为 但是 还有 所以 如果 或者 比如 我想 想要 问一下 请问 我的 是不是 和 跟";
const GOES_ON_EN: &str = "and but because or if so the a an my your to of for with is um uh i it that which";

/// Whether a normalised text only shows that somebody listens.
pub(crate) fn only_listens(normalised: &str) -> bool {
    is_backchannel(normalised) || consists_of_signs(normalised)
}

fn consists_of_signs(normalised: &str) -> bool {
    let (mut rest, mut signs) = (normalised, 0);
    while let Some(c) = rest.chars().next() {
        if !c.is_alphanumeric() {
            rest = &rest[c.len_utf8()..];
            continue;
        }
        let word = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '\'').unwrap_or(rest.len());
        let length = if word > 0 {
            let is_sign = |sign: &str| sign == &rest[..word];
            (LISTENS_EN.split(' ').any(is_sign)).then_some(word)
        } else {
            LISTENS_ZH.split_whitespace().filter(|sign| rest.starts_with(sign)).map(str::len).max()
        };
        let Some(length) = length else { return false };
        rest = &rest[length..];
        signs += 1;
    }
    (1..=MOST_LISTENING).contains(&signs)
}

/// Whether a normalised text asks for attention, however short it is.
pub(crate) fn asks_for_attention(normalised: &str) -> bool {
    ATTENTION_ZH.split(' ').any(|sign| normalised.contains(sign))
        || words(normalised).any(|word| ATTENTION_EN.split_whitespace().any(|sign| sign == word))
}

/// Whether a normalised text is said to somebody beside the caller.
pub(crate) fn is_aside(normalised: &str) -> bool {
    ASIDE_ZH.split(' ').any(|sign| normalised.contains(sign))
        || VOCATIVE_ZH.split(' ').any(|name| {
            let after =
                normalised.strip_prefix(name).map(|rest| rest.trim_start_matches([',', '，', '、', ' ', '呀', '啊']));
            after.is_some_and(|after| after.starts_with(['你', '快', '帮', '先', '别', '我', '把']))
        })
        || ASIDE_EN.split('|').any(|sign| normalised.contains(sign))
}

/// Whether a normalised text ends in a word after which more must come.
pub(crate) fn breaks_off(normalised: &str) -> bool {
    let text = normalised.trim_end_matches(|c: char| !c.is_alphanumeric());
    GOES_ON_ZH.split(' ').any(|word| text.ends_with(word))
        || words(text).last().is_some_and(|last| GOES_ON_EN.split(' ').any(|word| word == last))
}

/// Whether what was heard is what Ermu says: most pairs of letters occur in it.
pub(crate) fn is_echo(normalised: &str, spoken: &str) -> bool {
    let letters = |text: &str| -> Vec<char> {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let (heard, spoken) = (letters(normalised), letters(spoken));
    let pairs = heard.windows(2).count();
    let known = heard.windows(2).filter(|pair| spoken.windows(2).any(|said| said == *pair)).count();
    pairs >= 2 && known * 10 >= pairs * 6
}

fn words(normalised: &str) -> impl Iterator<Item = &str> {
    normalised.split(|c: char| !c.is_ascii_alphanumeric() && c != '\'').filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::understand::normalise;

    #[test]
    fn signs_of_listening_want_nothing() {
        for text in
            ["嗯。", "对对对", "好的，好的", "哦，这样啊", "知道了", "Uh-huh.", "Yeah, okay.", "I see", "OK 好的"]
        {
            assert!(only_listens(&normalise(text)), "{text}");
        }
        for text in ["", "好的，但是我要退货", "不对", "等一下", "no", "right now please", "对不起我没听清", "1"]
        {
            assert!(!only_listens(&normalise(text)), "{text}");
        }
    }

    #[test]
    fn a_short_word_may_ask_for_attention() {
        for text in ["等等", "停", "不是", "喂？", "Wait!", "No.", "Excuse me"] {
            assert!(asks_for_attention(&normalise(text)), "{text}");
        }
        for text in ["翁", "队", "Hall", "好的"] {
            assert!(!asks_for_attention(&normalise(text)), "{text}");
        }
    }

    #[test]
    fn an_aside_is_for_somebody_else() {
        for text in
            ["妈，我在打电话呢", "老公你先吃吧", "宝贝别闹", "Honey, I'm on the phone.", "Could you turn the TV down?"]
        {
            assert!(is_aside(&normalise(text)), "{text}");
        }
        for text in ["我妈买的奶粉坏了", "我要退货", "给我女儿买的", "Where is my order?", "妈妈装"]
        {
            assert!(!is_aside(&normalise(text)), "{text}");
        }
    }

    #[test]
    fn a_sentence_may_break_off() {
        for text in ["我想问一下，", "我买的那个", "It is about my", "and then, um"] {
            assert!(breaks_off(&normalise(text)), "{text}");
        }
        for text in ["我的订单到哪了", "Where is my order?", "123456", ""] {
            assert!(!breaks_off(&normalise(text)), "{text}");
        }
    }

    #[test]
    fn an_echo_repeats_what_ermu_says() {
        let spoken = "您的订单123456已于今天10:05由顺达快递揽收。";
        assert!(is_echo("订单123456已于今天", spoken));
        assert!(is_echo("由顺达快递览收", spoken), "badly heard");
        assert!(!is_echo("我的包裹什么时候能到", spoken));
        assert!(!is_echo("嗯", spoken));
    }
}
