//! The sentence encoder's weights from NumPy's archive to safetensors: what is loaded at each start is laid out as it is used,
//! and needs no inflating.

use std::collections::BTreeMap;
use std::io::{Read, Seek, Write};

use anyhow::{Context, Result, bail, ensure};
use serde::Serialize;

/// The table of word pieces was dealt out to so many arrays, `q1` to `q17`: piece 0 to the first, piece 1 to the second …
const PARTS: usize = 17;

/// Converts the encoder's `weights.npz`. The table of pieces becomes one tensor, `pieces`, in the order of the pieces.
pub(crate) fn use_npz_to_safetensors(archive: impl Read + Seek, out: &mut impl Write) -> Result<()> {
    let mut zip = zip::ZipArchive::new(archive).context("it is no whole archive")?;
    let names = zip.file_names().map(|name| Ok(name?.into_owned()));
    let mut names = names.collect::<Result<Vec<String>>>().context("it is no whole archive")?;
    names.sort_unstable();
    let mut tensors = vec![("pieces".to_owned(), pieces(&mut zip)?)];
    for file in names {
        let name = file.strip_suffix(".npy").with_context(|| format!("{file:?} is no array"))?;
        // `bits` says how the table was quantised, which its bytes show.
        if name == "bits" || is_part(name) {
            continue;
        }
        tensors.push((name.to_owned(), array(&mut zip, name)?));
    }
    let (mut header, mut end) = (BTreeMap::new(), 0);
    for (name, Tensor { dtype, shape, data }) in &tensors {
        let start = end;
        end += data.len();
        header.insert(name, Header { dtype, shape, data_offsets: [start, end] });
    }
    let mut header = serde_json::to_vec(&header)?;
    // So that the numbers are aligned.
    header.resize(header.len().next_multiple_of(8), b' ');
    out.write_all(&(header.len() as u64).to_le_bytes())?;
    out.write_all(&header)?;
    tensors.iter().try_for_each(|(_, tensor)| Ok(out.write_all(&tensor.data)?))
}

#[derive(Serialize)]
struct Header<'a> {
    dtype: &'a str,
    shape: &'a [usize],
    data_offsets: [usize; 2],
}

struct Tensor {
    dtype: &'static str,
    shape: Vec<usize>,
    data: Vec<u8>,
}

fn is_part(name: &str) -> bool {
    name.strip_prefix('q').is_some_and(|number| number.parse::<usize>().is_ok())
}

fn pieces<R: Read + Seek>(zip: &mut zip::ZipArchive<R>) -> Result<Tensor> {
    let parts = (1..=PARTS).map(|part| array(zip, &format!("q{part}"))).collect::<Result<Vec<_>>>()?;
    let [rows, width] = parts[0].shape[..] else { bail!("q1 is no matrix") };
    let alike = parts.iter().all(|part| part.shape == parts[0].shape && part.dtype == "U8");
    ensure!(alike, "the parts of the table of pieces are not alike");
    let mut data = Vec::with_capacity(rows * width * PARTS);
    for row in 0..rows {
        for part in &parts {
            data.extend_from_slice(&part.data[row * width..(row + 1) * width]);
        }
    }
    Ok(Tensor { dtype: "U8", shape: vec![rows * PARTS, width], data })
}

/// Reads one `.npy` (version 1). A 64-bit number becomes a row of one 32-bit number.
fn array<R: Read + Seek>(zip: &mut zip::ZipArchive<R>, name: &str) -> Result<Tensor> {
    let mut file = zip.by_name(&format!("{name}.npy")).with_context(|| format!("it holds no array {name:?}"))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    read_array(&bytes).with_context(|| format!("the array {name:?}"))
}

