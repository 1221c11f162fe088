//! Reading CTranslate2's `model.bin`, version 6, as an index over a seekable file: no weight is read before it is asked for.
//!
//! Layout, little-endian: `u32` version; the specification's name; `u32` revision; `u32` number of variables; the variables;
//! `u32` number of aliases; pairs of names. A name is a `u16` length, trailing NUL included, and the bytes. A variable is its
//! name, `u8` rank, `u32` dimensions with the outermost first, `u8` element type, `u32` number of bytes, and the data.

use std::collections::BTreeMap;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;

use anyhow::{Context, Result, bail, ensure};
use half::f16;

const VERSION: u32 = 6;
const VARIABLES_MAX: u32 = 10_000;
const NAME_BYTES_MAX: u16 = 256;
const RANK_MAX: u8 = 4;
/// A Whisper's longest row is a feed-forward weight's (5,120) or a convolution's (1,280 × 3).
const ROW_ELEMENTS_MAX: u64 = 1 << 20;

/// An open model: its variables by name.
pub(crate) struct Model<R> {
    reader: R,
    variables: BTreeMap<String, Variable>,
}

/// One tensor of the file.
#[derive(Debug, Clone)]
pub(crate) struct Variable {
    /// Dimensions, outermost first; empty for a scalar.
    pub(crate) dims: Vec<usize>,
    element: Element,
    offset: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Element {
    F32,
    I8,
    I16,
    I32,
    F16,
}

impl<R: Read + Seek> Model<R> {
    /// Reads the index and checks every length against the file's.
    pub(crate) fn open(mut reader: R) -> Result<Self> {
        let file_bytes = reader.seek(SeekFrom::End(0))?;
        reader.rewind()?;
        let version = read_u32(&mut reader).context("the version")?;
        ensure!(version == VERSION, "CTranslate2 format version {version}, expected {VERSION}");
        let specification = read_name(&mut reader).context("the specification's name")?;
        ensure!(specification == "WhisperSpec", "a {specification:?} model, expected \"WhisperSpec\"");
        let _revision = read_u32(&mut reader)?;
        let count = read_u32(&mut reader).context("the number of variables")?;
        ensure!(count <= VARIABLES_MAX, "{count} variables, at most {VARIABLES_MAX} are allowed");
        let mut variables = BTreeMap::new();
        for i in 0..count {
            let name = read_name(&mut reader).with_context(|| format!("the name of variable {i}"))?;
            let variable = read_variable(&mut reader, file_bytes).with_context(|| format!("variable {name:?}"))?;
            if variables.insert(name.clone(), variable).is_some() {
                bail!("variable {name:?} stands twice");
            }
        }
        // The aliases (one, which ties the output projection to the embedding) carry no weights.
        Ok(Self { reader, variables })
    }

    /// All variables in the order of their names.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (&str, &Variable)> {
        self.variables.iter().map(|(name, variable)| (name.as_str(), variable))
    }

    /// The variable of this name.
    pub(crate) fn get(&self, name: &str) -> Result<&Variable> {
        self.variables.get(name).with_context(|| format!("there is no variable {name:?}"))
    }

    /// A whole number stored as a scalar variable.
    pub(crate) fn scalar(&mut self, name: &str) -> Result<i32> {
        let variable = self.get(name)?.clone();
        ensure!(variable.dims.is_empty(), "variable {name:?} is no scalar");
        self.reader.seek(SeekFrom::Start(variable.offset))?;
        let mut bytes = [0; 4];
        self.reader.read_exact(&mut bytes[..variable.element.bytes()])?;
        match variable.element {
            Element::I8 => Ok(i32::from(i8::from_le_bytes([bytes[0]]))),
            Element::I16 => Ok(i32::from(i16::from_le_bytes([bytes[0], bytes[1]]))),
            Element::I32 => Ok(i32::from_le_bytes(bytes)),
            Element::F32 | Element::F16 => bail!("variable {name:?} is no whole number"),
        }
    }

