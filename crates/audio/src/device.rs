//! The machine's own microphone and loudspeaker.

use std::{
    collections::VecDeque,
    sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel},
};

use cpal::{
    FromSample, Sample, SampleFormat, SizedSample, Stream, SupportedStreamConfig,
    traits::{DeviceTrait, HostTrait, StreamTrait},
};
use ermu_domain::SampleRate;

use crate::{
    FRAME_SAMPLES, Frame,
    resample::{ResampleError, Resampler},
};

/// Frames that may wait in each direction: 0.2 s. A microphone frame beyond it is dropped.
const QUEUE_FRAMES: usize = 10;

/// The devices cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// The machine has none.
    #[error("this machine has no {0} that can be used ({1}); connect one, or use a WAV file instead")]
    Missing(Direction, String),
    /// The device speaks a format that is not read.
    #[error("the {0} uses sample format {1} at {2} Hz, which is not supported")]
    Unsupported(Direction, SampleFormat, u32),
    /// The device exists and refuses: busy, no permission.
    #[error("the {0} cannot be opened: {1}")]
    Refused(Direction, #[source] cpal::Error),
    /// Its rate cannot be converted to 48 kHz.
    #[error(transparent)]
    Resample(#[from] ResampleError),
}

/// Which of the two devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// In.
    Microphone,
    /// Out.
    Loudspeaker,
}

impl std::fmt::Display for Direction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Microphone => "microphone",
            Self::Loudspeaker => "loudspeaker",
        })
    }
}

/// The default microphone and loudspeaker, open and running until dropped.
pub struct Devices {
    /// 20 ms of the microphone each, at 48 kHz. Disconnected when the device is lost.
    pub microphone: Receiver<Frame>,
    /// Takes 20 ms for the loudspeaker each, at 48 kHz; full when frames come faster than they sound.
    pub loudspeaker: SyncSender<Frame>,
    _streams: [Stream; 2],
}

impl Devices {
    /// Opens both default devices at their own rates.
    pub fn open() -> Result<Self, DeviceError> {
        let host = cpal::default_host();
        let missing = |direction| DeviceError::Missing(direction, "none is set as default".to_owned());
        let input = host.default_input_device().ok_or_else(|| missing(Direction::Microphone))?;
        let output = host.default_output_device().ok_or_else(|| missing(Direction::Loudspeaker))?;
        // Without a sound card there is a default device all the same; only its configuration tells.
        let input_config =
            input.default_input_config().map_err(|e| DeviceError::Missing(Direction::Microphone, e.to_string()))?;
        let output_config =
            output.default_output_config().map_err(|e| DeviceError::Missing(Direction::Loudspeaker, e.to_string()))?;
        let (from_microphone, microphone) = sync_channel(QUEUE_FRAMES);
        let (loudspeaker, to_loudspeaker) = sync_channel(QUEUE_FRAMES);
        let streams = [
            microphone_stream(&input, &input_config, from_microphone)?,
            loudspeaker_stream(&output, &output_config, to_loudspeaker)?,
        ];
        streams[0].play().map_err(|e| DeviceError::Refused(Direction::Microphone, e))?;
        streams[1].play().map_err(|e| DeviceError::Refused(Direction::Loudspeaker, e))?;
        Ok(Self { microphone, loudspeaker, _streams: streams })
    }
}

fn microphone_stream(
    device: &cpal::Device,
    config: &SupportedStreamConfig,
    frames: SyncSender<Frame>,
) -> Result<Stream, DeviceError> {
    let rate = rate_of(config, Direction::Microphone)?;
    let capture = Capture::new(rate, config.channels().into(), frames)?;
    match config.sample_format() {
        SampleFormat::F32 => capture.stream::<f32>(device, config),
        SampleFormat::I16 => capture.stream::<i16>(device, config),
        SampleFormat::I32 => capture.stream::<i32>(device, config),
        SampleFormat::U16 => capture.stream::<u16>(device, config),
        SampleFormat::U8 => capture.stream::<u8>(device, config),
        other => Err(DeviceError::Unsupported(Direction::Microphone, other, rate.hz())),
    }
}

fn loudspeaker_stream(
    device: &cpal::Device,
    config: &SupportedStreamConfig,
    frames: Receiver<Frame>,
) -> Result<Stream, DeviceError> {
    let rate = rate_of(config, Direction::Loudspeaker)?;
    let feed = Feed::new(rate, config.channels().into(), frames)?;
    match config.sample_format() {
        SampleFormat::F32 => feed.stream::<f32>(device, config),
        SampleFormat::I16 => feed.stream::<i16>(device, config),
        SampleFormat::I32 => feed.stream::<i32>(device, config),
        SampleFormat::U16 => feed.stream::<u16>(device, config),
        SampleFormat::U8 => feed.stream::<u8>(device, config),
        other => Err(DeviceError::Unsupported(Direction::Loudspeaker, other, rate.hz())),
    }
}

fn rate_of(config: &SupportedStreamConfig, direction: Direction) -> Result<SampleRate, DeviceError> {
    SampleRate::new(config.sample_rate()).ok_or(DeviceError::Unsupported(
        direction,
        config.sample_format(),
        config.sample_rate(),
    ))
}

