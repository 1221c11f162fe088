//! Cutting text into what is synthesised at once, so that the first sound comes early.

use ermu_domain::Language;

/// A sentence longer than this is cut at a comma: its synthesis would take longer than what is playing lasts.
const LONG_CHINESE_CHARACTERS: usize = 48;
const LONG_ENGLISH_CHARACTERS: usize = 160;

/// Splits `text` into clauses to be synthesised one by one: the first one ends at the first comma or full stop, the others
/// are whole sentences, or parts of very long ones. Nothing is lost but blanks at the ends; text with nothing to say
/// gives no clause.
pub fn split_clauses(text: &str, language: Language) -> Vec<String> {
    let limit = match language {
        Language::Chinese => LONG_CHINESE_CHARACTERS,
        Language::English | Language::Spanish | Language::Portuguese | Language::Arabic => LONG_ENGLISH_CHARACTERS,
    };
    let first = text.char_indices().find_map(|(at, mark)| ends_clause(text, at, mark).then_some(at + mark.len_utf8()));
    let (opening, rest) = text.split_at(extend_over_marks(text, first.unwrap_or(text.len())));
    let clauses = shortened(opening, limit)
        .into_iter()
        .chain(sentences(rest).into_iter().flat_map(|sentence| shortened(sentence, limit)));
    let clauses = clauses.map(str::trim).filter(|clause| clause.contains(char::is_alphanumeric));
    clauses.map(str::to_owned).collect()
}

/// The sentences of `text`, each with its final mark. Joined, they are the text.
pub(super) fn sentences(text: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    let mut start = 0;
    for (at, mark) in text.char_indices() {
        if at >= start && ends_sentence(text, at, mark) {
            let end = extend_over_marks(text, at + mark.len_utf8());
            sentences.push(&text[start..end]);
            start = end;
        }
    }
    if start < text.len() {
        sentences.push(&text[start..]);
    }
    sentences
}

/// Cuts a sentence that is over `limit` characters at the comma nearest to its middle, again and again.
fn shortened(sentence: &str, limit: usize) -> Vec<&str> {
    let characters = sentence.chars().count();
    if characters <= limit {
        return vec![sentence];
    }
    let commas = sentence.char_indices().enumerate().filter(|(_, (at, mark))| ends_clause(sentence, *at, *mark));
    let inner = commas.filter(|(index, _)| (characters / 5..characters * 4 / 5).contains(index));
    let Some((_, (at, mark))) = inner.min_by_key(|(index, _)| index.abs_diff(characters / 2)) else {
        return vec![sentence];
    };
    let (left, right) = sentence.split_at(at + mark.len_utf8());
    [shortened(left, limit), shortened(right, limit)].concat()
}

fn ends_clause(text: &str, at: usize, mark: char) -> bool {
    match mark {
        '，' | '；' | '：' => true,
        ',' | ';' | ':' => blank_follows(text, at),
        _ => ends_sentence(text, at, mark),
    }
}

fn ends_sentence(text: &str, at: usize, mark: char) -> bool {
    match mark {
        '。' | '！' | '？' | '…' | '\n' => true,
        '!' | '?' => blank_follows(text, at),
        '.' => blank_follows(text, at) && !abbreviation_ends(&text[..at]),
        _ => false,
    }
}

/// ASCII marks stand in numbers and times too: there they end nothing.
fn blank_follows(text: &str, at: usize) -> bool {
    text[at + 1..].chars().next().is_none_or(|next| next.is_whitespace() || !next.is_ascii())
}

fn abbreviation_ends(before: &str) -> bool {
    let word = before.rsplit(|character: char| !character.is_ascii_alphanumeric()).next().unwrap_or("");
    let single = word.len() == 1 && word.starts_with(|letter: char| letter.is_ascii_uppercase());
    single || ["Mr", "Mrs", "Ms", "Dr", "St", "No", "vs", "etc", "approx"].contains(&word)
}

/// Past closing quotes and repeated marks after `end`.
fn extend_over_marks(text: &str, end: usize) -> usize {
    let closing = |mark: char| "。！？…!?.”’\"）)」』".contains(mark);
    text[end..].find(|next| !closing(next)).map_or(text.len(), |length| end + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_clause_is_short_and_the_rest_are_sentences() {
        for (language, text, clauses) in [
            (
                Language::Chinese,
                "您好，我是小安，很高兴为您服务。请问有什么可以帮您？",
                &["您好，", "我是小安，很高兴为您服务。", "请问有什么可以帮您？"][..],
            ),
            (Language::Chinese, "好的。", &["好的。"]),
            (
                Language::Chinese,
                "金额是1,299.50元，14:30到。“好！”她说。",
                &["金额是1,299.50元，", "14:30到。", "“好！”", "她说。"],
            ),
            (Language::Chinese, "没有标点", &["没有标点"]),
            (Language::Chinese, "真的？！好……吗", &["真的？！", "好……", "吗"]),
            (
                Language::English,
                "Hi, your order 1,299.50 is at No. 5. It left at 10:05. OK?",
                &["Hi,", "your order 1,299.50 is at No. 5.", "It left at 10:05.", "OK?"],
            ),
            (Language::English, "Thanks, Mr. Smith. Goodbye!", &["Thanks,", "Mr. Smith.", "Goodbye!"]),
            (Language::Chinese, "", &[]),
            (Language::Chinese, "😀，。 …", &[]),
        ] {
            assert_eq!(split_clauses(text, language), clauses, "{text}");
        }
    }

    #[test]
    fn a_very_long_sentence_is_cut_at_a_comma() {
        let text = format!("嗯，{}，{}。", "长".repeat(40), "短".repeat(30));
        let lengths: Vec<_> =
            split_clauses(&text, Language::Chinese).iter().map(|clause| clause.chars().count()).collect();
        assert_eq!(lengths, [2, 41, 31]);
    }

    #[test]
    fn sentences_are_the_whole_text() {
        for text in ["a. b。c", "。。", "x", "", "好！\n好", "1.5 a.", "…"] {
            assert_eq!(sentences(text).concat(), text);
        }
    }
}
