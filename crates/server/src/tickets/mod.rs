//! Tickets as files, to be taken elsewhere and brought back: JSON for programs, CSV for spreadsheets. Both hold a ticket
//! whole; what is exported, imported and exported again is the same.

mod csv;
mod json;

use std::{fmt, path::Path, str::FromStr};

use ermu_domain::{Ticket, TicketId};
use ermu_store::{ImportError, Imported, Store, StoredTicket, TICKETS_PER_PAGE, TicketQuery};
use serde::{Deserialize, Serialize};

/// A ticket in a file. What has become of its actions is not in it: they are done where they were asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Its number, `T000123`.
    #[serde(serialize_with = "write_number", deserialize_with = "read_number")]
    pub number: TicketId,
    /// Its key within its call.
    pub key: u32,
    /// When it was first stored, in milliseconds since 1970.
    pub created_at_unix_ms: i64,
    /// When it was last changed, in milliseconds since 1970.
    pub updated_at_unix_ms: i64,
    /// The ticket, in its stored form.
    pub ticket: Ticket,
}

/// How tickets are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `{"format": "ermu-tickets", "version": 1, "tickets": […]}`.
    Json,
    /// One row a ticket (RFC 4180, UTF-8 with a byte order mark). Cells that a spreadsheet would take for a formula, and
    /// those that begin with an apostrophe, have an apostrophe before them.
    Csv,
}

/// Why a file holds no tickets that can be taken.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct ReadTicketsError {
    /// Line, and column where it is known.
    place: String,
    /// What is wrong there.
    problem: String,
}

impl Format {
    /// The format that a file's name tells.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        path.extension()?.to_str()?.parse().ok()
    }

    /// The text of a file with these tickets.
    pub fn write(self, records: &[Record]) -> anyhow::Result<String> {
        match self {
            Self::Json => Ok(json::write(records)?),
            Self::Csv => csv::write(records),
        }
    }

    /// The tickets of a file.
    pub fn read(self, text: &str) -> Result<Vec<Record>, ReadTicketsError> {
        match self {
            Self::Json => json::read(text),
            Self::Csv => csv::read(text),
        }
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "json" => Ok(Self::Json),
            "csv" => Ok(Self::Csv),
            _ => Err(format!("{name:?} is neither json nor csv")),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Json => "json",
            Self::Csv => "csv",
        })
    }
}

/// All tickets of a database, the oldest first.
pub async fn export(store: &Store) -> anyhow::Result<Vec<Record>> {
    let mut records = Vec::new();
    let mut after = None;
    loop {
        let page = store.tickets(TicketQuery { after, limit: TICKETS_PER_PAGE, session: None }).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        records.extend(page.into_iter().map(Record::from));
    }
    records.reverse();
    Ok(records)
}

/// Puts tickets into a database, all or none; see [`Store::import_tickets`].
pub async fn import(store: &Store, records: Vec<Record>) -> Result<Imported, ImportError> {
    let tickets: Vec<_> = records.into_iter().map(StoredTicket::from).collect();
    store.import_tickets(&tickets).await
}

impl From<StoredTicket> for Record {
    fn from(stored: StoredTicket) -> Self {
        let StoredTicket { id, key, created_at_unix_ms, updated_at_unix_ms, ticket, progress: _ } = stored;
        Self { number: id, key, created_at_unix_ms, updated_at_unix_ms, ticket }
    }
}

impl From<Record> for StoredTicket {
    fn from(record: Record) -> Self {
        let Record { number, key, created_at_unix_ms, updated_at_unix_ms, ticket } = record;
        Self { id: number, key, created_at_unix_ms, updated_at_unix_ms, ticket, progress: Vec::new() }
    }
}

fn write_number<S: serde::Serializer>(number: &TicketId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(number)
}

fn read_number<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<TicketId, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|_| serde::de::Error::custom("`number` is no ticket's number, like T000123"))
}

#[cfg(test)]
mod tests {
    use ermu_domain::{
        Action, ActionKind, Basis, Decision, DefectKind, EmotionEstimate, Evidence, HandOffReason, ImageFinding,
        Language, Localized, NineGrid, OrderNumber, PhotoId, Pii, ProductId, Promise, PromiseHeard, Region, Remedy,
        RuleId, SessionId, SessionTime, Slot, SlotName, Statement, TicketKind, TimeSpan, UtteranceId,
    };
    use proptest::prelude::*;

    use super::*;

