//! Sample rate conversion, as a stream (calls) and of whole clips (files, synthesised speech).

use audioadapter_buffers::direct::InterleavedSlice;
use ermu_domain::SampleRate;
use rubato::{Fft, FixedSync, Resampler as _};

/// Blocks of a stream: 10 ms, so that its delay stays near 15 ms in all.
const STREAM_BLOCKS_PER_SECOND: u32 = 100;
/// Blocks of a whole clip: 40 ms, for a steeper filter; delay does not matter there.
const CLIP_BLOCKS_PER_SECOND: u32 = 25;

/// The conversion could not be set up or run.
#[derive(Debug, thiserror::Error)]
pub enum ResampleError {
    /// No converter exists for this pair of rates.
    #[error("cannot convert from {from_hz} Hz to {to_hz} Hz: {reason}")]
    Unsupported {
        /// Rate of the input.
        from_hz: u32,
        /// Rate wanted.
        to_hz: u32,
        /// What the converter said.
        reason: String,
    },
    /// A defect of ours: the converter refused a block.
    #[error("internal error while resampling: {0}")]
    Internal(String),
}

/// A streaming converter of mono PCM: a linear-phase low-pass by FFT, in blocks of 10 ms (rounded up to what the
/// ratio of the rates allows, which is much for odd rates).
pub struct Resampler {
    from: SampleRate,
    to: SampleRate,
    /// None when both rates are equal: the input is passed on as it is.
    fft: Option<Fft<f32>>,
    /// Input that does not fill a block yet.
    pending: Vec<f32>,
    input_samples: u64,
    output_samples: u64,
}

impl Resampler {
    /// A converter for a live stream.
    pub fn new(from: SampleRate, to: SampleRate) -> Result<Self, ResampleError> {
        Self::with_blocks_per_second(from, to, STREAM_BLOCKS_PER_SECOND)
    }

    fn with_blocks_per_second(from: SampleRate, to: SampleRate, blocks: u32) -> Result<Self, ResampleError> {
        let fft = if from == to {
            None
        } else {
            let unsupported = |reason: rubato::ResamplerConstructionError| ResampleError::Unsupported {
                from_hz: from.hz(),
                to_hz: to.hz(),
                reason: reason.to_string(),
            };
            // Even multiples of the shortest block, so that the filter's centre, and the delay, fall on a sample.
            let unit = 2 * from.hz() / greatest_common_divisor(from.hz(), to.hz());
            let block = ((from.hz() / blocks).div_ceil(unit) * unit) as usize;
            Some(Fft::new(from.hz() as usize, to.hz() as usize, block, 1, FixedSync::Both).map_err(unsupported)?)
        };
        let block = fft.as_ref().map_or(0, rubato::Resampler::input_frames_next);
        Ok(Self { from, to, fft, pending: Vec::with_capacity(block), input_samples: 0, output_samples: 0 })
    }

    /// Converts `input`, of any length, and appends what is ready to `output`. Up to one block stays inside until
    /// more input or [`finish`](Self::finish) comes. Samples that are no numbers count as silence.
    pub fn push(&mut self, mut input: &[f32], output: &mut Vec<f32>) -> Result<(), ResampleError> {
        self.input_samples += input.len() as u64;
        let before = output.len();
        let Some(fft) = &mut self.fft else {
            output.extend_from_slice(input);
            self.output_samples += input.len() as u64;
            return Ok(());
        };
        let block = fft.input_frames_next();
        while !input.is_empty() {
            let (head, tail) = input.split_at(input.len().min(block - self.pending.len()));
            self.pending.extend(head.iter().map(|&x| finite(x)));
            input = tail;
            if self.pending.len() == block {
                convert(fft, &self.pending, output)?;
                self.pending.clear();
            }
        }
        self.output_samples += (output.len() - before) as u64;
        Ok(())
    }

    /// Ends the stream: appends what is still inside, so that the output of the whole stream is
    /// [`delay_samples`](Self::delay_samples) + ⌈input × to ⁄ from⌉ samples long. The converter is then as new.
    pub fn finish(&mut self, output: &mut Vec<f32>) -> Result<(), ResampleError> {
        let converted = (u128::from(self.input_samples) * u128::from(self.to.hz())).div_ceil(self.from.hz().into());
        let total = converted as u64 + self.delay_samples() as u64;
        let start = output.len() as u64;
        if let Some(fft) = &mut self.fft {
            let block = fft.input_frames_next();
            let mut produced = self.output_samples;
            while produced < total {
                self.pending.resize(block, 0.0);
                let before = output.len();
                convert(fft, &self.pending, output)?;
                produced += (output.len() - before) as u64;
                self.pending.clear();
            }
            output.truncate((start + total.saturating_sub(self.output_samples)) as usize);
            fft.reset();
            self.pending.clear();
        }
        self.input_samples = 0;
        self.output_samples = 0;
        Ok(())
    }

    /// How many samples of output come before the one that answers the first sample of input.
    pub fn delay_samples(&self) -> usize {
        self.fft.as_ref().map_or(0, rubato::Resampler::output_delay)
    }
}

