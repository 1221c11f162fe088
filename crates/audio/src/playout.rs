//! What Ermu's voice plays next: clauses of PCM in, one frame each 20 ms out, and an exact account of what was heard.

use std::collections::{BTreeMap, VecDeque};

use ermu_domain::EffectId;

use crate::{FRAME_SAMPLES, Frame};

/// Silence between two clauses: 180 ms at 48 kHz.
const PAUSE_SAMPLES: usize = 8_640;
/// Fade of a voice that is stopped: 5 ms at 48 kHz.
const FADE_SAMPLES: usize = 240;

/// What happened to a say. Each say gets exactly one `Ended`, and before it one `Started` if any of it sounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlayoutEvent<Id = EffectId> {
    /// Its first sample went out.
    Started(Id),
    /// All of it went out, or it was stopped.
    Ended {
        /// Which say.
        say: Id,
        /// How many clauses sounded whole.
        clauses_heard: usize,
        /// How many samples of speech went out (48 kHz), pauses not counted.
        samples_heard: u64,
    },
}

/// What a frame holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameKind {
    /// At least one sample of speech.
    Speech,
    /// Silence between clauses of a say, or while its next clause is still being synthesised.
    Pause,
    /// Silence: there is nothing to say.
    Idle,
}

/// The queue of one call's voice. Says sound in the order in which they were opened, each clause by clause.
///
/// The caller asks for a frame every 20 ms; nothing here reads a clock. Clauses may come late (the gap is bridged by
/// silence) and in any order; those of a say that has ended are dropped.
#[derive(Debug)]
pub struct Playout<Id = EffectId> {
    says: VecDeque<Say<Id>>,
    /// Samples of pause that are still due before the next clause.
    pause_samples: usize,
    /// The end of a stopped clause, faded out.
    fading: Vec<f32>,
    events: VecDeque<PlayoutEvent<Id>>,
}

#[derive(Debug)]
struct Say<Id> {
    id: Id,
    /// Clauses that have not sounded whole.
    clauses: BTreeMap<usize, Vec<f32>>,
    /// The clause that sounds now or next.
    next_clause: usize,
    /// Samples of it that went out.
    position: usize,
    /// Number of clauses, once no more can come.
    clause_count: Option<usize>,
    clauses_heard: usize,
    samples_heard: u64,
}

impl<Id> Default for Playout<Id> {
    fn default() -> Self {
        Self { says: VecDeque::new(), pause_samples: 0, fading: Vec::new(), events: VecDeque::new() }
    }
}

impl<Id: Copy + Eq> Playout<Id> {
    /// Queues a say, whose clauses are still to come. Opening one that is open changes nothing.
    pub fn open(&mut self, say: Id) {
        if !self.says.iter().any(|open| open.id == say) {
            self.says.push_back(Say {
                id: say,
                clauses: BTreeMap::new(),
                next_clause: 0,
                position: 0,
                clause_count: None,
                clauses_heard: 0,
                samples_heard: 0,
            });
        }
    }

    /// Hands over clause number `index` (from 0) of a say: mono PCM at 48 kHz. Dropped if the say is not open
    /// (never opened, ended or stopped) or the clause is there already. An empty clause is passed over, not heard.
    pub fn push(&mut self, say: Id, index: usize, pcm: Vec<f32>) {
        if let Some(open) = self.says.iter_mut().find(|open| open.id == say)
            && index >= open.next_clause
        {
            open.clauses.entry(index).or_insert(pcm);
        }
    }

    /// Says that the say has no clauses after those pushed so far. One that lacks an earlier clause ends before it.
    pub fn close(&mut self, say: Id) {
        if let Some(open) = self.says.iter_mut().find(|open| open.id == say) {
            open.clause_count = Some(open.clauses.last_key_value().map_or(open.next_clause, |(&last, _)| last + 1));
            self.end_finished();
        }
    }

