//! The wall's plane from one or two sheets: one map from millimetres to pixels, and how sure it is.

use ermu_domain::MeasuredBy;

use super::{marker::Seen, plain::PlainSheet, sheet::Sheet};
use crate::homography::{Homography, Point};

/// The map (8 numbers) and how the second sheet lies on the wall (its turn and its place).
const UNKNOWNS: usize = 11;
const OF_MAP: usize = 8;
/// Millimetres are counted in these, so that all unknowns are of one size.
const UNIT_MM: f64 = 100.0;
/// Corners are never known better than this, in pixels: lenses are not quite straight and paper is not quite flat.
const FINEST_PX: f64 = 0.15;
/// Nor those of plain paper than this: there are four of them only, on edges that curl.
const FINEST_OF_PAPER_PX: f64 = 0.6;

type Normal = [[f64; UNKNOWNS]; UNKNOWNS];

/// A wall, seen.
#[derive(Debug, Clone)]
pub(super) struct Plane {
    /// Millimetres from the middle of the first sheet to pixels.
    to_photo: Homography,
    /// Middles of the sheets on the wall, in mm.
    pub(super) sheets: Vec<(Sheet, Placed)>,
    /// What it is known by.
    pub(super) by: MeasuredBy,
    /// Root mean square of what the corners are off, in pixels.
    pub(super) residual_px: f64,
    /// Covariance of the map's numbers (of [`UNIT_MM`] to pixels).
    covariance: [[f64; OF_MAP]; OF_MAP],
}

/// How a sheet lies on the wall: turned by an angle (radians, counter-clockwise), its middle in mm.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Placed {
    pub(super) turn: f64,
    pub(super) middle: Point,
}

impl Placed {
    /// Millimetres on the sheet to millimetres on the wall.
    fn to_wall(self, (x, y): Point) -> Point {
        let (sin, cos) = self.turn.sin_cos();
        (self.middle.0 + cos * x - sin * y, self.middle.1 + sin * x + cos * y)
    }

    /// The way back.
    pub(super) fn to_sheet(self, (x, y): Point) -> Point {
        let (sin, cos) = self.turn.sin_cos();
        let (dx, dy) = (x - self.middle.0, y - self.middle.1);
        (cos * dx + sin * dy, cos * dy - sin * dx)
    }
}

/// A corner of a marker: on its sheet in mm, and on the photo in pixels.
#[derive(Debug, Clone, Copy)]
struct Corner {
    sheet: Sheet,
    on_sheet: Point,
    on_photo: Point,
}

impl Plane {
    /// The plane that the markers lie in; `None` if they do not determine one. The first sheet has to be among them.
    pub(super) fn of(seen: &[Seen]) -> Option<Self> {
        let corners: Vec<Corner> = seen
            .iter()
            .flat_map(|seen| {
                let (sheet, marker) = Sheet::of_marker(seen.id);
                marker.corners().into_iter().zip(seen.corners).map(move |(on_sheet, on_photo)| Corner {
                    sheet,
                    on_sheet,
                    on_photo,
                })
            })
            .collect();
        let pairs = |of: Sheet| -> Vec<(Point, Point)> {
            corners.iter().filter(|c| c.sheet == of).map(|c| (c.on_sheet, c.on_photo)).collect()
        };
        let (first, second) = (pairs(Sheet::First), pairs(Sheet::Second));
        let start = Homography::fit(&first)?;
        let placed = if second.is_empty() { None } else { Some(placed(&start, &second)?) };
        adjusted(start, placed, &corners, FINEST_PX)
    }

    /// The plane that a plain sheet lies in.
    pub(super) fn of_plain(sheet: &PlainSheet) -> Option<Self> {
        let (x, y) = (f64::from(Sheet::WIDTH_MM) / 2.0, f64::from(Sheet::HEIGHT_MM) / 2.0);
        let on_sheet = [(-x, y), (x, y), (x, -y), (-x, -y)];
        let corner = |i: usize| Corner { sheet: Sheet::First, on_sheet: on_sheet[i], on_photo: sheet.corners[i] };
        let corners = [0, 1, 2, 3].map(corner);
        let start = Homography::fit(&corners.map(|corner| (corner.on_sheet, corner.on_photo)))?;
        let plane = adjusted(start, None, &corners, FINEST_OF_PAPER_PX.max(sheet.scatter_px))?;
        Some(Self { by: MeasuredBy::PlainPaper, ..plane })
    }