/// The converter panics on a block whose spectrum overflows: what is no number becomes silence, and what is absurdly
/// loud less so.
fn finite(sample: f32) -> f32 {
    if sample.is_finite() { sample.clamp(-1e3, 1e3) } else { 0.0 }
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// Converts one whole block.
fn convert(fft: &mut Fft<f32>, block: &[f32], output: &mut Vec<f32>) -> Result<(), ResampleError> {
    let start = output.len();
    let frames = fft.output_frames_next();
    output.resize(start + frames, 0.0);
    let internal = |reason: String| ResampleError::Internal(reason);
    let source = InterleavedSlice::new(block, 1, block.len()).map_err(|e| internal(e.to_string()))?;
    let mut sink = InterleavedSlice::new_mut(&mut output[start..], 1, frames).map_err(|e| internal(e.to_string()))?;
    fft.process_into_buffer(&source, &mut sink, None).map_err(|e| internal(e.to_string()))?;
    Ok(())
}

/// Converts a whole clip. The result is aligned with the input (no delay) and ⌈input × to ⁄ from⌉ samples long.
pub fn resample(clip: &[f32], from: SampleRate, to: SampleRate) -> Result<Vec<f32>, ResampleError> {
    let mut resampler = Resampler::with_blocks_per_second(from, to, CLIP_BLOCKS_PER_SECOND)?;
    let delay = resampler.delay_samples();
    let mut output = Vec::with_capacity(
        delay + 2 * to.hz() as usize / 10 + (clip.len() as u64 * u64::from(to.hz()) / u64::from(from.hz())) as usize,
    );
    resampler.push(clip, &mut output)?;
    resampler.finish(&mut output)?;
    output.drain(..delay);
    Ok(output)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(hz: u32) -> SampleRate {
        SampleRate::new(hz).unwrap()
    }

    fn sine(hz: f32, rate: SampleRate, samples: usize) -> Vec<f32> {
        (0..samples).map(|n| (std::f32::consts::TAU * hz * n as f32 / rate.hz() as f32).sin() * 0.5).collect()
    }

    fn rms(x: &[f32]) -> f32 {
        (x.iter().map(|v| v * v).sum::<f32>() / x.len().max(1) as f32).sqrt()
    }

    #[test]
    fn a_whole_clip_keeps_its_length_phase_and_level() {
        for (from, to) in
            [(48_000, 16_000), (16_000, 48_000), (24_000, 48_000), (8_000, 16_000), (44_100, 16_000), (11_025, 48_000)]
        {
            let (from, to) = (rate(from), rate(to));
            let clip = sine(440.0, from, from.hz() as usize);
            let out = resample(&clip, from, to).unwrap();
            assert_eq!(out.len(), to.hz() as usize, "{from:?} {to:?}");
            let wanted = sine(440.0, to, out.len());
            let margin = to.hz() as usize / 20;
            let error: Vec<f32> = out.iter().zip(&wanted).map(|(a, b)| a - b).collect();
            let error = rms(&error[margin..out.len() - margin]);
            assert!(error < 0.005, "{from:?} {to:?}: {error}");
        }
    }

    #[test]
    fn what_the_lower_rate_cannot_hold_is_removed() {
        let clip = sine(11_000.0, SampleRate::HZ_48000, 48_000);
        let out = resample(&clip, SampleRate::HZ_48000, SampleRate::HZ_16000).unwrap();
        assert!(rms(&out) < 0.002, "{}", rms(&out));
    }

    #[test]
    fn a_stream_is_the_same_however_it_is_cut() {
        let clip = sine(300.0, SampleRate::HZ_48000, 9_600);
        let run = |cuts: &[usize]| {
            let mut resampler = Resampler::new(SampleRate::HZ_48000, SampleRate::HZ_16000).unwrap();
            let (mut out, mut rest, mut cut) = (Vec::new(), &clip[..], cuts.iter().cycle());
            while !rest.is_empty() {
                let (head, tail) = rest.split_at((*cut.next().unwrap()).min(rest.len()));
                resampler.push(head, &mut out).unwrap();
                rest = tail;
            }
            resampler.finish(&mut out).unwrap();
            (out, resampler.delay_samples())
        };
        let (whole, delay) = run(&[960]);
        assert_eq!(whole.len(), 3_200 + delay);
        assert!(delay <= 80, "more than 5 ms: {delay}");
        assert_eq!(whole, run(&[1, 959, 7, 481]).0);
    }

    #[test]
    fn a_finished_stream_starts_afresh_and_an_empty_one_is_only_delay() {
        let mut resampler = Resampler::new(SampleRate::HZ_24000, SampleRate::HZ_48000).unwrap();
        let (mut first, mut second, mut empty) = (Vec::new(), Vec::new(), Vec::new());
        let clip = sine(200.0, SampleRate::HZ_24000, 1_001);
        for out in [&mut first, &mut second] {
            resampler.push(&clip, out).unwrap();
            resampler.finish(out).unwrap();
        }
        assert_eq!(first, second);
        resampler.finish(&mut empty).unwrap();
        assert_eq!(empty, vec![0.0; resampler.delay_samples()]);
        assert_eq!(resample(&[], SampleRate::HZ_8000, SampleRate::HZ_16000).unwrap(), Vec::<f32>::new());
    }

    #[test]
    fn samples_that_are_no_numbers_do_no_harm() {
        for (from, to) in [(48_000, 16_000), (16_000, 8_000), (8_000, 48_000)] {
            let clip = [f32::NAN, f32::INFINITY, f32::MIN, f32::MAX, 0.5].repeat(2_000);
            let out = resample(&clip, rate(from), rate(to)).unwrap();
            assert!(out.iter().all(|x| x.is_finite()));
        }
    }

    #[test]
    fn odd_rates_and_equal_rates_work() {
        let clip = vec![0.25; 12_345];
        assert_eq!(resample(&clip, rate(44_100), rate(44_100)).unwrap(), clip);
        assert_eq!(resample(&clip, rate(12_345), rate(48_000)).unwrap().len(), 48_000);
        assert_eq!(resample(&clip, rate(191_999), rate(8_000)).unwrap().len(), 515);
    }
}
