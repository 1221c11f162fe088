//! The customer: says what the instructions of a task say, in the first person, and holds back what they tie to a
//! question, a refusal or the end of the talk. Knows nothing of the solution.

use super::{
    data::Instructions,
    words::{any, says, sentences, words},
};

/// What a held-back sentence waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cue {
    /// A read-out that wants a yes.
    Confirm,
    Which,
    Order,
    Reason,
    Payment,
    /// Something is not possible.
    Refused,
    /// Nothing else is open.
    Done,
}

/// What a reply asks for; the sign that stands last counts.
const SIGNS: [(Asked, &str); 8] = [
    (Asked::Identity, "your email"),
    (Asked::Cue(Cue::Confirm), "(yes or no)"),
    (Asked::Cue(Cue::Which), "Which one"),
    (Asked::Cue(Cue::Order), "order number"),
    (Asked::Cue(Cue::Reason), "the reason"),
    (Asked::Address, "new address"),
    (Asked::Cue(Cue::Refused), "like instead"),
    (Asked::Cue(Cue::Done), "anything else"),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Identity,
    Address,
    Cue(Cue),
}

#[derive(Debug)]
pub(super) struct Customer {
    opening: String,
    known: String,
    held: Vec<(Cue, String)>,
}

/// Something that the customer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Turn {
    pub(super) text: String,
    /// Whether it is a yes to what was read out.
    pub(super) consents: bool,
    pub(super) ends: bool,
}

impl Customer {
    pub(super) fn new(instructions: &Instructions) -> Self {
        let mut customer = Self {
            opening: String::new(),
            known: in_first_person(instructions.known_info.as_deref().unwrap_or_default()),
            held: Vec::new(),
        };
        let mut open = Vec::new();
        for sentence in phrases(&instructions.reason_for_call) {
            match Self::condition(&sentence) {
                Some(held) => customer.held.push(held),
                None if is_stage_direction(&sentence) => {}
                None => open.push(in_first_person(&sentence)),
            }
        }
        // Of the persona only what is tied to a moment of the talk is said.
        for sentence in phrases(&instructions.task_instructions) {
            customer.held.extend(Self::condition(&sentence));
        }
        customer.opening = open.join(". ");
        customer
    }

    /// The first words.
    pub(super) fn open(&self) -> Turn {
        turn(format!("Hello. {}.", self.opening))
    }

    /// What the customer says to a reply.
    pub(super) fn answer(&mut self, reply: &str) -> Turn {
        let places = SIGNS.iter().filter_map(|(asked, sign)| Some((reply.rfind(sign)?, *asked)));
        let asked = places.max_by_key(|(place, _)| *place).map(|(_, asked)| asked);
        match asked {
            Some(Asked::Identity) => turn(self.known.clone()),
            Some(Asked::Address) => turn(format!("My address: {}", self.known)),
            Some(Asked::Cue(cue)) => match self.held.iter().position(|(held, _)| *held == cue) {
                Some(at) => turn(self.held.remove(at).1),
                None => Self::plain(cue, reply),
            },
            None => turn("Sorry, I do not understand.".to_owned()),
        }
    }

    /// An answer where the instructions hold none.
    fn plain(cue: Cue, reply: &str) -> Turn {
        match cue {
            Cue::Confirm => Turn { consents: true, ..turn("Yes, please.".to_owned()) },
            Cue::Which => turn("I am not sure, what do you have?".to_owned()),
            Cue::Order => turn("I don't remember the order number.".to_owned()),
            Cue::Reason => turn("It is no longer needed.".to_owned()),
            Cue::Payment => turn("The original payment method.".to_owned()),
            Cue::Refused if reply.contains("the closest") => turn("Then I take the closest one.".to_owned()),
            Cue::Refused => turn("Then leave that.".to_owned()),
            Cue::Done => Turn { ends: true, ..turn("No, that is all. Thank you, goodbye.".to_owned()) },
        }
    }

    /// A sentence that begins with a condition, by what it waits for.
    fn condition(sentence: &str) -> Option<(Cue, String)> {
        let lower = sentence.to_lowercase();
        let start = ["if ", "when ", "once ", "after ", "at the end", "but if ", "but when "];
        if !start.iter().any(|start| lower.starts_with(start)) {
            return None;
        }
        let cut = consequence(&lower)?;
        let condition = words(&lower[..cut]);
        let asks = any(&condition, "ask asked double");
        let cue = if any(&condition, "confirm confirmation confirmed") && lower.starts_with("once") {
            Cue::Done
        } else if any(&condition, "confirm confirmation") {
            Cue::Confirm
        } else if asks && any(&condition, "which") {
            Cue::Which
        } else if asks && any(&condition, "reason") {
            Cue::Reason
        } else if asks && any(&condition, "payment") {
            Cue::Payment
        } else if asks && any(&condition, "order double") {
            Cue::Order
        } else if refuses(&condition) {
            Cue::Refused
        } else if any(&condition, "once after end") {
            Cue::Done
        } else {
            return None;
        };
        let rest = sentence.get(cut..)?.trim_start_matches([',', ' ']);
        Some((cue, in_first_person(instruction(rest))))
    }
}

fn turn(text: String) -> Turn {
    Turn { text, consents: false, ends: false }
}

/// Whether a condition speaks of something that cannot be had.
fn refuses(condition: &[String]) -> bool {
    let not = any(condition, "not no cannot can't doesn't won't isn't unable");
    let had = any(condition, "possible available cannot can't allow help there exact work doesn't way return canceled");
    (not && (had || condition.len() <= 2)) || any(condition, "issue unable") || says(condition, "can only")
}

