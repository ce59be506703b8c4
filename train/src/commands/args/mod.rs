//! Options that several commands share.

mod cache;
mod calibration;
mod data;
mod recipe;
pub mod values;

pub use cache::CacheArgs;
pub use calibration::CalibrationArgs;
pub use data::DataArgs;
pub use recipe::RecipeArgs;
