//! Use-cases on a database, without HTTP around them.

mod accounts;
mod audit_commands;
mod audits;
mod operators;
mod organisations;
mod parity;
mod publishing;
mod rounds;
mod searches;
mod teams;
mod upkeep;
mod watching;
mod witnesses;

use crate::suite::Suite;

/// Adds the cases of the use-cases.
pub fn cases(suite: &mut Suite) {
    accounts::cases(suite);
    audit_commands::cases(suite);
    audits::cases(suite);
    operators::cases(suite);
    organisations::cases(suite);
    parity::cases(suite);
    publishing::cases(suite);
    rounds::cases(suite);
    searches::cases(suite);
    teams::cases(suite);
    upkeep::cases(suite);
    watching::cases(suite);
    witnesses::cases(suite);
}
