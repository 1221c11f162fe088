//! The lit pixels of a display: parted from the rest, brought upright, and cut into places.

use super::segments::{MOST_PLACES, NARROW};
use crate::gray::Gray;

/// Marks that come as near to the frame's edge belong to something else.
const EDGE_PX: usize = 2;
/// More marks than this are no digits: with every bar by itself a display has up to 35.
const MOST_MARKS: usize = 60;
/// Smaller marks are points and specks, as a share of the height of the digits.
const SPECK: f64 = 0.24;
/// Gaps between places, as shares of the height, before most glyphs and before a 1: wider ones hold something that was lost.
const WIDEST_GAPS: (f64, f64) = (0.65, 1.15);

/// Which pixels are lit (or, on a liquid crystal, dark).
#[derive(Debug, Clone)]
pub(super) struct Lit {
    pub(super) width: usize,
    pub(super) height: usize,
    mask: Vec<bool>,
}

impl Lit {
    /// Takes the pixels above a contrast, leaves out what touches the edge and what is small, and brings the rest upright.
    pub(super) fn of(contrast: &Gray, sign: f32, least: f32) -> Option<Self> {
        let mask = contrast.data.iter().map(|value| sign * value > least).collect();
        let raw = Self { width: contrast.width, height: contrast.height, mask };
        let (marks, cut) = raw.marks();
        if marks.len() > MOST_MARKS {
            return None;
        }
        let band = extent(marks.iter().flatten().map(|i| i / raw.width))?;
        let tall = (band.1 - band.0 + 1) as f64;
        let small = SPECK * tall;
        // A digit that reaches out of the frame: another frame will hold it.
        if cut.iter().any(|mark| {
            extent(mark.iter().map(|i| i / raw.width)).is_some_and(|(top, bottom)| (bottom - top) as f64 > tall / 3.0)
        }) {
            return None;
        }
        let mut kept = Self { mask: vec![false; raw.mask.len()], ..raw };
        for mark in marks {
            let (left, right) = extent(mark.iter().map(|i| i % kept.width))?;
            let (top, bottom) = extent(mark.iter().map(|i| i / kept.width))?;
            if (right - left).max(bottom - top) as f64 + 1.0 > small {
                mark.into_iter().for_each(|i| kept.mask[i] = true);
            }
        }
        Some(kept.level()?.level_columns())
    }

    /// Connected lit pixels that do not touch the frame's edge, and those that do so at its ends alone.
    fn marks(&self) -> (Vec<Vec<usize>>, Vec<Vec<usize>>) {
        let mut seen = vec![false; self.mask.len()];
        let (mut marks, mut cut) = (Vec::new(), Vec::new());
        let within = |length: usize| EDGE_PX..length.saturating_sub(EDGE_PX);
        for start in 0..self.mask.len() {
            if seen[start] || !self.mask[start] {
                continue;
            }
            seen[start] = true;
            let (mut pixels, mut next) = (vec![start], 0);
            let (mut between_ends, mut between_sides) = (true, true);
            while let Some(&i) = pixels.get(next) {
                next += 1;
                let (x, y) = (i % self.width, i / self.width);
                between_ends &= within(self.width).contains(&x);
                between_sides &= within(self.height).contains(&y);
                for v in y.saturating_sub(1)..(y + 2).min(self.height) {
                    for u in x.saturating_sub(1)..(x + 2).min(self.width) {
                        let j = v * self.width + u;
                        if self.mask[j] && !seen[j] {
                            seen[j] = true;
                            pixels.push(j);
                        }
                    }
                }
            }
            match (between_sides, between_ends) {
                (true, true) => marks.push(pixels),
                (true, false) => cut.push(pixels),
                (false, _) => {}
            }
        }
        (marks, cut)
    }

    fn points(&self) -> impl Iterator<Item = (i32, i32)> + Clone {
        let lit = self.mask.iter().enumerate().filter(|(_, lit)| **lit);
        lit.map(|(i, _)| ((i % self.width) as i32, (i / self.width) as i32))
    }

    /// Sheared so that the bars across lie level: their rows are the fullest then.
    fn level(&self) -> Option<Self> {
        let tilt = sharpest(self.points().map(|(x, y)| (y, x - self.width as i32 / 2)), 20)?;
        let moved = |(x, y): (i32, i32)| (x, shifted(y, x - self.width as i32 / 2, tilt));
        let (top, bottom) = extent(self.points().map(|point| moved(point).1))?;
        Some(Self::from_points(
            self.width,
            (bottom - top + 1) as usize,
            self.points().map(moved).map(|(x, y)| (x, y - top)),
        ))
    }

    /// Sheared so that the bars that stand do so.
    fn level_columns(&self) -> Self {
        let Some(slant) = sharpest(self.points(), 30) else { return self.clone() };
        let moved = |(x, y): (i32, i32)| (shifted(x, y, slant), y);
        let Some((left, right)) = extent(self.points().map(|point| moved(point).0)) else { return self.clone() };
        let points = self.points().map(moved).map(|(x, y)| (x - left, y));
        Self::from_points((right - left + 1) as usize, self.height, points)
    }

    fn from_points(width: usize, height: usize, points: impl Iterator<Item = (i32, i32)>) -> Self {
        let mut mask = vec![false; width * height];
        points.for_each(|(x, y)| mask[y as usize * width + x as usize] = true);
        Self { width, height, mask }
    }

