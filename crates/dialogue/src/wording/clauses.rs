//! Cuts a reply into clauses that are synthesised one by one.

/// Where in a reply a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Position {
    /// At its beginning: the first clause is short, so that sound starts early.
    First,
    /// Later: whole sentences sound better.
    Later,
}

/// The clauses of `text`: sentences, the first one cut at its first comma when it begins a reply.
pub(crate) fn split(text: &str, position: Position) -> Vec<String> {
    let mut clauses = Vec::new();
    let mut clause = String::new();
    let mut chars = text.trim().chars().peekable();
    while let Some(c) = chars.next() {
        clause.push(c);
        let space_next = chars.peek().is_none_or(|next| next.is_whitespace());
        let ends = match c {
            '。' | '！' | '？' | '；' | '\n' => true,
            '.' | '!' | '?' | ';' => space_next,
            '，' | '、' => position == Position::First && clauses.is_empty(),
            ',' => position == Position::First && clauses.is_empty() && space_next,
            _ => false,
        };
        // A quotation mark belongs to the sentence before it.
        let closes = chars.peek().is_some_and(|next| matches!(next, '”' | '’' | '"' | '）' | '」'));
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
    fn nothing_to_say_makes_no_clause() {
        assert!(split(" 。！ ", Position::First).is_empty());
        assert!(split("", Position::Later).is_empty());
    }
}
