//! Ermu's side of turn-taking: what is being said, and how much of it was heard.

use std::ops::Range;

use ermu_domain::{EffectId, Language, PromiseHeard, TimeSpan};

use crate::{
    Clause, Effect, Notice, Speaker,
    line::Line,
    wording::{Position, split},
};

/// A part of a reply whose hearing matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// The remedy that is proposed: a yes counts only if this was heard.
    Proposal,
    /// The promise of the ticket with this key.
    Promise(u32),
}

/// A reply in the making: everything that is said in one go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reply {
    clauses: Vec<Clause>,
    marks: Vec<(Mark, Range<usize>)>,
    ends_call: bool,
}

impl Reply {
    pub(crate) const fn is_empty(&self) -> bool {
        self.clauses.is_empty()
    }

    /// Appends sentences; returns the clauses that they became.
    pub(crate) fn push(&mut self, text: &str, language: Language) -> Range<usize> {
        let start = self.clauses.len();
        let position = if start == 0 { Position::First } else { Position::Later };
        self.clauses.extend(split(text, position).into_iter().map(|text| Clause { text, language }));
        start..self.clauses.len()
    }

    /// Appends sentences whose hearing matters.
    pub(crate) fn push_marked(&mut self, text: &str, language: Language, mark: Mark) {
        let mut range = self.push(text, language);
        // A proposal ends with the question; who answers into the question has heard the proposal.
        if mark == Mark::Proposal && range.len() > 1 {
            range.end -= 1;
        }
        self.marks.push((mark, range));
    }

    /// Hang up once this was said.
    pub(crate) const fn end_call(&mut self) {
        self.ends_call = true;
    }

    /// The words as they are written.
    fn text(&self) -> String {
        let mut text = String::new();
        for clause in &self.clauses {
            if clause.language != Language::Chinese && !text.is_empty() {
                text.push(' ');
            }
            text.push_str(&clause.text);
        }
        text
    }

    /// What is left after the first `heard` clauses.
    fn rest(mut self, heard: usize) -> Self {
        let heard = heard.min(self.clauses.len());
        self.clauses.drain(..heard);
        self.marks.retain(|(_, range)| range.end > heard);
        for (_, range) in &mut self.marks {
            *range = range.start.saturating_sub(heard)..range.end - heard;
        }
        self
    }

    fn append(&mut self, other: Self) {
        let shift = self.clauses.len();
        self.clauses.extend(other.clauses);
        self.marks.extend(other.marks.into_iter().map(|(mark, range)| (mark, range.start + shift..range.end + shift)));
        self.ends_call |= other.ends_call;
    }
}

/// What is being said, and what an interruption left unsaid.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mouth {
    open: Vec<Saying>,
    interrupted: Reply,
    resume: bool,
    /// The event at which something was last said.
    said_at: u64,
    /// The call is over: nothing is said any more.
    closed: bool,
    /// The last whole reply, for a caller who asks to hear it again.
    last: Reply,
}

#[derive(Debug, Clone)]
struct Saying {
    id: EffectId,
    reply: Reply,
    stopped: bool,
}

/// What the end of a `Say` means.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Spoken {
    pub(crate) marks: Vec<(Mark, PromiseHeard)>,
    pub(crate) ends_call: bool,
}

impl Mouth {
    /// Whether anything sounds or is about to.
    pub(crate) fn is_speaking(&self) -> bool {
        self.open.iter().any(|saying| !saying.stopped)
    }

    /// Says a reply after what is being said; nothing if it is empty.
    pub(crate) fn say(&mut self, reply: Reply, line: &mut Line) {
        if reply.is_empty() {
            return;
        }
        self.said_at = line.event;
        if self.closed {
            return;
        }
        let id = line.next_id();
        line.send(Effect::Say { id, clauses: reply.clauses.clone() });
        let span = TimeSpan { start: line.now, end: line.now };
        line.show(Notice::Caption { speaker: Speaker::Agent, text: reply.text(), span, emotion: None });
        self.last = Reply { marks: Vec::new(), ends_call: false, ..reply.clone() };
        self.open.push(Saying { id, reply, stopped: false });
    }

    /// The event at which something was last said: what came in before is no answer to it.
    pub(crate) const fn said_at(&self) -> u64 {
        self.said_at
    }

    /// From now on nothing is said.
    pub(crate) const fn close(&mut self) {
        self.closed = true;
    }