    /// Where a point of the wall (mm) is on the photo; `None` behind the camera.
    pub(super) fn on_photo(&self, point: Point) -> Option<Point> {
        self.to_photo.apply(point).filter(|p| p.0.is_finite() && p.1.is_finite())
    }

    /// How pixels change with millimetres around a point: the derivatives of x and y along x and y.
    fn slope(&self, (x, y): Point) -> Option<[[f64; 2]; 2]> {
        let m = &self.to_photo.0;
        let w = m[2][0] * x + m[2][1] * y + m[2][2];
        let (u, v) = self.on_photo((x, y))?;
        Some([
            [(m[0][0] - u * m[2][0]) / w, (m[0][1] - u * m[2][1]) / w],
            [(m[1][0] - v * m[2][0]) / w, (m[1][1] - v * m[2][1]) / w],
        ])
    }

    /// Pixels a millimetre around a point, where they are most and where they are fewest. Their ratio is about the cosine of the
    /// angle that the wall is seen under.
    pub(super) fn scale(&self, point: Point) -> Option<(f64, f64)> {
        let [[a, b], [c, d]] = self.slope(point)?;
        // Singular values of a 2 × 2 matrix.
        let (sum, difference) = ((a + d).hypot(b - c), (a - d).hypot(b + c));
        Some(((sum + difference) / 2.0, (sum - difference).abs() / 2.0))
    }

    /// The distance in mm that nine of ten such points are nearer than, by the corners' scatter.
    pub(super) fn error_mm(&self, point: Point) -> Option<f64> {
        let (x, y) = (point.0 / UNIT_MM, point.1 / UNIT_MM);
        let m = self.in_units();
        let w = m[6] * x + m[7] * y + 1.0;
        let (u, v) = self.on_photo(point)?;
        let rows = [
            [x / w, y / w, 1.0 / w, 0.0, 0.0, 0.0, -u * x / w, -u * y / w],
            [0.0, 0.0, 0.0, x / w, y / w, 1.0 / w, -v * x / w, -v * y / w],
        ];
        let spread = |a: &[f64; OF_MAP], b: &[f64; OF_MAP]| -> f64 {
            (0..OF_MAP).map(|i| (0..OF_MAP).map(|j| a[i] * self.covariance[i][j] * b[j]).sum::<f64>()).sum()
        };
        let (xx, xy, yy) = (spread(&rows[0], &rows[0]), spread(&rows[0], &rows[1]), spread(&rows[1], &rows[1]));
        let [[a, b], [c, d]] = self.slope(point)?;
        let determinant = a * d - b * c;
        // The covariance in mm is S⁻¹ C S⁻ᵀ with the slope S; its trace is the square of the distance.
        let inverse = [[d / determinant, -b / determinant], [-c / determinant, a / determinant]];
        let trace: f64 = inverse.iter().map(|[p, q]| p * p * xx + 2.0 * p * q * xy + q * q * yy).sum();
        // 90 % of a round two-dimensional normal distribution lie within 2.146 deviations, √(trace ∕ 2) each.
        let error = 2.146 * (trace / 2.0).sqrt();
        error.is_finite().then_some(error)
    }

    fn in_units(&self) -> [f64; OF_MAP] {
        in_units(&self.to_photo)
    }
}

/// The map's numbers for lengths in [`UNIT_MM`], the last being 1.
fn in_units(map: &Homography) -> [f64; OF_MAP] {
    let m = &map.0;
    let s = m[2][2];
    let k = UNIT_MM / s;
    [m[0][0] * k, m[0][1] * k, m[0][2] / s, m[1][0] * k, m[1][1] * k, m[1][2] / s, m[2][0] * k, m[2][1] * k]
}

