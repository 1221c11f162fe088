//! What can go wrong from outside.

pub use ermu_media::AcceptError;

/// A session could not be started.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The session could not be recorded.
    #[error("the session could not be stored: {0}")]
    Store(#[from] ermu_store::StoreError),
    /// The sound path could not be set up.
    #[error(transparent)]
    Resample(#[from] ermu_audio::resample::ResampleError),
}

/// A session could not be told something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// No such call, or it has ended.
    #[error("no call with this id is on the line")]
    Unknown,
}

/// A photo was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmitPhotoError {
    /// No such call, or it has ended.
    #[error("no call with this id is on the line")]
    UnknownSession,
    /// This call has sent enough photos.
    #[error("a call may send at most {limit} photos")]
    TooManyPhotos {
        /// How many it may send.
        limit: u32,
    },
}
