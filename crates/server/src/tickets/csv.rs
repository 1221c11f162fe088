//! Tickets as CSV: what people sort and filter by in columns of their own, the rest as JSON in its column.

use csv::{QuoteStyle, ReaderBuilder, WriterBuilder};
use ermu_domain::{Decision, Localized, OrderNumber, RuleId, Ticket};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{ReadTicketsError, Record};

/// What spreadsheets know UTF-8 by.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A row; its fields are the columns, in order. An empty `order`, `remedy` or `hand_off` is none.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    number: String,
    session: String,
    key: String,
    created_at_unix_ms: String,
    updated_at_unix_ms: String,
    kind: String,
    language: String,
    order: String,
    summary_zh: String,
    summary_en: String,
    #[serde(default)]
    summary_es: String,
    #[serde(default)]
    summary_pt: String,
    #[serde(default)]
    summary_ar: String,
    remedy: String,
    rule: String,
    clause_zh: String,
    clause_en: String,
    #[serde(default)]
    clause_es: String,
    #[serde(default)]
    clause_pt: String,
    #[serde(default)]
    clause_ar: String,
    hand_off: String,
    slots: String,
    statements: String,
    findings: String,
    emotions: String,
    promises: String,
    actions: String,
}

impl Row {
    fn cells(&mut self) -> [&mut String; 27] {
        [
            &mut self.number,
            &mut self.session,
            &mut self.key,
            &mut self.created_at_unix_ms,
            &mut self.updated_at_unix_ms,
            &mut self.kind,
            &mut self.language,
            &mut self.order,
            &mut self.summary_zh,
            &mut self.summary_en,
            &mut self.summary_es,
            &mut self.summary_pt,
            &mut self.summary_ar,
            &mut self.remedy,
            &mut self.rule,
            &mut self.clause_zh,
            &mut self.clause_en,
            &mut self.clause_es,
            &mut self.clause_pt,
            &mut self.clause_ar,
            &mut self.hand_off,
            &mut self.slots,
            &mut self.statements,
            &mut self.findings,
            &mut self.emotions,
            &mut self.promises,
            &mut self.actions,
        ]
    }
}

/// Ends of the columns that files of earlier versions lack.
const LATER: [&str; 3] = ["_es", "_pt", "_ar"];

const HEADER: [&str; 27] = [
    "number",
    "session",
    "key",
    "created_at_unix_ms",
    "updated_at_unix_ms",
    "kind",
    "language",
    "order",
    "summary_zh",
    "summary_en",
    "summary_es",
    "summary_pt",
    "summary_ar",
    "remedy",
    "rule",
    "clause_zh",
    "clause_en",
    "clause_es",
    "clause_pt",
    "clause_ar",
    "hand_off",
    "slots",
    "statements",
    "findings",
    "emotions",
    "promises",
    "actions",
];

pub(super) fn write(records: &[Record]) -> anyhow::Result<String> {
    let mut writer = WriterBuilder::new().has_headers(false).quote_style(QuoteStyle::Always).from_writer(Vec::new());
    writer.write_record(HEADER)?;
    for record in records {
        let mut row = to_row(record)?;
        writer.write_record(row.cells().map(|cell| guarded(cell)))?;
    }
    let text = String::from_utf8(writer.into_inner().map_err(csv::IntoInnerError::into_error)?)?;
    Ok(format!("{BYTE_ORDER_MARK}{text}"))
}

pub(super) fn read(text: &str) -> Result<Vec<Record>, ReadTicketsError> {
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let mut reader = ReaderBuilder::new().from_reader(text.as_bytes());
    let fail = |line: u64, problem: String| ReadTicketsError { place: format!("line {line}"), problem };
    let broken = |error: &csv::Error| fail(error.position().map_or(1, csv::Position::line), error.to_string());
    let header = reader.headers().map_err(|error| broken(&error))?.clone();
    let mut needed = HEADER.iter().filter(|column| !LATER.iter().any(|end| column.ends_with(end)));
    if let Some(missing) = needed.find(|column| !header.iter().any(|there| there == **column)) {
        return Err(fail(1, format!("the column `{missing}` is missing")));
    }
    let mut records = Vec::new();
    for cells in reader.records() {
        let cells = cells.map_err(|error| broken(&error))?;
        let line = cells.position().map_or(1, csv::Position::line);
        let mut row: Row = cells.deserialize(Some(&header)).map_err(|error| fail(line, error.to_string()))?;
        for cell in row.cells() {
            *cell = plain(cell);
        }
        records.push(from_row(row).map_err(|(column, problem)| fail(line, format!("`{column}` {problem}")))?);
    }
    Ok(records)
}

