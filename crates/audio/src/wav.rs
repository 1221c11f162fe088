//! WAV files: reading any PCM or float file within limits, writing 16-bit files.

use std::{
    fmt, fs,
    io::{self, Cursor, Read},
    path::{Path, PathBuf},
    time::Duration,
};

use ermu_domain::SampleRate;

use crate::resample::{ResampleError, resample};

/// Channels that a file may have.
const MAX_CHANNELS: u16 = 8;

/// Sound of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Clip {
    /// Samples a second of each channel.
    pub rate: SampleRate,
    /// At least one channel; all have the same length, of at least one sample in −1..1.
    pub channels: Vec<Vec<f32>>,
}

impl Clip {
    /// The mean of the channels.
    pub fn mono(&self) -> Vec<f32> {
        let mut channels = self.channels.iter();
        let mut sum = channels.next().cloned().unwrap_or_default();
        for channel in channels {
            for (total, sample) in sum.iter_mut().zip(channel) {
                *total += sample;
            }
        }
        let scale = 1.0 / self.channels.len().max(1) as f32;
        for sample in &mut sum {
            *sample *= scale;
        }
        sum
    }

    /// The mean of the channels at another rate.
    pub fn mono_at(&self, rate: SampleRate) -> Result<Vec<f32>, ResampleError> {
        resample(&self.mono(), self.rate, rate)
    }

    /// Samples of each channel.
    pub fn samples(&self) -> usize {
        self.channels.first().map_or(0, Vec::len)
    }

    /// How long it sounds.
    pub fn duration(&self) -> Duration {
        Duration::from_secs_f64(self.samples() as f64 / f64::from(self.rate.hz()))
    }
}

/// A WAV file could not be read or written. Names the file.
#[derive(Debug, thiserror::Error)]
#[error("{name}: {problem}")]
pub struct WavError {
    /// The file's path, or what the caller called the bytes.
    pub name: String,
    /// What is wrong.
    #[source]
    pub problem: WavProblem,
}

