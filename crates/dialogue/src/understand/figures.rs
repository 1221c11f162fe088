//! Numbers and measures of a body: `一米七五`, `160斤`, `5'9"`.

use super::normalise::is_han;

/// How tall and heavy somebody says to be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Body {
    pub(crate) height_cm: Option<u32>,
    pub(crate) weight_kg: Option<u32>,
}

/// A number and what stands around it.
#[derive(Debug)]
struct Figure<'a> {
    value: f32,
    before: &'a str,
    after: &'a str,
}

/// A normalised text with numerals written as figures: `一百六` → `160`, `一米七五` → `1米75`.
pub(crate) fn with_figures(normalised: &str) -> String {
    let mut out = String::with_capacity(normalised.len());
    let mut numeral = String::new();
    for c in normalised.chars() {
        if numeral_value(c).is_some() {
            numeral.push(c);
        } else {
            push_numeral(&mut out, &mut numeral);
            out.push(c);
        }
    }
    push_numeral(&mut out, &mut numeral);
    out
}

/// The amounts of money in a normalised text: `300元以内`, `under 300`.
pub(crate) fn upper_limit(normalised: &str) -> Option<u32> {
    const BEHIND: [&str; 6] = ["以内", "以下", "之内", "左右", "内", "or less"];
    const BEFORE: [&str; 8] = ["不超过", "低于", "最多", "预算", "under ", "below ", "less than ", "up to "];
    let text = with_figures(normalised);
    figures(&text).into_iter().find_map(|figure| {
        let after = ["元", "块钱", "块", " yuan"].iter().find_map(|unit| figure.after.strip_prefix(unit));
        let after = after.unwrap_or(figure.after);
        let limit = BEHIND.iter().any(|word| after.starts_with(word))
            || BEFORE.iter().any(|word| figure.before.ends_with(word));
        (limit && figure.value >= 1.0).then_some(figure.value as u32)
    })
}

/// What a normalised text tells of somebody's body. With [`BareNumbers::AreABody`] two bare numbers are height and weight.
pub(crate) fn body(normalised: &str, bare_numbers: BareNumbers) -> Body {
    let text = with_figures(normalised);
    let mut body = Body::default();
    let mut bare = Vec::new();
    let mut skip = false;
    let figures = figures(&text);
    for (at, figure) in figures.iter().enumerate() {
        if std::mem::take(&mut skip) {
            continue;
        }
        let next = figures.get(at + 1);
        let begins = |units: &[&str]| units.iter().any(|unit| figure.after.trim_start().starts_with(unit));
        let told = |words: &[&str]| {
            words.iter().any(|word| figure.before.trim_end_matches(['是', ' ', ':', ',']).ends_with(word))
        };
        if begins(&["米"]) && (1.0..2.5).contains(&figure.value) {
            let rest = figure.after.trim_start().strip_prefix('米').unwrap_or("");
            let centimetres = rest.chars().take_while(char::is_ascii_digit).take(2).collect::<String>();
            skip = !centimetres.is_empty();
            let part = centimetres.parse::<f32>().unwrap_or(0.0) * if centimetres.len() == 1 { 10.0 } else { 1.0 };
            body.height_cm = plausible_height(figure.value * 100.0 + part);
        } else if begins(&["'", "foot", "feet", "ft"]) && (3.0..8.0).contains(&figure.value) {
            let inches = next.map(|next| next.value).filter(|inches| *inches < 12.0);
            skip = inches.is_some();
            body.height_cm = plausible_height(figure.value * 30.48 + inches.unwrap_or(0.0) * 2.54);
        } else if begins(&["cm", "厘米", "公分"]) {
            body.height_cm = plausible_height(figure.value);
        } else if begins(&["m"]) && figure.value < 2.5 && !begins(&["ml", "mm", "mah"]) {
            body.height_cm = plausible_height(figure.value * 100.0);
        } else if begins(&["公斤", "千克", "kg", "kilo"]) {
            body.weight_kg = plausible_weight(figure.value);
        } else if begins(&["斤"]) {
            body.weight_kg = plausible_weight(figure.value / 2.0);
        } else if begins(&["磅", "lb", "pound"]) {
            body.weight_kg = plausible_weight(figure.value * 0.4536);
        } else if told(&["身高", "高", "height", "tall"]) {
            let centimetres = if figure.value < 2.5 { figure.value * 100.0 } else { figure.value };
            body.height_cm = plausible_height(centimetres);
        } else if told(&["体重", "重", "weight", "weigh"]) {
            body.weight_kg = bare_weight(figure.value, normalised);
        } else {
            bare.push(figure.value);
        }
    }
    if bare_numbers == BareNumbers::AreABody {
        for value in bare {
            if body.height_cm.is_none()
                && (130.0..=215.0).contains(&value)
                && !(body.weight_kg.is_none() && value < 140.0)
            {
                body.height_cm = plausible_height(value);
            } else if body.weight_kg.is_none() {
                body.weight_kg = bare_weight(value, normalised);
            }
        }
    }
    body
}

