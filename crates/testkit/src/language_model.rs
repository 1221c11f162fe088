//! A language model's server, as far as Ermu asks it: it says what a test tells it to say, true or not.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

/// What it does about one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Says this.
    Says(String),
    /// Sends this instead of a completion.
    Sends(String),
    /// 500.
    Fails,
    /// No answer.
    Hangs,
}

#[derive(Debug, Default)]
struct Mind {
    replies: VecDeque<Reply>,
    requests: Vec<Value>,
}

/// A running server; it ends with this value.
#[derive(Debug)]
pub struct Server {
    /// Its address.
    pub url: String,
    mind: Arc<Mutex<Mind>>,
    running: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.running.abort();
    }
}

impl Server {
    /// Starts a server that gives these replies, and after them 500.
    ///
    /// # Panics
    /// If no port is free.
    pub async fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let mind = Arc::new(Mutex::new(Mind { replies: replies.into_iter().collect(), requests: Vec::new() }));
        let router = Router::new().route("/v1/chat/completions", post(complete)).with_state(Arc::clone(&mind));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap_or_else(|error| panic!("no free port: {error}"));
        let address = listener.local_addr().unwrap_or_else(|error| panic!("a port without a number: {error}"));
        let running = tokio::spawn(async move {
            axum::serve(listener, router).await.ok();
        });
        Self { url: format!("http://{address}/v1"), mind, running }
    }

    /// More replies, behind those that were not given yet.
    pub fn replies(&self, replies: impl IntoIterator<Item = Reply>) {
        lock(&self.mind).replies.extend(replies);
    }

    /// The bodies of all requests so far.
    #[must_use]
    pub fn requests(&self) -> Vec<Value> {
        lock(&self.mind).requests.clone()
    }
}

fn lock(mind: &Mutex<Mind>) -> std::sync::MutexGuard<'_, Mind> {
    mind.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn complete(State(mind): State<Arc<Mutex<Mind>>>, Json(request): Json<Value>) -> Response {
    let reply = {
        let mut mind = lock(&mind);
        mind.requests.push(request);
        mind.replies.pop_front()
    };
    match reply {
        Some(Reply::Says(content)) => {
            Json(json!({"choices": [{"index": 0, "message": {"role": "assistant", "content": content}}]}))
                .into_response()
        }
        Some(Reply::Sends(body)) => body.into_response(),
        Some(Reply::Hangs) => std::future::pending().await,
        Some(Reply::Fails) | None => {
            (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({"error": {"message": "out of memory"}}))).into_response()
        }
    }
}