/// A cell that no spreadsheet takes for a formula (OWASP, "CSV Injection").
fn guarded(cell: &str) -> String {
    let risky = |c: char| "=+-@\t\r\n'＝＋－＠".contains(c);
    if cell.starts_with(risky) { format!("'{cell}") } else { cell.to_owned() }
}

/// What [`guarded`] made of it.
fn plain(cell: &str) -> String {
    cell.strip_prefix('\'').unwrap_or(cell).to_owned()
}

fn to_row(record: &Record) -> serde_json::Result<Row> {
    let Record { number, key, created_at_unix_ms, updated_at_unix_ms, ticket } = record;
    let name = |value: Value| value.as_str().unwrap_or_default().to_owned();
    let mut row = Row {
        number: number.to_string(),
        session: ticket.session.to_string(),
        key: key.to_string(),
        created_at_unix_ms: created_at_unix_ms.to_string(),
        updated_at_unix_ms: updated_at_unix_ms.to_string(),
        kind: name(serde_json::to_value(ticket.kind)?),
        language: name(serde_json::to_value(ticket.language)?),
        order: ticket.order.as_ref().map(|order| order.0.clone()).unwrap_or_default(),
        summary_zh: ticket.summary.zh.clone(),
        summary_en: ticket.summary.en.clone(),
        summary_es: ticket.summary.es.clone(),
        summary_pt: ticket.summary.pt.clone(),
        summary_ar: ticket.summary.ar.clone(),
        hand_off: ticket.hand_off.map(serde_json::to_value).transpose()?.map(name).unwrap_or_default(),
        slots: serde_json::to_string(&ticket.slots)?,
        statements: serde_json::to_string(&ticket.statements)?,
        findings: serde_json::to_string(&ticket.findings)?,
        emotions: serde_json::to_string(&ticket.emotions)?,
        promises: serde_json::to_string(&ticket.promises)?,
        actions: serde_json::to_string(&ticket.actions)?,
        ..Row::default()
    };
    if let Some(decision) = &ticket.decision {
        row.remedy = name(serde_json::to_value(decision.remedy)?);
        row.rule.clone_from(&decision.rule.0);
        row.clause_zh.clone_from(&decision.clause.zh);
        row.clause_en.clone_from(&decision.clause.en);
        row.clause_es.clone_from(&decision.clause.es);
        row.clause_pt.clone_from(&decision.clause.pt);
        row.clause_ar.clone_from(&decision.clause.ar);
    }
    Ok(row)
}

fn from_row(row: Row) -> Result<Record, (&'static str, String)> {
    fn json<T: DeserializeOwned>(column: &'static str, text: &str) -> Result<T, (&'static str, String)> {
        serde_json::from_str(text).map_err(|error| (column, format!("is no such JSON: {error}")))
    }
    fn named<T: DeserializeOwned>(column: &'static str, text: &str) -> Result<T, (&'static str, String)> {
        serde_json::from_value(text.into()).map_err(|error| (column, error.to_string()))
    }
    fn number<T: std::str::FromStr>(column: &'static str, text: &str) -> Result<T, (&'static str, String)> {
        text.parse().map_err(|_| (column, format!("is no whole number of this size: {text:?}")))
    }
    let decision = if row.remedy.is_empty() {
        None
    } else {
        let clause =
            Localized { zh: row.clause_zh, en: row.clause_en, es: row.clause_es, pt: row.clause_pt, ar: row.clause_ar };
        Some(Decision { remedy: named("remedy", &row.remedy)?, rule: RuleId(row.rule), clause })
    };
    let hand_off = if row.hand_off.is_empty() { None } else { Some(named("hand_off", &row.hand_off)?) };
    let ticket = Ticket {
        session: row.session.parse().map_err(|_| ("session", "is not 32 hexadecimal digits".to_owned()))?,
        kind: named("kind", &row.kind)?,
        language: named("language", &row.language)?,
        order: Some(OrderNumber(row.order)).filter(|order| !order.0.is_empty()),
        summary: Localized {
            zh: row.summary_zh,
            en: row.summary_en,
            es: row.summary_es,
            pt: row.summary_pt,
            ar: row.summary_ar,
        },
        slots: json("slots", &row.slots)?,
        statements: json("statements", &row.statements)?,
        findings: json("findings", &row.findings)?,
        emotions: json("emotions", &row.emotions)?,
        decision,
        hand_off,
        promises: json("promises", &row.promises)?,
        actions: json("actions", &row.actions)?,
    };
    Ok(Record {
        number: row.number.parse().map_err(|_| ("number", "is no ticket's number, like T000123".to_owned()))?,
        key: number("key", &row.key)?,
        created_at_unix_ms: number("created_at_unix_ms", &row.created_at_unix_ms)?,
        updated_at_unix_ms: number("updated_at_unix_ms", &row.updated_at_unix_ms)?,
        ticket,
    })
}
