//! A shop's own system as `docs/backend.openapi.yaml` describes it, in memory, on a free port of this machine; and what such
//! systems do on bad days.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

/// What goes wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// 500, and nothing was done.
    FailsBefore,
    /// It was done, but the answer is 500.
    FailsAfter,
    /// No answer, and nothing was done.
    HangsBefore,
    /// It was done, but no answer comes.
    HangsAfter,
    /// 422 with a reason.
    Refuses,
    /// 429 with `Retry-After: 0`.
    IsBusy,
    /// It was done; the answer is no JSON.
    Babbles,
    /// 302 to another address.
    LeadsAway,
    /// Orders of somebody else.
    MixesUp,
}

#[derive(Debug, Default)]
struct Books {
    /// Effects by their keys, and what was answered.
    answers: BTreeMap<String, (Value, Value)>,
    /// What was done, in order.
    done: Vec<Value>,
    orders: Vec<Value>,
    faults: VecDeque<Option<Fault>>,
    requests: usize,
    token: Option<String>,
}

/// A running system; it ends with this value.
#[derive(Debug)]
pub struct ShopSystem {
    /// Its address.
    pub url: String,
    books: Arc<Mutex<Books>>,
    running: JoinHandle<()>,
}

impl Drop for ShopSystem {
    fn drop(&mut self) {
        self.running.abort();
    }
}

impl ShopSystem {
    /// Starts a system that knows these orders (the stored form of `ermu_domain::Order`) and wants this token, if any.
    ///
    /// # Panics
    /// If no port is free.
    pub async fn start(orders: Vec<Value>, token: Option<&str>) -> Self {
        let books = Books { orders, token: token.map(str::to_owned), ..Books::default() };
        let books = Arc::new(Mutex::new(books));
        let router = Router::new()
            .route("/v1/effects", post(carry_out))
            .route("/v1/orders/search", post(search))
            .route("/v1/orders/{number}", get(order))
            .with_state(Arc::clone(&books));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap_or_else(|error| panic!("no free port: {error}"));
        let address = listener.local_addr().unwrap_or_else(|error| panic!("a port without a number: {error}"));
        let running = tokio::spawn(async move {
            axum::serve(listener, router).await.ok();
        });
        Self { url: format!("http://{address}"), books, running }
    }

    /// The next requests go wrong like this, one after the other; `None` goes well, as all that follow do.
    pub fn misbehave(&self, faults: impl IntoIterator<Item = Option<Fault>>) {
        lock(&self.books).faults.extend(faults);
    }

    /// What was done so far, in order: bodies of effects.
    #[must_use]
    pub fn done(&self) -> Vec<Value> {
        lock(&self.books).done.clone()
    }

    /// Requests so far, whatever became of them.
    #[must_use]
    pub fn requests(&self) -> usize {
        lock(&self.books).requests
    }
}

fn lock(books: &Mutex<Books>) -> std::sync::MutexGuard<'_, Books> {
    books.lock().unwrap_or_else(PoisonError::into_inner)
}

fn failure(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({"error": {"message": message}}))).into_response()
}

/// Counts a request, checks its token and takes the next fault.
fn begin(books: &Mutex<Books>, headers: &HeaderMap) -> Result<Option<Fault>, Box<Response>> {
    let mut books = lock(books);
    books.requests += 1;
    let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let wanted = books.token.as_ref().map(|token| format!("Bearer {token}"));
    if wanted.is_some() && shown != wanted.as_deref() {
        return Err(Box::new(failure(StatusCode::UNAUTHORIZED, "who are you?")));
    }
    Ok(books.faults.pop_front().flatten())
}

async fn before(fault: Option<Fault>) -> Option<Response> {
    match fault {
        Some(Fault::FailsBefore) => Some(failure(StatusCode::INTERNAL_SERVER_ERROR, "out of order")),
        Some(Fault::HangsBefore) => std::future::pending().await,
        Some(Fault::Refuses) => Some(failure(StatusCode::UNPROCESSABLE_ENTITY, "the order was paid back long ago")),
        Some(Fault::IsBusy) => Some((StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "0")]).into_response()),
        Some(Fault::LeadsAway) => {
            Some((StatusCode::FOUND, [(header::LOCATION, "http://127.0.0.1:1/")]).into_response())
        }
        Some(Fault::FailsAfter | Fault::HangsAfter | Fault::Babbles | Fault::MixesUp) | None => None,
    }
}

async fn after(fault: Option<Fault>, response: Response) -> Response {
    match fault {
        Some(Fault::FailsAfter) => failure(StatusCode::INTERNAL_SERVER_ERROR, "it is done, but I forgot to say so"),
        Some(Fault::HangsAfter) => std::future::pending().await,
        Some(Fault::Babbles) => "<html>done".into_response(),
        Some(
            Fault::FailsBefore
            | Fault::HangsBefore
            | Fault::Refuses
            | Fault::IsBusy
            | Fault::LeadsAway
            | Fault::MixesUp,
        )
        | None => response,
    }
}

async fn carry_out(State(books): State<Arc<Mutex<Books>>>, headers: HeaderMap, Json(effect): Json<Value>) -> Response {
    let fault = match begin(&books, &headers) {
        Ok(fault) => fault,
        Err(response) => return *response,
    };
    if let Some(response) = before(fault).await {
        return response;
    }
    let Some(key) = headers.get("idempotency-key").and_then(|key| key.to_str().ok()).map(str::to_owned) else {
        return failure(StatusCode::BAD_REQUEST, "no `Idempotency-Key`");
    };
    let answer = {
        let mut books = lock(&books);
        match books.answers.get(&key) {
            Some((known, answer)) if *known == effect => answer.clone(),
            Some(_) => return failure(StatusCode::UNPROCESSABLE_ENTITY, "the same key with another effect"),
            None => {
                books.done.push(effect.clone());
                let answer = json!({"reference": format!("R-{}", books.done.len())});
                books.answers.insert(key, (effect, answer.clone()));
                answer
            }
        }
    };
    after(fault, Json(answer).into_response()).await
}

async fn order(State(books): State<Arc<Mutex<Books>>>, headers: HeaderMap, Path(number): Path<String>) -> Response {
    let fault = match begin(&books, &headers) {
        Ok(fault) => fault,
        Err(response) => return *response,
    };
    if let Some(response) = before(fault).await {
        return response;
    }
    let is_it = |order: &&Value| (order["number"] == number.as_str()) != (fault == Some(Fault::MixesUp));
    let found = lock(&books).orders.iter().find(is_it).cloned();
    let response = found.map_or_else(|| failure(StatusCode::NOT_FOUND, "no such order"), |o| Json(o).into_response());
    after(fault, response).await
}

async fn search(State(books): State<Arc<Mutex<Books>>>, headers: HeaderMap, Json(query): Json<Value>) -> Response {
    let fault = match begin(&books, &headers) {
        Ok(fault) => fault,
        Err(response) => return *response,
    };
    if let Some(response) = before(fault).await {
        return response;
    }
    let is_theirs = |order: &&Value| order["phone"] == query["phone"] || fault == Some(Fault::MixesUp);
    let orders: Vec<_> = lock(&books).orders.iter().filter(is_theirs).cloned().collect();
    after(fault, Json(json!({"orders": orders})).into_response()).await
}
