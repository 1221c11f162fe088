//! What time brings: each timer, and what it waits for.

use super::{Core, Fact, Phase, Told};
use crate::{
    Effect,
    config::after,
    turn::{Context, Hearing, Timer},
};

impl Core {
    /// Fires each timer that is due, at most once.
    pub(super) fn run_timers(&mut self) {
        let mut fired = Vec::new();
        while let Some(timer) = self.timers.take_due(self.line.now, &fired) {
            fired.push(timer);
            self.fire(timer);
        }
    }

    fn fire(&mut self, timer: Timer) {
        let context = Context { language: self.mind.language(), expecting: self.mind.expecting() };
        match timer {
            Timer::Speculate => self.ear.ask(context, &self.config, &mut self.line),
            Timer::EndOfTurn => {
                self.ear.ask(context, &self.config, &mut self.line);
                self.ear.silence_is_over();
            }
            Timer::MaxTurn => self.ear.force_end(context, &self.config, &mut self.timers, &mut self.line),
            Timer::BargeIn => self.interrupt(),
            Timer::Peek => self.ear.ask_peek(context, &self.config, &mut self.line),
            Timer::Hearing => {
                for id in self.ear.awaited() {
                    self.line.send(Effect::CancelTranscription { id });
                    self.words_came(id, Hearing::Failed);
                }
            }
            Timer::FusionWait => self.photo_news = true,
            Timer::Patience => {
                self.asked_to_wait = true;
                if self.mind.is_working() && !self.mouth.is_speaking() && !self.ear.is_busy() {
                    self.mind.say_one_moment();
                }
            }
            Timer::Proposal => self.model_is_late(self.mind.consulted()),
            Timer::Rephrase => self.model_is_late(self.mouth.held().map(|(id, _)| id)),
            Timer::WorkLimit => self.inbox.push_back(Fact::WorkIsLate),
            Timer::Idle => {
                self.idle_prompts += 1;
                if self.line_silent == Some(Told::No) {
                    self.line_silent = Some(Told::Yes);
                    self.mind.cannot_hear();
                } else if self.idle_prompts > self.config.idle_prompts {
                    self.mind.leave_idle();
                } else {
                    self.mind.prompt_idle();
                }
            }
        }
    }

    pub(super) fn set_waiting_timers(&mut self) {
        let now = self.line.now;
        if self.ear.awaited().is_empty() {
            self.timers.disarm(Timer::Hearing);
        } else if !self.timers.is_armed(Timer::Hearing) {
            self.timers.arm(Timer::Hearing, after(now, self.config.hearing_limit_ms));
        }
        let working = self.mind.is_working();
        if working {
            if !self.asked_to_wait && !self.timers.is_armed(Timer::Patience) {
                self.timers.arm(Timer::Patience, after(now, self.config.patience_ms));
            }
            if !self.timers.is_armed(Timer::WorkLimit) {
                self.timers.arm(Timer::WorkLimit, after(now, self.config.work_limit_ms));
            }
        } else {
            self.asked_to_wait = false;
            self.timers.disarm(Timer::Patience);
            self.timers.disarm(Timer::WorkLimit);
        }
        for (timer, open, limit_ms) in [
            (Timer::Proposal, self.mind.consulted().is_some(), self.config.proposal_limit_ms),
            (Timer::Rephrase, self.mouth.held().is_some(), self.config.rephrase_limit_ms),
        ] {
            if !open {
                self.timers.disarm(timer);
            } else if !self.timers.is_armed(timer) {
                self.timers.arm(timer, after(now, limit_ms));
            }
        }
        let quiet = self.phase == Phase::Live && !working && !self.mouth.is_speaking() && !self.ear.is_busy();
        if !quiet {
            self.timers.disarm(Timer::Idle);
        } else if !self.timers.is_armed(Timer::Idle) {
            let idle_ms = if self.mind.awaits_photo() { self.config.idle_photo_ms } else { self.config.idle_ms };
            self.timers.arm(Timer::Idle, after(now, idle_ms));
        }
    }
}
