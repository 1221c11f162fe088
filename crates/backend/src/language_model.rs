//! The client of a language model: the chat completions of an OpenAI-compatible server.
//!
//! Shape: `POST {url}/chat/completions` with `model`, `messages`, `response_format` of type `json_schema`; the answer's
//! `choices[0].message.content` is given back as it is. Who asks has to distrust it.

use std::time::Duration;

use ermu_domain::Pii;
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{EndpointError, answer, endpoint::Endpoint};

/// Tokens of the longest answer.
const MOST_TOKENS: u32 = 400;

/// Where a language model is, and how it is asked.
#[derive(Debug, Clone)]
pub struct LanguageModelConfig {
    /// Its address, to which `/chat/completions` is added: `http://127.0.0.1:8000/v1`.
    pub url: String,
    /// The model's name there.
    pub model: String,
    /// What the server wants to be shown (`Authorization: Bearer …`).
    pub token: Option<Pii<String>>,
    /// The longest time that a request may take.
    pub timeout: Duration,
}

/// A language model on a server. Cheap to clone.
#[derive(Debug, Clone)]
pub struct LanguageModel {
    endpoint: Endpoint,
    model: String,
}

/// What a language model is asked.
#[derive(Debug, Clone, Copy)]
pub struct Prompt<'a> {
    /// What it is to do.
    pub instructions: &'a str,
    /// What it is to do that with.
    pub input: &'a str,
    /// The JSON schema of its answer.
    pub schema: &'a Value,
    /// The schema's name: letters, digits, `_` and `-`.
    pub schema_name: &'a str,
}

/// Why a language model gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// It did not answer, or not with success.
    #[error("the language model: {0}")]
    Unavailable(String),
    /// The answer is none of a chat completion.
    #[error("the language model: `choices[0].message.content` is missing or no text")]
    Malformed,
}

#[derive(Deserialize)]
struct Completion {
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
}

#[derive(Deserialize)]
struct Message {
    content: String,
}

impl LanguageModel {
    /// A client; nothing is sent yet.
    pub fn new(config: &LanguageModelConfig) -> Result<Self, EndpointError> {
        let endpoint = Endpoint::new(&config.url, config.token.as_ref(), config.timeout)?;
        Ok(Self { endpoint, model: config.model.clone() })
    }

    /// What the model writes, whatever it is.
    pub async fn ask(&self, prompt: Prompt<'_>) -> Result<String, AskError> {
        let Prompt { instructions, input, schema, schema_name } = prompt;
        let body = json!({
            "model": self.model,
            "messages": [{"role": "system", "content": instructions}, {"role": "user", "content": input}],
            "temperature": 0,
            "max_tokens": MOST_TOKENS,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": schema_name, "strict": true, "schema": schema},
            },
        });
        let request = self.endpoint.request(Method::POST, &["chat", "completions"]).json(&body);
        let response = request.send().await.map_err(|error| AskError::Unavailable(answer::reason(&error)))?;
        let status = response.status();
        let body = answer::body(response).await.map_err(AskError::Unavailable)?;
        if status != StatusCode::OK {
            return Err(AskError::Unavailable(answer::failure(status, &body)));
        }
        let completion: Completion = serde_json::from_slice(&body).map_err(|_| AskError::Malformed)?;
        let first = completion.choices.into_iter().next().ok_or(AskError::Malformed)?;
        Ok(first.message.content)
    }
}
