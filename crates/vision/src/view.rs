//! What the defect net sees: a square of the photo about the product, and the catalogue photo laid over it.

use crate::Photo;
use crate::align::Catalogued;
use crate::homography::{Homography, Point};
use crate::shape::Fit;
use image::RgbImage;
use image::imageops;

/// Side of the net's input.
pub(crate) const INPUT_PX: usize = 384;
/// Side of the net's output.
pub(crate) const OUTPUT_PX: usize = INPUT_PX / 2;

/// A square of the photo, and what is known about the product in it.
#[derive(Debug)]
pub(crate) struct View {
    /// Left, top and side of the square in pixels of the photo; it may reach beyond the photo.
    left: f64,
    top: f64,
    side: f64,
    /// Where the product is, on the net's output grid.
    pub(crate) product: Vec<bool>,
    on_catalogue: Option<(Homography, [f64; 4])>,
    photo_px: (f64, f64),
}

/// Inputs of the net: RGB planes, 0 to 255.
#[derive(Debug)]
pub(crate) struct Planes {
    pub(crate) photo: Vec<f32>,
    pub(crate) reference: Option<Vec<f32>>,
}

impl View {
    /// The product where the catalogue photo lies, with 4 % of air around it.
    pub(crate) fn against(
        photo: &Photo,
        reference: &Photo,
        catalogued: &Catalogued,
        found: &Fit,
    ) -> Option<(Self, Planes)> {
        let back = found.map.inverse()?;
        let [x0, y0, x1, y1] = catalogued.product.frame;
        let corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)];
        let (mut left, mut top, mut right, mut bottom) = (f64::MAX, f64::MAX, f64::MIN, f64::MIN);
        for corner in corners {
            let (x, y) = found.map.apply(corner)?;
            (left, top, right, bottom) = (left.min(x), top.min(y), right.max(x), bottom.max(y));
        }
        let side = (right - left).max(bottom - top) * 1.08;
        let mut view = Self {
            left: (left + right - side) / 2.0,
            top: (top + bottom - side) / 2.0,
            side,
            product: Vec::new(),
            on_catalogue: Some((back, catalogued.product.frame)),
            photo_px: (f64::from(photo.width_px()), f64::from(photo.height_px())),
        };
        // A finding must lie on the product with a little room, or the table's edge would be one.
        let reach = 1.2;
        view.product = (0..OUTPUT_PX * OUTPUT_PX)
            .map(|i| {
                let (x, y) = ((i % OUTPUT_PX) as f64 + 0.5, (i / OUTPUT_PX) as f64 + 0.5);
                [(0.0, 0.0), (reach, 0.0), (-reach, 0.0), (0.0, reach), (0.0, -reach)].iter().all(|(dx, dy)| {
                    let p = view.to_photo((x + dx, y + dy));
                    view.within_photo(p) && back.apply(p).is_some_and(|q| catalogued.product.contains(q))
                })
            })
            .collect();
        let pixel = side / INPUT_PX as f64;
        let to_photo = Homography::scale_and_shift(pixel, view.left + pixel / 2.0, view.top + pixel / 2.0);
        let shrink = (pixel * (x1 - x0).max(y1 - y0) * 1.08 / side).max(1e-6);
        let reference = sampled(reference.rgb(), &to_photo.then(&back), shrink);
        Some((view, Planes { photo: sampled(photo.rgb(), &to_photo, pixel), reference: Some(reference) }))
    }

    /// The whole photo, nothing to compare with.
    pub(crate) fn alone(photo: &Photo) -> (Self, Planes) {
        let (width, height) = (f64::from(photo.width_px()), f64::from(photo.height_px()));
        let side = width.max(height);
        let mut view = Self {
            left: (width - side) / 2.0,
            top: (height - side) / 2.0,
            side,
            product: Vec::new(),
            on_catalogue: None,
            photo_px: (width, height),
        };
        view.product = (0..OUTPUT_PX * OUTPUT_PX)
            .map(|i| view.within_photo(view.to_photo(((i % OUTPUT_PX) as f64 + 0.5, (i / OUTPUT_PX) as f64 + 0.5))))
            .collect();
        let pixel = side / INPUT_PX as f64;
        let to_photo = Homography::scale_and_shift(pixel, view.left + pixel / 2.0, view.top + pixel / 2.0);
        let photo = sampled(photo.rgb(), &to_photo, pixel);
        (view, Planes { photo, reference: None })
    }

    /// A point of the output grid (its corner is 0, 0) as pixels of the photo.
    fn to_photo(&self, (x, y): Point) -> Point {
        let pixel = self.side / OUTPUT_PX as f64;
        (self.left + x * pixel, self.top + y * pixel)
    }

    fn within_photo(&self, (x, y): Point) -> bool {
        (0.0..self.photo_px.0).contains(&x) && (0.0..self.photo_px.1).contains(&y)
    }

    /// A point of the output grid as shares of the photo's width and height.
    pub(crate) fn share_of_photo(&self, point: Point) -> (f32, f32) {
        let (x, y) = self.to_photo(point);
        ((x / self.photo_px.0).clamp(0.0, 1.0) as f32, (y / self.photo_px.1).clamp(0.0, 1.0) as f32)
    }

    /// A point of the output grid as shares of the product's own frame; of the photo where there is no catalogue photo.
    pub(crate) fn share_of_product(&self, point: Point) -> (f32, f32) {
        let on_catalogue = self.on_catalogue.and_then(|(back, frame)| Some((back.apply(self.to_photo(point))?, frame)));
        match on_catalogue {
            Some(((x, y), [x0, y0, x1, y1])) => (((x - x0) / (x1 - x0)) as f32, ((y - y0) / (y1 - y0)) as f32),
            None => self.share_of_photo(point),
        }
    }
}

/// Samples the input square: `map` leads from its pixels to the source's, of which about `shrink` fall on one.
fn sampled(source: &RgbImage, map: &Homography, shrink: f64) -> Vec<f32> {
    let small;
    let (picture, scale) = if shrink > 1.15 {
        let side = |v: u32| ((f64::from(v) / shrink).round() as u32).max(1);
        small = imageops::thumbnail(source, side(source.width()), side(source.height()));
        (&small, f64::from(small.width()) / f64::from(source.width()))
    } else {
        (source, 1.0)
    };
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let pixels = picture.as_raw();
    let area = INPUT_PX * INPUT_PX;
    let mut planes = vec![0.0; 3 * area];
    for i in 0..area {
        // Beyond the horizon there is nothing: any border pixel will do.
        let (x, y) = map.apply(((i % INPUT_PX) as f64, (i / INPUT_PX) as f64)).unwrap_or((0.0, 0.0));
        let x = ((x + 0.5) * scale - 0.5).clamp(0.0, (width - 1) as f64);
        let y = ((y + 0.5) * scale - 0.5).clamp(0.0, (height - 1) as f64);
        let (x0, y0) = (x as usize, y as usize);
        let (x1, y1) = ((x0 + 1).min(width - 1), (y0 + 1).min(height - 1));
        let (u, v) = ((x - x0 as f64) as f32, (y - y0 as f64) as f32);
        for c in 0..3 {
            let at = |x: usize, y: usize| f32::from(pixels[(y * width + x) * 3 + c]);
            let top = at(x0, y0) * (1.0 - u) + at(x1, y0) * u;
            let bottom = at(x0, y1) * (1.0 - u) + at(x1, y1) * u;
            planes[c * area + i] = top * (1.0 - v) + bottom * v;
        }
    }
    planes
}
