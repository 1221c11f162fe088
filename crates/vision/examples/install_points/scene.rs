//! A small renderer of walls with printed sheets: camera, paper, light, blur, noise and JPEG, with the truth of every point.

use std::f64::consts::TAU;

use ermu_vision::Sheet;
use image::{ExtendedColorType, ImageEncoder, RgbImage, codecs::jpeg::JpegEncoder};

pub(crate) type Point = (f64, f64);

/// Random numbers (SplitMix64), the same for the same seed.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ z >> 31) >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Nearly normal, of deviation 1.
    fn normal(&mut self) -> f64 {
        ((0..4).map(|_| self.unit()).sum::<f64>() - 2.0) * 3.0_f64.sqrt()
    }
}

/// A camera before a wall (z = 0, y upwards, millimetres).
#[derive(Debug, Clone)]
pub(crate) struct Camera {
    pub(crate) width: u32,
    pub(crate) height: u32,
    focal_px: f64,
    at: [f64; 3],
    right: [f64; 3],
    up: [f64; 3],
    forward: [f64; 3],
    /// Radial distortion at the corner of the picture, as a share.
    distortion: f64,
}

impl Camera {
    /// A camera that looks at a point of the wall from a yaw and a pitch (radians), with `px_a_mm` there.
    pub(crate) fn looking_at(
        target: Point,
        px_a_mm: f64,
        [yaw, pitch, roll]: [f64; 3],
        (width, height): (u32, u32),
        distortion: f64,
    ) -> Self {
        let focal_px = 0.78 * f64::from(width.max(height));
        let away = focal_px / px_a_mm;
        let n = [yaw.sin() * pitch.cos(), pitch.sin(), yaw.cos() * pitch.cos()];
        let forward = n.map(|v| -v);
        let right = unit(cross(forward, [0.0, 1.0, 0.0]));
        let up = cross(right, forward);
        let (sin, cos) = roll.sin_cos();
        let turned = |a: [f64; 3], b: [f64; 3], s: f64, c: f64| std::array::from_fn(|i| c * a[i] + s * b[i]);
        Self {
            width,
            height,
            focal_px,
            at: [target.0 + away * n[0], target.1 + away * n[1], away * n[2]],
            right: turned(right, up, sin, cos),
            up: turned(up, right, -sin, cos),
            forward,
            distortion,
        }
    }

    /// Where a point of the wall is on the photo; pixel 0 has its middle at 0.
    pub(crate) fn on_photo(&self, wall: Point) -> Option<Point> {
        let d = [wall.0 - self.at[0], wall.1 - self.at[1], -self.at[2]];
        let depth = dot(d, self.forward);
        let (x, y) = (self.focal_px * dot(d, self.right) / depth, -self.focal_px * dot(d, self.up) / depth);
        let bent = 1.0 + self.distortion * self.share(x, y);
        let (cx, cy) = self.middle();
        (depth > 1.0).then_some((cx + x * bent, cy + y * bent))
    }

    /// The point of the wall under a pixel.
    pub(crate) fn on_wall(&self, pixel: Point) -> Option<Point> {
        let (cx, cy) = self.middle();
        let (bx, by) = (pixel.0 - cx, pixel.1 - cy);
        let (mut x, mut y) = (bx, by);
        for _ in 0..6 {
            let bent = 1.0 + self.distortion * self.share(x, y);
            (x, y) = (bx / bent, by / bent);
        }
        let ray: [f64; 3] =
            std::array::from_fn(|i| self.forward[i] * self.focal_px + self.right[i] * x - self.up[i] * y);
        let t = -self.at[2] / ray[2];
        (t > 0.0).then_some((self.at[0] + t * ray[0], self.at[1] + t * ray[1]))
    }

    /// The square of the distance to the middle of the photo, as a share of that of its corner.
    fn share(&self, x: f64, y: f64) -> f64 {
        let (w, h) = (f64::from(self.width) / 2.0, f64::from(self.height) / 2.0);
        (x * x + y * y) / (w * w + h * h)
    }

