//! The store on its own: transactions, constraints, schema, migrations, pools and many writers at once.

mod catalogues;
mod constraints;
mod migrations;
mod pools;
mod transactions;
mod writers;

use crate::suite::Suite;

/// Adds the store's cases.
pub fn cases(suite: &mut Suite) {
    catalogues::cases(suite);
    constraints::cases(suite);
    migrations::cases(suite);
    pools::cases(suite);
    transactions::cases(suite);
    writers::cases(suite);
}
