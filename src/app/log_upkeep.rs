//! What an operator does to the log itself: exporting its rows, and removing payloads whose time has come. Both are
//! recorded in it.

use super::Failure;
use super::operators::Operator;
use crate::domain::audit::actions::{AuditAction, Outcome};
use crate::domain::audit::payloads::{Criteria, Redacted};
use crate::domain::disclosures::Disclosure;
use crate::domain::instants::Instant;
use crate::store::audit::{self, Removed};
use crate::store::connections::AnyConnection;
use crate::store::errors::StoreError;
use crate::store::recorder::{Kind, Recorded, Recorder};

/// Payloads removed in one transaction, so that those who wait to record wait a moment only.
const AT_ONCE: u64 = 4_096;

/// Records that the log's rows are exported, payloads and all, before the first of them leaves.
///
/// # Errors
/// [`Failure`] where it could not be recorded; then nothing may leave.
pub async fn record_export(recorder: &Recorder, operator: &Operator) -> Result<Recorded<()>, Failure> {
    let event =
        operator.event(AuditAction::AuditExport, Outcome::Disclosed).asking(Criteria::new().with("rows", "all"));
    let recorded = recorder.record::<_, Failure, _>(Kind::Read, move |_| Ok(Disclosure::with(event, ()))).await?;
    // Without a refusal there is a value.
    Ok(Recorded { value: (), receipt: recorded.receipt })
}

/// Removes the payloads and salts of events before `before`, under the retention rule called `policy`, a part at a time,
/// each with its own redaction event; gives what was removed.
///
/// # Errors
/// [`Failure`] where something could not be removed or recorded; what was before is.
pub async fn redact(
    recorder: &Recorder,
    operator: &Operator,
    before: Instant,
    policy: &str,
    mut told: impl FnMut(Removed),
) -> Result<u64, Failure> {
    let mut total = 0_u64;
    while let Some(removed) = redact_part(recorder, operator, before, policy).await? {
        total = total.saturating_add(removed.payloads);
        told(removed);
    }
    Ok(total)
}

async fn redact_part(
    recorder: &Recorder,
    operator: &Operator,
    before: Instant,
    policy: &str,
) -> Result<Option<Removed>, Failure> {
    let (operator, policy) = (operator.clone(), policy.to_owned());
    let work = move |conn: &mut AnyConnection| {
        let removed = audit::remove_payloads(conn, before.0, AT_ONCE)?;
        let Some(Removed { from, to, .. }) = removed else { return Err(NotDone::NothingLeft) };
        let said = Criteria::new().with("before", before.to_string());
        let redacted = Redacted { from, to, policy: policy.into() };
        let event = operator.event(AuditAction::Redaction, Outcome::Done).asking(said).redacting(redacted);
        Ok(Disclosure::with(event, removed))
    };
    match recorder.record(Kind::Change, work).await {
        Ok(recorded) => Ok(recorded.value.ok().flatten()),
        Err(NotDone::NothingLeft) => Ok(None),
        Err(NotDone::Failed(failure)) => Err(failure),
    }
}

/// Why no event was left.
enum NotDone {
    NothingLeft,
    Failed(Failure),
}

impl From<StoreError> for NotDone {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}
