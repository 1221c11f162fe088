//! Emotion from prosody: one linear head for each language on the 103 features of [`ermu_audio::prosody`], relative to
//! how the same caller sounds when calm.

use std::{fs, io, path::Path};

use ermu_audio::prosody;
use ermu_domain::{EmotionEstimate, Language, SampleRate};
use serde::Deserialize;

/// Version of the weights file that this build reads.
const VERSION: u32 = 1;
/// Classes of the weights file, in its order. What is none of the first four counts as neutral.
const CLASSES: [&str; 5] = ["angry", "happy", "neutral", "sad", "other"];
/// A caller's calm voice is known well enough after this many utterances.
const MAX_ENROLLED: u32 = 20;

/// The weights cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EmotionModelError {
    /// The file cannot be read.
    #[error("emotion weights: {0}")]
    Io(#[from] io::Error),
    /// The file is no weights file.
    #[error("emotion weights are malformed: {0}")]
    Malformed(String),
    /// The file was trained for other features than this build measures.
    #[error("emotion weights do not fit this build ({0}): train them again with models/recipes/emotion/train.py")]
    Unsupported(String),
}

/// How a caller sounds when calm: the sum of the features of calm utterances of the same call. Empty at first.
#[derive(Debug, Clone)]
pub struct Baseline {
    sum: prosody::Features,
    count: u32,
}

impl Default for Baseline {
    fn default() -> Self {
        Self { sum: [0.0; prosody::COUNT], count: 0 }
    }
}

impl Baseline {
    /// Adds an utterance (16 kHz) that was spoken calmly. One with too little voice changes nothing, nor does any after
    /// the twentieth.
    pub fn enrol(&mut self, pcm_16k: &[f32]) {
        if self.count < MAX_ENROLLED
            && let Some(features) = measure(pcm_16k)
        {
            for (sum, feature) in self.sum.iter_mut().zip(features) {
                *sum += feature;
            }
            self.count += 1;
        }
    }

    /// How many utterances were added.
    pub fn enrolled(&self) -> u32 {
        self.count
    }
}

/// The emotion heads of all languages.
#[derive(Debug)]
pub struct EmotionModel {
    clip: f32,
    chinese: Head,
    english: Head,
}

impl EmotionModel {
    /// Loads `models/weights/emotion.json`, and refuses weights that were trained for other features.
    pub fn load(path: &Path) -> Result<Self, EmotionModelError> {
        Self::parse(&fs::read_to_string(path)?)
    }

    fn parse(json: &str) -> Result<Self, EmotionModelError> {
        let file: WeightsFile = serde_json::from_str(json).map_err(|e| EmotionModelError::Malformed(e.to_string()))?;
        if file.version != VERSION {
            return Err(EmotionModelError::Unsupported(format!("version {} instead of {VERSION}", file.version)));
        }
        if file.features != prosody::NAMES {
            let differs = file.features.iter().zip(prosody::NAMES).find(|(theirs, ours)| theirs.as_str() != *ours);
            let what = differs.map_or("their number".to_owned(), |(theirs, ours)| format!("`{theirs}` for `{ours}`"));
            return Err(EmotionModelError::Unsupported(format!("other features: {what}")));
        }
        if file.classes != CLASSES {
            return Err(EmotionModelError::Unsupported(format!("other classes: {:?}", file.classes)));
        }
        if !(file.clip.is_finite() && file.clip > 0.0) {
            return Err(EmotionModelError::Malformed("`clip` is not positive".to_owned()));
        }
        Ok(Self { clip: file.clip, chinese: Head::new(file.heads.zh, "zh")?, english: Head::new(file.heads.en, "en")? })
    }

    /// How an utterance (16 kHz) was spoken; none if it holds too little voice to tell. Languages without a head of
    /// their own are judged by the English one.
    pub fn estimate(&self, pcm_16k: &[f32], language: Language, baseline: &Baseline) -> Option<EmotionEstimate> {
        let features = measure(pcm_16k)?;
        let head = match language {
            Language::Chinese => &self.chinese,
            Language::English | Language::Spanish | Language::Portuguese | Language::Arabic => &self.english,
        };
        let [angry, happy, neutral, sad, other] = head.probabilities(&features, baseline, self.clip);
        Some(EmotionEstimate { angry, happy, neutral: neutral + other, sad })
    }
}

fn measure(pcm_16k: &[f32]) -> Option<prosody::Features> {
    prosody::features_at(pcm_16k, SampleRate::HZ_16000).ok().flatten()
}

