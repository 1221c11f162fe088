//! Evaluations: what Ermu understands and decides, measured on lines and calls with known outcomes.

pub(crate) mod calls;
pub(crate) mod nlu;
pub(crate) mod tau;
