//! Evaluations: what Ermu understands, sees and decides, measured on lines, photos and calls with known outcomes.

use rustix::time::{ClockId, clock_gettime};

pub(crate) mod calls;
pub(crate) mod install;
pub(crate) mod nlu;
mod page;
pub(crate) mod tau;
pub(crate) mod vision;

/// CPU time of this process so far.
fn cpu_ms() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}
