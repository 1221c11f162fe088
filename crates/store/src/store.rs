//! Opening the database.

use std::{
    fs, io,
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use sqlx::{
    Connection, SqlSafeStr, Sqlite, SqliteConnection, SqlitePool, Transaction,
    migrate::{MigrateError, Migration, MigrationType, Migrator},
    pool::PoolConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{OpenError, StoreError};

/// What made the tables, in order: version, name, statements. A released one is never edited, only followed by another.
const MIGRATIONS: [(i64, &str, &str); 3] = [
    (1, "calls", include_str!("../migrations/0001_calls.sql")),
    (2, "outbox", include_str!("../migrations/0002_outbox.sql")),
    (3, "backend", include_str!("../migrations/0003_backend.sql")),
];

/// Longer than the longest honest write (an import of all orders), shorter than a caller's patience.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const READERS: u32 = 4;
const PAGE_BYTES: u32 = 4096;

/// An open database. Clones share it.
///
/// SQLite admits one writer at a time: ours queue for the one writing connection, fairly and without polling, while
/// readers go on beside them (write-ahead log).
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) writer: SqlitePool,
    pub(crate) readers: SqlitePool,
}

impl Store {
    /// Opens the database in the given file; makes the folder, the file (readable by its owner only: it holds personal
    /// data) and the tables if they are not there.
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        Self::open_capped(path, u64::MAX).await
    }

    /// Like [`Store::open`], but the database never grows beyond `max_bytes`: then writes fail with
    /// [`StoreError::Full`], as they do on a full disk.
    pub async fn open_capped(path: &Path, max_bytes: u64) -> Result<Self, OpenError> {
        create_private(path).map_err(|source| OpenError::File { path: path.to_owned(), source })?;
        let max_pages = u32::try_from(max_bytes / u64::from(PAGE_BYTES)).unwrap_or(u32::MAX - 1).max(1);
        let options = SqliteConnectOptions::new()
            .filename(path)
            .page_size(PAGE_BYTES)
            .journal_mode(SqliteJournalMode::Wal)
            // FULL, not NORMAL: with a write-ahead log NORMAL loses the last commits in a power cut, and a ticket's
            // number is spoken as soon as its commit returns. It costs one fsync a commit.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT)
            .pragma("max_page_count", max_pages.to_string());
        let pool = SqlitePoolOptions::new().idle_timeout(None).max_lifetime(None).acquire_timeout(BUSY_TIMEOUT * 2);

        let failed = |source| OpenError::of(path.to_owned(), source);
        let writer = pool.clone().max_connections(1).connect_with(options.clone()).await.map_err(failed)?;
        // Not `migrate!`: the macro would have SQLite and sqlx built a second time, for the compiler.
        let migrations = MIGRATIONS.map(|(version, name, sql)| {
            Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
        });
        Migrator::with_migrations(migrations.into()).run(&writer).await.map_err(|error| match error {
            MigrateError::VersionMissing(version) => OpenError::TooNew { path: path.to_owned(), version },
            MigrateError::Execute(source) | MigrateError::ExecuteMigration(source, _) => failed(source),
            other => failed(other.into()),
        })?;
        let readers =
            pool.max_connections(READERS).connect_with(options.pragma("query_only", "1")).await.map_err(failed)?;
        Ok(Self { writer, readers })
    }

    /// Whether the database answers.
    pub async fn check(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1 FROM sessions LIMIT 1").execute(&self.readers).await?;
        Ok(())
    }

    /// Waits for running requests and closes the file; later requests of any clone fail.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// The writing connection, for a transaction; to be given to [`settle`].
    pub(crate) async fn writing(&self) -> Result<PoolConnection<Sqlite>, StoreError> {
        Ok(self.writer.acquire().await?)
    }
}

/// Begins a transaction that holds the write lock from its beginning, so that it cannot fail half-way for want of it.
pub(crate) async fn begin(connection: &mut SqliteConnection) -> Result<Transaction<'_, Sqlite>, StoreError> {
    Ok(connection.begin_with("BEGIN IMMEDIATE").await?)
}

/// Ends the use of a connection in a transaction. SQLite rolls back by itself when the disk is full, which sqlx does
/// not notice: it would refuse the next transaction. So a connection that saw an error is closed.
pub(crate) fn settle(
    mut connection: PoolConnection<Sqlite>,
    outcome: Result<(), StoreError>,
) -> Result<(), StoreError> {
    if outcome.is_err() {
        connection.close_on_drop();
    }
    outcome
}

fn create_private(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// Milliseconds since 1970, for the columns that people read.
pub(crate) fn unix_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tickets::tests::ticket;
    use ermu_domain::{Language, SessionId};

    #[tokio::test]
    async fn makes_the_folder_and_a_private_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/ermu.db");
        Store::open(&path).await.unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[tokio::test]
    async fn a_garbage_file_is_named_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ermu.db");
        let garbage = "these are my holiday notes\n".repeat(1000);
        fs::write(&path, &garbage).unwrap();
        let error = Store::open(&path).await.unwrap_err();
        assert!(matches!(error, OpenError::NotADatabase { .. }), "{error}");
        assert!(error.to_string().contains("ermu.db"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), garbage);
    }

    #[tokio::test]
    async fn a_folder_in_place_of_the_file_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(Store::open(folder.path()).await, Err(OpenError::File { .. })));
    }

    #[tokio::test]
    async fn the_tables_of_a_newer_version_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ermu.db");
        let store = Store::open(&path).await.unwrap();
        sqlx::query(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (9999, 'the future', TRUE, x'00', 0)",
        )
        .execute(&store.writer)
        .await
        .unwrap();
        store.close().await;
        assert!(matches!(Store::open(&path).await, Err(OpenError::TooNew { version: 9999, .. })));
    }

    #[tokio::test]
    async fn what_was_saved_is_in_the_files_even_if_the_process_dies_now() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ermu.db");
        let store = Store::open(&path).await.unwrap();
        store.begin_session(SessionId(1), Language::Chinese, 0).await.unwrap();
        let id = store.save_ticket(SessionId(1), 0, &ticket(SessionId(1), "before")).await.unwrap();

        // What a kill -9 leaves: the files as they are, nothing closed.
        let after = tempfile::tempdir().unwrap();
        for file in fs::read_dir(folder.path()).unwrap() {
            let file = file.unwrap();
            if !file.file_name().to_string_lossy().ends_with("-shm") {
                fs::copy(file.path(), after.path().join(file.file_name())).unwrap();
            }
        }
        let revived = Store::open(&after.path().join("ermu.db")).await.unwrap();
        assert_eq!(revived.ticket(id).await.unwrap().unwrap().ticket.summary.en, "before");
    }

    #[tokio::test]
    async fn a_full_disk_is_told_and_survived() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ermu.db");
        let store = Store::open_capped(&path, 400 * 1024).await.unwrap();
        store.begin_session(SessionId(1), Language::Chinese, 0).await.unwrap();
        let kept = store.save_ticket(SessionId(1), 0, &ticket(SessionId(1), "small")).await.unwrap();

        let large = ticket(SessionId(1), &"x".repeat(1 << 20));
        assert!(matches!(store.save_ticket(SessionId(1), 1, &large).await, Err(StoreError::Full)));
        assert_eq!(store.ticket(kept).await.unwrap().unwrap().ticket.summary.en, "small");
        store.save_ticket(SessionId(1), 2, &ticket(SessionId(1), "fits")).await.unwrap();
        store.close().await;

        let grown = Store::open(&path).await.unwrap();
        grown.save_ticket(SessionId(1), 1, &large).await.unwrap();
    }
}