/// What is wrong with a WAV file.
#[derive(Debug, thiserror::Error)]
pub enum WavProblem {
    /// The file cannot be opened, read or written.
    #[error("{0}")]
    Io(#[source] io::Error),
    /// Not a WAV file, or a damaged one.
    #[error("not a readable WAV file: {0}")]
    Malformed(String),
    /// A WAV file of a kind that is not read.
    #[error("{0}: save it as PCM of 8 to 32 bits or 32-bit float, for example with `sox in.wav -b 16 out.wav`")]
    Unsupported(String),
    /// The sample rate is one that no device uses.
    #[error("its sample rate is {hz} Hz: between 8,000 and 192,000 Hz are read")]
    Rate {
        /// What the header says.
        hz: u32,
    },
    /// Longer than the caller allows.
    #[error("it is {seconds:.1} s long: the limit is {limit_s:.1} s")]
    TooLong {
        /// What the header says.
        seconds: f64,
        /// The limit.
        limit_s: f64,
    },
    /// No samples in it.
    #[error("it holds no sound")]
    Empty,
}

/// Reads a file of at most `limit`.
pub fn read(path: &Path, limit: Duration) -> Result<Clip, WavError> {
    let attempt = || {
        let file = fs::File::open(path).map_err(WavProblem::Io)?;
        read_from(io::BufReader::new(file), limit)
    };
    attempt().map_err(|problem| WavError { name: path.display().to_string(), problem })
}

/// Reads the bytes of a file of at most `limit`; `name` is what errors call it.
pub fn parse(bytes: &[u8], limit: Duration, name: impl fmt::Display) -> Result<Clip, WavError> {
    read_from(Cursor::new(bytes), limit).map_err(|problem| WavError { name: name.to_string(), problem })
}

fn read_from(source: impl Read, limit: Duration) -> Result<Clip, WavProblem> {
    let mut reader = hound::WavReader::new(source).map_err(problem)?;
    let spec = reader.spec();
    let rate = SampleRate::new(spec.sample_rate).ok_or(WavProblem::Rate { hz: spec.sample_rate })?;
    if spec.channels == 0 || spec.channels > MAX_CHANNELS {
        return Err(WavProblem::Unsupported(format!(
            "it has {} channels (1 to {MAX_CHANNELS} are read)",
            spec.channels
        )));
    }
    let frames = reader.duration() as usize;
    if frames > rate.samples_in(limit) {
        let seconds = frames as f64 / f64::from(rate.hz());
        return Err(WavProblem::TooLong { seconds, limit_s: limit.as_secs_f64() });
    }
    if frames == 0 {
        return Err(WavProblem::Empty);
    }
    // The header's length is only a claim: memory grows with what is really there.
    let mut channels = vec![Vec::new(); spec.channels.into()];
    match (spec.sample_format, spec.bits_per_sample) {
        (hound::SampleFormat::Int, bits @ 1..=32) => {
            let scale = 1.0 / 2f64.powi(i32::from(bits) - 1);
            deinterleave(reader.samples::<i32>(), &mut channels, |value| (f64::from(value) * scale) as f32)?;
        }
        (hound::SampleFormat::Float, 32) => {
            let clean = |value: f32| if value.is_finite() { value.clamp(-1.0, 1.0) } else { 0.0 };
            deinterleave(reader.samples::<f32>(), &mut channels, clean)?;
        }
        (hound::SampleFormat::Int | hound::SampleFormat::Float, bits) => {
            return Err(WavProblem::Unsupported(format!("its samples have {bits} bits")));
        }
    }
    Ok(Clip { rate, channels })
}

fn deinterleave<S>(
    samples: impl Iterator<Item = Result<S, hound::Error>>,
    channels: &mut [Vec<f32>],
    to_pcm: impl Fn(S) -> f32,
) -> Result<(), WavProblem> {
    let count = channels.len();
    for (n, sample) in samples.enumerate() {
        channels[n % count].push(to_pcm(sample.map_err(problem)?));
    }
    if channels.iter().any(|channel| channel.len() != channels[0].len()) {
        return Err(WavProblem::Malformed("it ends in the middle of a sample".to_owned()));
    }
    Ok(())
}

fn problem(error: hound::Error) -> WavProblem {
    match error {
        // hound tells a short file as an I/O error of kind "other" or "unexpected end".
        hound::Error::IoError(e) if matches!(e.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::Other) => {
            WavProblem::Malformed("it ends too early".to_owned())
        }
        hound::Error::IoError(e) => WavProblem::Io(e),
        hound::Error::FormatError(reason) => WavProblem::Malformed(reason.to_owned()),
        hound::Error::TooWide => WavProblem::Unsupported("its samples have more than 32 bits".to_owned()),
        hound::Error::UnfinishedSample => WavProblem::Malformed("it ends in the middle of a sample".to_owned()),
        hound::Error::Unsupported => WavProblem::Unsupported("its sample format is not read".to_owned()),
        hound::Error::InvalidSampleFormat => WavProblem::Malformed("its sample format is contradictory".to_owned()),
    }
}

/// Writes a 16-bit file, one slice for each channel (one: mono, two: stereo). Shorter channels are filled up with
/// silence; samples outside of −1..1 are clipped.
pub fn write(path: &Path, rate: SampleRate, channels: &[&[f32]]) -> Result<(), WavError> {
    let name = PathBuf::from(path).display().to_string();
    let bytes = encode(rate, channels).map_err(|problem| WavError { name: name.clone(), problem })?;
    fs::write(path, bytes).map_err(|e| WavError { name, problem: WavProblem::Io(e) })
}

/// The bytes that [`write()`] would write.
pub fn encode(rate: SampleRate, channels: &[&[f32]]) -> Result<Vec<u8>, WavProblem> {
    let frames = channels.iter().map(|channel| channel.len()).max().unwrap_or(0);
    if channels.is_empty() || channels.len() > MAX_CHANNELS.into() {
        return Err(WavProblem::Unsupported(format!("{} channels cannot be written", channels.len())));
    }
    if frames as u64 * channels.len() as u64 * 2 > u64::from(u32::MAX) - 1_000 {
        let seconds = frames as f64 / f64::from(rate.hz());
        let limit_s = f64::from(u32::MAX) / (2 * channels.len()) as f64 / f64::from(rate.hz());
        return Err(WavProblem::TooLong { seconds, limit_s });
    }
    let spec = hound::WavSpec {
        channels: channels.len() as u16,
        sample_rate: rate.hz(),
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut bytes = Cursor::new(Vec::with_capacity(64 + frames * channels.len() * 2));
    let mut writer = hound::WavWriter::new(&mut bytes, spec).map_err(problem)?;
    for n in 0..frames {
        for channel in channels {
            let sample = channel.get(n).copied().unwrap_or(0.0);
            // The cast saturates, and makes 0 of what is no number.
            writer.write_sample((sample * 32_768.0).round() as i16).map_err(problem)?;
        }
    }
    writer.finalize().map_err(problem)?;
    Ok(bytes.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn ramp(samples: usize) -> Vec<f32> {
        (0..samples).map(|n| n as f32 / samples as f32 - 0.5).collect()
    }

    #[test]
    fn what_is_written_is_read() {
        let (left, right) = (ramp(1_000), ramp(700));
        let bytes = encode(SampleRate::HZ_48000, &[&left, &right]).unwrap();
        let clip = parse(&bytes, MINUTE, "stereo").unwrap();
        assert_eq!((clip.rate, clip.channels.len(), clip.samples()), (SampleRate::HZ_48000, 2, 1_000));
        assert!(clip.channels[0].iter().zip(&left).all(|(a, b)| (a - b).abs() < 1.0 / 32_000.0));
        assert_eq!(clip.channels[1][700..], [0.0; 300]);
        assert!((clip.mono()[100] - (left[100] + right[100]) / 2.0).abs() < 1e-4);
        assert_eq!(clip.mono_at(SampleRate::HZ_16000).unwrap().len(), 334);
    }

    #[test]
    fn every_width_is_read_at_full_scale() {
        for (bits, format) in [(8, 0), (16, 0), (24, 0), (32, 0), (32, 1)] {
            let sample_format = [hound::SampleFormat::Int, hound::SampleFormat::Float][format];
            let spec = hound::WavSpec { channels: 1, sample_rate: 8_000, bits_per_sample: bits, sample_format };
            let mut bytes = Cursor::new(Vec::new());
            let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
            for value in [-1.0f32, 0.0, 0.5, f32::NAN] {
                match format {
                    0 => writer.write_sample((f64::from(value) * 2f64.powi(i32::from(bits) - 1)) as i32).unwrap(),
                    _ => writer.write_sample(value).unwrap(),
                }
            }
            writer.finalize().unwrap();
            let clip = parse(bytes.get_ref(), MINUTE, "x").unwrap();
            assert_eq!(clip.channels, [vec![-1.0, 0.0, 0.5, 0.0]], "{bits} {format}");
        }
    }

    #[test]
    fn errors_name_the_file_and_the_problem() {
        let error = |bytes: &[u8]| parse(bytes, MINUTE, "call.wav").unwrap_err();
        let good = encode(SampleRate::HZ_16000, &[&ramp(1_000)]).unwrap();
        assert!(error(b"").to_string().starts_with("call.wav: not a readable WAV file"));
        assert!(matches!(error(b"ID3 and so on, an mp3 file").problem, WavProblem::Malformed(_)));
        assert!(matches!(error(&good[..good.len() - 7]).problem, WavProblem::Malformed(_)));
        assert!(matches!(error(&good[..30]).problem, WavProblem::Malformed(_)));
        assert!(matches!(error(&encode(SampleRate::HZ_16000, &[&[]]).unwrap()).problem, WavProblem::Empty));
        let mut slow = good.clone();
        slow[24..28].copy_from_slice(&4_000u32.to_le_bytes());
        slow[28..32].copy_from_slice(&8_000u32.to_le_bytes());
        assert!(matches!(error(&slow).problem, WavProblem::Rate { hz: 4_000 }));
        let long = parse(&good, Duration::from_millis(50), "call.wav").unwrap_err();
        assert_eq!(long.to_string(), "call.wav: it is 0.1 s long: the limit is 0.1 s");
        let missing = read(Path::new("no/such.wav"), MINUTE).unwrap_err();
        assert!(matches!(missing.problem, WavProblem::Io(_)) && missing.name == "no/such.wav");
    }

    #[test]
    fn no_header_panics_or_allocates_what_it_claims() {
        let good = encode(SampleRate::HZ_16000, &[&ramp(64), &ramp(64)]).unwrap();
        for position in 0..64 {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut bytes = good.clone();
                bytes[position] = value;
                if let Ok(clip) = parse(&bytes, Duration::MAX, "fuzzed") {
                    assert!(clip.samples() > 0 && clip.samples() <= 256, "{position} {value}");
                }
            }
        }
    }
}
