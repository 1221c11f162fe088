//! Text to word pieces as SentencePiece does it: characters made one spelling, then the likeliest pieces (Kudo, 2018).
//!
//! The model file is a protocol buffer in SentencePiece's older layout: pieces with their log-probabilities (field 1), and
//! in field 3 the table of spellings (field 2), a double-array trie with the replacements behind it.

use std::collections::HashMap;

/// What no piece stands for.
const UNKNOWN: u32 = 0;
const BEGINNING: u32 = 1;
const END: u32 = 2;
/// Stands for a space.
const SPACE: &[u8] = "\u{2581}".as_bytes();
/// How much less likely than the rarest piece an unknown character is.
const UNKNOWN_PENALTY: f64 = 10.0;

/// The pieces of a vocabulary.
#[derive(Debug)]
pub(crate) struct Pieces {
    ids: HashMap<String, u32>,
    scores: Vec<f32>,
    unknown_score: f64,
    /// Characters of the longest piece.
    longest: usize,
    spellings: Spellings,
}

impl Pieces {
    pub(crate) fn read(file: &[u8]) -> Result<Self, String> {
        let (mut ids, mut scores, mut table) = (HashMap::new(), Vec::new(), None);
        for field in Fields(file) {
            match field? {
                (1, Value::Bytes(piece)) => {
                    let (mut text, mut score) = ("", 0.0);
                    for field in Fields(piece) {
                        match field? {
                            (1, Value::Bytes(bytes)) => {
                                text = str::from_utf8(bytes).map_err(|_| "a piece is no text".to_owned())?;
                            }
                            (2, Value::Four(bytes)) => score = f32::from_le_bytes(bytes),
                            (_, Value::Bytes(_) | Value::Four(_) | Value::Skipped) => {}
                        }
                    }
                    let id = u32::try_from(scores.len()).map_err(|_| "too many pieces".to_owned())?;
                    ids.insert(text.to_owned(), id);
                    scores.push(score);
                }
                (3, Value::Bytes(trainer)) => {
                    for field in Fields(trainer) {
                        if let (2, Value::Bytes(bytes)) = field? {
                            table.get_or_insert(bytes);
                        }
                    }
                }
                (_, Value::Bytes(_) | Value::Four(_) | Value::Skipped) => {}
            }
        }
        let rarest = scores.iter().copied().reduce(f32::min).ok_or("it holds no pieces")?;
        Ok(Self {
            longest: ids.keys().map(|piece| piece.chars().count()).max().unwrap_or(0),
            unknown_score: f64::from(rarest) - UNKNOWN_PENALTY,
            spellings: Spellings::read(table.unwrap_or_default())?,
            ids,
            scores,
        })
    }

    /// How many pieces there are.
    pub(crate) fn len(&self) -> usize {
        self.scores.len()
    }

    /// The pieces of a text, with a mark at either end.
    pub(crate) fn of(&self, text: &str) -> Vec<u32> {
        let mut ids = vec![BEGINNING];
        let normalised = self.spellings.normalise(text);
        if normalised.is_empty() {
            ids.push(UNKNOWN);
        } else {
            ids.extend(self.likeliest(&normalised));
        }
        ids.push(END);
        ids
    }

    /// The pieces whose probabilities multiply to the most (Viterbi).
    fn likeliest(&self, text: &str) -> Vec<u32> {
        // Where characters begin, and the end.
        let borders: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let length = borders.len() - 1;
        let mut best = vec![f64::NEG_INFINITY; length + 1];
        best[0] = 0.0;
        let mut last: Vec<(usize, u32)> = vec![(0, UNKNOWN); length + 1];
        for from in 0..length {
            let base = best[from];
            let mut single = false;
            for to in from + 1..=(from + self.longest).min(length) {
                let Some(&id) = self.ids.get(&text[borders[from]..borders[to]]) else { continue };
                single |= to == from + 1;
                let score = base + f64::from(self.scores[id as usize]);
                if score > best[to] {
                    (best[to], last[to]) = (score, (from, id));
                }
            }
            if !single && base + self.unknown_score > best[from + 1] {
                (best[from + 1], last[from + 1]) = (base + self.unknown_score, (from, UNKNOWN));
            }
        }
        let mut ids = Vec::new();
        let mut at = length;
        while at > 0 {
            let (from, id) = last[at];
            ids.push(id);
            at = from;
        }
        ids.reverse();
        ids
    }
}

/// One spelling for what is the same (NFKC and more), from a table compiled into a double-array trie (Aoe, 1989; the
/// layout of darts-clone).
#[derive(Debug)]
struct Spellings {
    units: Vec<u32>,
    /// What is written instead, each ended by a zero byte.
    replacements: Vec<u8>,
}