    /// Texts as people and attackers write them.
    fn text() -> impl Strategy<Value = String> {
        prop_oneof![
            "\\PC{0,20}",
            any::<String>(),
            Just("=HYPERLINK(\"http://x\",\"y\")".to_owned()),
            Just("@SUM(1+1)*cmd|' /C calc'!A0".to_owned()),
            Just("-2+3\r\n=1".to_owned()),
            Just("'quoted', \"twice\"\n".to_owned()),
            Just("\t=1".to_owned()),
            Just("\u{feff}＝1".to_owned()),
            Just(String::new()),
        ]
    }

    fn words() -> impl Strategy<Value = Localized> {
        (text(), text(), text(), text(), text()).prop_map(|(zh, en, es, pt, ar)| Localized { zh, en, es, pt, ar })
    }

    fn span() -> impl Strategy<Value = TimeSpan> {
        (any::<u64>(), any::<u64>()).prop_map(|(start, end)| TimeSpan {
            start: SessionTime::from_micros(start),
            end: SessionTime::from_micros(end),
        })
    }

    fn share() -> impl Strategy<Value = f32> {
        0.0_f32..=1.0
    }

    fn region() -> impl Strategy<Value = Region> {
        (share(), share(), share(), share()).prop_map(|(x, y, width, height)| Region { x, y, width, height })
    }

    fn evidence() -> impl Strategy<Value = Evidence> {
        prop_oneof![
            (any::<u32>(), span()).prop_map(|(u, span)| Evidence::Speech { utterance: UtteranceId(u), span }),
            span().prop_map(|span| Evidence::Typed { span }),
            (any::<u32>(), prop::option::of(region()))
                .prop_map(|(photo, region)| Evidence::Photo { photo: PhotoId(photo), region }),
            (text(), text()).prop_map(|(number, field)| Evidence::Order { number: OrderNumber(number), field }),
            text().prop_map(|rule| Evidence::Rule { rule: RuleId(rule) }),
        ]
    }

    fn finding() -> impl Strategy<Value = (PhotoId, ImageFinding)> {
        (any::<u32>(), region(), share(), share()).prop_map(|(photo, region, area, confidence)| {
            let (kind, place, basis) = (DefectKind::Chip, NineGrid::Centre, Basis::PhotoAlone);
            (PhotoId(photo), ImageFinding { kind, region, place, area, confidence, basis })
        })
    }

    fn emotion() -> impl Strategy<Value = (TimeSpan, EmotionEstimate)> {
        (span(), share(), share(), share(), share())
            .prop_map(|(span, angry, happy, neutral, sad)| (span, EmotionEstimate { angry, happy, neutral, sad }))
    }

    fn action() -> impl Strategy<Value = Action> {
        (prop::option::of(text()), prop::option::of(text()), prop::option::of(text())).prop_map(
            |(order, product, detail)| Action {
                kind: ActionKind::RefundMoney,
                order: order.map(OrderNumber),
                product: product.map(ProductId),
                detail: detail.map(Pii::new),
            },
        )
    }

    fn ticket() -> impl Strategy<Value = Ticket> {
        let kinds = prop_oneof![Just(TicketKind::Damage), Just(TicketKind::HandOff), Just(TicketKind::Refund)];
        let languages = prop_oneof![Just(Language::Chinese), Just(Language::Arabic)];
        // A ticket without an order has none; an order without a number there is not.
        let order = prop::option::of(text().prop_filter("empty", |text| !text.is_empty()));
        let head = (any::<u128>(), kinds, languages, order, words());
        let statements =
            (text(), prop::collection::vec(evidence(), 0..3)).prop_map(|(text, evidence)| Statement { text, evidence });
        let slots = (text(), prop::collection::vec(evidence(), 1..3)).prop_map(|(value, evidence)| Slot {
            name: SlotName::Address,
            value: Pii::new(value),
            evidence,
        });
        let seen = (
            prop::collection::vec(slots, 0..3),
            prop::collection::vec(statements, 0..3),
            prop::collection::vec(finding(), 0..2),
            prop::collection::vec(emotion(), 0..2),
        );
        let decision = (text(), words()).prop_map(|(rule, clause)| Decision {
            remedy: Remedy::Review,
            rule: RuleId(rule),
            clause,
        });
        let promise = text().prop_map(|text| Promise { text, heard: PromiseHeard::Partly });
        let done = (
            prop::option::of(decision),
            prop::option::of(Just(HandOffReason::Rule)),
            prop::collection::vec(promise, 0..2),
            prop::collection::vec(action(), 0..3),
        );
        (head, seen, done).prop_map(
            |(
                (session, kind, language, order, summary),
                (slots, statements, findings, emotions),
                (d, h, promises, actions),
            )| {
                Ticket {
                    session: SessionId(session),
                    kind,
                    language,
                    order: order.map(OrderNumber),
                    summary,
                    slots,
                    statements,
                    findings,
                    emotions,
                    decision: d,
                    hand_off: h,
                    promises,
                    actions,
                }
            },
        )
    }

