//! Chapter five: matters of adjustment, the steps they took, and what becomes of the stations.

mod endings;
mod matters;

pub use endings::{Kept, Movable};
pub use matters::{
    Adjustment, AdjustmentFilter, AdjustmentStep, Handover, NewAdjustment, NewHandover, NewStep, OpenCase,
};
