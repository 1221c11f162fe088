//! Calls a server and sends it photos, as the page does.

use std::{net::IpAddr, path::PathBuf, time::Duration};

use anyhow::{Context, bail};
use ermu_domain::Language;
use ermu_media::{Call, CallState, ClientConfig, Codec, MediaClient};
use tokio::time::timeout;

const CONNECT: Duration = Duration::from_secs(15);

/// How a server is called.
#[derive(Debug, Default)]
pub(crate) struct Dialling {
    pub(crate) language: Language,
    /// All are offered if none is named.
    pub(crate) codec: Option<Codec>,
    /// The pass of a customer whom the shop's site has signed in.
    pub(crate) pass: Option<String>,
}

/// Whether the server is on this machine, so that there is no network whose jitter must be evened out.
pub(super) fn is_here(server: &str) -> bool {
    let host = reqwest::Url::parse(server).ok().and_then(|url| url.host_str().map(str::to_owned));
    host.is_some_and(|host| host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()))
}

/// Calls a server as the page does; returns the session's id and the connected call.
pub async fn dial(http: &reqwest::Client, server: &str, language: Language) -> anyhow::Result<(String, Call)> {
    connect(http, server, &Dialling { language, ..Dialling::default() }, ClientConfig::default()).await
}

pub(super) async fn connect(
    http: &reqwest::Client,
    server: &str,
    dialling: &Dialling,
    config: ClientConfig,
) -> anyhow::Result<(String, Call)> {
    let (pending, offer) = MediaClient::offer(config).await?;
    let mut request = http
        .post(format!("{server}/v1/calls?lang={}", dialling.language))
        .header("content-type", "application/sdp")
        .body(offer);
    if let Some(pass) = &dialling.pass {
        request = request.header("ermu-caller-pass", pass);
    }
    let response =
        request.send().await.with_context(|| format!("no server answers at {server}: start one with `ermu serve`"))?;
    if response.status() != 201 {
        bail!("{server} refused the call: {} {}", response.status(), response.text().await.unwrap_or_default());
    }
    let location = response.headers().get("location").and_then(|value| value.to_str().ok());
    let session = location.and_then(|path| path.rsplit('/').next()).context("the answer names no call")?.to_owned();
    let call = pending.answer(&response.text().await?).await?;
    let mut state = call.handle.state();
    let connected = timeout(CONNECT, state.wait_for(|state| !matches!(state, CallState::Connecting)));
    match *connected.await.context("the call did not connect in time")?? {
        CallState::Connecting | CallState::Connected => Ok((session, call)),
        CallState::Ended(reason) => bail!("the call ended before it began: {}", reason.as_str()),
    }
}

pub(super) async fn upload(http: reqwest::Client, url: String, path: PathBuf) -> anyhow::Result<()> {
    let bytes = tokio::fs::read(&path).await.with_context(|| format!("cannot read {}", path.display()))?;
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let form = reqwest::multipart::Form::new().part("photo", reqwest::multipart::Part::bytes(bytes).file_name(name));
    let response = http.post(url).multipart(form).send().await?;
    if response.status() != 202 {
        bail!("the photo {} was refused: {}", path.display(), response.text().await.unwrap_or_default());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::is_here;

    #[test]
    fn only_this_machine_needs_no_patience_with_the_network() {
        assert!(is_here("http://127.0.0.1:8080") && is_here("http://localhost:1"));
        assert!(!is_here("https://ermu.example") && !is_here("http://10.0.0.1") && !is_here("nonsense"));
    }
}
