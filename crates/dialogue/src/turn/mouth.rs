//! Ermu's side of turn-taking: what is being said, and how much of it was heard.

use std::ops::Range;

use ermu_domain::{EffectId, Language, PromiseHeard, TimeSpan};

use crate::{
    Clause, Effect, ModelRequest, Notice, Speaker,
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
    /// What the caller reads, where that is in another language than what sounds.
    written: Option<String>,
    marks: Vec<(Mark, Range<usize>)>,
    /// What its templates were filled with.
    facts: Vec<String>,
    ends_call: bool,
}

/// A reply that may be said in other words.
#[derive(Debug)]
pub(crate) struct Plain<'a> {
    pub(crate) text: String,
    pub(crate) facts: &'a [String],
    pub(crate) language: Language,
}

impl Reply {
    pub(crate) const fn is_empty(&self) -> bool {
        self.clauses.is_empty()
    }

    /// Appends sentences; returns the clauses that they became.
    pub(crate) fn push(&mut self, text: &str, language: Language) -> Range<usize> {
        let start = self.clauses.len();
        let position = if start == 0 { Position::First } else { Position::Later };
        if let Some(written) = &mut self.written {
            append(written, text, language);
        }
        self.clauses.extend(split(text, position).into_iter().map(|text| Clause { text, language }));
        start..self.clauses.len()
    }

    /// Appends sentences that sound in `language` and are read as `written`, in a language that no voice speaks.
    pub(crate) fn push_written(&mut self, text: &str, language: Language, written: &str) -> Range<usize> {
        let mut before = self.written.take().unwrap_or_else(|| self.text());
        append(&mut before, written, language);
        let range = self.push(text, language);
        self.written = Some(before);
        range
    }

    /// The hearing of these clauses matters.
    pub(crate) fn mark(&mut self, mut range: Range<usize>, mark: Mark) {
        // A proposal ends with the question; who answers into the question has heard the proposal.
        if mark == Mark::Proposal && range.len() > 1 {
            range.end -= 1;
        }
        self.marks.push((mark, range));
    }

    /// These values stand in it and have to stay, whatever becomes of its words.
    pub(crate) fn keep<'a>(&mut self, facts: impl Iterator<Item = &'a str>) {
        self.facts.extend(facts.filter(|fact| !fact.trim().is_empty()).map(str::to_owned));
    }

    /// The reply, if its words may change: nothing in it is agreed to or promised, and it was made for this caller. What is the same
    /// for every caller is the shop's to word, and was synthesised before.
    pub(crate) fn plain(&self) -> Option<Plain<'_>> {
        let language = self.clauses.first()?.language;
        let one_language = self.clauses.iter().all(|clause| clause.language == language);
        // What may not be said differently is checked in Chinese and English words.
        let fenced = matches!(language, Language::Chinese | Language::English) && self.written.is_none();
        let plain = fenced && self.marks.is_empty() && !self.ends_call && !self.facts.is_empty() && one_language;
        plain.then(|| Plain { text: self.text(), facts: &self.facts, language })
    }

    /// The same in other words.
    fn reworded(&self, text: &str) -> Self {
        let mut reply = Self { facts: self.facts.clone(), ..Self::default() };
        if let Some(first) = self.clauses.first() {
            reply.push(text, first.language);
        }
        reply
    }

    /// Hang up once this was said.
    pub(crate) const fn end_call(&mut self) {
        self.ends_call = true;
    }

    /// What the caller reads.
    pub(crate) fn written(&self) -> String {
        self.written.clone().unwrap_or_else(|| self.text())
    }

    /// What sounds.
    #[cfg(test)]
    pub(crate) fn clauses(&self) -> &[Clause] {
        &self.clauses
    }

    /// The words that sound.
    fn text(&self) -> String {
        let mut text = String::new();
        for clause in &self.clauses {
            append(&mut text, &clause.text, clause.language);
        }
        text
    }
}

fn append(text: &mut String, more: &str, language: Language) {
    if language != Language::Chinese && !text.is_empty() {
        text.push(' ');
    }
    text.push_str(more);
}

/// What is being said.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mouth {
    open: Vec<Saying>,
    /// Waits for other words before it is said.
    held: Option<(EffectId, Reply)>,
    /// Silent until it is clear whether an interruption means something.
    paused: bool,
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
    clauses_heard: usize,
    stopped: bool,
}

/// What the end of a `Say` means.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Spoken {
    pub(crate) marks: Vec<(Mark, PromiseHeard)>,
    pub(crate) ends_call: bool,
}

impl Mouth {
    /// Whether there is something to say: it sounds, is about to, or was paused.
    pub(crate) fn is_speaking(&self) -> bool {
        self.held.is_some() || self.open.iter().any(|saying| !saying.stopped)
    }

    pub(crate) const fn is_paused(&self) -> bool {
        self.paused
    }

    /// Whether only the last clause is left: where a reply asks something, its question.
    pub(crate) fn is_in_last_clause(&self) -> bool {
        let mut open = self.open.iter().filter(|saying| !saying.stopped);
        match (open.next(), open.next()) {
            (Some(saying), None) => saying.clauses_heard + 1 >= saying.reply.clauses.len(),
            (None, _) | (Some(_), Some(_)) => false,
        }
    }

    /// The words of what is being said.
    pub(crate) fn words(&self) -> String {
        self.open.iter().map(|saying| saying.reply.text()).collect()
    }

