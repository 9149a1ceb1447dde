//! How a case is declared: a plain function, listed once, run once on each database.

use libtest_mimic::{Completion, Failed, Trial};

use crate::databases::{Backend, TestDatabase, Unavailable};

/// What a case is given: a database, or a whole service on one.
pub trait Fixture: 'static {
    /// Builds it on a fresh, migrated database.
    fn on(database: TestDatabase) -> Self;
}

impl Fixture for TestDatabase {
    fn on(database: TestDatabase) -> Self {
        database
    }
}

/// How a case ends: done, or left out where this machine lacks what it needs, and reported so.
pub trait Ending: 'static {
    /// The ending as the harness wants it.
    fn completion(self) -> Completion;
}

impl Ending for () {
    fn completion(self) -> Completion {
        Completion::Completed
    }
}

impl Ending for Completion {
    fn completion(self) -> Completion {
        self
    }
}

/// The cases of all modules.
#[derive(Default)]
pub struct Suite {
    trials: Vec<Trial>,
}

impl Suite {
    /// Adds a case that runs as `path::sqlite` and `path::postgres`.
    pub fn on_both<F: Fixture, E: Ending>(&mut self, path: &str, case: fn(&F) -> E) {
        for backend in [Backend::Sqlite, Backend::Postgres] {
            let name = format!("{}::{backend}", without_crate(path));
            self.trials.push(Trial::ignorable_test(name, move || run(backend, case)));
        }
    }

    /// Adds a case that needs no database, or brings its own.
    pub fn once(&mut self, path: &str, case: fn() -> Completion) {
        self.trials.push(Trial::ignorable_test(without_crate(path), move || Ok(case())));
    }

    /// The cases as the harness wants them.
    pub fn into_trials(self) -> Vec<Trial> {
        self.trials
    }
}

fn run<F: Fixture, E: Ending>(backend: Backend, case: fn(&F) -> E) -> Result<Completion, Failed> {
    match TestDatabase::fresh(backend) {
        Ok(database) => {
            let fixture = F::on(database);
            Ok(case(&fixture).completion())
        }
        Err(Unavailable::NotInstalled) => Ok(Completion::ignored_with("PostgreSQL is not installed")),
        Err(Unavailable::Failed(why)) => Err(why.into()),
    }
}

fn without_crate(path: &str) -> &str {
    path.split_once("::").map_or(path, |(_, rest)| rest)
}

/// Lists a module's cases: `suite!(TestDatabase: first_case, second_case);` makes `fn cases(&mut Suite)`. A case that is
/// written but not listed is dead code, and the compiler says so.
/// Cases after `once:` run once, and bring what they need.
macro_rules! suite {
    ($($fixture:ty: $($case:ident),+ $(,)?)? $(; once: $($alone:ident),+ $(,)?)?) => {
        /// Adds this module's cases.
        pub fn cases(suite: &mut $crate::suite::Suite) {
            $($(suite.on_both::<$fixture, _>(concat!(module_path!(), "::", stringify!($case)), $case);)+)?
            $($(suite.once(concat!(module_path!(), "::", stringify!($alone)), $alone);)+)?
        }
    };
}
pub(crate) use suite;
