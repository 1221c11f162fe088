//! What a text claims, as far as that can be told without understanding it: enough to see that another text claims something else.

use std::collections::BTreeMap;

use crate::understand::{is_han, normalise};

/// Words of one meaning each: a text either says something of it or does not. Chinese and English side by side.
const OUTCOMES: [&str; 20] = [
    "退款|退钱|退还|退给|refund|money back|pay back|reimburse",
    "退货|退回|寄回|return|send back|send it back",
    "换货|换一|换新|更换|exchange|replace|swap",
    "维修|修理|修好|repair|fix",
    "赔|补偿|compensat|make up for",
    "优惠|券|折|减|discount|coupon|voucher|% off",
    "免费|不收|free|no charge|no cost|without charge",
    "收费|自付|付费|承担|运费|charge|fee|pay |paid|cost",
    "取消|撤销|cancel|call off",
    "人工|同事|客服|专员|主管|colleague|agent|person|someone|manager",
    "送达|到达|送到|签收|派送|配送|arriv|deliver",
    "发货|发出|寄出|揽收|出库|ship|sent|dispatch",
    "延误|延迟|晚到|耽误|推迟|delay|late",
    "已经|已|完成|好了|has been|have been|already|done|complete",
    "保证|一定|承诺|肯定|务必|guarantee|promise|definitely|certainly|surely|ensure",
    "上门|取件|pick up|pick-up|collect",
    "登记|记录|工单|note|register|ticket|record",
    "库存|有货|缺货|in stock|out of stock|available",
    "过期|超过|期限|以内|之内|within|expire|deadline|after",
    "可以|能|会|将|应该|也许|可能|can|will|may|might|should|must|need",
];

/// Days and parts of days.
const TIMES: &str = "今天|今日|明天|明日|后天|昨天|前天|上午|中午|下午|晚上|早上|凌晨|周一|周二|周三|周四|周五|周六|周日|周末|星期|礼拜|\
    today|tomorrow|yesterday|morning|noon|afternoon|evening|night|monday|tuesday|wednesday|thursday|friday|saturday|sunday|week|month|\
    january|february|march|april|june|july|august|september|october|november|december|hour|minute|小时|分钟|天内|个月|星期";

const NEGATIONS: [&str; 2] = ["不没无未别非勿莫免", " not | no | never |n't|cannot|without|unable|unless|neither|nor "];

const NUMBERS: &str = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|twenty|thirty|forty|\
    fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|half|double|twice|both|first|second|third";

const HAN_NUMBERS: &str = "零〇一二两三四五六七八九十百千万亿半双俩几";
/// What follows a 一 that counts nothing: 一下, 一起 …
const UNCOUNTED: &str = "下些点起直样定般会切边共";

/// What a text claims.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Claims {
    /// Every number, with how often it stands there.
    numbers: BTreeMap<String, usize>,
    /// Days and hours.
    times: BTreeMap<&'static str, usize>,
    /// Which outcomes it speaks of.
    outcomes: [bool; OUTCOMES.len()],
    negations: usize,
    questions: usize,
}

impl Claims {
    pub(super) fn of(text: &str) -> Self {
        let text = format!(" {} ", normalise(text));
        let mut numbers = BTreeMap::new();
        for number in written_numbers(&text) {
            *numbers.entry(number).or_default() += 1;
        }
        for word in words(&text).filter(|word| NUMBERS.split('|').any(|number| number == *word)) {
            *numbers.entry(word.to_owned()).or_default() += 1;
        }
        let times = TIMES.split('|').map(|time| (time, text.matches(time).count())).filter(|(_, count)| *count > 0);
        let spaced = text.replace([',', '.', ';', '!', '?', '，', '。', '；'], " ");
        Self {
            numbers,
            times: times.collect(),
            outcomes: OUTCOMES.map(|words| words.split('|').any(|word| text.contains(word))),
            negations: text.chars().filter(|c| NEGATIONS[0].contains(*c)).count()
                + NEGATIONS[1].split('|').map(|word| spaced.matches(word).count()).sum::<usize>(),
            questions: text.matches('?').count(),
        }
    }
}

/// Letters of a language that are written in words: names, codes, units.
pub(super) fn latin_words(text: &str) -> impl Iterator<Item = String> {
    let normalised = normalise(text);
    let words: Vec<_> = words(&normalised).map(str::to_owned).collect();
    words.into_iter()
}

fn words(normalised: &str) -> impl Iterator<Item = &str> {
    normalised.split(|c: char| !c.is_alphanumeric() || is_han(c)).filter(|word| word.chars().any(char::is_alphabetic))
}

/// Runs of digits and of Han numerals, separators of thousands left out.
fn written_numbers(text: &str) -> Vec<String> {
    let mut numbers = Vec::new();
    let mut number = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let uncounted = c == '一' && number.is_empty() && chars.peek().is_some_and(|next| UNCOUNTED.contains(*next));
        let joins =
            matches!(c, ',' | '.' | ':') && !number.is_empty() && chars.peek().is_some_and(char::is_ascii_digit);
        if c.is_numeric() || (HAN_NUMBERS.contains(c) && !uncounted) || (joins && c != ',') {
            number.push(c);
        } else if !joins && !number.is_empty() {
            numbers.push(std::mem::take(&mut number));
        }
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_however_they_are_written() {
        assert_eq!(written_numbers("￥1,299.50，第二天14:30，共三百件 "), ["1299.50", "二", "14:30", "三百"]);
        assert_eq!(written_numbers("等一下，一起看一件 "), ["一"]);
    }

    #[test]
    fn another_claim_is_seen() {
        for (text, other) in [
            ("退款三天内到账。", "退款五天内到账。"),
            ("明天下午送到。", "后天下午送到。"),
            ("可以退货。", "不可以退货。"),
            ("可以退货。", "可以换货。"),
            ("运费由您承担。", "运费由我们免费承担。"),
            ("It arrives on 3 May.", "It arrives on 4 May."),
            ("It can be repaired.", "It can not be repaired."),
            ("It can be repaired.", "It can be replaced."),
            ("I can look.", "I promise I can look."),
            ("This may help.", "Does this help?"),
        ] {
            assert_ne!(Claims::of(text), Claims::of(other), "{text} {other}");
        }
        assert_eq!(Claims::of("您的快递明天送到。"), Claims::of("包裹明天就给您送到哦。"));
    }
}
