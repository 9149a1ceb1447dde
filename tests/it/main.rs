//! The integration suite: every case runs on a fresh database of its own, on SQLite and on PostgreSQL.
//!
//! Where PostgreSQL is not installed its cases are reported as ignored, unless `CHILD_INDEX_REQUIRE_POSTGRES=1`;
//! `CHILD_INDEX_SKIP_POSTGRES=1` leaves them out for a quick run.

#![expect(clippy::type_complexity, clippy::cmp_owned, reason = "rows and cases read best where they stand")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions,
    clippy::disallowed_methods,
    reason = "a test that meets what it does not expect ends by saying so"
)]

mod app;
mod apps;
mod clusters;
mod databases;
mod http;
mod indexes;
mod loads;
mod logs;
mod store;
mod suite;

use std::process::ExitCode;

use libtest_mimic::Arguments;

use crate::store::crashes;
use crate::suite::Suite;

fn main() -> ExitCode {
    if let Some(exit) = crashes::play_the_child() {
        return exit;
    }
    let arguments = Arguments::from_args();
    let mut suite = Suite::default();
    app::cases(&mut suite);
    http::cases(&mut suite);
    store::cases(&mut suite);
    loads::cases(&mut suite);
    let conclusion = libtest_mimic::run(&arguments, suite.into_trials());
    if !arguments.list {
        databases::finish();
    }
    conclusion.exit_code()
}
