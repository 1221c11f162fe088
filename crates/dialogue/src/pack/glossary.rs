//! `glossary.csv`: what the shop's customers say for what: SKU codes, slang, dialect. Applied before understanding.

use serde::Deserialize;

use super::{PackError, Problems};
use crate::understand::normalise;

pub(super) const FILE: &str = "glossary.csv";

/// Words and what they stand for.
#[derive(Debug, Default)]
pub(crate) struct Glossary {
    /// Normalised, the longest first.
    words: Vec<(String, String)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    says: String,
    means: String,
}

impl Glossary {
    /// A normalised text with every word of the glossary replaced, once.
    pub(crate) fn apply(&self, normalised: &str) -> String {
        let mut out = String::with_capacity(normalised.len());
        let mut rest = normalised;
        'text: while let Some(c) = rest.chars().next() {
            for (says, means) in &self.words {
                if let Some(behind) = rest.strip_prefix(says.as_str())
                    && is_border(out.chars().next_back(), says.chars().next())
                    && is_border(says.chars().next_back(), behind.chars().next())
                {
                    out.push_str(means);
                    rest = behind;
                    continue 'text;
                }
            }
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
        out
    }
}

/// Latin words end where letters end; Han characters stand anywhere.
fn is_border(before: Option<char>, after: Option<char>) -> bool {
    let latin = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() && c.is_ascii());
    !(latin(before) && latin(after))
}

/// Reads the glossary; a pack without the file has none.
pub(super) fn parse(text: Option<&str>, problems: &mut Problems) -> Glossary {
    let mut words: Vec<(String, String)> = Vec::new();
    let read = super::rules::each_row(FILE, text.unwrap_or("says,means\n"), |line, row: Row| {
        let (says, means) = (normalise(&row.says), normalise(&row.means));
        if says.is_empty() || means.is_empty() {
            return Err(PackError::at(FILE, line, "needs says and means"));
        }
        if words.iter().any(|(known, _)| *known == says) {
            return Err(PackError::at(FILE, line, format!("{says:?} stands twice")));
        }
        words.push((says, means));
        Ok(())
    });
    problems.take(read);
    words.sort_by_key(|(says, _)| std::cmp::Reverse(says.len()));
    Glossary { words }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_word_is_replaced_once_and_only_whole() {
        let mut problems = Problems::default();
        let text = "says,means\n啥,什么\n啥时候,什么时候\nbt,bluetooth\n什么,甚么\n";
        let glossary = parse(Some(text), &mut problems);
        assert_eq!(problems.end(), Ok(()));
        assert_eq!(glossary.apply("这是啥，啥时候到"), "这是什么，什么时候到");
        assert_eq!(glossary.apply("bt debt bt"), "bluetooth debt bluetooth");
    }

    #[test]
    fn mistakes_name_their_lines() {
        let mut problems = Problems::default();
        parse(Some("says,means\n啥,\nbt,bluetooth\nBT,x\n"), &mut problems);
        let error = problems.end().unwrap_err().to_string();
        assert!(error.contains("glossary.csv:2:") && error.contains("glossary.csv:4:"), "{error}");
    }
}