fn read_array(bytes: &[u8]) -> Result<Tensor> {
    let rest = bytes.strip_prefix(b"\x93NUMPY\x01\x00").context("it is no array of version 1")?;
    let (length, rest) = rest.split_first_chunk().context("it is cut short")?;
    let (header, data) = rest.split_at_checked(u16::from_le_bytes(*length).into()).context("it is cut short")?;
    let header = str::from_utf8(header)?;
    let after = |key: &str| header.split_once(key).map(|(_, value)| value).context("its header lacks a key");
    ensure!(after("'fortran_order': ")?.starts_with("False"), "its columns come first");
    let (shape, _) = after("'shape': (")?.split_once(')').context("its shape does not end")?;
    let numbers = shape.split(',').map(str::trim).filter(|number| !number.is_empty());
    let shape = numbers.map(|number| Ok(number.parse()?)).collect::<Result<Vec<usize>>>()?;
    let elements: usize = shape.iter().product();
    let descr = after("'descr': '")?;
    let tensor = match descr.get(..3) {
        Some("|u1") => Tensor { dtype: "U8", shape, data: data.to_vec() },
        Some("<f4") => Tensor { dtype: "F32", shape, data: data.to_vec() },
        Some("<f8") if shape.is_empty() => {
            let number = f64::from_le_bytes(data.try_into().context("it is cut short")?);
            Tensor { dtype: "F32", shape: vec![1], data: (number as f32).to_le_bytes().to_vec() }
        }
        _ => bail!("its numbers are of a kind that the encoder does not have"),
    };
    let size = if tensor.dtype == "U8" { 1 } else { 4 };
    ensure!(tensor.data.len() == elements * size, "it is cut short");
    Ok(tensor)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use serde_json::{Value, json};
    use zip::write::SimpleFileOptions;

    use super::*;

    fn npy(descr: &str, shape: &str, data: &[u8]) -> Vec<u8> {
        let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.bytes());
        bytes.extend(data);
        bytes
    }

    fn archive(parts: usize) -> Cursor<Vec<u8>> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let mut add = |name: &str, bytes: &[u8]| {
            zip.start_file(format!("{name}.npy"), SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        };
        for part in 1..=parts {
            add(&format!("q{part}"), &npy("|u1", "(2, 1)", &[part as u8, 100 + part as u8]));
        }
        add("bits", &npy("|i1", "(1,)", &[8]));
        add("d0", &npy("<f4", "(1, 1)", &2.5_f32.to_le_bytes()));
        add("eps", &npy("<f8", "()", &1e-6_f64.to_le_bytes()));
        Cursor::new(zip.finish().unwrap().into_inner())
    }

    #[test]
    fn the_table_is_put_together_and_every_tensor_is_where_the_header_says() {
        let mut out = Vec::new();
        use_npz_to_safetensors(archive(PARTS), &mut out).unwrap();
        let length = u64::from_le_bytes(out[..8].try_into().unwrap()) as usize;
        let header: Value = serde_json::from_slice(&out[8..8 + length]).unwrap();
        let data = |name: &str| {
            let at = |i: usize| header[name]["data_offsets"][i].as_u64().unwrap() as usize;
            out[8 + length + at(0)..8 + length + at(1)].to_vec()
        };
        assert_eq!(data("pieces")[..3], [1, 2, 3]);
        assert_eq!(data("pieces")[PARTS..], (101..=117).collect::<Vec<u8>>());
        assert_eq!(data("d0"), 2.5_f32.to_le_bytes());
        assert_eq!(data("eps"), 1e-6_f32.to_le_bytes());
        assert_eq!(header["pieces"]["shape"], json!([34, 1]));
        assert!(header["bits"].is_null());
    }

    #[test]
    fn what_is_missing_or_cut_is_named() {
        let error = use_npz_to_safetensors(archive(3), &mut Vec::new()).unwrap_err();
        assert!(format!("{error:#}").contains("\"q4\""), "{error:#}");
        assert!(read_array(&npy("<f4", "(2,)", &[0; 4])).is_err());
        assert!(read_array(&npy("<i4", "(1,)", &[0; 4])).is_err());
        assert!(read_array(b"no array").is_err());
    }
}
