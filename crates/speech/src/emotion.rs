//! Emotion from prosody: one linear head for each language on the features of [`ermu_audio::prosody`], relative to how
//! the same caller sounds when calm.

use std::{collections::BTreeMap, fs, io, path::Path};

use ermu_audio::prosody;
use ermu_domain::{EmotionEstimate, Language, SampleRate};
use serde::{Deserialize, Serialize};

/// Version of the weights file that this build reads.
const VERSION: u32 = 1;
/// Classes of the weights file, in its order. What is none of the first four counts as neutral.
pub const CLASSES: [&str; 5] = ["angry", "happy", "neutral", "sad", "other"];
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
    #[error("emotion weights do not fit this build ({0}): train them again with `ermu bench emotion --train`")]
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
        if let Some(features) = measure(pcm_16k) {
            self.add(&features);
        }
    }

    /// Adds the features of a calm utterance; none after the twentieth.
    pub fn add(&mut self, features: &prosody::Features) {
        if self.count < MAX_ENROLLED {
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
    chinese: Head,
    english: Head,
}

impl EmotionModel {
    /// Loads `models/weights/emotion.json`, and refuses weights that were trained for features that are not measured.
    pub fn load(path: &Path) -> Result<Self, EmotionModelError> {
        Self::parse(&fs::read_to_string(path)?)
    }

    fn parse(json: &str) -> Result<Self, EmotionModelError> {
        let file: Weights = serde_json::from_str(json).map_err(|e| EmotionModelError::Malformed(e.to_string()))?;
        if file.version != VERSION {
            return Err(EmotionModelError::Unsupported(format!("version {} instead of {VERSION}", file.version)));
        }
        if file.classes != CLASSES {
            return Err(EmotionModelError::Unsupported(format!("other classes: {:?}", file.classes)));
        }
        let head = |name: &str| {
            let head = file.heads.get(name).ok_or_else(|| malformed(format!("there is no heads.{name}")))?;
            Head::new(&file.features, file.clip, head.clone()).map_err(|error| match error {
                EmotionModelError::Malformed(what) => malformed(format!("heads.{name}: {what}")),
                EmotionModelError::Io(_) | EmotionModelError::Unsupported(_) => error,
            })
        };
        Ok(Self { chinese: head("zh")?, english: head("en")? })
    }

    /// How an utterance (16 kHz) was spoken; none if it holds too little voice to tell. Languages without a head of
    /// their own are judged by the English one.
    pub fn estimate(&self, pcm_16k: &[f32], language: Language, baseline: &Baseline) -> Option<EmotionEstimate> {
        let features = measure(pcm_16k)?;
        let head = match language {
            Language::Chinese => &self.chinese,
            Language::English | Language::Spanish | Language::Portuguese | Language::Arabic => &self.english,
        };
        let logits = head.logits(&features, baseline);
        let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let powers = logits.map(|logit| (logit - largest).exp());
        let sum: f32 = powers.iter().sum();
        let [angry, happy, neutral, sad, other] = powers.map(|power| power / sum);
        Some(EmotionEstimate { angry, happy, neutral: neutral + other, sad })
    }
}

fn measure(pcm_16k: &[f32]) -> Option<prosody::Features> {
    prosody::features_at(pcm_16k, SampleRate::HZ_16000).ok().flatten()
}

fn malformed(what: String) -> EmotionModelError {
    EmotionModelError::Malformed(what)
}

/// The weights file.
#[derive(Debug, Serialize, Deserialize)]
pub struct Weights {
    version: u32,
    features: Vec<String>,
    classes: Vec<String>,
    clip: f32,
    heads: BTreeMap<String, HeadWeights>,
}

impl Weights {
    /// A file of these heads, by language code; all use every feature that is measured.
    pub fn new(clip: f32, heads: BTreeMap<String, HeadWeights>) -> Self {
        let own = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        Self { version: VERSION, features: own(&prosody::NAMES), classes: own(&CLASSES), clip, heads }
    }
}

/// One language's weights. Every list has one entry a feature of the file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HeadWeights {
    /// Mean of each feature over the training corpora.
    pub mean: Vec<f32>,
    /// Its standard deviation there.
    pub scale: Vec<f32>,
    /// The mean calm voice of the corpus, in standard scores.
    pub neutral: Vec<f32>,
    /// How much calm utterances of one caller vary, as a multiple of how much callers do: that many calm utterances
    /// weigh as much as the corpus. 1 if left out.
    #[serde(default)]
    pub doubt: Vec<f32>,
    /// Weights of each class.
    pub weights: [Vec<f32>; CLASSES.len()],
    /// Logit of each class at the baseline.
    pub bias: [f32; CLASSES.len()],
    /// Added to `bias` for callers whose calm voice is known: n ⁄ (n + 1) of it after n utterances.
    #[serde(default)]
    pub known_bias: [f32; CLASSES.len()],
}

/// One language's head, ready for the features that this build measures.
#[derive(Debug)]
pub struct Head {
    clip: f32,
    /// Where each feature of the weights is among those measured.
    columns: Vec<usize>,
    weights: HeadWeights,
}

