//! Ermu's voice in one call: clauses are synthesised ahead, sound in order, and stop at once when told to.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use ermu_audio::{
    Frame,
    playout::{FrameKind, Playout, PlayoutEvent},
};
use ermu_dialogue::Clause;
use ermu_domain::EffectId;

use crate::models::VoiceClient;

/// One `Say`.
struct Saying {
    id: EffectId,
    /// Clauses that are still being synthesised.
    awaited: usize,
    stale: Arc<AtomicBool>,
}

/// Something that the dialogue has to know about what sounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spoken {
    Started(EffectId),
    Ended { id: EffectId, clauses_heard: usize },
}

pub(crate) struct Mouth {
    voice: VoiceClient,
    playout: Playout<EffectId>,
    sayings: VecDeque<Saying>,
}

impl Mouth {
    pub(crate) fn new(voice: VoiceClient) -> Self {
        Self { voice, playout: Playout::default(), sayings: VecDeque::new() }
    }

    /// True while something sounds or waits to.
    pub(crate) fn busy(&self) -> bool {
        !self.sayings.is_empty()
    }

    /// Queues clauses behind what is already being said.
    pub(crate) fn say(&mut self, id: EffectId, clauses: &[Clause]) {
        let mut saying = Saying { id, awaited: 0, stale: Arc::default() };
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
        if saying.awaited == 0 {
            self.playout.close(id);
        }
    }

    /// Stops within one frame and forgets all that was queued.
    pub(crate) fn stop(&mut self) {
        for saying in &self.sayings {
            saying.stale.store(true, Ordering::Relaxed);
        }
        self.playout.stop();
    }

    /// The next 20 ms; false when there is nothing to send.
    pub(crate) fn next_frame(&mut self, frame: &mut Frame) -> bool {
        match self.playout.next_frame(frame) {
            FrameKind::Speech | FrameKind::Pause => true,
            FrameKind::Idle => false,
        }
    }

    /// What began or ended to sound since the last call.
    pub(crate) fn poll(&mut self) -> Option<Spoken> {
        Some(match self.playout.poll_event()? {
            PlayoutEvent::Started(id) => Spoken::Started(id),
            PlayoutEvent::Ended { say: id, clauses_heard, samples_heard: _ } => {
                self.sayings.retain(|saying| saying.id != id);
                Spoken::Ended { id, clauses_heard }
            }
        })
    }
}
