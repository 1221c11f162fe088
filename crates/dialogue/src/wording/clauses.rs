//! Cuts a reply into clauses that are synthesised one by one.

/// Where in a reply a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Position {
    /// At its beginning: the first clause is short, so that sound starts early.
    First,
    /// Later: whole sentences sound better.
    Later,
}

/// Stands for a slot that is not filled yet.
pub(crate) const HOLE: char = '\u{fffc}';

/// Fewer digits than this are a quantity of the shop's (`24小时内`), more an order number or a date.
const NUMBER_DIGITS: usize = 3;

/// The clauses of `text`: sentences, the first one cut at its first comma when it begins a reply. A sentence with numbers in it
/// is made for this caller and has to be synthesised now: it is cut at every comma, so that it sounds sooner, and so that those of
/// its parts that are the same for every caller need not be synthesised again.
pub(crate) fn split(text: &str, position: Position) -> Vec<String> {
    let mut clauses = Vec::new();
    for sentence in cut(text, |_, c, space_next| ends_sentence(c, space_next)) {
        let digits = sentence.chars().filter(char::is_ascii_digit).count();
        let of_this_caller = digits >= NUMBER_DIGITS || sentence.contains(HOLE);
        let first = position == Position::First && clauses.is_empty();
        clauses.extend(cut(&sentence, |nth, c, space_next| {
            let comma = matches!(c, '，' | '،') || (c == ',' && space_next);
            (comma && of_this_caller) || ((comma || c == '、') && first && nth == 0)
        }));
    }
    clauses
}

fn ends_sentence(c: char, space_next: bool) -> bool {
    match c {
        '。' | '！' | '？' | '；' | '؟' | '؛' | '\n' => true,
        '.' | '!' | '?' | ';' => space_next,
        _ => false,
    }
}

/// Cuts behind every character for which `ends` holds; it is told how many pieces there are, and whether a space follows.
fn cut(text: &str, ends: impl Fn(usize, char, bool) -> bool) -> Vec<String> {
    let mut clauses = Vec::new();
    let mut clause = String::new();
    let mut chars = text.trim().chars().peekable();
    while let Some(c) = chars.next() {
        clause.push(c);
        let space_next = chars.peek().is_none_or(|next| next.is_whitespace());
        let ends = ends(clauses.len(), c, space_next);
        // A quotation mark belongs to the sentence before it.
        let closes = chars.peek().is_some_and(|next| matches!(next, '”' | '’' | '"' | '»' | '）' | '」'));
        if ends && !closes {
            push(&mut clauses, &mut clause);
        }
    }
    push(&mut clauses, &mut clause);
    clauses
}

fn push(clauses: &mut Vec<String>, clause: &mut String) {
    let text = std::mem::take(clause);
    let text = text.trim();
    if text.chars().any(char::is_alphanumeric) {
        clauses.push(text.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_clause_is_short_and_the_rest_are_sentences() {
        assert_eq!(
            split("您好，我是小耳，机器人。请问有什么可以帮您？", Position::First),
            ["您好，", "我是小耳，机器人。", "请问有什么可以帮您？"]
        );
        assert_eq!(split("您好，我是小耳。", Position::Later), ["您好，我是小耳。"]);
        assert_eq!(
            split("Found it, it costs 1,299 yuan. Is that all right?", Position::First),
            ["Found it,", "it costs 1,299 yuan.", "Is that all right?"]
        );
    }

    #[test]
    fn a_sentence_with_numbers_is_cut_at_its_commas() {
        assert_eq!(
            split("查到了，您的订单123456已发货，运单号SF1，您可以查看物流。请您留意，不用再问。", Position::First),
            ["查到了，", "您的订单123456已发货，", "运单号SF1，", "您可以查看物流。", "请您留意，不用再问。"]
        );
        assert_eq!(split("我们会在24小时内联系您，请您留意。", Position::Later).len(), 1);
        assert_eq!(split("款项1,299元会退回，请查收。", Position::Later), ["款项1,299元会退回，", "请查收。"]);
        assert_eq!(split(&format!("工单号{HOLE}，请您记下。"), Position::Later)[1], "请您记下。");
    }

    #[test]
    fn nothing_to_say_makes_no_clause() {
        assert!(split(" 。！ ", Position::First).is_empty());
        assert!(split("", Position::Later).is_empty());
    }
}
