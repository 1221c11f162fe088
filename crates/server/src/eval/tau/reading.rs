//! What a customer asks for: clauses by their verb, and in each the articles that it names.

use super::{
    lexicon::{Lexicon, Mention},
    words::{any, says, sentences, words},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    Cancel,
    Return,
    /// Whichever the state of the order allows.
    CancelOrReturn,
    /// To exchange what has come, or to modify what has not.
    Exchange,
    Address,
    /// To undo what was done before.
    Undo,
    Person,
    /// To leave things as they are.
    Keep,
    Ask,
}

/// A clause: a verb with all that belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Clause {
    pub(super) act: Act,
    pub(super) said: Vec<String>,
    /// Where the verb stands.
    pub(super) verb: usize,
    /// The sentence as it was written.
    pub(super) text: String,
}

/// An article, or all of them, as a clause names it.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Part {
    /// Products that the name may mean; none for everything.
    pub(super) products: Vec<String>,
    /// What is said of the article that there is.
    pub(super) source: Vec<String>,
    /// What is said of the article that is wanted instead.
    pub(super) target: Vec<String>,
    /// All articles of the kind.
    pub(super) every: bool,
}

/// What a clause names.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Named {
    pub(super) parts: Vec<Part>,
    /// Products that are left out: `except the lamp`.
    pub(super) excepted: Vec<String>,
    /// Products that stand in the same order: `with the lamp`.
    pub(super) beside: Vec<String>,
}

/// Cuts what was said into clauses; sentences without a verb of their own belong to the clause before them.
pub(super) fn clauses(text: &str) -> Vec<Clause> {
    let mut clauses: Vec<Clause> = Vec::new();
    let mut before = Vec::new();
    for sentence in sentences(text) {
        let said = words(&sentence);
        let verbs = verbs(&said);
        let Some((first, _)) = verbs.first() else {
            match clauses.last_mut() {
                Some(last) => {
                    last.said.extend(said);
                    last.text = format!("{}. {sentence}", last.text);
                }
                None => before.extend(said),
            }
            continue;
        };
        let first = *first;
        for (number, (at, act)) in verbs.iter().enumerate() {
            let end = verbs.get(number + 1).map_or(said.len(), |(next, _)| *next);
            let start = if *at == first { 0 } else { *at };
            let mut words = std::mem::take(&mut before);
            let verb = words.len() + at - start;
            words.extend_from_slice(&said[start..end]);
            let about_address = any(&words, "address");
            let act = if *act == Act::Exchange && about_address { Act::Address } else { *act };
            clauses.push(Clause { act, said: words, verb, text: sentence.clone() });
        }
    }
    clauses
}

/// The verbs of a sentence that ask for something, with their places.
fn verbs(said: &[String]) -> Vec<(usize, Act)> {
    let mut verbs: Vec<(usize, Act)> = Vec::new();
    let has_address = any(said, "address");
    for at in 0..said.len() {
        let before = &said[at.saturating_sub(4)..at];
        let next = said.get(at + 1).map_or("", String::as_str);
        let asked = |verbs: &[(usize, Act)]| verbs.last().is_some_and(|(_, act)| *act == Act::Ask);
        let none = verbs.is_empty();
        let act = match said[at].as_str() {
            "undo" => Act::Undo,
            "human" | "representative" => Act::Person,
            "cancel" | "canceling" | "cancelling" | "remove" if next == "or" => Act::CancelOrReturn,
            "cancel" | "canceling" | "cancelling" | "remove" => Act::Cancel,
            "canceled" | "cancelled" if next != "order" => Act::Cancel,
            "cancellation" | "cancelation" if any(before, "no") => Act::Keep,
            "need" if any(before, "longer") => Act::Cancel,
            "return" | "returning" | "returned" => Act::Return,
            "refund" if none && !any(said, "card paypal payment giftcard gift-card") => Act::Return,
            "exchange" | "exchanged" | "exchanging" | "modify" | "modifying" | "change" | "changing" | "switch"
            | "swap" | "replace" | "upgrade" | "adjust"
                if !(any(said.get(at + 1..said.len().min(at + 3)).unwrap_or_default(), "mind")
                    || (said[at] == "change" && any(before, "address these"))) =>
            {
                Act::Exchange
            }
            "correct" | "update" if has_address => Act::Address,
            "regret" | "forget" | "leave" => Act::Keep,
            "keep" if matches!(next, "it" | "that" | "them") => Act::Keep,
            "know" | "wonder" | "tell" | "how" | "what" | "check" | "inquire" | "ask" | "price" if !asked(&verbs) => {
                Act::Ask
            }
            _ => continue,
        };
        let last = verbs.last().map(|(_, act)| *act);
        if last == Some(act) && act != Act::Exchange && before.last().is_some_and(|word| word == "or") {
            continue;
        }
        // `cancel or return`, `exchange or return`: one wish.
        if before.last().is_some_and(|word| word == "or")
            && matches!(last, Some(Act::CancelOrReturn | Act::Exchange))
            && verbs.last().is_some_and(|(verb, _)| verb + 2 == at)
        {
            continue;
        }
        let negated = any(before, "not don't never") && !any(before, "if care");
        if act != Act::Ask && (negated || any(before, "considering")) {
            continue;
        }
        let act = if act == Act::Return && any(&said[at.saturating_sub(8)..at], "whether") { Act::Ask } else { act };
        if act == Act::Ask && asked(&verbs) {
            continue;
        }
        if verbs.iter().any(|(_, act)| *act == Act::Undo) {
            continue;
        }
        verbs.push((at, act));
    }
    // `I regret and want to keep it` is one.
    verbs.dedup_by(|b, a| a.1 == Act::Keep && b.1 == Act::Keep);
    verbs
}

