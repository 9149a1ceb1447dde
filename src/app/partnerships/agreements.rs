//! Information-sharing agreements: drafting, changing, adopting and ending them.

use chrono::NaiveDate;

use super::keeping::{managed, refuse as refuse_partnership};
use crate::app::index::Answer;
use crate::app::replays::{self, IdempotencyKey};
use crate::app::{Failure, Index, Precondition, Session};
use crate::domain::audit::actions::Outcome;
use crate::domain::audit::events::Event;
use crate::domain::audit::payloads::{Criteria, TargetKind};
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::ids::PartnershipId;
use crate::domain::lawful_bases::LawfulBasis;
use crate::domain::partnerships::{Agreement, AgreementState, ServiceDefault};
use crate::domain::policy::{Conflict, Refusal, Violation};
use crate::domain::visits::Visit;
use crate::store::errors::StoreError;
use crate::store::{agreements, partnerships};

/// An agreement to be drafted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAgreement {
    /// The lawful basis that it stands on.
    pub lawful_basis: LawfulBasis,
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub until: Option<NaiveDate>,
    /// The day on which it is to be looked at again.
    pub review_on: NaiveDate,
    /// How much is told, by service.
    pub defaults: Vec<ServiceDefault>,
}

/// What is to be changed of an agreement; what is not given stays. What it says may be changed of a draft alone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AgreementChanges {
    /// The lawful basis that it stands on.
    pub lawful_basis: Option<LawfulBasis>,
    /// The first day.
    pub from: Option<NaiveDate>,
    /// The last day; `Some(None)` takes it away.
    pub until: Option<Option<NaiveDate>>,
    /// The day on which it is to be looked at again.
    pub review_on: Option<NaiveDate>,
    /// How much is told, by service.
    pub defaults: Option<Vec<ServiceDefault>>,
    /// How it is to stand.
    pub state: Option<AgreementState>,
}

impl AgreementChanges {
    /// Whether anything is to be changed of what it says.
    fn says_something(&self) -> bool {
        let Self { lawful_basis, from, until, review_on, defaults, state: _ } = self;
        lawful_basis.is_some() || from.is_some() || until.is_some() || review_on.is_some() || defaults.is_some()
    }
}

/// Lists the agreements of a partnership, the newest first, for every account.
///
/// # Errors
/// [`Failure`] where nothing could be read or recorded.
pub async fn list_agreements(
    index: &Index,
    visit: Visit,
    id: PartnershipId,
) -> Result<Answer<Vec<Agreement>>, Failure> {
    index
        .disclose(visit, move |session| {
            if partnerships::find(session.conn, id)?.is_none() {
                return Ok(refuse_partnership(session, id, Refusal::NotFound));
            }
            let all = agreements::list(session.conn, id)?;
            let outcome = if all.is_empty() { Outcome::None } else { Outcome::Disclosed };
            let event = session.event(session.visit.action, outcome).on(TargetKind::Partnership, id);
            Ok(Disclosure::with(event, all))
        })
        .await
}

/// Reads an agreement, for every account.
///
/// # Errors
/// As [`list_agreements`].
pub async fn read_agreement(
    index: &Index,
    visit: Visit,
    id: PartnershipId,
    number: i32,
) -> Result<Answer<Agreement>, Failure> {
    index
        .disclose(visit, move |session| match agreements::find(session.conn, id, number)? {
            None => Ok(refuse(session, id, number, Refusal::NotFound)),
            Some(found) => Ok(Disclosure::with(about(session, id, number, Outcome::Disclosed), found)),
        })
        .await
}

/// Drafts an agreement; once for each idempotency key.
///
/// # Errors
/// As [`list_agreements`].
pub async fn draft_agreement(
    index: &Index,
    visit: Visit,
    key: Option<IdempotencyKey>,
    id: PartnershipId,
    new: NewAgreement,
) -> Result<Answer<Agreement>, Failure> {
    index.change(visit, move |session| draft(session, key.as_ref(), id, new)).await
}

/// Changes a draft, adopts it, or ends what was adopted, where the precondition holds.
///
/// # Errors
/// As [`list_agreements`].
pub async fn change_agreement(
    index: &Index,
    visit: Visit,
    (id, number): (PartnershipId, i32),
    precondition: Precondition<Agreement>,
    changes: AgreementChanges,
) -> Result<Answer<Agreement>, Failure> {
    index.change(visit, move |session| change(session, id, number, precondition, &changes)).await
}