    fn middle(&self) -> Point {
        (f64::from(self.width - 1) / 2.0, f64::from(self.height - 1) / 2.0)
    }

    pub(crate) fn sees(&self, wall: Point, margin_px: f64) -> bool {
        let inside = |v: f64, of: u32| v >= margin_px && v <= f64::from(of) - 1.0 - margin_px;
        self.on_photo(wall).is_some_and(|(x, y)| inside(x, self.width) && inside(y, self.height))
    }
}

/// A sheet on the wall: its turn (radians, counter-clockwise) and its middle (mm).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hung {
    pub(crate) sheet: Sheet,
    pub(crate) turn: f64,
    pub(crate) middle: Point,
    /// How far the paper bulges from the wall, in mm, and where along its height it does.
    pub(crate) bulge_mm: f64,
    pub(crate) bulge_at: f64,
}

impl Hung {
    pub(crate) fn flat(sheet: Sheet, turn: f64, middle: Point) -> Self {
        Self { sheet, turn, middle, bulge_mm: 0.0, bulge_at: 0.0 }
    }

    fn on_sheet(&self, (x, y): Point) -> Point {
        let (sin, cos) = self.turn.sin_cos();
        let (dx, dy) = (x - self.middle.0, y - self.middle.1);
        (cos * dx + sin * dy, cos * dy - sin * dx)
    }

    pub(crate) fn corners(&self) -> [Point; 4] {
        let (w, h) = (f64::from(Sheet::WIDTH_MM) / 2.0, f64::from(Sheet::HEIGHT_MM) / 2.0);
        let (sin, cos) = self.turn.sin_cos();
        [(-w, h), (w, h), (w, -h), (-w, -h)]
            .map(|(x, y)| (self.middle.0 + cos * x - sin * y, self.middle.1 + sin * x + cos * y))
    }

    /// How much light the paper gives back at a point of the wall; none beside it.
    fn albedo(&self, wall: Point, camera: &Camera) -> Option<f64> {
        let mut at = self.on_sheet(wall);
        if self.bulge_mm > 0.0 {
            // Paper that stands off the wall is seen shifted by the tangent of the angle that it is seen under.
            let off =
                self.bulge_mm * (TAU / 2.0 * (at.1 / f64::from(Sheet::HEIGHT_MM) + 0.5) + self.bulge_at).sin().abs();
            let t = off / camera.at[2];
            at = self.on_sheet((wall.0 + t * (camera.at[0] - wall.0), wall.1 + t * (camera.at[1] - wall.1)));
        }
        let (w, h) = (f64::from(Sheet::WIDTH_MM) / 2.0, f64::from(Sheet::HEIGHT_MM) / 2.0);
        if at.0.abs() > w || at.1.abs() > h {
            return None;
        }
        let half = f64::from(Sheet::MARKER_MM) / 2.0;
        for marker in self.sheet.markers() {
            let (u, v) = (at.0 - f64::from(marker.centre.x_mm) + half, f64::from(marker.centre.y_mm) + half - at.1);
            if u >= 0.0 && v >= 0.0 && u < 2.0 * half && v < 2.0 * half {
                let cell = |v: f64| (v / (2.0 * half) * Sheet::CELLS as f64) as usize;
                return Some(if marker.is_white(cell(v), cell(u)) { WHITE } else { BLACK });
            }
        }
        // Lines of text, a ruler.
        let text = at.0.abs() < 70.0 && at.1.abs() < 40.0 && at.1.rem_euclid(8.0) < 2.5 && at.0.rem_euclid(5.0) < 3.0;
        Some(if text { 0.3 } else { WHITE })
    }
}

const WHITE: f64 = 0.82;
const BLACK: f64 = 0.05;

/// A pencil's cross, in mm.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cross {
    pub(crate) at: Point,
    pub(crate) arm_mm: f64,
    pub(crate) thick_mm: f64,
    pub(crate) turn: f64,
    /// Light that it gives back, as a share of the wall's.
    pub(crate) shade: f64,
}