/// The articles that a clause names.
pub(super) fn named(clause: &Clause, lexicon: &Lexicon) -> Named {
    let said = &clause.said;
    let mut named = Named::default();
    let mut leaving_out = false;
    let mut direct: Vec<Mention> = Vec::new();
    for mention in lexicon.mentions(said) {
        let before = &said[mention.at.saturating_sub(3)..mention.at];
        let far = &said[mention.at.saturating_sub(6)..mention.at];
        leaving_out |= any(far, "except besides excluding") || (any(far, "but") && any(before, "not"));
        let beside = clause.act != Act::Exchange && any(before, "with");
        let contrast = says(before, "instead of") || any(before, "than");
        if leaving_out {
            named.excepted.extend(mention.products);
        } else if beside {
            named.beside.extend(mention.products);
        } else if !contrast {
            direct.push(mention);
        }
    }
    named.parts = if clause.act == Act::Exchange { exchanged(clause, &direct) } else { plain(said, &direct) };
    let before = &said[..direct.first().map_or(said.len(), |mention| mention.at)];
    let all_items = ["all my item", "all item", "all of my item"].iter().any(|all| says(before, all));
    if all_items && clause.act == Act::Exchange {
        named.parts.clear();
    }
    let all = any(said, "everything") || (any(said, "all both every") && any(said, "item thing order 1"));
    if named.parts.is_empty() && all {
        let target = if clause.act == Act::Exchange { said.clone() } else { Vec::new() };
        named.parts.push(Part { products: Vec::new(), source: said.clone(), target, every: true });
    }
    named
}

/// Each article with the words around it.
fn plain(said: &[String], mentions: &[Mention]) -> Vec<Part> {
    let part = |(number, mention): (usize, &Mention)| {
        let from = number.checked_sub(1).map_or(0, |last| mentions[last].at + mentions[last].length);
        let to = mentions.get(number + 1).map_or(said.len(), |next| next.at);
        Part {
            products: mention.products.clone(),
            source: said[from..to].to_vec(),
            target: Vec::new(),
            every: is_every(&said[from..mention.at]),
        }
    };
    mentions.iter().enumerate().map(part).collect()
}

fn is_every(before: &[String]) -> bool {
    let near = &before[before.len().saturating_sub(6)..];
    any(near, "all both every 2 any")
}

/// Each article with what is said of it, and of what is wanted for it.
fn exchanged(clause: &Clause, mentions: &[Mention]) -> Vec<Part> {
    let said = &clause.said;
    let mut parts: Vec<(Part, Option<usize>)> = Vec::new();
    let mut last_end = 0;
    for (number, mention) in mentions.iter().enumerate() {
        let end = mention.at + mention.length;
        let between = &said[last_end..mention.at];
        let again = parts.last().is_some_and(|(part, _)| part.products.iter().any(|p| mention.products.contains(p)));
        if again && !any(between, "another") {
            last_end = last_end.max(end);
            continue;
        }
        let next =
            mentions[number + 1..].iter().find(|next| !next.products.iter().any(|p| mention.products.contains(p)));
        let another = mentions[number + 1..].iter().find(|next| any(&said[end..next.at], "another"));
        let next = [next, another].into_iter().flatten().map(|next| next.at).min();
        // What describes the next article begins behind the last `and`.
        let border = |from: usize, to: usize| {
            let is_border = |word: &String| matches!(word.as_str(), "and" | "also");
            said[from..to].iter().rposition(is_border).map_or(to.saturating_sub(3).max(from), |at| from + at)
        };
        let from = if parts.is_empty() { 0 } else { border(last_end, mention.at) };
        let to = next.map_or(said.len(), |next| border(end, next));
        let rest = &said[end..to];
        let cut = if clause.verb >= end && clause.verb < to {
            Some(clause.verb + 1 - end)
        } else {
            let separator = |list: &str| rest.iter().position(|word| list.split(' ').any(|listed| listed == word));
            separator("to for into").or_else(|| separator("with but"))
        };
        let (after, target) = rest.split_at(cut.unwrap_or(0));
        let source = [&said[from..mention.at], after].concat();
        let every = is_every(&said[from..mention.at]);
        let part = Part { products: mention.products.clone(), source, target: target.to_vec(), every };
        parts.push((part, next));
        last_end = end;
    }
    parts.into_iter().map(|(part, _)| part).collect()
}

/// Order numbers in a text, digits only.
pub(super) fn order_numbers(said: &[String]) -> Vec<String> {
    let digits = |word: &String| word.trim_start_matches(['#', 'w']).to_owned();
    said.iter().map(digits).filter(|digits| digits.len() == 7 && digits.bytes().all(|b| b.is_ascii_digit())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_cut_a_text_into_wishes() {
        let acts = |text: &str| clauses(text).iter().map(|clause| clause.act).collect::<Vec<_>>();
        assert_eq!(acts("I want to cancel my order and return the lamp"), [Act::Cancel, Act::Return]);
        assert_eq!(acts("I want to cancel or return everything"), [Act::CancelOrReturn]);
        assert_eq!(acts("Please modify the address of my order"), [Act::Address]);
        assert_eq!(acts("I do not want to cancel any orders"), []);
        assert_eq!(acts("I want to know how many lamps you have. Then exchange mine"), [Act::Ask, Act::Exchange]);
        assert_eq!(acts("I regret and want to keep it"), [Act::Keep]);
    }

    #[test]
    fn order_numbers_in_any_spelling() {
        assert_eq!(order_numbers(&words("#W1112223, W1234567 and 7654321")), ["1112223", "1234567", "7654321"]);
    }
}
