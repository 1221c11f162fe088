//! How far what was heard is from what was said.

use ermu_domain::Language;

/// What one utterance is scored by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Errors {
    /// Substituted, missing and added units.
    pub(super) errors: usize,
    /// Units that were said: characters of Chinese, words of other languages.
    pub(super) units: usize,
}

/// Compares what was heard with what was said. Spelling, punctuation, and how numbers are written do not count; of 他她它
/// and of 的地得, which sound the same, each counts as the other.
pub(super) fn compare(said: &str, heard: &str, language: Language) -> Errors {
    let said = units(said, language);
    let errors = readings(heard, language).iter().map(|heard| distance(&said, &units(heard, language))).min();
    Errors { errors: errors.unwrap_or(said.len()), units: said.len() }
}

/// How many of the key words were heard.
pub(super) fn key_words_heard(words: &[String], heard: &str, language: Language) -> usize {
    let heard = units(heard, language);
    let within = |word: &&String| {
        let word = units(word, language);
        !word.is_empty() && heard.windows(word.len()).any(|window| window == word)
    };
    words.iter().filter(within).count()
}

/// The digits of a text that is nothing but a number read digit by digit.
pub(super) fn bare_digits(text: &str) -> Option<String> {
    let digit = |c: char| match c {
        '0'..='9' => Some(c),
        '零' | '〇' | '洞' => Some('0'),
        '幺' => Some('1'),
        '两' => Some('2'),
        _ => "一二三四五六七八九".chars().zip('1'..='9').find(|(han, _)| *han == c).map(|(_, digit)| digit),
    };
    let letters = text.chars().filter(|c| c.is_alphanumeric());
    let digits: Option<String> = letters.map(digit).collect();
    digits.filter(|digits| !digits.is_empty())
}

/// Characters or words, in one spelling.
fn units(text: &str, language: Language) -> Vec<String> {
    match language {
        Language::Chinese => text
            .chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .map(|c| one_spelling(c).to_string())
            .collect(),
        Language::English | Language::Spanish | Language::Portuguese | Language::Arabic => text
            .split(|c: char| !c.is_alphanumeric() && c != '\'')
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect(),
    }
}

const FIGURES: [char; 10] = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];

fn one_spelling(c: char) -> char {
    match c {
        '0'..='9' => FIGURES[(c as u8 - b'0') as usize],
        '〇' => '零',
        '幺' | '么' => '一',
        '两' => '二',
        '她' | '它' => '他',
        '地' | '得' => '的',
        c => c,
    }
}

/// A Chinese text with figures in it, as it may be read out: digit by digit, and as numbers.
fn readings(text: &str, language: Language) -> Vec<String> {
    let mut readings = vec![text.to_owned()];
    if language == Language::Chinese && text.bytes().any(|b| b.is_ascii_digit()) {
        readings.push(in_words(text));
    }
    readings
}

/// `4000万` to `四千万`, `1%` to `百分之一`. Numbers that begin with a zero or are very long stay: they are read digit by
/// digit.
fn in_words(text: &str) -> String {
    const LONGEST: usize = 8;
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, number) = rest.split_at(at);
        let end = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
        let (figures, after) = number.split_at(end);
        let value = figures.parse::<u32>().ok().filter(|_| figures.len() <= LONGEST && !figures.starts_with('0'));
        let after_percent = after.strip_prefix(['%', '％']);
        out.push_str(before);
        if after_percent.is_some() {
            out.push_str("百分之");
        }
        out.push_str(&value.map_or_else(|| figures.to_owned(), cardinal));
        rest = after_percent.unwrap_or(after);
    }
    out.push_str(rest);
    out
}

fn cardinal(value: u32) -> String {
    if value >= 10_000 {
        let (high, low) = (cardinal(value / 10_000), value % 10_000);
        let link = if low > 0 && low < 1000 { "零" } else { "" };
        let low = if low > 0 { cardinal(low) } else { String::new() };
        return format!("{high}万{link}{low}");
    }
    if value == 0 {
        return "零".to_owned();
    }
    let mut words = String::new();
    let mut gap = false;
    for (unit, name) in [(1000, "千"), (100, "百"), (10, "十"), (1, "")] {
        let digit = value / unit % 10;
        if digit == 0 {
            gap = true;
            continue;
        }
        if gap && !words.is_empty() {
            words.push('零');
        }
        gap = false;
        // 十二, but 一百一十二.
        if !(unit == 10 && digit == 1 && words.is_empty()) {
            words.push(FIGURES[digit as usize]);
        }
        words.push_str(name);
    }
    words
}

fn distance(a: &[String], b: &[String]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let next = (diagonal + usize::from(x != y)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = row[j + 1];
            row[j + 1] = next;
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(said: &str, heard: &str) -> usize {
        compare(said, heard, Language::Chinese).errors
    }

    #[test]
    fn characters_count_and_marks_do_not() {
        assert_eq!(errors("我的订单", "我的订单。"), 0);
        assert_eq!(errors("我的订单", "我得定单"), 1);
        assert_eq!(errors("我的订单", ""), 4);
        assert_eq!(compare("Where is it?", "where it is", Language::English), Errors { errors: 2, units: 3 });
    }

    #[test]
    fn numbers_count_as_they_are_read() {
        assert_eq!(errors("将四千万元", "将4000万元"), 0);
        assert_eq!(errors("一三八零八五", "138085"), 0);
        assert_eq!(errors("六十四岁，三百零五元", "64岁，305元"), 0);
        assert_eq!(errors("百分之三", "3%"), 0);
        assert_eq!(errors("十二万零三百", "120300"), 0);
        assert_eq!(errors("六十四岁", "46岁"), 2);
    }

    #[test]
    fn only_digits_are_a_number() {
        assert_eq!(bare_digits("一三八、幺零").as_deref(), Some("13810"));
        assert_eq!(bare_digits("三道划痕"), None);
        assert_eq!(bare_digits("。"), None);
    }

    #[test]
    fn key_words_are_found_in_order_and_whole() {
        let words = ["理财".to_owned(), "计划表".to_owned()];
        assert_eq!(key_words_heard(&words, "特别的理财计划", Language::Chinese), 1);
    }
}
