//! Rewriting by rules that are tried, in order, where a number, a code or a sign begins.

use regex::{Captures, Regex};

/// What a rule found: the match and the text on both sides of it.
pub(super) struct Found<'t> {
    pub(super) before: &'t str,
    pub(super) captures: Captures<'t>,
    pub(super) after: &'t str,
}

impl<'t> Found<'t> {
    /// A group of the pattern, empty if it took no part in the match.
    pub(super) fn group(&self, index: usize) -> &'t str {
        self.captures.get(index).map_or("", |group| group.as_str())
    }

    pub(super) fn digit_follows(&self) -> bool {
        self.after.starts_with(|next: char| next.is_ascii_digit())
    }
}

/// The spoken form of what was found, or none if the rule does not apply after all.
type Speak = fn(&Found<'_>) -> Option<String>;

/// Rules in the order in which they are tried.
pub(super) struct Rules(Vec<(Regex, Speak)>);

impl Rules {
    /// Compiles the rules. `{N}` in a pattern stands for a number: `1,299`, `123456`, `1.5`.
    pub(super) fn new(rules: &[(&str, Speak)]) -> Self {
        let compile = |(pattern, speak): &(&str, Speak)| {
            let pattern = format!("^(?:{})", pattern.replace("{N}", r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"));
            #[expect(clippy::expect_used, reason = "the patterns are constants, and every test compiles them")]
            (Regex::new(&pattern).expect("a rule's pattern is a regular expression"), *speak)
        };
        Self(rules.iter().map(compile).collect())
    }

    /// `text` with everything rewritten that a rule applies to.
    pub(super) fn rewrite(&self, text: &str) -> String {
        let mut spoken = String::with_capacity(text.len() * 2);
        let mut at = 0;
        let mut previous = ' ';
        while let Some(character) = text[at..].chars().next() {
            let rewritten = begins_something(previous, character).then(|| self.apply(text, at)).flatten();
            let consumed = match rewritten {
                Some((form, bytes)) => {
                    spoken.push_str(&form);
                    bytes
                }
                None => {
                    spoken.push(character);
                    character.len_utf8()
                }
            };
            at += consumed;
            previous = text[..at].chars().next_back().unwrap_or(' ');
        }
        spoken
    }

    fn apply(&self, text: &str, at: usize) -> Option<(String, usize)> {
        let (before, rest) = text.split_at(at);
        self.0.iter().find_map(|(pattern, speak)| {
            let captures = pattern.captures(rest)?;
            let length = captures.get(0).map_or(0, |whole| whole.len());
            let found = Found { before, captures, after: &rest[length..] };
            (length > 0).then(|| speak(&found)).flatten().map(|form| (form, length))
        })
    }
}

/// Whether a number, a code or a sign may begin at `character`: not in the middle of a word.
fn begins_something(previous: char, character: char) -> bool {
    if character.is_ascii_alphabetic() {
        !previous.is_ascii_alphabetic()
    } else {
        character.is_ascii_digit()
            || matches!(
                character,
                '¥' | '$'
                    | '€'
                    | '£'
                    | '-'
                    | '−'
                    | '+'
                    | '#'
                    | '&'
                    | '@'
                    | '/'
                    | '='
                    | '%'
                    | '℃'
                    | '°'
                    | '㎡'
                    | '~'
                    | '～'
                    | '—'
                    | '–'
            )
    }
}

/// Runs of digits and runs of letters, hyphens left out.
pub(super) fn runs(code: &str) -> impl Iterator<Item = &str> {
    code.split('-').flat_map(|part| {
        let mut rest = part;
        std::iter::from_fn(move || {
            let digits = rest.starts_with(|first: char| first.is_ascii_digit());
            let end = rest.find(|next: char| next.is_ascii_digit() != digits).unwrap_or(rest.len());
            let run;
            (run, rest) = rest.split_at(end);
            (!run.is_empty()).then_some(run)
        })
    })
}

/// The groups in which a number is read digit by digit: as they are written, or if it is written in one piece of more than
/// six digits, threes and fours (eleven digits are 3-4-4).
pub(super) fn groups(number: &str) -> impl Iterator<Item = &str> {
    let pieces = number.split(|separator: char| !separator.is_ascii_digit()).filter(|piece| !piece.is_empty());
    let pieces: Vec<&str> = pieces.collect();
    let written_in_one = pieces.len() == 1;
    pieces.into_iter().flat_map(move |piece| {
        let mut rest = piece;
        std::iter::from_fn(move || {
            let size = match rest.len() {
                0 => return None,
                length if !written_in_one || (length <= 6 && length == piece.len()) => length,
                4 | 8 => 4,
                length => length.min(3),
            };
            let group;
            (group, rest) = rest.split_at(size);
            Some(group)
        })
    })
}

/// Whether `before` ends in one of `keywords`, any of `links` (signs, particles) in between left aside.
pub(super) fn follows(before: &str, keywords: &[&str], links: &[&str]) -> bool {
    let mut before = before;
    loop {
        if keywords.iter().any(|keyword| ends_with_ignoring_case(before, keyword)) {
            return true;
        }
        match links.iter().find(|link| ends_with_ignoring_case(before, link)) {
            Some(link) => before = &before[..before.len() - link.len()],
            None => return false,
        }
    }
}

/// For words of letters only as a whole word: "border" does not end in "order".
fn ends_with_ignoring_case(text: &str, suffix: &str) -> bool {
    let Some((before, end)) = text.len().checked_sub(suffix.len()).and_then(|start| text.split_at_checked(start))
    else {
        return false;
    };
    let inside_a_word = suffix.starts_with(|first: char| first.is_ascii_alphabetic())
        && before.ends_with(|last: char| last.is_ascii_alphabetic());
    end.eq_ignore_ascii_case(suffix) && !inside_a_word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rule_that_applies_wins_and_words_are_not_entered() {
        let rules = Rules::new(&[
            (r"(\d)x", |found| (found.before != "no ").then(|| format!("<{}>", found.group(1)))),
            (r"{N}", |_| Some("#".to_owned())),
            (r"b+", |_| Some("B".to_owned())),
        ]);
        assert_eq!(rules.rewrite("1x 2 1,299.5 ab bb 好9b"), "<1> # # ab B 好#B");
        assert_eq!(rules.rewrite("no 1x"), "no #x");
        assert_eq!(rules.rewrite(""), "");
    }

    #[test]
    fn long_numbers_come_in_groups() {
        for (number, grouped) in [
            ("", ""),
            ("123456", "123456"),
            ("+86 13812345678", "86-13812345678"),
            ("400-8208820", "400-8208820"),
            ("1234567", "123-4567"),
            ("12345678", "1234-5678"),
            ("123456789", "123-456-789"),
            ("1234567890", "123-456-7890"),
            ("13812345678", "138-1234-5678"),
            ("123456789012", "123-456-789-012"),
        ] {
            assert_eq!(groups(number).collect::<Vec<_>>().join("-"), grouped);
        }
    }

    #[test]
    fn keywords_across_links() {
        assert!(follows("您的订单号是：", &["订单"], &["号", "是", "："]));
        assert!(!follows("您的订单里有", &["订单"], &["号", "是", "："]));
        assert!(follows("Your Order is ", &["order"], &[" ", "is"]));
        assert!(!follows("the border ", &["order"], &[" "]));
        assert!(!follows("", &["order"], &[" "]));
    }
}
