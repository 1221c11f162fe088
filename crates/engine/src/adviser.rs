//! The language model, kept from being a burden: few questions at a time, and none for a while after it failed again and again.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use ermu_backend::{LanguageModel, Prompt};
use ermu_dialogue::ModelRequest;
use tokio::{sync::Semaphore, time::Instant};
use tracing::{debug, warn};

use crate::metrics::Metrics;

/// Questions of all calls at the same time; a call that has one more goes on without an answer.
const MOST_QUESTIONS: usize = 4;
/// After so many failures in a row nobody is made to wait for it …
const MOST_FAILURES: u32 = 3;
/// … for this long.
const REST: Duration = Duration::from_secs(30);

/// Asks the language model. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Adviser {
    model: LanguageModel,
    places: Arc<Semaphore>,
    failures: Arc<Mutex<Failures>>,
}

#[derive(Debug, Default)]
struct Failures {
    in_a_row: u32,
    rests_until: Option<Instant>,
}

impl Adviser {
    pub(crate) fn new(model: LanguageModel) -> Self {
        Self { model, places: Arc::new(Semaphore::new(MOST_QUESTIONS)), failures: Arc::default() }
    }

    /// What the model writes; none if it has too much to do, rests, or fails.
    pub(crate) async fn ask(&self, request: &ModelRequest, metrics: &Metrics) -> Option<String> {
        if self.rests() {
            return None;
        }
        let Ok(_place) = self.places.try_acquire() else {
            debug!("the language model has too much to do");
            return None;
        };
        let ModelRequest { instructions, input, schema, schema_name } = request;
        let answer = self.model.ask(Prompt { instructions, input, schema, schema_name }).await;
        self.note(answer.is_ok());
        match answer {
            Ok(answer) => {
                metrics.model_answers.add_one();
                Some(answer)
            }
            Err(error) => {
                metrics.model_failures.add_one();
                warn!(%error, "a question to the language model was given up");
                None
            }
        }
    }

    fn rests(&self) -> bool {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.rests_until.is_some_and(|until| Instant::now() < until)
    }

    fn note(&self, answered: bool) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.in_a_row = if answered { 0 } else { failures.in_a_row + 1 };
        failures.rests_until = (failures.in_a_row >= MOST_FAILURES).then(|| Instant::now() + REST);
    }
}

#[cfg(test)]
mod tests {
    use ermu_backend::LanguageModelConfig;
    use ermu_testkit::language_model::{Reply, Server};

    use super::*;

    fn adviser(server: &Server) -> Adviser {
        let config = LanguageModelConfig {
            url: server.url.clone(),
            model: "stub".into(),
            token: None,
            timeout: Duration::from_secs(20),
        };
        Adviser::new(LanguageModel::new(&config).unwrap())
    }

    fn request() -> ModelRequest {
        ModelRequest {
            instructions: "say yes".into(),
            input: "{}".into(),
            schema: serde_json::json!({"type": "object"}),
            schema_name: "answer".into(),
        }
    }

    #[tokio::test]
    async fn it_rests_after_failing_again_and_again() {
        let server = Server::start([Reply::Fails, Reply::Fails, Reply::Says("fine".into()), Reply::Fails]).await;
        let (adviser, metrics) = (adviser(&server), Metrics::default());
        let mut answers = Vec::new();
        for _ in 0..4 {
            answers.push(adviser.ask(&request(), &metrics).await);
        }
        assert_eq!(answers, [None, None, Some("fine".into()), None], "two failures are no reason");
        server.replies([Reply::Fails, Reply::Fails]);
        for _ in 0..5 {
            assert_eq!(adviser.ask(&request(), &metrics).await, None);
        }
        assert_eq!(server.requests().len(), 6, "asked no more");
        tokio::time::pause();
        tokio::time::advance(REST).await;
        tokio::time::resume();
        server.replies([Reply::Says("again".into())]);
        assert_eq!(adviser.ask(&request(), &metrics).await.as_deref(), Some("again"));
        assert_eq!((metrics.model_answers.get(), metrics.model_failures.get()), (2, 5));
    }

    #[tokio::test]
    async fn few_questions_wait_at_the_same_time() {
        let server = Server::start([const { Reply::Hangs }; MOST_QUESTIONS]).await;
        let (adviser, metrics) = (adviser(&server), Metrics::default());
        let request = request();
        let mut waiting: Vec<_> = (0..MOST_QUESTIONS).map(|_| Box::pin(adviser.ask(&request, &metrics))).collect();
        while server.requests().len() < MOST_QUESTIONS {
            for question in &mut waiting {
                let soon = tokio::time::timeout(Duration::from_millis(1), question).await;
                assert!(soon.is_err(), "nobody answers");
            }
        }
        assert_eq!(adviser.ask(&request, &metrics).await, None);
        assert_eq!(server.requests().len(), MOST_QUESTIONS);
    }
}
