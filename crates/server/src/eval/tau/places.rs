//! Addresses: written out, or pointed at among those that the shop knows.

use super::{
    data::{Address, Order, User},
    words::{says, words},
};

const STATES: [(&str, &str); 13] = [
    ("arizona", "AZ"),
    ("california", "CA"),
    ("colorado", "CO"),
    ("dc", "DC"),
    ("florida", "FL"),
    ("illinois", "IL"),
    ("indiana", "IN"),
    ("north carolina", "NC"),
    ("new york", "NY"),
    ("ohio", "OH"),
    ("pennsylvania", "PA"),
    ("texas", "TX"),
    ("washington", "WA"),
];
const ALIASES: [(&str, &str); 4] =
    [("nyc", "new york"), ("big apple", "new york"), ("la", "los angeles"), ("dc", "washington")];

/// Whether a text names the city or the state of an address.
pub(super) fn names(said: &[String], address: &Address) -> bool {
    let city = address.city.to_lowercase();
    let alias = ALIASES.iter().any(|(alias, of)| *of == city && says(said, alias));
    let is_state = |(name, code): &(&str, &str)| *code == address.state && says(said, name);
    let by_state = STATES.iter().any(is_state) && !(address.state == "WA" && says(said, "dc"));
    says(said, &words(&city).join(" ")) || alias || by_state
}

/// An address that is written out: `101 Highway, New York, 10001`.
pub(super) fn written(text: &str) -> Option<Address> {
    let pieces: Vec<&str> = text.split([',', '(', ')']).map(str::trim).filter(|piece| !piece.is_empty()).collect();
    let is_zip = |word: &str| word.len() == 5 && word.bytes().all(|b| b.is_ascii_digit());
    let zip_of = |piece: &str| {
        piece.split_whitespace().map(|word| word.trim_matches('.')).find(|word| is_zip(word)).map(str::to_owned)
    };
    let last = pieces.iter().position(|piece| zip_of(piece).is_some())?;
    let zip = zip_of(pieces[last])?;
    // The street is the nearest piece before it that begins, somewhere, with a house number.
    let street = |piece: &&str| {
        let mut words = piece.split_whitespace().skip_while(|word| !word.bytes().all(|b| b.is_ascii_digit()));
        words.next().is_some_and(|number| !is_zip(number)) && words.next().is_some()
    };
    let first = pieces[..last].iter().position(street)?;
    let words: Vec<&str> = pieces[first].split_whitespace().collect();
    let number = words.iter().position(|word| word.bytes().all(|b| b.is_ascii_digit()))?;
    let address1 = words[number..].join(" ");
    let mut between: Vec<String> = pieces[first + 1..last].iter().map(|piece| (*piece).to_owned()).collect();
    let tail = pieces[last].replace(&zip, "");
    let tail = tail.trim().trim_matches('.').trim().to_owned();
    if !tail.is_empty() && !tail.contains(' ') {
        between.push(tail);
    }
    let is_unit =
        |piece: &String| ["suite", "apt", "unit", "floor"].iter().any(|unit| piece.to_lowercase().starts_with(unit));
    let address2 = between.iter().position(is_unit).map(|at| between.remove(at)).unwrap_or_default();
    let city = between.first()?.clone();
    let code = |name: &str| {
        let lower = name.to_lowercase();
        let known = STATES.iter().find(|(state, code)| *state == lower || code.eq_ignore_ascii_case(name));
        known.map(|(_, code)| (*code).to_owned())
    };
    let state = between.get(1).and_then(|state| code(state)).or_else(|| code(&city)).unwrap_or_default();
    Some(Address { address1, address2, city, country: "USA".to_owned(), state, zip })
}

/// Which of the known addresses a destination means.
pub(super) fn pointed_at(said: &[String], user: &User, orders: &[&Order]) -> Option<Address> {
    if says(said, "default") || says(said, "profile") {
        return Some(user.address.clone());
    }
    let mut known: Vec<&Address> = Vec::new();
    for address in orders.iter().map(|order| &order.address).chain([&user.address]) {
        if !known.contains(&address) {
            known.push(address);
        }
    }
    let mut named = known.into_iter().filter(|address| names(said, address));
    match (named.next(), named.next()) {
        (Some(address), None) => Some(address.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_written_out() {
        let address = written("change it to 1234 Elm St, Springfield, IL, 62701").unwrap();
        assert_eq!(address.to_string(), "1234 Elm St, Springfield, IL 62701");
        let address = written("I live in 445 Maple Drive, Suite 394, Fort Worth, Texas, 76165.").unwrap();
        assert_eq!(address.to_string(), "445 Maple Drive, Suite 394, Fort Worth, TX 76165");
        let address = written("all addresses to be 101 Highway, New York, 10001, including orders").unwrap();
        assert_eq!((address.city.as_str(), address.state.as_str()), ("New York", "NY"));
        assert_eq!(written("to my home in Seattle"), None);
    }

    #[test]
    fn cities_by_any_name() {
        let mut address = written("1 Elm St, New York, NY, 10001").unwrap();
        assert!(names(&words("my NYC address"), &address) && !names(&words("my LA order"), &address));
        address.city = "Washington".to_owned();
        address.state = "DC".to_owned();
        assert!(names(&words("the Washington DC address"), &address));
    }
}
