//! Order numbers as people say them: `幺二三四五六`, `one two double three`, `12 34 56`, `sesenta y cinco`.

use ermu_domain::Language;

use crate::pack::DigitRange;

use super::{
    normalise::{normalise, syllable},
    numerals::{self, Numeral},
};

/// A run of digits that somebody said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SpokenNumber {
    /// The digits.
    pub(crate) digits: String,
    /// How it was told.
    pub(crate) clarity: Clarity,
}

/// How plainly a number was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clarity {
    /// Only digits and words for digits.
    Plain,
    /// Some characters only sound like digits.
    Guessed,
}

/// Whether characters that merely sound like digits count: only where a number was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Homophones {
    Count,
    Ignore,
}

/// How many digits stand at the very end of a normalised text.
pub(crate) fn trailing_digits(normalised: &str) -> usize {
    scan(normalised, Homophones::Ignore).digits.len()
}

/// All digits that a normalised text names, in order and in one piece.
pub(super) fn all_digits(normalised: &str) -> String {
    let mut runs = scan(normalised, Homophones::Ignore);
    let open = std::mem::take(&mut runs.digits);
    runs.done.into_iter().map(|number| number.digits).chain([open]).collect()
}

/// The digit that a figure or a Han numeral is.
pub(super) fn digit_of(c: char) -> Option<u8> {
    any_digit(c)?.to_digit(10).and_then(|digit| u8::try_from(digit).ok())
}

/// How a digit is read, in pinyin.
pub(super) const fn syllables_of(digit: u8) -> &'static [&'static str] {
    match digit {
        0 => &["ling", "dong"],
        1 => &["yi", "yao"],
        2 => &["er", "liang"],
        3 => &["san"],
        4 => &["si"],
        5 => &["wu"],
        6 => &["liu"],
        7 => &["qi", "guai"],
        8 => &["ba"],
        9 => &["jiu"],
        _ => &[],
    }
}

/// The runs of digits in a normalised text, in order. Words for single digits count only in runs of two or more.
fn spoken_numbers(normalised: &str, homophones: Homophones) -> Vec<SpokenNumber> {
    let mut runs = scan(normalised, homophones);
    runs.end();
    runs.done
}

/// Reads a text; the run at its end is still open.
fn scan(normalised: &str, homophones: Homophones) -> Runs {
    let mut runs = Runs::default();
    let chars: Vec<char> = normalised.chars().collect();
    let tongue = numerals::tongue(normalised);
    let mut at = 0;
    while at < chars.len() {
        let c = chars[at];
        at += 1;
        if c.is_ascii_digit() {
            runs.digit(c, Clarity::Plain, Source::Figure);
        } else if let Some(digit) = han_digit(c) {
            // 两个零, 三个八: as many of the next digit.
            let repeated =
                (chars.get(at) == Some(&'个')).then(|| chars.get(at + 1).copied().and_then(any_digit)).flatten();
            match (digit.to_digit(10), repeated) {
                (Some(count @ 2..=6), Some(next)) => {
                    (0..count).for_each(|_| runs.digit(next, Clarity::Plain, Source::Word));
                    at += 2;
                }
                _ => runs.digit(digit, Clarity::Plain, Source::Word),
            }
        } else if is_letter(c) {
            let from = at - 1;
            while at < chars.len() && (is_letter(chars[at]) || chars[at] == '\'') {
                at += 1;
            }
            let word: String = chars[from..at].iter().collect();
            runs.word(&word, tongue);
        } else if homophones == Homophones::Count
            && let Some(digit) = syllable(c).and_then(digit_of_syllable)
        {
            runs.digit(digit, Clarity::Guessed, Source::Word);
        } else if !matches!(c, ' ' | '-' | ',' | '.' | '、' | '，' | '。' | '·') {
            runs.end();
        }
    }
    runs
}

/// A letter of a script that has words.
const fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, '\u{620}'..='\u{64a}')
}

/// The number that a caller most likely means as an order number: the last run that is long enough, or with
/// [`Homophones::Count`] (a number was asked for) also a part of one.
pub(crate) fn order_number(normalised: &str, homophones: Homophones, range: DigitRange) -> Option<SpokenNumber> {
    let whole = |number: &SpokenNumber| (range.min..=range.max).contains(&number.digits.len());
    let plain = spoken_numbers(normalised, Homophones::Ignore);
    if let Some(number) = plain.iter().rev().find(|number| whole(number)) {
        return Some(number.clone());
    }
    if homophones == Homophones::Ignore && names_a_number(normalised) {
        let guessed = spoken_numbers(normalised, Homophones::Count);
        if let Some(number) = guessed.into_iter().rev().find(|number| whole(number)) {
            return Some(number);
        }
    }
    let runs = match homophones {
        Homophones::Ignore => plain,
        Homophones::Count => spoken_numbers(normalised, homophones),
    };
    let least = if homophones == Homophones::Count { 2 } else { range.min.min(5) };
    let whole_run = runs.iter().rev().find(|number| whole(number)).cloned();
    whole_run.or_else(|| runs.into_iter().rev().find(|number| number.digits.len() >= least))
}

