//! Time as the dialogue sees it: microseconds since the call began. Nothing here reads a clock.

use std::{
    fmt,
    ops::{Add, Sub},
    time::Duration,
};

use serde::{Deserialize, Serialize};

/// Microseconds since the call began. A call can be replayed bit by bit because nothing in it is older than 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionTime(u64);

impl SessionTime {
    /// The moment the call began.
    pub const ZERO: Self = Self(0);

    /// A moment given in microseconds.
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// A moment given in milliseconds.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis.saturating_mul(1000))
    }

    /// The moment at which the given number of samples have passed.
    pub const fn from_samples(samples: u64, rate: SampleRate) -> Self {
        Self(samples.saturating_mul(1_000_000) / rate.0 as u64)
    }

    /// Microseconds since the call began.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Whole milliseconds since the call began.
    pub const fn as_millis(self) -> u64 {
        self.0 / 1000
    }

    /// How many samples of the given rate fit before this moment.
    pub const fn as_samples(self, rate: SampleRate) -> u64 {
        self.0.saturating_mul(rate.0 as u64) / 1_000_000
    }

    /// Time passed since `earlier`, or zero if `earlier` is later.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for SessionTime {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)))
    }
}

impl Sub<Duration> for SessionTime {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)))
    }
}

impl fmt::Display for SessionTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}s", self.0 / 1_000_000, self.0 / 1000 % 1000)
    }
}

/// A stretch of the call, `start` included and `end` not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TimeSpan {
    /// First moment.
    pub start: SessionTime,
    /// First moment after it.
    pub end: SessionTime,
}

impl TimeSpan {
    /// Length of the stretch.
    pub const fn duration(self) -> Duration {
        self.end.since(self.start)
    }
}

/// Samples a second of one channel, in hertz.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SampleRate(u32);

impl SampleRate {
    /// Telephone band: prosody features.
    pub const HZ_8000: Self = Self(8_000);
    /// Voice activity and transcription.
    pub const HZ_16000: Self = Self(16_000);
    /// What the synthesizer makes.
    pub const HZ_24000: Self = Self(24_000);
    /// WebRTC and most devices.
    pub const HZ_48000: Self = Self(48_000);

    /// A rate that sound cards and files use: 8 to 192 kHz.
    pub const fn new(hz: u32) -> Option<Self> {
        if hz >= 8_000 && hz <= 192_000 { Some(Self(hz)) } else { None }
    }

    /// Samples a second.
    pub const fn hz(self) -> u32 {
        self.0
    }

    /// Samples in the given time, rounded down.
    pub const fn samples_in(self, duration: Duration) -> usize {
        (duration.as_micros() * self.0 as u128 / 1_000_000) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_saturates_instead_of_wrapping() {
        assert_eq!(SessionTime::ZERO - Duration::from_secs(1), SessionTime::ZERO);
        assert_eq!(SessionTime::from_micros(u64::MAX) + Duration::from_secs(1), SessionTime::from_micros(u64::MAX));
        assert_eq!(SessionTime::from_millis(1).since(SessionTime::from_millis(2)), Duration::ZERO);
    }

    #[test]
    fn samples_and_time_agree() {
        let t = SessionTime::from_millis(1_500);
        assert_eq!(t.as_samples(SampleRate::HZ_16000), 24_000);
        assert_eq!(SessionTime::from_samples(24_000, SampleRate::HZ_16000), t);
        assert_eq!(SampleRate::HZ_48000.samples_in(Duration::from_millis(20)), 960);
    }

    #[test]
    fn a_rate_outside_of_what_devices_use_is_refused() {
        assert_eq!(SampleRate::new(0), None);
        assert_eq!(SampleRate::new(16_000), Some(SampleRate::HZ_16000));
    }
}
