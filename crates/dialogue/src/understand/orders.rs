//! Which of the caller's own orders a spoken number means, also when the transcriber misheard some of its digits.
//!
//! Whoever is known by a login or a telephone number has a handful of orders, and one of them is mostly far nearer to
//! what was heard than the others. Where it is not, the answer is that nobody knows: a wrong order is worse than a question.

use super::{
    digits,
    normalise::normalise,
    sound::{Sound, cost},
};

/// What a spoken number is among the orders that a caller has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KnownOrder<'a> {
    /// This one, digit by digit.
    Exact(&'a str),
    /// Most likely this one: near to what was heard, and no other is. To be read back before it is used.
    Likely(&'a str),
    /// None of them, or more than one.
    Unclear,
}

/// How far, for each digit of the number, what was heard may be from it.
const TOLERANCE: f32 = 0.34;
/// How much farther the next order must be.
const MARGIN: f32 = 0.6;
/// A digit that was not heard, unless it is one of two that are the same.
const MISSED: f32 = 1.0;
const MISSED_TWIN: f32 = 0.5;
/// A digit, or another syllable, that was heard too much.
const ADDED: f32 = 1.0;
/// Digits before or behind the number may belong to something else that was said, but make it less likely.
const ADDED_OUTSIDE: f32 = 0.5;
/// More sounds than anybody needs for a number.
const LONGEST: usize = 120;

/// Which of the orders `known` (digits each) a text in Chinese or English means.
pub fn known_order<'a>(text: &str, known: impl IntoIterator<Item = &'a str>) -> KnownOrder<'a> {
    let readings = readings(text);
    let mut best: Option<(f32, &str)> = None;
    let mut next = f32::INFINITY;
    for number in known {
        if number.is_empty() || best.is_some_and(|(_, best)| best == number) {
            continue;
        }
        let cost = readings.iter().map(|heard| alignment(heard, number)).fold(f32::INFINITY, f32::min);
        match best {
            Some((least, _)) if cost >= least => next = next.min(cost),
            _ => {
                next = best.map_or(next, |(least, _)| least);
                best = Some((cost, number));
            }
        }
    }
    match best {
        Some((cost, number)) if cost == 0.0 && next > 0.0 => KnownOrder::Exact(number),
        Some((cost, number)) if cost <= TOLERANCE * number.len() as f32 && next - cost >= MARGIN => {
            KnownOrder::Likely(number)
        }
        _ => KnownOrder::Unclear,
    }
}

/// Something that was heard.
#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Digit(u8),
    Sound(Sound),
}

/// What was heard, in two readings: character by character, and as the numbers that its words name (`double two`, `两个零`).
fn readings(text: &str) -> [Vec<Piece>; 2] {
    let normalised = normalise(text);
    let piece = |c: char| digits::digit_of(c).map(Piece::Digit).or_else(|| Sound::of_han(c).map(Piece::Sound));
    let characters = normalised.chars().filter_map(piece).take(LONGEST).collect();
    let named = digits::all_digits(&normalised);
    [characters, named.bytes().take(LONGEST).map(|b| Piece::Digit(b - b'0')).collect()]
}

/// The least cost of hearing these pieces when the number was read. What is said around the number costs nothing unless
/// it is digits.
fn alignment(heard: &[Piece], number: &str) -> f32 {
    let digits: Vec<u8> = number.bytes().map(|b| b.wrapping_sub(b'0')).collect();
    let outside = |piece: &Piece| match piece {
        Piece::Digit(_) => ADDED_OUTSIDE,
        Piece::Sound(_) => 0.0,
    };
    let mut row = vec![0.0; heard.len() + 1];
    for (j, piece) in heard.iter().enumerate() {
        row[j + 1] = row[j] + outside(piece);
    }
    for (i, &digit) in digits.iter().enumerate() {
        let twin = i.checked_sub(1).is_some_and(|before| digits[before] == digit);
        let missed = if twin { MISSED_TWIN } else { MISSED };
        let mut below = vec![row[0] + missed; heard.len() + 1];
        for (j, piece) in heard.iter().enumerate() {
            below[j + 1] = (row[j] + misheard(digit, piece)).min(row[j + 1] + missed).min(below[j] + ADDED);
        }
        row = below;
    }
    let mut behind = 0.0;
    let mut least = row[heard.len()];
    for (j, piece) in heard.iter().enumerate().rev() {
        behind += outside(piece);
        least = least.min(row[j] + behind);
    }
    least
}