    /// Hands rows (slices along the first dimension) to `on_row` one after the other; only one is in memory at a time.
    pub(crate) fn for_each_row(
        &mut self,
        name: &str,
        rows: Range<usize>,
        mut on_row: impl FnMut(&[f32]) -> Result<()>,
    ) -> Result<()> {
        let variable = self.get(name)?.clone();
        ensure!(
            rows.end <= variable.rows(),
            "variable {name:?} has {} rows, row {} was asked for",
            variable.rows(),
            rows.end
        );
        let width = variable.row_elements();
        let row_bytes = width * variable.element.bytes();
        let start = variable.offset + (rows.start as u64) * (row_bytes as u64);
        self.reader.seek(SeekFrom::Start(start))?;
        let mut bytes = vec![0; row_bytes];
        let mut row = vec![0.0; width];
        for _ in rows {
            self.reader.read_exact(&mut bytes).with_context(|| format!("variable {name:?}"))?;
            match variable.element {
                Element::F32 => {
                    for (value, b) in row.iter_mut().zip(bytes.as_chunks::<4>().0) {
                        *value = f32::from_le_bytes(*b);
                    }
                }
                Element::F16 => {
                    for (value, b) in row.iter_mut().zip(bytes.as_chunks::<2>().0) {
                        *value = f16::from_le_bytes(*b).to_f32();
                    }
                }
                Element::I8 | Element::I16 | Element::I32 => {
                    bail!("variable {name:?} holds whole numbers; a quantised model cannot be converted")
                }
            }
            on_row(&row)?;
        }
        Ok(())
    }
}

impl Variable {
    /// Size of the first dimension; 1 for a scalar.
    pub(crate) fn rows(&self) -> usize {
        self.dims.first().copied().unwrap_or(1)
    }

    /// Number of elements of one row: the product of all dimensions but the first.
    pub(crate) fn row_elements(&self) -> usize {
        self.dims.iter().skip(1).product()
    }
}

impl Element {
    fn from_code(code: u8) -> Result<Self> {
        Ok(match code {
            0 => Self::F32,
            1 => Self::I8,
            2 => Self::I16,
            3 => Self::I32,
            4 => Self::F16,
            other => bail!("unknown element type {other}"),
        })
    }

    fn bytes(self) -> usize {
        match self {
            Self::I8 => 1,
            Self::I16 | Self::F16 => 2,
            Self::F32 | Self::I32 => 4,
        }
    }
}

fn read_variable(reader: &mut (impl Read + Seek), file_bytes: u64) -> Result<Variable> {
    let [rank] = read_array(reader)?;
    ensure!(rank <= RANK_MAX, "rank {rank}, at most {RANK_MAX} is allowed");
    let mut dims = Vec::with_capacity(usize::from(rank));
    for _ in 0..rank {
        dims.push(read_u32(reader)?);
    }
    let elements = dims.iter().try_fold(1_u64, |product, &dim| product.checked_mul(u64::from(dim)));
    let row_elements = dims.iter().skip(1).try_fold(1_u64, |product, &dim| product.checked_mul(u64::from(dim)));
    ensure!(row_elements.is_some_and(|n| n <= ROW_ELEMENTS_MAX), "shape {dims:?} is too large");
    let [code] = read_array(reader)?;
    let element = Element::from_code(code)?;
    let bytes = u64::from(read_u32(reader)?);
    let needed = elements.and_then(|n| n.checked_mul(element.bytes() as u64));
    ensure!(needed == Some(bytes), "shape {dims:?} does not fill {bytes} bytes");
    let offset = reader.stream_position()?;
    ensure!(offset + bytes <= file_bytes, "{bytes} bytes of data, {} are left in the file", file_bytes - offset);
    reader.seek(SeekFrom::Start(offset + bytes))?;
    Ok(Variable { dims: dims.into_iter().map(|dim| dim as usize).collect(), element, offset })
}

fn read_name(reader: &mut impl Read) -> Result<String> {
    let length = u16::from_le_bytes(read_array(reader)?);
    ensure!((1..=NAME_BYTES_MAX).contains(&length), "a name of {length} bytes, 1 to {NAME_BYTES_MAX} are allowed");
    let mut bytes = vec![0; usize::from(length)];
    reader.read_exact(&mut bytes)?;
    ensure!(bytes.pop() == Some(0), "a name does not end with NUL");
    String::from_utf8(bytes).context("a name is not UTF-8")
}

fn read_u32(reader: &mut impl Read) -> Result<u32> {
    Ok(u32::from_le_bytes(read_array(reader)?))
}

