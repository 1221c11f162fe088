//! All calls: accepts them, finds them, and ends them.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicU32, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use ermu_backend::LanguageModel;
use ermu_dialogue::{Core, Notice, Opening, ShopPack};
use ermu_domain::{Language, PhotoId, SessionId, TicketId};
use ermu_media::MediaServer;
use ermu_store::{Store, StoreError};
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use tokio::{
    sync::{Notify, mpsc},
    task::AbortHandle,
    time::timeout,
};
use tracing::{info, warn};
use uuid::Uuid;

use crate::{
    AcceptError, Backend, EngineConfig, Line, MetricsSnapshot, Models, OpenError, SessionError, SubmitPhotoError,
    adviser::Adviser,
    callers::{Caller, Callers},
    metrics::Metrics,
    models::ModelThreads,
    outbox::Outbox,
    session::{Command, Session},
    webrtc_line::WebRtcLine,
};

/// Commands that may wait for a session.
const COMMANDS_LIMIT: usize = 32;

/// What an engine is made of.
pub struct EngineParts {
    /// Accepts WebRTC calls.
    pub media: MediaServer,
    /// Keeps events, photos and tickets.
    pub store: Store,
    /// Knows the orders and carries out what tickets ask for.
    pub backend: Backend,
    /// Helps with what is not understood; none: nobody does.
    pub language_model: Option<LanguageModel>,
    /// What the shop's owner wrote.
    pub pack: Arc<ShopPack>,
    /// The loaded models.
    pub models: Models,
    /// The shop's time zone.
    pub time_zone: TimeZone,
    /// The JSON form in which the caller's page gets a notice.
    pub present: fn(&Notice) -> String,
    /// Limits.
    pub config: EngineConfig,
}

/// Runs all calls of one installation. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    pub(crate) shared: Arc<Shared>,
    media: Arc<MediaServer>,
    outbox: AbortHandle,
}

/// What every session needs.
pub(crate) struct Shared {
    pub(crate) store: Store,
    pub(crate) backend: Backend,
    pub(crate) adviser: Option<Adviser>,
    pub(crate) models: ModelThreads,
    pub(crate) metrics: Arc<Metrics>,
    /// Tells the outbox that a ticket was stored.
    pub(crate) ticket_stored: Arc<Notify>,
    pub(crate) present: fn(&Notice) -> String,
    pack: RwLock<Arc<ShopPack>>,
    time_zone: TimeZone,
    config: EngineConfig,
    sessions: Mutex<HashMap<SessionId, Handle>>,
    callers: Callers,
}

struct Handle {
    commands: mpsc::Sender<Command>,
    photos: Arc<AtomicU32>,
}

/// How a call begins.
#[derive(Debug, Clone, Default)]
pub struct CallOptions {
    /// The language in which Ermu greets.
    pub language: Language,
    /// Who calls, if the shop's site has signed them in: their own orders are known then, and nobody else's.
    pub caller: Option<Caller>,
}

/// A call that was accepted.
#[derive(Debug, Clone)]
pub struct AcceptedCall {
    /// Its session.
    pub session: SessionId,
    /// What to answer the caller's offer with.
    pub answer_sdp: String,
}

