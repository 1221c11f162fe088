//! A small renderer of walls with sheets of paper on them: camera, paper, light, blur, noise and JPEG, with the truth of every point.
//!
//! Lengths are millimetres on the wall (x to the right, y upwards) and pixels on the photo (pixel 0 has its middle at 0).

mod camera;
mod light;
mod paper;

use std::f64::consts::TAU;

use image::{ExtendedColorType, ImageEncoder, RgbImage, codecs::jpeg::JpegEncoder};

pub use camera::Camera;
pub use light::Conditions;
pub use paper::{A4_MM, Cross, Hung, Paper, Print};

/// Across and up, or right and down.
pub type Point = (f64, f64);

/// Random numbers (SplitMix64), the same for the same seed.
#[derive(Debug)]
pub struct Dice(pub u64);

impl Dice {
    /// From 0 to 1.
    pub fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ z >> 31) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// From `low` to `high`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Nearly normal, of deviation 1.
    fn normal(&mut self) -> f64 {
        ((0..4).map(|_| self.unit()).sum::<f64>() - 2.0) * 3.0_f64.sqrt()
    }
}

/// A wall, ready to be photographed.
#[derive(Debug, Clone)]
pub struct Scene {
    /// Who looks at it from where.
    pub camera: Camera,
    /// Sheets on it.
    pub hung: Vec<Hung>,
    /// Marks on it.
    pub crosses: Vec<Cross>,
    /// How it is lit and photographed.
    pub conditions: Conditions,
    /// The wall's own colour where there is no picture of one.
    pub wall: [f64; 3],
    /// Light that the wall gives back, as many times as the picture shows it.
    pub gain: f64,
}

impl Scene {
    /// The photo as JPEG, as a telephone would send it. With a picture, that is what the sheet is pasted on.
    ///
    /// # Panics
    /// If the JPEG cannot be written, which takes no more than memory.
    #[must_use]
    pub fn photograph(&self, background: Option<&RgbImage>, dice: &mut Dice) -> Vec<u8> {
        let (width, height) = (self.camera.width, self.camera.height);
        let mut linear: Vec<[f32; 3]> = Vec::with_capacity((width * height) as usize);
        let waves: Vec<(f64, f64, f64, f64)> = (0..6)
            .map(|_| (dice.between(0.0, TAU), dice.between(2.0, 60.0), dice.between(0.0, TAU), dice.between(0.0, 0.03)))
            .collect();
        for y in 0..height {
            for x in 0..width {
                let at = (f64::from(x), f64::from(y));
                let ground = match background {
                    Some(picture) => covering(picture, at, &self.camera).map(|v| v * self.gain),
                    None => {
                        let texture: f64 = waves
                            .iter()
                            .map(|(turn, length, phase, size)| {
                                size * ((at.0 * turn.cos() + at.1 * turn.sin()) / length * TAU + phase).sin()
                            })
                            .sum();
                        self.wall.map(|v| v * (1.0 + texture))
                    }
                };
                let light = self.conditions.light(at, &self.camera);
                let colour = if self.is_near_paper(at) { self.pixel(at, ground) } else { ground };
                linear.push(colour.map(|v| (v * light) as f32));
            }
        }
        light::blurred(&mut linear, width as usize, self.conditions.blur_px);
        if self.conditions.motion.0 > 0.3 {
            linear = light::shaken(&linear, width as usize, self.conditions.motion);
        }
        let mut photo = RgbImage::new(width, height);
        for (pixel, value) in photo.pixels_mut().zip(&linear) {
            for (channel, v) in pixel.0.iter_mut().zip(value) {
                let level = 255.0 * gamma(f64::from(*v)) + self.conditions.noise * dice.normal();
                *channel = level.round().clamp(0.0, 255.0) as u8;
            }
        }
        let mut bytes = Vec::new();
        let encoder = JpegEncoder::new_with_quality(&mut bytes, self.conditions.jpeg_quality);
        encoder
            .write_image(photo.as_raw(), width, height, ExtendedColorType::Rgb8)
            .unwrap_or_else(|error| panic!("a JPEG in memory: {error}"));
        bytes
    }

    fn is_near_paper(&self, pixel: Point) -> bool {
        let Some(wall) = self.camera.on_wall(pixel) else { return false };
        let near = |at: Point, reach: f64| (at.0 - wall.0).hypot(at.1 - wall.1) < reach;
        self.hung.iter().any(|hung| near(hung.middle, 210.0)) || self.crosses.iter().any(|cross| near(cross.at, 15.0))
    }

    /// The mean of a pixel's 4 × 4 points.
    fn pixel(&self, (x, y): Point, ground: [f64; 3]) -> [f64; 3] {
        let mut sum = [0.0; 3];
        for i in 0..16_u8 {
            let part = |v: u8| (f64::from(v) + 0.5) / 4.0 - 0.5;
            let wall = self.camera.on_wall((x + part(i % 4), y + part(i / 4)));
            let paper = wall.and_then(|wall| self.hung.iter().find_map(|hung| hung.albedo(wall, &self.camera)));
            let colour = match (paper, wall) {
                (Some(albedo), Some(wall)) => {
                    let shine = self.conditions.glare.map_or(0.0, |(at, radius, strength)| {
                        strength * (-((at.0 - wall.0).powi(2) + (at.1 - wall.1).powi(2)) / (radius * radius)).exp()
                    });
                    [albedo + shine; 3]
                }
                (None, Some(wall)) => {
                    let shade = self.crosses.iter().map(|cross| cross.shade_at(wall)).fold(1.0, f64::min);
                    let shade = self.hung.iter().map(|hung| hung.shade_at(wall)).fold(shade, f64::min);
                    ground.map(|v| v * shade)
                }
                (_, None) => ground,
            };
            sum.iter_mut().zip(colour).for_each(|(sum, v)| *sum += v / 16.0);
        }
        sum
    }
}

/// A picture scaled so that it covers the photo: a pixel of it, in linear light.
#[must_use]
pub fn covering(picture: &RgbImage, (x, y): Point, camera: &Camera) -> [f64; 3] {
    let scale = f64::max(
        f64::from(camera.width) / f64::from(picture.width()),
        f64::from(camera.height) / f64::from(picture.height()),
    );
    let (u, v) = (x / scale, y / scale);
    let (u0, v0) = (u as u32, v as u32);
    let get = |x: u32, y: u32| picture.get_pixel(x.min(picture.width() - 1), y.min(picture.height() - 1)).0;
    let (a, b) = (u.fract(), v.fract());
    let (p, q, r, s) = (get(u0, v0), get(u0 + 1, v0), get(u0, v0 + 1), get(u0 + 1, v0 + 1));
    std::array::from_fn(|i| {
        let top = f64::from(p[i]) * (1.0 - a) + f64::from(q[i]) * a;
        let bottom = f64::from(r[i]) * (1.0 - a) + f64::from(s[i]) * a;
        ((top * (1.0 - b) + bottom * b) / 255.0).powf(2.2)
    })
}

fn gamma(v: f64) -> f64 {
    v.clamp(0.0, 1.0).powf(1.0 / 2.2)
}
