use std::{
    fs::File,
    io::{BufRead, BufReader, IsTerminal, stdin},
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, bail};
use clap::Args;
use ermu_domain::Language;
use ermu_vision::FieldRules;
use jiff::{Timestamp, tz::TimeZone};

use crate::{
    chat::{Chat, Shown},
    config::Config,
    terminal,
    wiring::{ModelFiles, read_pack_whole, references},
};

#[derive(Debug, Args)]
#[command(after_help = "\
Lines that mean something besides words:
  /photo FILE   send a photo
  /wait 15      say nothing for 15 seconds
  /hangup       hang up; so does the end of the input
  # …           a comment
  > TEXT        (in scripts) what the answers since the last words have to hold

Examples:
  ermu chat --shop shops/demo
  ermu chat --script shops/demo/try.txt")]
pub(super) struct ChatArgs {
    /// Folder of the shop pack
    #[arg(long, value_name = "DIR")]
    shop: Option<PathBuf>,
    /// Language to greet in
    #[arg(long, default_value = "zh")]
    lang: Language,
    /// Take the lines from a file, and fail if an answer lacks what a line with > asks for
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
    /// Print tickets whole, as JSON
    #[arg(long)]
    tickets: bool,
}

impl ChatArgs {
    pub(super) fn run(self, config: &Config) -> anyhow::Result<()> {
        let folder = self.shop.as_ref().unwrap_or(&config.shop.pack);
        let (pack, sentences) = read_pack_whole(folder, &mut terminal::progress())?;
        let pack = Arc::new(pack);
        let zone = TimeZone::get(&pack.shop().timezone)
            .with_context(|| format!("{}: `timezone` is no IANA time zone", folder.join("shop.yaml").display()))?;
        let today = Timestamp::now().to_zoned(zone).datetime();
        let (photos, models) = (folder.join("photos"), config.clone());
        let load = move || {
            let files = ModelFiles::open()?;
            Ok((files.inspector(&models)?.with_reader(files.reader()?, FieldRules::ANY), references(&photos)?))
        };
        let (chat, greeting) = Chat::begin(&pack, sentences, self.lang, today, Box::new(load))?;
        let mut talk =
            Conversation { chat, tickets: self.tickets, answers: String::new(), line: 0, missing: Vec::new() };
        talk.show(greeting)?;
        match &self.script {
            Some(path) => {
                let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
                talk.run(BufReader::new(file), Echo::Lines)?;
                talk.verdict(path)
            }
            None if stdin().is_terminal() => talk.run(stdin().lock(), Echo::Nothing),
            None => talk.run(stdin().lock(), Echo::Lines),
        }
    }
}

/// Whether the caller's lines are printed: a terminal shows them already.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Echo {
    Lines,
    Nothing,
}

struct Conversation {
    chat: Chat,
    /// Whole tickets, as JSON.
    tickets: bool,
    /// What was answered since the caller's last words.
    answers: String,
    line: usize,
    /// What a script asked for and no answer held.
    missing: Vec<(usize, String)>,
}

impl Conversation {
    fn run(&mut self, lines: impl BufRead, echo: Echo) -> anyhow::Result<()> {
        for line in lines.lines() {
            let line = line.context("the input is no UTF-8 text")?;
            let line = line.trim();
            self.line += 1;
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(wanted) = line.strip_prefix('>') {
                let wanted = wanted.trim();
                if !self.answers.contains(wanted) {
                    self.missing.push((self.line, wanted.to_owned()));
                }
                continue;
            }
            if echo == Echo::Lines {
                terminal::say(format!("you   {line}"));
            }
            self.answers.clear();
            let shown = match line.split_once(char::is_whitespace).unwrap_or((line, "")) {
                ("/photo", file) => self.chat.send_photo(Path::new(file.trim()))?,
                ("/wait", seconds) => self.chat.wait(seconds.trim().parse().context("/wait needs whole seconds")?)?,
                ("/hangup" | "/quit", _) => break,
                _ => self.chat.say(line)?,
            };
            self.show(shown)?;
            if self.chat.is_over() {
                return Ok(());
            }
        }
        let shown = self.chat.hang_up()?;
        self.show(shown)
    }

    fn show(&mut self, shown: Vec<Shown>) -> anyhow::Result<()> {
        for shown in shown {
            let line = match shown {
                Shown::Says(text) => format!("ermu  {text}"),
                Shown::Sees(text) => format!("photo {text}"),
                Shown::Ticket(number, ticket) if self.tickets => {
                    format!("{number} {}", serde_json::to_string_pretty(&ticket)?)
                }
                Shown::Ticket(number, ticket) => format!("{number} {}", ticket.summary.get(ticket.language)),
                Shown::Keeps(question) => format!("kept  {question}"),
                Shown::Ends => "(the call is over)".to_owned(),
            };
            terminal::say(&line);
            self.answers.push_str(&line);
            self.answers.push('\n');
        }
        Ok(())
    }

    fn verdict(&self, script: &Path) -> anyhow::Result<()> {
        for (line, wanted) in &self.missing {
            terminal::note(format!("{}:{line}: no answer holds {wanted:?}", script.display()));
        }
        match self.missing.len() {
            0 => Ok(()),
            count => bail!("{count} of the answers are not as expected"),
        }
    }
}
