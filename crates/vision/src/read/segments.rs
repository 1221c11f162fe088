//! Error codes on seven-segment displays, bar by bar.
//!
//! The recogniser has learned from print: it takes H for 4, F for 6, and sees places whose bars are off. Here a line is brought
//! upright (tilt and slant), parted into places, and every place is the glyph whose seven bars are the lit ones.

use image::RgbImage;

use super::{
    lit::{Lit, threshold},
    quad::{Quad, Way},
};
use crate::{Photo, gray::Gray};

/// Height that a line is looked at in, and the longest line, in heights.
const HEIGHT_PX: u32 = 72;
const LONGEST: f64 = 7.0;
/// How far a line's frame is moved outwards along it and across it, in heights, one after the other until a code is seen: an
/// unlit place may have parted the line for the detector, or it may have taken the display's window for the line.
const FRAMES: [(f64, f64); 3] = [(0.1, 0.1), (0.6, 0.1), (-0.15, -0.15)];
/// Where bars are parted from the rest, as shares of the threshold: less under a reflection, more where unlit bars glow.
const SHARES: [f32; 5] = [0.5, 0.75, 1.0, 1.3, 1.7];
/// So many of them need not be outvoted, and this many have to agree.
const CLEARLY: usize = 3;
const AGREED: usize = 2;
/// A narrower place holds a 1, as a share of the height.
pub(super) const NARROW: f64 = 0.32;
/// A letter, a dash, digits, and one more that makes it none.
pub(super) const MOST_PLACES: usize = 6;
/// Digits of a code.
const MOST_DIGITS: usize = 3;

/// Bars: top, upper right, lower right, bottom, lower left, upper left, middle.
type Bars = [f64; 7];

/// What a place may show in front, between, and behind; `1` is a narrow place.
const LETTERS: &[(char, &str)] = &[('E', "adefg"), ('F', "aefg"), ('H', "bcefg"), ('P', "abefg")];
const BETWEEN: &[(char, &str)] = &[('-', "g"), ('r', "eg")];
const DIGITS: &[(char, &str)] = &[
    ('0', "abcdef"),
    ('2', "abdeg"),
    ('3', "abcdg"),
    ('4', "bcfg"),
    ('5', "acdfg"),
    ('6', "acdefg"),
    ('6', "cdefg"),
    ('7', "abc"),
    ('7', "abcf"),
    ('8', "abcdefg"),
    ('9', "abcdfg"),
    ('9', "abcfg"),
];

/// Whether what the recogniser made of a line leaves room for a display: something short, hardly a word.
pub(super) fn may_be(text: &str) -> bool {
    let count = |kind: fn(&char) -> bool| text.chars().filter(kind).count();
    let (characters, digits) = (count(|c| c.is_alphanumeric()), count(char::is_ascii_digit));
    characters <= 1 || (text.is_ascii() && characters <= MOST_PLACES && (characters <= 2 || digits > 0))
}

/// The code that a line shows, and how sure that is (0.5 to 1); none if it is no display, or shows none.
pub(super) fn read(photo: &Photo, quad: &Quad) -> Option<(String, f32)> {
    if quad.length > LONGEST * quad.height {
        return None;
    }
    FRAMES.iter().find_map(|(aside, above)| {
        let frame = Quad {
            length: quad.length + 2.0 * aside * quad.height,
            height: quad.height * (1.0 + 2.0 * above),
            ..*quad
        };
        let width = (f64::from(HEIGHT_PX) * frame.length / frame.height).round() as u32;
        agreed(&contrast(&frame.cut(photo.rgb(), width.max(HEIGHT_PX / 2), HEIGHT_PX, Way::Upright)))
    })
}

