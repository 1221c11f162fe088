//! How sure a place is: a probability that was fitted to how often such places are damage (Platt 1999).

use ermu_domain::Basis;

/// Weights of a logistic regression on the logit of a place's surest quarter, the logarithm of its size, and 1; apart for
/// places found with a reference and without. They come with the model, which they belong to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Calibration {
    with_reference: [f32; 3],
    alone: [f32; 3],
}

impl Calibration {
    /// Reads the weights out of a model's metadata; the error says which entry is wrong.
    pub(crate) fn read(metadata: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let weights = |key: &str| {
            let text = metadata(key).ok_or_else(|| format!("its metadata has no `{key}`"))?;
            let values: Result<Vec<f32>, _> = text.split_whitespace().map(str::parse).collect();
            let values = values.ok().and_then(|values| <[f32; 3]>::try_from(values).ok());
            let values = values.filter(|values| values.iter().all(|value| value.is_finite()));
            values.ok_or_else(|| format!("`{key}` in its metadata is `{text}`, not three numbers"))
        };
        Ok(Self { with_reference: weights("confidence_with_reference")?, alone: weights("confidence_alone")? })
    }

    /// The probability that a place is damage. `surest` is the mean probability of its surest quarter, `pixels` its size on
    /// the net's output grid.
    pub(crate) fn confidence(&self, surest: f32, pixels: usize, basis: Basis) -> f32 {
        let [logit, size, bias] = match basis {
            Basis::Reference => self.with_reference,
            Basis::PhotoAlone => self.alone,
        };
        let p = surest.clamp(1e-4, 1.0 - 1e-4);
        let score = logit * (p / (1.0 - p)).ln() + size * (pixels.min(400) as f32 / 16.0).ln() + bias;
        1.0 / (1.0 + (-score).exp())
    }

    /// Believes the net.
    #[cfg(test)]
    pub(crate) fn identity() -> Self {
        Self { with_reference: [1.0, 0.0, 0.0], alone: [1.0, 0.0, 0.0] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(with_reference: &str, alone: &str) -> Result<Calibration, String> {
        Calibration::read(|key| {
            let text = if key == "confidence_alone" { alone } else { with_reference };
            (!text.is_empty()).then(|| text.to_owned())
        })
    }

    #[test]
    fn each_basis_has_its_own_weights() {
        let calibration = read("1 0 0", "0.5 0.2 -1").unwrap();
        assert!((calibration.confidence(0.9, 16, Basis::Reference) - 0.9).abs() < 1e-6);
        let small = calibration.confidence(0.9, 16, Basis::PhotoAlone);
        let large = calibration.confidence(0.9, 160, Basis::PhotoAlone);
        assert!(small < large && large < 0.9, "{small} {large}");
        assert!(calibration.confidence(1.0, 1_000_000, Basis::Reference) < 1.0);
    }

    #[test]
    fn wrong_metadata_is_named() {
        assert!(read("1 0 0", "").unwrap_err().contains("confidence_alone"));
        for text in ["1 0", "1 0 0 0", "1 x 0", "inf 0 0"] {
            assert!(read(text, "1 0 0").unwrap_err().contains(text));
        }
    }
}
