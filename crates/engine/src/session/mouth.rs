//! Ermu's voice in one call: clauses are synthesised ahead, sound in order, and stop at once when told to.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ermu_audio::{
    Frame,
    playout::{FrameKind, Playout, PlayoutEvent},
};
use ermu_dialogue::Clause;
use ermu_domain::{EffectId, SessionTime};
use tracing::warn;

use crate::models::VoiceClient;

/// A clause that takes longer than this is given up, and with it the rest of what was to be said.
const CLAUSE_LIMIT: Duration = Duration::from_secs(20);

/// One `Say`.
struct Saying {
    id: EffectId,
    /// Clauses that are still being synthesised.
    awaited: usize,
    /// When the last of them came, or all were asked for.
    progress: SessionTime,
    stale: Arc<AtomicBool>,
}

/// Something that the dialogue has to know about what sounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spoken {
    Started(EffectId),
    ClauseEnded { id: EffectId, clauses_heard: usize },
    Ended { id: EffectId, clauses_heard: usize },
}

pub(crate) struct Mouth {
    voice: VoiceClient,
    playout: Playout<EffectId>,
    sayings: VecDeque<Saying>,
    now: SessionTime,
}

impl Mouth {
    pub(crate) fn new(voice: VoiceClient) -> Self {
        Self { voice, playout: Playout::default(), sayings: VecDeque::new(), now: SessionTime::ZERO }
    }

    /// True while something sounds or waits to.
    pub(crate) fn busy(&self) -> bool {
        !self.sayings.is_empty()
    }

    /// Queues clauses behind what is already being said.
    pub(crate) fn say(&mut self, id: EffectId, clauses: &[Clause], now: SessionTime) {
        let mut saying = Saying { id, awaited: 0, progress: now, stale: Arc::default() };
        self.playout.open(id);
        for (index, clause) in clauses.iter().enumerate() {
            match self.voice.speak(id, index, clause, &saying.stale) {
                Some(sound) => self.playout.push(id, index, sound),
                None => saying.awaited += 1,
            }
        }
        if saying.awaited == 0 {
            self.playout.close(id);
        }
        self.sayings.push_back(saying);
    }

    /// A clause has been synthesised: 48 kHz; empty if that failed.
    pub(crate) fn synthesised(&mut self, id: EffectId, clause: usize, sound: Vec<f32>) {
        // A say that was stopped meanwhile is gone.
        let Some(saying) = self.sayings.iter_mut().find(|saying| saying.id == id) else { return };
        self.playout.push(id, clause, sound);
        saying.awaited = saying.awaited.saturating_sub(1);
        saying.progress = self.now;
        if saying.awaited == 0 {
            self.playout.close(id);
        }
    }

    /// Falls silent within one frame; what is queued stays.
    pub(crate) fn pause(&mut self) {
        self.playout.pause();
    }

    /// Goes on after a pause.
    pub(crate) fn resume(&mut self) {
        self.playout.resume();
    }

    /// Stops within one frame and forgets all that was queued.
    pub(crate) fn stop(&mut self) {
        for saying in &self.sayings {
            saying.stale.store(true, Ordering::Relaxed);
        }
        self.playout.stop();
    }

    /// The next 20 ms; false when there is nothing to send.
    pub(crate) fn next_frame(&mut self, frame: &mut Frame, now: SessionTime) -> bool {
        self.now = now;
        self.give_up_late();
        match self.playout.next_frame(frame) {
            FrameKind::Speech | FrameKind::Pause => true,
            FrameKind::Idle => false,
        }
    }

    /// A synthesizer that hangs must not leave the dialogue waiting for the end of its own sentence.
    fn give_up_late(&mut self) {
        let now = self.now;
        for saying in self.sayings.iter_mut().filter(|saying| saying.awaited > 0) {
            if now.since(saying.progress) > CLAUSE_LIMIT {
                warn!(id = %saying.id, "the synthesizer does not answer");
                saying.awaited = 0;
                saying.stale.store(true, Ordering::Relaxed);
                self.playout.close(saying.id);
            }
        }
    }

    /// What began or ended to sound since the last call.
    pub(crate) fn poll(&mut self) -> Option<Spoken> {
        Some(match self.playout.poll_event()? {
            PlayoutEvent::Started(id) => Spoken::Started(id),
            PlayoutEvent::ClauseEnded { say: id, clauses_heard } => Spoken::ClauseEnded { id, clauses_heard },
            PlayoutEvent::Ended { say: id, clauses_heard, samples_heard: _ } => {
                self.sayings.retain(|saying| saying.id != id);
                Spoken::Ended { id, clauses_heard }
            }
        })
    }
}
