//! The end of a case that a manager decides: what was held is released or kept, an override is judged.

use crate::app::index::Answer;
use crate::app::{Failure, Index, Session, recognition};
use crate::domain::audit::actions::{AuditAction, Outcome};
use crate::domain::audit::payloads::{Criteria, TargetKind};
use crate::domain::children::{Child, Publication};
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::ids::CaseId;
use crate::domain::instants::Instant;
use crate::domain::overrides::CaseOutcome;
use crate::domain::policy::{
    Block, CaseKind, Conflict, DecideHeld, Forbidden, Permit, Refusal, Violation, decide, may_decide_held,
    may_work_cases,
};
use crate::domain::visits::Visit;
use crate::store::cases::{self, ListedCase};
use crate::store::files::{self, ChildFile};
use crate::store::{children, overrides};

/// A case that has just been closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClosedCase {
    /// Its id.
    pub id: CaseId,
    /// What it was about.
    pub kind: CaseKind,
    /// How it ended.
    pub outcome: CaseOutcome,
    /// When.
    pub closed_at: Instant,
    /// Whether where the child lives stays held although the record was released: it is a hidden child's household.
    pub location_held: bool,
}

/// Closes a case that the caller has taken. A shield's case ends with the shield, and a brokered contact's with the
/// request.
///
/// # Errors
/// [`Failure`] where nothing could be changed or recorded.
pub async fn close_case(
    index: &Index,
    visit: Visit,
    case: CaseId,
    outcome: CaseOutcome,
) -> Result<Answer<ClosedCase>, Failure> {
    index.change(visit, move |session| close(session, case, outcome)).await
}

fn close(session: &mut Session<'_>, id: CaseId, outcome: CaseOutcome) -> Result<Sealed<ClosedCase>, Failure> {
    if let Err(refusal) = may_work_cases(&session.actor) {
        return Ok(session.refuse(refusal));
    }
    let area = session.actor.area.clone();
    let me = session.actor.account;
    let Some(case) = cases::find_open(session.conn, &area, id)? else { return Ok(session.refuse(Refusal::NotFound)) };
    let Some(file) = files::find(session.conn, Some(case.child), session.day)? else {
        return Ok(session.refuse(Refusal::NotFound));
    };
    if super::is_unknown(session, file.subject()) {
        return Ok(session.refuse(Refusal::NotFound));
    }
    if let Err(refusal) = may_end(session, &case, outcome)? {
        return Ok(session.refuse(refusal));
    }
    let ended = match case.kind {
        CaseKind::Review => end_review(session, file, outcome)?,
        _ => Ok(Ended { location_held: false, about: None }),
    };
    let Ended { location_held, about } = match ended {
        Ok(ended) => ended,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    if !cases::decide(session.conn, id, me, outcome, session.now)? {
        return Ok(session.refuse(Refusal::Conflict(Conflict::CaseNotTaken)));
    }
    let closed = ClosedCase { id, kind: case.kind, outcome, closed_at: session.now, location_held };
    tell(session, &case, about, closed)
}

/// What ending a case did.
struct Ended {
    location_held: bool,
    /// Leave for the child of a review; an investigation is about what was seen, and its event names the case.
    about: Option<Permit<DecideHeld>>,
}

/// Whether the caller may end the case so.
fn may_end(session: &mut Session<'_>, case: &ListedCase, outcome: CaseOutcome) -> Result<Result<(), Refusal>, Failure> {
    let possible = CaseOutcome::of(case.kind);
    if possible.is_empty() {
        return Ok(Err(Refusal::Conflict(Conflict::CaseGoesOn)));
    }
    if overrides::find_viewer(session.conn, case.id)? == Some(session.actor.account) {
        return Ok(Err(Refusal::Forbidden(Forbidden::Oneself)));
    }
    if case.manager != Some(session.actor.account) {
        return Ok(Err(Refusal::Conflict(Conflict::CaseNotTaken)));
    }
    if !possible.contains(&outcome) {
        let message = "does not fit this kind of case; see the outcomes of each kind";
        return Ok(Err(Refusal::Invalid(Violation { pointer: "/outcome", message })));
    }
    Ok(Ok(()))
}

fn end_review(
    session: &mut Session<'_>,
    file: ChildFile,
    outcome: CaseOutcome,
) -> Result<Result<Ended, Refusal>, Failure> {
    let permit = match decide::<DecideHeld>(&session.actor, file.subject(), session.day)
        .and_then(|permit| may_decide_held(&session.actor, file.subject()).map(|()| permit))
    {
        Ok(permit) => permit,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let (record, _) = file.open(&permit)?;
    let before = children::get_parts(session.conn, &session.settings.keys, &permit, record)?;
    let location_held = match outcome {
        CaseOutcome::Released => release(session, &permit, &before)?,
        _ => before.record.address.held,
    };
    Ok(Ok(Ended { location_held, about: Some(permit) }))
}

/// Shows what was held like any other record, but for where the child lives while somebody of the household is
/// shielded: a manager who does not think of a sister must not undo her shield.
fn release(session: &mut Session<'_>, permit: &Permit<DecideHeld>, before: &Child) -> Result<bool, Failure> {
    let secret = session.settings.keys;
    let shielded = before.record.shield.is_some();
    let hold = !shielded && recognition::shares_hidden_household(session.conn, &secret, before, session.day)?;
    let mut after = before.clone();
    after.record.publication = Publication::Published;
    after.record.address.held = hold;
    after.carers.iter_mut().for_each(|carer| carer.held = hold);
    after.record.version = after.record.version.saturating_add(1);
    after.record.updated_at = session.now;
    children::update(session.conn, permit, &after)?;
    recognition::rekey(session.conn, &secret, Some(before), &after)?;
    Ok(hold)
}

fn tell(
    session: &mut Session<'_>,
    case: &ListedCase,
    about: Option<Permit<DecideHeld>>,
    closed: ClosedCase,
) -> Result<Sealed<ClosedCase>, Failure> {
    let action = match case.kind {
        CaseKind::Investigation => AuditAction::OverrideClosed,
        _ => session.visit.action,
    };
    let event = session
        .event(action, Outcome::Changed)
        .asking(Criteria::new().with("outcome", closed.outcome.code()))
        .on(TargetKind::Case, case.id);
    if let Some(permit) = about {
        return Ok(Disclosure::under(permit, &[Block::Identity], event, closed));
    }
    let told = super::child_of(session, case.child)?.and_then(|child| child.shown);
    let event = told.into_iter().fold(event, |event, (_, told)| event.about(told));
    Ok(Disclosure::with(event, closed))
}
