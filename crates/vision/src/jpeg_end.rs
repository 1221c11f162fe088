//! Whether a JPEG has its end, and how many scans come before: the marker EOI after the last scan (ITU-T T.81, annex B).

/// Walks the segments from SOI to EOI and counts the scans; none if EOI does not follow at least one. What comes after EOI does
/// not matter.
pub(crate) fn scans(bytes: &[u8]) -> Option<u32> {
    let mut at = 2;
    let mut scans = 0_u32;
    loop {
        // To the next marker: outside a scan this is here, inside it past the entropy-coded bytes.
        while bytes.get(at).is_some_and(|&b| b != 0xFF) {
            at += 1;
        }
        match *bytes.get(at + 1)? {
            // A fill byte.
            0xFF => at += 1,
            // A stuffed 0xFF of a scan, a restart, or TEM: no length follows.
            0x00 | 0x01 | 0xD0..=0xD8 => at += 2,
            0xD9 => return (scans > 0).then_some(scans),
            marker => {
                let length = bytes.get(at + 2..at + 4)?;
                scans += u32::from(marker == 0xDA);
                at += 2 + usize::from(u16::from_be_bytes([length[0], length[1]]));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Photo;
    use image::RgbImage;

    fn jpeg() -> Vec<u8> {
        Photo::from_rgb(RgbImage::from_fn(40, 30, |x, y| image::Rgb([x as u8 * 6, y as u8 * 8, 90])))
            .to_jpeg(90)
            .unwrap()
    }

    #[test]
    fn a_whole_file_is_complete_and_every_prefix_is_not() {
        let whole = jpeg();
        assert_eq!(scans(&whole), Some(1));
        for end in 0..whole.len() {
            assert_eq!(scans(&whole[..end]), None, "{end} of {} bytes", whole.len());
        }
    }

    #[test]
    fn the_end_of_a_thumbnail_in_a_segment_does_not_count() {
        let whole = jpeg();
        let mut with_thumbnail = vec![0xFF, 0xD8, 0xFF, 0xE1, 0x00, 0x06, 0xFF, 0xDA, 0xFF, 0xD9];
        with_thumbnail.extend_from_slice(&whole[2..whole.len() / 2]);
        assert_eq!(scans(&with_thumbnail), None);
    }
}
