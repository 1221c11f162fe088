//! What a sentence is about, as a model of language places it.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// The place of a sentence among all sentences: a direction in a space of many dimensions, in which sentences that mean
/// something alike lie near each other, whatever language they are in.
///
/// Only the direction tells, so it is kept as one signed byte a dimension, the largest being 127. Stored as hexadecimal
/// digits, two a dimension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence(Arc<[i8]>);

impl Sentence {
    /// The direction of a vector.
    pub fn of(vector: &[f32]) -> Self {
        let most = vector.iter().fold(f32::MIN_POSITIVE, |most, value| most.max(value.abs()));
        Self(vector.iter().map(|value| (value / most * 127.0).round() as i8).collect())
    }

    /// A direction whose bytes were kept.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(bytes.iter().map(|byte| byte.cast_signed()).collect())
    }

    /// One byte a dimension, to be kept.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().map(|value| value.cast_unsigned()).collect()
    }

    /// The vector of length 1 in this direction; of length 0 if there is none.
    pub fn vector(&self) -> Vec<f32> {
        let length = self.0.iter().map(|value| f32::from(*value).powi(2)).sum::<f32>().sqrt();
        self.0.iter().map(|value| f32::from(*value) / length.max(1.0)).collect()
    }

    /// Dimensions of the space.
    pub fn dimensions(&self) -> usize {
        self.0.len()
    }

    fn digits(&self) -> String {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let digit = |value: u8| char::from(DIGITS[usize::from(value & 15)]);
        self.0.iter().flat_map(|value| [digit(value.cast_unsigned() >> 4), digit(value.cast_unsigned())]).collect()
    }

    fn of_digits(digits: &str) -> Option<Self> {
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let (pairs, []) = digits.as_bytes().as_chunks() else { return None };
        let values = pairs.iter().map(|[high, low]| Some((digit(*high)? * 16 + digit(*low)?) as u8));
        values.map(|value| value.map(u8::cast_signed)).collect::<Option<Arc<[i8]>>>().map(Self)
    }
}

impl Serialize for Sentence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.digits())
    }
}

impl<'de> Deserialize<'de> for Sentence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digits = String::deserialize(deserializer)?;
        Self::of_digits(&digits).ok_or_else(|| D::Error::custom("a sentence's place is no row of hexadecimal digits"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_direction_survives_being_stored() {
        let sentence = Sentence::of(&[0.5, -0.25, 0.0, 0.125]);
        assert_eq!(sentence.digits(), "7fc00020");
        assert_eq!(Sentence::of_digits("7fc00020"), Some(sentence.clone()));
        assert_eq!(Sentence::from_bytes(&sentence.to_bytes()), sentence);
        let vector = sentence.vector();
        assert!((vector.iter().map(|value| value * value).sum::<f32>() - 1.0).abs() < 1e-5);
        assert!((vector[0] + 2.0 * vector[1]).abs() < 0.01);
        for wrong in ["7f0", "zz", "日本"] {
            assert_eq!(Sentence::of_digits(wrong), None, "{wrong}");
        }
        assert_eq!(Sentence::of(&[0.0, 0.0]).vector(), [0.0, 0.0]);
    }
}
