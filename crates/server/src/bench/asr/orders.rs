//! Numbers that are read out: blind, and with the caller's own orders known.

use ermu_dialogue::{DigitRange, KnownOrder, known_order, spoken_number};
use serde::Serialize;

/// Orders of the same caller besides the one that is read.
const OTHERS: usize = 4;
/// First digits that all orders of a caller share.
const SHARED: usize = 3;

/// How many numbers came through.
#[derive(Debug, Default, Serialize)]
pub(super) struct Numbers {
    /// Numbers that were read out.
    read: usize,
    /// Those whose digits were all heard.
    exact: usize,
    exact_rate: f64,
    /// With the caller's orders known: the right one, of five whose numbers begin alike.
    known_right: usize,
    known_right_rate: f64,
    /// Another one. Must be 0.
    known_wrong: usize,
    /// The number is not among the known orders, and yet one of them was taken. Must be 0 for those taken as heard word
    /// for word; those taken as likely are read back to the caller.
    stranger_taken: usize,
    stranger_likely: usize,
}

impl Numbers {
    /// Adds a number that was read, and the words that were heard.
    pub(super) fn add(&mut self, read: &str, heard: &str) {
        self.read += 1;
        self.exact += usize::from(spoken_number(heard, DigitRange { min: 4, max: 24 }).as_deref() == Some(read));
        let others = others(read);
        let all: Vec<&str> = others.iter().map(String::as_str).chain([read]).collect();
        match known_order(heard, all.iter().copied()) {
            KnownOrder::Exact(number) | KnownOrder::Likely(number) if number == read => self.known_right += 1,
            KnownOrder::Exact(_) | KnownOrder::Likely(_) => self.known_wrong += 1,
            KnownOrder::Unclear => {}
        }
        match known_order(heard, others.iter().map(String::as_str)) {
            KnownOrder::Exact(_) => self.stranger_taken += 1,
            KnownOrder::Likely(_) => self.stranger_likely += 1,
            KnownOrder::Unclear => {}
        }
        self.exact_rate = self.exact as f64 / self.read as f64;
        self.known_right_rate = self.known_right as f64 / self.read as f64;
    }

    pub(super) fn line(&self) -> String {
        let Self { read, exact, known_right, known_wrong, stranger_taken, stranger_likely, .. } = self;
        format!(
            "numbers: {exact} of {read} exact; with the caller's orders known {known_right} right, {known_wrong} wrong; \
             of an unknown order {stranger_taken} taken, {stranger_likely} to be asked about"
        )
    }
}

/// Other orders of somebody who has this one.
fn others(read: &str) -> Vec<String> {
    let mut state = read.bytes().fold(0x9e37_79b9_7f4a_7c15_u64, |state, byte| {
        (state ^ u64::from(byte)).wrapping_mul(0xbf58_476d_1ce4_e5b9).rotate_left(23)
    });
    let mut others = Vec::new();
    while others.len() < OTHERS {
        let mut number = read[..SHARED.min(read.len())].to_owned();
        while number.len() < read.len() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            number.push(char::from(b'0' + (state >> 60) as u8 % 10));
        }
        if number != read {
            others.push(number);
        }
    }
    others
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_is_heard_is_right_and_one_that_is_not_is_not_wrong() {
        let mut numbers = Numbers::default();
        numbers.add("138085", "一三八零八五");
        numbers.add("138085", "我不知道");
        assert_eq!((numbers.read, numbers.exact, numbers.known_right), (2, 1, 1));
        assert_eq!((numbers.known_wrong, numbers.stranger_taken), (0, 0));
        assert!((numbers.exact_rate - 0.5).abs() < 1e-9);
    }

    #[test]
    fn the_other_orders_begin_alike() {
        let others = others("13808553316");
        assert_eq!(others.len(), OTHERS);
        assert!(others.iter().all(|other| other.starts_with("138") && other.len() == 11 && other != "13808553316"));
    }
}
