//! The agent: finds out who is asking, turns wishes into a plan, reads it out, and writes only after a yes.

use ermu_dialogue::is_plain_yes;

use super::{
    data::{Address, Db, User},
    facts,
    lexicon::Lexicon,
    pay::PayWish,
    places,
    plan::{Hitch, Obstacle, Planner, Wish, reason},
    reading::{Act, Clause, Named, clauses, named},
    tools::{Tools, Write},
    words::{any, says, words},
};

/// What the last reply asked for.
#[derive(Debug, Clone, PartialEq)]
enum Open {
    Identity,
    Nothing,
    /// A yes to these writes.
    Confirm(Vec<Write>),
    /// What to do about an obstacle.
    Obstacle(Obstacle),
    /// Handed over.
    Over,
}

pub(super) struct Agent {
    pub(super) tools: Tools,
    lexicon: Lexicon,
    open: Open,
    user: Option<String>,
    first_address: Option<Address>,
    /// Said before it was known who speaks.
    heard: Vec<String>,
    wishes: Vec<Wish>,
    pay: Option<PayWish>,
    /// Products of the last wish, for `it`.
    last_products: Vec<String>,
    /// Orders of the last obstacle, for "the whole order".
    last_orders: Vec<String>,
    /// Writes that were read out in the last reply.
    pub(super) read_out: Vec<Write>,
}

impl Agent {
    pub(super) fn new(db: Db) -> Self {
        let tools = Tools::new(db);
        Self {
            lexicon: Lexicon::new(&tools),
            tools,
            open: Open::Identity,
            user: None,
            first_address: None,
            heard: Vec::new(),
            wishes: Vec::new(),
            pay: None,
            last_products: Vec::new(),
            last_orders: Vec::new(),
            read_out: Vec::new(),
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.open == Open::Over
    }

    /// Answers what the customer said.
    pub(super) fn reply(&mut self, text: &str) -> String {
        self.read_out.clear();
        let mut notes = Vec::new();
        match std::mem::replace(&mut self.open, Open::Nothing) {
            Open::Over => {
                self.open = Open::Over;
                return String::new();
            }
            Open::Identity => {
                self.heard.push(text.to_owned());
                let Some(user) = self.identify() else {
                    self.open = Open::Identity;
                    return "To begin, may I have your email, or your name and zip code?".to_owned();
                };
                self.first_address = self.tools.get_user_details(&user).map(|user| user.address.clone());
                self.user = Some(user);
                for heard in std::mem::take(&mut self.heard) {
                    self.take_in(&heard, &mut notes);
                }
            }
            Open::Nothing => self.take_in(text, &mut notes),
            Open::Confirm(writes) => {
                if is_plain_yes(text) {
                    notes.push(self.carry_out(&writes));
                    self.wishes.clear();
                } else {
                    self.reconsider(text, &mut notes);
                }
            }
            Open::Obstacle(obstacle) => self.get_round(&obstacle, text, &mut notes),
        }
        if !self.is_over() {
            notes.push(self.go_on());
        }
        notes.retain(|note| !note.is_empty());
        notes.join(" ")
    }

    /// The customer by email, or by name and zip code, in all that was said so far.
    fn identify(&self) -> Option<String> {
        let text = self.heard.join(" ");
        let pieces = || text.split(|c: char| c.is_whitespace() || "(),;".contains(c)).map(|p| p.trim_end_matches('.'));
        let by_email = pieces().filter(|piece| piece.contains('@'));
        if let Some(user) = by_email.into_iter().find_map(|email| self.tools.find_user_id_by_email(email)) {
            return Some(user);
        }
        let is_zip = |piece: &&str| piece.len() == 5 && piece.bytes().all(|b| b.is_ascii_digit());
        // `ann_lee_1234` holds a name as well.
        let named: Vec<&str> = text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).collect();
        let pairs = || named.windows(2).map(|pair| (pair[0], pair[1]));
        pieces()
            .filter(is_zip)
            .find_map(|zip| pairs().find_map(|(first, last)| self.tools.find_user_id_by_name_zip(first, last, zip)))
    }

    fn user(&self) -> Option<&User> {
        self.tools.get_user_details(self.user.as_deref()?)
    }