/// The turn and place that bring a sheet nearest to where its corners are on the wall.
fn placed(to_photo: &Homography, pairs: &[(Point, Point)]) -> Option<Placed> {
    let back = to_photo.inverse()?;
    let mut on_wall = Vec::with_capacity(pairs.len());
    for (_, pixel) in pairs {
        let [x, y, w] = back.0.map(|row| row[0] * pixel.0 + row[1] * pixel.1 + row[2]);
        on_wall.push((x / w, y / w));
    }
    let n = pairs.len() as f64;
    let mean = |points: &mut dyn Iterator<Item = Point>| points.fold((0.0, 0.0), |s, p| (s.0 + p.0 / n, s.1 + p.1 / n));
    let (from, to) = (mean(&mut pairs.iter().map(|p| p.0)), mean(&mut on_wall.iter().copied()));
    let (mut sin, mut cos) = (0.0, 0.0);
    for ((a, _), b) in pairs.iter().zip(&on_wall) {
        let (ax, ay, bx, by) = (a.0 - from.0, a.1 - from.1, b.0 - to.0, b.1 - to.1);
        cos += ax * bx + ay * by;
        sin += ax * by - ay * bx;
    }
    let turn = sin.atan2(cos);
    let turned = Placed { turn, middle: (0.0, 0.0) }.to_wall(from);
    let middle = (to.0 - turned.0, to.1 - turned.1);
    (turn.is_finite() && middle.0.is_finite() && middle.1.is_finite()).then_some(Placed { turn, middle })
}

/// Least squares of the pixels that the corners are off (Gauss–Newton; each step is taken only if it helps). Corners are never known
/// better than to `finest_px`.
fn adjusted(start: Homography, second: Option<Placed>, corners: &[Corner], finest_px: f64) -> Option<Plane> {
    let unknowns = if second.is_some() { UNKNOWNS } else { OF_MAP };
    let mut at = [0.0; UNKNOWNS];
    at[..OF_MAP].copy_from_slice(&in_units(&start));
    if let Some(Placed { turn, middle }) = second {
        at[OF_MAP..].copy_from_slice(&[turn, middle.0 / UNIT_MM, middle.1 / UNIT_MM]);
    }
    let mut cost = system(&at, corners, unknowns)?.2;
    for _ in 0..8 {
        let (normal, gradient, _) = system(&at, corners, unknowns)?;
        let step = solved(&normal, &gradient, unknowns)?;
        let mut next = at;
        next.iter_mut().zip(step).for_each(|(value, step)| *value += step);
        match system(&next, corners, unknowns) {
            Some((_, _, better)) if better < cost => {
                let gain = cost - better;
                (at, cost) = (next, better);
                if gain < 1e-9 * cost {
                    break;
                }
            }
            Some(_) | None => break,
        }
    }
    let (normal, _, _) = system(&at, corners, unknowns)?;
    let freedom = (2 * corners.len()).saturating_sub(unknowns).max(1) as f64;
    let variance = (cost / freedom).max(finest_px * finest_px);
    let mut covariance = [[0.0; OF_MAP]; OF_MAP];
    for (column, row) in covariance.iter_mut().enumerate() {
        let mut unit = [0.0; UNKNOWNS];
        unit[column] = variance;
        row.copy_from_slice(&solved(&normal, &unit, unknowns)?[..OF_MAP]);
    }
    let k = UNIT_MM;
    let to_photo =
        Homography([[at[0] / k, at[1] / k, at[2]], [at[3] / k, at[4] / k, at[5]], [at[6] / k, at[7] / k, 1.0]]);
    let mut sheets = vec![(Sheet::First, Placed::default())];
    if second.is_some() {
        sheets.push((Sheet::Second, Placed { turn: at[8], middle: (at[9] * k, at[10] * k) }));
    }
    let residual_px = (cost / (2 * corners.len()) as f64).sqrt();
    residual_px.is_finite().then_some(Plane { to_photo, sheets, by: MeasuredBy::Markers, residual_px, covariance })
}

