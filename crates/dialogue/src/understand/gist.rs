//! What of a text says what is wanted.

/// What the fields of an order card are called, at the end of their names.
const FIELDS: [&str; 7] = ["号", "编号", "编码", "id", "金额", "时间", "名称"];
/// What the fields of an order card are about.
const ORDER: [&str; 4] = ["订单", "商品", "运单", "服务单"];
/// Characters of a field's name with what stands before it: 我要咨询的订单号.
const LONGEST_NAME: usize = 8;
/// A wish for a person, the longest first.
const PERSON: [&str; 10] = [
    "我要转人工客服",
    "转人工客服",
    "转人工服务",
    "我要转人工",
    "找人工客服",
    "转人工",
    "找人工",
    "人工客服",
    "人工服务",
    "真人客服",
];
/// Letters and digits that have to be left to be worth reading without the rest.
const LEFT_BY_CARD: usize = 2;
const LEFT_BY_PERSON: usize = 4;

/// A text without what says nothing about the matter: the fields of an order card that a page has put before the customer's
/// words (订单号：123 商品编号：4), and the wish for a person where something else is said too. A text that is nothing else
/// stays as it is.
///
/// A sentence encoder is to read this, as the core does for intents; numbers and the wish itself are taken from the whole text.
pub fn gist(text: &str) -> String {
    let without_card = without_fields(text);
    let mut gist = if says(&without_card) >= LEFT_BY_CARD { without_card } else { text.to_owned() };
    let without_person = PERSON.iter().fold(gist.clone(), |text, wish| text.replace(wish, " "));
    if without_person != gist && says(&without_person) >= LEFT_BY_PERSON {
        gist = without_person;
    }
    gist.trim_matches(|c: char| c.is_whitespace() || is_border(c)).to_owned()
}

/// Whether the text holds fields of an order card; a tax number is none.
pub(crate) fn has_card(text: &str) -> bool {
    ORDER.iter().any(|of| text.contains(of)) && without_fields(text) != text
}

fn says(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphanumeric()).count()
}

const fn is_border(c: char) -> bool {
    matches!(c, ',' | '，' | ';' | '；' | '。')
}

fn without_fields(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(colon) = rest.find([':', '：']) {
        let (before, after) = rest.split_at(colon);
        let after = &after[after.chars().next().map_or(0, char::len_utf8)..];
        let ends = |c: char| c.is_whitespace() || is_border(c);
        let name = before.trim_end();
        let from = name.rfind(ends).map_or(0, |at| at + name[at..].chars().next().map_or(0, char::len_utf8));
        let lower = name[from..].to_lowercase();
        let is_field = lower.chars().count() <= LONGEST_NAME && FIELDS.iter().any(|field| lower.ends_with(field));
        if is_field {
            let value = after.trim_start();
            out.push_str(&before[..from]);
            out.push(' ');
            rest = &value[value.find(ends).unwrap_or(value.len())..];
        } else {
            out.push_str(&rest[..rest.len() - after.len()]);
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_page_puts_before_the_words_is_left_out() {
        for (text, gist_of_it) in [
            ("订单号：123456 商品编号: 7 门铃没有声音", "门铃没有声音"),
            ("我要咨询的订单号:123456,订单金额:99 怎么还没到", "怎么还没到"),
            ("门铃没有声音 订单编号：123456", "门铃没有声音"),
            ("订单号：123456", "订单号：123456"),
            ("我的问题是：订单号在哪里看", "我的问题是：订单号在哪里看"),
            ("转人工 我要退掉那个杯子", "我要退掉那个杯子"),
            ("帮我转人工", "帮我转人工"),
            ("：", "："),
            ("", ""),
        ] {
            assert_eq!(gist(text), gist_of_it, "{text}");
        }
        assert!(has_card("订单号：123456 你好") && !has_card("订单的问题是：你好") && !has_card("税号：9133"));
    }
}
