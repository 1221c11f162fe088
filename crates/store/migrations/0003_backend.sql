-- How an effect ended: what the backend calls it, or that no more is tried and a person has to see to it.
ALTER TABLE outbox ADD COLUMN reference TEXT;
ALTER TABLE outbox ADD COLUMN given_up_at_unix_ms INTEGER;

DROP INDEX outbox_open;
CREATE INDEX outbox_open ON outbox (due_at_unix_ms) WHERE done_at_unix_ms IS NULL AND given_up_at_unix_ms IS NULL;
CREATE INDEX outbox_of_ticket ON outbox (ticket);

-- The books of a shop without a system of its own: what its people have to carry out, each thing once.
CREATE TABLE books (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    idempotency_key    TEXT NOT NULL UNIQUE,
    ticket             INTEGER NOT NULL REFERENCES tickets (id),
    entered_at_unix_ms INTEGER NOT NULL,
    json               TEXT NOT NULL
) STRICT;
