//! The same customers by voice: each with a server of its own, over a real call. Their words are spoken by the synthesizer, in another
//! voice than the agent's; what Ermu said is what its page shows.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, ensure};
use ermu_audio::resample::resample;
use ermu_domain::{Language, SampleRate, SessionId};
use ermu_speech::synth::{Synthesizer, VoiceName, split_clauses};
use ermu_store::Store;
use serde_json::Value;
use tokio::{
    sync::{Mutex, mpsc},
    task::JoinSet,
};

use super::{
    Report,
    case::{Case, Mood, Photo, Topic},
    customer::{self, Conversation, asked},
    judge::Played,
};
use crate::{
    call::{Caller, Dialling, Happening, Line, Step},
    config::Config,
    process::Server,
    terminal,
};

/// Whose voices the customers have: in Chinese the first three one after the other, then one each in English, Spanish and
/// Portuguese.
pub(crate) const VOICES: [&str; 6] = ["zm_yunjian", "zf_xiaoyi", "zm_yunxi", "am_michael", "em_alex", "pm_alex"];
/// Silence between two of their sentences: 0.2 s at 24 kHz.
const PAUSE_SAMPLES: usize = 4_800;
/// Whoever has said a number this often types it.
const PATIENCE: usize = 2;
/// How the log tells that.
pub(super) const TYPED: &str = "gives up speaking";
/// Digits from which on a number is a name.
const NAME_DIGITS: usize = 4;
/// How long Ermu has spoken when it is interrupted.
const INTO_THE_ANSWER: Duration = Duration::from_millis(1_500);

/// How calls are placed.
pub(crate) struct VoicePlan {
    /// The servers' configuration.
    pub(crate) config: Config,
    /// Speaks the customers' words in [`VOICES`].
    pub(crate) synthesizer: Synthesizer,
    /// Where the photos of the cases lie.
    pub(crate) photos: PathBuf,
    /// So many of the cases, evenly spread; none: all.
    pub(crate) sample: Option<usize>,
    /// Calls at the same time, each with its server.
    pub(crate) at_once: usize,
    /// Where the recording and the words of each call go.
    pub(crate) keep: Option<PathBuf>,
}

struct Studio {
    config: Config,
    synthesizer: Mutex<Synthesizer>,
    photos: PathBuf,
    keep: Option<PathBuf>,
}

/// A customer whose calls are over.
struct Done {
    at: usize,
    file: String,
    case: Case,
    wording: usize,
    played: Played,
}