/// The code that most ways of parting lit from unlit agree on.
fn agreed(contrast: &Gray) -> Option<(String, f32)> {
    let mut found: Vec<(String, f32)> = Vec::new();
    'looking: for sign in [1.0, -1.0] {
        let Some(apart) = threshold(contrast, sign) else { continue };
        for share in SHARES {
            let Some(code) = Lit::of(contrast, sign, share * apart).and_then(|lit| code(&lit)) else { continue };
            let clear = found.iter().filter(|(other, _)| *other == code.0).count() + 1 >= CLEARLY;
            found.push(code);
            if clear {
                break 'looking;
            }
        }
    }
    let votes = |text: &str| found.iter().filter(|(other, _)| other == text).count();
    let (text, _) = found.iter().max_by_key(|(text, _)| (votes(text), text.len()))?;
    let sureness = found.iter().filter(|(other, _)| other == text).map(|(_, sureness)| *sureness).fold(0.0, f32::max);
    (votes(text) >= AGREED).then(|| (text.clone(), sureness))
}

/// How much brighter a pixel is than what is around it, in the colour channel where that says most.
fn contrast(cut: &RgbImage) -> Gray {
    let channel = |c: usize| {
        let at = |x: usize, y: usize| f32::from(cut.get_pixel(x as u32, y as u32).0[c]) / 255.0;
        let gray = Gray::from_fn(cut.width() as usize, cut.height() as usize, at);
        let around = gray.box_blur(HEIGHT_PX as usize / 3);
        Gray::from_fn(gray.width, gray.height, |x, y| gray.at(x, y) - around.at(x, y))
    };
    let strength = |gray: &Gray| gray.data.iter().map(|value| value * value).sum::<f32>();
    let [first, rest @ ..] = [0, 1, 2].map(channel);
    rest.into_iter().fold(first, |best, other| if strength(&other) > strength(&best) { other } else { best })
}

impl Lit {
    /// How much of each bar is lit; none where something else is.
    fn bars(&self) -> Option<Bars> {
        const MIDDLE: (f64, f64) = (0.36, 0.64);
        let (left, right) = ((0.0, 0.34), (0.66, 1.0));
        let (upper, lower) = ((0.2, 0.38), (0.62, 0.8));
        let hole = |down| self.crossed((0.42, 0.58), down) > 0.5;
        if hole((0.24, 0.36)) || hole((0.64, 0.76)) {
            return None;
        }
        Some([
            self.crossed(MIDDLE, (0.0, 0.2)),
            self.stood(right, upper),
            self.stood(right, lower),
            self.crossed(MIDDLE, (0.8, 1.0)),
            self.stood(left, lower),
            self.stood(left, upper),
            self.crossed(MIDDLE, (0.38, 0.62)),
        ])
    }

    /// A glyph of these, and how sure it is.
    fn glyph(&self, known: &[(char, &str)]) -> Option<(char, f64)> {
        let bars = self.bars()?;
        let sureness = |lit: &str| {
            let off = bars
                .iter()
                .zip("abcdefg".chars())
                .map(|(value, bar)| if lit.contains(bar) { 1.0 - value } else { *value });
            1.0 - off.fold(0.0, f64::max)
        };
        let rated = known.iter().map(|(glyph, lit)| (*glyph, sureness(lit)));
        rated.max_by(|a, b| a.1.total_cmp(&b.1)).filter(|(_, sureness)| *sureness > 0.5)
    }

    fn digit(&self) -> Option<(char, f64)> {
        if (self.width as f64) < NARROW * self.height as f64 {
            let stands = self.stood((0.0, 1.0), (0.15, 0.4)).min(self.stood((0.0, 1.0), (0.6, 0.85)));
            return (stands > 0.5).then_some(('1', stands));
        }
        self.glyph(DIGITS)
    }
}

