//! Which language somebody speaks.

use ermu_domain::Language;
use whichlang::Lang;

use super::normalise::is_han;

/// The language of a text, or none where it does not tell (a number, `OK`, a name).
pub(crate) fn language_of(text: &str) -> Option<Language> {
    let han = text.chars().filter(|c| is_han(*c)).count();
    let words: Vec<_> = text.split(|c: char| !c.is_alphabetic() && c != '\'').filter(|word| word.len() > 1).collect();
    let latin_words = words.iter().filter(|word| word.is_ascii()).count();
    if han > 0 && han >= latin_words {
        return Some(Language::Chinese);
    }
    if words.len() < 2 {
        return None;
    }
    match whichlang::detect_language(text) {
        Lang::Eng => Some(Language::English),
        Lang::Spa => Some(Language::Spanish),
        Lang::Por => Some(Language::Portuguese),
        Lang::Ara => Some(Language::Arabic),
        Lang::Cmn => Some(Language::Chinese),
        Lang::Deu
        | Lang::Fra
        | Lang::Hin
        | Lang::Ita
        | Lang::Jpn
        | Lang::Kor
        | Lang::Nld
        | Lang::Rus
        | Lang::Swe
        | Lang::Tur
        | Lang::Vie => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_tells_and_a_fragment_does_not() {
        assert_eq!(language_of("我的 APP 打不开"), Some(Language::Chinese));
        assert_eq!(language_of("Where is my parcel?"), Some(Language::English));
        assert_eq!(language_of("¿Dónde está mi pedido?"), Some(Language::Spanish));
        for unclear in ["OK", "123456", "EF123456789", ""] {
            assert_eq!(language_of(unclear), None, "{unclear}");
        }
    }
}
