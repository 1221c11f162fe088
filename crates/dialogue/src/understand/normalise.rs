//! One spelling for what is the same: full-width and half-width, upper and lower case, with accents and without.

use pinyin::ToPinyin;

/// Half-width, lower case, single spaces, no accents.
pub(crate) fn normalise(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let c = match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            '\u{3000}' | '\t' | '\n' | '\r' => ' ',
            '’' | '‘' => '\'',
            _ => c,
        };
        if c != ' ' || !out.ends_with(' ') {
            out.extend(c.to_lowercase().filter_map(plain_letter));
        }
    }
    out.trim().to_owned()
}

/// A letter without its accent, and Arabic as everybody types it: `está` and `esta`, `أين` and `اين` are the same. Vowel signs
/// are gone, and digits are 0 to 9.
const fn plain_letter(c: char) -> Option<char> {
    Some(match c {
        'á' | 'à' | 'â' | 'ã' | 'ä' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'í' | 'ì' | 'î' | 'ï' => 'i',
        'ó' | 'ò' | 'ô' | 'õ' | 'ö' => 'o',
        'ú' | 'ù' | 'û' | 'ü' => 'u',
        'ñ' => 'n',
        'ç' => 'c',
        '\u{622}' | '\u{623}' | '\u{625}' | '\u{671}' => '\u{627}',
        '\u{649}' => '\u{64a}',
        '\u{629}' => '\u{647}',
        '\u{660}'..='\u{669}' => figure(c as u32 - 0x660),
        '\u{6f0}'..='\u{6f9}' => figure(c as u32 - 0x6f0),
        '،' => ',',
        '؛' => ';',
        '؟' => '?',
        '\u{300}'..='\u{36f}' | '\u{640}' | '\u{64b}'..='\u{652}' => return None,
        _ => c,
    })
}

const fn figure(value: u32) -> char {
    match char::from_digit(value, 10) {
        Some(figure) => figure,
        None => '0',
    }
}

/// Whether a character is a Han character.
pub(crate) const fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '〇')
}

/// The syllable of a Han character, without its tone.
pub(crate) fn syllable(c: char) -> Option<&'static str> {
    c.to_pinyin().map(pinyin::Pinyin::plain)
}

/// A word, a Han character or a number sign for a run of digits: what texts are compared by.
pub(crate) fn tokens(normalised: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut word = String::new();
    let end = |word: &mut String, tokens: &mut Vec<String>| {
        if !word.is_empty() {
            let token = std::mem::take(word);
            tokens.push(if token.bytes().all(|b| b.is_ascii_digit()) { "#".to_owned() } else { token });
        }
    };
    for c in normalised.chars() {
        if is_han(c) {
            end(&mut word, &mut tokens);
            tokens.push(c.to_string());
        } else if c.is_alphanumeric() || (c == '\'' && !word.is_empty()) {
            if word.chars().next_back().is_some_and(|last| last.is_ascii_digit() != c.is_ascii_digit()) {
                end(&mut word, &mut tokens);
            }
            word.push(c);
        } else {
            end(&mut word, &mut tokens);
        }
    }
    end(&mut word, &mut tokens);
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn width_and_case_do_not_matter() {
        assert_eq!(normalise("　ＯＫ，１２３！ "), "ok,123!");
        assert_eq!(normalise("¿Dónde está? NÃO, cupo\u{301}n"), "¿donde esta? nao, cupon");
        assert_eq!(normalise("أيْنَ الشُّحنة ٦٥٤؟"), "اين الشحنه 654?");
    }

    #[test]
    fn tokens_are_words_characters_and_numbers() {
        assert_eq!(tokens("我的订单123456呢"), ["我", "的", "订", "单", "#", "呢"]);
        assert_eq!(tokens("where's my order, no. 12?"), ["where's", "my", "order", "no", "#"]);
    }
}
