//! The network.

use std::path::Path;

use ermu_domain::Sentence;
use ndarray::{Array1, Array2, ArrayView1, Axis, Zip, concatenate, s};

use crate::{LoadError, pieces::Pieces, safetensors::Tensors};

/// Numbers of a sentence, and of a piece.
const WIDTH: usize = 512;
/// Numbers of a piece in a branch.
const BRANCH: usize = 256;
/// Pieces that a branch looks at, and how many of them lie before the piece in the middle.
const BRANCHES: [(usize, usize); 3] = [(2, 0), (3, 1), (5, 2)];
const FEATURES: usize = WIDTH + BRANCHES.len() * BRANCH;
/// Widths of the feed-forward network at the end.
const HIDDEN: usize = 320;
/// The table of pieces was quantised in so many parts, dealt out one by one, each with a scale of its own.
const PARTS: usize = 17;
/// Pieces of a text that count: more than anybody says in one breath.
const MOST_PIECES: usize = 128;
/// Bytes of a text that are looked at.
const MOST_BYTES: usize = 1024;
/// Pieces that go through the network together: enough that its weights are read once for many sentences, and few enough to
/// stay in the processor's cache.
const BATCH: usize = 384;

/// Places sentences among all sentences. Shared between threads; an utterance takes about 4 ms of one core.
#[derive(Debug)]
pub struct SentenceEncoder {
    pieces: Pieces,
    /// One byte for each number of each piece.
    table: Vec<u8>,
    /// Of each part: what a step of a byte means, and the value of the byte 0.
    steps: Vec<(f32, f32)>,
    into_branches: Layer,
    branch_norm: Norm,
    branches: [[Layer; 2]; 3],
    norm: Norm,
    average: Layer,
    d0: Array2<f32>,
    d1: Array2<f32>,
    d2: Array2<f32>,
    d3: Array2<f32>,
    p1: Array2<f32>,
    p3: Array2<f32>,
    epsilon: f32,
}

#[derive(Debug)]
struct Layer {
    weights: Array2<f32>,
    bias: Array1<f32>,
}

#[derive(Debug)]
struct Norm {
    gain: Array1<f32>,
    bias: Array1<f32>,
}

impl SentenceEncoder {
    /// Loads the weights (safetensors) and the word pieces (a SentencePiece model).
    pub fn load(weights: &Path, pieces: &Path) -> Result<Self, LoadError> {
        let read =
            |path: &Path| std::fs::read(path).map_err(|reason| LoadError::Unreadable { path: path.to_owned(), reason });
        let malformed = |path: &Path, problem| LoadError::Malformed { path: path.to_owned(), problem };
        let vocabulary = Pieces::read(&read(pieces)?).map_err(|problem| malformed(pieces, problem))?;
        let file = read(weights)?;
        Self::of(vocabulary, &file).map_err(|problem| malformed(weights, problem))
    }

    fn of(pieces: Pieces, file: &[u8]) -> Result<Self, String> {
        let tensors = Tensors::read(file)?;
        let row = |name: &str, length| tensors.floats(name, &[length]).map(Array1::from_vec);
        let matrix = |name: &str, shape: [usize; 2]| {
            let values = tensors.floats(name, &shape)?;
            Array2::from_shape_vec(shape, values).map_err(|error| error.to_string())
        };
        let rows = pieces.len().div_ceil(PARTS) * PARTS;
        let steps = row("scale", PARTS)?.into_iter().zip(row("lo", PARTS)?).collect();
        let each = BRANCHES.map(|(length, _)| length);
        let side_by_side = |name: &str| -> Result<Array1<f32>, String> {
            let parts =
                each.iter().map(|length| row(&format!("{name}{length}"), BRANCH)).collect::<Result<Vec<_>, _>>()?;
            Ok(Array1::from_iter(parts.into_iter().flatten()))
        };
        let into = each.map(|length| matrix(&format!("proj{length}"), [WIDTH, BRANCH]));
        let into = into.into_iter().collect::<Result<Vec<_>, _>>()?;
        let into: Vec<_> = into.iter().map(|part| part.view()).collect();
        let branch = |length: usize| -> Result<[Layer; 2], String> {
            let layer = |number: usize| {
                let weights = matrix(&format!("w{number}_{length}"), [length * BRANCH, BRANCH])?;
                Ok::<_, String>(Layer { weights, bias: row(&format!("b{number}_{length}"), BRANCH)? })
            };
            Ok([layer(1)?, layer(2)?])
        };
        Ok(Self {
            table: tensors.octets("pieces", &[rows, WIDTH])?,
            steps,
            into_branches: Layer {
                weights: concatenate(Axis(1), &into).map_err(|error| error.to_string())?,
                bias: side_by_side("proj_b")?,
            },
            branch_norm: Norm { gain: side_by_side("ln_g")?, bias: side_by_side("ln_b")? },
            branches: [branch(each[0])?, branch(each[1])?, branch(each[2])?],
            norm: Norm { gain: row("ln_g", FEATURES)?, bias: row("ln_b", FEATURES)? },
            average: Layer { weights: matrix("cnn_W", [FEATURES, WIDTH])?, bias: row("cnn_b", WIDTH)? },
            d0: matrix("d0", [WIDTH, HIDDEN])?,
            d1: matrix("d1", [HIDDEN, HIDDEN])?,
            d2: matrix("d2", [HIDDEN, WIDTH])?,
            d3: matrix("d3", [WIDTH, WIDTH])?,
            p1: matrix("p1", [WIDTH, HIDDEN])?,
            p3: matrix("p3", [HIDDEN, WIDTH])?,
            epsilon: row("eps", 1)?[0],
            pieces,
        })
    }

