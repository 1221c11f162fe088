//! Words for numbers as people say order numbers: digit by digit, or in groups (`sesenta y cinco`, `trescentos e vinte e um`).

use ermu_domain::Language;

use super::language::language_of;

/// What a word means in a spoken number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Numeral {
    /// This number. Its last zeros may still be filled by smaller ones: `sixty` by `five`.
    Value {
        value: u32,
        /// How many zeros.
        fills: usize,
    },
    /// As Arabic says 65, `five and-sixty`: the unit was said before.
    TenBehindUnit(u32),
    /// `mil`: three more places, which smaller numbers fill.
    Thousand,
    /// `double`, `triple`: how often the next digit counts.
    Times(usize),
    /// `and`: what follows belongs to what was before.
    And,
    /// Means nothing and ends nothing: `um`.
    Filler,
}

/// Whose words for numbers count in a normalised text: those of the language that it is in, or else those that it holds most of.
pub(super) fn tongue(normalised: &str) -> Language {
    match language_of(normalised) {
        Some(language @ (Language::English | Language::Spanish | Language::Portuguese | Language::Arabic)) => language,
        Some(Language::Chinese) | None => {
            let count = |language| words(normalised).filter(|word| is_number(word, language)).count();
            let further = [Language::Spanish, Language::Portuguese, Language::Arabic];
            let most = further.into_iter().map(|language| (count(language), language)).rev().max_by_key(|(n, _)| *n);
            most.filter(|(n, _)| *n > count(Language::English)).map_or(Language::English, |(_, language)| language)
        }
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty())
}

/// Whether a word is a number in this language and means nothing else in English.
fn is_number(word: &str, language: Language) -> bool {
    let elsewhere = language != Language::English && matches!(word, "once" | "um" | "mil" | "meia");
    !elsewhere && matches!(numeral(word, language), Some(Numeral::Value { .. } | Numeral::TenBehindUnit(_)))
}

/// What a normalised word means in a spoken number; none where it has no part in one.
pub(super) fn numeral(word: &str, language: Language) -> Option<Numeral> {
    match language {
        Language::Chinese | Language::English => english(word),
        Language::Spanish => romance(word, &SPANISH),
        Language::Portuguese => romance(word, &PORTUGUESE),
        Language::Arabic => arabic(word),
    }
}

const fn value(value: u32, fills: usize) -> Numeral {
    Numeral::Value { value, fills }
}

/// The place of a word in a list; forms of the same number have bars between them.
fn place(list: &str, word: &str) -> Option<u32> {
    (0..).zip(list.split(' ')).find(|(_, forms)| forms.split('|').any(|form| form == word)).map(|(at, _)| at)
}

fn english(word: &str) -> Option<Numeral> {
    const UNITS: &str = "zero|oh|o one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen \
        sixteen seventeen eighteen nineteen";
    const TENS: &str = "twenty thirty forty fifty sixty seventy eighty ninety";
    if let Some(unit) = place(UNITS, word) {
        return Some(value(unit, 0));
    }
    if let Some(ten) = place(TENS, word) {
        return Some(value((ten + 2) * 10, 1));
    }
    match word {
        "double" => Some(Numeral::Times(2)),
        "triple" => Some(Numeral::Times(3)),
        "and" | "then" | "um" | "uh" | "er" => Some(Numeral::Filler),
        _ => None,
    }
}

/// Spanish and Portuguese count alike.
struct Romance {
    /// From 0 to 29, or to 19 where that is one word.
    units: &'static str,
    tens: &'static str,
    hundreds: &'static str,
    doubles: &'static str,
    fillers: &'static str,
}

const SPANISH: Romance = Romance {
    units: "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis diecisiete \
        dieciocho diecinueve veinte veintiuno|veintiun veintidos veintitres veinticuatro veinticinco veintiseis veintisiete \
        veintiocho veintinueve",
    tens: "treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    hundreds: "cien|ciento doscientos|doscientas trescientos|trescientas cuatrocientos|cuatrocientas quinientos|quinientas \
        seiscientos|seiscientas setecientos|setecientas ochocientos|ochocientas novecientos|novecientas",
    doubles: "doble triple",
    fillers: "eh este pues luego despues guion punto",
};