/// Interleaved device samples → call frames.
struct Capture {
    resampler: Resampler,
    channels: usize,
    mono: Vec<f32>,
    /// At 48 kHz, less than a frame between calls.
    ready: Vec<f32>,
    /// None once nobody listens.
    frames: Option<SyncSender<Frame>>,
}

impl Capture {
    fn new(rate: SampleRate, channels: usize, frames: SyncSender<Frame>) -> Result<Self, ResampleError> {
        let resampler = Resampler::new(rate, SampleRate::HZ_48000)?;
        Ok(Self { resampler, channels: channels.max(1), mono: Vec::new(), ready: Vec::new(), frames: Some(frames) })
    }

    fn stream<S: SizedSample>(
        mut self,
        device: &cpal::Device,
        config: &SupportedStreamConfig,
    ) -> Result<Stream, DeviceError>
    where
        f32: FromSample<S>,
    {
        device
            .build_input_stream(config.config(), move |data: &[S], _| self.take(data), |_| (), None)
            .map_err(|e| DeviceError::Refused(Direction::Microphone, e))
    }

    fn take<S: Sample>(&mut self, data: &[S])
    where
        f32: FromSample<S>,
    {
        let scale = 1.0 / self.channels as f32;
        self.mono.clear();
        self.mono.extend(
            data.chunks_exact(self.channels).map(|all| all.iter().map(|s| s.to_sample::<f32>()).sum::<f32>() * scale),
        );
        if self.resampler.push(&self.mono, &mut self.ready).is_err() {
            self.frames = None;
        }
        let mut whole = self.ready.chunks_exact(FRAME_SAMPLES);
        for chunk in &mut whole {
            let mut frame = [0.0; FRAME_SAMPLES];
            frame.copy_from_slice(chunk);
            // A full queue: the listener is late, and old sound is better dropped than delivered later still.
            if let Some(frames) = &self.frames
                && let Err(TrySendError::Disconnected(_)) = frames.try_send(frame)
            {
                self.frames = None;
            }
        }
        let used = self.ready.len() - whole.remainder().len();
        self.ready.drain(..used);
    }
}

/// Call frames → interleaved device samples.
struct Feed {
    resampler: Resampler,
    channels: usize,
    converted: Vec<f32>,
    ready: VecDeque<f32>,
    frames: Receiver<Frame>,
}

impl Feed {
    fn new(rate: SampleRate, channels: usize, frames: Receiver<Frame>) -> Result<Self, ResampleError> {
        let resampler = Resampler::new(SampleRate::HZ_48000, rate)?;
        Ok(Self { resampler, channels: channels.max(1), converted: Vec::new(), ready: VecDeque::new(), frames })
    }

    fn stream<S: SizedSample + FromSample<f32>>(
        mut self,
        device: &cpal::Device,
        config: &SupportedStreamConfig,
    ) -> Result<Stream, DeviceError> {
        device
            .build_output_stream(config.config(), move |data: &mut [S], _| self.fill(data), |_| (), None)
            .map_err(|e| DeviceError::Refused(Direction::Loudspeaker, e))
    }

    fn fill<S: Sample + FromSample<f32>>(&mut self, data: &mut [S]) {
        while self.ready.len() < data.len() / self.channels {
            match self.frames.try_recv() {
                Ok(frame) => {
                    self.converted.clear();
                    if self.resampler.push(&frame, &mut self.converted).is_ok() {
                        self.ready.extend(&self.converted);
                    }
                }
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
            }
        }
        for all in data.chunks_mut(self.channels) {
            let sample = self.ready.pop_front().unwrap_or(0.0).clamp(-1.0, 1.0);
            all.fill(S::from_sample(sample));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_without_devices_gets_a_clear_error() {
        match Devices::open() {
            Ok(_) => eprintln!("skipped: this machine has sound devices"),
            Err(e) => assert!(e.to_string().contains("microphone") || e.to_string().contains("loudspeaker"), "{e}"),
        }
    }

    #[test]
    fn stereo_device_samples_become_frames_and_a_late_listener_loses_the_newest() {
        let (send, frames) = sync_channel(QUEUE_FRAMES);
        let mut capture = Capture::new(SampleRate::HZ_48000, 2, send).unwrap();
        let data: Vec<i16> = (0..2 * 960 * 15).map(|n| if n % 2 == 0 { 8_192 } else { 0 }).collect();
        for part in data.chunks(1_234) {
            capture.take(part);
        }
        let got: Vec<Frame> = frames.try_iter().collect();
        assert_eq!(got.len(), QUEUE_FRAMES);
        assert!(got.iter().flatten().all(|&x| (x - 0.125).abs() < 1e-4));
        drop(frames);
        capture.take(&[0i16; 4_000]);
        assert!(capture.frames.is_none());
    }

    #[test]
    fn frames_sound_on_all_channels_and_silence_fills_the_rest() {
        let (send, frames) = sync_channel(QUEUE_FRAMES);
        let mut feed = Feed::new(SampleRate::HZ_48000, 2, frames).unwrap();
        send.send([0.5; FRAME_SAMPLES]).unwrap();
        let mut data = [7i16; 2 * 1_000];
        feed.fill(&mut data);
        assert!(data[..2 * 960].iter().all(|&s| (i32::from(s) - 16_384).abs() <= 1));
        assert!(data[2 * 960..].iter().all(|&s| s == 0));
    }
}
