//! The operator behind a command: who they are, the recorder they work through, and what they are told.

use std::time::Duration;

use super::Failed;
use super::places::Place;
use crate::app::clock::Clock;
use crate::app::operators::Operator;
use crate::app::{Failure, Recorded};
use crate::config::operator_name;
use crate::domain::accounts::Capability;
use crate::domain::policy::{Conflict, Forbidden, Refusal};
use crate::store::connections::AnyConnection;
use crate::store::locks::Hold;
use crate::store::recorder::Recorder;

/// A place opened for an operator: everything done through it leaves its event in the log.
pub(super) struct Desk {
    /// For looking things up that no decision is about, such as an organisation by its code.
    pub conn: AnyConnection,
    recorder: Recorder,
    runtime: tokio::runtime::Runtime,
    _hold: Hold,
}

impl Desk {
    /// Opens a place.
    ///
    /// # Errors
    /// A sentence where the database cannot be used.
    pub(super) fn open(place: &Place) -> Result<Self, Failed> {
        let (conn, hold) = place.connect()?;
        // Nobody queues behind a command, which may wait for a load that writes at the same time.
        let recorder = Recorder::start(&place.url)?.with_turn(Duration::from_secs(5));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        Ok(Self { conn, recorder, runtime, _hold: hold })
    }

    /// Waits for something that is not refused.
    ///
    /// # Errors
    /// A sentence where it could not be done.
    pub(super) fn block_on<T>(&self, work: impl AsyncFnOnce(&Recorder) -> Result<T, Failure>) -> Result<T, Failed> {
        Ok(self.runtime.block_on(work(&self.recorder))?)
    }

    /// Does something and waits until it is done and recorded.
    ///
    /// # Errors
    /// A sentence: why it was refused, or that it could not be done.
    pub(super) fn wait<T>(
        &self,
        work: impl AsyncFnOnce(&Recorder) -> Result<Recorded<Result<T, Refusal>>, Failure>,
    ) -> Result<T, Failed> {
        let recorded = self.runtime.block_on(work(&self.recorder))?;
        recorded.value.map_err(|refusal| sentence(refusal).into())
    }
}

/// The operator who runs `command`.
pub(super) fn operator(command: &'static str) -> Operator {
    Operator { name: operator_name(), command, clock: Clock::System }
}

/// What a refusal is to somebody at a keyboard.
fn sentence(refusal: Refusal) -> String {
    match refusal {
        Refusal::NotFound => "there is nothing with this id; see: child-index account list".to_owned(),
        Refusal::Conflict(Conflict::Code) => "an organisation has this code already".to_owned(),
        Refusal::Conflict(Conflict::Identity) => "an account has this issuer and subject already".to_owned(),
        Refusal::Stale => "somebody else changed it meanwhile; try again".to_owned(),
        Refusal::Forbidden(Forbidden::SecondPerson) => {
            let grave = Capability::ALL.iter().filter(|capability| capability.takes_two_people());
            let grave: Vec<_> = grave.map(|capability| capability.code()).collect();
            format!("{} take two people and cannot be granted here", grave.join(" and "))
        }
        Refusal::Invalid(violation) => format!("{} {}", violation.pointer.trim_start_matches('/'), violation.message),
        other => format!("this was refused: {}", other.code()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_in_a_sentence() {
        assert_eq!(
            sentence(Refusal::Forbidden(Forbidden::SecondPerson)),
            "override and sealed-clearance take two people and cannot be granted here"
        );
        assert_eq!(sentence(Refusal::UnknownAccount), "this was refused: account-unknown");
    }
}