impl Head {
    /// Checks the weights of these features. `clip` is how far from calm counts, in standard deviations.
    pub fn new(features: &[String], clip: f32, mut weights: HeadWeights) -> Result<Self, EmotionModelError> {
        if !(clip.is_finite() && clip > 0.0) {
            return Err(malformed("`clip` is not positive".to_owned()));
        }
        let column = |name: &String| prosody::NAMES.iter().position(|own| own == name);
        let unknown = |name: &String| EmotionModelError::Unsupported(format!("`{name}` is not measured"));
        let columns: Vec<usize> =
            features.iter().map(|name| column(name).ok_or_else(|| unknown(name))).collect::<Result<_, _>>()?;
        if weights.doubt.is_empty() {
            weights.doubt = vec![1.0; columns.len()];
        }
        let lists = [("mean", &weights.mean), ("scale", &weights.scale), ("neutral", &weights.neutral)];
        let lists = lists.into_iter().chain([("doubt", &weights.doubt)]);
        for (name, list) in lists.chain(weights.weights.iter().map(|class| ("weights", class))) {
            if list.len() != columns.len() {
                return Err(malformed(format!("`{name}` has {} values, not {}", list.len(), columns.len())));
            }
            if let Some(bad) = list.iter().find(|value| !value.is_finite()) {
                return Err(malformed(format!("`{name}` holds {bad}")));
            }
        }
        if weights.scale.iter().any(|&scale| scale <= 0.0) || weights.doubt.iter().any(|&doubt| doubt < 0.0) {
            return Err(malformed("`scale` or `doubt` is not positive".to_owned()));
        }
        if weights.bias.iter().chain(&weights.known_bias).any(|bias| !bias.is_finite()) {
            return Err(malformed("`bias` or `known_bias` is not finite".to_owned()));
        }
        Ok(Self { clip, columns, weights })
    }

    /// Standard scores of the features, relative to the caller's calm voice.
    ///
    /// How a caller sounds when calm is estimated as the mean of a normal distribution whose prior is the corpus: the
    /// more calm utterances are known, and the less a feature varies within a caller, the less the corpus counts.
    pub fn relative(&self, features: &prosody::Features, baseline: &Baseline) -> Vec<f32> {
        let HeadWeights { mean, scale, neutral, doubt, .. } = &self.weights;
        let known = baseline.count as f32;
        let relative = self.columns.iter().enumerate().map(|(n, &column)| {
            let standard = (features[column] - mean[n]) / scale[n];
            let calm_sum = (baseline.sum[column] - known * mean[n]) / scale[n];
            // Without doubt, one utterance says it all.
            let weight = (known + doubt[n]).max(1e-6);
            let calm = if known > 0.0 { (calm_sum + doubt[n] * neutral[n]) / weight } else { neutral[n] };
            (standard - calm).clamp(-self.clip, self.clip)
        });
        relative.collect()
    }

    /// Logits of [`CLASSES`].
    pub fn logits(&self, features: &prosody::Features, baseline: &Baseline) -> [f32; CLASSES.len()] {
        let relative = self.relative(features, baseline);
        let known = baseline.count as f32 / (baseline.count as f32 + 1.0);
        let HeadWeights { weights, bias, known_bias, .. } = &self.weights;
        std::array::from_fn(|class| {
            let sum: f32 = weights[class].iter().zip(&relative).map(|(weight, x)| weight * x).sum();
            bias[class] + known * known_bias[class] + sum
        })
    }
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
        assert!(matches!(refused(good.replace("\"angry\"", "\"cross\"")), EmotionModelError::Unsupported(_)));
        assert!(matches!(refused(good.replace("\"bias\":[", "\"bias\":[1.0,")), EmotionModelError::Malformed(_)));
        assert!(matches!(refused(good.replace("\"mean\":[", "\"mean\":[1.0,")), EmotionModelError::Malformed(_)));
        assert!(matches!(refused(good.replace("\"zh\"", "\"yue\"")), EmotionModelError::Malformed(_)));
        assert!(matches!(refused("{}".to_owned()), EmotionModelError::Malformed(_)));
        let missing = EmotionModel::load(Path::new("no/such.json")).unwrap_err();
        assert!(matches!(missing, EmotionModelError::Io(_)));
    }

    /// Two features, both 2 above the corpus in the calm voice and 3 above it in the utterance.
    #[test]
    fn a_steady_feature_is_believed_sooner_than_a_varying_one() {
        let weights = HeadWeights {
            mean: vec![0.0; 2],
            scale: vec![1.0; 2],
            neutral: vec![0.0; 2],
            doubt: vec![0.0, 2.0],
            weights: std::array::from_fn(|_| vec![0.0; 2]),
            bias: [0.5; CLASSES.len()],
            known_bias: [1.0; CLASSES.len()],
        };
        let names = [prosody::NAMES[5].to_owned(), prosody::NAMES[0].to_owned()];
        let head = Head::new(&names, 2.5, weights).unwrap();
        let (mut baseline, mut calm, mut said) = (Baseline::default(), [0.0; prosody::COUNT], [0.0; prosody::COUNT]);
        (calm[0], calm[5], said[0], said[5]) = (2.0, 2.0, 3.0, 3.0);
        assert_eq!(head.relative(&said, &baseline), [2.5, 2.5]);
        assert_eq!(head.logits(&said, &baseline), [0.5; CLASSES.len()]);
        baseline.add(&calm);
        baseline.add(&calm);
        assert_eq!(head.relative(&said, &baseline), [1.0, 2.0]);
        assert!((head.logits(&said, &baseline)[0] - (0.5 + 2.0 / 3.0)).abs() < 1e-6);
    }

    /// The shipped head has heard these speakers: this checks the path from sound to estimate, not generalisation,
    /// which `ermu bench emotion` measures.
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