impl Engine {
    /// Starts the model threads, and a task that drains the outbox.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn start(parts: EngineParts) -> std::io::Result<Self> {
        let shared = Shared {
            store: parts.store,
            backend: parts.backend,
            adviser: parts.language_model.map(Adviser::new),
            models: ModelThreads::start(parts.models, &parts.config)?,
            metrics: Arc::default(),
            ticket_stored: Arc::default(),
            present: parts.present,
            pack: RwLock::new(parts.pack),
            time_zone: parts.time_zone,
            config: parts.config,
            sessions: Mutex::default(),
            callers: Callers::default(),
        };
        let outbox = Outbox {
            store: shared.store.clone(),
            backend: shared.backend.clone(),
            policy: shared.config.retry.clone(),
            metrics: Arc::clone(&shared.metrics),
            wake: Arc::clone(&shared.ticket_stored),
        };
        let outbox = tokio::spawn(outbox.run()).abort_handle();
        Ok(Self { shared: Arc::new(shared), media: Arc::new(parts.media), outbox })
    }

    /// A pass for the call of a customer whom the shop's site has signed in; none if too many are waiting.
    pub fn admit(&self, caller: Caller) -> Option<String> {
        self.shared.callers.admit(caller)
    }

    /// Whose pass it is. A pass counts once.
    pub fn redeem(&self, pass: &str) -> Option<Caller> {
        self.shared.callers.redeem(pass)
    }

    /// Accepts a WebRTC call: starts its session and returns the answer to the offer.
    pub async fn accept_call(&self, offer_sdp: &str, options: CallOptions) -> Result<AcceptedCall, AcceptError> {
        let (answer, call) = self.media.accept(offer_sdp).await.inspect_err(|error| {
            if matches!(error, AcceptError::Busy) {
                self.shared.metrics.calls_refused.add_one();
            }
        })?;
        let session = self
            .open(WebRtcLine::new(call), options)
            .await
            .map_err(|error| AcceptError::Internal(error.to_string()))?;
        Ok(AcceptedCall { session, answer_sdp: answer.sdp })
    }

    /// Starts a session on any line.
    pub async fn open<L: Line + 'static>(&self, line: L, options: CallOptions) -> Result<SessionId, OpenError> {
        let shared = &self.shared;
        let id = SessionId(Uuid::new_v4().as_u128());
        shared.store.begin_session(id, options.language, unix_ms()).await?;
        let caller_orders = match &options.caller {
            // Rather a call that asks for the order's number than none.
            Some(caller) => shared.backend.orders_of(&shared.store, caller).await.unwrap_or_else(|error| {
                warn!(%error, session = %id, "the caller's orders could not be looked up");
                Vec::new()
            }),
            None => Vec::new(),
        };
        let opening = Opening {
            session: id,
            language: options.language,
            today: self.shop_time(),
            caller_orders,
            voice_analysis: shared.models.voice_analysis(),
            config: shared.config.turns.clone(),
        };
        let pack = Arc::clone(&shared.pack.read().unwrap_or_else(PoisonError::into_inner));
        let core = Core::new(pack, opening);
        let session = Session::new(id, line, core, Arc::clone(shared))?;
        let (commands, orders) = mpsc::channel(COMMANDS_LIMIT);
        shared.sessions().insert(id, Handle { commands: commands.clone(), photos: Arc::default() });
        shared.metrics.calls_accepted.add_one();
        info!(session = %id, language = %options.language, "call accepted");
        let shared = Arc::clone(shared);
        tokio::spawn(async move {
            // Its own task, so that a session that panics ends alone and is still taken off the list.
            let mut running = tokio::spawn(session.run(orders));
            let ended = match timeout(shared.config.max_call, &mut running).await {
                Ok(ended) => ended,
                Err(_) => {
                    commands.send(Command::HangUp).await.ok();
                    running.await
                }
            };
            let reason = ended.unwrap_or_else(|error| {
                warn!(%error, session = %id, "a session broke");
                "failed"
            });
            shared.sessions().remove(&id);
            shared.metrics.calls_ended.add_one();
            if let Err(error) = shared.store.end_session(id, reason).await {
                warn!(%error, session = %id, "the end of a session could not be stored");
            }
        });
        Ok(id)
    }

    /// Passes on a network path that the caller's browser found after its offer.
    pub async fn add_candidates(&self, session: SessionId, sdp_fragment: &str) -> Result<(), SessionError> {
        self.command(session, Command::Candidates(sdp_fragment.to_owned())).await.map(drop)
    }

    /// Ends a call; returns once its papers are in order.
    pub async fn hang_up(&self, session: SessionId) -> Result<(), SessionError> {
        let commands = self.command(session, Command::HangUp).await?;
        commands.closed().await;
        Ok(())
    }

    /// Puts a photo into a call. Returns at once; what was seen is shown and spoken about in the call.
    pub async fn submit_photo(&self, session: SessionId, bytes: Bytes) -> Result<PhotoId, SubmitPhotoError> {
        let (commands, photos) = {
            let sessions = self.shared.sessions();
            let handle = sessions.get(&session).ok_or(SubmitPhotoError::UnknownSession)?;
            (handle.commands.clone(), Arc::clone(&handle.photos))
        };
        let limit = self.shared.config.max_photos;
        let photo = photos
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| (count < limit).then_some(count + 1))
            .map_err(|_| SubmitPhotoError::TooManyPhotos { limit })?
            + 1;
        let photo = PhotoId(photo);
        commands.send(Command::Photo { photo, bytes }).await.map_err(|_| SubmitPhotoError::UnknownSession)?;
        Ok(photo)
    }

    /// Takes up another shop pack: calls that begin from now on follow it, those on the line keep theirs.
    pub fn replace_pack(&self, pack: ShopPack) {
        *self.shared.pack.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(pack);
    }

    /// Has what was given up for a ticket tried again, at once.
    pub async fn retry_effects(&self, ticket: TicketId) -> Result<(), StoreError> {
        if self.shared.store.retry_effects(ticket).await? > 0 {
            self.shared.ticket_stored.notify_one();
        }
        Ok(())
    }

    /// What is kept: events, photos, tickets.
    pub fn store(&self) -> &Store {
        &self.shared.store
    }

    /// Counters, queues and latencies.
    pub fn metrics(&self) -> MetricsSnapshot {
        self.shared.metrics.snapshot(self.active_calls(), self.shared.models.queues().to_vec())
    }

    /// Calls on the line now.
    pub fn active_calls(&self) -> usize {
        self.shared.sessions().len()
    }

    /// Hangs every call up and waits until their papers are in order.
    pub async fn shut_down(&self) {
        let commands: Vec<_> = self.shared.sessions().values().map(|handle| handle.commands.clone()).collect();
        for session in commands {
            session.send(Command::HangUp).await.ok();
            session.closed().await;
        }
        // What is still in the outbox stays there for the next start.
        self.outbox.abort();
    }

    fn shop_time(&self) -> DateTime {
        Timestamp::now().to_zoned(self.shared.time_zone.clone()).datetime()
    }

    async fn command(&self, session: SessionId, command: Command) -> Result<mpsc::Sender<Command>, SessionError> {
        let commands = self.shared.sessions().get(&session).map(|handle| handle.commands.clone());
        let commands = commands.ok_or(SessionError::Unknown)?;
        commands.send(command).await.map_err(|_| SessionError::Unknown)?;
        Ok(commands)
    }
}

impl Shared {
    fn sessions(&self) -> std::sync::MutexGuard<'_, HashMap<SessionId, Handle>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unix_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
