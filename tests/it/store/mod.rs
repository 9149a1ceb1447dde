//! The store on its own: transactions, constraints, schema, migrations, pools and many writers at once.

mod audit;
mod carried_over;
mod catalogues;
mod constraints;
pub mod crashes;
mod directories;
mod ledgers;
mod locks;
mod migrations;
mod pools;
mod recorder;
mod replicas;
mod restarts;
mod roles;
mod settings;
mod transactions;
mod turns;
mod writers;

use crate::suite::Suite;

/// Adds the store's cases.
pub fn cases(suite: &mut Suite) {
    audit::cases(suite);
    carried_over::cases(suite);
    catalogues::cases(suite);
    constraints::cases(suite);
    crashes::cases(suite);
    directories::cases(suite);
    ledgers::cases(suite);
    locks::cases(suite);
    migrations::cases(suite);
    pools::cases(suite);
    recorder::cases(suite);
    replicas::cases(suite);
    restarts::cases(suite);
    roles::cases(suite);
    settings::cases(suite);
    transactions::cases(suite);
    turns::cases(suite);
    writers::cases(suite);
}
