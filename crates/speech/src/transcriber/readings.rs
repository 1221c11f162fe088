//! Which of several readings of an utterance its sound speaks for.
//!
//! A small Whisper hears a name that it never read as words that it did: 循环扇 becomes 徐魂上. Asked how likely the name is in that
//! place, it says: nearly as likely. The sound is encoded already, so a reading costs a step of the decoder for each token in
//! which it differs, and one that is far off is given up after the first or second.

use whisper_rs::{WhisperError, WhisperState};

use super::scorer::{Next, Scorer};

/// How much less likely than what was heard a reading may be, as a logarithm: what the decoder wrote by itself is the likeliest by its
/// own lights. Chosen, as the margin, on 56 utterances in five synthetic voices, where -6 and -10 would do as well.
const FARTHEST: f32 = -8.0;
/// How much likelier than the next one it has to be.
const MARGIN: f32 = 5.0;
/// More tokens are no utterance of one piece; the decoder has room for 448.
const MOST_TOKENS: usize = 300;

/// Where a reading differs from what was heard, in tokens: behind the first `from`, up to `heard_to` and `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Difference {
    from: usize,
    heard_to: usize,
    to: usize,
}

/// The reading that is likely enough, if there is one and no other comes near. All are tokens of whole texts.
pub(super) fn likeliest(
    state: &mut WhisperState,
    scorer: &Scorer,
    heard: &[i32],
    readings: &[Vec<i32>],
) -> Result<Option<usize>, WhisperError> {
    let mut differences: Vec<_> = readings.iter().map(|reading| difference(heard, reading)).enumerate().collect();
    let Some(start) = differences.iter().map(|(_, difference)| difference.from).min() else { return Ok(None) };
    let end = differences.iter().map(|(_, difference)| difference.heard_to).max().unwrap_or(start);
    if heard.len() > MOST_TOKENS || readings.iter().any(|reading| reading.len() > MOST_TOKENS) {
        return Ok(None);
    }
    let (begun, first) = scorer.behind(state, &heard[..start])?;
    // What comes next behind the first `start`, `start + 1`, … tokens that were heard.
    let mut nexts = vec![first];
    for (at, token) in heard[start..end].iter().enumerate() {
        nexts.push(scorer.push(state, *token, begun + at)?);
    }
    // The longest common beginnings first: a shorter one overwrites what stands behind it.
    differences.sort_by_key(|(_, difference)| std::cmp::Reverse(difference.from));
    let mut likely: Vec<(f32, usize)> = Vec::new();
    for (index, Difference { from, heard_to, to }) in differences {
        let as_heard: f32 = (from..=heard_to).map(|at| follows(&nexts[at - start], heard.get(at))).sum();
        let reading = &readings[index];
        let mut log_ratio = follows(&nexts[from - start], reading.get(from)) - as_heard;
        for at in from..to {
            if log_ratio < FARTHEST {
                break;
            }
            let next = scorer.push(state, reading[at], begun + at - start)?;
            log_ratio += follows(&next, reading.get(at + 1));
        }
        if log_ratio >= FARTHEST {
            likely.push((log_ratio, index));
        }
    }
    likely.sort_by(|one, other| other.0.total_cmp(&one.0));
    Ok(match likely.as_slice() {
        [] => None,
        [(_, index)] => Some(*index),
        [best, second, ..] => (best.0 - second.0 >= MARGIN).then_some(best.1),
    })
}

/// How likely a token comes next, or the end.
fn follows(next: &Next, token: Option<&i32>) -> f32 {
    token.map_or_else(|| next.end(), |token| next.token(*token))
}

fn difference(heard: &[i32], reading: &[i32]) -> Difference {
    let from = heard.iter().zip(reading).take_while(|(a, b)| a == b).count();
    let same_end = heard[from..].iter().rev().zip(reading[from..].iter().rev()).take_while(|(a, b)| a == b).count();
    Difference { from, heard_to: heard.len() - same_end, to: reading.len() - same_end }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_weighed() {
        let of = |heard: &[i32], reading: &[i32]| {
            let Difference { from, heard_to, to } = difference(heard, reading);
            (from, heard_to, to)
        };
        assert_eq!(of(&[1, 2, 3, 9], &[1, 4, 5, 6, 9]), (1, 3, 4));
        assert_eq!(of(&[1, 2], &[1, 2, 3]), (2, 2, 3));
        assert_eq!(of(&[1, 1, 1], &[1, 1]), (2, 3, 2));
        assert_eq!(of(&[], &[7]), (0, 0, 1));
        assert_eq!(of(&[1, 2], &[1, 2]), (2, 2, 2));
    }
}
