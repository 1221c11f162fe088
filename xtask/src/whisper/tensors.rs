//! Which CTranslate2 variable becomes which ggml tensors.

use std::ops::Range;

use anyhow::{Result, bail, ensure};

use super::ct2::Variable;
use super::ggml::Storage;

/// A ggml tensor: rows of one CTranslate2 variable under a new name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tensor {
    pub(super) name: String,
    pub(super) rows: Range<usize>,
    /// Dimensions, outermost first.
    pub(super) dims: Vec<usize>,
    pub(super) storage: Storage,
}

/// What a variable turns into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) tensors: Vec<Tensor>,
    /// Rows that have no tensor because Whisper has no such bias; they must be zero.
    pub(super) dropped: Option<Range<usize>>,
}

/// Variables that describe the network instead of holding weights.
const SETTINGS: [&str; 11] = [
    "activation",
    "alibi",
    "alibi_use_positive_positions",
    "alignment_heads",
    "alignment_layer",
    "num_heads",
    "pre_norm",
    "scale_alibi",
    "scale_embeddings",
    "start_from_zero_embedding",
    "num_source_embeddings",
];

/// Plans one variable by its name, such as `decoder/layer_3/attention/linear_1/weight`.
pub(super) fn plan(name: &str, variable: &Variable) -> Result<Plan> {
    let parts: Vec<&str> = name.split('/').collect();
    let whole = |name: String| Ok(Plan { tensors: vec![tensor(name, 0..variable.rows(), variable)], dropped: None });
    match parts.as_slice() {
        ["encoder" | "decoder", setting] if SETTINGS.contains(setting) => {
            Ok(Plan { tensors: Vec::new(), dropped: None })
        }
        [side @ ("encoder" | "decoder"), "position_encodings", "encodings"] => {
            whole(format!("{side}.positional_embedding"))
        }
        ["decoder", "embeddings", "weight"] => whole("decoder.token_embedding.weight".to_owned()),
        ["encoder", conv @ ("conv1" | "conv2"), what @ ("weight" | "bias")] => whole(format!("encoder.{conv}.{what}")),
        ["encoder", "layer_norm", norm] => whole(format!("encoder.ln_post.{}", norm_name(norm)?)),
        ["decoder", "layer_norm", norm] => whole(format!("decoder.ln.{}", norm_name(norm)?)),
        [side @ ("encoder" | "decoder"), layer, block, rest @ ..] => {
            let Some(index) = layer.strip_prefix("layer_").and_then(|digits| digits.parse::<u16>().ok()) else {
                bail!("it is no part of a Whisper")
            };
            let (attention, norm, inputs) = match *block {
                "self_attention" => ("attn", "attn_ln", &[&["query", "key", "value"][..], &["out"]][..]),
                "attention" => ("cross_attn", "cross_attn_ln", &[&["query"][..], &["key", "value"], &["out"]][..]),
                "ffn" => ("mlp", "mlp_ln", &[&["0"][..], &["2"]][..]),
                _ => bail!("it is no part of a Whisper"),
            };
            let prefix = format!("{side}.blocks.{index}");
            match rest {
                ["layer_norm", part] => whole(format!("{prefix}.{norm}.{}", norm_name(part)?)),
                [linear, what @ ("weight" | "bias")] => {
                    let number = linear.strip_prefix("linear_").and_then(|digits| digits.parse::<usize>().ok());
                    let Some(stacked) = number.and_then(|n| inputs.get(n)) else { bail!("it is no part of a Whisper") };
                    split(&format!("{prefix}.{attention}"), stacked, what, variable)
                }
                _ => bail!("it is no part of a Whisper"),
            }
        }
        _ => bail!("it is no part of a Whisper"),
    }
}

