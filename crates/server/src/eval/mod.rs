//! Evaluations: what Ermu understands, sees and decides, measured on lines, photos and calls with known outcomes.

pub(crate) mod calls;
pub(crate) mod nlu;
pub(crate) mod tau;
pub(crate) mod vision;
