//! The safetensors format: the length of a JSON header, the header, and the numbers of all tensors one after the other.

use std::{collections::HashMap, ops::Range};

use serde::Deserialize;

/// A file's tensors by name.
pub(crate) struct Tensors<'a> {
    headers: HashMap<String, Header>,
    data: &'a [u8],
}

#[derive(Deserialize)]
struct Header {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: [usize; 2],
}

impl<'a> Tensors<'a> {
    pub(crate) fn read(file: &'a [u8]) -> Result<Self, String> {
        let short = || "it is cut short".to_owned();
        let (length, rest) = file.split_first_chunk().ok_or_else(short)?;
        let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| short())?;
        let (header, data) = rest.split_at_checked(length).ok_or_else(short)?;
        let headers = serde_json::from_slice(header).map_err(|error| format!("its header is wrong: {error}"))?;
        Ok(Self { headers, data })
    }

    /// The tensor of this name and shape as 32-bit floats.
    pub(crate) fn floats(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, String> {
        let bytes = self.bytes(name, "F32", shape, 4)?;
        Ok(bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
    }

    /// The tensor of this name and shape as bytes.
    pub(crate) fn octets(&self, name: &str, shape: &[usize]) -> Result<Vec<u8>, String> {
        self.bytes(name, "U8", shape, 1).map(<[u8]>::to_vec)
    }

    fn bytes(&self, name: &str, dtype: &str, shape: &[usize], size: usize) -> Result<&'a [u8], String> {
        let header = self.headers.get(name).ok_or_else(|| format!("it lacks `{name}`"))?;
        let [start, end] = header.data_offsets;
        let bytes = self.data.get(Range { start, end }).ok_or_else(|| format!("`{name}` lies outside of it"))?;
        if header.dtype != dtype || header.shape != shape || bytes.len() != size * shape.iter().product::<usize>() {
            return Err(format!("`{name}` is {} {:?} instead of {dtype} {shape:?}", header.dtype, header.shape));
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_named() {
        let header = r#"{"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[9],"data_offsets":[8,17]}}"#;
        let mut file = (header.len() as u64).to_le_bytes().to_vec();
        file.extend(header.bytes());
        file.extend([1.5_f32, -2.0].iter().flat_map(|value| value.to_le_bytes()));
        let tensors = Tensors::read(&file).unwrap();
        assert_eq!(tensors.floats("a", &[1, 2]).unwrap(), [1.5, -2.0]);
        for (wrong, name) in [
            (tensors.floats("a", &[2, 1]), "instead of"),
            (tensors.floats("c", &[1]), "lacks `c`"),
            (tensors.octets("b", &[9]).map(|_| Vec::new()), "outside"),
        ] {
            assert!(wrong.unwrap_err().contains(name));
        }
        for cut in [0, 7, 8, 40] {
            assert!(Tensors::read(&file[..cut]).is_err(), "{cut}");
        }
        assert!(Tensors::read(&u64::MAX.to_le_bytes()).is_err());
    }
}
