//! A running server.

use std::net::SocketAddr;

use anyhow::Context;
use ermu_api::{ApiConfig, ApiState};
use ermu_domain::Pii;
use ermu_engine::Engine;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

use crate::{
    config::Config,
    reload,
    wiring::{Progress, start_engine},
};

/// A server that takes calls until it is shut down.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    engine: Engine,
    stop: oneshot::Sender<()>,
    running: JoinHandle<std::io::Result<()>>,
    /// Watches the shop pack.
    reload: JoinHandle<()>,
}

impl Server {
    /// Loads everything and begins to listen.
    pub async fn start(config: &Config, progress: Progress<'_>) -> anyhow::Result<Self> {
        // The address first: an address in use is the commonest mistake, and models take a while.
        let listener = TcpListener::bind(config.http.listen)
            .await
            .with_context(|| format!("cannot listen on {}: is another server running?", config.http.listen))?;
        let address = listener.local_addr()?;
        let staff_token = match &config.http.staff_token_file {
            None => None,
            Some(path) => {
                let token = std::fs::read_to_string(path)
                    .with_context(|| format!("cannot read `http.staff_token_file` {}", path.display()))?;
                Some(Pii::new(token.trim().to_owned()))
            }
        };
        let (engine, sentences) = start_engine(config, progress).await?;
        let api = ApiConfig { staff_token, ..ApiConfig::default() };
        let router = ermu_api::router(ApiState::new(engine.clone(), api));
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(async move {
            axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>())
                .with_graceful_shutdown(async { drop(stopped.await) })
                .await
        });
        let reload = reload::watch(config.shop.pack.clone(), sentences, engine.clone());
        Ok(Self { address, engine, stop, running, reload })
    }

    /// The engine, for tests and for the local microphone.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Ends every call, then stops listening.
    pub async fn shut_down(self) -> anyhow::Result<()> {
        self.reload.abort();
        self.engine.shut_down().await;
        self.stop.send(()).ok();
        Ok(self.running.await??)
    }
}