    /// New wishes and questions.
    fn take_in(&mut self, text: &str, notes: &mut Vec<String>) {
        let said = words(text);
        let clauses = clauses(text);
        let acting = clauses.iter().any(|clause| !matches!(clause.act, Act::Ask | Act::Keep));
        if let Some(pay) = PayWish::read(&said) {
            self.pay = Some(pay);
        }
        for clause in &clauses {
            self.take_clause(clause, notes);
        }
        self.drop_vague();
        if !acting && clauses.is_empty() && any(&said, "human representative") {
            self.hand_over(notes);
        }
    }

    /// "I want to change the lamp and the cup. For the lamp …": what is said later holds.
    fn drop_vague(&mut self) {
        let vague =
            |wish: &Wish| wish.act == Act::Exchange && wish.named.parts.iter().all(|part| part.target.is_empty());
        let later: Vec<(usize, Vec<String>)> =
            self.wishes.iter().enumerate().filter(|(_, wish)| !vague(wish)).map(|(at, w)| (at, w.products())).collect();
        let mut at = 0;
        self.wishes.retain(|wish| {
            at += 1;
            let again = |(place, products): &(usize, Vec<String>)| {
                *place >= at && products.iter().any(|product| wish.products().contains(product))
            };
            !(vague(wish) && later.iter().any(again))
        });
    }

    fn take_clause(&mut self, clause: &Clause, notes: &mut Vec<String>) {
        match clause.act {
            Act::Ask => {
                if let Some(user) = self.user()
                    && let Some(fact) = facts::answer(clause, &self.tools, user, &self.lexicon, &self.last_products)
                {
                    notes.push(fact);
                }
                let mentions = self.lexicon.mentions(&clause.said);
                if let Some(mention) = mentions.last() {
                    self.last_products.clone_from(&mention.products);
                }
            }
            Act::Person | Act::Undo => self.hand_over(notes),
            Act::Keep => {}
            Act::Cancel | Act::Return | Act::CancelOrReturn | Act::Exchange | Act::Address => {
                let wishes = self.wishes_of(clause);
                self.wishes.extend(wishes);
            }
        }
    }

    fn hand_over(&mut self, notes: &mut Vec<String>) {
        if self.wishes.is_empty() {
            self.tools.transfer_to_human_agents();
            self.open = Open::Over;
            notes.push("You are being transferred to a human agent. Please hold on.".to_owned());
        }
    }

    /// The wishes of a clause: one for each article, so that each can fail by itself.
    fn wishes_of(&mut self, clause: &Clause) -> Vec<Wish> {
        let mut named = named(clause, &self.lexicon);
        let whole_order = any(&clause.said, "whole entire");
        let pronoun = clause.said.get(clause.verb + 1..).is_some_and(|rest| {
            any(&rest[..rest.len().min(3)], "it them that") || rest.is_empty() || any(rest, "1 instead")
        });
        if named.parts.is_empty() && pronoun && !whole_order && !self.last_products.is_empty() {
            let target = clause.said[clause.verb..].to_vec();
            let part = super::reading::Part {
                products: self.last_products.clone(),
                source: target.clone(),
                target,
                every: false,
            };
            named.parts.push(part);
        }
        if let Some(part) = named.parts.last()
            && !part.products.is_empty()
        {
            self.last_products.clone_from(&part.products);
        }
        let wish = Wish {
            act: clause.act,
            siblings: named.parts.iter().flat_map(|part| part.products.clone()).collect(),
            named: Named::default(),
            said: clause.said.clone(),
            text: clause.text.clone(),
            pay: PayWish::read(&clause.said),
            orders: Vec::new(),
            later: Vec::new(),
            reason: None,
            address: None,
            asked_which: false,
            without: Vec::new(),
            takes_closest: false,
        };
        if matches!(clause.act, Act::Return | Act::Exchange) {
            let Named { parts, excepted, beside } = named;
            let one = |part| {
                let named = Named { parts: vec![part], excepted: excepted.clone(), beside: beside.clone() };
                Wish { named, ..wish.clone() }
            };
            parts.into_iter().map(one).collect()
        } else {
            vec![Wish { named, ..wish }]
        }
    }

