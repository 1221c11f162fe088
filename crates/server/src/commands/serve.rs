use std::{net::SocketAddr, path::PathBuf};

use clap::Args;

use crate::{Server, config::Config, terminal};

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ermu serve --listen 127.0.0.1:8080 --shop shops/demo --data data")]
pub(super) struct ServeArgs {
    /// Address of the page and the API; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Folder of the shop pack
    #[arg(long, value_name = "DIR")]
    shop: Option<PathBuf>,
    /// Folder of the database
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

impl ServeArgs {
    pub(super) async fn run(self, mut config: Config) -> anyhow::Result<()> {
        config.http.listen = self.listen.unwrap_or(config.http.listen);
        config.shop.pack = self.shop.unwrap_or(config.shop.pack);
        config.shop.data = self.data.unwrap_or(config.shop.data);
        let server = Server::start(&config, &mut terminal::progress()).await?;
        terminal::say(format!("Ermu takes calls at http://{}", server.address));
        asked_to_stop().await?;
        terminal::note("hanging up …");
        server.shut_down().await
    }
}

/// Returns at Ctrl-C, or when the system asks the process to end.
async fn asked_to_stop() -> std::io::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}
