//! The ArUco dictionary `DICT_4X4_50` (Garrido-Jurado et al. 2014, as published with OpenCV), as far as the sheets use it.

/// The inner bits of markers 0 to 7, row by row from the highest bit, 1 for white. Any two of the dictionary's fifty differ in at
/// least four bits, however they are turned.
const BITS: [u16; 8] = [0xb532, 0x0f9a, 0x332d, 0x9946, 0x549e, 0x79cd, 0x9e2e, 0xc4f2];

/// Cells of a marker a side: four of bits, and a black border of one.
pub(super) const CELLS: usize = 6;

/// A known marker, seen turned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Match {
    /// Its number in the dictionary.
    pub(super) id: usize,
    /// Quarter turns, clockwise, that the picture has to be turned by to stand upright.
    pub(super) turns: usize,
}

/// Whether a cell of a marker is white; the border is black.
pub(super) fn is_white(id: usize, row: usize, column: usize) -> bool {
    let inside = |v: usize| (1..CELLS - 1).contains(&v);
    inside(row) && inside(column) && BITS[id % BITS.len()] >> (15 - ((row - 1) * 4 + column - 1)) & 1 == 1
}

/// The marker that 4 × 4 bits are, with at most one bit read wrong.
pub(super) fn identify(bits: u16) -> Option<Match> {
    let mut turned = bits;
    for turns in 0..4 {
        if let Some(id) = BITS.iter().position(|known| (known ^ turned).count_ones() <= 1) {
            return Some(Match { id, turns });
        }
        turned = clockwise(turned);
    }
    None
}

/// 4 × 4 bits turned by a quarter, clockwise.
fn clockwise(bits: u16) -> u16 {
    (0..16).fold(0, |turned, i| {
        let (row, column) = (i / 4, i % 4);
        turned << 1 | bits >> (15 - ((3 - column) * 4 + row)) & 1
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wrong_bit_is_mended_and_two_are_not() {
        for (id, &bits) in BITS.iter().enumerate() {
            for bit in 0..16 {
                assert_eq!(identify(bits ^ 1 << bit), Some(Match { id, turns: 0 }));
            }
            // Three turns more make four.
            assert_eq!(identify(clockwise(bits)), Some(Match { id, turns: 3 }));
        }
        assert_eq!(identify(0xffff), None);
        assert_eq!(identify(0), None);
    }

    #[test]
    fn any_two_differ_in_four_bits_however_they_are_turned() {
        for (i, &a) in BITS.iter().enumerate() {
            let mut turned = a;
            for turns in 0..4 {
                for (j, &b) in BITS.iter().enumerate() {
                    assert!((i == j && turns == 0) || (turned ^ b).count_ones() >= 4, "{i} {j} {turns}");
                }
                turned = clockwise(turned);
            }
        }
    }

    #[test]
    fn the_border_is_black() {
        assert!((0..6).all(|i| !is_white(0, 0, i) && !is_white(0, i, 5)));
        // The first row of marker 0 is 1011.
        assert_eq!((1..5).map(|c| is_white(0, 1, c)).collect::<Vec<_>>(), [true, false, true, true]);
    }
}