/// The normal equations at some values of the unknowns: matrix, right side, and the sum of squares.
fn system(at: &[f64; UNKNOWNS], corners: &[Corner], unknowns: usize) -> Option<(Normal, [f64; UNKNOWNS], f64)> {
    let mut normal = [[0.0; UNKNOWNS]; UNKNOWNS];
    let mut gradient = [0.0; UNKNOWNS];
    let mut cost = 0.0;
    for corner in corners {
        let (u, v) = (corner.on_sheet.0 / UNIT_MM, corner.on_sheet.1 / UNIT_MM);
        let (sin, cos) = if corner.sheet == Sheet::Second { at[8].sin_cos() } else { (0.0, 1.0) };
        let (x, y) = match corner.sheet {
            Sheet::First => (u, v),
            Sheet::Second => (cos * u - sin * v + at[9], sin * u + cos * v + at[10]),
        };
        let w = at[6] * x + at[7] * y + 1.0;
        if w < 1e-3 {
            return None;
        }
        let (px, py) = ((at[0] * x + at[1] * y + at[2]) / w, (at[3] * x + at[4] * y + at[5]) / w);
        let mut rows = [[0.0; UNKNOWNS]; 2];
        rows[0][..OF_MAP].copy_from_slice(&[x / w, y / w, 1.0 / w, 0.0, 0.0, 0.0, -px * x / w, -px * y / w]);
        rows[1][..OF_MAP].copy_from_slice(&[0.0, 0.0, 0.0, x / w, y / w, 1.0 / w, -py * x / w, -py * y / w]);
        if corner.sheet == Sheet::Second {
            let slopes = [
                ((at[0] - px * at[6]) / w, (at[1] - px * at[7]) / w),
                ((at[3] - py * at[6]) / w, (at[4] - py * at[7]) / w),
            ];
            for (row, (along_x, along_y)) in rows.iter_mut().zip(slopes) {
                row[8] = along_x * (-sin * u - cos * v) + along_y * (cos * u - sin * v);
                row[9] = along_x;
                row[10] = along_y;
            }
        }
        for (row, off) in rows.iter().zip([corner.on_photo.0 - px, corner.on_photo.1 - py]) {
            cost += off * off;
            for i in 0..unknowns {
                gradient[i] += row[i] * off;
                for j in 0..unknowns {
                    normal[i][j] += row[i] * row[j];
                }
            }
        }
    }
    cost.is_finite().then_some((normal, gradient, cost))
}

