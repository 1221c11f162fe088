//! What a quadrilateral looks like from outside: brighter than what is beside it, all along its sides, and white.

use image::RgbImage;

use super::super::candidates::Levels;
use crate::homography::Point;

/// Shortest side, in pixels.
const LEAST_SIDE_PX: f64 = 26.0;
/// Grey levels by which it is brighter than what is beside it, at the median of each side.
const LEAST_CONTRAST: f64 = 4.0;
/// Places of a side where it is brighter.
const LEAST_SUPPORT: f64 = 0.6;
/// How far from its edges the wall is looked at, as shares of the sheet's side, and the share of the step at the edge that the wall is
/// darker by there at least: beyond a door's gap, a tile's joint or a picture's frame it is bright again.
const BEYOND: [f64; 2] = [0.06, 0.12];
const LEAST_BEYOND: f64 = 0.4;
/// Places of a side that are looked at.
const PLACES: u8 = 40;
/// Difference between its colours, as a share of its brightness: paper is white in any light of a room.
const MOST_COLOUR: f64 = 0.3;

/// Whether a quadrilateral (corners clockwise) stands out as a sheet does.
pub(super) fn stands_out(quad: &[Point; 4], levels: &Levels, rgb: &RgbImage) -> bool {
    (0..4).all(|i| is_brighter_inside(quad[i], quad[(i + 1) % 4], levels)) && is_white(quad, rgb)
}

/// Whether it is brighter to the right of a side, on most of its places.
fn is_brighter_inside(a: Point, b: Point, levels: &Levels) -> bool {
    let length = (b.0 - a.0).hypot(b.1 - a.1);
    if length < LEAST_SIDE_PX {
        return false;
    }
    let inwards = (-(b.1 - a.1) / length, (b.0 - a.0) / length);
    let mut steps: Vec<f64> = (0..PLACES)
        .filter_map(|k| {
            let foot = foot(a, b, k);
            let level = |off: f64| levels.sample((foot.0 + off * inwards.0, foot.1 + off * inwards.1));
            Some((level(2.5)? + level(3.5)? - level(-2.5)? - level(-3.5)?) / 2.0)
        })
        .collect();
    if steps.len() < 36 {
        return false;
    }
    steps.sort_by(f64::total_cmp);
    let median = steps[steps.len() / 2];
    let brighter = steps.iter().filter(|step| **step >= (0.3 * median).max(2.0)).count();
    median >= LEAST_CONTRAST && brighter as f64 >= LEAST_SUPPORT * steps.len() as f64
}

/// The place number `k` of a side, from near its beginning to near its end.
fn foot(a: Point, b: Point, k: u8) -> Point {
    let t = 0.06 + 0.88 * f64::from(k) / f64::from(PLACES - 1);
    (a.0 + t * (b.0 - a.0), a.1 + t * (b.1 - a.1))
}

/// Whether what is beside a quadrilateral with exact corners stays darker, as a wall does, for as far as the photo shows it.
pub(super) fn is_before_a_wall(quad: &[Point; 4], levels: &Levels) -> bool {
    let length = |i: usize| (quad[(i + 1) % 4].0 - quad[i].0).hypot(quad[(i + 1) % 4].1 - quad[i].1);
    let size = (0..4).map(length).sum::<f64>() / 4.0;
    (0..4).all(|i| {
        let (a, b) = (quad[i], quad[(i + 1) % 4]);
        let inwards = (-(b.1 - a.1) / length(i), (b.0 - a.0) / length(i));
        let level = |off: f64| {
            let at = |k| {
                let foot = foot(a, b, k);
                levels.sample((foot.0 + off * inwards.0, foot.1 + off * inwards.1))
            };
            let mut found: Vec<f64> = (0..PLACES).filter_map(at).collect();
            found.sort_by(f64::total_cmp);
            (found.len() > usize::from(PLACES) / 4).then(|| found[found.len() / 2])
        };
        let rise = |off: f64| Some(level(off)? - level(-off)?);
        let Some(step) = rise(3.5) else { return true };
        BEYOND.iter().all(|share| rise(share * size).is_none_or(|rise| rise >= LEAST_BEYOND * step))
    })
}

/// Whether its colours differ little at the mean of some places inside.
fn is_white(quad: &[Point; 4], rgb: &RgbImage) -> bool {
    let mut colours = [0.0; 3];
    for i in 0..100_u8 {
        let (u, v) = (0.1 + 0.8 * f64::from(i % 10) / 9.0, 0.1 + 0.8 * f64::from(i / 10) / 9.0);
        let mix = |of: fn(&Point) -> f64| {
            let [a, b, c, d] = [0, 1, 2, 3].map(|i| of(&quad[i]));
            (a * (1.0 - u) + b * u) * (1.0 - v) + (d * (1.0 - u) + c * u) * v
        };
        let (x, y) = (mix(|p| p.0).round(), mix(|p| p.1).round());
        if !(x >= 0.0 && y >= 0.0 && x < f64::from(rgb.width()) && y < f64::from(rgb.height())) {
            return false;
        }
        let pixel = rgb.get_pixel(x as u32, y as u32).0;
        colours.iter_mut().zip(pixel).for_each(|(sum, v)| *sum += f64::from(v));
    }
    let (least, most) = colours.iter().fold((f64::MAX, 0.0_f64), |(l, m), &v| (l.min(v), m.max(v)));
    most - least <= MOST_COLOUR * most
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    const QUAD: [Point; 4] = [(99.5, 79.5), (219.5, 79.5), (219.5, 249.5), (99.5, 249.5)];

    /// A box that is brighter than a wall, with levels by the distance from its edges, outwards.
    fn picture(level: impl Fn(f64) -> u8) -> RgbImage {
        RgbImage::from_fn(320, 320, |x, y| {
            let (dx, dy) = ((f64::from(x) - 159.5).abs() - 60.0, (f64::from(y) - 164.5).abs() - 85.0);
            Rgb([level(dx.max(dy)); 3])
        })
    }

    #[test]
    fn paper_is_before_a_wall_and_panels_and_framed_prints_are_not() {
        let holds = |level: &dyn Fn(f64) -> u8| {
            let rgb = picture(level);
            let levels = Levels::of(&rgb);
            assert!(stands_out(&QUAD, &levels, &rgb));
            is_before_a_wall(&QUAD, &levels)
        };
        assert!(holds(&|off| if off < 0.0 { 210 } else { 160 }));
        // With a shadow beside it.
        assert!(holds(&|off| if off < 0.0 {
            210
        } else if off < 3.0 {
            130
        } else {
            160
        }));
        // The joint between two tiles; a print in a frame.
        assert!(!holds(&|off| if (0.0..5.0).contains(&off) { 150 } else { 210 }));
        assert!(!holds(&|off| if off < 0.0 {
            210
        } else if off < 12.0 {
            40
        } else {
            160
        }));
    }

    #[test]
    fn what_is_coloured_or_darker_than_what_is_beside_it_is_no_paper() {
        let rgb = picture(|off| if off < 0.0 { 150 } else { 190 });
        assert!(!stands_out(&QUAD, &Levels::of(&rgb), &rgb));
        let mut rgb = picture(|off| if off < 0.0 { 210 } else { 120 });
        assert!(stands_out(&QUAD, &Levels::of(&rgb), &rgb));
        rgb.pixels_mut().for_each(|pixel| pixel.0[2] /= 2);
        assert!(!stands_out(&QUAD, &Levels::of(&rgb), &rgb));
    }
}
