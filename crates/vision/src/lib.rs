//! Hostile bytes to findings: decoding with limits, the quality gate, alignment to catalogue photos, defect location,
//! reading, holes on a wall, and the photo with all that drawn on it.
//!
//! [`Inspector`] ties it together; each step can be used by itself. Everything is blocking and runs on one thread.

mod align;
mod confidence;
mod deadline;
mod decode;
mod defect;
mod draw;
mod features;
mod gray;
mod heat;
mod homography;
mod inspect;
mod install;
mod jpeg_end;
mod photo;
mod product;
mod quality;
mod read;
mod regions;
mod shape;
mod shrink;
mod view;

pub use deadline::TooSlow;
pub use decode::{DecodeError, DecodeLimits, decode};
pub use defect::{Comparison, DefectModel, LoadDefectError, LocateError, Located, Sight};
pub use draw::annotate;
pub use heat::Heat;
pub use inspect::{InspectError, Inspection, Inspector};
pub use install::{
    Marker, REACH_OF_ONE_SHEET_MM, REACH_OF_PLAIN_SHEET_MM, REACH_OF_TWO_SHEETS_MM, Sheet, WallInspection, WallMap,
    annotate_wall, inspect_wall, measure_wall,
};
pub use photo::{EncodeError, Photo};
pub use quality::Quality;
pub use read::{FieldRules, LoadReaderError, ReadError, Reader, TextLine, fields};
pub use regions::Mask;