/// Solves a symmetric positive definite system by Cholesky's decomposition; `None` if it is not.
fn solved(normal: &Normal, right: &[f64; UNKNOWNS], unknowns: usize) -> Option<[f64; UNKNOWNS]> {
    // Unknowns of different size: scaled to a diagonal of ones.
    let mut scale = [1.0; UNKNOWNS];
    for i in 0..unknowns {
        if !normal[i][i].is_finite() || normal[i][i] <= 0.0 {
            return None;
        }
        scale[i] = 1.0 / normal[i][i].sqrt();
    }
    let mut lower = [[0.0; UNKNOWNS]; UNKNOWNS];
    for i in 0..unknowns {
        for j in 0..=i {
            let known: f64 = (0..j).map(|k| lower[i][k] * lower[j][k]).sum();
            let value = normal[i][j] * scale[i] * scale[j] - known;
            if i == j {
                if value <= 1e-13 || !value.is_finite() {
                    return None;
                }
                lower[i][i] = value.sqrt();
            } else {
                lower[i][j] = value / lower[j][j];
            }
        }
    }
    let mut x = [0.0; UNKNOWNS];
    for i in 0..unknowns {
        let known: f64 = (0..i).map(|k| lower[i][k] * x[k]).sum();
        x[i] = (right[i] * scale[i] - known) / lower[i][i];
    }
    for i in (0..unknowns).rev() {
        let known: f64 = (i + 1..unknowns).map(|k| lower[k][i] * x[k]).sum();
        x[i] = (x[i] - known) / lower[i][i];
    }
    x.iter_mut().zip(scale).for_each(|(value, scale)| *value *= scale);
    Some(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 0.8 px a millimetre, seen from the lower left.
    const VIEW: Homography = Homography([[0.8, 0.05, 700.0], [0.03, -0.75, 600.0], [1e-4, -8e-5, 1.0]]);

    /// The markers of sheets that lie so, each corner moved by up to `noise` pixels.
    fn seen(sheets: &[(Sheet, Placed)], noise: f64) -> Vec<Seen> {
        let mut state = 7_u64;
        let mut random = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 53) as f64 * 2.0 - 1.0
        };
        sheets
            .iter()
            .flat_map(|(sheet, placed)| sheet.markers().map(|marker| (marker, *placed)))
            .map(|(marker, placed)| Seen {
                id: marker.id(),
                corners: marker.corners().map(|corner| {
                    let (x, y) = VIEW.apply(placed.to_wall(corner)).unwrap();
                    (x + noise * random(), y + noise * random())
                }),
            })
            .collect()
    }

    const FAR: Placed = Placed { turn: 0.2, middle: (650.0, 120.0) };

    #[test]
    fn two_sheets_give_one_plane_and_the_place_of_the_second() {
        let plane = Plane::of(&seen(&[(Sheet::First, Placed::default()), (Sheet::Second, FAR)], 0.0)).unwrap();
        assert!(plane.residual_px < 1e-4, "{}", plane.residual_px);
        let found = plane.sheets[1].1;
        assert!((found.turn - 0.2).abs() < 1e-6 && (found.middle.0 - 650.0).abs() < 1e-3, "{found:?}");
        for point in [(0.0, 0.0), (300.0, -200.0), (900.0, 300.0)] {
            let (a, b) = (plane.on_photo(point).unwrap(), VIEW.apply(point).unwrap());
            assert!((a.0 - b.0).hypot(a.1 - b.1) < 1e-3);
        }
        let (x, y) = found.to_sheet(found.to_wall((10.0, -20.0)));
        assert!((x - 10.0).abs() < 1e-9 && (y + 20.0).abs() < 1e-9);
    }

    #[test]
    fn a_second_sheet_makes_far_points_surer() {
        let one = Plane::of(&seen(&[(Sheet::First, Placed::default())], 0.3)).unwrap();
        let two = Plane::of(&seen(&[(Sheet::First, Placed::default()), (Sheet::Second, FAR)], 0.3)).unwrap();
        let error = |plane: &Plane, x| plane.error_mm((x, 0.0)).unwrap();
        assert!(error(&one, 600.0) > 2.0 * error(&one, 200.0));
        assert!(error(&one, 600.0) > 2.0 * error(&two, 600.0), "{} {}", error(&one, 600.0), error(&two, 600.0));
        assert!(error(&one, 200.0) < 3.0 && error(&one, 0.0) > 0.05);
    }

    #[test]
    fn the_scale_tells_how_obliquely_the_wall_is_seen() {
        let mut aside = seen(&[(Sheet::First, Placed::default())], 0.0);
        let straight = |id: usize| Sheet::of_marker(id).1.corners();
        for seen in &mut aside {
            seen.corners = straight(seen.id).map(|(x, y)| (500.0 + x * 0.5, 500.0 - y));
        }
        let (most, least) = Plane::of(&aside).unwrap().scale((0.0, 0.0)).unwrap();
        assert!((most - 1.0).abs() < 1e-6 && (least - 0.5).abs() < 1e-6, "{most} {least}");
    }

    #[test]
    fn corners_on_one_spot_or_beyond_numbers_give_no_plane() {
        let at = |point: Point| Seen { id: 0, corners: [point; 4] };
        assert!(Plane::of(&[at((5.0, 5.0))]).is_none());
        assert!(Plane::of(&[at((f64::NAN, 5.0))]).is_none());
        assert!(Plane::of(&[at((f64::INFINITY, 5.0))]).is_none());
        assert!(Plane::of(&[]).is_none());
        let line = [(0.0, 0.0), (10.0, 0.0), (20.0, 0.0), (30.0, 0.0)];
        assert!(Plane::of(&[Seen { id: 0, corners: line }]).is_none());
        assert!(Plane::of(&[Seen { id: 4, corners: [(0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0)] }]).is_none());
    }
}
