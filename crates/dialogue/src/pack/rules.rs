//! `rules.csv`: the after-sales rules, a decision table that is read from top to bottom.

use ermu_domain::{ActionKind, DefectKind, Localized, ProductId, Remedy, RuleId, TicketKind};
use serde::{Deserialize, de::DeserializeOwned};

use super::{PackError, Product};

pub(super) const FILE: &str = "rules.csv";

/// A line of the table. The first line that fits decides.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rule {
    pub(crate) id: RuleId,
    /// What the customer wants; none fits everything.
    pub(crate) reason: Option<TicketKind>,
    /// None fits every product.
    pub(crate) product: Option<ProductId>,
    /// Empty fits every kind of damage.
    pub(crate) kinds: Vec<DefectKind>,
    /// How far the order is; none fits any.
    pub(crate) stage: Option<Stage>,
    /// Days since delivery; none fits also what was never delivered.
    pub(crate) days: Option<(i32, i32)>,
    /// How sure a finding has to be; none asks for no finding.
    pub(crate) min_confidence: Option<f32>,
    pub(crate) remedy: Remedy,
    pub(crate) payer: Payer,
    /// What happens once the customer has said yes.
    pub(crate) actions: Vec<ActionKind>,
    pub(crate) clause: Localized,
}

/// How far an order is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stage {
    /// No carrier has it yet.
    Unsent,
    /// It is on its way.
    Sent,
    /// It is on its way, and should have arrived or is known to be late.
    Late,
    /// It arrived.
    Delivered,
}

/// Who pays for what the rule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Payer {
    /// The shop.
    Shop,
    /// The customer.
    Customer,
    /// There is nothing to pay.
    Nobody,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    reason: String,
    product: String,
    stage: String,
    kinds: String,
    days: String,
    min_confidence: Option<f32>,
    remedy: Remedy,
    payer: Payer,
    actions: String,
    clause_zh: String,
    clause_en: String,
}

pub(super) fn parse(text: &str, products: &[Product]) -> Result<Vec<Rule>, PackError> {
    let mut rules: Vec<Rule> = Vec::new();
    let mut last_line = 1;
    each_row(FILE, text, |line, row: Row| {
        last_line = line;
        let fail = |problem: String| PackError::at(FILE, line, problem);
        let reason = match row.reason.as_str() {
            "*" => None,
            name => Some(super::flows::kind(name).ok_or_else(|| fail(format!("`reason` {name:?} is no flow")))?),
        };
        if row.id.is_empty() || rules.iter().any(|rule| rule.id.0 == row.id) {
            return Err(fail(format!("`id` {:?} is empty or stands twice", row.id)));
        }
        let product = match row.product.as_str() {
            "*" => None,
            id if products.iter().any(|product| product.id.0 == id) => Some(ProductId(row.product)),
            other => {
                return Err(fail(format!("`product` {other:?} is neither * nor in {}", super::catalogue::FILE)));
            }
        };
        // Damage is what a customer says and a photo proves; all else is in the order.
        let gives =
            matches!(reason, None | Some(TicketKind::Damage)) && !matches!(row.remedy, Remedy::Refuse | Remedy::Review);
        match row.min_confidence {
            Some(bar) if !(0.0..=1.0).contains(&bar) => return Err(fail("`min_confidence` needs 0 to 1".to_owned())),
            Some(bar) if gives && bar < 0.5 => {
                return Err(fail(format!("{:?} on a finding less sure than 0.5 is a guess", row.remedy)));
            }
            None if gives => return Err(fail(format!("{:?} needs a `min_confidence`", row.remedy))),
            Some(_) | None => {}
        }
        if row.clause_zh.is_empty() || row.clause_en.is_empty() {
            return Err(fail("needs clause_zh and clause_en".to_owned()));
        }
        rules.push(Rule {
            id: RuleId(row.id),
            reason,
            product,
            kinds: kinds(&row.kinds).map_err(&fail)?,
            stage: stage(&row.stage).map_err(&fail)?,
            days: days(&row.days).map_err(&fail)?,
            min_confidence: row.min_confidence,
            remedy: row.remedy,
            payer: row.payer,
            actions: actions(&row.actions).map_err(&fail)?,
            clause: Localized::new(row.clause_zh, row.clause_en),
        });
        Ok(())
    })?;
    match rules.last() {
        Some(Rule {
            reason: None,
            product: None,
            kinds,
            stage: None,
            days: None,
            min_confidence: None,
            remedy: Remedy::Review,
            ..
        }) if kinds.is_empty() => Ok(rules),
        _ => Err(PackError::at(
            FILE,
            last_line,
            "the last rule has to fit everything (* in every column) and say `review`",
        )),
    }
}

