//! What can go wrong in the store: four outcomes, equal on both databases, that show no value of any row.

use std::fmt;

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as DieselError};

use super::constraints;

/// The result of everything the store does.
pub type StoreResult<T> = Result<T, StoreError>;

/// Why the store could not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// No row where one was required.
    #[error("there is no such record")]
    NotFound,
    /// A constraint refused the change. Its name is the one in the migrations, the same on both databases:
    /// `child_index_number`, `involvement_pkey`; [`constraints::FOREIGN_KEY`], [`constraints::CHECK`] and
    /// [`constraints::NOT_NULL`] for the kinds that SQLite does not name.
    #[error("the constraint {0} refused the change")]
    Conflict(&'static str),
    /// No connection within the time allowed, a lock held too long, or a serialisation failure: trying again may help.
    #[error("the database is busy")]
    Busy,
    /// Anything else. The cause is for the operator's log, where it shows no value of any row, and never for a caller.
    #[error("the database could not do what was asked")]
    Broken(Cause),
}

impl StoreError {
    /// A failure that no database reported, said in words that carry no data.
    pub fn broken(what: &'static str) -> Self {
        Self::Broken(Cause { kind: what, message: String::new() })
    }

    /// The same, with the words of an error that is known to carry no data (a file's, a thread's, a migration's).
    pub fn broken_by(what: &'static str, cause: &dyn fmt::Display) -> Self {
        Self::Broken(Cause { kind: what, message: cause.to_string() })
    }
}

/// Why the store is broken, fit for a log: a class of failure, and the database's own words where they hold no value.
#[derive(Clone, PartialEq, Eq)]
pub struct Cause {
    kind: &'static str,
    message: String,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.message.is_empty() { f.write_str(self.kind) } else { write!(f, "{}: {}", self.kind, self.message) }
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        let kind = match error {
            DieselError::NotFound => return Self::NotFound,
            DieselError::DatabaseError(kind, information) => return from_database(kind, &*information),
            // What failed first says more than the rollback that failed after it.
            DieselError::RollbackErrorOnCommit { commit_error, .. } => return Self::from(*commit_error),
            DieselError::DeserializationError(_) => "a stored value could not be read",
            DieselError::SerializationError(_) => "a value could not be stored",
            DieselError::QueryBuilderError(_) => "a statement could not be built",
            DieselError::BrokenTransactionManager => "the transaction is lost",
            DieselError::AlreadyInTransaction | DieselError::NotInTransaction => "a transaction was out of step",
            _ => "a statement failed",
        };
        Self::broken(kind)
    }
}

/// Whether this error is a constraint doing its work: every other one makes its connection suspect.
pub(super) fn is_constraint(error: &DieselError) -> bool {
    matches!(error, DieselError::DatabaseError(kind, _) if constraint_kind(*kind))
}

/// Whether this error says that the server or the way to it is gone, and with it probably every other connection.
pub(super) fn is_disconnection(error: &DieselError) -> bool {
    matches!(
        error,
        DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand, _)
    )
}

fn constraint_kind(kind: DatabaseErrorKind) -> bool {
    use DatabaseErrorKind as Kind;
    matches!(
        kind,
        Kind::UniqueViolation
            | Kind::ForeignKeyViolation
            | Kind::RestrictViolation
            | Kind::NotNullViolation
            | Kind::CheckViolation
            | Kind::ExclusionViolation
    )
}

