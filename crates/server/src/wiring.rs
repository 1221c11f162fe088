//! Puts the parts together: models from the cache, the shop pack from its folder, the database, the media server.

use std::{
    collections::{BTreeMap, HashMap},
    env::VarError,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::Duration,
};

use anyhow::{Context, bail};
use ermu_backend::{LanguageModel, LanguageModelConfig, ShopSystem, ShopSystemConfig};
use ermu_dialogue::{PackError, ShopPack, TurnConfig};
use ermu_domain::{Language, Pii, ProductId};
use ermu_engine::{Backend, Engine, EngineConfig, EngineParts, Models, RetryPolicy, VoiceConfig, WarmUp};
use ermu_media::{MediaConfig, MediaServer};
use ermu_models::{Cache, onnx};
use ermu_speech::{
    emotion::EmotionModel,
    end_of_turn::EndOfTurn,
    synth::{ClauseCache, SynthesisError, Synthesizer, SynthesizerFiles, VoiceName},
    transcriber::Transcriber,
    vad::VoiceActivity,
};
use ermu_store::Store;
use ermu_vision::{DecodeLimits, DefectModel, FieldRules, Inspector, Photo, Reader};
use jiff::{Timestamp, tz::TimeZone};
use tracing::{info, warn};

use crate::{
    config::{BackendConfig, Config, LanguageModelSection},
    sentences::Sentences,
};

/// Bytes of synthesised speech that are kept in memory: about ten minutes.
const CLAUSE_CACHE_BYTES: usize = 64 << 20;
/// Each holds a model of its own, some 200 MB.
const MOST_WARM_UP_THREADS: usize = 4;
/// Photos of all calls that may wait to be looked at.
const PHOTO_QUEUE: usize = 16;
/// Longer than the database may take to note what became of a request.
const LEASE_MARGIN: Duration = Duration::from_secs(30);
/// The largest file that a shop pack may hold.
const PACK_FILE_BYTES: u64 = 4 << 20;

/// Tells how far the start is: what is being done, steps done and steps of all.
pub type Progress<'a> = &'a mut dyn FnMut(&str, usize, usize);

/// Where the models lie, and the ONNX Runtime that runs them.
pub struct ModelFiles {
    cache: Cache,
    /// ONNX Runtime.
    pub onnx: onnx::Environment,
}

impl ModelFiles {
    /// Opens the user's model cache and loads ONNX Runtime from it.
    pub fn open() -> anyhow::Result<Self> {
        let cache = Cache::of_user()?;
        let onnx = onnx::init(&cache.verified("onnxruntime")?)?;
        Ok(Self { cache, onnx })
    }

    /// A configured file, or the built-in model of this id.
    pub fn path(&self, configured: Option<&PathBuf>, id: &str) -> anyhow::Result<PathBuf> {
        match configured {
            Some(path) if path.is_file() => Ok(path.clone()),
            Some(path) => bail!("the configured model {} is not there", path.display()),
            None => Ok(self.cache.verified(id)?),
        }
    }

    /// Loads the transcriber.
    pub fn transcriber(&self, config: &Config) -> anyhow::Result<Transcriber> {
        Ok(Transcriber::load(&self.path(config.models.whisper.as_ref(), "whisper-base-q8_0")?)?)
    }

    /// Loads voice activity.
    pub fn voice_activity(&self) -> anyhow::Result<VoiceActivity> {
        Ok(VoiceActivity::load(&self.onnx, &self.cache.verified("silero-vad-16k")?)?)
    }

    /// Loads the synthesizer with these voices.
    pub fn synthesizer(&self, voices: &[&str]) -> anyhow::Result<Synthesizer> {
        let style = |voice: &&str| {
            let path = self.cache.verified(&format!("kokoro-style-{voice}"));
            Ok((VoiceName::from(*voice), path.with_context(|| format!("the voice `{voice}`"))?))
        };
        let files = SynthesizerFiles {
            model: self.cache.verified("kokoro")?,
            vocab: self.cache.verified("kokoro-vocab")?,
            styles: voices.iter().map(style).collect::<anyhow::Result<_>>()?,
        };
        Ok(Synthesizer::load(&self.onnx, &files)?)
    }

    /// What was spoken before.
    pub fn spoken(&self) -> anyhow::Result<ClauseCache> {
        // Beside the model, in the user's cache: other models sound different, other checkouts sound the same.
        let folder = self.cache.path("kokoro")?.with_file_name("speech");
        ClauseCache::in_folder(CLAUSE_CACHE_BYTES, &folder)
            .with_context(|| format!("cannot keep speech in {}", folder.display()))
    }

