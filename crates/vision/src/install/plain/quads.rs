//! Four straight edges that may be the sides of a bright sheet.

use super::segments::Segment;
use crate::homography::Point;

/// An edge may end that much before its corner, as a share of its length, and some pixels more.
const GAP: f64 = 0.8;
const GAP_PX: f64 = 8.0;
/// Or reach beyond it.
const BEYOND: f64 = 0.12;
/// Sine of the least angle at a corner.
const LEAST_SINE: f64 = 0.5;
/// Edges that are tried as the next side.
const NEXT: usize = 14;

/// The quadrilaterals, corners clockwise on the picture; the brighter side of each edge is inside.
pub(super) fn quads(edges: &[Segment], most: usize) -> Vec<[Point; 4]> {
    let next: Vec<Vec<(usize, Point)>> = (0..edges.len()).map(|i| following(edges, i)).collect();
    let mut found = Vec::new();
    for (first, seconds) in next.iter().enumerate() {
        for &(second, p) in seconds.iter().filter(|(second, _)| *second > first) {
            for &(third, q) in next[second].iter().filter(|(third, _)| *third > first) {
                for &(fourth, r) in next[third].iter().filter(|(fourth, _)| *fourth > first && *fourth != second) {
                    let Some(&(_, s)) = next[fourth].iter().find(|(last, _)| *last == first) else { continue };
                    let corners = [s, p, q, r];
                    let lengths = [first, second, third, fourth].map(|i| edges[i].length());
                    if is_seen(&corners, lengths) {
                        found.push((lengths.iter().sum::<f64>(), corners));
                    }
                }
            }
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    found.truncate(most);
    found.into_iter().map(|(_, corners)| corners).collect()
}

/// The edges that may be the next side, clockwise, with the corner between; the nearest first.
fn following(edges: &[Segment], i: usize) -> Vec<(usize, Point)> {
    let from = edges[i];
    let (dx, dy) = from.direction();
    let mut found = Vec::new();
    for (j, to) in edges.iter().enumerate() {
        let (ex, ey) = to.direction();
        let sine = dx * ey - dy * ex;
        if j == i || sine < LEAST_SINE {
            continue;
        }
        // from.b + s · d is to.a − r · e.
        let (wx, wy) = (to.a.0 - from.b.0, to.a.1 - from.b.1);
        let (s, r) = ((wx * ey - wy * ex) / sine, (dx * wy - dy * wx) / sine);
        let near = |gap: f64, length: f64| gap >= -(BEYOND * length + GAP_PX) && gap <= GAP * length + GAP_PX;
        // Of two edges one at least comes close to the corner.
        let close = |gap: f64, length: f64| gap.abs() <= 0.25 * length + GAP_PX;
        let (long_from, long_to) = (from.length(), to.length());
        if near(s, long_from) && near(r, long_to) && (close(s, long_from) || close(r, long_to)) {
            found.push((s.abs() + r.abs(), j, (from.b.0 + s * dx, from.b.1 + s * dy)));
        }
    }
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    found.truncate(NEXT);
    found.into_iter().map(|(_, j, corner)| (j, corner)).collect()
}

/// Whether most of the way around is on the edges.
fn is_seen(corners: &[Point; 4], lengths: [f64; 4]) -> bool {
    let (mut around, mut seen) = (0.0, 0.0);
    for (i, length) in lengths.into_iter().enumerate() {
        let (a, b) = (corners[i], corners[(i + 1) % 4]);
        let side = (b.0 - a.0).hypot(b.1 - a.1);
        if side < 18.0 || length < 0.3 * side {
            return false;
        }
        around += side;
        seen += length.min(side);
    }
    seen >= 0.6 * around
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(a: Point, b: Point) -> Segment {
        Segment { a, b }
    }

    #[test]
    fn four_edges_around_make_one_and_with_gaps_too_but_not_the_other_way_round() {
        let box_of = |gap: f64| {
            [
                edge((10.0 + gap, 20.0), (110.0 - gap, 20.0)),
                edge((110.0, 20.0 + gap), (110.0, 160.0 - gap)),
                edge((110.0 - gap, 160.0), (10.0 + gap, 160.0)),
                edge((10.0, 160.0 - gap), (10.0, 20.0 + gap)),
            ]
        };
        for gap in [0.0, 12.0] {
            let found = quads(&box_of(gap), 9);
            assert_eq!(found.len(), 1, "{found:?}");
            for corner in [(10.0, 20.0), (110.0, 20.0), (110.0, 160.0), (10.0, 160.0)] {
                assert!(found[0].iter().any(|p| (p.0 - corner.0).hypot(p.1 - corner.1) < 1e-6), "{found:?}");
            }
        }
        assert!(quads(&box_of(45.0), 9).is_empty());
        assert!(quads(&box_of(0.0).map(|of| edge(of.b, of.a)), 9).is_empty());
        assert!(quads(&box_of(0.0)[..3], 9).is_empty());
    }
}
