//! The model's raw text to the text of a transcript.

use ermu_domain::Language;

use super::simplify::simplify;

/// Strips what is not speech (`[音乐]`, `(笑)`, `♪`), simplifies Chinese characters, and sets punctuation and spaces as
/// the language does.
pub(super) fn clean(raw: &str, language: Language) -> String {
    let spoken = without_asides(raw);
    match language {
        Language::Chinese => chinese(&simplify(&spoken)),
        Language::English | Language::Spanish | Language::Portuguese | Language::Arabic => spaced(&spoken),
    }
}

/// Text outside brackets, asterisks and notes; an unclosed bracket goes to the end.
fn without_asides(raw: &str) -> String {
    let mut depth = 0_usize;
    let mut starred = false;
    let mut kept = String::with_capacity(raw.len());
    for c in raw.chars() {
        match c {
            '(' | '（' | '[' | '【' | '〔' => depth += 1,
            ')' | '）' | ']' | '】' | '〕' => depth = depth.saturating_sub(1),
            '*' => starred = !starred,
            '♪' | '♫' | '♬' | '\u{fffd}' | '#' => {}
            _ if depth == 0 && !starred => kept.push(c),
            _ => {}
        }
    }
    kept
}

fn spaced(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // Subtitles begin a change of speaker with a dash.
    text.trim_start_matches(['-', '–', '—', ' ']).to_owned()
}

/// Full-width punctuation, half-width digits and letters, spaces only between Latin words.
fn chinese(text: &str) -> String {
    let text: Vec<char> = spaced(text).chars().map(half_width).collect();
    let mut out = String::with_capacity(text.len() * 3);
    for (i, &c) in text.iter().enumerate() {
        let before = i.checked_sub(1).map(|i| text[i]);
        let after = text.get(i + 1).copied();
        let in_latin = before.is_some_and(is_latin) && after.is_some_and(is_latin);
        match c {
            // `3.5`, `12:30`, `1,299` and `A-1` keep theirs.
            ',' | '.' | ':' if in_latin => out.push(c),
            ' ' => {
                if in_latin {
                    out.push(' ');
                }
            }
            ',' => out.push('，'),
            '.' => out.push('。'),
            '?' => out.push('？'),
            '!' => out.push('！'),
            ':' => out.push('：'),
            ';' => out.push('；'),
            _ => out.push(c),
        }
    }
    out
}

fn half_width(c: char) -> char {
    match c {
        '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' => {
            u32::from(c).checked_sub(0xfee0).and_then(char::from_u32).unwrap_or(c)
        }
        '　' => ' ',
        _ => c,
    }
}

fn is_latin(c: char) -> bool {
    c.is_ascii_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asides_are_not_speech() {
        assert_eq!(clean("[音乐]", Language::Chinese), "");
        assert_eq!(clean("(笑) 你好 【掌声】", Language::Chinese), "你好");
        assert_eq!(clean("♪ la la ♪ *sighs* okay", Language::English), "la la okay");
        assert_eq!(clean("hello (inaudible", Language::English), "hello");
        assert_eq!(clean(")a]", Language::English), "a");
    }

    #[test]
    fn chinese_is_set_as_chinese() {
        assert_eq!(clean(" 你好, 我的訂單 還沒到?", Language::Chinese), "你好，我的订单还没到？");
        assert_eq!(clean("１３８ 0855", Language::Chinese), "138 0855");
        assert_eq!(clean("打开 APP 看 A-1 号, 3.5元.", Language::Chinese), "打开APP看A-1号，3.5元。");
        assert_eq!(clean("hello world 你好", Language::Chinese), "hello world你好");
    }

    #[test]
    fn other_languages_keep_theirs() {
        assert_eq!(clean("  Where is   my order? ", Language::English), "Where is my order?");
        assert_eq!(clean("- Hola. ¿Qué tal?", Language::Spanish), "Hola. ¿Qué tal?");
    }
}