const PORTUGUESE: Romance = Romance {
    units: "zero um dois|duas tres quatro cinco seis|meia sete oito nove dez onze doze treze catorze|quatorze quinze dezesseis \
        dezessete dezoito dezenove",
    tens: "vinte trinta quarenta cinquenta sessenta setenta oitenta noventa",
    hundreds: "cem|cento duzentos|duzentas trezentos|trezentas quatrocentos|quatrocentas quinhentos|quinhentas \
        seiscentos|seiscentas setecentos|setecentas oitocentos|oitocentas novecentos|novecentas",
    doubles: "duplo triplo",
    fillers: "eh depois traco ponto hum",
};

fn romance(word: &str, language: &Romance) -> Option<Numeral> {
    let first_ten = 10 - language.tens.split(' ').count() as u32;
    if let Some(unit) = place(language.units, word) {
        return Some(value(unit, 0));
    }
    if let Some(ten) = place(language.tens, word) {
        return Some(value((ten + first_ten) * 10, 1));
    }
    if let Some(hundred) = place(language.hundreds, word) {
        return Some(value((hundred + 1) * 100, 2));
    }
    if let Some(more) = place(language.doubles, word) {
        return Some(Numeral::Times(more as usize + 2));
    }
    match word {
        "mil" => Some(Numeral::Thousand),
        "y" | "e" => Some(Numeral::And),
        _ => place(language.fillers, word).map(|_| Numeral::Filler),
    }
}

/// Standard and everyday forms, as [`normalise`](super::normalise()) writes them.
fn arabic(word: &str) -> Option<Numeral> {
    const UNITS: &str = "صفر|زيرو واحد|واحده اثنان|اثنين|اتنين|تنين|اثنتان ثلاثه|تلاته|ثلاث اربعه|اربع خمسه|خمس سته|ست سبعه|سبع \
        ثمانيه|تمانيه|ثماني|تمنيه تسعه|تسع عشره|عشر";
    const TENS: &str = "عشرون|عشرين ثلاثون|ثلاثين|تلاتين اربعون|اربعين خمسون|خمسين ستون|ستين سبعون|سبعين ثمانون|ثمانين|تمانين \
        تسعون|تسعين";
    const HUNDREDS: &str = "مئه|مائه|ميه مئتان|مئتين|مائتان|مائتين|ميتين ثلاثمئه|ثلاثمائه اربعمئه|اربعمائه خمسمئه|خمسمائه \
        ستمئه|ستمائه سبعمئه|سبعمائه ثمانمئه|ثمانمائه تسعمئه|تسعمائه";
    if let Some(unit) = place(UNITS, word) {
        return Some(value(unit, 0));
    }
    if let Some(ten) = place(TENS, word) {
        return Some(value((ten + 2) * 10, 1));
    }
    if let Some(hundred) = place(HUNDREDS, word) {
        return Some(value((hundred + 1) * 100, 2));
    }
    match word {
        "الف" => return Some(Numeral::Thousand),
        "و" => return Some(Numeral::And),
        "ثم" | "بعدين" => return Some(Numeral::Filler),
        _ => {}
    }
    let joined = word.strip_prefix('و')?;
    match place(TENS, joined) {
        Some(ten) => Some(Numeral::TenBehindUnit((ten + 2) * 10)),
        None => arabic(joined),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_numbers_they_are() {
        assert_eq!(tongue("seis cinco cuatro tres dos uno"), Language::Spanish);
        assert_eq!(tongue("meia cinco quatro tres dois um"), Language::Portuguese);
        assert_eq!(tongue("سته خمسه اربعه"), Language::Arabic);
        for english in ["um one two three", "once", "6 5 4", "i said it once"] {
            assert_eq!(tongue(english), Language::English, "{english}");
        }
    }

    #[test]
    fn tens_and_hundreds_are_what_they_are_called() {
        assert_eq!(numeral("noventa", Language::Spanish), Some(value(90, 1)));
        assert_eq!(numeral("veintiuno", Language::Spanish), Some(value(21, 0)));
        assert_eq!(numeral("vinte", Language::Portuguese), Some(value(20, 1)));
        assert_eq!(numeral("novecentos", Language::Portuguese), Some(value(900, 2)));
        assert_eq!(numeral("وستون", Language::Arabic), Some(Numeral::TenBehindUnit(60)));
        assert_eq!(numeral("وخمسه", Language::Arabic), Some(value(5, 0)));
        assert_eq!(numeral("واحد", Language::Arabic), Some(value(1, 0)));
        assert_eq!(numeral("pedido", Language::Spanish), None);
    }
}
