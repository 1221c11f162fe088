//! The shop's orders.

use ermu_domain::{Order, OrderNumber, Registered, Ticket, TicketId};

use sqlx::SqliteConnection;

use crate::{
    Store, StoreError,
    store::{begin, settle},
};

impl Store {
    /// Replaces all orders by these, or on an error none. Of two with the same number the later counts.
    pub async fn import_orders(&self, orders: &[Order]) -> Result<(), StoreError> {
        let mut connection = self.writing().await?;
        let outcome = replace_orders(&mut connection, orders).await;
        settle(connection, outcome)
    }

    /// The order with this number, with what was registered for it.
    pub async fn order(&self, number: &OrderNumber) -> Result<Option<Order>, StoreError> {
        let row = sqlx::query_as("SELECT number, json FROM orders WHERE number = ?")
            .bind(&number.0)
            .fetch_optional(&self.readers)
            .await?;
        match row {
            Some(row) => Ok(Some(self.read(row).await?)),
            None => Ok(None),
        }
    }

    /// The orders of the customer with this phone number (digits only), the newest first.
    pub async fn orders_of(&self, phone: &str) -> Result<Vec<Order>, StoreError> {
        if phone.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<(String, String)> = sqlx::query_as("SELECT number, json FROM orders WHERE phone = ?")
            .bind(phone)
            .fetch_all(&self.readers)
            .await?;
        let mut orders = Vec::new();
        for row in rows {
            orders.push(self.read(row).await?);
        }
        orders.sort_by(|a, b| (b.placed, &b.number.0).cmp(&(a.placed, &a.number.0)));
        Ok(orders)
    }

    async fn read(&self, (number, json): (String, String)) -> Result<Order, StoreError> {
        let mut order: Order =
            serde_json::from_str(&json).map_err(|error| StoreError::unreadable(&format!("order {number}"), &error))?;
        order.registered.extend(self.registered(&order.number).await?);
        Ok(order)
    }

    /// What tickets registered for an order, the oldest first.
    pub async fn registered(&self, order: &OrderNumber) -> Result<Vec<Registered>, StoreError> {
        let tickets: Vec<(i64, String)> =
            sqlx::query_as("SELECT id, json FROM tickets WHERE order_number = ? ORDER BY id")
                .bind(&order.0)
                .fetch_all(&self.readers)
                .await?;
        let read = |(id, json): (i64, String)| {
            let ticket: Ticket =
                serde_json::from_str(&json).map_err(|error| StoreError::unreadable(&format!("ticket {id}"), &error))?;
            let remedy = ticket.decision.map(|decision| decision.remedy);
            Ok(Registered { ticket: TicketId(id.cast_unsigned()), kind: ticket.kind, remedy })
        };
        tickets.into_iter().map(read).collect()
    }
}

async fn replace_orders(connection: &mut SqliteConnection, orders: &[Order]) -> Result<(), StoreError> {
    let mut transaction = begin(connection).await?;
    sqlx::query("DELETE FROM orders").execute(&mut *transaction).await?;
    for order in orders {
        let json = serde_json::to_string(order).map_err(StoreError::unwritable)?;
        sqlx::query(
            "INSERT INTO orders (number, json, phone) VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET json = ?2, phone = ?3",
        )
        .bind(&order.number.0)
        .bind(json)
        .bind(order.phone.expose())
        .execute(&mut *transaction)
        .await?;
    }
    Ok(transaction.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(number: &str, customer: &str) -> Order {
        serde_json::from_value(serde_json::json!({
            "number": number, "customer": customer, "product": "lamp", "product_name": {"zh": "灯", "en": "lamp"},
            "paid": 19990, "placed": "2025-11-20", "parcel": {
                "carrier": {"zh": "快递", "en": "express"}, "waybill": "EF123456789",
                "collected": "2025-11-21T10:05:00", "due": "2025-11-22T18:00:00", "delivered": null,
            },
        }))
        .unwrap()
    }

    #[tokio::test]
    async fn a_customer_has_orders_and_orders_have_a_past() {
        use ermu_domain::{Language, SessionId, TicketKind};
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("ermu.db")).await.unwrap();
        let of = |number: &str, phone: &str| {
            let mut order = order(number, "somebody");
            order.phone = ermu_domain::Pii::new(phone.to_owned());
            order
        };
        store
            .import_orders(&[of("1", "13800000001"), of("2", "13800000001"), of("3", ""), of("4", "139")])
            .await
            .unwrap();
        let numbers = async |phone| -> Vec<String> {
            store.orders_of(phone).await.unwrap().into_iter().map(|order| order.number.0).collect()
        };
        assert_eq!(numbers("13800000001").await, ["2", "1"]);
        assert!(numbers("").await.is_empty() && numbers("138").await.is_empty());

        let session = SessionId(1);
        store.begin_session(session, Language::Chinese, 1).await.unwrap();
        let mut ticket = crate::tickets::tests::ticket(session, "");
        ticket.order = Some(OrderNumber("1".into()));
        let id = store.save_ticket(session, 1, &ticket).await.unwrap();
        let order = store.order(&OrderNumber("1".into())).await.unwrap().unwrap();
        assert_eq!(order.registered, [Registered { ticket: id, kind: TicketKind::Damage, remedy: None }]);
    }

    #[tokio::test]
    async fn an_import_replaces_all_or_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open_capped(&folder.path().join("ermu.db"), 400 * 1024).await.unwrap();
        store.import_orders(&[order("1", "old"), order("1", "twice"), order("2", "gone")]).await.unwrap();
        assert_eq!(store.order(&OrderNumber("1".into())).await.unwrap(), Some(order("1", "twice")));

        let too_many: Vec<_> = (0..5000).map(|n| order(&n.to_string(), "flood")).collect();
        assert!(matches!(store.import_orders(&too_many).await, Err(StoreError::Full)));
        assert_eq!(store.order(&OrderNumber("2".into())).await.unwrap(), Some(order("2", "gone")));

        store.import_orders(&[order("1", "new")]).await.unwrap();
        assert_eq!(store.order(&OrderNumber("1".into())).await.unwrap(), Some(order("1", "new")));
        assert_eq!(store.order(&OrderNumber("2".into())).await.unwrap(), None);
    }
}
