//! Bulk loads: what goes in, what is refused, what is held, and what stays hidden.

pub mod files;
mod households;
mod lines;
mod settling;
mod shields;

use crate::suite::Suite;

/// Adds the cases of bulk loads.
pub fn cases(suite: &mut Suite) {
    households::cases(suite);
    lines::cases(suite);
    settling::cases(suite);
    shields::cases(suite);
}