fn draft(
    session: &mut Session<'_>,
    key: Option<&IdempotencyKey>,
    id: PartnershipId,
    new: NewAgreement,
) -> Result<Sealed<Agreement>, Failure> {
    if let Err(refusal) = managed(session, id)? {
        return Ok(refuse_partnership(session, id, refusal));
    }
    match replays::find(session, key)? {
        Err(refusal) => return Ok(refuse_partnership(session, id, refusal)),
        Ok(Some(replay)) => {
            let number = replay.reference.and_then(|reference| reference.parse().ok()).unwrap_or_default();
            return match agreements::find(session.conn, id, number)? {
                None => Ok(refuse(session, id, number, Refusal::NotFound)),
                Some(found) => Ok(Disclosure::with(about(session, id, number, Outcome::Unchanged), found)),
            };
        }
        Ok(None) => {}
    }
    let drafted = Agreement {
        partnership: id,
        number: 0,
        lawful_basis: new.lawful_basis,
        from: new.from,
        until: new.until,
        review_on: new.review_on,
        defaults: new.defaults,
        state: AgreementState::Draft,
        ended_on: None,
        version: 1,
    };
    if let Some((pointer, message)) = drafted.fault() {
        return Ok(refuse_partnership(session, id, Refusal::Invalid(Violation { pointer, message })));
    }
    let Some(number) = agreements::insert(session.conn, &drafted)? else {
        return Ok(refuse_partnership(session, id, Refusal::Conflict(Conflict::OutOfOrder)));
    };
    replays::remember(session, key, "drafted", Some(number.to_string()))?;
    let event = about(session, id, number, Outcome::Changed);
    Ok(Disclosure::with(event, Agreement { number, ..drafted }))
}

fn change(
    session: &mut Session<'_>,
    id: PartnershipId,
    number: i32,
    precondition: Precondition<Agreement>,
    changes: &AgreementChanges,
) -> Result<Sealed<Agreement>, Failure> {
    if let Err(refusal) = managed(session, id)? {
        return Ok(refuse(session, id, number, refusal));
    }
    let Some(before) = agreements::find(session.conn, id, number)? else {
        return Ok(refuse(session, id, number, Refusal::NotFound));
    };
    if !precondition.holds(&before) {
        return Ok(refuse(session, id, number, Refusal::Stale));
    }
    let after = match altered(&before, changes, session.day) {
        Ok(after) => after,
        Err(refusal) => return Ok(refuse(session, id, number, refusal)),
    };
    if after == before {
        return Ok(Disclosure::with(about(session, id, number, Outcome::Unchanged), before));
    }
    match agreements::update(session.conn, &after) {
        Ok(()) => {
            let asked = Criteria::new().with("state", after.state.code());
            let event = about(session, id, number, Outcome::Changed).asking(asked);
            Ok(Disclosure::with(event, Agreement { version: after.version.saturating_add(1), ..after }))
        }
        Err(StoreError::Conflict(agreements::OVERLAP)) => {
            Ok(refuse(session, id, number, Refusal::Conflict(Conflict::AgreementOverlap)))
        }
        Err(StoreError::NotFound) => Ok(refuse(session, id, number, Refusal::Stale)),
        Err(error) => Err(error.into()),
    }
}

/// The agreement as it is to be, or why that cannot follow where it stands.
fn altered(before: &Agreement, changes: &AgreementChanges, day: NaiveDate) -> Result<Agreement, Refusal> {
    use AgreementState::{Adopted, Draft, Ended};
    let state = changes.state.unwrap_or(before.state);
    let follows =
        matches!((before.state, state), (Draft, Draft | Adopted) | (Adopted, Adopted | Ended) | (Ended, Ended));
    if !follows || (before.state != Draft && changes.says_something()) {
        return Err(Refusal::Conflict(Conflict::OutOfOrder));
    }
    let mut after = before.clone();
    after.lawful_basis = changes.lawful_basis.unwrap_or(after.lawful_basis);
    after.from = changes.from.unwrap_or(after.from);
    after.until = changes.until.unwrap_or(after.until);
    after.review_on = changes.review_on.unwrap_or(after.review_on);
    if let Some(defaults) = &changes.defaults {
        after.defaults.clone_from(defaults);
    }
    after.state = state;
    let wrong = |(pointer, message)| Err(Refusal::Invalid(Violation { pointer, message }));
    if let Some(fault) = after.fault() {
        return wrong(fault);
    }
    let adopts = before.state == Draft && state == Adopted;
    if adopts && after.until.is_some_and(|until| until < day) {
        return wrong(("/until", "lies in the past: there is no day left to adopt it for"));
    }
    if before.state == Adopted && state == Ended {
        after.ended_on = Some(day);
    }
    Ok(after)
}

/// An event about an agreement: its partnership and number are one name.
pub(super) fn about(session: &Session<'_>, id: PartnershipId, number: i32, outcome: Outcome) -> Event {
    session.event(session.visit.action, outcome).on(TargetKind::Agreement, format!("{id}/{number}"))
}

pub(super) fn refuse<T>(session: &Session<'_>, id: PartnershipId, number: i32, refusal: Refusal) -> Sealed<T> {
    Disclosure::refused(refusal, about(session, id, number, refusal.outcome()))
}