/// CTranslate2 stacks projections of the same input; ggml names each.
fn split(prefix: &str, stacked: &[&str], what: &str, variable: &Variable) -> Result<Plan> {
    ensure!(
        variable.rows().is_multiple_of(stacked.len()),
        "{} rows do not split into {}",
        variable.rows(),
        stacked.len()
    );
    let rows = variable.rows() / stacked.len();
    let mut plan = Plan { tensors: Vec::new(), dropped: None };
    for (i, projection) in stacked.iter().enumerate() {
        let range = i * rows..(i + 1) * rows;
        if (*projection, what) == ("key", "bias") {
            plan.dropped = Some(range);
        } else {
            plan.tensors.push(tensor(format!("{prefix}.{projection}.{what}"), range, variable));
        }
    }
    Ok(plan)
}

/// whisper.cpp wants vectors and positions as 32-bit floats, convolutions as 16-bit ones, and their biases as columns.
fn tensor(name: String, rows: Range<usize>, variable: &Variable) -> Tensor {
    let mut dims = variable.dims.clone();
    if let Some(first) = dims.first_mut() {
        *first = rows.len();
    }
    let storage = match dims.len() {
        0 | 1 => Storage::F32,
        2 if name.ends_with(".positional_embedding") => Storage::F32,
        2 => Storage::Q8_0,
        _ => Storage::F16,
    };
    if name.starts_with("encoder.conv") && dims.len() == 1 {
        dims.push(1);
    }
    Tensor { name, rows, dims, storage }
}

fn norm_name(part: &str) -> Result<&'static str> {
    match part {
        "gamma" => Ok("weight"),
        "beta" => Ok("bias"),
        _ => bail!("it is no part of a layer norm"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::ct2::{Model, tests::Writer};
    use super::*;

    fn planned(name: &str, dims: &[u32]) -> Result<Plan> {
        let mut writer = Writer::new();
        writer.f16(name, dims, |_| 0.0);
        let model = Model::open(writer.finish()).unwrap();
        plan(name, model.get(name).unwrap())
    }

    fn names(plan: &Plan) -> Vec<&str> {
        plan.tensors.iter().map(|t| t.name.as_str()).collect()
    }

    #[test]
    fn stacked_projections_are_taken_apart_and_the_key_bias_is_dropped() {
        let weight = planned("encoder/layer_2/self_attention/linear_0/weight", &[96, 32]).unwrap();
        assert_eq!(
            names(&weight),
            [
                "encoder.blocks.2.attn.query.weight",
                "encoder.blocks.2.attn.key.weight",
                "encoder.blocks.2.attn.value.weight"
            ]
        );
        assert_eq!((weight.tensors[1].rows.clone(), weight.tensors[1].dims.as_slice()), (32..64, &[32, 32][..]));
        let bias = planned("decoder/layer_0/attention/linear_1/bias", &[64]).unwrap();
        assert_eq!(names(&bias), ["decoder.blocks.0.cross_attn.value.bias"]);
        assert_eq!(bias.dropped, Some(0..32));
    }

    #[test]
    fn storage_follows_what_whisper_cpp_expects() {
        let storage = |name, dims: &[u32]| planned(name, dims).unwrap().tensors[0].storage;
        assert_eq!(storage("encoder/position_encodings/encodings", &[4, 32]), Storage::F32);
        assert_eq!(storage("encoder/conv1/weight", &[32, 80, 3]), Storage::F16);
        assert_eq!(storage("decoder/embeddings/weight", &[64, 32]), Storage::Q8_0);
        assert_eq!(storage("decoder/layer_norm/gamma", &[32]), Storage::F32);
        assert_eq!(planned("encoder/conv2/bias", &[32]).unwrap().tensors[0].dims, [32, 1]);
    }

    #[test]
    fn settings_have_no_tensor_and_strangers_are_refused() {
        assert!(planned("decoder/alibi", &[1]).unwrap().tensors.is_empty());
        for stranger in
            ["encoder/conv3/weight", "encoder/layer_x/ffn/linear_0/weight", "decoder/layer_0/ffn/linear_9/bias", "w"]
        {
            assert!(planned(stranger, &[32]).is_err(), "{stranger}");
        }
    }
}