/// A letter, perhaps a dash or an r, one to three digits.
fn code(lit: &Lit) -> Option<(String, f32)> {
    let places = lit.places()?;
    let (first, mut rest) = places.split_first()?;
    let (letter, mut sureness) = first.glyph(LETTERS)?;
    if let [between, after @ ..] = rest
        && between.glyph(BETWEEN).is_some()
    {
        rest = after;
    }
    if !(1..=MOST_DIGITS).contains(&rest.len()) {
        return None;
    }
    let mut text = String::from(letter);
    for place in rest {
        let (digit, sure) = place.digit()?;
        text.push(digit);
        sureness += sure;
    }
    let mean = sureness / (rest.len() + 1) as f64;
    Some((text, mean as f32))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// How a display looks: brightness of the ground, of lit and of unlit bars; the lean of its digits; how far it is turned.
    #[derive(Debug, Clone, Copy)]
    struct Looks {
        ground: u8,
        lit: u8,
        unlit: u8,
        slant: f64,
        turned: f64,
    }

    const LED: Looks = Looks { ground: 15, lit: 230, unlit: 28, slant: 0.1, turned: 0.0 };
    const DIGIT_PX: (f64, f64) = (60.0, 110.0);
    const PITCH_PX: f64 = 96.0;
    const BAR_PX: f64 = 13.0;

    /// Which bars of a glyph are lit, from the tables that are tested, so a test says what it draws by name.
    fn bars_of(glyph: char) -> &'static str {
        let all = LETTERS.iter().chain(BETWEEN).chain(DIGITS).chain(&[('1', "bc"), ('A', "abcefg"), ('C', "adef")]);
        all.clone().find(|(known, _)| *known == glyph).map_or("", |(_, bars)| bars)
    }

    /// A photo of a display with these glyphs, and the frame that a detector would give; `.` is a point at the last place.
    fn display(shown: &str, looks: Looks) -> (Photo, Quad) {
        let (w, h) = DIGIT_PX;
        let glyphs: Vec<char> = shown.chars().filter(|c| *c != '.').collect();
        let points: Vec<usize> =
            shown.match_indices('.').enumerate().map(|(before, (at, _))| at - before - 1).collect();
        let length = PITCH_PX * glyphs.len() as f64;
        let (width, height) = (length + 260.0, h + 240.0);
        let lines = [
            (0.0, 0.0, w, 0.0),
            (w, 0.0, w, h / 2.0),
            (w, h / 2.0, w, h),
            (0.0, h, w, h),
            (0.0, h / 2.0, 0.0, h),
            (0.0, 0.0, 0.0, h / 2.0),
            (0.0, h / 2.0, w, h / 2.0),
        ];
        let (sin, cos) = f64::sin_cos(looks.turned);
        let at = |x: u32, y: u32| {
            let (x, y) = (f64::from(x) - width / 2.0, f64::from(y) - height / 2.0);
            let (u, v) = (x * cos + y * sin + length / 2.0, y * cos - x * sin + h / 2.0);
            let u = u - (h - v) * looks.slant;
            let mut value = looks.ground;
            for (place, glyph) in glyphs.iter().enumerate() {
                let u = u - PITCH_PX * place as f64;
                for (bar, (x0, y0, x1, y1)) in "abcdefg".chars().zip(lines) {
                    let (cx, cy) = (
                        u.clamp(x0 + 3.0 * f64::from(x1 > x0), (x1 - 3.0 * f64::from(x1 > x0)).max(x0)),
                        v.clamp(y0 + 3.0 * f64::from(y1 > y0), (y1 - 3.0 * f64::from(y1 > y0)).max(y0)),
                    );
                    if (u - cx).hypot(v - cy) < BAR_PX / 2.0 {
                        value = if bars_of(*glyph).contains(bar) {
                            looks.lit
                        } else if value == looks.lit {
                            value
                        } else {
                            looks.unlit
                        };
                    }
                }
                if points.contains(&place) && (u - w - 18.0).hypot(v - h) < 8.0 {
                    value = looks.lit;
                }
            }
            image::Rgb([value; 3])
        };
        let photo = Photo::from_rgb(RgbImage::from_fn(width as u32, height as u32, at));
        let centre = (width / 2.0 - (PITCH_PX - w) / 2.0 * cos, height / 2.0 - (PITCH_PX - w) / 2.0 * sin);
        (photo, Quad { centre, angle: looks.turned, length: length + 20.0, height: h + 40.0 })
    }

    fn shown(glyphs: &str, looks: Looks) -> Option<String> {
        let (photo, quad) = display(glyphs, looks);
        read(&photo, &quad).map(|(text, sureness)| {
            assert!((0.5..=1.0).contains(&sureness), "{glyphs}: {sureness}");
            text
        })
    }

    #[test]
    fn every_letter_and_digit_is_told_by_its_bars() {
        for letter in "EFHP".chars() {
            for digits in ["04", "12", "35", "67", "89", "1", "111"] {
                let code = format!("{letter}{digits}");
                assert_eq!(shown(&code, LED), Some(code));
            }
        }
    }

    #[test]
    fn a_display_may_lean_be_turned_be_a_liquid_crystal_and_show_its_unlit_bars() {
        let crystal = Looks { ground: 170, lit: 40, unlit: 150, ..LED };
        for looks in [
            Looks { slant: 0.0, ..LED },
            Looks { slant: 0.2, ..LED },
            Looks { turned: 0.12, ..LED },
            Looks { turned: -0.2, ..LED },
            Looks { unlit: 60, ..LED },
            Looks { lit: 60, unlit: 20, ..LED },
            crystal,
            Looks { slant: 0.18, ..crystal },
        ] {
            for code in ["H46", "F20", "P79"] {
                assert_eq!(shown(code, looks), Some(code.to_owned()), "{looks:?}");
            }
        }
    }

    #[test]
    fn what_stands_between_letter_and_digits_is_left_out() {
        for (glyphs, code) in [("E-04", "E04"), ("Er38", "E38"), ("P.5", "P5"), ("F9.1.", "F91"), (" H7", "H7")] {
            assert_eq!(shown(glyphs, LED).as_deref(), Some(code), "{glyphs}");
        }
    }

    #[test]
    fn what_shows_no_code_gives_none() {
        // A temperature, a letter alone, too many digits, letters that no code begins with, an unlit place in the middle.
        assert_eq!(shown("", LED), None);
        for glyphs in ["412", "88", "E", "E1234", "A4", "C12", "H 6", "----"] {
            assert_eq!(shown(glyphs, LED), None, "{glyphs}");
        }
    }

    #[test]
    fn a_frame_that_misses_the_last_digit_is_widened_and_one_that_holds_the_window_narrowed() {
        let (photo, quad) = display("H35", LED);
        let short = Quad { length: quad.length - 70.0, centre: (quad.centre.0 - 35.0, quad.centre.1), ..quad };
        assert_eq!(read(&photo, &short).unwrap().0, "H35");
        let mut rgb = photo.rgb().clone();
        let (width, height) = rgb.dimensions();
        for (x, y, pixel) in rgb.enumerate_pixels_mut() {
            if x < 60 || y < 50 || x + 60 > width || y + 50 > height {
                *pixel = image::Rgb([200; 3]);
            }
        }
        let whole = Quad { length: f64::from(width) - 40.0, height: f64::from(height) - 40.0, ..quad };
        assert_eq!(read(&Photo::from_rgb(rgb), &whole).unwrap().0, "H35");
    }

    #[test]
    fn words_are_no_displays_and_short_oddities_may_be() {
        assert!(["462", "P.-0.8.1", "三", "E/B", "88-15"].into_iter().all(may_be));
        assert!(!["订单号123456", "故障", "TEMP", "Made in China", "138001380"].into_iter().any(may_be));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn no_picture_and_no_frame_is_too_odd(
            pixels in prop::collection::vec(any::<u8>(), 3 * 40 * 30),
            (x, y, angle) in (-50.0..90.0, -50.0..90.0, -3.0..3.0),
            (length, height) in (0.5..400.0, 0.5..200.0),
        ) {
            let photo = Photo::from_rgb(RgbImage::from_raw(40, 30, pixels).unwrap());
            let code = read(&photo, &Quad { centre: (x, y), angle, length, height });
            prop_assert!(code.is_none_or(|(text, _)| (2..=4).contains(&text.len())));
        }
    }
}
