//! Rules for English.

use std::sync::LazyLock;

use super::{
    english_numbers::{cardinal, code, digits, integer, number, ordinal, year},
    scan::{Found, Rules, follows, runs},
};

pub(super) fn spoken_form(text: &str) -> String {
    RULES.rewrite(text)
}

static RULES: LazyLock<Rules> = LazyLock::new(|| {
    Rules::new(&[
        (r"([A-Za-z]{1,8})([-_ ]?)(\d[\dA-Za-z]*(?:-[\dA-Za-z]+)*)", product_or_waybill),
        (r"(\d{4})([-/.])(\d{1,2})([-/.])(\d{1,2})", iso_date),
        (MONTH_DAY, month_day),
        (r"(\d{1,2})(?:st|nd|rd|th)\b", |found| Some(ordinal(found.group(1).parse().ok()?))),
        (r"(\d{1,2}):(\d{2})\s?[-~–—]\s?(\d{1,2}):(\d{2})", time_range),
        (r"(\d{1,2}):(\d{2})(?::\d{2})?\s?([AaPp])\.?[Mm]\b\.?", time_with_half),
        (r"(\d{1,2})\s?([AaPp])\.?[Mm]\b\.?", hour_with_half),
        (r"(\d{1,2}):(\d{2})", time),
        (r"(?:\+\d{1,3}[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}|\d{3}-\d{3}-\d{4}|\d{3}-\d{4}", telephone),
        (r"(\$|US\$|¥|€|£)\s?({N})\s?(million|billion|thousand|k)?", price),
        (r"\d{3,}", number_of_something),
        (r"({N})\s?%?\s?[-~–—]\s?({N})\s?%", |found| {
            Some(format!("{} to {} percent", number(found.group(1)), number(found.group(2))))
        }),
        (r"({N})\s?%", |found| Some(format!("{} percent", number(found.group(1))))),
        (r"[-−]({N})\s?(?:℃|°C)", |found| Some(format!("minus {} degrees Celsius", number(found.group(1))))),
        (r"({N})\s?(℃|°C|°F|°)", degrees),
        (r"({N})\s?[xX×*]\s?", |found| found.digit_follows().then(|| format!("{} by ", number(found.group(1))))),
        (r"({N})\s?[-~–—]\s?", range),
        (r"(\d{1,3})/(\d{1,3})", fraction),
        (r"[-−]({N})", negative),
        (r"(\d+(?:\.\d+){2,})", |found| {
            Some(found.group(1).split('.').map(digits).collect::<Vec<_>>().join(" point "))
        }),
        (r"({N})\s?(mAh|kWh|cm|mm|km|kg|mg|ml|mL|kW|GB|MB|L|g|m|W|V|h)\b", measure),
        (r"({N})", plain),
        (r"([&+=@#%])", sign),
    ])
});

const MONTH_DAY: &str = r"(January|February|March|April|May|June|July|August|September|October|November|December|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)\.? (\d{1,2})(?:st|nd|rd|th)?\b(?:,? (\d{4})\b)?";

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// What makes a number a name: it is read digit by digit.
const NAMED_BY_NUMBER: &[&str] = &[
    "order",
    "waybill",
    "ticket",
    "tracking",
    "reference",
    "code",
    "ending in",
    "ending with",
    "phone",
    "number",
    "parcel",
    "account",
    "card",
    "No.",
    "#",
    "ID",
    "call",
    "invoice",
    "case",
];
/// What may stand between such a word and the number.
const LINKS: &[&str] = &[" ", "number", "is", ":", "no.", "#", "with", "was", "the", ",", "called", "code", "\""];