/// What the light and the camera do.
#[derive(Debug, Clone, Default)]
pub(crate) struct Conditions {
    /// Brightness of the light, around 1.
    pub(crate) exposure: f64,
    /// How much brighter one side of the photo is.
    pub(crate) slope: Point,
    /// A shadow's edge: direction, place (share of the photo), what is left of the light, softness in pixels.
    pub(crate) shadow: Option<(f64, f64, f64, f64)>,
    /// A reflection on the paper: its middle in mm, its radius, its strength.
    pub(crate) glare: Option<(Point, f64, f64)>,
    /// Deviation of the blur, in pixels.
    pub(crate) blur_px: f64,
    /// A shaking hand: length in pixels and direction.
    pub(crate) motion: (f64, f64),
    /// Deviation of the noise, in grey levels.
    pub(crate) noise: f64,
    pub(crate) jpeg_quality: u8,
}

impl Conditions {
    pub(crate) fn random(dice: &mut Dice) -> Self {
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

    fn light(&self, (x, y): Point, camera: &Camera) -> f64 {
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

/// A wall, ready to be photographed.
pub(crate) struct Scene {
    pub(crate) camera: Camera,
    pub(crate) hung: Vec<Hung>,
    pub(crate) crosses: Vec<Cross>,
    pub(crate) conditions: Conditions,
    /// The wall's own colour where there is no picture of one.
    pub(crate) wall: [f64; 3],
}

impl Scene {
    /// The photo, as a telephone would send it. With a picture, that is what the sheet is pasted on.
    pub(crate) fn photograph(&self, background: Option<&RgbImage>, dice: &mut Dice) -> Vec<u8> {
        let (width, height) = (self.camera.width, self.camera.height);
        let mut linear: Vec<[f32; 3]> = Vec::with_capacity((width * height) as usize);
        let waves: Vec<(f64, f64, f64, f64)> = (0..6)
            .map(|_| (dice.between(0.0, TAU), dice.between(2.0, 60.0), dice.between(0.0, TAU), dice.between(0.0, 0.03)))
            .collect();
        for y in 0..height {
            for x in 0..width {
                let at = (f64::from(x), f64::from(y));
                let ground = match background {
                    Some(picture) => covering(picture, at, &self.camera),
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
        blurred(&mut linear, width as usize, self.conditions.blur_px);
        if self.conditions.motion.0 > 0.3 {
            linear = shaken(&linear, width as usize, self.conditions.motion);
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
        encoder.write_image(photo.as_raw(), width, height, ExtendedColorType::Rgb8).expect("a JPEG in memory");
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
                    ground.map(|v| v * shade)
                }
                (_, None) => ground,
            };
            sum.iter_mut().zip(colour).for_each(|(sum, v)| *sum += v / 16.0);
        }
        sum
    }
}

impl Cross {
    fn shade_at(&self, (x, y): Point) -> f64 {
        let (sin, cos) = self.turn.sin_cos();
        let (dx, dy) = (x - self.at.0, y - self.at.1);
        let (u, v) = ((cos * dx + sin * dy).abs(), (cos * dy - sin * dx).abs());
        let on = (u < self.arm_mm && v < self.thick_mm / 2.0) || (v < self.arm_mm && u < self.thick_mm / 2.0);
        if on { self.shade } else { 1.0 }
    }
}

/// A picture scaled so that it covers the photo, in linear light.
fn covering(picture: &RgbImage, (x, y): Point, camera: &Camera) -> [f64; 3] {
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

/// A Gaussian blur, rows then columns.
fn blurred(pixels: &mut [[f32; 3]], width: usize, deviation: f64) {
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
fn shaken(pixels: &[[f32; 3]], width: usize, (length, turn): (f64, f64)) -> Vec<[f32; 3]> {
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

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn unit(a: [f64; 3]) -> [f64; 3] {
    let length = dot(a, a).sqrt();
    a.map(|v| v / length)
}