impl Spellings {
    fn read(table: &[u8]) -> Result<Self, String> {
        let Some((length, rest)) = table.split_first_chunk() else {
            return Ok(Self { units: Vec::new(), replacements: Vec::new() });
        };
        let length = u32::from_le_bytes(*length) as usize;
        let (trie, replacements) = rest.split_at_checked(length).ok_or("its table of spellings is cut short")?;
        let units = trie.as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect();
        Ok(Self { units, replacements: replacements.to_vec() })
    }

    fn normalise(&self, text: &str) -> String {
        let mut out: Vec<u8> = SPACE.to_vec();
        let mut after_space = true;
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let (mut written, length) = self
                .longest_match(rest.as_bytes())
                .unwrap_or_else(|| (&rest.as_bytes()[..first.len_utf8()], first.len_utf8()));
            // The table's keys are whole characters; a damaged one must not split any.
            let length = if rest.is_char_boundary(length) { length } else { first.len_utf8() };
            rest = &rest[length..];
            while after_space && let Some(less) = written.strip_prefix(b" ") {
                written = less;
            }
            for byte in written {
                if *byte == b' ' { out.extend(SPACE) } else { out.push(*byte) }
            }
            if let Some(end) = written.last() {
                after_space = *end == b' ';
            }
        }
        while out.ends_with(SPACE) {
            out.truncate(out.len() - SPACE.len());
        }
        String::from_utf8_lossy(&out).into_owned()
    }

    /// What the longest key at the beginning of `text` is written as, and that key's length.
    fn longest_match(&self, text: &[u8]) -> Option<(&[u8], usize)> {
        let offset = |unit: u32| (unit >> 10) << ((unit & 0x200) >> 6);
        let mut place = offset(*self.units.first()?);
        let mut found = None;
        for (at, byte) in text.iter().enumerate() {
            place ^= u32::from(*byte);
            let Some(&unit) = self.units.get(place as usize) else { break };
            if unit & 0x8000_00ff != u32::from(*byte) {
                break;
            }
            place ^= offset(unit);
            if unit & 0x100 != 0 {
                found = self.units.get(place as usize).map(|leaf| (leaf & 0x7fff_ffff, at + 1));
            }
        }
        let (start, length) = found?;
        let written = self.replacements.get(start as usize..)?;
        Some((&written[..written.iter().position(|byte| *byte == 0)?], length))
    }
}

/// A field's content, as far as this model needs it.
enum Value<'a> {
    Bytes(&'a [u8]),
    Four([u8; 4]),
    Skipped,
}

/// The fields of a protocol buffer message.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn field(&mut self) -> Option<(u64, Value<'a>)> {
        let tag = self.varint()?;
        let value = match tag & 7 {
            0 => {
                self.varint()?;
                Value::Skipped
            }
            1 => {
                self.0 = self.0.get(8..)?;
                Value::Skipped
            }
            2 => {
                let length = usize::try_from(self.varint()?).ok()?;
                let (bytes, rest) = self.0.split_at_checked(length)?;
                self.0 = rest;
                Value::Bytes(bytes)
            }
            5 => {
                let (bytes, rest) = self.0.split_first_chunk()?;
                self.0 = rest;
                Value::Four(*bytes)
            }
            _ => return None,
        };
        Some((tag >> 3, value))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Value<'a>), String>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_none() {
            self.0 = &[];
        }
        Some(field.ok_or_else(|| "it is no protocol buffer, or cut short".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A model of these pieces, without a table of spellings.
    fn model(pieces: &[(&str, f32)]) -> Vec<u8> {
        let mut file = Vec::new();
        for (text, score) in pieces {
            let mut piece = vec![0x0a, text.len() as u8];
            piece.extend(text.bytes());
            piece.push(0x15);
            piece.extend(score.to_le_bytes());
            file.extend([0x0a, piece.len() as u8]);
            file.extend(piece);
        }
        file
    }

    #[test]
    fn the_likeliest_pieces_are_taken_and_spaces_are_one() {
        let file = model(&[
            ("<unk>", 0.0),
            ("<s>", 0.0),
            ("</s>", 0.0),
            ("\u{2581}", -3.0),
            ("退", -4.0),
            ("货", -4.0),
            ("退货", -5.0),
            ("\u{2581}ok", -2.0),
        ]);
        let pieces = Pieces::read(&file).unwrap();
        assert_eq!(pieces.len(), 8);
        assert_eq!(pieces.of("退货"), [1, 3, 6, 2]);
        assert_eq!(pieces.of("  ok   退 "), [1, 7, 3, 4, 2]);
        assert_eq!(pieces.of("退x货"), [1, 3, 4, 0, 5, 2]);
        assert_eq!(pieces.of(" "), [1, 0, 2]);
        assert!(Pieces::read(&file[..file.len() - 1]).is_err());
        assert!(Pieces::read(b"").is_err());
    }
}