fn from_database(kind: DatabaseErrorKind, information: &dyn DatabaseErrorInformation) -> StoreError {
    use DatabaseErrorKind as Kind;
    let message = information.message();
    let kind = match kind {
        Kind::UniqueViolation | Kind::ExclusionViolation => {
            return StoreError::Conflict(constraints::unique(information.constraint_name(), message));
        }
        Kind::ForeignKeyViolation | Kind::RestrictViolation => return StoreError::Conflict(constraints::FOREIGN_KEY),
        Kind::CheckViolation => return StoreError::Conflict(constraints::CHECK),
        Kind::NotNullViolation => return StoreError::Conflict(constraints::NOT_NULL),
        Kind::SerializationFailure => return StoreError::Busy,
        _ if PASSING.iter().any(|words| message.starts_with(words)) => return StoreError::Busy,
        Kind::ClosedConnection | Kind::UnableToSendCommand => "the connection is lost",
        Kind::ReadOnlyTransaction => "the connection may only read",
        _ => "a statement failed",
    };
    StoreError::Broken(Cause { kind, message: without_values(message) })
}

/// What both databases say when somebody else holds what is needed; neither gives diesel a code for it.
const PASSING: [&str; 5] = [
    "database is locked",
    "database table is locked",
    "deadlock detected",
    "canceling statement due to lock timeout",
    "sorry, too many clients already",
];

/// Messages that quote names out of our own schema and statements, never a value.
const QUOTING_NAMES: [&str; 6] =
    ["relation ", "column ", "table ", "function ", "permission denied for ", "terminating connection "];

/// The database's message up to the first thing it quotes: PostgreSQL quotes the offending value.
fn without_values(message: &str) -> String {
    let first_line = message.lines().next().unwrap_or_default().trim();
    if QUOTING_NAMES.iter().any(|start| first_line.starts_with(start)) {
        return first_line.to_owned();
    }
    match first_line.split_once(['"', '\'', '(']) {
        Some((before, _)) => format!("{}…", before.trim_end()),
        None => first_line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone)]
    struct Told(&'static str);

    impl DatabaseErrorInformation for Told {
        fn message(&self) -> &str {
            self.0
        }
        fn details(&self) -> Option<&str> {
            Some("Key (family_name)=(Okafor) already exists.")
        }
        fn hint(&self) -> Option<&str> {
            None
        }
        fn table_name(&self) -> Option<&str> {
            None
        }
        fn column_name(&self) -> Option<&str> {
            None
        }
        fn constraint_name(&self) -> Option<&str> {
            None
        }
        fn statement_position(&self) -> Option<i32> {
            None
        }
    }

    fn told(kind: DatabaseErrorKind, message: &'static str) -> StoreError {
        DieselError::DatabaseError(kind, Box::new(Told(message))).into()
    }

    #[test]
    fn no_error_shows_a_value() {
        let error = told(DatabaseErrorKind::Unknown, "invalid input syntax for type date: \"Okafor\"");
        let StoreError::Broken(cause) = &error else { panic!("{error:?}") };
        assert_eq!(cause.to_string(), "a statement failed: invalid input syntax for type date:…");
        for text in [format!("{error}"), format!("{error:?}"), format!("{cause:?}")] {
            assert!(!text.contains("Okafor"), "{text}");
        }
    }

    #[test]
    fn an_operator_is_told_what_is_safe_to_tell() {
        for message in ["database or disk is full", "disk I/O error", "relation \"child\" does not exist"] {
            let StoreError::Broken(cause) = told(DatabaseErrorKind::Unknown, message) else { panic!("{message}") };
            assert_eq!(cause.to_string(), format!("a statement failed: {message}"));
        }
    }

    #[test]
    fn waiting_for_somebody_else_is_busy() {
        for message in PASSING {
            assert!(matches!(told(DatabaseErrorKind::Unknown, message), StoreError::Busy), "{message}");
        }
        assert!(matches!(told(DatabaseErrorKind::SerializationFailure, "x"), StoreError::Busy));
    }

    #[test]
    fn the_first_failure_is_the_one_reported() {
        let error = DieselError::RollbackErrorOnCommit {
            rollback_error: Box::new(DieselError::BrokenTransactionManager),
            commit_error: Box::new(DieselError::NotFound),
        };
        assert!(matches!(StoreError::from(error), StoreError::NotFound));
    }
}
