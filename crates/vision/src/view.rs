//! What the defect net sees: a square of the photo about the product, and the catalogue photo laid over it.

use crate::Photo;
use crate::align::Catalogued;
use crate::homography::{Homography, Point};
use crate::shape::Fit;
use crate::shrink::shrunk;
use image::RgbImage;

/// Pixels of the net's input, about: what it costs does not depend on the product's shape.
const INPUT_AREA_PX: f64 = 384.0 * 384.0;
/// For pictures that lie on each other already: enough for what is drawn on them in lines of a few pixels.
const REGISTERED_AREA_PX: f64 = 640.0 * 640.0;
/// The net's input comes in steps of this.
const STEP_PX: f64 = 16.0;
/// Input pixels an output pixel.
const OUTPUT_STRIDE: usize = 2;

/// A rectangle of the photo, and what is known about the product in it.
#[derive(Debug, Clone)]
pub(crate) struct View {
    /// Left and top in pixels of the photo; the rectangle may reach beyond the photo.
    left: f64,
    top: f64,
    /// Pixels of the photo a pixel of the input.
    pixel: f64,
    /// Width and height of the input.
    pub(crate) input_px: (usize, usize),
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
    /// A view of `area_px` input pixels about a rectangle (left, top, right, bottom) of the photo.
    fn about(photo: &Photo, [left, top, right, bottom]: [f64; 4], area_px: f64) -> Self {
        let (wide, tall) = ((right - left).max(1.0), (bottom - top).max(1.0));
        // A strip is seen coarser rather than as a line of a few pixels.
        let fine = (wide * tall / area_px).sqrt().max(wide.max(tall) / (2.0 * area_px.sqrt()));
        let steps = |length: f64| ((length / fine / STEP_PX).round().max(4.0) * STEP_PX) as usize;
        let input_px = (steps(wide), steps(tall));
        let pixel = (wide / input_px.0 as f64).max(tall / input_px.1 as f64);
        Self {
            left: (left + right - pixel * input_px.0 as f64) / 2.0,
            top: (top + bottom - pixel * input_px.1 as f64) / 2.0,
            pixel,
            input_px,
            product: Vec::new(),
            on_catalogue: None,
            photo_px: (f64::from(photo.width_px()), f64::from(photo.height_px())),
        }
    }

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
        let air = (right - left).max(bottom - top) * 0.04;
        let mut view = Self::about(photo, [left - air, top - air, right + air, bottom + air], INPUT_AREA_PX);
        view.on_catalogue = Some((back, catalogued.product.frame));
        // A finding must lie on the product with a little room, or the table's edge would be one.
        let reach = 1.2;
        view.product = view.marked(|view, (x, y)| {
            [(0.0, 0.0), (reach, 0.0), (-reach, 0.0), (0.0, reach), (0.0, -reach)].iter().all(|(dx, dy)| {
                let p = view.to_photo((x + dx, y + dy));
                view.within_photo(p) && back.apply(p).is_some_and(|q| catalogued.product.contains(q))
            })
        });
        let shrink = view.pixel * (x1 - x0).max(y1 - y0) / (right - left).max(bottom - top);
        let reference = view.sampled(reference.rgb(), &view.input_to_photo().then(&back), shrink.max(1e-6));
        let photo = view.sampled(photo.rgb(), &view.input_to_photo(), view.pixel);
        Some((view, Planes { photo, reference: Some(reference) }))
    }

    /// The whole photo, nothing to compare with.
    pub(crate) fn alone(photo: &Photo) -> (Self, Planes) {
        let view = Self::whole(photo, INPUT_AREA_PX);
        let photo = view.sampled(photo.rgb(), &view.input_to_photo(), view.pixel);
        (view, Planes { photo, reference: None })
    }

    /// The whole photo, and a reference that shows the same from the same place.
    pub(crate) fn registered(photo: &Photo, reference: &Photo) -> (Self, Planes) {
        let size_px = f64::from(photo.width_px()) * f64::from(photo.height_px());
        let view = Self::whole(photo, size_px.clamp(INPUT_AREA_PX, REGISTERED_AREA_PX));
        let (width, height) = (f64::from(reference.width_px()), f64::from(reference.height_px()));
        let (sx, sy) = (width / view.photo_px.0, height / view.photo_px.1);
        let onto = Homography([[sx, 0.0, (sx - 1.0) / 2.0], [0.0, sy, (sy - 1.0) / 2.0], [0.0, 0.0, 1.0]]);
        let reference = view.sampled(reference.rgb(), &view.input_to_photo().then(&onto), view.pixel * sx.max(sy));
        let photo = view.sampled(photo.rgb(), &view.input_to_photo(), view.pixel);
        (view, Planes { photo, reference: Some(reference) })
    }

    fn whole(photo: &Photo, area_px: f64) -> Self {
        let (width, height) = (f64::from(photo.width_px()), f64::from(photo.height_px()));
        let mut view = Self::about(photo, [0.0, 0.0, width, height], area_px);
        view.product = view.marked(|view, p| view.within_photo(view.to_photo(p)));
        view
    }

    /// Columns and rows of the net's output.
    pub(crate) fn output_px(&self) -> (usize, usize) {
        (self.input_px.0 / OUTPUT_STRIDE, self.input_px.1 / OUTPUT_STRIDE)
    }

    /// Asks about the middle of every output pixel.
    fn marked(&self, is_product: impl Fn(&Self, Point) -> bool) -> Vec<bool> {
        let (columns, rows) = self.output_px();
        let middle = |i: usize| ((i % columns) as f64 + 0.5, (i / columns) as f64 + 0.5);
        (0..columns * rows).map(|i| is_product(self, middle(i))).collect()
    }

    /// From centres of the input's pixels to those of the photo's.
    fn input_to_photo(&self) -> Homography {
        let half = (self.pixel - 1.0) / 2.0;
        Homography::scale_and_shift(self.pixel, self.left + half, self.top + half)
    }

    /// A point of the output grid (its corner is 0, 0) as pixels of the photo.
    fn to_photo(&self, (x, y): Point) -> Point {
        let pixel = self.pixel * OUTPUT_STRIDE as f64;
        (self.left + x * pixel, self.top + y * pixel)
    }

    fn within_photo(&self, (x, y): Point) -> bool {
        (0.0..self.photo_px.0).contains(&x) && (0.0..self.photo_px.1).contains(&y)
    }

    /// A point of the output grid as shares of the photo's width and height.
    pub(crate) fn share_of_photo(&self, point: Point) -> (f32, f32) {
        let (x, y) = self.beyond_photo(point);
        (x.clamp(0.0, 1.0), y.clamp(0.0, 1.0))
    }

    /// The same where the point may lie beyond the photo.
    pub(crate) fn beyond_photo(&self, point: Point) -> (f32, f32) {
        let (x, y) = self.to_photo(point);
        ((x / self.photo_px.0) as f32, (y / self.photo_px.1) as f32)
    }

    /// A point of the output grid as shares of the product's own frame; of the photo where there is no catalogue photo.
    pub(crate) fn share_of_product(&self, point: Point) -> (f32, f32) {
        let on_catalogue = self.on_catalogue.and_then(|(back, frame)| Some((back.apply(self.to_photo(point))?, frame)));
        match on_catalogue {
            Some(((x, y), [x0, y0, x1, y1])) => (((x - x0) / (x1 - x0)) as f32, ((y - y0) / (y1 - y0)) as f32),
            None => self.share_of_photo(point),
        }
    }

    /// Samples the input: `map` leads from its pixels to the source's, of which about `shrink` fall on one.
    fn sampled(&self, source: &RgbImage, map: &Homography, shrink: f64) -> Vec<f32> {
        let small;
        let (picture, scale) = if shrink > 1.15 {
            let side = |v: u32| ((f64::from(v) / shrink).round() as u32).max(1);
            small = shrunk(source, side(source.width()), side(source.height()));
            (&small, f64::from(small.width()) / f64::from(source.width()))
        } else {
            (source, 1.0)
        };
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let pixels = picture.as_raw();
        let columns = self.input_px.0;
        let area = columns * self.input_px.1;
        let mut planes = vec![0.0; 3 * area];
        for i in 0..area {
            // Beyond the horizon there is nothing: any border pixel will do.
            let (x, y) = map.apply(((i % columns) as f64, (i / columns) as f64)).unwrap_or((0.0, 0.0));
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_input_has_the_shape_of_the_photo_and_about_the_same_size() {
        for (width, height) in [(1600, 1200), (500, 1250), (64, 64), (3000, 40)] {
            let photo = Photo::from_rgb(RgbImage::new(width, height));
            let (view, planes) = View::alone(&photo);
            let (columns, rows) = view.input_px;
            assert!(columns % 16 == 0 && rows % 16 == 0 && planes.photo.len() == 3 * columns * rows);
            assert!(columns * rows <= 180_000 && columns.max(rows) <= 784, "{columns} × {rows}");
            let (x, y) = view.share_of_photo((columns as f64 / 4.0, rows as f64 / 4.0));
            assert!((x - 0.5).abs() < 1e-4 && (y - 0.5).abs() < 1e-4);
        }
    }

    #[test]
    fn a_registered_reference_lies_on_the_photo_at_any_size() {
        let picture = |side: u32| {
            RgbImage::from_fn(side, side, |x, y| image::Rgb([(x * 200 / side) as u8, (y * 200 / side) as u8, 0]))
        };
        let (_, planes) = View::registered(&Photo::from_rgb(picture(400)), &Photo::from_rgb(picture(800)));
        let reference = planes.reference.unwrap();
        let apart = planes.photo.iter().zip(&reference).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(apart < 3.0, "{apart}");
    }
}
