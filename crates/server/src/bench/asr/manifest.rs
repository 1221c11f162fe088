//! What was said in which file: `manifest.toml` of `audio-fixtures`, or a table `manifest.tsv` of anybody's own.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, bail};
use ermu_audio::{resample::resample, wav};
use ermu_domain::{Language, SampleRate};
use serde::Deserialize;

use super::score;

/// The longest file.
const LONGEST: Duration = Duration::from_secs(300);
/// Fewer digits than this are a count, not a number that is read out.
const DIGIT_STRING: usize = 4;

/// What `--help` says about manifests.
pub(super) const HELP: &str = "\
A FOLDER holds sound files and a manifest:
  manifest.tsv   tab-separated, with a header line. Columns: `file` (WAV of any rate, or FLAC; relative to the folder),
                 `lang` (zh, en, es, pt, ar; lines in other languages are left out), `transcript` (what is said;
                 `KW:a,b` where only key words are known), and if you like `category` (else the language) and
                 `expecting` (anything, digits or yes_no: what the speaker was asked for; else digits where the
                 transcript is nothing but digits). Other columns are ignored.
  manifest.toml  as in audio-fixtures: [[fixture]] with `file` and `speech = { text, language }`; the category is
                 the language and the file's condition (codec, noise). Sounds without speech are left out.";

/// One file and what is said in it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) file: PathBuf,
    pub(super) language: Language,
    pub(super) category: String,
    pub(super) truth: Truth,
    pub(super) expecting: Expecting,
}

/// What is known of what is said.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Truth {
    /// Every word.
    Words(String),
    /// Some of the words.
    KeyWords(Vec<String>),
}

/// What the speaker was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Expecting {
    Anything,
    Digits,
    YesNo,
}

impl From<Expecting> for ermu_speech::transcriber::Expecting {
    fn from(expecting: Expecting) -> Self {
        match expecting {
            Expecting::Anything => Self::Anything,
            Expecting::Digits => Self::Digits,
            Expecting::YesNo => Self::YesNo,
        }
    }
}

impl Row {
    /// The number that is read out and nothing else, if so.
    pub(super) fn digits(&self) -> Option<String> {
        match &self.truth {
            Truth::Words(text) => score::bare_digits(text).filter(|digits| digits.len() >= DIGIT_STRING),
            Truth::KeyWords(_) => None,
        }
    }

    /// The sound, 16 kHz.
    pub(super) fn sound(&self) -> anyhow::Result<Vec<f32>> {
        if self.file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("flac")) {
            return flac(&self.file).with_context(|| format!("cannot read {}", self.file.display()));
        }
        Ok(wav::read(&self.file, LONGEST)?.mono_at(SampleRate::HZ_16000)?)
    }
}

/// Reads the manifest of a folder.
pub(super) fn read(folder: &Path) -> anyhow::Result<Vec<Row>> {
    let (toml, tsv) = (folder.join("manifest.toml"), folder.join("manifest.tsv"));
    let text = |path: &Path| std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()));
    let rows = if tsv.is_file() {
        table(&text(&tsv)?).with_context(|| format!("{}", tsv.display()))?
    } else if toml.is_file() {
        fixtures(&text(&toml)?).with_context(|| format!("{}", toml.display()))?
    } else {
        bail!("{} has neither manifest.tsv nor manifest.toml (see --help)", folder.display());
    };
    Ok(rows.into_iter().map(|row| Row { file: folder.join(&row.file), ..row }).collect())
}

fn table(text: &str) -> anyhow::Result<Vec<Row>> {
    let mut lines = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    let header: Vec<&str> = lines.next().context("is empty")?.0.split('\t').map(str::trim).collect();
    let find = |names: &[&str]| header.iter().position(|field| names.contains(field));
    let need = |names: &[&str]| find(names).with_context(|| format!("line 1: no column `{}`", names[0]));
    let (file, lang, transcript) = (need(&["file"])?, need(&["lang", "language"])?, need(&["transcript", "text"])?);
    let (category, expecting) = (find(&["category"]), find(&["expecting"]));
    let mut rows = Vec::new();
    for (line, number) in lines {
        let fields: Vec<&str> = line.split('\t').map(str::trim).collect();
        let get = |column: usize| fields.get(column).copied().filter(|field| !field.is_empty());
        let need = |column: usize| get(column).with_context(|| format!("line {number}: no `{}`", header[column]));
        let Ok(language) = need(lang)?.parse::<Language>() else { continue };
        let said = need(transcript)?;
        let truth = match said.strip_prefix("KW:") {
            Some(words) => Truth::KeyWords(words.split([',', '，']).map(|word| word.trim().to_owned()).collect()),
            None => Truth::Words(said.to_owned()),
        };
        let expecting = match expecting.and_then(get) {
            None => asked_for(&truth),
            Some("anything") => Expecting::Anything,
            Some("digits") => Expecting::Digits,
            Some("yes_no") => Expecting::YesNo,
            Some(other) => bail!("line {number}: `expecting` {other:?} is none of anything, digits, yes_no"),
        };
        let category = category.and_then(get).map_or_else(|| language.code().to_owned(), str::to_owned);
        rows.push(Row { file: need(file)?.into(), language, category, truth, expecting });
    }
    Ok(rows)
}

