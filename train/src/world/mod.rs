//! The world around a voice: what reaches a microphone beside it, and what is done to it on the way.

pub mod sounds;
