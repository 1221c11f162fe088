//! The client of a shop's system.

use std::{fmt::Write, time::Duration};

use ermu_domain::{Action, Order, OrderNumber, Pii, TicketId};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde::{Deserialize, Serialize};

use crate::{CarryOutError, EndpointError, LookupError, answer, endpoint::Endpoint};

/// Orders of one customer that are taken; what comes after is ignored.
const MOST_ORDERS: usize = 100;

/// Where a shop's system is, and how it is asked.
#[derive(Debug, Clone)]
pub struct ShopSystemConfig {
    /// Its address, to which `/v1/…` is added.
    pub url: String,
    /// What it wants to be shown (`Authorization: Bearer …`).
    pub token: Option<Pii<String>>,
    /// The longest time that a request may take.
    pub timeout: Duration,
}

/// A shop's own system. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ShopSystem {
    endpoint: Endpoint,
    timeout: Duration,
}

/// Something to be done. Its serde form is the body of the request.
#[derive(Debug, Clone, Serialize)]
pub struct Effect<'a> {
    /// The same key is the same effect: it happens once, however often it is asked for.
    pub key: &'a str,
    /// The ticket that asks for it, as it is spoken: `T000042`.
    #[serde(serialize_with = "spoken")]
    pub ticket: TicketId,
    /// What, and to what.
    #[serde(flatten)]
    pub action: &'a Action,
}

#[derive(Serialize)]
struct Search<'a> {
    phone: &'a Pii<String>,
}

#[derive(Deserialize)]
struct Orders {
    orders: Vec<Order>,
}

impl ShopSystem {
    /// A client; nothing is sent yet.
    pub fn new(config: &ShopSystemConfig) -> Result<Self, EndpointError> {
        let endpoint = Endpoint::new(&config.url, config.token.as_ref(), config.timeout)?;
        Ok(Self { endpoint, timeout: config.timeout })
    }

    /// The longest time that a request takes.
    pub const fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Has something done; gives what the system calls it (empty if it does not say). May be asked again with the same key:
    /// after [`CarryOutError::Unavailable`] nobody knows whether it was done.
    pub async fn carry_out(&self, effect: &Effect<'_>) -> Result<String, CarryOutError> {
        let unavailable = |reason| CarryOutError::Unavailable { reason, retry_after: None };
        let request =
            self.request(Method::POST, &["effects"]).header("Idempotency-Key", quoted(effect.key)).json(effect);
        let response = request.send().await.map_err(|error| unavailable(answer::reason(&error)))?;
        let (status, retry_after) = (response.status(), answer::retry_after(&response));
        let body = answer::body(response).await;
        if status.is_success() {
            // The status says that it was done, whatever became of the rest.
            return Ok(body.map(|body| answer::reference(&body)).unwrap_or_default());
        }
        let reason = answer::failure(status, &body.unwrap_or_default());
        match status {
            StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => Err(CarryOutError::Refused(reason)),
            // Wrong tokens and wrong addresses too: their owner mends them, and nothing is lost meanwhile.
            _ => Err(CarryOutError::Unavailable { reason, retry_after }),
        }
    }

    /// The order with this number; none if the shop has no such order.
    pub async fn order(&self, number: &OrderNumber) -> Result<Option<Order>, LookupError> {
        // A segment of dots would lead to another address.
        if number.0.is_empty() || number.0.chars().all(|c| c == '.') {
            return Ok(None);
        }
        let Some(body) = self.look_up(self.request(Method::GET, &["orders", &number.0])).await? else {
            return Ok(None);
        };
        let order: Order = parse(&body)?;
        if order.number != *number {
            let problem = format!("is not {number}, which was asked for");
            return Err(LookupError::Malformed { field: "number", problem });
        }
        Ok(Some(tidy(order)))
    }

    /// The orders of the customer with this phone number (digits only), the newest first. Orders that the system does not
    /// say to be this customer's are left out.
    pub async fn orders_of(&self, phone: &Pii<String>) -> Result<Vec<Order>, LookupError> {
        if phone.expose().is_empty() {
            return Ok(Vec::new());
        }
        let request = self.request(Method::POST, &["orders", "search"]).json(&Search { phone });
        let Some(body) = self.look_up(request).await? else { return Ok(Vec::new()) };
        let Orders { orders } = parse(&body)?;
        let mut orders: Vec<_> =
            orders.into_iter().take(MOST_ORDERS).map(tidy).filter(|order| order.phone == *phone).collect();
        orders.sort_by(|a, b| (b.placed, &b.number.0).cmp(&(a.placed, &a.number.0)));
        Ok(orders)
    }

    async fn look_up(&self, request: RequestBuilder) -> Result<Option<Vec<u8>>, LookupError> {
        let response: Response =
            request.send().await.map_err(|error| LookupError::Unavailable(answer::reason(&error)))?;
        let status = response.status();
        if status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let body = answer::body(response).await.map_err(LookupError::Unavailable)?;
        if status != StatusCode::OK {
            return Err(LookupError::Unavailable(answer::failure(status, &body)));
        }
        Ok(Some(body))
    }

    fn request(&self, method: Method, path: &[&str]) -> RequestBuilder {
        self.endpoint.request(method, &[&["v1"], path].concat())
    }
}

fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, LookupError> {
    // The message names the field and the column, and may quote a value: only its place is kept.
    serde_json::from_slice(body).map_err(|error| LookupError::Malformed {
        field: "$",
        problem: format!("is no such answer at line {}, column {}", error.line(), error.column()),
    })
}

/// Phone numbers are compared digit by digit.
fn tidy(mut order: Order) -> Order {
    order.phone = Pii::new(order.phone.expose().chars().filter(char::is_ascii_digit).collect());
    order
}

/// A key as a string of a structured field (RFC 9651), as `Idempotency-Key` wants it.
fn quoted(key: &str) -> String {
    let mut quoted = String::from("\"");
    for byte in key.bytes() {
        if byte == b' ' || byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\' | b'%') {
            quoted.push(char::from(byte));
        } else {
            // Writing into a string cannot fail.
            let _ = write!(quoted, "%{byte:02X}");
        }
    }
    quoted.push('"');
    quoted
}

fn spoken<S: serde::Serializer>(ticket: &TicketId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(ticket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_quoted() {
        assert_eq!(quoted("refund_money 123456"), "\"refund_money 123456\"");
        assert_eq!(quoted("a\"b\\c\r\n订%"), "\"a%22b%5Cc%0D%0A%E8%AE%A2%25\"");
    }
}
