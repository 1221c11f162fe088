//! Which language somebody speaks.

use ermu_domain::Language;
use whichlang::Lang;

use super::normalise::{is_han, normalise};

/// Words, as [`normalise()`] writes them, that only one of three languages has: few of them tell more surely than statistics of
/// letters what a short line is in.
const ENGLISH: &str = "the is my i you your it to of and where when what how please order parcel refund return want would can \
    could not don't for that this yes yeah thanks thank hello hi with have has was been check help one two three four five \
    six seven eight nine zero sure right i'd i'm it's need money back speak talk person get";
const SPANISH: &str = "el los las y mi mis su sus una del quiero puedo puede donde cuando cuanto hola gracias si muy pero con un \
    yo usted ustedes tengo tiene necesito devolucion dinero persona hablar llego llega llegar ha hoy ayer manana ahora bien cual \
    quisiera estoy uno dos cuatro siete ocho nueve cero enviado numero es buenos buenas dias paquete correcto claro esta";
const PORTUGUESE: &str = "o os meu minha meus minhas uma nao sim onde quando quanto quero posso voce voces obrigado obrigada ola \
    tenho preciso dinheiro pessoa falar chegou chega hoje ontem amanha agora com muito eu ja seu sua do da das ao na \
    gostaria estou qual dois duas quatro sete oito nove meia encomenda cade devolucao numero e esta pra bom boa dia isso certo claro";
/// Words that say by themselves what the whole is in.
const ALONE: &str = "hola gracias sim nao ola obrigado obrigada";

/// The language of a text, or none where it does not tell (a number, `OK`, a name).
pub(crate) fn language_of(text: &str) -> Option<Language> {
    let han = text.chars().filter(|c| is_han(*c)).count();
    let words: Vec<_> = text.split(|c: char| !c.is_alphabetic() && c != '\'').filter(|word| word.len() > 1).collect();
    let latin_words = words.iter().filter(|word| word.is_ascii()).count();
    if han > 0 && han >= latin_words {
        return Some(Language::Chinese);
    }
    let arabic = text.chars().filter(|c| matches!(c, '\u{620}'..='\u{64a}')).count();
    if arabic > 1 && arabic * 2 > text.chars().filter(|c| c.is_alphabetic()).count() {
        return Some(Language::Arabic);
    }
    by_words(text).or_else(|| by_letters(text, words.len()))
}

/// The language that most of the telling words are of.
fn by_words(text: &str) -> Option<Language> {
    let normalised = normalise(text);
    let words: Vec<_> =
        normalised.split(|c: char| !c.is_alphabetic() && c != '\'').filter(|word| !word.is_empty()).collect();
    if words.len() < 2 && !words.iter().any(|word| ALONE.split(' ').any(|alone| alone == *word)) {
        return None;
    }
    let own = |list: &str| words.iter().filter(|word| list.split(' ').any(|own| own == **word)).count();
    let has = |marks: &[char]| usize::from(text.to_lowercase().contains(marks)) * 2;
    let counts = [
        (own(ENGLISH), Language::English),
        (own(SPANISH) + has(&['ñ', '¿', '¡']), Language::Spanish),
        (own(PORTUGUESE) + has(&['ã', 'õ', 'ç', 'ê', 'ô', 'â']), Language::Portuguese),
    ];
    let most = counts.iter().map(|(count, _)| *count).max().filter(|most| *most > 0)?;
    let mut leading = counts.iter().filter(|(count, _)| *count == most).map(|(_, language)| *language);
    match (leading.next(), leading.next()) {
        (Some(only), None) => Some(only),
        // As many of one as of another: the letters say which.
        _ => by_letters(text, words.len()).filter(|language| counts.contains(&(most, *language))),
    }
}

/// What the letters look like; a short line looks like many languages.
fn by_letters(text: &str, words: usize) -> Option<Language> {
    if words < 2 {
        return None;
    }
    match whichlang::detect_language(text) {
        Lang::Eng => Some(Language::English),
        Lang::Spa if words > 3 => Some(Language::Spanish),
        Lang::Por if words > 3 => Some(Language::Portuguese),
        Lang::Ara => Some(Language::Arabic),
        Lang::Cmn => Some(Language::Chinese),
        Lang::Spa
        | Lang::Por
        | Lang::Deu
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
        for unclear in ["OK", "123456", "EF123456789", "", "445566", "no", "si"] {
            assert_eq!(language_of(unclear), None, "{unclear}");
        }
    }

    #[test]
    fn short_lines_of_neighbours() {
        for spanish in [
            "sí, gracias",
            "hola",
            "quiero devolver el pedido 445566",
            "no, gracias",
            "donde esta mi pedido",
            "seis cinco cuatro tres dos uno",
            "dos dos dos dos",
            "Sí, por favor, es correcto",
            "Necesito hablar con una persona",
        ] {
            assert_eq!(language_of(spanish), Some(Language::Spanish), "{spanish}");
        }
        for portuguese in [
            "não, obrigado",
            "olá",
            "quero devolver o pedido 445566",
            "sim, por favor",
            "cadê meu pedido",
            "meia cinco quatro três dois um",
            "Preciso falar com uma pessoa",
            "Onde está o meu pedido 123456?",
        ] {
            assert_eq!(language_of(portuguese), Some(Language::Portuguese), "{portuguese}");
        }
        for arabic in ["أين طلبي", "نعم", "أريد إرجاع الطلب 445566", "لا شكرا"] {
            assert_eq!(language_of(arabic), Some(Language::Arabic), "{arabic}");
        }
        for english in
            ["No, thanks", "It's 123456", "Yes, please", "a white one for me", "My order number is 123456", "ok sure"]
        {
            assert!(
                matches!(language_of(english), Some(Language::English) | None),
                "{english}: {:?}",
                language_of(english)
            );
        }
    }
}
