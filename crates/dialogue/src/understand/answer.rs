//! Yes or no. A yes may move goods and money, so it is read strictly; a no moves nothing.

use ermu_domain::Language;

use super::{
    language::language_of,
    normalise::{is_han, normalise, tokens},
};

/// An answer to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Yes,
    No,
}

/// What a text answers, and whether it says anything besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) answer: Answer,
    pub(crate) extent: Extent,
}

/// How much of a text is answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// All of it; at most politeness besides.
    Whole,
    /// More is said: `对，右上角那个`.
    Begins,
}

const YES_ZH: &str = "登记 办理 没问题 没意见 没错 不错 可以 同意 确认 确定 当然 需要 愿意 接受 就是 是的 是啊 对的 对啊 \
    好的 好啊 好滴 好嘞 好哒 好地 行的 行啊 行嘞 得嘞 嗯 恩 是 对 好 行 要 成 中 ok";
const POLITE_ZH: &str = "处理 谢谢 多谢 麻烦 帮我 给我 为我 这样 这个 那就 一下 现在 马上 赶快 就 请 你 您 我 那 这 吧 啊 呀 \
    了 的 呢 嘛 哦 噢 呃 哈 嗯 唉 来 办 先 都";
const NO_ZH: &str = "不 没有 没 别 否 算了 先不 我不 暂时不 暂不 还是不 好像不 那不 哦不 嗯不 也不 这不是 那不是 才不 \
    是不对 我没 我还不 现在不 那算了";
const NO_ANYWHERE_ZH: &str = "不是 不用 不要 不行 不对 不可以 不同意 不需要";
/// They begin like a no and are none.
const NO_ANSWER_ZH: &str =
    "你好 您好 你是 您是 我是 不好意思 不知道 不清楚 不明白 不懂 没听 没明白 没懂 不太清楚 没收到";
const ASKS_ZH: &str = "是不是 行不行 好不好 可不可以 能不能 对不对 要不要 吗";

const YES_EN: &str = "yes yeah yep yup sure ok okay correct right exactly absolutely definitely certainly agreed agree \
    fine good great perfect alright go do course";
const YES_FIRST_EN: &str = "yes yeah yep yup sure ok okay correct exactly absolutely";
const POLITE_EN: &str = "please thanks thank you that that's thats is it it's i i'd would like sounds be very much register \
    all of uh um well so just for me to then now let's ahead the a lot problem this will would";
const NO_EN: &str = "no nope not don't never wrong incorrect cancel nothing";
const CONTRAST: &str = "但 不过 可是 but however except unless";

/// Spanish, Portuguese and Arabic, as [`normalise()`] writes them.
const YES_MORE: &str = "si claro correcto correcta exacto exactamente vale bueno dale acepto perfecto adelante bien confirmo supuesto \
    acuerdo asi efectivamente sim certo certa exato isso correto pode quero bom beleza aceito concordo confirmo perfeito combinado \
    bem certeza نعم ايوه ايوا اجل اكيد طبعا موافق موافقه تمام حسنا ماشي صحيح بالتاكيد اوكي";
const YES_FIRST_MORE: &str =
    "si claro vale correcto exacto dale sim certo isso exato نعم ايوه ايوا اجل اكيد طبعا موافق تمام";
const POLITE_MORE: &str = "por favor gracias muchas muy amable de lo eso es esta registrelo registrela hagalo puede puedes ahora senor senora \
    usted me le entonces quiero que se registre gustaria mejor mismo obrigado obrigada muito ta tudo ser com mesmo e o a isso \
    registre registra registrar registrarlo registrarla hacerlo registrem agora moca moco voce da fazer faca fica pra mim من فضلك فضلكم لو سمحت سمحتم شكرا جزيلا يا هذا هو هي ذلك الان سجل \
    سجلوا سجله سجليه ارجو الرجاء";
const NO_MORE: &str = "nada nunca tampoco jamas negativo nao nem لا كلا ليس ليست لست لن ابدا مش مو";
const CONTRAST_MORE: &str = "pero mas porem aunque لكن ولكن بس";
/// They hold a no and are none.
const NO_ANSWER_MORE: &str =
    "no se|no lo se|no se cual|no entiendo|no entendi|nao sei|nao entendi|nao entendo|لا اعرف|لا ادري|لم افهم";