fn asked_for(truth: &Truth) -> Expecting {
    match truth {
        Truth::Words(text) if score::bare_digits(text).is_some_and(|digits| digits.len() >= DIGIT_STRING) => {
            Expecting::Digits
        }
        Truth::Words(_) | Truth::KeyWords(_) => Expecting::Anything,
    }
}

#[derive(Deserialize)]
struct Fixtures {
    fixture: Vec<Fixture>,
}

#[derive(Deserialize)]
struct Fixture {
    file: PathBuf,
    speech: Option<Speech>,
}

#[derive(Deserialize)]
struct Speech {
    text: String,
    language: Language,
    noise: Option<String>,
    codec: Option<String>,
    speed: Option<f32>,
    expecting: Option<Expecting>,
}

fn fixtures(text: &str) -> anyhow::Result<Vec<Row>> {
    let fixtures: Fixtures = toml::from_str(text)?;
    let row = |fixture: Fixture| {
        let speech = fixture.speech?;
        let mut category = speech.language.code().to_owned();
        let fast = speech.speed.filter(|&speed| speed > 1.2).map(|_| "fast".to_owned());
        for condition in [fast, speech.noise, speech.codec].into_iter().flatten() {
            category.push('_');
            category.push_str(&condition);
        }
        let truth = Truth::Words(speech.text);
        let expecting = speech.expecting.unwrap_or_else(|| asked_for(&truth));
        Some(Row { file: fixture.file, language: speech.language, category, truth, expecting })
    };
    Ok(fixtures.fixture.into_iter().filter_map(row).collect())
}

fn flac(path: &Path) -> anyhow::Result<Vec<f32>> {
    let mut reader = claxon::FlacReader::open(path)?;
    let info = reader.streaminfo();
    let rate = SampleRate::new(info.sample_rate).context("a rate that no device uses")?;
    let limit = LONGEST.as_secs() * u64::from(info.sample_rate);
    if info.channels != 1 || !(8..=32).contains(&info.bits_per_sample) {
        bail!("save it with one channel and 8 to 32 bits");
    }
    let scale = 1.0 / (1_i64 << (info.bits_per_sample - 1)) as f32;
    let mut pcm = Vec::new();
    for sample in reader.samples() {
        if pcm.len() as u64 >= limit {
            bail!("it is longer than {} s", LONGEST.as_secs());
        }
        pcm.push(sample? as f32 * scale);
    }
    Ok(resample(&pcm, rate, SampleRate::HZ_16000)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_needs_three_columns() {
        let rows =
            table("file\tlang\ttranscript\na.wav\tzh\t一二三四五六\nb.wav\tde\tHallo\nc.wav\ten\tKW:rain, sun\n")
                .unwrap();
        assert_eq!(rows.len(), 2, "German is left out");
        assert_eq!(rows[0].digits().as_deref(), Some("123456"));
        assert_eq!((rows[0].expecting, rows[0].category.as_str()), (Expecting::Digits, "zh"));
        assert_eq!(rows[1].truth, Truth::KeyWords(vec!["rain".to_owned(), "sun".to_owned()]));
    }

    #[test]
    fn a_wrong_table_names_its_line() {
        for (text, complaint) in [
            ("", "is empty"),
            ("file\tlang\n", "line 1: no column `transcript`"),
            ("file\tlang\ttranscript\n\na.wav\tzh\n", "line 3: no `transcript`"),
            ("file\tlang\ttranscript\texpecting\na.wav\tzh\t好\tno\n", "line 2: `expecting` \"no\""),
        ] {
            let error = table(text).unwrap_err().to_string();
            assert!(error.starts_with(complaint), "{error}");
        }
    }

    #[test]
    fn the_fixtures_of_this_project_are_rows() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../audio-fixtures");
        let rows = read(&folder).unwrap();
        assert!(rows.len() > 20 && rows.iter().all(|row| row.file.is_file()));
        assert!(rows.iter().any(|row| row.category == "zh_babble" && row.digits().is_some()));
        assert!(rows.iter().any(|row| row.category == "zh_mulaw_8k"));
    }
}