/// One language's weights.
#[derive(Debug)]
struct Head {
    mean: prosody::Features,
    scale: prosody::Features,
    /// The mean calm voice of the training corpus, in standard scores.
    neutral: prosody::Features,
    weights: [prosody::Features; CLASSES.len()],
    bias: [f32; CLASSES.len()],
}

impl Head {
    fn new(file: HeadFile, language: &str) -> Result<Self, EmotionModelError> {
        let [a, b, c, d, e] = file.weights;
        let named = |name: &str| format!("heads.{language}.{name}");
        let head = Self {
            mean: features(file.mean, &named("mean"))?,
            scale: features(file.scale, &named("scale"))?,
            neutral: features(file.neutral, &named("neutral"))?,
            weights: [
                features(a, &named("weights"))?,
                features(b, &named("weights"))?,
                features(c, &named("weights"))?,
                features(d, &named("weights"))?,
                features(e, &named("weights"))?,
            ],
            bias: file.bias,
        };
        if head.scale.iter().any(|&scale| scale <= 0.0) || head.bias.iter().any(|bias| !bias.is_finite()) {
            return Err(EmotionModelError::Malformed(format!("{} or bias", named("scale"))));
        }
        Ok(head)
    }

    fn probabilities(&self, features: &prosody::Features, baseline: &Baseline, clip: f32) -> [f32; CLASSES.len()] {
        let enrolled = baseline.count as f32;
        let mut logits = self.bias;
        for (n, feature) in features.iter().enumerate() {
            let standard = (feature - self.mean[n]) / self.scale[n];
            let calm_sum = (baseline.sum[n] - enrolled * self.mean[n]) / self.scale[n];
            let relative = (standard - (calm_sum + self.neutral[n]) / (enrolled + 1.0)).clamp(-clip, clip);
            for (logit, weights) in logits.iter_mut().zip(&self.weights) {
                *logit += weights[n] * relative;
            }
        }
        let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let powers = logits.map(|logit| (logit - largest).exp());
        let sum: f32 = powers.iter().sum();
        powers.map(|power| power / sum)
    }
}

fn features(values: Vec<f32>, name: &str) -> Result<prosody::Features, EmotionModelError> {
    if let Some(bad) = values.iter().find(|value| !value.is_finite()) {
        return Err(EmotionModelError::Malformed(format!("{name} holds {bad}")));
    }
    prosody::Features::try_from(values)
        .map_err(|v| EmotionModelError::Malformed(format!("{name} has {} values, not {}", v.len(), prosody::COUNT)))
}

#[derive(Deserialize)]
struct WeightsFile {
    version: u32,
    features: Vec<String>,
    classes: Vec<String>,
    clip: f32,
    heads: HeadFiles,
}

#[derive(Deserialize)]
struct HeadFiles {
    zh: HeadFile,
    en: HeadFile,
}

#[derive(Deserialize)]
struct HeadFile {
    mean: Vec<f32>,
    scale: Vec<f32>,
    neutral: Vec<f32>,
    weights: [Vec<f32>; CLASSES.len()],
    bias: [f32; CLASSES.len()],
}

#[cfg(test)]
mod tests {
    use ermu_domain::Emotion;

    use super::*;

    fn model() -> EmotionModel {
        EmotionModel::load(&ermu_testkit::fixture("models/weights/emotion.json")).unwrap()
    }

    /// A voice-like buzz with syllables.
    fn buzz(seconds: f32, f0_hz: f32) -> Vec<f32> {
        (0..(seconds * 16_000.0) as usize)
            .map(|n| {
                let t = n as f32 / 16_000.0;
                let wave: f32 = (1..=10).map(|h| (std::f32::consts::TAU * f0_hz * h as f32 * t).sin() / h as f32).sum();
                0.2 * wave * (std::f32::consts::PI * (t / 0.25).fract()).sin()
            })
            .collect()
    }