    /// Says a reply after what is being said; nothing if it is empty.
    pub(crate) fn say(&mut self, reply: Reply, line: &mut Line) {
        if reply.is_empty() {
            return;
        }
        self.release(None, line);
        self.said_at = line.event;
        if self.closed {
            return;
        }
        self.resume(line);
        let id = line.next_id();
        line.send(Effect::Say { id, clauses: reply.clauses.clone() });
        let span = TimeSpan { start: line.now, end: line.now };
        line.show(Notice::Caption { speaker: Speaker::Agent, text: reply.written(), span, emotion: None });
        self.last = Reply { marks: Vec::new(), ends_call: false, ..reply.clone() };
        self.open.push(Saying { id, reply, clauses_heard: 0, stopped: false });
    }

    /// Asks for other words for a reply, and says it once they came or were given up.
    pub(crate) fn hold(&mut self, reply: Reply, request: ModelRequest, line: &mut Line) {
        if self.closed {
            return;
        }
        let id = line.next_id();
        line.send(Effect::AskModel { id, request });
        self.held = Some((id, reply));
    }

    /// The reply that waits, and for which answer.
    pub(crate) fn held(&self) -> Option<(EffectId, &Reply)> {
        self.held.as_ref().map(|(id, reply)| (*id, reply))
    }

    /// Says the reply that waits, in these words or its own.
    pub(crate) fn release(&mut self, words: Option<&str>, line: &mut Line) {
        if let Some((_, reply)) = self.held.take() {
            self.say(words.map_or_else(|| reply.clone(), |words| reply.reworded(words)), line);
        }
    }

    /// The event at which something was last said: what came in before is no answer to it.
    pub(crate) const fn said_at(&self) -> u64 {
        self.said_at
    }

    /// From now on nothing is said.
    pub(crate) fn close(&mut self) {
        self.closed = true;
        self.held = None;
    }

    /// Falls silent until it is clear whether an interruption means something.
    pub(crate) fn pause(&mut self, line: &mut Line) {
        if self.is_speaking() && !self.paused {
            self.paused = true;
            line.send(Effect::PauseSpeaking);
        }
    }

    /// The interruption meant nothing: goes on.
    pub(crate) fn resume(&mut self, line: &mut Line) {
        if std::mem::take(&mut self.paused) {
            line.send(Effect::ResumeSpeaking);
        }
    }

    /// Stops whatever sounds; the rest is stale.
    pub(crate) fn stop(&mut self, line: &mut Line) {
        self.release(None, line);
        if self.is_speaking() {
            line.send(Effect::StopSpeaking);
            self.open.iter_mut().for_each(|saying| saying.stopped = true);
        }
        self.paused = false;
    }

    pub(crate) fn clause_ended(&mut self, id: EffectId, clauses_heard: usize) {
        if let Some(saying) = self.open.iter_mut().find(|saying| saying.id == id) {
            saying.clauses_heard = saying.clauses_heard.max(clauses_heard);
        }
    }

    pub(crate) fn ended(&mut self, id: EffectId, clauses_heard: usize, line: &mut Line) -> Option<Spoken> {
        let at = self.open.iter().position(|saying| saying.id == id)?;
        let Saying { reply, stopped, .. } = self.open.remove(at);
        if !self.is_speaking() {
            // What was paused will not go on; what is said next must sound.
            self.resume(line);
        }
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
        Some(Spoken { marks, ends_call: reply.ends_call && !stopped })
    }

    /// The last reply once more.
    pub(crate) fn last(&self) -> Reply {
        self.last.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(texts: &[&str], mark: Mark) -> Reply {
        let mut reply = Reply::default();
        for text in texts {
            let range = reply.push(text, Language::Chinese);
            reply.mark(range, mark);
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
        let range = told.push("免费换货。上门取件。", Language::Chinese);
        told.mark(range, Mark::Promise(1));
        for (clauses_heard, heard) in
            [(0, PromiseHeard::NotYet), (1, PromiseHeard::Partly), (2, PromiseHeard::Partly), (3, PromiseHeard::Whole)]
        {
            let id = say(&mut line, &mut mouth, told.clone());
            let spoken = mouth.ended(id, clauses_heard, &mut line);
            assert_eq!(spoken, Some(Spoken { marks: vec![(Mark::Promise(1), heard)], ends_call: false }));
        }
    }

    #[test]
    fn a_pause_ends_once() {
        let (mut line, mut mouth) = (Line::default(), Mouth::default());
        mouth.pause(&mut line);
        assert_eq!(line.poll(), None, "nothing sounds");
        let id = say(&mut line, &mut mouth, reply(&["一。", "二。"], Mark::Proposal));
        std::iter::from_fn(|| line.poll()).for_each(drop);
        mouth.pause(&mut line);
        mouth.pause(&mut line);
        assert!(mouth.is_speaking() && mouth.is_paused(), "it has more to say");
        mouth.resume(&mut line);
        mouth.resume(&mut line);
        let effects: Vec<_> = std::iter::from_fn(|| line.poll()).collect();
        assert_eq!(effects, [Effect::PauseSpeaking, Effect::ResumeSpeaking]);
        mouth.pause(&mut line);
        mouth.stop(&mut line);
        assert!(!mouth.is_speaking() && !mouth.is_paused());
        assert_eq!(mouth.ended(id, 1, &mut line).map(|spoken| spoken.ends_call), Some(false));
    }

    #[test]
    fn the_question_is_the_last_clause() {
        let (mut line, mut mouth) = (Line::default(), Mouth::default());
        let id = say(&mut line, &mut mouth, reply(&["可以免费换货。", "要登记吗？"], Mark::Proposal));
        assert!(!mouth.is_in_last_clause());
        mouth.clause_ended(id, 1);
        assert!(mouth.is_in_last_clause());
        mouth.ended(id, 2, &mut line);
        assert!(!mouth.is_in_last_clause());
    }
}