    /// Stops whatever sounds.
    pub(crate) fn stop(&mut self, line: &mut Line) {
        if self.is_speaking() {
            line.send(Effect::StopSpeaking);
            self.open.iter_mut().for_each(|saying| saying.stopped = true);
        }
    }

    /// The interruption meant nothing: say the rest after all.
    pub(crate) fn resume(&mut self, line: &mut Line) {
        self.resume = true;
        self.resume_if_all_ended(line);
    }

    /// The interruption was words: what was not said is stale.
    pub(crate) fn forget_interrupted(&mut self) {
        self.interrupted = Reply::default();
        self.resume = false;
        for saying in self.open.iter_mut().filter(|saying| saying.stopped) {
            // Its marks still tell what was heard; its words are dropped.
            saying.reply.ends_call = false;
        }
    }

    pub(crate) fn ended(&mut self, id: EffectId, clauses_heard: usize, line: &mut Line) -> Option<Spoken> {
        let at = self.open.iter().position(|saying| saying.id == id)?;
        let Saying { reply, stopped, .. } = self.open.remove(at);
        let marks = reply
            .marks
            .iter()
            .map(|(mark, range)| {
                let heard = if clauses_heard >= range.end {
                    PromiseHeard::Whole
                } else if clauses_heard > range.start || (clauses_heard == range.start && clauses_heard > 0) {
                    PromiseHeard::Partly
                } else {
                    PromiseHeard::NotYet
                };
                (*mark, heard)
            })
            .collect();
        let ends_call = reply.ends_call && !stopped;
        if stopped {
            self.interrupted.append(reply.rest(clauses_heard));
            self.resume_if_all_ended(line);
        }
        Some(Spoken { marks, ends_call })
    }

    /// Whether an interruption left something unsaid.
    pub(crate) fn was_interrupted(&self) -> bool {
        !self.interrupted.is_empty() || self.open.iter().any(|saying| saying.stopped)
    }

    /// The last reply once more.
    pub(crate) fn last(&self) -> Reply {
        self.last.clone()
    }

    fn resume_if_all_ended(&mut self, line: &mut Line) {
        if self.resume && !self.open.iter().any(|saying| saying.stopped) {
            self.resume = false;
            let rest = std::mem::take(&mut self.interrupted);
            self.say(rest, line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(texts: &[&str], mark: Mark) -> Reply {
        let mut reply = Reply::default();
        for text in texts {
            reply.push_marked(text, Language::Chinese, mark);
        }
        reply
    }

    fn say(line: &mut Line, mouth: &mut Mouth, reply: Reply) -> EffectId {
        mouth.say(reply, line);
        said(line).expect("something is said").0
    }

    /// The next `Say`, other effects dropped.
    fn said(line: &mut Line) -> Option<(EffectId, Vec<Clause>)> {
        std::iter::from_fn(|| line.poll()).find_map(|effect| match effect {
            Effect::Say { id, clauses } => Some((id, clauses)),
            _ => None,
        })
    }

    #[test]
    fn how_much_was_heard_is_told_by_clause() {
        let (mut line, mut mouth) = (Line::default(), Mouth::default());
        let mut told = Reply::default();
        told.push("好的。", Language::Chinese);
        told.push_marked("免费换货。上门取件。", Language::Chinese, Mark::Promise(1));
        for (clauses_heard, heard) in
            [(0, PromiseHeard::NotYet), (1, PromiseHeard::Partly), (2, PromiseHeard::Partly), (3, PromiseHeard::Whole)]
        {
            let id = say(&mut line, &mut mouth, told.clone());
            let spoken = mouth.ended(id, clauses_heard, &mut line);
            assert_eq!(spoken, Some(Spoken { marks: vec![(Mark::Promise(1), heard)], ends_call: false }));
        }
    }

    #[test]
    fn a_meaningless_interruption_resumes_the_rest() {
        let (mut line, mut mouth) = (Line::default(), Mouth::default());
        let id = say(&mut line, &mut mouth, reply(&["一。", "二。", "三。"], Mark::Proposal));
        mouth.stop(&mut line);
        assert!(!mouth.is_speaking());
        mouth.resume(&mut line);
        assert_eq!(said(&mut line), None, "it still sounds a little");
        mouth.ended(id, 1, &mut line);
        let (_, clauses) = said(&mut line).expect("the rest is said");
        assert_eq!(clauses.iter().map(|clause| clause.text.as_str()).collect::<Vec<_>>(), ["二。", "三。"]);
    }
}