/// What numbers without units mean: height and weight only where those were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BareNumbers {
    AreABody,
    MeanNothing,
}

fn plausible_height(centimetres: f32) -> Option<u32> {
    (80.0..=230.0).contains(&centimetres).then_some(centimetres.round() as u32)
}

fn plausible_weight(kilograms: f32) -> Option<u32> {
    (15.0..=250.0).contains(&kilograms).then_some(kilograms.round() as u32)
}

/// A weight without its unit: Chinese speakers count heavy people in 斤, English ones in pounds. The answer tells what was
/// understood.
fn bare_weight(value: f32, normalised: &str) -> Option<u32> {
    let unit = match value {
        value if value < 100.0 => 1.0,
        _ if normalised.chars().any(is_han) || !normalised.chars().any(char::is_alphabetic) => 0.5,
        _ => 0.4536,
    };
    plausible_weight(value * unit)
}

fn figures(text: &str) -> Vec<Figure<'_>> {
    let mut figures = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find(|c: char| c.is_ascii_digit()).map(|at| at + from) {
        let length = text[start..].find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len() - start);
        let end = start + length;
        if let Ok(value) = text[start..end].trim_end_matches('.').parse() {
            figures.push(Figure { value, before: &text[..start], after: &text[end..] });
        }
        from = end;
    }
    figures
}

fn push_numeral(out: &mut String, numeral: &mut String) {
    if numeral.chars().any(|c| numeral_value(c).is_some_and(|value| value >= 10)) {
        out.push_str(&positional(numeral).to_string());
    } else {
        out.extend(numeral.chars().filter_map(numeral_value).filter_map(|value| char::from_digit(value, 10)));
    }
    numeral.clear();
}

/// `一百六十五`, `十五`, and `一百六`, which is 160.
fn positional(numeral: &str) -> u32 {
    let (mut total, mut digit, mut unit) = (0_u32, None, 1_u32);
    for value in numeral.chars().filter_map(numeral_value) {
        match value {
            0 => unit = 10,
            1..=9 => digit = Some(value),
            10_000 => {
                total = total.saturating_add(digit.take().unwrap_or(0)).max(1).saturating_mul(value);
                unit = value;
            }
            _ => {
                total = total.saturating_add(digit.take().unwrap_or(1).saturating_mul(value));
                unit = value;
            }
        }
    }
    let rest = digit.map_or(0, |digit| if unit >= 100 { digit.saturating_mul(unit / 10) } else { digit });
    total.saturating_add(rest)
}

const fn numeral_value(c: char) -> Option<u32> {
    Some(match c {
        '零' | '〇' => 0,
        '一' => 1,
        '二' | '两' => 2,
        '三' => 3,
        '四' => 4,
        '五' => 5,
        '六' => 6,
        '七' => 7,
        '八' => 8,
        '九' => 9,
        '十' => 10,
        '百' => 100,
        '千' => 1000,
        '万' => 10_000,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::understand::normalise;

    #[test]
    fn numerals_become_figures() {
        for (words, figures) in [
            ("一百六十斤", "160斤"),
            ("一百六", "160"),
            ("一米七五", "1米75"),
            ("一百零五", "105"),
            ("十五个", "15个"),
            ("两千三", "2300"),
            ("一万二", "12000"),
            ("没有数字", "没有数字"),
        ] {
            assert_eq!(with_figures(words), figures);
        }
    }

    #[test]
    fn a_body_in_many_words() {
        let read = |text: &str| {
            let body = body(&normalise(text), BareNumbers::AreABody);
            (body.height_cm, body.weight_kg)
        };
        for text in [
            "身高175，体重80公斤",
            "我一米七五，160斤",
            "一米七五，一百六十斤",
            "175cm 80kg",
            "1.75米，80公斤",
            "175，160",
            "身高一百七十五，体重八十",
            "一七五，八十公斤",
            "I am 175 cm tall and weigh 80 kg",
        ] {
            assert_eq!(read(text), (Some(175), Some(80)), "{text}");
        }
        assert_eq!(read("5'9\", 176 pounds"), (Some(175), Some(80)));
        assert_eq!(read("5 foot 9 and 176 lbs"), (Some(175), Some(80)));
        assert_eq!(read("一米八"), (Some(180), None));
        assert_eq!(read("两百斤"), (None, Some(100)));
        assert_eq!(read("订单123456"), (None, None));
        assert_eq!(body("第2个", BareNumbers::MeanNothing), Body::default());
        assert_eq!(
            body("175 80", BareNumbers::MeanNothing),
            Body::default(),
            "bare numbers mean nothing by themselves"
        );
    }

    #[test]
    fn limits_of_price() {
        assert_eq!(upper_limit("三百块以内的"), Some(300));
        assert_eq!(upper_limit("不超过500"), Some(500));
        assert_eq!(upper_limit("something under 200 yuan"), Some(200));
        assert_eq!(upper_limit("订单123456"), None);
    }
}