    /// Places one sentence. Of a very long text only the beginning counts.
    pub fn encode(&self, text: &str) -> Sentence {
        Sentence::of(&self.batch(&[self.cut(text)]).row(0).to_vec())
    }

    /// Places many sentences, which costs less than one by one. `done` is told how many there are so far.
    pub fn encode_all(&self, texts: &[&str], mut done: impl FnMut(usize)) -> Vec<Sentence> {
        let mut sentences = Vec::with_capacity(texts.len());
        let mut batch: Vec<Vec<u32>> = Vec::new();
        let mut pieces = 0;
        for (at, text) in texts.iter().enumerate() {
            let ids = self.cut(text);
            pieces += ids.len();
            batch.push(ids);
            if pieces >= BATCH || at + 1 == texts.len() {
                sentences.extend(self.batch(&batch).outer_iter().map(|row| Sentence::of(&row.to_vec())));
                batch.clear();
                pieces = 0;
                done(sentences.len());
            }
        }
        sentences
    }

    fn cut(&self, text: &str) -> Vec<u32> {
        let mut ids = self.pieces.of(&text[..text.floor_char_boundary(MOST_BYTES)]);
        if ids.len() > MOST_PIECES {
            let end = ids[ids.len() - 1];
            ids.truncate(MOST_PIECES);
            ids[MOST_PIECES - 1] = end;
        }
        ids
    }

    /// The network, on the pieces of several sentences one after the other; a row each.
    fn batch(&self, sentences: &[Vec<u32>]) -> Array2<f32> {
        let ids: Vec<u32> = sentences.iter().flatten().copied().collect();
        let mut features = Array2::zeros((ids.len(), FEATURES));
        for (mut row, id) in features.outer_iter_mut().zip(&ids) {
            self.place_piece(*id as usize, row.slice_mut(s![..WIDTH]));
        }
        let mut pieces = features.slice(s![.., ..WIDTH]).dot(&self.into_branches.weights) + &self.into_branches.bias;
        self.branch_norm.apply(&mut pieces, self.epsilon);
        for (number, ((length, before), layers)) in BRANCHES.into_iter().zip(&self.branches).enumerate() {
            let mut branch = pieces.slice(s![.., number * BRANCH..(number + 1) * BRANCH]).to_owned();
            for layer in layers {
                let seen = windows(&branch, sentences, length, before).dot(&layer.weights) + &layer.bias;
                Zip::from(&mut branch).and(&seen).for_each(|value, seen| *value += seen.max(0.0));
            }
            features.slice_mut(s![.., WIDTH + number * BRANCH..WIDTH + (number + 1) * BRANCH]).assign(&branch);
        }
        self.norm.apply(&mut features, self.epsilon);
        self.sum_up(&features, sentences)
    }

    fn place_piece(&self, id: usize, mut row: ndarray::ArrayViewMut1<'_, f32>) {
        let (step, least) = self.steps[id % PARTS];
        // The vocabulary was read with the table: an id is always in it.
        let bytes = self.table.get(id * WIDTH..(id + 1) * WIDTH).unwrap_or_default();
        for (value, byte) in row.iter_mut().zip(bytes) {
            *value = f32::from(*byte) * step + least;
        }
    }

    /// Each sentence's pieces added up, and what follows from the sum.
    fn sum_up(&self, features: &Array2<f32>, sentences: &[Vec<u32>]) -> Array2<f32> {
        let mut sums = Array2::zeros((sentences.len(), FEATURES));
        let mut from = 0;
        for (mut sum, ids) in sums.outer_iter_mut().zip(sentences) {
            sum.assign(&features.slice(s![from..from + ids.len(), ..]).sum_axis(Axis(0)));
            from += ids.len();
        }
        let mut mean = sums.dot(&self.average.weights);
        for (mut row, ids) in mean.outer_iter_mut().zip(sentences) {
            let length = ids.len() as f32;
            row.scaled_add(length, &self.average.bias);
            row /= length.sqrt();
        }
        let rectified = |values: Array2<f32>| values.mapv_into(|value| value.max(0.0));
        let first = rectified(mean.dot(&self.d0));
        let second = rectified(mean.dot(&self.p1) + first.dot(&self.d1));
        let third = rectified(second.dot(&self.d2));
        (second.dot(&self.p3) + third.dot(&self.d3)).mapv_into(f32::tanh)
    }
}

impl Norm {
    /// Layer normalisation (Ba, Kiros and Hinton, 2016).
    fn apply(&self, rows: &mut Array2<f32>, epsilon: f32) {
        for mut row in rows.outer_iter_mut() {
            let mean = row.sum() / row.len() as f32;
            row -= mean;
            let variance = row.iter().map(|value| value * value).sum::<f32>() / row.len() as f32;
            let scale = 1.0 / (variance + epsilon).sqrt();
            let normal = |value: &mut f32, gain: &f32, bias: &f32| *value = *value * scale * gain + bias;
            Zip::from(&mut row).and(&self.gain).and(&self.bias).for_each(normal);
        }
    }
}

/// For each piece the `length` pieces around it side by side, `before` of them before it; zeros beyond its sentence.
fn windows(pieces: &Array2<f32>, sentences: &[Vec<u32>], length: usize, before: usize) -> Array2<f32> {
    let mut windows = Array2::zeros((pieces.nrows(), length * BRANCH));
    let mut start = 0;
    for ids in sentences {
        let end = start + ids.len();
        for at in start..end {
            for place in 0..length {
                let piece = (at + place).checked_sub(before).filter(|piece| (start..end).contains(piece));
                let Some(piece) = piece else { continue };
                let from: ArrayView1<'_, f32> = pieces.row(piece);
                windows.slice_mut(s![at, place * BRANCH..(place + 1) * BRANCH]).assign(&from);
            }
        }
        start = end;
    }
    windows
}
