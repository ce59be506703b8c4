//! An archive of recordings, fetched and unpacked.

pub mod fetch;
pub mod unpack;