    /// Loads the photo inspector.
    pub fn inspector(&self, config: &Config) -> anyhow::Result<Inspector> {
        Ok(Inspector::load(&self.onnx, &self.path(config.models.defect.as_ref(), "defect")?, DecodeLimits::default())?)
    }

    /// Loads what the inspector locates damage with; another file than the configured one if one is named.
    pub fn defect_model(&self, config: &Config, other: Option<&PathBuf>) -> anyhow::Result<DefectModel> {
        let path = self.path(other.or(config.models.defect.as_ref()), "defect")?;
        Ok(DefectModel::load(&self.onnx, &path)?)
    }

    /// Loads the reader of labels.
    pub fn reader(&self) -> anyhow::Result<Reader> {
        let model = |id| self.cache.verified(id);
        Ok(Reader::load(&self.onnx, &model("text-detector")?, &model("text-recogniser")?)?)
    }

    /// Loads the emotion heads, unless they are switched off.
    pub fn emotion(&self, config: &Config) -> anyhow::Result<Option<EmotionModel>> {
        if !config.emotion.enabled {
            return Ok(None);
        }
        Ok(Some(EmotionModel::load(&self.path(config.emotion.weights.as_ref(), "emotion")?)?))
    }

    fn all(&self, config: &Config, sentences: Option<&Sentences>) -> anyhow::Result<Models> {
        let transcriber = self.transcriber(config)?;
        let workers = (0..config.models.transcribers).map(|_| transcriber.worker());
        Ok(Models {
            vad: self.voice_activity()?,
            transcribers: workers.collect::<Result<_, _>>()?,
            sentences: sentences.map(|sentences| Arc::clone(sentences.encoder())),
            emotion: self.emotion(config)?,
            end_of_turn: EndOfTurn::load(&self.onnx, &self.cache.verified("smart-turn")?)?,
            synthesizer: self.synthesizer(&config.voices.names())?,
            clauses: self.spoken()?,
            // The core knows the shop's numbers, and a changed pack may change them.
            inspector: self.inspector(config)?.with_reader(self.reader()?, FieldRules::ANY),
            references: references(&config.shop.pack.join("photos"))?,
        })
    }
}

/// Loads everything, speaks the fixed clauses once into the cache, and starts the engine. Gives the sentence encoder too, for
/// packs that are read later.
pub(crate) async fn start_engine(
    config: &Config,
    progress: Progress<'_>,
) -> anyhow::Result<(Engine, Option<Sentences>)> {
    progress("loading models", 0, 1);
    let files = ModelFiles::open()?;
    let sentences = Sentences::open(&files.cache)?;
    let mut pack = read_pack(&config.shop.pack)?;
    if let Some(sentences) = &sentences {
        sentences.teach(&mut pack, |done, all| progress("placing the shop's examples", done, all));
    }
    let pack = Arc::new(pack);
    let time_zone = TimeZone::get(&pack.shop().timezone).with_context(|| {
        format!("{}: `timezone` is no IANA time zone", config.shop.pack.join("shop.yaml").display())
    })?;
    let models = files.all(config, sentences.as_ref())?;
    let voices = VoiceConfig {
        chinese: VoiceName::from(config.voices.chinese.as_str()),
        english: VoiceName::from(config.voices.english.as_str()),
        spanish: VoiceName::from(config.voices.spanish.as_str()),
        portuguese: VoiceName::from(config.voices.portuguese.as_str()),
        speed: config.voices.speed,
    };
    std::fs::create_dir_all(&config.shop.data)
        .with_context(|| format!("cannot make the data folder {}", config.shop.data.display()))?;
    let database = config.shop.data.join("ermu.db");
    let store = Store::open_capped(&database, config.limits.database_bytes.unwrap_or(u64::MAX)).await?;
    let today = Timestamp::now().to_zoned(time_zone.clone()).date();
    store.import_orders(&pack.orders(today)).await?;
    let mut media = MediaConfig {
        public_ips: config.media.public_ips.clone(),
        max_calls: config.limits.calls,
        ..MediaConfig::default()
    };
    if !config.media.bind.is_empty() {
        media.bind.clone_from(&config.media.bind);
    }
    let media = MediaServer::new(media);
    let engine = Engine::start(EngineParts {
        media,
        store,
        backend: backend(&config.backend)?,
        language_model: language_model(&config.language_model)?,
        pack: Arc::clone(&pack),
        models,
        time_zone,
        present: ermu_api::dto::notice_json,
        config: EngineConfig {
            max_calls: config.limits.calls,
            max_photos: config.limits.photos_a_call,
            photo_queue: PHOTO_QUEUE,
            retry: retry_policy(&config.backend),
            max_call: Duration::from_secs(config.limits.call_minutes * 60),
            voices: voices.clone(),
            turns: turns(&config.language_model),
        },
    })?;
    if config.voices.speak_ahead {
        warm_up(&engine, &files, &pack, voices, progress)?;
    }
    Ok((engine, sentences))
}