/// Where the consequence of a conditional sentence begins: behind a comma, before somebody doing something.
fn consequence(lower: &str) -> Option<usize> {
    const HEADS: &str = "you you'd i tell say ask only just then mention provide cancel return get using carry please no see \
        it do change using";
    let commas: Vec<usize> = lower.match_indices(',').map(|(at, _)| at).collect();
    let before_somebody = |at: &&usize| {
        let first = lower[**at + 1..].split_whitespace().next().unwrap_or_default();
        HEADS.split_whitespace().any(|head| head == first)
    };
    let by_comma = commas.iter().find(before_somebody).or_else(|| commas.last()).copied();
    by_comma.or_else(|| [" just ", " then "].iter().find_map(|word| lower.find(word)))
}

/// Sentences, cut once more before a condition inside them.
fn phrases(text: &str) -> Vec<String> {
    let text = without_asides(text);
    let mut phrases = Vec::new();
    for sentence in sentences(&text) {
        let mut rest = sentence.as_str();
        while let Some(at) =
            [", but if ", ", but when ", " but if ", ", and if "].iter().filter_map(|cut| rest.find(cut)).min()
        {
            phrases.push(rest[..at].to_owned());
            let tail = rest[at..].trim_start_matches([',', ' ']);
            rest = tail.trim_start_matches("but ").trim_start_matches("and ");
        }
        phrases.push(rest.to_owned());
    }
    phrases
}

/// Without what stands in brackets only for the actor: `(do not reveal it)`.
fn without_asides(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once('(') {
        out.push_str(before.trim_end());
        let Some((aside, tail)) = tail.split_once(')') else {
            rest = tail;
            break;
        };
        let lower = aside.to_lowercase();
        if lower.contains("share this") {
            out.push(SECRET);
        } else if !["reveal", "mention", "agent"].iter().any(|word| lower.contains(word)) {
            let own_sentence = lower.starts_with("if ") || lower.starts_with("you ");
            out.push_str(if own_sentence { ". " } else { ", " });
            out.push_str(aside);
            out.push_str(if own_sentence { ". " } else { " " });
        }
        rest = tail;
    }
    out + rest
}

/// Stands in sentences that are not to be said at all.
const SECRET: char = '\u{2}';

/// Sentences that tell the actor how to act, not what to say.
fn is_stage_direction(sentence: &str) -> bool {
    let lower = sentence.to_lowercase();
    let condition = lower.starts_with("if ").then(|| lower.split(',').next().unwrap_or_default());
    if lower.contains(SECRET) || condition.is_some_and(|condition| condition.contains("agent")) {
        return true;
    }
    ["do not", "make sure", "be ", "don't", "you do not want to reveal", "you're in a rush"]
        .iter()
        .any(|start| lower.starts_with(start))
        && !lower.contains("undo")
}

/// `say that you …`, `tell the agent to …`: what is to be said.
fn instruction(text: &str) -> &str {
    const HEADS: [&str; 10] = [
        "then ",
        "say that ",
        "say ",
        "mention that ",
        "mention ",
        "you say that ",
        "you say ",
        "tell the agent to ",
        "tell the agent ",
        "tell it to ",
    ];
    let mut text = text.trim();
    while let Some(rest) = HEADS.iter().find_map(|head| text.strip_prefix(head)) {
        text = rest.trim();
    }
    text
}

/// `You want your order` → `I want my order`.
fn in_first_person(text: &str) -> String {
    const PAIRS: [(&str, &str); 12] = [
        ("you", "I"),
        ("your", "my"),
        ("yours", "mine"),
        ("yourself", "myself"),
        ("you'd", "I'd"),
        ("you've", "I've"),
        ("you're", "I'm"),
        ("you'll", "I'll"),
        ("are", "am"),
        ("agent", "agent"),
        ("you’re", "I'm"),
        ("you’ve", "I've"),
    ];
    let text = text.replace("the agent", "\u{1}").replace("The agent", "\u{1}");
    let mut out = String::new();
    let mut after_i = false;
    for piece in text.split_inclusive(|c: char| !(c.is_alphanumeric() || c == '\'' || c == '’')) {
        let word = piece.trim_end_matches(|c: char| !(c.is_alphanumeric() || c == '\'' || c == '’'));
        let lower = word.to_lowercase();
        let swapped = PAIRS.iter().find(|(from, _)| *from == lower).map(|(_, to)| *to);
        match swapped {
            Some("am") if !after_i => out.push_str(word),
            Some(swapped) => out.push_str(swapped),
            None => out.push_str(word),
        }
        after_i = lower == "you";
        out.push_str(&piece[word.len()..]);
    }
    out.replace('\u{1}', "you")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn customer(reason: &str) -> Customer {
        Customer::new(&Instructions {
            task_instructions: "You are brief. If asked for the reason, say you ordered it by mistake.".to_owned(),
            reason_for_call: reason.to_owned(),
            known_info: Some("You are Ann Lee in zip code 10001.".to_owned()),
        })
    }

    #[test]
    fn wishes_are_said_and_conditions_wait() {
        let mut customer = customer(
            "You want to exchange your lamp (do not mention why) for a black one. If the agent asks for confirmation, only \
             return the cup. If that is not possible, you'd rather keep it.",
        );
        assert_eq!(customer.open().text, "Hello. I want to exchange my lamp for a black one.");
        assert_eq!(customer.answer("May I have your email?").text, "I am Ann Lee in zip code 10001.");
        assert_eq!(customer.answer("Go ahead (yes or no)?").text, "only return the cup");
        assert!(customer.answer("Go ahead (yes or no)?").consents);
        assert_eq!(customer.answer("What would you like instead?").text, "I'd rather keep it");
        assert_eq!(customer.answer("What is the reason?").text, "I ordered it by mistake");
        assert!(customer.answer("Can I do anything else?").ends);
    }
}
