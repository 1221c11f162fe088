//! Nothing to build here: this package exists for `tests/` and `benches/`.