/// `EF123456789` → E F one two three…; `X-200` → X two hundred; `iPhone15` → iPhone fifteen.
fn product_or_waybill(found: &Found<'_>) -> Option<String> {
    let (letters, link, rest) = (found.group(1), found.group(2), found.group(3));
    if link == " "
        && (rest.len() < 3 || letters.len() > 3 || letters.contains(|letter: char| letter.is_ascii_lowercase()))
    {
        return None;
    }
    let count = rest.bytes().filter(u8::is_ascii_digit).count();
    let mut spoken = letters_aloud(letters);
    for part in runs(rest) {
        spoken.push(' ');
        spoken += &match part.len() {
            _ if !part.starts_with(|first: char| first.is_ascii_digit()) => letters_aloud(part),
            1..=4 if count < 5 && !part.starts_with('0') => integer(part),
            _ => code(part),
        };
    }
    Some(spoken)
}

/// A word if it is written like one, else letter by letter.
fn letters_aloud(letters: &str) -> String {
    if letters.len() > 2 && letters.contains(|letter: char| letter.is_ascii_lowercase()) {
        letters.to_owned()
    } else {
        letters.chars().map(|letter| letter.to_ascii_uppercase().to_string()).collect::<Vec<_>>().join(" ")
    }
}

fn iso_date(found: &Found<'_>) -> Option<String> {
    let (month, day) = (found.group(3).parse::<usize>().ok()?, found.group(5).parse::<u64>().ok()?);
    let plausible = (1..=31).contains(&day) && found.group(2) == found.group(4) && !found.digit_follows();
    let month = MONTHS.get(month.wrapping_sub(1)).filter(|_| plausible)?;
    Some(format!("{month} {}, {}", ordinal(day), year(found.group(1).parse().ok()?)))
}

fn month_day(found: &Found<'_>) -> Option<String> {
    let month = MONTHS.iter().find(|month| month.starts_with(&found.group(1)[..3]))?;
    let mut spoken = format!("{month} {}", ordinal(found.group(2).parse().ok()?));
    if let Ok(value) = found.group(3).parse() {
        spoken += &format!(", {}", year(value));
    }
    Some(spoken)
}

fn time(found: &Found<'_>) -> Option<String> {
    if found.digit_follows() {
        return None;
    }
    clock(found.group(1), found.group(2))
}

fn time_range(found: &Found<'_>) -> Option<String> {
    let from = clock(found.group(1), found.group(2))?;
    Some(format!("{from} to {}", clock(found.group(3), found.group(4))?))
}

/// 10:05 → ten oh five, 14:30 → two thirty p m, 18:00 → six p m, 9:00 → nine o'clock.
fn clock(hours: &str, minutes: &str) -> Option<String> {
    let (hour, minute) = (hours.parse::<u64>().ok()?, minutes.parse::<u64>().ok()?);
    if hour > 24 || minute > 59 {
        return None;
    }
    Some(match (hour, minute) {
        (0 | 24, 0) => "midnight".to_owned(),
        (0 | 24, _) => format!("{} A M", hour_and_minute(12, minute)),
        (1..=12, 0) => format!("{} o'clock", cardinal(hour)),
        (1..=12, _) => hour_and_minute(hour, minute),
        _ => format!("{} P M", hour_and_minute(hour - 12, minute)),
    })
}

fn hour_and_minute(hour: u64, minute: u64) -> String {
    match minute {
        0 => cardinal(hour),
        1..10 => format!("{} oh {}", cardinal(hour), cardinal(minute)),
        _ => format!("{} {}", cardinal(hour), cardinal(minute)),
    }
}

fn time_with_half(found: &Found<'_>) -> Option<String> {
    let (hour, minute) = (found.group(1).parse().ok()?, found.group(2).parse().ok()?);
    Some(format!("{} {} M", hour_and_minute(hour, minute), found.group(3).to_ascii_uppercase()))
}

fn hour_with_half(found: &Found<'_>) -> Option<String> {
    Some(format!("{} {} M", integer(found.group(1)), found.group(2).to_ascii_uppercase()))
}

fn telephone(found: &Found<'_>) -> Option<String> {
    (!found.digit_follows()).then(|| code(&found.captures[0]))
}