/// Whether a text says that a number comes, so that what only sounds like a digit may be one: `订单要35790` is 订单幺35790.
fn names_a_number(normalised: &str) -> bool {
    ["订单", "单号"].iter().any(|word| normalised.contains(word))
}

/// The digits of an order number in a text that answers the question for it, whole or in part.
pub fn spoken_number(text: &str, range: DigitRange) -> Option<String> {
    order_number(&normalise(text), Homophones::Count, range).map(|number| number.digits)
}

#[derive(Default)]
struct Runs {
    done: Vec<SpokenNumber>,
    digits: String,
    guessed: usize,
    words_only: bool,
    /// `double`, `triple`: how often the next digit counts.
    times: usize,
    /// How many zeros at the end smaller numbers may fill: `thirty` then `four`.
    open: usize,
    /// The last word was `and`.
    joined: bool,
    /// The last word was a unit, which a ten may follow where the language says it so.
    unit: bool,
    /// It filled one of several zeros.
    filled: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Figure,
    Word,
}

impl Runs {
    fn digit(&mut self, digit: char, clarity: Clarity, source: Source) {
        if self.digits.is_empty() {
            self.words_only = true;
        }
        self.words_only &= source == Source::Word;
        self.guessed += usize::from(clarity == Clarity::Guessed);
        for _ in 0..self.times.max(1) {
            // Nobody says a number of a hundred digits; noise may.
            if self.digits.len() < 64 {
                self.digits.push(digit);
            }
        }
        self.times = 0;
        self.open = 0;
        self.unit = false;
    }

    /// Takes a word that may be a number in the language of the text.
    fn word(&mut self, word: &str, tongue: Language) {
        let joined = std::mem::take(&mut self.joined);
        match numerals::numeral(word, tongue) {
            Some(Numeral::Value { value, fills }) => {
                let figures = value.to_string();
                let joins = joined || self.open > 1 || tongue == Language::English;
                if value > 0 && joins && self.open >= figures.len() {
                    let before = self.open;
                    self.digits.truncate(self.digits.len().saturating_sub(figures.len()));
                    self.filled = before > figures.len();
                } else {
                    self.filled = false;
                }
                figures.chars().for_each(|figure| self.digit(figure, Clarity::Plain, Source::Word));
                self.open = fills;
                self.unit = figures.len() == 1;
            }
            Some(Numeral::TenBehindUnit(ten)) if self.unit => {
                let unit = self.digits.pop();
                if self.filled {
                    // The zero that the ten takes the place of: 604 becomes 654.
                    self.digits.pop();
                }
                let ten = ten.to_string().chars().next();
                ten.into_iter().chain(unit).for_each(|figure| self.digit(figure, Clarity::Plain, Source::Word));
            }
            Some(Numeral::TenBehindUnit(ten)) => {
                ten.to_string().chars().for_each(|figure| self.digit(figure, Clarity::Plain, Source::Word));
                self.open = 1;
            }
            Some(Numeral::Thousand) => {
                if self.digits.is_empty() {
                    self.digit('1', Clarity::Plain, Source::Word);
                }
                (0..3).for_each(|_| self.digit('0', Clarity::Plain, Source::Word));
                self.open = 3;
            }
            Some(Numeral::Times(times)) => self.times = times,
            Some(Numeral::And) => self.joined = true,
            Some(Numeral::Filler) => {}
            None => self.end(),
        }
    }

    fn end(&mut self) {
        let digits = std::mem::take(&mut self.digits);
        let guessed = std::mem::take(&mut self.guessed);
        self.times = 0;
        self.open = 0;
        (self.joined, self.unit, self.filled) = (false, false, false);
        // A lone 一 or "one" is a word, not a number; and what is mostly guessed is speech.
        let spoken_word = self.words_only && digits.len() < 2;
        if !digits.is_empty() && !spoken_word && guessed * 2 <= digits.len() {
            let clarity = if guessed > 0 { Clarity::Guessed } else { Clarity::Plain };
            self.done.push(SpokenNumber { digits, clarity });
        }
    }
}

fn any_digit(c: char) -> Option<char> {
    if c.is_ascii_digit() { Some(c) } else { han_digit(c) }
}