    /// Plans what is open, and reads it out or asks.
    fn go_on(&mut self) -> String {
        const ELSE: &str = "Is there anything else I can do for you?";
        let (Some(user), Some(first_address)) = (self.user(), &self.first_address) else { return String::new() };
        if self.wishes.is_empty() {
            return ELSE.to_owned();
        }
        let planner =
            Planner { tools: &self.tools, lexicon: &self.lexicon, user, pay: self.pay.as_ref(), first_address };
        match planner.plan(&self.wishes) {
            Ok(writes) if writes.is_empty() => {
                self.wishes.clear();
                ELSE.to_owned()
            }
            Ok(writes) => {
                let lines: Vec<String> = writes.iter().map(|write| facts::read_out(write, &self.tools, user)).collect();
                self.read_out.clone_from(&writes);
                self.open = Open::Confirm(writes);
                format!("Let me confirm: {}. Shall I go ahead (yes or no)?", lines.join(". "))
            }
            Err(obstacle) => {
                let text = match obstacle.kind {
                    Hitch::Impossible => {
                        format!("I am sorry: {}. What would you like instead?", obstacle.text)
                    }
                    Hitch::Which => format!("I see that {}. Which one do you mean?", obstacle.text),
                    Hitch::Reason => "May I know the reason: no longer needed, or ordered by mistake?".to_owned(),
                    Hitch::Address => "What is the new address?".to_owned(),
                };
                if obstacle.kind == Hitch::Impossible {
                    self.last_orders.clone_from(&obstacle.orders);
                }
                self.open = Open::Obstacle(obstacle);
                text
            }
        }
    }

    fn carry_out(&mut self, writes: &[Write]) -> String {
        let mut done = Vec::new();
        for write in writes {
            let before = self.tools.clone();
            match self.tools.write(write) {
                Ok(()) => done.push(facts::done(write, &before, &self.tools)),
                Err(error) => done.push(format!("One thing was not possible: {error}.")),
            }
        }
        if let Some(user) = self.user() {
            done.push(facts::sum(&self.tools, user));
        }
        done.join(" ")
    }

    /// Something other than yes to what was read out.
    fn reconsider(&mut self, text: &str, notes: &mut Vec<String>) {
        let said = words(text);
        let clauses = clauses(text);
        if let Some(pay) = PayWish::read(&said) {
            self.wishes.iter_mut().for_each(|wish| wish.pay = None);
            self.pay = Some(pay);
        }
        let only = any(&said, "only");
        let instead = any(&said, "mind instead") && !any(&said, "also");
        let mut fresh = Vec::new();
        for clause in clauses.iter().filter(|clause| clause.act != Act::Keep) {
            let before = self.last_products.clone();
            if matches!(clause.act, Act::Ask | Act::Person | Act::Undo) {
                self.take_clause(clause, notes);
                continue;
            }
            for mut wish in self.wishes_of(clause) {
                let same: Vec<&Wish> = self.wishes.iter().filter(|old| old.act == wish.act).collect();
                let of_same =
                    |wish: &Wish, old: &Wish| wish.products().iter().any(|product| old.products().contains(product));
                if only && same.iter().any(|old| of_same(&wish, old)) {
                    self.wishes.retain(|old| old.act != wish.act || of_same(&wish, old));
                    continue;
                }
                if instead && !same.is_empty() {
                    if wish.named.parts.is_empty() {
                        wish.named.parts.clone_from(&same[0].named.parts);
                        for part in &mut wish.named.parts {
                            part.source.clone_from(&wish.said);
                            part.products.clone_from(&before);
                        }
                    }
                    self.wishes.retain(|old| old.act != wish.act);
                }
                fresh.push(wish);
            }
        }
        let keeps = clauses.iter().any(|clause| clause.act == Act::Keep);
        if (keeps || (fresh.is_empty() && clauses.is_empty() && any(&said, "no not don't")))
            && PayWish::read(&said).is_none()
        {
            self.wishes.clear();
            notes.push("All right, I change nothing.".to_owned());
        }
        self.wishes.extend(fresh);
    }

