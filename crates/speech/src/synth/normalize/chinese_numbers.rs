//! Chinese readings of numbers.

use super::scan::groups;

const DIGITS: [char; 10] = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];

/// Digits one by one, 1 as 一: years, decimals, model names. What is no digit is left out.
pub(super) fn digits(number: &str) -> String {
    number.chars().filter_map(|digit| digit.to_digit(10)).map(|digit| DIGITS[digit as usize]).collect()
}

/// Digits one by one, 1 as 幺, which cannot be misheard for 七: order numbers, waybills, telephone numbers. More than six come
/// in groups with a short pause between, so that one can write them down.
pub(super) fn code(number: &str) -> String {
    groups(number).map(|group| digits(group).replace('一', "幺")).collect::<Vec<_>>().join("，")
}

/// A number such as `1,299` or `0.50`: cardinal before the point, digits after it. More than sixteen digits are read one by
/// one.
pub(super) fn number(written: &str) -> String {
    let (whole, fraction) = written.split_once('.').unwrap_or((written, ""));
    let mut spoken = integer(whole);
    if !fraction.is_empty() {
        spoken.push('点');
        spoken.push_str(&digits(fraction));
    }
    spoken
}

/// A whole number; thousands separators may be there.
pub(super) fn integer(written: &str) -> String {
    let plain: String = written.chars().filter(char::is_ascii_digit).collect();
    match plain.parse::<u64>() {
        Ok(value) if plain.len() <= 16 => cardinal(value),
        _ => digits(&plain),
    }
}

/// A whole number below 10^16.
pub(super) fn cardinal(value: u64) -> String {
    if value == 0 {
        return "零".to_owned();
    }
    let mut spoken = String::new();
    let mut gap = false;
    for (power, unit) in [(1_000_000_000_000, "万亿"), (100_000_000, "亿"), (10_000, "万"), (1, "")] {
        let group = value / power % 10_000;
        if group == 0 {
            gap = !spoken.is_empty();
            continue;
        }
        if !spoken.is_empty() && (gap || group < 1_000) {
            spoken.push('零');
        }
        gap = false;
        push_below_ten_thousand(group, &mut spoken);
        spoken.push_str(unit);
    }
    // 一十五 is 十五, and two thousand and above are counted with 两.
    if let Some(rest) = spoken.strip_prefix("一十") {
        spoken = format!("十{rest}");
    }
    for unit in ["千", "万", "亿"] {
        if let Some(rest) = spoken.strip_prefix(&format!("二{unit}")) {
            spoken = format!("两{unit}{rest}");
        }
    }
    spoken
}

fn push_below_ten_thousand(value: u64, spoken: &mut String) {
    let mut started = false;
    let mut gap = false;
    for (power, unit) in [(1_000, "千"), (100, "百"), (10, "十"), (1, "")] {
        let digit = (value / power % 10) as usize;
        if digit == 0 {
            gap = started;
            continue;
        }
        if gap {
            spoken.push('零');
        }
        gap = false;
        started = true;
        spoken.push(DIGITS[digit]);
        spoken.push_str(unit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cardinals() {
        for (value, spoken) in [
            (0, "零"),
            (2, "二"),
            (10, "十"),
            (15, "十五"),
            (20, "二十"),
            (101, "一百零一"),
            (110, "一百一十"),
            (115, "一百一十五"),
            (200, "二百"),
            (1_001, "一千零一"),
            (1_010, "一千零一十"),
            (1_299, "一千二百九十九"),
            (2_000, "两千"),
            (10_000, "一万"),
            (10_005, "一万零五"),
            (12_000, "一万二千"),
            (20_300, "两万零三百"),
            (100_000, "十万"),
            (120_034, "十二万零三十四"),
            (1_000_000, "一百万"),
            (100_000_000, "一亿"),
            (100_010_000, "一亿零一万"),
            (2_000_000_001, "二十亿零一"),
            (9_999_999_999_999_999, "九千九百九十九万亿九千九百九十九亿九千九百九十九万九千九百九十九"),
        ] {
            assert_eq!(cardinal(value), spoken, "{value}");
        }
    }

    #[test]
    fn written_numbers() {
        assert_eq!(number("1,299"), "一千二百九十九");
        assert_eq!(number("1.50"), "一点五零");
        assert_eq!(number("0.5"), "零点五");
        assert_eq!(integer("12345678901234567"), "一二三四五六七八九零一二三四五六七");
        assert_eq!(code("1102"), "幺幺零二");
        assert_eq!(code("13812345678"), "幺三八，幺二三四，五六七八");
    }
}