    #[test]
    fn hostile_sound_gives_a_finite_estimate_or_none() {
        let model = model();
        let clipped: Vec<f32> = buzz(1.0, 200.0).iter().map(|x| (x * 1e9).clamp(-1.0, 1.0)).collect();
        let mut broken = buzz(1.0, 200.0);
        broken[77] = f32::NAN;
        broken[78] = f32::INFINITY;
        broken[79] = f32::MAX;
        let noise: Vec<f32> = (0..16_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 16) as f32 / 65_536.0).collect();
        for pcm in
            [vec![], vec![1.0], vec![0.0; 16_000], vec![0.9; 16_000], vec![f32::NAN; 9_000], noise, clipped, broken]
        {
            for language in [Language::Chinese, Language::English, Language::Arabic] {
                let mut baseline = Baseline::default();
                baseline.enrol(&pcm);
                if let Some(e) = model.estimate(&pcm, language, &baseline) {
                    let all = [e.angry, e.happy, e.neutral, e.sad];
                    assert!(all.iter().all(|p| (0.0..=1.0).contains(p)), "{e:?}");
                    assert!((all.iter().sum::<f32>() - 1.0).abs() < 1e-4, "{e:?}");
                }
            }
        }
    }

    #[test]
    fn the_estimate_does_not_depend_on_gain_and_repeats() {
        let (model, baseline) = (model(), Baseline::default());
        let loud = buzz(1.5, 180.0);
        let quiet: Vec<f32> = loud.iter().map(|x| x * 0.1).collect();
        let first = model.estimate(&loud, Language::Chinese, &baseline).unwrap();
        assert_eq!(model.estimate(&loud, Language::Chinese, &baseline), Some(first));
        let second = model.estimate(&quiet, Language::Chinese, &baseline).unwrap();
        assert!((first.angry - second.angry).abs() < 0.02, "{first:?} {second:?}");
        assert_eq!(model.estimate(&[0.0; 4_000], Language::Chinese, &baseline), None);
    }

    #[test]
    fn a_baseline_stops_at_twenty_and_ignores_silence() {
        let mut baseline = Baseline::default();
        baseline.enrol(&[0.0; 4_000]);
        assert_eq!(baseline.enrolled(), 0);
        let voice = buzz(0.6, 150.0);
        for _ in 0..25 {
            baseline.enrol(&voice);
        }
        assert_eq!(baseline.enrolled(), MAX_ENROLLED);
    }

    #[test]
    fn weights_of_other_features_are_refused() {
        let good = fs::read_to_string(ermu_testkit::fixture("models/weights/emotion.json")).unwrap();
        let refused = |json: String| EmotionModel::parse(&json).unwrap_err();
        assert!(matches!(refused(good.replace("f0_sd_st", "f0_sd_hz")), EmotionModelError::Unsupported(_)));
        assert!(matches!(refused(good.replace("\"version\":1", "\"version\":2")), EmotionModelError::Unsupported(_)));
        assert!(matches!(refused(good.replace("\"bias\":[", "\"bias\":[1.0,")), EmotionModelError::Malformed(_)));
        assert!(matches!(refused(good.replace("\"mean\":[", "\"mean\":[1.0,")), EmotionModelError::Malformed(_)));
        assert!(matches!(refused("{}".to_owned()), EmotionModelError::Malformed(_)));
        let missing = EmotionModel::load(Path::new("no/such.json")).unwrap_err();
        assert!(matches!(missing, EmotionModelError::Io(_)));
    }

    /// The shipped head has heard these speakers: this checks the path from sound to estimate, not generalisation,
    /// which models/recipes/emotion/train.py measures.
    #[test]
    fn angry_and_calm_mandarin_are_told_apart() {
        let Some(data) = ermu_testkit::shared_data() else { return };
        let (model, folder) = (model(), data.join("emotion/casia/wangzhe"));
        let utterance = |name: String| -> Vec<f32> {
            let mut reader = claxon::FlacReader::open(folder.join(name)).unwrap();
            assert_eq!(reader.streaminfo().sample_rate, 16_000);
            reader.samples().map(|s| s.unwrap() as f32 / 32_768.0).collect()
        };
        let mut baseline = Baseline::default();
        for n in 201..204 {
            baseline.enrol(&utterance(format!("neutral_{n}.flac")));
        }
        let judged = |kind: &str| -> Vec<EmotionEstimate> {
            (204..229)
                .filter_map(|n| model.estimate(&utterance(format!("{kind}_{n}.flac")), Language::Chinese, &baseline))
                .collect()
        };
        let (angry, calm) = (judged("angry"), judged("neutral"));
        assert!(angry.len() >= 23 && calm.len() >= 23);
        let higher = angry.iter().flat_map(|a| calm.iter().map(move |c| f32::from(u8::from(a.angry > c.angry))));
        let ranked = higher.sum::<f32>() / (angry.len() * calm.len()) as f32;
        assert!(ranked > 0.9, "an angry utterance scores higher than a calm one in {ranked} of the pairs");
        let likeliest = calm.iter().filter(|e| e.likeliest().0 == Emotion::Neutral).count();
        assert!(likeliest * 10 >= calm.len() * 8, "{likeliest} of {}", calm.len());
    }
}