fn read_array<const N: usize>(reader: &mut impl Read) -> Result<[u8; N]> {
    let mut bytes = [0; N];
    reader.read_exact(&mut bytes).context("the file ends early")?;
    Ok(bytes)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::io::Cursor;

    /// Writes CTranslate2 files for tests.
    pub(in crate::whisper) struct Writer {
        bytes: Vec<u8>,
        count: u32,
    }

    impl Writer {
        pub(in crate::whisper) fn new() -> Self {
            let mut bytes = VERSION.to_le_bytes().to_vec();
            push_name(&mut bytes, "WhisperSpec");
            bytes.extend([3, 0, 0, 0, 0, 0, 0, 0]);
            Self { bytes, count: 0 }
        }

        pub(in crate::whisper) fn f16(&mut self, name: &str, dims: &[u32], value: impl Fn(usize) -> f32) {
            let elements = dims.iter().product::<u32>() as usize;
            let data: Vec<u8> = (0..elements).flat_map(|i| f16::from_f32(value(i)).to_le_bytes()).collect();
            self.raw(name, dims, 4, &data);
        }

        pub(in crate::whisper) fn i16(&mut self, name: &str, value: i16) {
            self.raw(name, &[], 2, &value.to_le_bytes());
        }

        pub(in crate::whisper) fn raw(&mut self, name: &str, dims: &[u32], code: u8, data: &[u8]) {
            push_name(&mut self.bytes, name);
            self.bytes.push(u8::try_from(dims.len()).unwrap());
            dims.iter().for_each(|dim| self.bytes.extend(dim.to_le_bytes()));
            self.bytes.push(code);
            self.bytes.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
            self.bytes.extend(data);
            self.count += 1;
        }

        pub(in crate::whisper) fn finish(mut self) -> Cursor<Vec<u8>> {
            let count_at = 4 + 2 + "WhisperSpec".len() + 1 + 4;
            self.bytes[count_at..count_at + 4].copy_from_slice(&self.count.to_le_bytes());
            self.bytes.extend([0; 4]);
            Cursor::new(self.bytes)
        }
    }

    fn push_name(bytes: &mut Vec<u8>, name: &str) {
        bytes.extend(u16::try_from(name.len() + 1).unwrap().to_le_bytes());
        bytes.extend(name.as_bytes());
        bytes.push(0);
    }

    fn refusal(file: Vec<u8>) -> String {
        match Model::open(Cursor::new(file)) {
            Ok(_) => panic!("must be refused"),
            Err(error) => format!("{error:#}"),
        }
    }

    #[test]
    fn rows_and_scalars_come_back_as_written() {
        let mut writer = Writer::new();
        writer.f16("w", &[3, 2], |i| i as f32);
        writer.i16("heads", 8);
        let mut model = Model::open(writer.finish()).unwrap();
        assert_eq!(model.scalar("heads").unwrap(), 8);
        let mut rows = Vec::new();
        let mut keep = |row: &[f32]| {
            rows.push(row.to_vec());
            Ok(())
        };
        model.for_each_row("w", 1..3, &mut keep).unwrap();
        assert_eq!(rows, [[2.0, 3.0], [4.0, 5.0]]);
        assert!(model.for_each_row("w", 2..4, |_| Ok(())).is_err());
        assert!(model.scalar("w").is_err());
        assert!(model.get("v").is_err());
    }

    #[test]
    fn a_file_cut_at_any_byte_is_refused() {
        let mut writer = Writer::new();
        writer.f16("w", &[3, 2], |i| i as f32);
        writer.i16("heads", 8);
        let whole = writer.finish().into_inner();
        // The last four bytes count the aliases, which are not read.
        for length in 0..whole.len() - 4 {
            refusal(whole[..length].to_vec());
        }
    }

    #[test]
    fn hostile_sizes_are_refused_before_anything_is_allocated() {
        let with = |dims: &[u32], code, data: &[u8]| {
            let mut writer = Writer::new();
            writer.raw("w", dims, code, data);
            writer.finish().into_inner()
        };
        assert!(refusal(with(&[u32::MAX, u32::MAX, u32::MAX], 4, &[])).contains("too large"));
        assert!(refusal(with(&[u32::MAX, 4], 0, &[0; 8])).contains("does not fill"));
        assert!(refusal(with(&[1, 1, 1, 1, 1], 4, &[0; 2])).contains("rank 5"));
        assert!(refusal(with(&[1], 9, &[0; 2])).contains("element type 9"));
        let mut many = Writer::new().finish().into_inner();
        let count_at = many.len() - 8;
        many[count_at..count_at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(refusal(many).contains("at most 10000"));
        let mut other = with(&[1], 4, &[0; 2]);
        other[0] = 5;
        assert!(refusal(other).contains("version 5"));
    }
}