    /// Fills the next 20 ms.
    pub fn next_frame(&mut self, frame: &mut Frame) -> FrameKind {
        frame.fill(0.0);
        let faded = self.fading.len().min(FRAME_SAMPLES);
        for (to, from) in frame.iter_mut().zip(self.fading.drain(..faded)) {
            *to = from;
        }
        let mut kind = match (faded, self.says.is_empty()) {
            (0, true) => FrameKind::Idle,
            (0, false) => FrameKind::Pause,
            (1.., _) => FrameKind::Speech,
        };
        let mut filled = faded;
        while filled < FRAME_SAMPLES {
            if self.pause_samples > 0 {
                let silent = self.pause_samples.min(FRAME_SAMPLES - filled);
                self.pause_samples -= silent;
                filled += silent;
                continue;
            }
            let Some(sounded) = self.fill_from_clause(&mut frame[filled..]) else { break };
            if sounded > 0 {
                kind = FrameKind::Speech;
            }
            filled += sounded;
        }
        kind
    }

    /// Copies speech of the clause that is due, as far as it goes; none if none is there.
    fn fill_from_clause(&mut self, to: &mut [f32]) -> Option<usize> {
        let say = self.says.front_mut()?;
        let clause = say.clauses.get(&say.next_clause)?;
        let count = (clause.len() - say.position).min(to.len());
        to[..count].copy_from_slice(&clause[say.position..say.position + count]);
        say.position += count;
        if count > 0 && say.samples_heard == 0 {
            self.events.push_back(PlayoutEvent::Started(say.id));
        }
        say.samples_heard += count as u64;
        if say.position == clause.len() {
            if say.position > 0 {
                say.clauses_heard += 1;
                self.pause_samples = PAUSE_SAMPLES;
            }
            say.clauses.remove(&say.next_clause);
            say.next_clause += 1;
            say.position = 0;
            self.end_finished();
        }
        Some(count)
    }

    /// Ends the says at the front of which nothing more can sound.
    fn end_finished(&mut self) {
        while let Some(say) = self.says.front()
            && let Some(count) = say.clause_count
            && (say.next_clause >= count || !say.clauses.contains_key(&say.next_clause))
        {
            self.end_front();
        }
    }

    fn end_front(&mut self) {
        if let Some(say) = self.says.pop_front() {
            self.events.push_back(PlayoutEvent::Ended {
                say: say.id,
                clauses_heard: say.clauses_heard,
                samples_heard: say.samples_heard,
            });
        }
    }

    /// Stops at once: what sounds fades out within 5 ms, everything queued is dropped, every open say ends.
    pub fn stop(&mut self) {
        if self.pause_samples == 0
            && let Some(say) = self.says.front_mut()
            && say.position > 0
            && let Some(clause) = say.clauses.get(&say.next_clause)
        {
            let rest = &clause[say.position..clause.len().min(say.position + FADE_SAMPLES)];
            let fade = |(n, x): (usize, &f32)| x * (1.0 - (n + 1) as f32 / FADE_SAMPLES as f32);
            self.fading = rest.iter().enumerate().map(fade).collect();
            say.samples_heard += rest.len() as u64;
        }
        self.pause_samples = 0;
        while !self.says.is_empty() {
            self.end_front();
        }
    }

    /// True if nothing sounds and nothing is queued.
    pub fn is_idle(&self) -> bool {
        self.says.is_empty() && self.fading.is_empty()
    }

