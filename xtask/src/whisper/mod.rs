//! Whisper from CTranslate2's format to whisper.cpp's ggml with 8-bit weights, one row in memory at a time.

mod ct2;
mod ggml;
mod mel;
mod tensors;
mod vocabulary;

use std::io::{Read, Seek, Write};

use anyhow::{Context, Result, ensure};

use ggml::HyperParameters;

/// whisper.cpp tells a multilingual model by its vocabulary: this many tokens or more.
const MULTILINGUAL_VOCABULARY: usize = 51_865;

/// Converts a multilingual Whisper.
///
/// `model` is CTranslate2's `model.bin` with float weights, `tokenizer` the matching `tokenizer.json`.
pub(crate) fn ct2_to_ggml_q8_0(
    model: impl Read + Seek,
    tokenizer: impl Read,
    out: &mut impl Write,
    mut on_tensor: impl FnMut(&str),
) -> Result<()> {
    let mut model = ct2::Model::open(model).context("the CTranslate2 model")?;
    let tokens = vocabulary::read(tokenizer).context("the tokenizer")?;
    let network = hyper_parameters(&mut model).context("the CTranslate2 model")?;
    ggml::write_header(out, &network, &mel::filterbank(), mel::BINS, &tokens)?;
    let names: Vec<String> = model.variables().map(|(name, _)| name.to_owned()).collect();
    for name in names {
        let plan = tensors::plan(&name, model.get(&name)?).with_context(|| format!("variable {name:?}"))?;
        for tensor in plan.tensors {
            on_tensor(&tensor.name);
            ggml::write_tensor_head(out, &tensor.name, &tensor.dims, tensor.storage)?;
            model.for_each_row(&name, tensor.rows, |row| Ok(ggml::write_row(out, row, tensor.storage)?))?;
        }
        if let Some(rows) = plan.dropped {
            model.for_each_row(&name, rows, |row| {
                ensure!(row.iter().all(|value| *value == 0.0), "variable {name:?}: a Whisper's keys have no bias");
                Ok(())
            })?;
        }
    }
    Ok(())
}

fn hyper_parameters<R: Read + Seek>(model: &mut ct2::Model<R>) -> Result<HyperParameters> {
    let matrix = |model: &ct2::Model<R>, name: &str| -> Result<(usize, usize)> {
        let variable = model.get(name)?;
        ensure!(variable.dims.len() == 2, "variable {name:?} is no matrix");
        Ok((variable.rows(), variable.row_elements()))
    };
    let (vocabulary, text_state) = matrix(model, "decoder/embeddings/weight")?;
    let (audio_context, audio_state) = matrix(model, "encoder/position_encodings/encodings")?;
    let (text_context, _) = matrix(model, "decoder/position_encodings/encodings")?;
    ensure!(
        vocabulary >= MULTILINGUAL_VOCABULARY,
        "{vocabulary} tokens: only a multilingual Whisper ({MULTILINGUAL_VOCABULARY} or more) can be converted"
    );
    let mel_bands = *model.get("encoder/conv1/weight")?.dims.get(1).context("encoder/conv1/weight has no channels")?;
    ensure!(mel_bands == mel::BANDS, "{mel_bands} mel bands, only {} are supported", mel::BANDS);
    let layers = |model: &ct2::Model<R>, side: &str| {
        (0..).take_while(|i| model.get(&format!("{side}/layer_{i}/ffn/linear_0/weight")).is_ok()).count()
    };
    Ok(HyperParameters {
        vocabulary: i32::try_from(vocabulary)?,
        audio_context: i32::try_from(audio_context)?,
        audio_state: i32::try_from(audio_state)?,
        audio_heads: model.scalar("encoder/num_heads")?,
        audio_layers: i32::try_from(layers(model, "encoder"))?,
        text_context: i32::try_from(text_context)?,
        text_state: i32::try_from(text_state)?,
        text_heads: model.scalar("decoder/num_heads")?,
        text_layers: i32::try_from(layers(model, "decoder"))?,
        mel_bands: i32::try_from(mel_bands)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ct2::tests::Writer;
    use std::io::Cursor;

    /// One layer a side, 32 channels: as small as 8-bit blocks allow.
    fn tiny(key_bias: f32) -> Cursor<Vec<u8>> {
        let d = 32;
        let mut w = Writer::new();
        let vocabulary = u32::try_from(MULTILINGUAL_VOCABULARY).unwrap();
        w.f16("decoder/embeddings/weight", &[vocabulary, d], |i| (i % 7) as f32);
        w.f16("decoder/position_encodings/encodings", &[8, d], |i| i as f32);
        w.f16("encoder/position_encodings/encodings", &[10, d], |i| i as f32);
        w.f16("encoder/conv1/weight", &[d, 80, 3], |i| (i % 5) as f32);
        w.f16("encoder/conv1/bias", &[d], |_| 1.0);
        for side in ["encoder", "decoder"] {
            w.i16(&format!("{side}/num_heads"), 2);
            w.f16(&format!("{side}/layer_0/ffn/linear_0/weight"), &[2 * d, d], |i| (i % 3) as f32);
            w.f16(&format!("{side}/layer_0/self_attention/linear_0/bias"), &[3 * d], |i| {
                if (32..64).contains(&i) { key_bias } else { 1.0 }
            });
        }
        w.finish()
    }

    fn converted(model: Cursor<Vec<u8>>) -> Result<(Vec<u8>, Vec<String>)> {
        let mut out = Vec::new();
        let mut names = Vec::new();
        let tokenizer = vocabulary::tests::tokenizer_json();
        ct2_to_ggml_q8_0(model, tokenizer.as_bytes(), &mut out, |name| names.push(name.to_owned()))?;
        Ok((out, names))
    }

    #[test]
    fn a_tiny_model_becomes_a_file_of_exactly_the_right_size() {
        let (out, names) = converted(tiny(0.0)).unwrap();
        let head = |i: usize| i32::from_le_bytes(out[4 * i..4 * i + 4].try_into().unwrap());
        assert_eq!((1..12).map(head).collect::<Vec<_>>(), [51865, 10, 32, 2, 1, 8, 32, 2, 1, 80, 2007]);
        assert_eq!(names.len(), 5 + 2 * 3);
        let token_bytes: usize = (0..50_256).map(|id: usize| if id == 1 { 4 } else { id.to_string().len() }).sum();
        let header = 4 + 11 * 4 + 8 + 80 * 201 * 4 + 4 + 50_257 * 4 + token_bytes;
        let q8 = |elements: usize| elements / 32 * 34;
        let data =
            q8(51_865 * 32) + 4 * (8 * 32 + 10 * 32) + 2 * (32 * 80 * 3) + 4 * 32 + 2 * (q8(64 * 32) + 2 * 4 * 32);
        let dims = 4 * (2 + 2 + 2 + 3 + 2 + 2 * (2 + 1 + 1));
        let heads = names.len() * 12 + names.iter().map(String::len).sum::<usize>() + dims;
        assert_eq!(out.len(), header + data + heads);
    }

    #[test]
    fn a_key_bias_that_would_be_lost_is_refused() {
        let message = format!("{:#}", converted(tiny(0.5)).unwrap_err());
        assert!(message.contains("keys have no bias"), "{message}");
    }

    #[test]
    fn an_english_only_or_incomplete_model_is_refused() {
        let mut w = Writer::new();
        w.f16("decoder/embeddings/weight", &[51_864, 1], |_| 0.0);
        let message = format!("{:#}", converted(w.finish()).unwrap_err());
        assert!(message.contains("encoder/position_encodings"), "{message}");
    }
}
