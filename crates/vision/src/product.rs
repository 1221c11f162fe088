//! The product on its catalogue photo: what is not the even background.

use image::RgbImage;
use image::imageops;

use crate::shrink::shrunk;

/// Where the product is on a picture: a mask at reduced size.
#[derive(Debug, Clone)]
pub(crate) struct ProductMask {
    pub(crate) width: usize,
    pub(crate) height: usize,
    inside: Vec<bool>,
    /// Mask pixels a photo's pixel.
    pub(crate) scale: f64,
    /// The product's box in pixels of the photo: left, top, right, bottom.
    pub(crate) frame: [f64; 4],
}

const LONG_SIDE_PX: u32 = 320;
/// Largest step between neighbours within a background: 0 to 255, summed over the channels.
const STEP: i32 = 14;
/// Farthest that a background gets from the border's median through shadow and vignette, likewise.
const DRIFT: i32 = 150;

impl ProductMask {
    /// Finds the product by flooding the background from the border. Where that finds next to nothing or next to
    /// everything (a photo taken in a room, say) the whole picture counts as product.
    pub(crate) fn of(rgb: &RgbImage) -> Self {
        let long = rgb.width().max(rgb.height()).max(1);
        let scale = f64::from(LONG_SIDE_PX.min(long)) / f64::from(long);
        let side = |v: u32| ((f64::from(v) * scale).round() as u32).max(1);
        let small = imageops::blur(&shrunk(rgb, side(rgb.width()), side(rgb.height())), 0.8);
        let (width, height) = (small.width() as usize, small.height() as usize);
        let mut inside: Vec<bool> = flood(&small).into_iter().map(|background| !background).collect();
        drop_specks(&mut inside, width, height);
        let share = inside.iter().filter(|&&i| i).count() as f64 / inside.len() as f64;
        if !(0.04..0.97).contains(&share) {
            inside.fill(true);
        }
        let (mut x0, mut y0, mut x1, mut y1) = (width, height, 0, 0);
        for i in (0..inside.len()).filter(|&i| inside[i]) {
            let (x, y) = (i % width, i / width);
            (x0, y0, x1, y1) = (x0.min(x), y0.min(y), x1.max(x + 1), y1.max(y + 1));
        }
        let frame = [x0, y0, x1, y1].map(|v| v as f64 / scale);
        Self { width, height, inside, scale, frame }
    }

    /// Whether a point of the photo, in pixels, is on the product.
    pub(crate) fn contains(&self, (x, y): (f64, f64)) -> bool {
        let (x, y) = ((x + 0.5) * self.scale, (y + 0.5) * self.scale);
        x >= 0.0
            && y >= 0.0
            && (x as usize) < self.width
            && (y as usize) < self.height
            && self.inside[y as usize * self.width + x as usize]
    }
}

/// Everything that the border reaches by small steps.
fn flood(small: &RgbImage) -> Vec<bool> {
    let (width, height) = (small.width() as usize, small.height() as usize);
    let colour = |i: usize| small.get_pixel((i % width) as u32, (i / width) as u32).0.map(i32::from);
    let apart = |a: [i32; 3], b: [i32; 3]| (0..3).map(|c| (a[c] - b[c]).abs()).sum::<i32>();
    let border: Vec<usize> = (0..width * height)
        .filter(|i| i % width == 0 || i % width == width - 1 || i / width == 0 || i / width == height - 1)
        .collect();
    let mut median = [0; 3];
    for (c, value) in median.iter_mut().enumerate() {
        let mut values: Vec<i32> = border.iter().map(|&i| colour(i)[c]).collect();
        values.sort_unstable();
        *value = values[values.len() / 2];
    }
    let mut background = vec![false; width * height];
    let mut queue: Vec<usize> = border.into_iter().filter(|&i| apart(colour(i), median) < 60).collect();
    for &i in &queue {
        background[i] = true;
    }
    while let Some(i) = queue.pop() {
        let here = colour(i);
        for j in neighbours(i, width, height) {
            if !background[j] && apart(colour(j), here) < STEP && apart(colour(j), median) < DRIFT {
                background[j] = true;
                queue.push(j);
            }
        }
    }
    background
}

/// Drops specks: connected regions of less than a thirtieth of the largest.
fn drop_specks(inside: &mut [bool], width: usize, height: usize) {
    let mut label = vec![0_usize; inside.len()];
    let mut sizes = vec![0_usize];
    for start in 0..inside.len() {
        if !inside[start] || label[start] != 0 {
            continue;
        }
        let name = sizes.len();
        label[start] = name;
        let (mut stack, mut size) = (vec![start], 0);
        while let Some(i) = stack.pop() {
            size += 1;
            for j in neighbours(i, width, height) {
                if inside[j] && label[j] == 0 {
                    label[j] = name;
                    stack.push(j);
                }
            }
        }
        sizes.push(size);
    }
    let largest = sizes.iter().copied().max().unwrap_or(0);
    for (i, name) in inside.iter_mut().zip(label) {
        *i = *i && sizes[name] * 30 >= largest;
    }
}

/// The pixels beside, above and below one.
fn neighbours(i: usize, width: usize, height: usize) -> impl Iterator<Item = usize> {
    let (x, y) = (i % width, i / width);
    let all = [
        (x > 0, i.wrapping_sub(1)),
        (x + 1 < width, i + 1),
        (y > 0, i.wrapping_sub(width)),
        (y + 1 < height, i + width),
    ];
    all.into_iter().filter_map(|(exists, j)| exists.then_some(j))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dark_thing_on_a_bright_gradient_is_found() {
        let photo = RgbImage::from_fn(400, 300, |x, y| {
            let inside = (120..280).contains(&x) && (60..240).contains(&y);
            if inside { image::Rgb([40, 42, 45]) } else { image::Rgb([235 - (y / 10) as u8; 3]) }
        });
        let mask = ProductMask::of(&photo);
        for (value, truth) in mask.frame.into_iter().zip([120.0, 60.0, 280.0, 240.0]) {
            assert!((value - truth).abs() < 4.0, "{:?}", mask.frame);
        }
        assert!(mask.contains((200.0, 150.0)) && !mask.contains((50.0, 50.0)));
    }

    #[test]
    fn an_even_picture_is_all_product() {
        let mask = ProductMask::of(&RgbImage::from_pixel(64, 48, image::Rgb([120; 3])));
        assert_eq!(mask.frame, [0.0, 0.0, 64.0, 48.0]);
    }
}