/// They hold a no, or nothing of a yes, and mean yes.
const MEANS_YES: [[&str; 2]; 6] =
    [["no", "problem"], ["why", "not"], ["como", "no"], ["hay", "problema"], ["sin", "problema"], ["sem", "problema"]];

/// The words of a list.
fn of(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.split(' ')
}

/// What a normalised text answers, if it answers at all.
pub(crate) fn answer(normalised: &str) -> Option<Reading> {
    // A sentence of some length is not an answer, whatever it begins with.
    if tokens(normalised).len() > 14 {
        return None;
    }
    let bare: String = normalised.chars().filter(|c| c.is_alphanumeric() || matches!(c, '\'' | ' ')).collect();
    let bare = bare.trim();
    let words: Vec<&str> = bare.split_whitespace().collect();
    if of(ASKS_ZH).any(|asks| bare.contains(asks)) || of(NO_ANSWER_ZH).any(|none| bare.contains(none)) {
        return None;
    }
    if NO_ANSWER_MORE.split('|').any(|none| bare == none) {
        return None;
    }
    let consent = consent(normalised, &words);
    if consent == Some(Extent::Whole) {
        return Some(Reading { answer: Answer::Yes, extent: Extent::Whole });
    }
    let contains_no = of(NO_ANYWHERE_ZH).any(|no| bare.contains(no));
    if contains_no
        || of(NO_ZH).any(|no| bare.starts_with(no))
        || words
            .iter()
            .any(|word| of(NO_EN).chain(of(NO_MORE)).any(|no| no == *word && !(no == "no" && is_preposition(&words))))
    {
        let extent = if tokens(normalised).len() <= 4 { Extent::Whole } else { Extent::Begins };
        return Some(Reading { answer: Answer::No, extent });
    }
    let contrast = of(CONTRAST).any(|contrast| bare.contains(contrast))
        || words.iter().any(|word| of(CONTRAST_MORE).any(|contrast| contrast == *word));
    consent.filter(|_| !contrast).map(|extent| Reading { answer: Answer::Yes, extent })
}

/// Whether a `no` is the Portuguese "in the".
fn is_preposition(words: &[&str]) -> bool {
    language_of(&words.join(" ")) == Some(Language::Portuguese)
}

/// Whether a text is a yes and nothing else: what may move goods and money.
pub fn is_plain_yes(text: &str) -> bool {
    answer(&normalise(text)) == Some(Reading { answer: Answer::Yes, extent: Extent::Whole })
}

/// How far a text is made of consent, word by word.
fn consent(normalised: &str, words: &[&str]) -> Option<Extent> {
    let means_yes: Vec<_> =
        MEANS_YES.into_iter().filter(|phrase| words.windows(2).any(|window| window == phrase)).flatten().collect();
    let (mut yes, mut rest, mut at_border) = (false, normalised, true);
    while let Some(c) = rest.chars().next() {
        let (length, is_yes) = if is_han(c) {
            let longest = |list| of(list).filter(|word| rest.starts_with(word)).map(str::len).max();
            match (longest(YES_ZH), longest(POLITE_ZH)) {
                (Some(yes), polite) if Some(yes) >= polite => (yes, true),
                (_, Some(polite)) => (polite, false),
                (_, None) => break,
            }
        } else if c.is_alphanumeric() {
            let length = rest
                .find(|c: char| (!c.is_alphanumeric() || is_han(c)) && c != '\'')
                .unwrap_or(rest.len())
                .max(c.len_utf8());
            let word = &rest[..length];
            if of(YES_EN).chain(of(YES_MORE)).any(|yes| yes == word)
                || means_yes.contains(&word)
                || (word == "no" && means_yes.contains(&"hay"))
            {
                (length, true)
            } else if of(POLITE_EN).chain(of(POLITE_MORE)).any(|polite| polite == word) {
                (length, false)
            } else {
                break;
            }
        } else {
            at_border = true;
            rest = &rest[c.len_utf8()..];
            continue;
        };
        yes |= is_yes;
        at_border = false;
        rest = &rest[length..];
    }
    if rest.is_empty() {
        return yes.then_some(Extent::Whole);
    }
    // Something unknown follows: only after a comma, or an English word that begins an answer, was it a yes.
    let begins = match words.first() {
        Some(first) if !first.contains(is_han) => of(YES_FIRST_EN).chain(of(YES_FIRST_MORE)).any(|yes| yes == *first),
        Some(_) | None => yes && at_border,
    };
    begins.then_some(Extent::Begins)
}

