//! What a measurement was taken on: numbers without it mean nothing.

use serde::{Deserialize, Serialize};

/// The machine, and how busy it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Machine {
    /// CPU model.
    pub(crate) cpu: String,
    /// Cores that this process may use.
    pub(crate) cores: usize,
    /// Load average of the last minute, when the measurement began.
    pub(crate) load_before: f64,
    /// The same at its end; the measurement itself is in it.
    pub(crate) load_after: f64,
}

impl Machine {
    /// This machine, before something is measured on it.
    pub(crate) fn before() -> Self {
        let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
        let load = load_average();
        Self {
            cpu: model.map_or("unknown", |(_, name)| name.trim()).to_owned(),
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            load_before: load,
            load_after: load,
        }
    }

    /// Notes the load at the end of the measurement.
    #[must_use]
    pub(crate) fn after(self) -> Self {
        Self { load_after: load_average(), ..self }
    }

    /// One line for a table.
    pub(crate) fn line(&self) -> String {
        let Self { cpu, cores, load_before, load_after } = self;
        format!("{cpu}, {cores} cores, load {load_before:.1} before and {load_after:.1} after")
    }
}

/// Load average of the last minute; 0 where it cannot be read.
pub(crate) fn load_average() -> f64 {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split_whitespace().next().and_then(|load| load.parse().ok()).unwrap_or_default()
}
