//! Use-cases on a database, without HTTP around them.

mod accounts;
mod audits;
mod operators;
mod organisations;
mod publishing;
mod rounds;
mod searches;
mod teams;
mod watching;

use crate::suite::Suite;

/// Adds the cases of the use-cases.
pub fn cases(suite: &mut Suite) {
    accounts::cases(suite);
    audits::cases(suite);
    operators::cases(suite);
    organisations::cases(suite);
    publishing::cases(suite);
    rounds::cases(suite);
    searches::cases(suite);
    teams::cases(suite);
    watching::cases(suite);
}
