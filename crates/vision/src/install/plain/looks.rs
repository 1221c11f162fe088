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
    let mut steps: Vec<f64> = (0..40_u8)
        .filter_map(|k| {
            let t = 0.06 + 0.88 * f64::from(k) / 39.0;
            let foot = (a.0 + t * (b.0 - a.0), a.1 + t * (b.1 - a.1));
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