    /// The share of columns (of the part `across`) in which a pixel of the rows `down` is lit.
    pub(super) fn crossed(&self, across: (f64, f64), down: (f64, f64)) -> f64 {
        let (columns, rows) = (span(across, self.width), span(down, self.height));
        let lit = columns.clone().filter(|x| rows.clone().any(|y| self.mask[y * self.width + x])).count();
        lit as f64 / columns.len().max(1) as f64
    }

    /// The share of rows in which a pixel of the columns is lit.
    pub(super) fn stood(&self, across: (f64, f64), down: (f64, f64)) -> f64 {
        let (columns, rows) = (span(across, self.width), span(down, self.height));
        let lit = rows.clone().filter(|y| columns.clone().any(|x| self.mask[y * self.width + x])).count();
        lit as f64 / rows.len().max(1) as f64
    }

    /// Places from left to right: columns parted by empty ones. None where one seems to be missing in between.
    pub(super) fn places(&self) -> Option<Vec<Self>> {
        let empty = (self.height / 40).max(1);
        let filled = (0..self.width).filter(|x| (0..self.height).any(|y| self.mask[y * self.width + x]));
        let mut places: Vec<(usize, usize)> = Vec::new();
        for x in filled {
            match places.last_mut() {
                Some((_, end)) if x - *end <= empty => *end = x,
                _ => places.push((x, x)),
            }
        }
        let height = self.height as f64;
        let missing = places.windows(2).any(|pair| {
            let (gap, wide) = ((pair[1].0 - pair[0].1) as f64, (pair[1].1 - pair[1].0) as f64);
            gap > height * if wide < NARROW * height { WIDEST_GAPS.1 } else { WIDEST_GAPS.0 }
        });
        let part = |(from, to): (usize, usize)| {
            let inside = self.points().filter(|(x, _)| (from as i32..=to as i32).contains(x));
            Self::from_points(to - from + 1, self.height, inside.map(|(x, y)| (x - from as i32, y)))
        };
        (!missing && places.len() <= MOST_PLACES).then(|| places.into_iter().map(part).collect())
    }
}

/// The contrast that parts the pixels best in two (Otsu, 1979); none if they are all about the same.
pub(super) fn threshold(contrast: &Gray, sign: f32) -> Option<f32> {
    const BINS: usize = 128;
    let values: Vec<f32> = contrast.data.iter().map(|value| sign * value).collect();
    let (low, high) = values.iter().fold((f32::MAX, f32::MIN), |(low, high), v| (low.min(*v), high.max(*v)));
    let step = (high - low) / BINS as f32;
    if step <= 1e-4 {
        return None;
    }
    let mut counts = [0_u32; BINS];
    values.iter().for_each(|value| counts[(((value - low) / step) as usize).min(BINS - 1)] += 1);
    let sum: f64 = counts.iter().enumerate().map(|(bin, count)| bin as f64 * f64::from(*count)).sum();
    let (mut below, mut sum_below, mut best) = (0.0, 0.0, (0.0, 0));
    for (bin, count) in counts.iter().enumerate() {
        below += f64::from(*count);
        sum_below += bin as f64 * f64::from(*count);
        let above = values.len() as f64 - below;
        if below == 0.0 || above == 0.0 {
            continue;
        }
        let apart = sum_below / below - (sum - sum_below) / above;
        let between = below * above * apart * apart;
        if between > best.0 {
            best = (between, bin);
        }
    }
    Some(low + (best.1 + 1) as f32 * step)
}

/// A share of the length moved by hundredths of how far away it is.
fn shifted(along: i32, away: i32, hundredths: i32) -> i32 {
    along + (away * hundredths).div_euclid(100)
}

/// The shear, in hundredths up to a limit to both sides, at which the points (along, away) lie on the fewest lines. Sought coarsely
/// first, and by some of the points where there are many.
fn sharpest(points: impl Iterator<Item = (i32, i32)>, limit: i32) -> Option<i32> {
    const STEP: i32 = 4;
    const ENOUGH: usize = 2_500;
    let all: Vec<(i32, i32)> = points.collect();
    let some: Vec<(i32, i32)> = all.iter().step_by(all.len() / ENOUGH + 1).copied().collect();
    let (first, last) = extent(some.iter().map(|point| point.0))?;
    let reach = some.iter().map(|point| point.1.abs()).max()? * (limit + STEP) / 100 + 1;
    let mut counts = vec![0_u32; (last - first + 2 * reach + 1) as usize];
    let mut best = |tried: &mut dyn Iterator<Item = i32>| {
        let rated = tried.map(|hundredths| {
            counts.fill(0);
            for &(along, away) in &some {
                counts[(shifted(along, away, hundredths) - first + reach) as usize] += 1;
            }
            (counts.iter().map(|count| u64::from(*count).pow(2)).sum::<u64>(), -hundredths.abs(), hundredths)
        });
        rated.max().map(|(_, _, hundredths)| hundredths)
    };
    let about = best(&mut (-limit..=limit).step_by(STEP as usize))?;
    best(&mut (about - STEP + 1..about + STEP))
}

fn span((from, to): (f64, f64), length: usize) -> std::ops::Range<usize> {
    let at = |share: f64| ((share * length as f64).round() as usize).min(length);
    at(from)..at(to)
}

fn extent<T: Ord + Copy>(values: impl Iterator<Item = T>) -> Option<(T, T)> {
    values.fold(None, |range, value| {
        Some(range.map_or((value, value), |(low, high): (T, T)| (low.min(value), high.max(value))))
    })
}