fn misheard(digit: u8, piece: &Piece) -> f32 {
    let names = digits::syllables_of(digit);
    let nearest = |sound: &Sound| names.iter().map(|name| cost(&Sound::of_syllable(name), sound)).fold(1.0, f32::min);
    match piece {
        Piece::Digit(heard) if *heard == digit => 0.0,
        // A wrong digit is never free, however alike the two sound.
        Piece::Digit(heard) => digits::syllables_of(*heard)
            .iter()
            .map(|name| nearest(&Sound::of_syllable(name)))
            .fold(1.0, f32::min)
            .max(0.5),
        Piece::Sound(sound) => nearest(sound),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found<'a>(text: &str, known: &[&'a str]) -> KnownOrder<'a> {
        known_order(text, known.iter().copied())
    }

    const MINE: [&str; 3] = ["138085", "138417", "990026"];

    #[test]
    fn what_was_heard_right_is_exact() {
        for text in [
            "一三八零八五",
            "订单号是138085。",
            "138-085",
            "one three eight zero eight five",
            "要三八零八五",
            "one three eight oh eight five",
        ] {
            assert_eq!(found(text, &MINE), KnownOrder::Exact("138085"), "{text}");
        }
        for text in ["九九零零二六", "九九两个零二六", "double nine double oh two six", "就就另另二六"]
        {
            assert_eq!(found(text, &MINE), KnownOrder::Exact("990026"), "{text}");
        }
    }

    #[test]
    fn what_was_heard_nearly_is_likely() {
        for text in ["九九零零二九", "九零零二六", "九九零零六", "九八零零二七"] {
            assert_eq!(found(text, &MINE), KnownOrder::Likely("990026"), "{text}");
        }
    }

    #[test]
    fn what_may_be_two_orders_or_none_is_unclear() {
        for text in ["一三八", "一三八零一九", "五五五五五五", "我不知道", "", "我的咖啡机坏了"]
        {
            assert_eq!(found(text, &MINE), KnownOrder::Unclear, "{text}");
        }
        assert_eq!(found("一三八零八五", &[]), KnownOrder::Unclear);
        assert_eq!(found("一三八零八五", &["", ""]), KnownOrder::Unclear);
    }

    #[test]
    fn a_list_that_holds_a_number_twice_is_no_harder() {
        assert_eq!(found("990029", &["990026", "990026"]), KnownOrder::Likely("990026"));
    }

    /// A generator that repeats (xorshift64).
    struct Dice(u64);

    impl Dice {
        fn below(&mut self, n: u64) -> u64 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0 >> 16) % n
        }

        fn number(&mut self, len: usize) -> String {
            (0..len).map(|_| char::from(b'0' + self.below(10) as u8)).collect()
        }

        /// What a transcriber makes of a number. 45 of 1000 digits are wrong, as in the blind transcripts of read telephone
        /// numbers: mostly another that sounds alike, some any, some lost; 50 are spelt as a homophone.
        fn misheard(&mut self, number: &str) -> String {
            const ALIKE: [char; 10] = ['六', '七', '八', '四', '十', '九', '九', '一', '二', '六'];
            const HOMOPHONE: [char; 10] = ['另', '要', '而', '山', '是', '无', '留', '气', '吧', '就'];
            const NAMES: [char; 10] = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
            let mut text = String::new();
            for digit in number.bytes().map(|b| usize::from(b - b'0')) {
                match self.below(1000) {
                    0..8 => {}
                    8..30 => text.push(ALIKE[digit]),
                    30..45 => text.push(NAMES[self.below(10) as usize]),
                    45..95 => text.push(HOMOPHONE[digit]),
                    _ => text.push(NAMES[digit]),
                }
            }
            text
        }
    }

    /// Callers with up to five orders, whose numbers begin alike as those of one year do; every tenth caller reads a
    /// number of that year that is not among them.
    #[test]
    fn simulated_callers_get_their_order_and_never_another() {
        for len in [6, 8, 11] {
            let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
            let (mut owners, mut right, mut mistaken, mut wrong) = (0, 0, 0, 0);
            let (mut strangers, mut likely) = (0, 0);
            for round in 0..20_000 {
                let year = dice.number(2);
                let mut orders: Vec<String> =
                    (0..=dice.below(5)).map(|_| format!("{year}{}", dice.number(len - 2))).collect();
                orders.sort();
                orders.dedup();
                let stranger = format!("{year}{}", dice.number(len - 2));
                let is_stranger = round % 10 == 0 && !orders.contains(&stranger);
                let read =
                    if is_stranger { stranger } else { orders[dice.below(orders.len() as u64) as usize].clone() };
                let heard = dice.misheard(&read);
                let found = known_order(&heard, orders.iter().map(String::as_str));
                strangers += usize::from(is_stranger);
                owners += usize::from(!is_stranger);
                match found {
                    KnownOrder::Exact(number) | KnownOrder::Likely(number) if number == read => right += 1,
                    KnownOrder::Exact(_) => wrong += 1,
                    KnownOrder::Likely(_) if is_stranger => likely += 1,
                    KnownOrder::Likely(_) => mistaken += 1,
                    KnownOrder::Unclear => {}
                }
            }
            let share = f64::from(right) / owners as f64;
            println!(
                "{len} digits: of {owners} owners {share:.4} right, {mistaken} to be asked about another; {likely} of \
                 {strangers} strangers to be asked; {wrong} wrong without a question"
            );
            assert!(share >= 0.99, "{len} digits: {share}");
            assert!(mistaken <= 3, "{len} digits: {mistaken}");
            assert_eq!(wrong, 0, "{len} digits");
        }
    }

    proptest! {
        #[test]
        fn only_known_orders_are_found(text in "\\PC{0,40}", known in prop::collection::vec("[0-9]{0,12}", 0..6)) {
            match known_order(&text, known.iter().map(String::as_str)) {
                KnownOrder::Exact(number) | KnownOrder::Likely(number) => prop_assert!(known.iter().any(|k| k == number)),
                KnownOrder::Unclear => {}
            }
        }

        #[test]
        fn a_number_that_was_read_right_is_found_whatever_stands_around_it(
            number in "[0-9]{6,12}", others in prop::collection::vec("[0-9]{6,12}", 0..5),
        ) {
            prop_assume!(others.iter().all(|other| !other.contains(&number) && !number.contains(other.as_str())));
            let known: Vec<&str> = others.iter().map(String::as_str).chain([number.as_str()]).collect();
            prop_assert_eq!(found(&format!("我的订单号是{number}，谢谢"), &known), KnownOrder::Exact(number.as_str()));
        }

        #[test]
        fn the_order_of_the_list_does_not_matter(text in "[一二三四五六七八九零]{4,12}", known in prop::collection::vec("[0-9]{6,8}", 0..5)) {
            let backwards = known_order(&text, known.iter().rev().map(String::as_str));
            prop_assert_eq!(known_order(&text, known.iter().map(String::as_str)), backwards);
        }
    }
}