fn number_of_something(found: &Found<'_>) -> Option<String> {
    let whole = &found.captures[0];
    let goes_on =
        found.after.strip_prefix(['.', ',', '-']).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let counts = found.after.starts_with(|next: char| next.is_alphabetic() || "%°℃".contains(next))
        || [
            "yuan", "dollars", "euros", "pieces", "items", "units", "orders", "percent", "grams", "kilo", "meters",
            "hours", "points", "watts",
        ]
        .iter()
        .any(|unit| found.after.trim_start().starts_with(unit));
    if goes_on || (counts && !whole.starts_with('0')) {
        return None;
    }
    let named = follows(found.before, NAMED_BY_NUMBER, LINKS);
    if named || whole.len() >= 5 || whole.starts_with('0') {
        return Some(code(whole));
    }
    let value: u64 = whole.parse().ok()?;
    let dated =
        follows(found.before, &["in", "since", "of", "year", "from", "until", "by"], &[" ", "the", "late", "early"]);
    ((1900..2100).contains(&value) && dated).then(|| year(value))
}

fn price(found: &Found<'_>) -> Option<String> {
    let (sum, scale) = (found.group(2), found.group(3));
    let (one, many, cent) = match found.group(1) {
        "¥" => ("yuan", "yuan", ""),
        "€" => ("euro", "euros", "cents"),
        "£" => ("pound", "pounds", "pence"),
        _ => ("dollar", "dollars", "cents"),
    };
    if !scale.is_empty() {
        let scale = if scale == "k" { "thousand" } else { scale };
        return Some(format!("{} {scale} {many}", number(sum)));
    }
    let (whole, fraction) = sum.split_once('.').unwrap_or((sum, ""));
    let unit = if whole == "1" { one } else { many };
    Some(match fraction {
        "" | "0" | "00" => format!("{} {unit}", integer(whole)),
        cents if cents.len() == 2 && !cent.is_empty() => {
            format!("{} {unit} and {} {cent}", integer(whole), integer(cents))
        }
        _ => format!("{} {many}", number(sum.strip_suffix('0').unwrap_or(sum))),
    })
}

fn degrees(found: &Found<'_>) -> Option<String> {
    let scale = match found.group(2) {
        "°F" => " Fahrenheit",
        "°" => "",
        _ => " Celsius",
    };
    Some(format!("{} degrees{scale}", number(found.group(1))))
}

/// The right end of the range is left to the rules for measures.
fn range(found: &Found<'_>) -> Option<String> {
    let end = found.after.find(|next: char| !next.is_ascii_digit()).unwrap_or(found.after.len());
    let (right, beyond) = found.after.split_at(end);
    let written = !right.is_empty() && right.len() <= 6 && !beyond.starts_with('-') && found.group(1).len() <= 6;
    written.then(|| format!("{} to ", number(found.group(1))))
}

fn fraction(found: &Found<'_>) -> Option<String> {
    if found.after.starts_with('/') {
        return None;
    }
    Some(match (found.group(1), found.group(2)) {
        ("1", "2") => "one half".to_owned(),
        ("1", "4") => "a quarter".to_owned(),
        ("3", "4") => "three quarters".to_owned(),
        ("1", below) => format!("one {}", ordinal(below.parse().ok()?)),
        (above, below) => format!("{} over {}", integer(above), integer(below)),
    })
}

fn negative(found: &Found<'_>) -> Option<String> {
    let free = found.before.chars().next_back().is_none_or(|previous| !previous.is_alphanumeric());
    free.then(|| format!("minus {}", number(found.group(1))))
}

fn measure(found: &Found<'_>) -> Option<String> {
    let sum = found.group(1);
    let unit = match found.group(2) {
        "mAh" => "milliampere hours",
        "kWh" => "kilowatt hours",
        "cm" => "centimeters",
        "mm" => "millimeters",
        "km" => "kilometers",
        "kg" => "kilograms",
        "mg" => "milligrams",
        "ml" | "mL" => "milliliters",
        "kW" => "kilowatts",
        "GB" => "gigabytes",
        "MB" => "megabytes",
        "L" => "liters",
        "g" => "grams",
        "m" => "meters",
        "W" => "watts",
        "V" => "volts",
        "h" => "hours",
        _ => return None,
    };
    let unit = if sum == "1" { unit.trim_end_matches('s') } else { unit };
    Some(format!("{} {unit}", number(sum)))
}