    /// What was said about something that stood in the way.
    fn get_round(&mut self, obstacle: &Obstacle, text: &str, notes: &mut Vec<String>) {
        let said = words(text);
        let clauses = clauses(text);
        let Some(wish) = self.wishes.get_mut(obstacle.wish) else { return };
        match obstacle.kind {
            Hitch::Reason => {
                wish.reason = Some(reason(&said).unwrap_or("no longer needed"));
                return;
            }
            Hitch::Address => match places::written(text) {
                Some(address) => wish.address = Some(address),
                None => {
                    self.wishes.remove(obstacle.wish);
                    notes.push("Then I leave the address as it is.".to_owned());
                }
            },
            Hitch::Which => {
                wish.asked_which = true;
                wish.said.extend(said.iter().cloned());
                for part in &mut wish.named.parts {
                    part.source.extend(said.iter().cloned());
                    part.every |= any(&said, "all both 2 every");
                }
                return;
            }
            Hitch::Impossible => {}
        }
        if obstacle.kind != Hitch::Impossible {
            return;
        }
        if let Some(pay) = PayWish::read(&said) {
            self.wishes.iter_mut().for_each(|wish| wish.pay = None);
            self.pay = Some(pay);
            if clauses.iter().all(|clause| matches!(clause.act, Act::Return | Act::Ask))
                && !any(&said, "everything all")
            {
                return;
            }
        }
        let failed = self.wishes.remove(obstacle.wish);
        let acting: Vec<&Clause> = clauses.iter().filter(|clause| clause.act != Act::Keep).collect();
        if acting.is_empty() {
            // More about the article that is wanted, or nothing.
            let leaves = clauses.iter().any(|clause| clause.act == Act::Keep) || any(&said, "never nothing");
            let several = failed.named.parts.iter().any(|part| part.products.is_empty());
            if leaves && failed.act == Act::Exchange && several && !obstacle.orders.is_empty() {
                let mut failed = failed;
                failed.without.extend(obstacle.orders.iter().cloned());
                self.wishes.insert(obstacle.wish, failed);
            } else if !leaves && failed.act == Act::Exchange && failed.later.len() < 3 {
                let mut failed = failed;
                failed.later.push(said);
                failed.takes_closest = true;
                self.wishes.insert(obstacle.wish, failed);
            } else if any(&said, "human representative person") {
                self.wishes.clear();
                self.hand_over(notes);
            } else {
                notes.push("All right.".to_owned());
            }
            return;
        }
        if any(&said, "human representative") {
            self.wishes.clear();
            self.hand_over(notes);
            return;
        }
        let only = any(&said, "only");
        if let Some(part) = failed.named.parts.last()
            && !part.products.is_empty()
        {
            self.last_products.clone_from(&part.products);
        }
        for clause in acting {
            if matches!(clause.act, Act::Ask | Act::Undo | Act::Person) {
                self.take_clause(clause, notes);
                continue;
            }
            let mut wishes = self.wishes_of(clause);
            if wishes.is_empty() {
                wishes.push(Wish {
                    act: clause.act,
                    said: clause.said.clone(),
                    text: clause.text.clone(),
                    ..failed.clone()
                });
            }
            for mut wish in wishes {
                let known = |old: &&Wish| old.act == wish.act && old.siblings.iter().any(|p| wish.siblings.contains(p));
                if only && self.wishes.iter().any(|old| known(&old)) {
                    continue;
                }
                let whole =
                    any(&wish.said, "whole entire") || says(&wish.said, "the order") || wish.named.parts.is_empty();
                if whole && wish.act == Act::Cancel {
                    wish.orders.clone_from(&self.last_orders);
                    wish.named.parts.clear();
                    wish.said.push("whole".to_owned());
                    // Cancelled as a whole: nothing else is to be done to these orders one by one.
                    let orders = &self.last_orders;
                    self.wishes.retain(|old| old.act != Act::Cancel || !old.orders.iter().any(|o| orders.contains(o)));
                } else if wish.named.parts.is_empty() {
                    wish.named.clone_from(&failed.named);
                }
                if says(&said, "that order") || says(&said, "this order") {
                    wish.orders.clone_from(&self.last_orders);
                }
                self.wishes.push(wish);
            }
        }
    }
}