const fn han_digit(c: char) -> Option<char> {
    Some(match c {
        '零' | '〇' | '洞' => '0',
        '一' | '幺' | '壹' => '1',
        '二' | '两' | '贰' => '2',
        '三' | '叁' => '3',
        '四' | '肆' => '4',
        '五' | '伍' => '5',
        '六' | '陆' => '6',
        '七' | '柒' | '拐' => '7',
        '八' | '捌' => '8',
        '九' | '玖' => '9',
        _ => return None,
    })
}

fn digit_of_syllable(syllable: &str) -> Option<char> {
    ('0'..='9').zip(0..).find(|(_, digit)| syllables_of(*digit).contains(&syllable)).map(|(digit, _)| digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIX: DigitRange = DigitRange { min: 6, max: 6 };

    fn told(text: &str) -> Option<String> {
        order_number(&normalise(text), Homophones::Ignore, SIX).map(|number| number.digits)
    }

    #[test]
    fn what_sounds_like_a_digit_is_one_where_a_number_is_named() {
        let guessed = |text: &str| {
            let number = order_number(&normalise(text), Homophones::Ignore, SIX)?;
            (number.digits.len() == 6).then_some((number.digits, number.clarity))
        };
        assert_eq!(guessed("取消订单要35790"), Some(("135790".to_owned(), Clarity::Guessed)));
        assert_eq!(guessed("订单135790取消"), Some(("135790".to_owned(), Clarity::Plain)));
        for text in ["我要35790", "订单是不是要退了", "我的订单要取消"] {
            assert_eq!(guessed(text), None, "{text}");
        }
    }

    #[test]
    fn every_way_to_say_a_number() {
        for text in [
            "我的订单123456发货了吗",
            "订单号是幺二三四五六",
            "一二三，四五六",
            "１２３ ４５６",
            "12-34-56",
            "one two three four five six",
            "it's one two, three four, five six please",
            "twelve thirty-four fifty-six",
        ] {
            assert_eq!(told(text).as_deref(), Some("123456"), "{text}");
        }
        assert_eq!(told("两个零三四五六").as_deref(), Some("003456"));
        assert_eq!(told("八八三个六洞").as_deref(), Some("886660"));
        assert_eq!(told("double two triple three oh").as_deref(), Some("223330"));
        assert_eq!(told("不是123456，是654321").as_deref(), Some("654321"), "the last one counts");
    }

    #[test]
    fn every_way_to_say_a_number_in_further_languages() {
        for text in [
            "seis cinco cuatro tres dos uno",
            "mi pedido es el seis, cinco, cuatro, tres, dos, uno, por favor",
            "sesenta y cinco, cuarenta y tres, veintiuno",
            "seiscientos cincuenta y cuatro, trescientos veintiuno",
            "seiscientos cincuenta y cuatro mil trescientos veintiuno",
            "es el 654.321",
            "Mi número de pedido es 654321 y quiero devolverlo",
            "meia cinco quatro três dois um",
            "o pedido é meia, cinco, quatro, três, dois, um",
            "sessenta e cinco quarenta e três vinte e um",
            "seiscentos e cinquenta e quatro, trezentos e vinte e um",
            "o pedido 654321 o mais rápido possível",
            "رقم الطلب ٦٥٤٣٢١",
            "ستة خمسة أربعة ثلاثة اثنان واحد",
            "خمسة وستون واحد",
            "ستمئة وأربعة وخمسون ثلاثمئة وواحد وعشرون",
        ] {
            let told = told(text);
            let whole = if text.starts_with("خمسة") { "651" } else { "654321" };
            let told =
                told.or_else(|| order_number(&normalise(text), Homophones::Count, SIX).map(|number| number.digits));
            assert_eq!(told.as_deref(), Some(whole), "{text}");
        }
        assert_eq!(told("doble seis cero cero uno dos").as_deref(), Some("660012"));
    }

    #[test]
    fn words_are_not_numbers() {
        for text in [
            "quiero devolver una tostadora",
            "tengo uno o dos problemas",
            "comprei um liquidificador",
            "llegó a las once",
            "عندي مشكلة واحدة",
            "这里有一道划痕",
            "one of them is broken",
            "我买了两个",
            "三天了还没到",
            "等了15天",
        ] {
            assert_eq!(told(text), None, "{text}");
        }
    }

    #[test]
    fn homophones_count_only_when_a_number_was_asked_for() {
        let heard = order_number("医二三四五六", Homophones::Count, SIX);
        assert_eq!(heard, Some(SpokenNumber { digits: "123456".to_owned(), clarity: Clarity::Guessed }));
        assert_eq!(told("医二三四五六").as_deref(), Some("23456"), "too short, and so not taken for whole");
        assert_eq!(order_number("一二三", Homophones::Count, SIX).unwrap().digits, "123", "a part of it");
    }
}
