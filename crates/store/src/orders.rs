//! The shop's orders.

use ermu_domain::{Order, OrderNumber};

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

    /// The order with this number.
    pub async fn order(&self, number: &OrderNumber) -> Result<Option<Order>, StoreError> {
        let json: Option<String> = sqlx::query_scalar("SELECT json FROM orders WHERE number = ?")
            .bind(&number.0)
            .fetch_optional(&self.readers)
            .await?;
        json.map(|json| {
            serde_json::from_str(&json).map_err(|error| StoreError::unreadable(&format!("order {number}"), &error))
        })
        .transpose()
    }
}

async fn replace_orders(connection: &mut SqliteConnection, orders: &[Order]) -> Result<(), StoreError> {
    let mut transaction = begin(connection).await?;
    sqlx::query("DELETE FROM orders").execute(&mut *transaction).await?;
    for order in orders {
        let json = serde_json::to_string(order).map_err(StoreError::unwritable)?;
        sqlx::query("INSERT INTO orders (number, json) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET json = ?2")
            .bind(&order.number.0)
            .bind(json)
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
