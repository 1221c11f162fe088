//! English readings of numbers.

use super::scan::groups;

const SMALL: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/// Digits one by one. What is no digit is left out.
pub(super) fn digits(number: &str) -> String {
    let names: Vec<_> =
        number.chars().filter_map(|digit| digit.to_digit(10)).map(|digit| SMALL[digit as usize]).collect();
    names.join(" ")
}

/// Digits one by one, more than six in groups with a short pause between, so that one can write them down.
pub(super) fn code(number: &str) -> String {
    groups(number).map(digits).collect::<Vec<_>>().join(", ")
}

/// A number such as `1,299` or `0.50`: cardinal before the point, digits after it. More than fifteen digits are read one by
/// one.
pub(super) fn number(written: &str) -> String {
    let (whole, fraction) = written.split_once('.').unwrap_or((written, ""));
    let mut spoken = integer(whole);
    if !fraction.is_empty() {
        spoken += " point ";
        spoken += &digits(fraction);
    }
    spoken
}

/// A whole number; thousands separators may be there.
pub(super) fn integer(written: &str) -> String {
    let plain: String = written.chars().filter(char::is_ascii_digit).collect();
    match plain.parse::<u64>() {
        Ok(value) if plain.len() <= 15 => cardinal(value),
        _ => digits(&plain),
    }
}

/// A whole number below 10^15.
pub(super) fn cardinal(value: u64) -> String {
    if value == 0 {
        return SMALL[0].to_owned();
    }
    let scales = [
        (1_000_000_000_000, " trillion"),
        (1_000_000_000, " billion"),
        (1_000_000, " million"),
        (1_000, " thousand"),
        (1, ""),
    ];
    let groups =
        scales.into_iter().map(|(power, scale)| (value / power % 1_000, scale)).filter(|(group, _)| *group > 0);
    groups.map(|(group, scale)| below_thousand(group as usize) + scale).collect::<Vec<_>>().join(" ")
}

fn below_thousand(value: usize) -> String {
    match value {
        0..20 => SMALL[value].to_owned(),
        20..100 if value.is_multiple_of(10) => TENS[value / 10].to_owned(),
        20..100 => format!("{}-{}", TENS[value / 10], SMALL[value % 10]),
        _ if value.is_multiple_of(100) => format!("{} hundred", SMALL[value / 100]),
        _ => format!("{} hundred {}", SMALL[value / 100], below_thousand(value % 100)),
    }
}

/// first, second, twenty-first …
pub(super) fn ordinal(value: u64) -> String {
    let cardinal = cardinal(value);
    let start = cardinal.rfind([' ', '-']).map_or(0, |separator| separator + 1);
    let (head, last) = cardinal.split_at(start);
    let last = match last {
        "one" => "first".to_owned(),
        "two" => "second".to_owned(),
        "three" => "third".to_owned(),
        "five" => "fifth".to_owned(),
        "eight" => "eighth".to_owned(),
        "nine" => "ninth".to_owned(),
        "twelve" => "twelfth".to_owned(),
        ty if ty.ends_with('y') => format!("{}ieth", &ty[..ty.len() - 1]),
        other => format!("{other}th"),
    };
    format!("{head}{last}")
}

/// A year of four digits: twenty twenty-five, nineteen oh five, two thousand and one.
pub(super) fn year(value: u64) -> String {
    let (century, rest) = (value / 100, value % 100);
    match (century, rest) {
        (_, 0) if century.is_multiple_of(10) => cardinal(value),
        (_, 0) => format!("{} hundred", cardinal(century)),
        (20, 1..10) => format!("two thousand {}", cardinal(rest)),
        (_, 1..10) => format!("{} oh {}", cardinal(century), cardinal(rest)),
        _ => format!("{} {}", cardinal(century), cardinal(rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings() {
        for (value, spoken) in [
            (0, "zero"),
            (13, "thirteen"),
            (40, "forty"),
            (99, "ninety-nine"),
            (100, "one hundred"),
            (199, "one hundred ninety-nine"),
            (1_299, "one thousand two hundred ninety-nine"),
            (20_000, "twenty thousand"),
            (1_000_001, "one million one"),
        ] {
            assert_eq!(cardinal(value), spoken);
        }
        for (value, spoken) in [
            (1, "first"),
            (12, "twelfth"),
            (20, "twentieth"),
            (21, "twenty-first"),
            (103, "one hundred third"),
            (8, "eighth"),
            (4, "fourth"),
        ] {
            assert_eq!(ordinal(value), spoken);
        }
        for (value, spoken) in [
            (2025, "twenty twenty-five"),
            (2000, "two thousand"),
            (2005, "two thousand five"),
            (1905, "nineteen oh five"),
            (1900, "nineteen hundred"),
        ] {
            assert_eq!(year(value), spoken);
        }
        assert_eq!(number("1,299.50"), "one thousand two hundred ninety-nine point five zero");
        assert_eq!(digits("40-2"), "four zero two");
        assert_eq!(integer("1234567890123456"), digits("1234567890123456"));
    }
}
