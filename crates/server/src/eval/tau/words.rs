//! Words of customers, products and options in one spelling, so that they can be compared.

/// Lower-case words: plurals lose their ending, `13-inch` and `32GB` fall into number and unit, number words become digits.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for piece in text.split(|c: char| c.is_whitespace() || ",;:!?(){}[]\"“”/>=".contains(c)) {
        let piece = piece.trim_matches(|c: char| "'’.".contains(c)).to_lowercase();
        let piece = piece.strip_suffix("'s").or_else(|| piece.strip_suffix("’s")).unwrap_or(&piece);
        // `t-shirt`, `e-reader` are one word, `high-back` are two.
        let parts: Vec<&str> = piece.split('-').filter(|part| !part.is_empty()).collect();
        let joined = parts.len() == 2 && parts[0].len() == 1 && parts[0].chars().all(char::is_alphabetic);
        if joined {
            words.push(stem(&parts.concat()));
        } else {
            parts.into_iter().for_each(|part| add(part, &mut words));
        }
    }
    words
}

/// Adds a word without hyphens; a number with its unit becomes two.
fn add(part: &str, words: &mut Vec<String>) {
    let part = part.trim_start_matches('$');
    let digits = part.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(part.len());
    let (number, unit) = part.split_at(digits);
    if !number.is_empty() {
        words.push(number.trim_end_matches('.').to_owned());
    }
    if !unit.is_empty() {
        words.push(stem(unit));
    }
}

fn stem(word: &str) -> String {
    const SAME: [(&str, &str); 28] = [
        ("one", "1"),
        ("two", "2"),
        ("three", "3"),
        ("four", "4"),
        ("five", "5"),
        ("six", "6"),
        ("seven", "7"),
        ("eight", "8"),
        ("nine", "9"),
        ("ten", "10"),
        ("foot", "ft"),
        ("feet", "ft"),
        ("inches", "inch"),
        ("liter", "l"),
        ("liters", "l"),
        ("litre", "l"),
        ("litres", "l"),
        ("gray", "grey"),
        ("giftcard", "gift-card"),
        ("gc", "gift-card"),
        ("resistent", "resistant"),
        ("sized", "size"),
        ("pieces", "piece"),
        ("this", "this"),
        ("yes", "yes"),
        ("address", "address"),
        ("addresses", "address"),
        ("always", "always"),
    ];
    if let Some((_, same)) = SAME.iter().find(|(known, _)| *known == word) {
        return (*same).to_owned();
    }
    let swap = |ending: &str, other: &str| word.strip_suffix(ending).map(|rest| format!("{rest}{other}"));
    let plural = || word.strip_suffix('s').filter(|rest| rest.len() > 2 && !rest.ends_with('s')).map(str::to_owned);
    swap("sses", "ss")
        .or_else(|| swap("ches", "ch"))
        .or_else(|| swap("elves", "elf"))
        .or_else(|| swap("ies", "y"))
        .or_else(plural)
        .unwrap_or_else(|| word.to_owned())
}

/// Where a run of words begins in others.
pub(super) fn find(haystack: &[String], needle: &[String]) -> Option<usize> {
    if needle.is_empty() {
        return None;
    }
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// Whether any of these words, separated by spaces, is among the words.
pub(super) fn any(words: &[String], list: &str) -> bool {
    words.iter().any(|word| list.split(' ').any(|listed| listed == word))
}

/// Whether the words hold this run, written with spaces.
pub(super) fn says(words: &[String], phrase: &str) -> bool {
    let phrase: Vec<String> = phrase.split(' ').map(str::to_owned).collect();
    find(words, &phrase).is_some()
}

/// Cuts a text into sentences: at `.`, `;`, `?`, `!` and line ends, but not inside numbers and addresses.
pub(super) fn sentences(text: &str) -> Vec<String> {
    let mut sentences = vec![String::new()];
    let mut depth = 0_i32;
    let chars: Vec<char> = text.chars().collect();
    for (at, &c) in chars.iter().enumerate() {
        depth += i32::from(c == '{') - i32::from(c == '}');
        let ends = match c {
            ';' | '?' | '!' | '\n' => true,
            '.' => chars.get(at + 1).is_none_or(|next| next.is_whitespace() || *next == ')'),
            _ => false,
        };
        if ends && depth <= 0 {
            sentences.push(String::new());
        } else if let Some(last) = sentences.last_mut() {
            last.push(c);
        }
    }
    sentences.into_iter().map(|sentence| sentence.trim().to_owned()).filter(|sentence| sentence.len() > 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_for_what_is_the_same() {
        assert_eq!(
            words("the T-Shirts, two-piece 13-inch 32GB"),
            ["the", "tshirt", "2", "piece", "13", "inch", "32", "gb"]
        );
        assert_eq!(words("4 foot bookshelves"), words("4 ft bookshelf"));
        assert_eq!(words("glass wireless watches"), ["glass", "wireless", "watch"]);
        assert!(says(&words("You're in the same order."), "same order"));
    }

    #[test]
    fn sentences_end_where_they_end() {
        assert_eq!(sentences("Costs 3.50 now. Buy; {'a': 'b.c'} ok?"), ["Costs 3.50 now", "Buy", "{'a': 'b.c'} ok"]);
    }
}