/// The shop's own system, if one is configured.
fn backend(config: &BackendConfig) -> anyhow::Result<Backend> {
    let Some(url) = &config.url else { return Ok(Backend::OwnData) };
    let token = token(&config.token_env)?;
    let timeout = Duration::from_millis(config.timeout_ms);
    let system = ShopSystem::new(&ShopSystemConfig { url: url.clone(), token, timeout });
    Ok(Backend::ShopSystem(system.map_err(|error| anyhow::anyhow!("`backend.url` {error}"))?))
}

/// The language model, if one is configured.
fn language_model(config: &LanguageModelSection) -> anyhow::Result<Option<LanguageModel>> {
    let Some(url) = &config.url else { return Ok(None) };
    let model = LanguageModel::new(&LanguageModelConfig {
        url: url.clone(),
        model: config.model.clone(),
        token: token(&config.token_env)?,
        timeout: Duration::from_millis(config.understand_ms.max(config.rephrase_ms).into()),
    });
    Ok(Some(model.map_err(|error| anyhow::anyhow!("`language_model.url` {error}"))?))
}

/// A language model is given time only where there is one.
fn turns(config: &LanguageModelSection) -> TurnConfig {
    let ms = |limit| if config.url.is_some() { limit } else { 0 };
    TurnConfig {
        proposal_limit_ms: ms(config.understand_ms),
        rephrase_limit_ms: ms(config.rephrase_ms),
        ..TurnConfig::default()
    }
}

fn token(variable: &str) -> anyhow::Result<Option<Pii<String>>> {
    match std::env::var(variable) {
        Ok(token) => Ok(Some(Pii::new(token))),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => bail!("the environment variable {variable} is no text"),
    }
}

/// From a second to an hour: a night without the shop's system is survived, and a person hears of it the next day.
fn retry_policy(config: &BackendConfig) -> RetryPolicy {
    RetryPolicy {
        attempts: config.attempts,
        first_wait: Duration::from_secs(1),
        longest_wait: Duration::from_secs(3600),
        lease: Duration::from_millis(config.timeout_ms) + LEASE_MARGIN,
    }
}

/// Speaks what answers in Chinese begin with, so that no caller waits for it, and the rest of the fixed wording in the background.
/// What was spoken in an earlier run is there already.
fn warm_up(
    engine: &Engine,
    files: &ModelFiles,
    pack: &ShopPack,
    voices: VoiceConfig,
    progress: Progress<'_>,
) -> anyhow::Result<()> {
    let VoiceConfig { chinese, english, spanish, portuguese, .. } = voices.clone();
    let names = [chinese, english, spanish, portuguese];
    let synthesizer = || files.synthesizer(&names.each_ref().map(VoiceName::as_str));
    let warm_up = WarmUp::new(engine, voices);
    let rest = warm_up.missing(pack.fixed_clauses());
    if rest.is_empty() {
        return Ok(());
    }
    let mut synthesizers = vec![synthesizer()?];
    let needed = warm_up.missing(pack.beginnings(Language::Chinese));
    if !needed.is_empty() {
        let more = thread::available_parallelism().map_or(1, usize::from).min(needed.len()) - 1;
        for _ in 0..more.min(MOST_WARM_UP_THREADS - 1) {
            synthesizers.push(synthesizer()?);
        }
        warm_up.speak(&mut synthesizers, &needed, |done| progress("speaking fixed sentences", done, needed.len()))?;
        synthesizers.truncate(1);
    }
    let rest: Vec<_> = rest.into_iter().filter(|clause| !needed.contains(clause)).collect();
    thread::Builder::new().name("warm-up".into()).spawn(move || {
        match warm_up.speak(&mut synthesizers, &rest, |_| ()) {
            Ok(()) => info!(clauses = rest.len(), "all fixed sentences are spoken"),
            Err(SynthesisError::Cancelled) => {}
            Err(error) => warn!(%error, "fixed sentences could not be spoken ahead"),
        }
    })?;
    Ok(())
}