fn plain(found: &Found<'_>) -> Option<String> {
    let written = found.group(1);
    let named_by_zero = written.len() > 1 && written.starts_with('0') && !written.starts_with("0.");
    let spoken = if named_by_zero { code(written) } else { number(written) };
    // "5G": a letter right after is a word of its own.
    let apart = found.after.starts_with(|next: char| next.is_ascii_alphabetic());
    Some(spoken + if apart { " " } else { "" })
}

fn sign(found: &Found<'_>) -> Option<String> {
    let number_follows = found.after.starts_with(|next: char| next.is_ascii_digit());
    Some(
        match found.group(1) {
            "&" => " and ",
            "+" => " plus ",
            "=" => " equals ",
            "@" => " at ",
            "#" if number_follows && !follows(found.before, &["number", "no."], &[" "]) => "number ",
            _ => " ",
        }
        .to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shop_says() {
        for (written, spoken) in [
            // Order numbers, waybills, tickets, telephone numbers
            ("Your order 123456 has shipped.", "Your order one two three four five six has shipped."),
            ("order number is 201", "order number is two zero one"),
            ("ending in 6789", "ending in six seven eight nine"),
            ("Waybill EF123456789.", "Waybill E F one two three, four five six, seven eight nine."),
            ("ticket T000042", "ticket T zero zero zero zero four two"),
            ("Call 400-820-8820", "Call four zero zero, eight two zero, eight eight two zero"),
            ("13812345678", "one three eight, one two three four, five six seven eight"),
            ("order #1001", "order number one zero zero one"),
            ("3 orders", "three orders"),
            ("I found 123456.", "I found one two three four five six."),
            // Models
            ("the X-200", "the X two hundred"),
            ("iPhone15Pro", "iPhone fifteen Pro"),
            ("a 5G phone", "a five G phone"),
            // Dates and times
            ("November 21", "November twenty-first"),
            ("Nov. 21st, 2026", "November twenty-first, twenty twenty-six"),
            ("2025-03-08", "March eighth, twenty twenty-five"),
            ("on the 3rd", "on the third"),
            ("in 2025", "in twenty twenty-five"),
            ("at 10:05", "at ten oh five"),
            ("before 18:00", "before six P M"),
            ("14:30", "two thirty P M"),
            ("9:00", "nine o'clock"),
            ("9:30 am", "nine thirty A M"),
            ("3 pm", "three P M"),
            ("9:00-18:00", "nine o'clock to six P M"),
            // Money
            ("$199.90", "one hundred ninety-nine dollars and ninety cents"),
            ("$1", "one dollar"),
            ("¥1,299", "one thousand two hundred ninety-nine yuan"),
            ("¥199.90", "one hundred ninety-nine point nine yuan"),
            ("199 yuan", "one hundred ninety-nine yuan"),
            ("12000 yuan", "twelve thousand yuan"),
            ("$2 million", "two million dollars"),
            // Counting and units
            ("3-5 days", "three to five days"),
            ("10%-20%", "ten to twenty percent"),
            ("99.9%", "ninety-nine point nine percent"),
            ("1,299 units", "one thousand two hundred ninety-nine units"),
            ("1/2", "one half"),
            ("2/3", "two over three"),
            ("5°C", "five degrees Celsius"),
            ("-5°C", "minus five degrees Celsius"),
            ("3cm", "three centimeters"),
            ("1 kg", "one kilogram"),
            ("20x30 cm", "twenty by thirty centimeters"),
            ("3-5 kg", "three to five kilograms"),
            ("007", "zero zero seven"),
            ("0.5", "zero point five"),
            ("1.2.3", "one point two point three"),
            ("A&B", "A and B"),
            ("", ""),
        ] {
            assert_eq!(spoken_form(written), spoken, "{written}");
        }
    }
}
