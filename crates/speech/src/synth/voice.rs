//! Voices: their names, and the style vectors that make the model sound like them.

use std::{fmt, fs, io, path::Path};

use serde::{Deserialize, Serialize};

/// Numbers of a style vector.
const WIDTH: usize = 256;
/// Style vectors of a voice, one for each length of text.
const ROWS: usize = 510;

/// Name of a voice, such as `zf_xiaoxiao`: the language's letter, f or m, and a name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VoiceName(String);

impl VoiceName {
    /// The name as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<T: Into<String>> From<T> for VoiceName {
    fn from(name: T) -> Self {
        Self(name.into())
    }
}

impl fmt::Display for VoiceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The style vectors of one voice.
pub(super) struct Style(Vec<[f32; WIDTH]>);

impl Style {
    /// Reads little-endian `f32` [510, 256].
    pub(super) fn load(path: &Path) -> io::Result<Self> {
        Self::parse(&fs::read(path)?)
    }

    fn parse(bytes: &[u8]) -> io::Result<Self> {
        let malformed = |why: String| io::Error::new(io::ErrorKind::InvalidData, why);
        if bytes.len() != ROWS * WIDTH * 4 {
            return Err(malformed(format!("{} bytes, expected {ROWS}×{WIDTH}×4", bytes.len())));
        }
        let rows = bytes.chunks_exact(WIDTH * 4).map(|row| {
            let mut vector = [0.0; WIDTH];
            for (value, bytes) in vector.iter_mut().zip(row.chunks_exact(4)) {
                *value = f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
            }
            vector
        });
        let rows: Vec<_> = rows.collect();
        if rows.iter().flatten().any(|value| !value.is_finite()) {
            return Err(malformed("a value is not a finite number".to_owned()));
        }
        Ok(Self(rows))
    }

    /// The vector for a text of `ids` ids, pads not counted.
    pub(super) fn row(&self, ids: usize) -> &[f32; WIDTH] {
        &self.0[ids.saturating_sub(1).min(ROWS - 1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_follow_the_length() {
        let mut bytes = Vec::new();
        for row in 0..ROWS {
            for _ in 0..WIDTH {
                bytes.extend((row as f32).to_le_bytes());
            }
        }
        let style = Style::parse(&bytes).unwrap();
        assert_eq!([0, 1, 84, 510, 9999].map(|ids| style.row(ids)[7]), [0.0, 0.0, 83.0, 509.0, 509.0]);
        bytes[3] = 0x7f;
        bytes[2] = 0xc0;
        assert!(Style::parse(&bytes).is_err());
        assert!(Style::parse(&bytes[4..]).is_err());
    }
}
