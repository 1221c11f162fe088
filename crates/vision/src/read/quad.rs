//! Rectangles that lie as text lies.

use ermu_domain::Region;
use image::RgbImage;

use crate::{Photo, homography::Point};

/// A turned rectangle in pixels of the photo: the middle, the direction of reading (radians), length along and across it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Quad {
    pub(super) centre: Point,
    pub(super) angle: f64,
    pub(super) length: f64,
    pub(super) height: f64,
}

impl Quad {
    /// The smallest rectangle around points (rotating callipers: a side of it lies on a side of the hull).
    pub(super) fn around(points: &[Point]) -> Option<Self> {
        let hull = hull(points);
        let mut best: Option<(f64, Self)> = None;
        for (i, &(x0, y0)) in hull.iter().enumerate() {
            let (x1, y1) = hull[(i + 1) % hull.len()];
            let angle = (y1 - y0).atan2(x1 - x0);
            let (sin, cos) = angle.sin_cos();
            let along = extent(hull.iter().map(|p| p.0 * cos + p.1 * sin));
            let across = extent(hull.iter().map(|p| p.1 * cos - p.0 * sin));
            let (length, height) = (along.1 - along.0, across.1 - across.0);
            if best.is_none_or(|(area, _)| length * height < area) {
                let (u, v) = (f64::midpoint(along.0, along.1), f64::midpoint(across.0, across.1));
                let centre = (u * cos - v * sin, u * sin + v * cos);
                best = Some((length * height, Self { centre, angle, length, height }));
            }
        }
        best.map(|(_, quad)| quad.as_read())
    }

    /// The same rectangle, named so that the reading direction points to the right, or down where it stands on end.
    fn as_read(self) -> Self {
        use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI};
        let turned =
            |quad: Self| Self { angle: quad.angle + FRAC_PI_2, length: quad.height, height: quad.length, ..quad };
        let mut quad = if self.length < self.height { turned(self) } else { self };
        // A square says nothing about its direction: take the one that is nearer to level.
        let level = |angle: f64| (angle.rem_euclid(PI) - FRAC_PI_2).abs() > FRAC_PI_4;
        if quad.length < 1.5 * quad.height && !level(quad.angle) {
            quad = turned(quad);
        }
        quad.angle = quad.angle.rem_euclid(PI);
        if quad.angle > 3.0 * FRAC_PI_4 {
            quad.angle -= PI;
        }
        quad
    }

    /// Each side moved outwards.
    pub(super) fn grown(self, by: f64) -> Self {
        Self { length: self.length + 2.0 * by, height: self.height + 2.0 * by, ..self }
    }

    /// The same in a picture of another scale.
    pub(super) fn scaled(self, x: f64, y: f64) -> Self {
        let (sin, cos) = self.angle.sin_cos();
        let (dx, dy) = (cos * x, sin * y);
        let (ex, ey) = (-sin * x, cos * y);
        Self {
            centre: ((self.centre.0 + 0.5) * x - 0.5, (self.centre.1 + 0.5) * y - 0.5),
            angle: dy.atan2(dx),
            length: self.length * dx.hypot(dy),
            height: self.height * ex.hypot(ey),
        }
    }

    /// The box around it, as shares of the photo.
    pub(super) fn region(&self, photo: &Photo) -> Region {
        let (sin, cos) = self.angle.sin_cos();
        let half = |along: f64, across: f64| (along * self.length + across * self.height) / 2.0;
        let (dx, dy) = (half(cos.abs(), sin.abs()), half(sin.abs(), cos.abs()));
        let share = |value: f64, of: u32| (value / f64::from(of)).clamp(0.0, 1.0) as f32;
        let (x0, x1) = (share(self.centre.0 - dx, photo.width_px()), share(self.centre.0 + dx, photo.width_px()));
        let (y0, y1) = (share(self.centre.1 - dy, photo.height_px()), share(self.centre.1 + dy, photo.height_px()));
        Region { x: x0, y: y0, width: x1 - x0, height: y1 - y0 }
    }

    /// The text upright in a picture of the given size; upside down with the second direction.
    pub(super) fn cut(&self, rgb: &RgbImage, width: u32, height: u32, way: Way) -> RgbImage {
        let (sin, cos) = (self.angle + if way == Way::Turned { std::f64::consts::PI } else { 0.0 }).sin_cos();
        let (px, py) = (self.length / f64::from(width), self.height / f64::from(height));
        // Where a pixel covers several of the photo's, they are averaged: characters must not lose strokes.
        let taps = (py.max(px).round() as i32).clamp(1, 4);
        RgbImage::from_fn(width, height, |x, y| {
            let mut sum = [0.0_f32; 3];
            for tap in 0..taps * taps {
                let part = |i: i32| (f64::from(i) + 0.5) / f64::from(taps);
                let u = (f64::from(x) + part(tap % taps)) * px - self.length / 2.0;
                let v = (f64::from(y) + part(tap / taps)) * py - self.height / 2.0;
                let colour = bilinear(rgb, self.centre.0 + u * cos - v * sin, self.centre.1 + u * sin + v * cos);
                sum.iter_mut().zip(colour).for_each(|(sum, value)| *sum += value);
            }
            image::Rgb(sum.map(|value| (value / (taps * taps) as f32).round() as u8))
        })
    }
}

