//! Pencil marks on the wall, near where the holes belong.

use ermu_domain::{Mark, MarkSeen, MountingTemplate, WallPoint, WallRefusal};

use super::{candidates::Levels, in_mm, plane::Plane, sheet::Sheet};
use crate::gray::Gray;

/// Marks are looked for this far around a hole's place.
const REACH_MM: f64 = 25.0;
/// The wall around them is looked at a little farther.
const MARGIN_MM: f64 = 8.0;
/// The wall is laid out in squares of this side.
const STEP_MM: f64 = 0.5;
/// Coarser photos do not show a pencil's line.
const LEAST_PX_A_MM: f64 = 0.7;
/// A mark is smaller than this across: lines of a wallpaper are not.
const LARGEST_MM: f64 = 18.0;
/// … and covers at least this, in mm².
const LEAST_AREA_MM2: f64 = 1.5;
/// A mark is at least this much darker than the wall around it, in shares of full brightness.
const LEAST_DARKNESS: f32 = 0.035;
/// Another mark this strong, by area times darkness, leaves it open which one is meant.
const RIVAL: f32 = 0.5;

/// What is seen near each hole's place.
pub(super) fn seen(levels: &Levels, plane: &Plane, template: &MountingTemplate) -> Result<Vec<Mark>, WallRefusal> {
    let marks = template.holes.iter().enumerate().map(|(hole, of)| {
        let covered = plane.sheets.iter().any(|(_, placed)| {
            let (x, y) = placed.to_sheet(in_mm(of.at));
            Sheet::covers(WallPoint { x_mm: x as f32, y_mm: y as f32 })
        });
        let seen = if covered { MarkSeen::Covered } else { near(levels, plane, in_mm(of.at))? };
        Ok(Mark { hole, seen })
    });
    marks.collect()
}

fn near(levels: &Levels, plane: &Plane, place: (f64, f64)) -> Result<MarkSeen, WallRefusal> {
    let (_, least) = plane.scale(place).ok_or(WallRefusal::Vague)?;
    if least < LEAST_PX_A_MM {
        return Err(WallRefusal::Vague);
    }
    let half = ((REACH_MM + MARGIN_MM) / STEP_MM) as usize;
    let side = 2 * half + 1;
    let offset = |i: usize| (i as f64 - half as f64) * STEP_MM;
    let on_sheet = |x: f64, y: f64| {
        plane.sheets.iter().any(|(_, placed)| {
            let (x, y) = placed.to_sheet((x, y));
            Sheet::covers(WallPoint { x_mm: x as f32, y_mm: y as f32 })
        })
    };
    // Beside the photo and under the sheet nothing is dark.
    let mut hidden = vec![false; side * side];
    let mut wall = Gray::from_fn(side, side, |_, _| 0.0);
    for (i, value) in wall.data.iter_mut().enumerate() {
        let (x, y) = (place.0 + offset(i % side), place.1 - offset(i / side));
        let level = plane.on_photo((x, y)).and_then(|pixel| levels.sample(pixel)).filter(|_| !on_sheet(x, y));
        match level {
            Some(level) => *value = (level / 255.0) as f32,
            None => hidden[i] = true,
        }
    }
    fill(&mut wall, &hidden);
    let ground = wall.box_blur((MARGIN_MM / STEP_MM) as usize);
    let fine = wall.box_blur(1);
    let darkness: Vec<f32> = ground.data.iter().zip(&fine.data).map(|(ground, v)| ground - v).collect();
    let mut sizes: Vec<f32> = darkness.iter().map(|d| d.abs()).collect();
    let middle = sizes.len() / 2;
    let (_, &mut usual, _) = sizes.select_nth_unstable_by(middle, f32::total_cmp);
    let threshold = LEAST_DARKNESS.max(6.0 * usual);
    let mut spots = spots(&darkness, side, threshold);
    spots.retain(|spot| {
        let (dx, dy) = (spot.x - half as f32, spot.y - half as f32);
        f64::from(dx.hypot(dy)) * STEP_MM <= REACH_MM
            && spot.across as f64 * STEP_MM <= LARGEST_MM
            && spot.pixels as f64 * STEP_MM * STEP_MM >= LEAST_AREA_MM2
    });
    spots.sort_by(|a, b| b.strength.total_cmp(&a.strength));
    Ok(match spots.as_slice() {
        [] => MarkSeen::Missing,
        [best, rival, ..] if rival.strength > RIVAL * best.strength => MarkSeen::Several,
        [best, ..] => {
            let mm = |v: f32| (v - half as f32) * STEP_MM as f32;
            MarkSeen::At(WallPoint { x_mm: mm(best.x), y_mm: -mm(best.y) })
        }
    })
}

/// Gives what is hidden the mean of what is seen.
fn fill(wall: &mut Gray, hidden: &[bool]) {
    let seen = || wall.data.iter().zip(hidden).filter(|(_, hidden)| !**hidden).map(|(value, _)| *value);
    let mean = seen().sum::<f32>() / (seen().count().max(1)) as f32;
    wall.data.iter_mut().zip(hidden).filter(|(_, hidden)| **hidden).for_each(|(value, _)| *value = mean);
}

/// A dark spot: its middle weighted by darkness, its size in squares.
#[derive(Debug)]
struct Spot {
    x: f32,
    y: f32,
    across: usize,
    pixels: usize,
    strength: f32,
}

/// Connected squares that are darker than the threshold.
fn spots(darkness: &[f32], side: usize, threshold: f32) -> Vec<Spot> {
    let mut open: Vec<bool> = darkness.iter().map(|&d| d > threshold).collect();
    let mut spots = Vec::new();
    for start in 0..open.len() {
        if !std::mem::take(&mut open[start]) {
            continue;
        }
        let mut stack = vec![start];
        let (mut x, mut y, mut strength, mut pixels) = (0.0, 0.0, 0.0, 0);
        let (mut left, mut right, mut top, mut bottom) = (side, 0, side, 0);
        while let Some(i) = stack.pop() {
            let (column, row) = (i % side, i / side);
            let weight = darkness[i];
            x += weight * column as f32;
            y += weight * row as f32;
            strength += weight;
            pixels += 1;
            (left, right) = (left.min(column), right.max(column));
            (top, bottom) = (top.min(row), bottom.max(row));
            for v in row.saturating_sub(1)..(row + 2).min(side) {
                for u in column.saturating_sub(1)..(column + 2).min(side) {
                    if std::mem::take(&mut open[v * side + u]) {
                        stack.push(v * side + u);
                    }
                }
            }
        }
        let across = (right - left).max(bottom - top) + 1;
        spots.push(Spot { x: x / strength, y: y / strength, across, pixels, strength });
    }
    spots
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spots_have_their_middle_where_they_are_darkest() {
        let side = 20;
        let darkness: Vec<f32> = (0..side * side)
            .map(|i| match (i % side, i / side) {
                (4..=6, 5) | (5, 4..=6) => 0.2,
                (15, 15) => 0.5,
                _ => 0.01,
            })
            .collect();
        let spots = spots(&darkness, side, 0.1);
        assert_eq!(spots.len(), 2);
        assert!((spots[0].x - 5.0).abs() < 1e-4 && (spots[0].y - 5.0).abs() < 1e-4);
        assert_eq!((spots[0].across, spots[0].pixels), (3, 5));
        assert_eq!((spots[1].x, spots[1].y, spots[1].pixels), (15.0, 15.0, 1));
    }
}
