//! Writing whisper.cpp's ggml model files.
//!
//! Layout, little-endian: magic; eleven `i32` hyper-parameters; the mel filterbank; the tokens; then tensors up to the end of the
//! file, each `i32` number of dimensions, `i32` length of its name, `i32` type, the dimensions with the innermost first, the name,
//! and the data without padding.

use std::io::{self, Write};

use anyhow::{Result, ensure};
use half::f16;

const MAGIC: u32 = 0x6767_6d6c;
/// "Mostly 8-bit blocks" (7) and ggml's quantisation version 2, in thousands.
const FILE_TYPE_Q8_0: i32 = 2_007;
/// Elements that share one scale.
const BLOCK: usize = 32;

/// What the header says of the network; all counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct HyperParameters {
    pub(super) vocabulary: i32,
    pub(super) audio_context: i32,
    pub(super) audio_state: i32,
    pub(super) audio_heads: i32,
    pub(super) audio_layers: i32,
    pub(super) text_context: i32,
    pub(super) text_state: i32,
    pub(super) text_heads: i32,
    pub(super) text_layers: i32,
    pub(super) mel_bands: i32,
}

/// How a tensor's elements are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Storage {
    F32,
    F16,
    /// Blocks of 32: a 16-bit scale and 32 signed bytes.
    Q8_0,
}

/// Writes everything before the tensors.
pub(super) fn write_header(
    out: &mut impl Write,
    network: &HyperParameters,
    mel_filters: &[f32],
    mel_bins: usize,
    tokens: &[Vec<u8>],
) -> Result<()> {
    out.write_all(&MAGIC.to_le_bytes())?;
    let n = network;
    for value in [
        n.vocabulary,
        n.audio_context,
        n.audio_state,
        n.audio_heads,
        n.audio_layers,
        n.text_context,
        n.text_state,
        n.text_heads,
        n.text_layers,
        n.mel_bands,
        FILE_TYPE_Q8_0,
        n.mel_bands,
        i32::try_from(mel_bins)?,
    ] {
        out.write_all(&value.to_le_bytes())?;
    }
    for weight in mel_filters {
        out.write_all(&weight.to_le_bytes())?;
    }
    out.write_all(&i32::try_from(tokens.len())?.to_le_bytes())?;
    for token in tokens {
        out.write_all(&i32::try_from(token.len())?.to_le_bytes())?;
        out.write_all(token)?;
    }
    Ok(())
}

/// Writes a tensor's head; `dims` with the outermost first. Its rows follow by [`write_row`].
pub(super) fn write_tensor_head(out: &mut impl Write, name: &str, dims: &[usize], storage: Storage) -> Result<()> {
    let innermost = dims.last().copied().unwrap_or(1);
    ensure!(
        storage != Storage::Q8_0 || innermost.is_multiple_of(BLOCK),
        "tensor {name:?}: {innermost} is no multiple of {BLOCK}"
    );
    let code: i32 = match storage {
        Storage::F32 => 0,
        Storage::F16 => 1,
        Storage::Q8_0 => 8,
    };
    for value in [i32::try_from(dims.len())?, i32::try_from(name.len())?, code] {
        out.write_all(&value.to_le_bytes())?;
    }
    for &dim in dims.iter().rev() {
        out.write_all(&i32::try_from(dim)?.to_le_bytes())?;
    }
    out.write_all(name.as_bytes())?;
    Ok(())
}

/// Writes one row of a tensor's data.
pub(super) fn write_row(out: &mut impl Write, row: &[f32], storage: Storage) -> io::Result<()> {
    match storage {
        Storage::F32 => row.iter().try_for_each(|value| out.write_all(&value.to_le_bytes())),
        Storage::F16 => row.iter().try_for_each(|value| out.write_all(&f16::from_f32(*value).to_le_bytes())),
        Storage::Q8_0 => row.chunks(BLOCK).try_for_each(|block| out.write_all(&quantise(block))),
    }
}

/// One block: scale = largest magnitude / 127 as a 16-bit float, then each value / scale to the nearest, halves away from zero.
///
/// As ggml does, values are divided by the 32-bit scale, before that is rounded to 16 bits.
fn quantise(block: &[f32]) -> [u8; 2 + BLOCK] {
    let largest = block.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    let scale = largest / 127.0;
    let inverse = if scale == 0.0 { 0.0 } else { 1.0 / scale };
    let mut bytes = [0; 2 + BLOCK];
    bytes[..2].copy_from_slice(&f16::from_f32(scale).to_le_bytes());
    for (byte, value) in bytes[2..].iter_mut().zip(block) {
        *byte = ((value * inverse).round() as i8).to_le_bytes()[0];
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_a_scale_and_rounded_bytes() {
        let mut block = [0.0; BLOCK];
        block[0] = -127.0;
        block[1] = 63.5;
        block[2] = -0.5;
        block[31] = 0.49;
        let bytes = quantise(&block);
        assert_eq!(f16::from_le_bytes([bytes[0], bytes[1]]).to_f32(), 1.0);
        let values: Vec<i8> = bytes[2..].iter().map(|b| i8::from_le_bytes([*b])).collect();
        assert_eq!((values[0], values[1], values[2], values[31]), (-127, 64, -1, 0));
        assert!(quantise(&[0.0; BLOCK]).iter().all(|b| *b == 0));
    }

    #[test]
    fn quantised_values_are_within_half_a_step() {
        let block: Vec<f32> = (0..BLOCK).map(|i| (i as f32 * 0.7).sin() * 0.03).collect();
        let bytes = quantise(&block);
        let scale = f16::from_le_bytes([bytes[0], bytes[1]]).to_f32();
        for (value, byte) in block.iter().zip(&bytes[2..]) {
            let back = f32::from(i8::from_le_bytes([*byte])) * scale;
            assert!((back - value).abs() <= scale * 0.51 + value.abs() * 1e-3, "{value} came back as {back}");
        }
    }

    #[test]
    fn rows_that_do_not_fill_blocks_are_refused() {
        assert!(write_tensor_head(&mut Vec::new(), "w", &[4, 33], Storage::Q8_0).is_err());
        let mut head = Vec::new();
        write_tensor_head(&mut head, "w", &[4, 64], Storage::Q8_0).unwrap();
        assert_eq!(head, [2, 0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0, 64, 0, 0, 0, 4, 0, 0, 0, b'w']);
    }
}
