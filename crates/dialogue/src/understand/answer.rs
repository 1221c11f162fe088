//! Yes or no.

use super::normalise::tokens;

/// An answer to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Yes,
    No,
}

/// What a normalised text answers, if it answers at all.
pub(crate) fn answer(normalised: &str) -> Option<Answer> {
    let text: String = normalised
        .chars()
        .filter(|c| c.is_alphanumeric() || *c == '\'' || *c == ' ')
        .collect::<String>()
        .trim()
        .to_owned();
    // A sentence of some length is not an answer, whatever it begins with.
    if tokens(&text).len() > 14 {
        return None;
    }
    let words: Vec<&str> = text.split(' ').collect();
    let starts = |list: &[&str]| list.iter().any(|word| text.starts_with(word));
    let says = |list: &[&str]| {
        list.iter().any(|phrase| {
            let phrase: Vec<_> = phrase.split(' ').collect();
            words.windows(phrase.len()).any(|window| window == phrase)
        })
    };
    const YES_FIRST: [&str; 6] = ["没问题", "没错", "不错", "没关系可以", "没意见", "不用问了可以"];
    const NO: [&str; 19] = [
        "不",
        "没有",
        "没",
        "别",
        "否",
        "算了",
        "先不",
        "我不",
        "暂时不",
        "还是不",
        "好像不",
        "那不",
        "哦不",
        "嗯不",
        "也不",
        "无所谓不",
        "这不是",
        "那不是",
        "才不",
    ];
    const YES: [&str; 37] = [
        "是",
        "对",
        "好",
        "可以",
        "行",
        "嗯",
        "恩",
        "要",
        "需要",
        "同意",
        "确认",
        "确定",
        "当然",
        "登记吧",
        "换吧",
        "修吧",
        "没问题",
        "就这样",
        "就是",
        "我同意",
        "我要",
        "我需要",
        "那就",
        "那好",
        "麻烦",
        "请",
        "中",
        "成",
        "啊对",
        "哦对",
        "呃对",
        "那行",
        "那可以",
        "我确认",
        "我可以",
        "ok",
        "okay",
    ];
    if starts(&YES_FIRST) {
        return Some(Answer::Yes);
    }
    // 好不好, 是不是, 行不行 ask; they do not answer.
    if ["是不是", "行不行", "好不好", "可不可以", "能不能", "对不对", "吗"].iter().any(|asks| text.contains(asks))
    {
        return None;
    }
    if starts(&NO) || ["不是", "不用", "不要", "不行", "不对", "不可以", "不同意"].iter().any(|no| text.contains(no))
    {
        return Some(Answer::No);
    }
    if says(&["no", "nope", "not", "don't", "never", "wrong", "incorrect", "cancel"]) {
        return Some(if says(&["no problem", "why not"]) { Answer::Yes } else { Answer::No });
    }
    if starts(&YES)
        || says(&[
            "yes",
            "yeah",
            "yep",
            "sure",
            "correct",
            "right",
            "please do",
            "go ahead",
            "fine",
            "of course",
            "agree",
        ])
        || says(&["that's it", "exactly", "absolutely", "definitely", "i do", "it is"])
    {
        return Some(Answer::Yes);
    }
    None
}

/// A sound that only says "I am listening": it interrupts nothing.
pub(crate) fn is_backchannel(normalised: &str) -> bool {
    let tokens = tokens(normalised);
    !tokens.is_empty()
        && tokens.len() <= 3
        && tokens.iter().all(|token| {
            matches!(
                token.as_str(),
                "嗯" | "恩" | "哦" | "噢" | "啊" | "呃" | "唔" | "mhm" | "hmm" | "mm" | "uh" | "huh" | "um"
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::understand::normalise;

    #[test]
    fn yes_and_no_in_many_words() {
        let of = |text| answer(&normalise(text));
        for yes in [
            "是的。",
            "对对对",
            "好的，谢谢",
            "可以",
            "行",
            "没问题",
            "Yes, please.",
            "sure",
            "OK",
            "Why not?",
            "That's it",
        ] {
            assert_eq!(of(yes), Some(Answer::Yes), "{yes}");
        }
        for no in ["不是", "不用了", "不对，是654321", "算了", "No, thanks", "I don't want that", "好像不是", "别登记"]
        {
            assert_eq!(of(no), Some(Answer::No), "{no}");
        }
        for neither in ["123456", "什么时候能到", "是不是要我寄回去", "可以换别的颜色吗", "What do you mean?", ""]
        {
            assert_eq!(of(neither), None, "{neither}");
        }
    }
}