pub(super) async fn run(mut cases: Vec<(String, Case)>, plan: VoicePlan) -> anyhow::Result<Report> {
    let VoicePlan { mut config, synthesizer, photos, sample, at_once, keep } = plan;
    if let Some(folder) = &keep {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    let all = cases.len();
    // No voice speaks Arabic.
    let speaks = |case: &Case| case.language != Language::Arabic;
    cases.retain(|(_, case)| speaks(case) && case.all_photos().all(|photo| photo.file.is_some()));
    let skipped = all - cases.len();
    let wanted = sample.unwrap_or(cases.len()).clamp(1, cases.len().max(1));
    let count = cases.len();
    let mut waiting: Vec<_> = cases
        .into_iter()
        .enumerate()
        .filter(|(at, _)| at * wanted / count != (at + 1) * wanted / count)
        .map(|(at, (file, case))| (at, file, case))
        .collect();
    ensure!(!waiting.is_empty(), "no case can be played by voice");
    // What is not spoken ahead is spoken when it is needed: the same sentences as in the servers before.
    config.voices.speak_ahead = false;
    let studio = Arc::new(Studio { config, synthesizer: Mutex::new(synthesizer), photos, keep });
    let mut report = Report { cases: waiting.len(), skipped, ..Report::default() };
    waiting.reverse();
    let waiting = Arc::new(Mutex::new(waiting));
    let (ended, mut calls) = mpsc::unbounded_channel();
    let mut lines = JoinSet::new();
    for _ in 0..at_once.max(1) {
        let (waiting, studio, ended) = (Arc::clone(&waiting), Arc::clone(&studio), ended.clone());
        lines.spawn(async move {
            loop {
                let next = waiting.lock().await.pop();
                let Some((at, file, case)) = next else { break };
                // Another wording from case to case.
                let wording = at % case.opening.len();
                let played = play(&case, at, &studio).await.unwrap_or_else(|error| Played::broken(&error));
                if ended.send(Done { at, file, case, wording, played }).is_err() {
                    break;
                }
            }
        });
    }
    drop(ended);
    let mut done: Vec<Done> = Vec::new();
    while let Some(call) = calls.recv().await {
        let problems = &call.played.problems;
        let mark = if problems.is_empty() { "✓" } else { "✗" };
        let (file, name, of) = (&call.file, &call.case.name, report.cases);
        terminal::note(format!("{mark} {file}: {name} ({} of {of})  {}", done.len() + 1, problems.join("; ")));
        done.push(call);
    }
    done.sort_by_key(|done| done.at);
    for Done { file, case, wording, played, .. } in done {
        report.add(&file, &case, wording, played);
    }
    Ok(report)
}

async fn play(case: &Case, at: usize, studio: &Arc<Studio>) -> anyhow::Result<Played> {
    let wording = at % case.opening.len();
    let [chinese @ .., english, spanish, portuguese] = &VOICES;
    let voice = match case.language {
        Language::Chinese => chinese[at % chinese.len()],
        Language::English | Language::Arabic => english,
        Language::Spanish => spanish,
        Language::Portuguese => portuguese,
    };
    let server = Server::start(&studio.config).await?;
    let (mut sessions, mut log, mut consents, mut problems) = (Vec::new(), Vec::new(), 0, Vec::new());
    for number in 1..=case.calls {
        let pass = pass(&server.url, &case.caller).await?;
        let dialling = Dialling { language: case.language, codec: None, pass };
        let caller = Caller::dial(&server.url, &dialling).await?;
        sessions.push(caller.session().parse::<SessionId>()?);
        let mut call = VoiceCall {
            caller: Some(caller),
            studio: Arc::clone(studio),
            language: case.language,
            voice,
            read: 0,
            fresh: String::new(),
            log: Vec::new(),
            watch: Vec::new(),
            consents: 0,
            last_said: None,
            said_again: 0,
            recording: studio.keep.as_ref().map(|folder| folder.join(format!("{}-{number}.wav", case.name))),
        };
        call.settle().await?;
        if let Err(error) = customer::play(case, wording, &mut call).await {
            problems.push(format!("{error:#}"));
        }
        call.hang_up().await?;
        if let Some(path) = &call.recording {
            std::fs::write(path.with_extension("txt"), call.log.join("\n"))?;
        }
        log.append(&mut call.log);
        consents += call.consents;
    }
    let data = server.stop().await?;
    let store = Store::open(&data.path().join("ermu.db")).await?;
    let stored = store.tickets(ermu_store::TicketQuery { limit: 100, ..Default::default() }).await?;
    let written = stored.iter().filter(|stored| stored.ticket.decision.is_some()).count();
    Played::judge(case, &store, &sessions, log, written.saturating_sub(consents), problems).await
}

/// A pass for the call of a signed-in customer.
async fn pass(server: &str, phone: &str) -> anyhow::Result<Option<String>> {
    if phone.is_empty() {
        return Ok(None);
    }
    let body = serde_json::json!({"phone": phone});
    let answer = reqwest::Client::new().post(format!("{server}/v1/callers")).json(&body).send().await?;
    let answer: Value = answer.error_for_status()?.json().await?;
    Ok(answer["pass"].as_str().map(str::to_owned))
}

struct VoiceCall {
    /// None once it is over.
    caller: Option<Caller>,
    studio: Arc<Studio>,
    language: Language,
    voice: &'static str,
    /// Notices that were read.
    read: usize,
    fresh: String,
    log: Vec<String>,
    watch: Vec<Topic>,
    consents: usize,
    last_said: Option<String>,
    /// How often it was said again since.
    said_again: usize,
    /// Where the recording goes; the words beside it.
    recording: Option<PathBuf>,
}

/// Whoever has to say a number again says it digit by digit.
fn slowly(text: &str) -> String {
    let mut slow = String::new();
    for c in text.chars() {
        if c.is_ascii_digit() && slow.ends_with(|last: char| last.is_ascii_digit()) {
            slow.push('，');
        }
        slow.push(c);
    }
    slow
}

/// The end of a phone number is no quantity: runs of four digits and more are read one by one.
fn digit_by_digit(text: &str, language: Language) -> String {
    let mut spoken = String::new();
    for run in text.split_inclusive(|c: char| !c.is_ascii_digit()) {
        let digits = run.trim_end_matches(|c: char| !c.is_ascii_digit());
        if digits.len() < NAME_DIGITS {
            spoken.push_str(run);
            continue;
        }
        for digit in digits.chars() {
            match digit.to_digit(10).filter(|_| language == Language::Chinese) {
                Some(value) => spoken.extend("零一二三四五六七八九".chars().nth(value as usize)),
                None => spoken.extend([' ', digit]),
            }
        }
        spoken.push_str(&run[digits.len()..]);
    }
    spoken
}

impl VoiceCall {
    /// What the customer says, at 48 kHz. The call goes on meanwhile, or silence would be missing in it.
    async fn spoken(&mut self, text: &str) -> anyhow::Result<Vec<f32>> {
        let (studio, language, voice) = (Arc::clone(&self.studio), self.language, VoiceName::from(self.voice));
        let text = digit_by_digit(text, language);
        let sound = tokio::task::spawn_blocking(move || {
            let mut synthesizer = studio.synthesizer.blocking_lock();
            let mut sound = Vec::new();
            for clause in split_clauses(&text, language) {
                sound.extend(synthesizer.synthesize(&clause, language, &voice, 1.0)?.pcm_24k);
                sound.resize(sound.len() + PAUSE_SAMPLES, 0.0);
            }
            sound.truncate(sound.len().saturating_sub(PAUSE_SAMPLES));
            anyhow::Ok(resample(&sound, SampleRate::HZ_24000, SampleRate::HZ_48000)?)
        });
        if let Some(caller) = &mut self.caller {
            caller.until(|_| sound.is_finished(), &mut ignore).await?;
        }
        sound.await?
    }

    async fn act(&mut self, step: Step, sound: Vec<f32>) -> anyhow::Result<()> {
        if let Some(caller) = &mut self.caller {
            caller.act(&step, sound, &mut ignore);
        }
        self.settle().await
    }

    /// Until Ermu has answered, or begins to ask what is cut short.
    async fn settle(&mut self) -> anyhow::Result<()> {
        let Some(mut caller) = self.caller.take() else { return Ok(()) };
        let (watch, before) = (self.watch.clone(), self.read);
        let ready = |caller: &Caller| {
            let asks = || watch.contains(&asked(&said(&caller.notices()[before..])));
            caller.may_go_on(None) || (!watch.is_empty() && caller.answer_sounds().is_some() && asks())
        };
        let line = caller.until(ready, &mut ignore).await?;
        for (_, notice) in &caller.notices()[self.read..] {
            match (notice["type"].as_str(), notice["speaker"].as_str(), notice["text"].as_str()) {
                (Some("caption"), Some("agent"), Some(text)) => self.log.push(format!("Ermu: {text}")),
                (Some("caption"), _, Some(text)) => self.log.push(format!("heard: {text}")),
                (Some("photo"), ..) => self.log.push(format!("seen: {}", notice["words"])),
                _ => {}
            }
        }
        self.fresh.push_str(&said(&caller.notices()[self.read..]));
        self.read = caller.notices().len();
        match line {
            Line::Open => self.caller = Some(caller),
            Line::Ended => self.end(caller).await?,
        }
        Ok(())
    }

    async fn end(&self, caller: Caller) -> anyhow::Result<()> {
        let outcome = caller.finish().await?;
        match &self.recording {
            Some(path) => Ok(outcome.recording.write(path)?),
            None => Ok(()),
        }
    }

    /// The photo's file; what cannot be read is made on the spot.
    fn file(&self, photo: &Photo) -> anyhow::Result<PathBuf> {
        let name = photo.file.as_deref().context("no file shows this photo")?;
        let path = self.studio.photos.join(name);
        ensure!(path.is_file(), "{} is not there", path.display());
        Ok(path)
    }
}

fn ignore(_: Duration, _: Happening<'_>) {}

/// What the agent said in these notices.
fn said(notices: &[(Duration, Value)]) -> String {
    let of_agent = |notice: &&Value| notice["type"] == "caption" && notice["speaker"] == "agent";
    let texts = notices.iter().map(|(_, notice)| notice).filter(of_agent).filter_map(|notice| notice["text"].as_str());
    texts.map(|text| format!("{text}\n")).collect()
}

impl Conversation for VoiceCall {
    async fn say(&mut self, text: &str, mood: Mood) -> anyhow::Result<()> {
        self.log.push(format!("{}: {text}", if mood == Mood::Angry { "says angrily" } else { "says" }));
        let again = self.last_said.replace(text.to_owned()).is_some_and(|last| last == text);
        self.said_again = if again { self.said_again + 1 } else { 0 };
        if self.said_again >= PATIENCE && text.contains(|c: char| c.is_ascii_digit()) {
            self.log.push(format!("{TYPED}: {text}"));
            return self.write(text).await;
        }
        let sound = if again { self.spoken(&slowly(text)).await? } else { self.spoken(text).await? };
        self.act(Step::Say(PathBuf::new()), sound).await
    }

    async fn barge_in(&mut self, text: &str, _: Mood) -> anyhow::Result<()> {
        self.log.push(format!("interrupts: {text}"));
        let sound = self.spoken(text).await?;
        if let Some(caller) = &mut self.caller {
            let into = |caller: &Caller| caller.answer_sounds().is_some_and(|sounds| sounds >= INTO_THE_ANSWER);
            caller.until(into, &mut ignore).await?;
        }
        self.act(Step::Interrupt { file: PathBuf::new(), after: INTO_THE_ANSWER }, sound).await
    }

    async fn write(&mut self, text: &str) -> anyhow::Result<()> {
        self.log.push(format!("types: {text}"));
        if let Some(caller) = &mut self.caller {
            caller.write(text)?;
        }
        self.settle().await
    }

    async fn send(&mut self, photo: &Photo) -> anyhow::Result<()> {
        let file = self.file(photo)?;
        self.log.push(format!("sends: {}", Path::new(&file).display()));
        self.act(Step::Photo(file), Vec::new()).await
    }

    async fn hang_up(&mut self) -> anyhow::Result<()> {
        match self.caller.take() {
            Some(caller) => self.end(caller).await,
            None => Ok(()),
        }
    }

    fn heard(&mut self) -> String {
        std::mem::take(&mut self.fresh)
    }

    fn is_over(&self) -> bool {
        self.caller.is_none()
    }

    fn cut_short(&mut self, topics: Vec<Topic>) {
        self.watch = topics;
    }

    fn consent(&mut self, yes: bool) {
        self.consents += usize::from(yes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_said_as_callers_say_them() {
        assert_eq!(digit_by_digit("订单135790的第2件", Language::Chinese), "订单一三五七九零的第2件");
        assert_eq!(digit_by_digit("2222", Language::Chinese), "二二二二");
        assert_eq!(digit_by_digit("身高175厘米", Language::Chinese), "身高175厘米");
        assert_eq!(digit_by_digit("it is 7788, yes", Language::English), "it is  7 7 8 8, yes");
        assert_eq!(digit_by_digit(&slowly("7788"), Language::Chinese), "7，7，8，8");
    }
}
