//! What light, lens, hand and sensor do to a picture.

use std::f64::consts::TAU;

use super::{Camera, Dice, Point};

/// What the light and the camera do.
#[derive(Debug, Clone, Default)]
pub struct Conditions {
    /// Brightness of the light, around 1.
    pub exposure: f64,
    /// How much brighter one side of the photo is.
    pub slope: Point,
    /// A shadow's edge: direction, place (share of the photo), what is left of the light, softness in pixels.
    pub shadow: Option<(f64, f64, f64, f64)>,
    /// A reflection on the paper: its middle in mm, its radius, its strength.
    pub glare: Option<(Point, f64, f64)>,
    /// Deviation of the blur, in pixels.
    pub blur_px: f64,
    /// A shaking hand: length in pixels and direction.
    pub motion: (f64, f64),
    /// Deviation of the noise, in grey levels.
    pub noise: f64,
    /// 1 to 100.
    pub jpeg_quality: u8,
}

impl Conditions {
    /// As photos by telephones are.
    pub fn random(dice: &mut Dice) -> Self {
        let shadow = (dice.unit() < 0.35).then(|| {
            (dice.between(0.0, TAU), dice.between(-0.25, 0.25), dice.between(0.4, 0.85), dice.between(1.0, 120.0))
        });
        let glare = (dice.unit() < 0.15).then(|| {
            let at = (dice.between(-110.0, 110.0), dice.between(-150.0, 150.0));
            (at, dice.between(20.0, 60.0), dice.between(0.1, 0.5))
        });
        Self {
            exposure: dice.between(0.35, 1.15),
            slope: (dice.between(-0.5, 0.5), dice.between(-0.5, 0.5)),
            shadow,
            glare,
            blur_px: dice.between(0.3, 1.4),
            motion: (if dice.unit() < 0.3 { dice.between(0.0, 3.0) } else { 0.0 }, dice.between(0.0, TAU)),
            noise: dice.between(1.0, 7.0),
            jpeg_quality: dice.between(65.0, 95.0) as u8,
        }
    }

    /// How bright the light is at a pixel.
    pub(super) fn light(&self, (x, y): Point, camera: &Camera) -> f64 {
        let (u, v) = (x / f64::from(camera.width) - 0.5, y / f64::from(camera.height) - 0.5);
        let mut light = self.exposure * (1.0 + self.slope.0 * u + self.slope.1 * v);
        if let Some((turn, place, left, soft)) = self.shadow {
            let (sin, cos) = turn.sin_cos();
            let inside = ((cos * u + sin * v - place) * f64::from(camera.width) / soft).clamp(-0.5, 0.5) + 0.5;
            light *= left + (1.0 - left) * inside;
        }
        light
    }
}

/// A Gaussian blur, rows then columns.
pub(super) fn blurred(pixels: &mut [[f32; 3]], width: usize, deviation: f64) {
    let reach = (3.0 * deviation).ceil() as usize;
    let weights: Vec<f32> =
        (0..=reach).map(|i| (-(i as f64).powi(2) / (2.0 * deviation * deviation)).exp() as f32).collect();
    let total = weights[0] + 2.0 * weights[1..].iter().sum::<f32>();
    let height = pixels.len() / width;
    let mut line = Vec::new();
    let mut pass = |pixels: &mut [[f32; 3]], begin: usize, stride: usize, count: usize| {
        line.clear();
        line.extend((0..count).map(|i| pixels[begin + i * stride]));
        for i in 0..count {
            let mut sum = line[i].map(|v| v * weights[0]);
            for (k, weight) in weights.iter().enumerate().skip(1) {
                let (before, after) = (line[i.saturating_sub(k)], line[(i + k).min(count - 1)]);
                for c in 0..3 {
                    sum[c] += weight * (before[c] + after[c]);
                }
            }
            pixels[begin + i * stride] = sum.map(|v| v / total);
        }
    };
    for y in 0..height {
        pass(pixels, y * width, 1, width);
    }
    for x in 0..width {
        pass(pixels, x, width, height);
    }
}

/// The mean along a line.
pub(super) fn shaken(pixels: &[[f32; 3]], width: usize, (length, turn): (f64, f64)) -> Vec<[f32; 3]> {
    let height = pixels.len() / width;
    let (sin, cos) = turn.sin_cos();
    let get = |x: f64, y: f64| {
        let (x, y) = (x.clamp(0.0, (width - 1) as f64), y.clamp(0.0, (height - 1) as f64));
        let (x0, y0) = (x as usize, y as usize);
        let (x1, y1) = ((x0 + 1).min(width - 1), (y0 + 1).min(height - 1));
        let (a, b) = (x.fract() as f32, y.fract() as f32);
        let (p, q, r, s) =
            (pixels[y0 * width + x0], pixels[y0 * width + x1], pixels[y1 * width + x0], pixels[y1 * width + x1]);
        let mix = |i: usize| (p[i] * (1.0 - a) + q[i] * a) * (1.0 - b) + (r[i] * (1.0 - a) + s[i] * a) * b;
        [mix(0), mix(1), mix(2)]
    };
    (0..pixels.len())
        .map(|i| {
            let (x, y) = ((i % width) as f64, (i / width) as f64);
            let mut sum = [0.0_f32; 3];
            for k in 0..5_u8 {
                let s = length * (f64::from(k) / 4.0 - 0.5);
                let value = get(x + s * cos, y + s * sin);
                sum.iter_mut().zip(value).for_each(|(sum, v)| *sum += v / 5.0);
            }
            sum
        })
        .collect()
}
