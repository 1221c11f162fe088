//! A second opinion on voice, where the caller was asked for something and Ermu is silent: the model of voice activity takes a
//! number that is read on one note (二二二二) for no voice at all.

/// Windows of 32 ms that are remembered: half a second.
const REMEMBERED: u32 = 16;
/// As many of them have to be voiced: 416 ms. A cough has no more than half of that.
const ENOUGH: u32 = 13;

/// Voiced windows that the model called nothing.
#[derive(Debug, Default)]
pub(super) struct Monotone {
    /// The last windows, the newest in the lowest bit.
    voiced: u16,
    is_believed: bool,
}

/// What is made of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opinion {
    Nothing,
    /// It is a voice, which began so many windows ago.
    Began {
        windows_ago: u32,
    },
    /// The voice that is known goes on.
    GoesOn,
}

impl Monotone {
    /// Takes the next window.
    pub(super) fn push(&mut self, is_voiced: bool) -> Opinion {
        self.voiced = self.voiced << 1 | u16::from(is_voiced);
        self.is_believed &= self.voiced != 0;
        if self.is_believed {
            return if is_voiced { Opinion::GoesOn } else { Opinion::Nothing };
        }
        if self.voiced.count_ones() < ENOUGH {
            return Opinion::Nothing;
        }
        self.is_believed = true;
        Opinion::Began { windows_ago: REMEMBERED - 1 - self.voiced.leading_zeros() }
    }

    /// Begins anew.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_voice_is_believed_after_a_while_and_then_at_once_until_it_is_gone() {
        let mut monotone = Monotone::default();
        let opinions: Vec<Opinion> = (0..13).map(|_| monotone.push(true)).collect();
        assert_eq!(opinions[11..], [Opinion::Nothing, Opinion::Began { windows_ago: 12 }]);
        assert_eq!([true, false, true].map(|voiced| monotone.push(voiced))[1..], [Opinion::Nothing, Opinion::GoesOn]);
        (0..16).for_each(|_| assert_eq!(monotone.push(false), Opinion::Nothing));
        assert_eq!(monotone.push(true), Opinion::Nothing);
    }

    #[test]
    fn short_voices_are_none_and_gaps_are_allowed() {
        let mut monotone = Monotone::default();
        // A cough of 200 ms, twice.
        for voiced in [[true; 6], [false; 6], [true; 6], [false; 6]].concat() {
            assert_eq!(monotone.push(voiced), Opinion::Nothing);
        }
        monotone.forget();
        let syllables = [true, true, true, true, true, false].repeat(3);
        let began = syllables.iter().map(|voiced| monotone.push(*voiced)).find(|opinion| *opinion != Opinion::Nothing);
        assert_eq!(began, Some(Opinion::Began { windows_ago: 14 }));
    }
}
