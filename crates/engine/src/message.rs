//! Text messages from the caller's page.

use serde::Deserialize;

/// The longest message a caller may type, in characters.
const MAX_CHARACTERS: usize = 500;

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum Message {
    Text { text: String },
}

/// A message that is not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MessageError {
    #[error("not a message: {0}")]
    Malformed(#[from] serde_json::Error),
    #[error("`text` is longer than {MAX_CHARACTERS} characters")]
    TooLong,
    #[error("`text` is empty")]
    Empty,
}

/// What the caller typed: `{"type":"text","text":"…"}`.
pub(crate) fn parse(json: &str) -> Result<String, MessageError> {
    let Message::Text { text } = serde_json::from_str(json)?;
    let text = text.trim();
    if text.is_empty() {
        return Err(MessageError::Empty);
    }
    if text.chars().count() > MAX_CHARACTERS {
        return Err(MessageError::TooLong);
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_short_text_messages_are_taken() {
        assert_eq!(parse(r#"{"type":"text","text":" 你好 "}"#).unwrap(), "你好");
        assert!(matches!(parse("[]"), Err(MessageError::Malformed(_))));
        assert!(matches!(parse(r#"{"type":"text","text":"  "}"#), Err(MessageError::Empty)));
        let long = format!(r#"{{"type":"text","text":"{}"}}"#, "很".repeat(501));
        assert!(matches!(parse(&long), Err(MessageError::TooLong)));
    }
}
