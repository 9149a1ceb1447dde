//! Localities: which team of an organisation serves a child, and giving a team's children to another when a boundary
//! moves.

mod reading;
mod reassigning;

pub use reading::{ShownLocality, read_locality};
pub use reassigning::{NewReassignment, Reassigned, Reassignment, reassign_team};
