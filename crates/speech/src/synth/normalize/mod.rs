//! Written text → spoken text: numbers, dates, times, money, units and codes as a shop's voice reads them.

mod chinese;
mod chinese_numbers;
mod english;
mod english_numbers;
mod romance;
mod scan;

use ermu_domain::Language;

/// The spoken form of `text`. What cannot be spoken (control characters, emoji) is gone; punctuation stays.
///
/// Order numbers, waybills and phone numbers are read digit by digit. Arabic, which no voice speaks, is only cleaned.
pub fn spoken_form(text: &str, language: Language) -> String {
    let text = clean(text);
    match language {
        Language::Chinese => chinese::spoken_form(&text),
        Language::English => english::spoken_form(&text),
        Language::Spanish => romance::spoken_form(&text, &romance::SPANISH),
        Language::Portuguese => romance::spoken_form(&text, &romance::PORTUGUESE),
        Language::Arabic => text,
    }
}

/// Full-width letters, digits and signs become their ASCII forms; what has no sound becomes a space or nothing.
fn clean(text: &str) -> String {
    let folded = text.chars().filter_map(|character| match character {
        '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' | '\u{20e3}' | '\u{feff}' | '\u{2060}' => None,
        '，' | '！' | '？' | '：' | '；' | '（' | '）' => Some(character),
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(character) - 0xfee0),
        '￥' => Some('¥'),
        '’' | '‘' => Some('\''),
        '\n' | '\r' => Some('\n'),
        '\u{3000}' | '\u{a0}' => Some(' '),
        _ if character.is_control() => Some(' '),
        _ => Some(character),
    });
    folded.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleaning() {
        assert_eq!(clean("Ａ１％，￥\u{200b}1️⃣\u{7}’"), "A1%，¥1 '");
        assert_eq!(clean("一\u{3000}二\u{a0}三"), "一 二 三");
    }

    #[test]
    fn further_languages() {
        assert_eq!(spoken_form("son 3\u{a0}euros", Language::Spanish), "son tres euros");
        assert_eq!(spoken_form("رقم\u{a0}3", Language::Arabic), "رقم 3");
    }
}