fn kinds(text: &str) -> Result<Vec<DefectKind>, String> {
    if text == "*" {
        return Ok(Vec::new());
    }
    text.split('|')
        .map(|name| match name.trim() {
            "scratch" => Ok(DefectKind::Scratch),
            "crack" => Ok(DefectKind::Crack),
            "dent" => Ok(DefectKind::Dent),
            "stain" => Ok(DefectKind::Stain),
            "chip" => Ok(DefectKind::Chip),
            "missing_part" => Ok(DefectKind::MissingPart),
            other => Err(format!(
                "`kinds` {other:?}: write * or scratch, crack, dent, stain, chip, missing_part, with | between"
            )),
        })
        .collect()
}

fn stage(text: &str) -> Result<Option<Stage>, String> {
    match text {
        "*" => Ok(None),
        "unsent" => Ok(Some(Stage::Unsent)),
        "sent" => Ok(Some(Stage::Sent)),
        "late" => Ok(Some(Stage::Late)),
        "delivered" => Ok(Some(Stage::Delivered)),
        other => Err(format!("`stage` {other:?}: write * or unsent, sent, late, delivered")),
    }
}

const ACTIONS: [(&str, ActionKind); 14] = [
    ("send_replacement", ActionKind::SendReplacement),
    ("refund_money", ActionKind::RefundMoney),
    ("refund_part", ActionKind::RefundPart),
    ("book_pick_up", ActionKind::BookPickUp),
    ("repair_article", ActionKind::RepairArticle),
    ("issue_coupon", ActionKind::IssueCoupon),
    ("cancel_order", ActionKind::CancelOrder),
    ("stop_parcel", ActionKind::StopParcel),
    ("change_delivery", ActionKind::ChangeDelivery),
    ("book_installation", ActionKind::BookInstallation),
    ("issue_invoice", ActionKind::IssueInvoice),
    ("urge_carrier", ActionKind::UrgeCarrier),
    ("freeze_stock", ActionKind::FreezeStock),
    ("tell_warehouse", ActionKind::TellWarehouse),
];

fn actions(text: &str) -> Result<Vec<ActionKind>, String> {
    let names = text.split('|').map(str::trim).filter(|name| !name.is_empty());
    names
        .map(|name| match ACTIONS.iter().find(|(known, _)| *known == name) {
            Some((_, action)) => Ok(*action),
            None => {
                let known: Vec<_> = ACTIONS.iter().map(|(name, _)| *name).collect();
                Err(format!("`actions` {name:?}: write {}, with | between", known.join(", ")))
            }
        })
        .collect()
}

/// `0-7`, `31-` or `*`.
fn days(text: &str) -> Result<Option<(i32, i32)>, String> {
    if text == "*" {
        return Ok(None);
    }
    let problem = || format!("`days` {text:?}: write * or 0-7 or 31-");
    let (from, to) = text.split_once('-').ok_or_else(problem)?;
    let from = from.parse().map_err(|_| problem())?;
    let to = if to.is_empty() { i32::MAX } else { to.parse().map_err(|_| problem())? };
    if from > to { Err(problem()) } else { Ok(Some((from, to))) }
}

/// Reads a table line by line; `#` begins a comment line. A wrong line does not hide what is wrong behind it.
pub(super) fn each_row<T: DeserializeOwned>(
    file: &'static str,
    text: &str,
    mut take: impl FnMut(u64, T) -> Result<(), PackError>,
) -> Result<(), PackError> {
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).trim(csv::Trim::All).from_reader(text.as_bytes());
    let headers = reader.headers().map_err(|error| PackError::csv(file, &error))?.clone();
    let mut problems = super::Problems::default();
    for record in reader.records() {
        let row = record.and_then(|record| {
            let line = record.position().map_or(1, csv::Position::line);
            Ok((line, record.deserialize(Some(&headers))?))
        });
        problems.take(row.map_err(|error| PackError::csv(file, &error)).and_then(|(line, row)| take(line, row)));
    }
    problems.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_days() {
        assert_eq!(days("*"), Ok(None));
        assert_eq!(days("0-7"), Ok(Some((0, 7))));
        assert_eq!(days("31-"), Ok(Some((31, i32::MAX))));
        assert!(days("7").is_err());
        assert!(days("9-3").is_err());
    }
}
