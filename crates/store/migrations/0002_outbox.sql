-- What tickets make happen in the world. A row is written in the transaction of its ticket, so there is never a promise
-- without its effect or an effect without its promise; `idempotency_key` admits each effect once.
CREATE TABLE outbox (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    idempotency_key    TEXT NOT NULL UNIQUE,
    ticket             INTEGER NOT NULL REFERENCES tickets (id),
    created_at_unix_ms INTEGER NOT NULL,
    json               TEXT NOT NULL,
    attempts           INTEGER NOT NULL DEFAULT 0,
    -- Not before this moment is it tried (again): a claim that is never settled ends by itself.
    due_at_unix_ms     INTEGER NOT NULL,
    last_error         TEXT,
    done_at_unix_ms    INTEGER
) STRICT;

CREATE INDEX outbox_open ON outbox (due_at_unix_ms) WHERE done_at_unix_ms IS NULL;

-- Whose order it is, and what was registered for it before.
ALTER TABLE orders ADD COLUMN phone TEXT NOT NULL DEFAULT '';
CREATE INDEX orders_of_customer ON orders (phone);
ALTER TABLE tickets ADD COLUMN order_number TEXT;
UPDATE tickets SET order_number = json_extract(json, '$.order');
CREATE INDEX tickets_of_order ON tickets (order_number);
