//! Bulk loads: what goes in, what is refused, what is held, and what stays hidden.

mod files;
mod lines;
mod shields;

use crate::suite::Suite;

/// Adds the cases of bulk loads.
pub fn cases(suite: &mut Suite) {
    lines::cases(suite);
    shields::cases(suite);
}
