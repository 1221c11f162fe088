//! μ-law companding (ITU-T G.711): what a telephone line does to sound.

/// Added before the logarithm, so that the first segment is linear.
const BIAS: i32 = 0x84;
const CLIP: i32 = 32_635;

/// Encodes 16-bit PCM as μ-law.
pub fn ulaw_encode(sample: i16) -> u8 {
    let value = i32::from(sample);
    let sign = if value < 0 { 0x80 } else { 0 };
    let magnitude = value.abs().min(CLIP) + BIAS;
    let exponent = 24 - magnitude.leading_zeros() as i32;
    let mantissa = (magnitude >> (exponent + 3)) & 0x0f;
    !((sign | exponent << 4 | mantissa) as u8)
}

/// Decodes μ-law to 16-bit PCM.
pub fn ulaw_decode(code: u8) -> i16 {
    let code = i32::from(!code);
    let magnitude = ((((code & 0x0f) << 3) + BIAS) << (code >> 4 & 7)) - BIAS;
    (if code & 0x80 == 0 { magnitude } else { -magnitude }) as i16
}

/// What a μ-law line makes of PCM in −1..1: each sample encoded and decoded. Meant for sound at 8 kHz.
pub fn through_ulaw(pcm: &mut [f32]) {
    for sample in pcm {
        // The cast saturates, and makes 0 of what is no number.
        let code = ulaw_encode((*sample * 32_768.0) as i16);
        *sample = f32::from(ulaw_decode(code)) / 32_768.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_survives_a_round_trip() {
        for code in 0..=255u8 {
            // 0x7f and 0xff are the two zeros.
            let back = ulaw_encode(ulaw_decode(code));
            assert!(back == code || (code == 0x7f && back == 0xff), "{code:#x} {back:#x}");
        }
    }

    #[test]
    fn values_of_the_standard() {
        assert_eq!(ulaw_encode(0), 0xff);
        assert_eq!(ulaw_encode(i16::MAX), 0x80);
        assert_eq!(ulaw_encode(i16::MIN), 0x00);
        assert_eq!(ulaw_decode(0x80), 32_124);
        assert_eq!(ulaw_decode(0x00), -32_124);
        assert_eq!(ulaw_decode(0xff), 0);
    }

    #[test]
    fn the_error_grows_with_the_value() {
        for value in (-32_000..32_000).step_by(37) {
            let error = (i32::from(ulaw_decode(ulaw_encode(value))) - i32::from(value)).abs();
            assert!(error <= 4 + i32::from(value).abs() / 24, "{value}: {error}");
        }
    }
}
