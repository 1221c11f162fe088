//! Tickets as JSON.

use serde::{Deserialize, Serialize};

use super::{ReadTicketsError, Record};

const FORMAT: &str = "ermu-tickets";
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Written<'a> {
    format: &'a str,
    version: u32,
    tickets: &'a [Record],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    format: String,
    version: u32,
    tickets: Vec<Record>,
}

pub(super) fn write(records: &[Record]) -> serde_json::Result<String> {
    let mut text = serde_json::to_string_pretty(&Written { format: FORMAT, version: VERSION, tickets: records })?;
    text.push('\n');
    Ok(text)
}

pub(super) fn read(text: &str) -> Result<Vec<Record>, ReadTicketsError> {
    let fail = |place: String, problem: String| Err(ReadTicketsError { place, problem });
    let read: Read = match serde_json::from_str(text.trim_start_matches('\u{feff}')) {
        Ok(read) => read,
        Err(error) => {
            let place = format!("line {}, column {}", error.line(), error.column());
            return fail(place, format!("no {FORMAT} file: {error}"));
        }
    };
    if read.format != FORMAT {
        return fail("line 1".to_owned(), format!("`format` is not {FORMAT}"));
    }
    if read.version != VERSION {
        return fail("line 1".to_owned(), format!("`version` is not {VERSION}"));
    }
    Ok(read.tickets)
}
