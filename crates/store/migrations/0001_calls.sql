-- Ids of calls are 32 hexadecimal digits, so that `sqlite3` shows what the logs show.
CREATE TABLE sessions (
    id                 TEXT PRIMARY KEY,
    language           TEXT NOT NULL,
    started_at_unix_ms INTEGER NOT NULL,
    ended_at_unix_ms   INTEGER,
    end_reason         TEXT
) STRICT, WITHOUT ROWID;

-- What happened in a call, in order: enough to replay it.
CREATE TABLE events (
    session TEXT NOT NULL REFERENCES sessions (id),
    seq     INTEGER NOT NULL,
    at_us   INTEGER NOT NULL,
    kind    TEXT NOT NULL,
    json    TEXT NOT NULL,
    PRIMARY KEY (session, seq)
) STRICT, WITHOUT ROWID;

-- AUTOINCREMENT: a number that was spoken to a customer is never given to another ticket.
CREATE TABLE tickets (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    session            TEXT NOT NULL REFERENCES sessions (id),
    key                INTEGER NOT NULL,
    created_at_unix_ms INTEGER NOT NULL,
    updated_at_unix_ms INTEGER NOT NULL,
    json               TEXT NOT NULL,
    UNIQUE (session, key)
) STRICT;

CREATE TABLE photos (
    session        TEXT NOT NULL REFERENCES sessions (id),
    photo          INTEGER NOT NULL,
    upright_jpeg   BLOB NOT NULL,
    annotated_jpeg BLOB NOT NULL,
    UNIQUE (session, photo)
) STRICT;

-- A copy of the shop's orders, replaced as a whole at each import.
CREATE TABLE orders (
    number TEXT PRIMARY KEY,
    json   TEXT NOT NULL
) STRICT, WITHOUT ROWID;
