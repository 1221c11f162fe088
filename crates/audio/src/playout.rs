//! What Ermu's voice plays next: clauses of PCM in, one frame each 20 ms out, and an exact account of what was heard.

use std::collections::{BTreeMap, VecDeque};

use ermu_domain::EffectId;

use crate::{FRAME_SAMPLES, Frame};

/// Silence between two clauses: 180 ms at 48 kHz.
const PAUSE_SAMPLES: usize = 8_640;
/// Fade of a voice that is stopped or goes on: 5 ms at 48 kHz.
const FADE_SAMPLES: usize = 240;
/// After a pause of this length a voice goes on from the beginning of the word: half a second, in frames.
const LONG_PAUSE_FRAMES: usize = 25;
/// How far back the beginning of a word is looked for: 800 ms at 48 kHz.
const WORD_SAMPLES: usize = 38_400;
/// Gaps between words are looked for in stretches of 10 ms at 48 kHz.
const STRETCH_SAMPLES: usize = 480;

/// What happened to a say. Each say gets exactly one `Ended`, and before it one `Started` if any of it sounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlayoutEvent<Id = EffectId> {
    /// Its first sample went out.
    Started(Id),
    /// A clause sounded whole, and another follows.
    ClauseEnded {
        /// Which say.
        say: Id,
        /// How many clauses sounded whole so far.
        clauses_heard: usize,
    },
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
    /// How many frames of silence a pause has lasted.
    paused_frames: Option<usize>,
    /// Samples of the clause that goes on which are still faded in.
    fade_in_samples: usize,
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
        Self {
            says: VecDeque::new(),
            pause_samples: 0,
            fading: Vec::new(),
            paused_frames: None,
            fade_in_samples: 0,
            events: VecDeque::new(),
        }
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
        if let Some(frames) = &mut self.paused_frames {
            *frames += 1;
            return kind;
        }
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
        for sample in &mut to[..count.min(self.fade_in_samples)] {
            *sample *= 1.0 - self.fade_in_samples as f32 / FADE_SAMPLES as f32;
            self.fade_in_samples -= 1;
        }
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
            let (id, clauses_heard, next) = (say.id, say.clauses_heard, say.next_clause);
            if say.clause_count.is_none_or(|count| next < count) {
                self.events.push_back(PlayoutEvent::ClauseEnded { say: id, clauses_heard });
            }
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

    /// Falls silent at once, fading out within 5 ms; everything queued stays. Nothing happens if nothing is queued.
    pub fn pause(&mut self) {
        if self.says.is_empty() || self.paused_frames.is_some() {
            return;
        }
        self.fade_out();
        self.paused_frames = Some(0);
    }

    /// Goes on where [`pause`](Self::pause) stopped; after half a second, from the beginning of the word.
    pub fn resume(&mut self) {
        let Some(frames) = self.paused_frames.take() else { return };
        if let Some(say) = self.says.front_mut()
            && say.position > 0
            && let Some(clause) = say.clauses.get(&say.next_clause)
        {
            if frames >= LONG_PAUSE_FRAMES {
                say.position = word_start(&clause[..say.position]);
            }
            self.fade_in_samples = FADE_SAMPLES;
        }
    }

    /// Stops at once: what sounds fades out within 5 ms, everything queued is dropped, every open say ends.
    pub fn stop(&mut self) {
        if self.paused_frames.take().is_none() {
            let faded = self.fade_out() as u64;
            if let Some(say) = self.says.front_mut() {
                say.samples_heard += faded;
            }
        }
        self.pause_samples = 0;
        self.fade_in_samples = 0;
        while !self.says.is_empty() {
            self.end_front();
        }
    }

    /// Prepares the faded end of the clause that sounds; returns its length.
    fn fade_out(&mut self) -> usize {
        if self.pause_samples == 0
            && let Some(say) = self.says.front()
            && say.position > 0
            && let Some(clause) = say.clauses.get(&say.next_clause)
        {
            let rest = &clause[say.position..clause.len().min(say.position + FADE_SAMPLES)];
            let fade = |(n, x): (usize, &f32)| x * (1.0 - (n + 1) as f32 / FADE_SAMPLES as f32);
            self.fading = rest.iter().enumerate().map(fade).collect();
        }
        self.fading.len()
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

/// Where the word that sounds at the end of `played` begins: the quietest place in its last 800 ms, of several the last.
fn word_start(played: &[f32]) -> usize {
    let from = played.len().saturating_sub(WORD_SAMPLES);
    if from == 0 {
        // The clause has hardly begun.
        return 0;
    }
    let loudness = |stretch: &[f32]| stretch.iter().map(|x| x * x).sum::<f32>();
    let quietest = played[from..]
        .chunks_exact(STRETCH_SAMPLES)
        .enumerate()
        .rev()
        .min_by(|(_, a), (_, b)| loudness(a).total_cmp(&loudness(b)));
    quietest.map_or(from, |(at, _)| from + at * STRETCH_SAMPLES)
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
        let clause_ended = PlayoutEvent::ClauseEnded { say: 1, clauses_heard: 1 };
        assert_eq!(rig.events(), [started(1), clause_ended, ended(1, 2, 1_500), started(2), ended(2, 1, 100)]);
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
        let clause_ended = PlayoutEvent::ClauseEnded { say: 1, clauses_heard: 1 };
        assert_eq!(rig.events(), [PlayoutEvent::Started(1), clause_ended, ended(1, 2, 970)]);
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
        let clause_ended = PlayoutEvent::ClauseEnded { say: 1, clauses_heard: 1 };
        assert_eq!(rig.events(), [PlayoutEvent::Started(1), clause_ended, ended(1, 1, heard), ended(2, 0, 0)]);
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
    fn a_pause_loses_nothing() {
        let mut rig = Rig::new();
        rig.playout.pause();
        rig.playout.open(1);
        let ramp: Vec<f32> = (0..9_600).map(|n| 0.1 + n as f32 * 1e-5).collect();
        rig.playout.push(1, 0, ramp.clone());
        rig.playout.close(1);
        rig.frames(4);
        rig.playout.pause();
        rig.playout.pause();
        assert_eq!(rig.frames(3), [FrameKind::Speech, FrameKind::Pause, FrameKind::Pause]);
        rig.playout.resume();
        rig.frames(6);
        let (before, after) = (4 * FRAME_SAMPLES, 7 * FRAME_SAMPLES);
        assert_eq!(rig.heard[..before], ramp[..before]);
        assert!(rig.heard[before + FADE_SAMPLES..after].iter().all(|&x| x == 0.0));
        assert!(rig.heard[after] < 0.01, "it is faded in");
        assert_eq!(rig.heard[after + FADE_SAMPLES..], ramp[before + FADE_SAMPLES..]);
        assert_eq!(rig.events(), [PlayoutEvent::Started(1), ended(1, 1, 9_600)]);
    }

    #[test]
    fn after_a_long_pause_the_word_is_said_again() {
        let mut rig = Rig::new();
        rig.playout.open(1);
        let mut clause = vec![0.3; 96_000];
        clause[60_000..61_000].fill(0.0);
        rig.playout.push(1, 0, clause);
        rig.playout.close(1);
        rig.frames(80);
        rig.playout.pause();
        rig.frames(40);
        rig.playout.resume();
        rig.frames(1);
        let resumed = &rig.heard[120 * FRAME_SAMPLES..];
        assert!(resumed[..400].iter().all(|&x| x == 0.0) && resumed[900] == 0.3, "from the gap before the word");
        rig.playout.pause();
        rig.playout.stop();
        assert!(matches!(rig.events()[..], [PlayoutEvent::Started(1), PlayoutEvent::Ended { clauses_heard: 0, .. }]));
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