/// Reads the text files of a shop pack and checks them.
pub fn read_pack(folder: &Path) -> anyhow::Result<ShopPack> {
    ShopPack::parse(&pack_files(folder)?).with_context(|| format!("the shop pack {} is wrong", folder.display()))
}

/// Reads a pack as a server does that has started: with what its examples are about, if the sentence encoder was fetched.
pub(crate) fn read_pack_whole(folder: &Path, progress: Progress<'_>) -> anyhow::Result<(ShopPack, Option<Sentences>)> {
    let mut pack = read_pack(folder)?;
    let sentences = Sentences::open(&Cache::of_user()?)?;
    if let Some(sentences) = &sentences {
        sentences.teach(&mut pack, |done, all| progress("placing the shop's examples", done, all));
    }
    Ok((pack, sentences))
}

/// What a check of a shop pack found.
#[derive(Debug, Default)]
pub struct PackReport {
    /// What is wrong, each with file and line.
    pub mistakes: Vec<String>,
    /// What is allowed and may not be meant.
    pub hints: Vec<String>,
    /// Articles in the catalogue.
    pub articles: usize,
}

/// Checks a shop pack with everything that a server would read of it.
pub fn check_pack(folder: &Path) -> anyhow::Result<PackReport> {
    let mut report = PackReport::default();
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let text = [".yaml", ".yml", ".csv"].iter().any(|end| name.ends_with(end));
        if text && !ShopPack::FILES.contains(&name.as_str()) {
            report.hints.push(format!("{} is not read: it is none of the pack's files", folder.join(name).display()));
        }
    }
    let at = |problem: &dyn std::fmt::Display| format!("{}", folder.join(problem.to_string()).display());
    let pack = match ShopPack::parse(&pack_files(folder)?) {
        Ok(pack) => Some(pack),
        Err(error) => {
            let mistakes = error.each().iter().map(|problem| match problem {
                PackError::Missing { .. } => format!("{}: {problem}", folder.display()),
                PackError::Malformed { .. } | PackError::Several(_) => at(problem),
            });
            report.mistakes.extend(mistakes);
            None
        }
    };
    if let Some(pack) = &pack {
        report.articles = pack.products().len();
        report.hints.extend(pack.notes().iter().map(|note| at(note)));
        if TimeZone::get(&pack.shop().timezone).is_err() {
            report.mistakes.push(at(&format!("shop.yaml: `timezone` {:?} is no IANA time zone", pack.shop().timezone)));
        }
    }
    match references(&folder.join("photos")) {
        Err(error) => report.mistakes.push(format!("{error:#}")),
        Ok(photos) => {
            let sold = |id: &ProductId| {
                pack.as_ref().is_none_or(|pack| pack.products().iter().any(|product| product.id == *id))
            };
            let strays = photos.keys().filter(|id| !sold(id));
            report.mistakes.extend(strays.map(|id| at(&format!("photos/{id}: no article has this id"))));
        }
    }
    Ok(report)
}

fn pack_files(folder: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    for name in ShopPack::FILES {
        let path = folder.join(name);
        // A file that is not there is the pack's to complain about: it knows which ones it needs.
        let Ok(metadata) = path.metadata() else { continue };
        if metadata.len() > PACK_FILE_BYTES {
            bail!("{} is larger than {PACK_FILE_BYTES} bytes", path.display());
        }
        let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        files.insert(name.to_owned(), text);
    }
    Ok(files)
}

/// The catalogue photos: one folder for each product.
pub fn references(folder: &Path) -> anyhow::Result<HashMap<ProductId, Vec<Photo>>> {
    let mut references = HashMap::new();
    if !folder.is_dir() {
        return Ok(references);
    }
    for product in std::fs::read_dir(folder)? {
        let product = product?;
        if !product.file_type()?.is_dir() {
            continue;
        }
        let mut paths: Vec<_> =
            std::fs::read_dir(product.path())?.map(|file| Ok(file?.path())).collect::<std::io::Result<_>>()?;
        paths.sort();
        let photos = paths.iter().map(|path| {
            let bytes = std::fs::read(path)?;
            ermu_vision::decode(&bytes, DecodeLimits::default()).with_context(|| format!("{}", path.display()))
        });
        let id = ProductId(product.file_name().to_string_lossy().into_owned());
        references.insert(id, photos.collect::<anyhow::Result<_>>()?);
    }
    Ok(references)
}
