//! Where the edges of paper are to a fraction of a pixel. They are fainter than a marker's, so that neighbouring places of an edge are
//! looked at together.

use super::super::{candidates::Levels, line::Line};
use crate::homography::Point;

/// How far from where it is expected an edge is sought, in pixels.
const REACH_PX: f64 = 7.0;
const STEP_PX: f64 = 0.5;
/// Steps on the way across.
const STEPS: usize = 29;
/// Places along an edge, and points of each that are averaged.
const PLACES: usize = 28;
const POINTS: usize = 9;
/// Brighter by at least this over two pixels, in grey levels.
const LEAST_RISE: f64 = 3.0;

/// Corners (clockwise, bright inside) as the crossings of their edges, and how far the edges scatter about straight lines, in pixels
/// root mean square. `None` if an edge is not to be seen on most of its length.
pub(super) fn refined(levels: &Levels, mut corners: [Point; 4]) -> Option<([Point; 4], f64)> {
    let mut scatter = 0.0;
    for _ in 0..2 {
        let mut lines = Vec::with_capacity(4);
        scatter = 0.0;
        for i in 0..4 {
            let (line, off) = edge(levels, corners[i], corners[(i + 1) % 4])?;
            lines.push(line);
            scatter += off * off / 4.0;
        }
        for (i, corner) in corners.iter_mut().enumerate() {
            let exact = lines[(i + 3) % 4].crossing(&lines[i])?;
            if (exact.0 - corner.0).hypot(exact.1 - corner.1) > 3.0 * REACH_PX {
                return None;
            }
            *corner = exact;
        }
    }
    Some((corners, scatter.sqrt()))
}

/// The line of an edge and its scatter.
fn edge(levels: &Levels, a: Point, b: Point) -> Option<(Line, f64)> {
    let length = (b.0 - a.0).hypot(b.1 - a.1);
    if !length.is_finite() || length < 20.0 {
        return None;
    }
    let along = ((b.0 - a.0) / length, (b.1 - a.1) / length);
    let inwards = (-along.1, along.0);
    let mut points: Vec<Point> = (0..PLACES)
        .filter_map(|place| {
            let t = length * (0.06 + 0.88 * (place as f64 + 0.5) / PLACES as f64);
            let foot = (a.0 + along.0 * t, a.1 + along.1 * t);
            let off = brightening(levels, foot, inwards, along, length * 0.88 / PLACES as f64)?;
            Some((foot.0 + inwards.0 * off, foot.1 + inwards.1 * off))
        })
        .collect();
    let mut scatter = 0.0;
    let mut line = None;
    for _ in 0..3 {
        if points.len() * 2 < PLACES {
            return None;
        }
        let fitted = Line::through(&points)?;
        let off = |p: &Point| fitted.distance(*p);
        let mut sorted: Vec<f64> = points.iter().map(off).collect();
        sorted.sort_by(f64::total_cmp);
        let limit = (3.0 * sorted[sorted.len() / 2]).max(0.3);
        points.retain(|p| off(p) <= limit);
        scatter = (points.iter().map(|p| off(p).powi(2)).sum::<f64>() / points.len().max(1) as f64).sqrt();
        line = Some(fitted);
    }
    line.map(|line| (line, scatter))
}

/// Where brightness rises most steeply along `inwards`, in pixels from a place of the edge; the mean over `width` pixels along it.
fn brightening(levels: &Levels, foot: Point, inwards: Point, along: Point, width: f64) -> Option<f64> {
    let mut values = [0.0; STEPS];
    for (step, value) in values.iter_mut().enumerate() {
        let s = step as f64 * STEP_PX - REACH_PX;
        for point in 0..POINTS {
            let t = width * ((point as f64 + 0.5) / POINTS as f64 - 0.5);
            let at = (foot.0 + s * inwards.0 + t * along.0, foot.1 + s * inwards.1 + t * along.1);
            *value += levels.sample(at)? / POINTS as f64;
        }
    }
    // Rises over two pixels.
    let rise = |i: usize| values[i + 2] - values[i - 2];
    let steepest = (2..STEPS - 2).max_by(|&i, &j| rise(i).total_cmp(&rise(j)))?;
    let most = rise(steepest);
    if most < LEAST_RISE {
        return None;
    }
    let (mut weight, mut place) = (0.0, 0.0);
    for i in steepest.saturating_sub(4).max(2)..(steepest + 5).min(STEPS - 2) {
        let more = (rise(i) - 0.3 * most).max(0.0);
        weight += more;
        place += more * (i as f64 * STEP_PX - REACH_PX);
    }
    Some(place / weight)
}
