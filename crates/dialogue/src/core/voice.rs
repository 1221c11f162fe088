//! The caller's voice: when it silences Ermu, when it is a turn, and when it means nothing.

use ermu_domain::{EffectId, Evidence, SessionTime, Transcript};

use super::{Core, Fact};
use crate::{
    Expecting, Notice, Speaker, VoiceLevel,
    config::ms,
    flow::Utterance,
    turn::{Claim, Faint, Heard, Hearing, Onset, Peek, Remark, Timer, Worth, end_of_turn_ms, peeked, worth},
};

impl Core {
    pub(super) fn voice_started(&mut self, at: SessionTime, level: VoiceLevel) {
        let at = at.min(self.line.now);
        let onset = match (self.mouth.is_speaking(), self.mouth.is_in_last_clause()) {
            (false, _) => Onset::Silence,
            (true, true) => Onset::LastClause,
            (true, false) => Onset::Speech,
        };
        self.ear.voice_started(at, level, onset, &self.config, &mut self.timers, &mut self.line);
        self.line.show(Notice::Listening { voice: true });
    }

    pub(super) fn voice_rose(&mut self, level: VoiceLevel) {
        self.ear.voice_rose(level);
        let lasted = !self.timers.is_armed(Timer::BargeIn) && self.ear.is_voice();
        if lasted && self.ear.claim() == Some(Claim::Unproven) {
            self.interrupt();
        }
    }

    /// A voice over Ermu's speech has lasted: Ermu falls silent, unless it is somebody else's.
    pub(super) fn interrupt(&mut self) {
        let Some(remark) = self.ear.remark(self.line.now) else { return };
        if self.loudness.faint(remark.level, &self.config) == Faint::No {
            self.mouth.pause(&mut self.line);
            self.ear.set_claim(Claim::Pause);
        }
    }

    /// The voice meant nothing so far: Ermu speaks on.
    fn go_on(&mut self) {
        self.mouth.resume(&mut self.line);
        if self.mouth.is_speaking() {
            self.ear.set_claim(Claim::Unproven);
        }
    }

    pub(super) fn voice_stopped(&mut self, at: SessionTime) {
        let at = at.min(self.line.now);
        let end_ms = end_of_turn_ms(self.mind.expecting(), None, None, &self.pack, &self.config);
        self.ear.voice_stopped(at, self.mind.expecting(), &self.config, &mut self.timers, end_ms);
        self.line.show(Notice::Listening { voice: false });
        self.go_on_after_listening();
    }

    /// Speaks on at once after a voice that was too brief for more than a sign of listening, or whose words so far were one.
    fn go_on_after_listening(&mut self) {
        let Some(remark) = self.ear.remark(self.line.now) else { return };
        let limit_ms = match self.ear.peek() {
            Peek::Unknown | Peek::Asked(_) => self.config.brief_voice_ms,
            Peek::Wordless => self.config.wordless_ms,
            Peek::Listens => self.config.listening_ms,
            Peek::Speaks => 0,
        };
        let pauses = self.ear.claim() == Some(Claim::Pause) && !self.ear.is_voice() && self.ear.hearing().is_none();
        if pauses && remark.length < ms(limit_ms) && !self.may_answer(&remark) {
            self.go_on();
        }
    }

    /// Whether a yes can answer the question that stands: it was asked to its last clause.
    fn may_answer(&self, remark: &Remark) -> bool {
        self.mind.expecting() == Expecting::YesNo && remark.onset != Onset::Speech
    }

    pub(super) fn words_came(&mut self, id: EffectId, hearing: Hearing) {
        if self.ear.peek() == Peek::Asked(id) {
            self.ear.set_peek(peeked(&hearing));
            return self.go_on_after_listening();
        }
        if !self.ear.words_came(id, hearing) {
            return;
        }
        self.judge_pause();
        // Words said over Ermu's speech decide who goes on, before it is certain that the turn is over.
        let (Some(hearing), Some(remark)) = (self.ear.hearing(), self.ear.remark(self.line.now)) else { return };
        let worth = self.worth(hearing, &remark);
        match (self.ear.claim(), worth) {
            (Some(Claim::Pause), Worth::Nothing) => self.go_on(),
            (Some(Claim::Unproven), Worth::Turn) => {
                self.mouth.pause(&mut self.line);
                self.ear.set_claim(Claim::Pause);
            }
            (Some(Claim::Pause | Claim::Unproven | Claim::Turn) | None, Worth::Turn | Worth::Nothing) => {}
        }
    }

    /// How long the pause has to be, by what is known of it now.
    pub(super) fn judge_pause(&mut self) {
        let words = match self.ear.hearing() {
            Some(Hearing::Words(transcript, _)) => Some(transcript.text.as_str()),
            Some(Hearing::Nothing | Hearing::Failed) | None => None,
        };
        let end_ms = end_of_turn_ms(self.mind.expecting(), words, self.ear.finished(), &self.pack, &self.config);
        self.ear.end_after(end_ms, self.line.now, &mut self.timers);
    }

    /// Whether what was heard is meant for Ermu.
    fn worth(&self, hearing: &Hearing, remark: &Remark) -> Worth {
        let faint = self.loudness.faint(remark.level, &self.config);
        let spoken = self.mouth.words();
        let question = self.mind.expecting();
        let question =
            if remark.onset == Onset::Speech && question == Expecting::YesNo { Expecting::Anything } else { question };
        worth(hearing, remark, faint, question, &spoken, &self.pack, &self.config)
    }

    pub(super) fn heard(&mut self, heard: Heard) {
        let Heard { utterance, span, remark, outcome } = heard;
        let interrupts = self.mouth.is_paused() || remark.onset != Onset::Silence;
        if self.worth(&outcome, &remark) == Worth::Nothing {
            self.mouth.resume(&mut self.line);
            if !interrupts
                && outcome == Hearing::Nothing
                && self.loudness.faint(remark.level, &self.config) == Faint::No
            {
                let is_short = remark.length < ms(self.config.short_utterance_ms);
                self.inbox.push_back(if is_short { Fact::NoWords } else { Fact::Unintelligible });
            }
            return;
        }
        self.mouth.stop(&mut self.line);
        self.inbox.push_back(match outcome {
            Hearing::Words(transcript, emotion) => {
                self.hearing_failures = 0;
                self.loudness.learn(remark.level);
                let text = transcript.text.clone();
                self.line.show(Notice::Caption { speaker: Speaker::Caller, text, span, emotion });
                let evidence = Evidence::Speech { utterance, span };
                let Transcript { text, confidence, sentence, .. } = transcript;
                Fact::Words(Utterance { text, sentence, span, evidence, confidence, emotion }, self.line.event)
            }
            Hearing::Nothing => Fact::NoWords,
            Hearing::Failed => Fact::HearingFailed,
        });
    }
}
