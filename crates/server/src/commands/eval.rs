use std::{path::PathBuf, sync::Arc};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};

use crate::{
    bench::write_json,
    config::Config,
    eval::{
        calls::{self, Selection, VoicePlan},
        install, nlu, tau, vision,
    },
    terminal,
    wiring::{ModelFiles, read_pack, read_pack_whole},
};

#[derive(Debug, Args)]
pub(super) struct EvalArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Play scripted customers against the core, in text, and judge the database and what was said
    Calls(CallsArgs),
    /// Measure photos of walls whose truth is known
    Install(InstallArgs),
    /// Read lines whose intent is known, with and without errors of a transcriber
    Nlu(NluArgs),
    /// Play retail tasks derived from tau2-bench, in text, and judge the database and the facts that were said
    Tau(TauArgs),
    /// Look for damage on photos whose truth is known
    Vision(VisionArgs),
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  ermu eval calls shops/demo/calls --json calls.json\n  ermu eval calls shops/demo/calls --voice --sample 40\n\n\
                        docs/eval-calls.md explains the files."
)]
struct CallsArgs {
    /// Folder of the cases
    folder: PathBuf,
    /// Only cases whose file or name holds this
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Calls at once when the time of decisions is taken
    #[arg(long, default_value_t = 1000)]
    sessions: usize,
    /// Speak instead: every customer calls a server of its own over WebRTC, in real time
    #[arg(long)]
    voice: bool,
    /// With --voice: only so many customers, evenly spread
    #[arg(long, value_name = "N", requires = "voice")]
    sample: Option<usize>,
    /// With --voice: calls at the same time, each with its own server (1.2 GB)
    #[arg(long, value_name = "N", requires = "voice", default_value_t = 1)]
    at_once: usize,
    /// With --voice: folder of the photos that the cases name
    #[arg(long, value_name = "DIR", requires = "voice", default_value = "image-fixtures")]
    photos: PathBuf,
    /// With --voice: keep each call's stereo recording and words here
    #[arg(long, value_name = "DIR", requires = "voice")]
    keep: Option<PathBuf>,
    /// Print the whole call of each case that is not resolved
    #[arg(long)]
    show: bool,
    /// Write the numbers as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  ermu eval nlu shops/demo/held-out.zh.txt --noise 0.1 --json nlu.json\n\nA file holds JSON (a list of \
                        objects with text and y) or rows of intent|line|line|…"
)]
struct NluArgs {
    /// Lines with their intents
    file: PathBuf,
    /// Share of the characters that are disturbed in a second run
    #[arg(long, default_value_t = 0.1, value_name = "SHARE")]
    noise: f64,
    /// Understand by words alone, as where the sentence encoder was not fetched
    #[arg(long)]
    words_only: bool,
    /// Write the numbers as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  ermu eval vision image-fixtures --page worst.html\n  ermu eval vision ../shared/data/vision --only magnetic-tile\n\n\
                        A folder holds manifest.toml (image-fixtures/manifest.toml shows one) or public sets as their makers give \
                        them out:\nmagnetic_tile, kolektorsdd_yolo, deeppcb, aws_lookout. docs/eval-vision.md explains the numbers."
)]
struct VisionArgs {
    /// Photos with what is true about them
    folder: PathBuf,
    /// Only the set of this name
    #[arg(long, value_name = "SET")]
    only: Option<String>,
    /// Another model than the configured one
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Write a page with the photos that went worst
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
    /// Write the numbers as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ermu eval install walls --json walls.json --page worst.html\n\n\
                        The folder holds photos and manifest.toml; docs/eval-install.md explains it, and how to render such a folder.")]
struct InstallArgs {
    /// Photos of walls with what is true about them
    folder: PathBuf,
    /// Write a page with the photos that went worst
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
    /// Write the numbers as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  ermu eval tau ../shared/data/tau2/retail --json tau.json\n\nThe folder holds db.json and \
                        tasks_train.json of tau2-bench's retail domain; docs/eval-tau.md says how its figure differs \
                        from the benchmark's."
)]
struct TauArgs {
    /// Folder of the database and the tasks
    folder: PathBuf,
    /// Only these tasks, by their ids with commas between
    #[arg(long, value_name = "IDS")]
    only: Option<String>,
    /// Print the whole talk of each task that is not solved
    #[arg(long)]
    show: bool,
    /// Write the numbers and all talks as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

impl EvalArgs {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<()> {
        match self.what {
            What::Calls(args) => args.run(&config).await,
            What::Install(args) => args.run(),
            What::Nlu(args) => args.run(&config),
            What::Tau(args) => args.run(),
            What::Vision(args) => args.run(&config),
        }
    }
}

impl CallsArgs {
    async fn run(self, config: &Config) -> anyhow::Result<()> {
        let report = if self.voice {
            let synthesizer = ModelFiles::open()?.synthesizer(&calls::VOICES)?;
            let (sample, at_once, photos) = (self.sample, self.at_once, self.photos);
            let plan = VoicePlan { config: config.clone(), synthesizer, photos, sample, at_once, keep: self.keep };
            let selection = Selection { only: self.only, sessions: self.sessions, sentences: None };
            calls::run_by_voice(&self.folder, &selection, plan).await?
        } else {
            let (pack, sentences) = read_pack_whole(&config.shop.pack, &mut terminal::progress())?;
            let selection = Selection { only: self.only, sessions: self.sessions, sentences };
            calls::run(&self.folder, Arc::new(pack), &selection).await?
        };
        for line in report.table(self.show) {
            terminal::say(line);
        }
        if let Some(path) = &self.json {
            std::fs::write(path, serde_json::to_vec_pretty(&report)?)
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
        if report.unconfirmed_writes + report.doubled_writes > 0 {
            bail!("something was written without a yes, or twice");
        }
        Ok(())
    }
}

impl NluArgs {
    fn run(self, config: &Config) -> anyhow::Result<()> {
        if !(0.0..=1.0).contains(&self.noise) {
            bail!("--noise is a share between 0 and 1, not {}", self.noise);
        }
        let (pack, sentences) = match self.words_only {
            true => (read_pack(&config.shop.pack)?, None),
            false => read_pack_whole(&config.shop.pack, &mut terminal::progress())?,
        };
        let report = nlu::run(&self.file, &pack, sentences.as_ref(), self.noise)?;
        for line in report.table() {
            terminal::say(line);
        }
        if let Some(path) = &self.json {
            std::fs::write(path, serde_json::to_vec_pretty(&report)?)
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }
}

impl VisionArgs {
    fn run(self, config: &Config) -> anyhow::Result<()> {
        let files = ModelFiles::open()?;
        let mut model = files.defect_model(config, self.model.as_ref())?;
        let catalogue = config.shop.pack.join("photos");
        let selection = vision::Selection { folder: self.folder, only: self.only, catalogue, page: self.page };
        let report = vision::run(&mut model, &selection, terminal::progress())?;
        for line in report.table() {
            terminal::say(line);
        }
        match &self.json {
            Some(path) => write_json(path, &report),
            None => Ok(()),
        }
    }
}

impl InstallArgs {
    fn run(self) -> anyhow::Result<()> {
        let mut progress = terminal::progress();
        let report = install::run(&self.folder, self.page.as_deref(), |done, all| progress("walls", done, all))?;
        for line in report.table() {
            terminal::say(line);
        }
        match &self.json {
            Some(path) => write_json(path, &report),
            None => Ok(()),
        }
    }
}

impl TauArgs {
    fn run(self) -> anyhow::Result<()> {
        let report = tau::run(&self.folder, self.only.as_deref())?;
        for line in report.table(self.show) {
            terminal::say(line);
        }
        if let Some(path) = &self.json {
            std::fs::write(path, serde_json::to_vec_pretty(&report)?)
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
        if report.unconfirmed_writes > 0 {
            bail!("something was written without a yes");
        }
        Ok(())
    }
}