/// A sound that only says "I am listening": it interrupts nothing.
pub(crate) fn is_backchannel(normalised: &str) -> bool {
    let tokens = tokens(normalised);
    let listens = |token: &String| {
        matches!(
            token.as_str(),
            "嗯" | "恩"
                | "哦"
                | "噢"
                | "啊"
                | "呃"
                | "唔"
                | "mhm"
                | "hmm"
                | "mm"
                | "uh"
                | "huh"
                | "um"
                | "aja"
                | "aham"
                | "uhum"
                | "hum"
                | "اها"
                | "امم"
        )
    };
    !tokens.is_empty() && tokens.len() <= 3 && tokens.iter().all(listens)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::understand::normalise;

    fn read(text: &str) -> Option<(Answer, Extent)> {
        answer(&normalise(text)).map(|reading| (reading.answer, reading.extent))
    }

    #[test]
    fn yes_in_many_words() {
        for yes in [
            "是的。",
            "对对对",
            "好的，谢谢",
            "可以",
            "行",
            "没问题",
            "那就麻烦您登记一下吧",
            "好滴",
            "好嘞，登记吧",
            "好地。",
            "嗯嗯，好",
            "Yes, please.",
            "sure",
            "OK",
            "Why not?",
            "No problem",
            "Yes, that's right.",
            "That would be great, thank you",
            "Go ahead.",
            "Sí.",
            "Sí, por favor.",
            "Claro que sí, gracias",
            "De acuerdo",
            "Está bien",
            "No hay problema",
            "Sim, por favor.",
            "Isso mesmo",
            "Pode ser",
            "Sim, pode registrar",
            "Sí, puede registrarlo",
            "Tudo bem",
            "Tudo bem, pode",
            "Sí, es correcto",
            "对，是的",
            "可以，登记吧",
            "نعم، صحيح",
            "نعم",
            "نعم، من فضلكم",
            "موافق",
        ] {
            assert_eq!(read(yes), Some((Answer::Yes, Extent::Whole)), "{yes}");
        }
        for more in [
            "对，右上角那个",
            "是的，咖啡机坏了",
            "Yes, the one on the left",
            "Sí, la de la izquierda",
            "Sim, a torradeira",
        ] {
            assert_eq!(read(more), Some((Answer::Yes, Extent::Begins)), "{more}");
        }
    }

    #[test]
    fn no_in_many_words() {
        for no in [
            "不是",
            "不用了",
            "不对，是654321",
            "算了",
            "No, thanks",
            "I don't want that",
            "好像不是",
            "别登记",
            "没有了，谢谢",
            "No, gracias",
            "No, nada más",
            "Não",
            "Não, obrigado",
            "لا",
            "لا، شكرًا",
            "不需要，不用了",
            "No, no quiero",
            "Não quero",
            "لا، لا أريد",
        ] {
            assert_eq!(read(no).map(|(answer, _)| answer), Some(Answer::No), "{no}");
        }
    }

    #[test]
    fn what_is_neither_moves_nothing() {
        for neither in [
            "123456",
            "什么时候能到",
            "是不是要我寄回去",
            "可以换别的颜色吗",
            "What do you mean?",
            "",
            "我要退货",
            "要是修不好怎么处理",
            "好，但是我想要退款",
            "Okay, but I want a refund",
            "行李箱",
            "对面那家店",
            "我不知道",
            "你好",
            "您是",
            "right side",
            "Sí, pero quiero el reembolso",
            "Sim, mas quero o dinheiro de volta",
            "quiero devolverlo",
            "quero no sábado",
            "no lo sé",
            "¿Quién paga el envío?",
            "نعم لكن أريد المال",
            "كم يوما",
        ] {
            assert_eq!(read(neither), None, "{neither}");
        }
    }
}