/// Which way up a line is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Upright,
    Turned,
}

/// The colour between pixels; beyond the edge that of the edge.
fn bilinear(rgb: &RgbImage, x: f64, y: f64) -> [f32; 3] {
    let x = x.clamp(0.0, f64::from(rgb.width() - 1));
    let y = y.clamp(0.0, f64::from(rgb.height() - 1));
    let (x0, y0) = (x as u32, y as u32);
    let (x1, y1) = ((x0 + 1).min(rgb.width() - 1), (y0 + 1).min(rgb.height() - 1));
    let (u, v) = ((x - f64::from(x0)) as f32, (y - f64::from(y0)) as f32);
    let at = |x, y, channel: usize| f32::from(rgb.get_pixel(x, y).0[channel]);
    std::array::from_fn(|c| {
        let top = at(x0, y0, c) * (1.0 - u) + at(x1, y0, c) * u;
        let bottom = at(x0, y1, c) * (1.0 - u) + at(x1, y1, c) * u;
        top * (1.0 - v) + bottom * v
    })
}

fn extent(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)))
}

/// The convex hull (Andrew's monotone chain).
fn hull(points: &[Point]) -> Vec<Point> {
    let mut sorted = points.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    sorted.dedup();
    if sorted.len() < 3 {
        return sorted;
    }
    let half = |points: &mut dyn Iterator<Item = Point>| {
        let mut chain: Vec<Point> = Vec::new();
        for p in points {
            while let [.., a, b] = chain[..]
                && (b.0 - a.0) * (p.1 - a.1) - (b.1 - a.1) * (p.0 - a.0) <= 0.0
            {
                chain.pop();
            }
            chain.push(p);
        }
        chain.pop();
        chain
    };
    let mut lower = half(&mut sorted.iter().copied());
    lower.extend(half(&mut sorted.iter().rev().copied()));
    lower
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rectangle(angle: f64) -> Vec<Point> {
        let (sin, cos) = f64::sin_cos(angle);
        (0..=40)
            .flat_map(|u| (0..=8).map(move |v| (f64::from(u) - 20.0, f64::from(v) - 4.0)))
            .map(|(u, v)| (100.0 + u * cos - v * sin, 60.0 + u * sin + v * cos))
            .collect()
    }

    #[test]
    fn a_turned_line_is_framed_along_its_direction() {
        for degrees in [-40.0_f64, -10.0, 0.0, 3.0, 30.0, 90.0, 170.0] {
            let quad = Quad::around(&rectangle(degrees.to_radians())).unwrap();
            assert!((quad.length - 40.0).abs() < 0.01 && (quad.height - 8.0).abs() < 0.01, "{degrees}: {quad:?}");
            assert!((quad.centre.0 - 100.0).abs() < 0.01 && (quad.centre.1 - 60.0).abs() < 0.01);
            assert!((quad.angle - degrees.to_radians()).sin().abs() < 1e-6, "{degrees}: {quad:?}");
            assert!(quad.angle.cos() > -0.71, "it is read to the right or downwards: {quad:?}");
        }
        assert!(Quad::around(&[]).is_none());
    }

    #[test]
    fn a_cut_is_upright_and_the_other_way_upside_down() {
        // Left half dark, right half bright, turned by 90°.
        let rgb = RgbImage::from_fn(40, 120, |_, y| image::Rgb([if y < 60 { 10 } else { 200 }; 3]));
        let quad = Quad { centre: (19.5, 59.5), angle: std::f64::consts::FRAC_PI_2, length: 100.0, height: 20.0 };
        let cut = quad.cut(&rgb, 50, 10, Way::Upright);
        assert!(cut.get_pixel(5, 5).0[0] < 20 && cut.get_pixel(45, 5).0[0] > 190);
        let turned = quad.cut(&rgb, 50, 10, Way::Turned);
        assert!(turned.get_pixel(5, 5).0[0] > 190 && turned.get_pixel(45, 5).0[0] < 20);
    }

    #[test]
    fn another_scale_moves_the_middle_and_the_sides() {
        let quad = Quad { centre: (10.0, 20.0), angle: 0.0, length: 8.0, height: 4.0 }.scaled(2.0, 3.0);
        assert!((quad.length - 16.0).abs() < 1e-9 && (quad.height - 12.0).abs() < 1e-9);
        assert_eq!(quad.centre, (20.5, 61.0));
    }
}
