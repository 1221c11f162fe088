//! The gate on real room photos (only where the shared data is there) as they are and made bad: what it lets through and what
//! it stops. `-- --nocapture` prints the table that the thresholds were set on.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a broken test may panic, and the table is for eyes")]

use ermu_domain::QualityFault;
use ermu_testkit::shared_data;
use ermu_vision::{DecodeLimits, Photo, Quality, decode};
use image::{RgbImage, imageops};

/// Every fourth photo, so that the test stays quick.
fn room_photos() -> Option<Vec<Photo>> {
    let folder = shared_data()?.join("vision/doordetect_640/images");
    let mut files: Vec<_> = std::fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    let read = |path| decode(&std::fs::read(path).unwrap(), DecodeLimits::default()).unwrap();
    Some(files.iter().step_by(4).map(read).collect())
}

fn spread(name: &str, mut values: Vec<f32>) {
    values.sort_by(f32::total_cmp);
    let at = |share: f32| values[((values.len() - 1) as f32 * share) as usize];
    println!(
        "  {name:10} min {:.3}  5% {:.3}  25% {:.3}  50% {:.3}  75% {:.3}  95% {:.3}  max {:.3}",
        at(0.0),
        at(0.05),
        at(0.25),
        at(0.5),
        at(0.75),
        at(0.95),
        at(1.0)
    );
}

/// Prints the measures of photos after `change` and gives the share that has `fault` (or, with `None`, any).
fn share_with(name: &str, photos: &[Photo], fault: Option<QualityFault>, change: impl Fn(&Photo) -> RgbImage) -> f32 {
    let measured: Vec<Quality> = photos.iter().map(|photo| Quality::of(&Photo::from_rgb(change(photo)))).collect();
    let hit = |q: &Quality| fault.map_or(!q.faults().is_empty(), |fault| q.faults().contains(&fault));
    let share = measured.iter().filter(|q| hit(q)).count() as f32 / measured.len() as f32;
    println!("{name}: {:?} {share:.2}", fault);
    spread("sharpness", measured.iter().map(|q| q.sharpness).collect());
    spread("bright end", measured.iter().map(|q| q.bright_end).collect());
    spread("burnt out", measured.iter().map(|q| q.burnt_out).collect());
    share
}

fn lamp(photo: &Photo) -> RgbImage {
    let mut out = photo.rgb().clone();
    let (w, h) = (out.width() as f32, out.height() as f32);
    for (x, y, pixel) in out.enumerate_pixels_mut() {
        let d = ((x as f32 / w - 0.5) / 0.28).hypot((y as f32 / h - 0.45) / 0.28);
        let glow = 700.0 / (1.0 + ((d - 0.8) * 6.0).exp());
        pixel.0 = pixel.0.map(|v| (f32::from(v) + glow).min(255.0) as u8);
    }
    out
}

fn darker(photo: &Photo) -> RgbImage {
    let mut out = photo.rgb().clone();
    for pixel in out.pixels_mut() {
        // A twentieth of the light, under a display's gamma of 2.2.
        pixel.0 = pixel.0.map(|v| (f32::from(v) * 0.05_f32.powf(1.0 / 2.2)) as u8);
    }
    out
}

#[test]
fn good_room_photos_pass_and_bad_ones_are_stopped() {
    let Some(photos) = room_photos() else { return };
    let passed = share_with("as they are", &photos, None, |photo| photo.rgb().clone());
    let blurred =
        share_with("blurred, sigma 4 of 640", &photos, Some(QualityFault::Blurred), |p| imageops::blur(p.rgb(), 4.0));
    let dark = share_with("a twentieth of the light", &photos, Some(QualityFault::Dark), darker);
    let glare = share_with("a lamp in the middle", &photos, Some(QualityFault::Glare), lamp);
    assert!(passed <= 0.08, "{passed} of good photos stopped");
    assert!(blurred >= 0.95 && dark >= 0.95 && glare >= 0.9, "caught: {blurred} blurred, {dark} dark, {glare} glare");
}

#[test]
fn one_flat_colour_is_empty_and_a_thumbnail_is_small() {
    let flat = Photo::from_rgb(RgbImage::from_pixel(600, 400, image::Rgb([140, 150, 160])));
    assert_eq!(Quality::of(&flat).faults(), [QualityFault::Empty]);
    let thumbnail =
        Photo::from_rgb(RgbImage::from_fn(160, 120, |x, y| image::Rgb([((x / 8 + y / 8) % 2 * 200) as u8 + 20; 3])));
    assert_eq!(Quality::of(&thumbnail).faults(), [QualityFault::Small]);
}

#[test]
fn a_white_ground_is_no_glare() {
    let product = RgbImage::from_fn(600, 600, |x, y| {
        let inside = (150..450).contains(&x) && (150..450).contains(&y);
        if inside { image::Rgb([60 + ((x / 20) % 2 * 40) as u8, 70, 80]) } else { image::Rgb([255; 3]) }
    });
    assert!(Quality::of(&Photo::from_rgb(product)).faults().is_empty());
}