    /// Tickets with numbers and sessions of their own, in order.
    fn records() -> impl Strategy<Value = Vec<Record>> {
        let one = (1..1000_u64, any::<u32>(), any::<i64>(), any::<i64>(), ticket());
        prop::collection::vec(one, 0..4).prop_map(|records| {
            let mut number = 0;
            let record = |(step, key, created_at_unix_ms, updated_at_unix_ms, mut ticket): (_, _, _, _, Ticket)| {
                number += step;
                ticket.session = SessionId(ticket.session.0 >> 16 << 16 | u128::from(number & 0xffff));
                Record { number: TicketId(number), key, created_at_unix_ms, updated_at_unix_ms, ticket }
            };
            records.into_iter().map(record).collect()
        })
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(records in records()) {
            for format in [Format::Json, Format::Csv] {
                let text = format.write(&records).unwrap();
                prop_assert_eq!(&format.read(&text).unwrap(), &records);
            }
        }

        #[test]
        fn no_cell_is_a_formula(records in records()) {
            let text = Format::Csv.write(&records).unwrap();
            let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(text.trim_start_matches('\u{feff}').as_bytes());
            for row in reader.records() {
                for cell in &row.unwrap() {
                    let first = cell.chars().next().unwrap_or(' ');
                    prop_assert!(!"=+-@\t\r\n＝＋－＠".contains(first), "{:?}", cell);
                }
            }
        }

        #[test]
        fn strangers_files_are_refused_or_read_and_never_worse(text in any::<String>(), broken in records(), at in any::<prop::sample::Index>()) {
            for format in [Format::Json, Format::Csv] {
                let _ = format.read(&text);
                // A real file, broken somewhere.
                let whole = format.write(&broken).unwrap();
                let cut: String = whole.chars().take(at.index(whole.chars().count() + 1)).collect();
                let _ = format.read(&cut);
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]
        #[test]
        fn exported_imported_and_exported_again_is_the_same(records in records(), csv in any::<bool>()) {
            let format = if csv { Format::Csv } else { Format::Json };
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let folder = tempfile::tempdir().unwrap();
                let (first, second) = (folder.path().join("a.db"), folder.path().join("b.db"));
                let first = Store::open(&first).await.unwrap();
                import(&first, records.clone()).await.unwrap();
                let file = format.write(&export(&first).await.unwrap()).unwrap();
                assert_eq!(format.read(&file).unwrap(), records);

                let second = Store::open(&second).await.unwrap();
                let imported = import(&second, format.read(&file).unwrap()).await.unwrap();
                assert_eq!(imported, Imported { new: records.len(), renewed: 0, left: 0 });
                assert_eq!(format.write(&export(&second).await.unwrap()).unwrap(), file);
                // Nobody pays back again what was paid back elsewhere.
                assert_eq!(second.open_effects().await.unwrap().waiting, 0);
            });
        }
    }

    #[test]
    fn mistakes_are_named() {
        let record = |number: &str| {
            format!(
                r#"{{"number": "{number}", "key": 1, "created_at_unix_ms": 1, "updated_at_unix_ms": 1, "ticket": {{}}}}"#
            )
        };
        for (text, wanted) in [
            ("[]", "ermu-tickets"),
            (r#"{"format": "other", "version": 1, "tickets": []}"#, "`format`"),
            (r#"{"format": "ermu-tickets", "version": 2, "tickets": []}"#, "`version`"),
            (&format!(r#"{{"format": "ermu-tickets", "version": 1, "tickets": [{}]}}"#, record("X")), "`number`"),
            (&format!(r#"{{"format": "ermu-tickets", "version": 1, "tickets": [{}]}}"#, record("T1")), "session"),
        ] {
            let error = Format::Json.read(text).unwrap_err().to_string();
            assert!(error.contains(wanted), "{error}");
        }
        let head = Format::Csv.write(&[]).unwrap();
        let error = |text: &str| Format::Csv.read(text).unwrap_err().to_string();
        assert!(error("a,b\n1,2\n").contains("number"), "{}", error("a,b\n1,2\n"));
        let row = format!("{head}T1,one,,,,,,,,,,,,,,,,,,,,\n");
        assert!(error(&row).contains("line 2"), "{}", error(&row));
    }
}