    /// The next thing that happened, oldest first.
    pub fn poll_event(&mut self) -> Option<PlayoutEvent<Id>> {
        self.events.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Rig {
        playout: Playout<u32>,
        heard: Vec<f32>,
    }

    impl Rig {
        fn new() -> Self {
            Self { playout: Playout::default(), heard: Vec::new() }
        }

        fn frames(&mut self, count: usize) -> Vec<FrameKind> {
            (0..count)
                .map(|_| {
                    let mut frame = [9.0; FRAME_SAMPLES];
                    let kind = self.playout.next_frame(&mut frame);
                    self.heard.extend_from_slice(&frame);
                    kind
                })
                .collect()
        }

        fn events(&mut self) -> Vec<PlayoutEvent<u32>> {
            std::iter::from_fn(|| self.playout.poll_event()).collect()
        }
    }

    fn ended(say: u32, clauses_heard: usize, samples_heard: u64) -> PlayoutEvent<u32> {
        PlayoutEvent::Ended { say, clauses_heard, samples_heard }
    }

    #[test]
    fn clauses_sound_in_order_with_pauses_between() {
        let mut rig = Rig::new();
        rig.playout.open(1);
        rig.playout.open(2);
        rig.playout.push(2, 0, vec![0.3; 100]);
        rig.playout.push(1, 1, vec![0.2; 500]);
        rig.playout.push(1, 0, vec![0.1; 1_000]);
        rig.playout.close(1);
        rig.playout.close(2);
        rig.frames(30);
        let expected: Vec<f32> = [(0.1, 1_000), (0.0, PAUSE_SAMPLES), (0.2, 500), (0.0, PAUSE_SAMPLES), (0.3, 100)]
            .iter()
            .flat_map(|&(value, count)| vec![value; count])
            .collect();
        assert_eq!(rig.heard[..expected.len()], expected);
        assert!(rig.heard[expected.len()..].iter().all(|&x| x == 0.0));
        let started = PlayoutEvent::Started;
        assert_eq!(rig.events(), [started(1), ended(1, 2, 1_500), started(2), ended(2, 1, 100)]);
        assert!(rig.playout.is_idle());
    }

    #[test]
    fn a_late_clause_is_waited_for_in_silence() {
        let mut rig = Rig::new();
        rig.playout.open(1);
        rig.playout.push(1, 0, vec![0.1; 960]);
        assert_eq!(rig.frames(2), [FrameKind::Speech, FrameKind::Pause]);
        rig.frames(20);
        rig.playout.push(1, 1, vec![0.1; 10]);
        rig.playout.close(1);
        assert_eq!(rig.frames(2), [FrameKind::Speech, FrameKind::Idle]);
        assert_eq!(rig.events(), [PlayoutEvent::Started(1), ended(1, 2, 970)]);
    }

    #[test]
    fn stopping_fades_out_and_counts_what_was_heard() {
        let mut rig = Rig::new();
        for say in [1, 2] {
            rig.playout.open(say);
            rig.playout.push(say, 0, vec![0.5; 960]);
            rig.playout.push(say, 1, vec![0.5; 9_600]);
        }
        rig.frames(12);
        rig.playout.stop();
        let heard = (12 * 960 - PAUSE_SAMPLES + FADE_SAMPLES) as u64;
        assert_eq!(rig.events(), [PlayoutEvent::Started(1), ended(1, 1, heard), ended(2, 0, 0)]);
        assert_eq!(rig.frames(2), [FrameKind::Speech, FrameKind::Idle]);
        let tail = &rig.heard[12 * 960..];
        assert!(tail.windows(2).all(|w| w[1] <= w[0] && w[0] - w[1] < 0.01) && tail[FADE_SAMPLES] == 0.0);
        // What was still being synthesised comes too late.
        rig.playout.push(1, 2, vec![0.5; 960]);
        rig.playout.close(1);
        rig.playout.stop();
        assert_eq!(rig.frames(1), [FrameKind::Idle]);
        assert_eq!(rig.events(), []);
    }

    #[test]
    fn every_say_ends_once_also_when_nothing_sounded() {
        let mut rig = Rig::new();
        for say in 1..=4 {
            rig.playout.open(say);
        }
        rig.playout.open(1);
        rig.playout.push(2, 0, Vec::new());
        rig.playout.push(3, 1, vec![0.5; 10]); // clause 0 never comes
        for say in [4, 3, 2, 1, 1] {
            rig.playout.close(say);
        }
        rig.frames(3);
        assert_eq!(rig.events(), [ended(1, 0, 0), ended(2, 0, 0), ended(3, 0, 0), ended(4, 0, 0)]);
    }
}
