//! Shields: asked for by any practitioner and effective at once, confirmed and lifted by the management team.

mod sealing;

pub use sealing::{Sealing, seal_record};

use chrono::{Days, NaiveDate};

use super::children::open;
use super::index::Answer;
use super::{Failure, Index, Session, recognition};
use crate::domain::accounts::{Capability, Role};
use crate::domain::audit::actions::{AuditAction, Outcome, Strength};
use crate::domain::audit::payloads::ChildShown;
use crate::domain::children::{Child, ChildRecord, Shield, ShieldGround};
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::handles::ChildRef;
use crate::domain::households::household_keys;
use crate::domain::ids::{AccountId, ChildId};
use crate::domain::instants::Instant;
use crate::domain::policy::{
    Block, CaseKind, Conflict, Forbidden, Permit, ReadShield, Refusal, ShieldChild, Violation, may_manage_shield,
    may_request_shield,
};
use crate::domain::shields::{Proposal, REVIEWED_WITHIN_DAYS, ShieldReview, confirm_by};
use crate::domain::visits::Visit;
use crate::store::{accounts, carer_shields, cases, children, keys, organisations, shield_reviews, shields};

/// A shield as the management team sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShownShield {
    /// The shield.
    pub shield: Shield,
    /// The last day on which it is confirmed in time; none once it is confirmed.
    pub confirm_by: Option<NaiveDate>,
    /// Whether that day has passed. The shield stays.
    pub overdue: bool,
    /// The day on which the team looks again.
    pub review_on: Option<NaiveDate>,
    /// Whether somebody has proposed to lift it, and whether that was the caller.
    pub lift_proposed: Option<bool>,
    /// Whether somebody has proposed to seal the record, and whether that was the caller.
    pub seal_proposed: Option<bool>,
}

/// What came of a request to lift a shield.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifting {
    /// It is proposed; another manager has to agree.
    Proposed,
    /// It is lifted.
    Lifted,
}

/// Shields a child and everybody who shares a carer, an address or a telephone number with it, at once.
///
/// # Errors
/// [`Failure`] where nothing could be changed or recorded.
pub async fn shield_child(
    index: &Index,
    visit: Visit,
    child: ChildRef,
    ground: ShieldGround,
) -> Result<Answer<()>, Failure> {
    index.change(visit, move |session| request(session, child, ground)).await
}

fn request(session: &mut Session<'_>, child: ChildRef, ground: ShieldGround) -> Result<Sealed<()>, Failure> {
    let (file, permit) = match open::<ShieldChild>(session, child)? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    if let Err(refusal) = may_request_shield(&session.actor) {
        return Ok(session.refuse(refusal));
    }
    let (record, _) = file.open(&permit)?;
    let secret = session.settings.keys;
    let whole = children::get_parts(session.conn, &session.settings.keys, &permit, record)?;
    // One decision covers the household; who is in it is nothing that the answer tells.
    let household = keys::list_household(session.conn, permit.child(), &household_keys(&whole, &secret))?;
    let asked = Shield { ground, since: session.now, reviewed_at: None, sealed: false };
    let own = put_on(session, permit.child(), asked)?;
    let mut others = Vec::new();
    // Of a child that is shielded already the household was decided on then, and who joined it later is held for a
    // person. Were they covered when somebody asks again, whoever moves a child of theirs to an address could tell by
    // its shield whether the address hides this one.
    if own.is_some() {
        for member in household {
            others.extend(put_on(session, member, asked)?);
        }
    }
    let outcome = if own.is_some() { Outcome::Changed } else { Outcome::Unchanged };
    let event = session.event(session.visit.action, outcome);
    let sealed = Disclosure::under(permit, &[Block::Identity], event, ());
    let event_of = |told| session.event(AuditAction::ChildShield, Outcome::Changed).about(told);
    Ok(others.into_iter().map(event_of).fold(sealed, Disclosure::also))
}

/// Shields one child and opens its case; nothing where it is shielded already, whoever decided that.
fn put_on(session: &mut Session<'_>, child: ChildId, asked: Shield) -> Result<Option<ChildShown>, Failure> {
    let secret = session.settings.keys;
    let Some(done) = shields::put_on(session.conn, &secret, child, asked, session.now)? else { return Ok(None) };
    cases::open(session.conn, child, CaseKind::Shield, &done.area, None, session.now)?;
    Ok(Some(ChildShown::new(done.pseudonym).at_version(done.version).protected(true)))
}

/// Reads what the management team has noted about a child's shield.
///
/// # Errors
/// [`Failure`] where nothing could be read or recorded.
pub async fn read_shield(index: &Index, visit: Visit, child: ChildRef) -> Result<Answer<ShownShield>, Failure> {
    index.disclose(visit, move |session| read(session, child)).await
}

fn read(session: &mut Session<'_>, child: ChildRef) -> Result<Sealed<ShownShield>, Failure> {
    let (file, permit) = match open::<ReadShield>(session, child)? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    if let Err(refusal) = may_manage_shield(&session.actor, file.subject()) {
        return Ok(session.refuse(refusal));
    }
    let Some(shield) = file.record(&permit)?.shield else {
        return Ok(session.refuse(Refusal::Conflict(Conflict::NotShielded)));
    };
    let review = shield_reviews::find(session.conn, &permit)?;
    let shown = show(session, shield, &review);
    let event = session.event(session.visit.action, Outcome::Disclosed);
    Ok(Disclosure::under(permit, &[Block::Identity], event, shown))
}

fn show(session: &Session<'_>, shield: Shield, review: &ShieldReview) -> ShownShield {
    let confirm_by = shield.reviewed_at.is_none().then(|| confirm_by(shield.since));
    ShownShield {
        shield,
        confirm_by,
        overdue: confirm_by.is_some_and(|day| session.day > day),
        review_on: review.review_on,
        lift_proposed: review.lift_proposed_by(session.day).map(|who| who == session.actor.account),
        seal_proposed: review.seal_proposed_by(session.day).map(|who| who == session.actor.account),
    }
}

/// Confirms a child's shield, and says when the team looks again.
///
/// # Errors
/// [`Failure`] where nothing could be changed or recorded.
pub async fn confirm_shield(
    index: &Index,
    visit: Visit,
    child: ChildRef,
    review_on: NaiveDate,
) -> Result<Answer<ShownShield>, Failure> {
    index.change(visit, move |session| confirm(session, child, review_on)).await
}

fn confirm(session: &mut Session<'_>, child: ChildRef, review_on: NaiveDate) -> Result<Sealed<ShownShield>, Failure> {
    let (record, shield, permit) = match manage(session, child)? {
        Ok(managed) => managed,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let latest = session.day.checked_add_days(Days::new(REVIEWED_WITHIN_DAYS));
    if review_on <= session.day || latest.is_none_or(|latest| review_on > latest) {
        let violation = Violation { pointer: "/review_on", message: "must be a day to come, within a year" };
        return Ok(session.refuse(Refusal::Invalid(violation)));
    }
    shield_reviews::confirm(session.conn, &permit, record, session.now)?;
    // A proposal to lift it is answered by this.
    let noted = shield_reviews::find_for_change(session.conn, &permit)?;
    let review = ShieldReview { review_on: Some(review_on), lift: None, ..noted };
    shield_reviews::save(session.conn, &permit, &review)?;
    let shown = show(session, Shield { reviewed_at: Some(session.now), ..shield }, &review);
    let event = session.event(session.visit.action, Outcome::Changed);
    Ok(Disclosure::under(permit, &[Block::Identity], event, shown))
}

/// Proposes to lift a child's shield or, where another manager has proposed it, lifts it.
///
/// # Errors
/// [`Failure`] where nothing could be changed or recorded.
pub async fn lift_shield(index: &Index, visit: Visit, child: ChildRef) -> Result<Answer<Lifting>, Failure> {
    index.change(visit, move |session| lift(session, child)).await
}

fn lift(session: &mut Session<'_>, child: ChildRef) -> Result<Sealed<Lifting>, Failure> {
    let (record, shield, permit) = match manage(session, child)? {
        Ok(managed) => managed,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    if session.actor.strength < Strength::RecentTwoFactor {
        return Ok(session.refuse(Refusal::RecentLogin));
    }
    if shield.sealed && !session.actor.can(Capability::SealedClearance) {
        return Ok(session.refuse(Refusal::NotFound));
    }
    let review = shield_reviews::find_for_change(session.conn, &permit)?;
    let me = session.actor.account;
    let lifting = match review.lift_proposed_by(session.day) {
        Some(who) if who == me => return Ok(session.refuse(Refusal::Forbidden(Forbidden::SecondPerson))),
        Some(who) if still_decides(session, who)? => {
            take_off(session, &permit, record)?;
            Lifting::Lifted
        }
        // A proposal of somebody who may decide no more counts for nothing.
        Some(_) | None => {
            let proposed = ShieldReview { lift: Some(Proposal { by: me, at: session.now }), ..review };
            shield_reviews::save(session.conn, &permit, &proposed)?;
            Lifting::Proposed
        }
    };
    let outcome = if lifting == Lifting::Lifted { Outcome::Changed } else { Outcome::Held };
    let event = session.event(session.visit.action, outcome);
    Ok(Disclosure::under(permit, &[Block::Identity], event, lifting))
}

/// Whether somebody who proposed to lift a shield, or took a case, is a manager of this area in good standing still.
pub(super) fn still_decides(session: &mut Session<'_>, who: AccountId) -> Result<bool, Failure> {
    let Some(account) = accounts::find(session.conn, who)? else { return Ok(false) };
    let employer = organisations::find(session.conn, account.organisation)?;
    let accreditation = employer.map(|employer| employer.accreditation()).unwrap_or_default();
    let manages = account.role == Role::Manager && account.area == session.actor.area;
    Ok(manages && account.check_standing(session.day, accreditation).is_ok())
}

/// Takes the shield off. Where somebody of the household is shielded still, where the child lives stays held until a
/// person has looked: an unshielded brother's address must not undo the shield.
fn take_off(session: &mut Session<'_>, permit: &Permit<ShieldChild>, record: ChildRecord) -> Result<(), Failure> {
    let secret = session.settings.keys;
    let area = record.area.clone();
    let before = children::get_parts(session.conn, &session.settings.keys, permit, record)?;
    let hold = recognition::shares_hidden_household(session.conn, &secret, &before, session.day)?;
    shield_reviews::lift(session.conn, &secret, permit, &before, hold, session.now)?;
    if hold {
        cases::open(session.conn, permit.child(), CaseKind::Review, &area, None, session.now)?;
    }
    // A carer's shield outlives the child's, and so does its case.
    if !carer_shields::list_of(session.conn, &secret, &before)?.is_empty() {
        cases::open(session.conn, permit.child(), CaseKind::Shield, &area, None, session.now)?;
    }
    review_household(session, &before)
}

/// Has a person look again at what was held of those who share a household with a child that is not shielded any more.
fn review_household(session: &mut Session<'_>, child: &Child) -> Result<(), Failure> {
    let secret = session.settings.keys;
    let members = keys::list_household(session.conn, child.record.id, &household_keys(child, &secret))?;
    review_members(session, &members, &child.record.area)
}

/// Has a person look again at what is held of these children.
pub(super) fn review_members(session: &mut Session<'_>, members: &[ChildId], area: &str) -> Result<(), Failure> {
    let secret = session.settings.keys;
    for member in members.iter().copied() {
        let Some(hidden) = shields::find_hidden(session.conn, &secret, member)? else { continue };
        let waits = cases::list_open(session.conn, member)?.iter().any(|case| case.kind == CaseKind::Review);
        if hidden.shield.is_none() && !waits {
            cases::open(session.conn, member, CaseKind::Review, area, None, session.now)?;
        }
    }
    Ok(())
}

/// A shielded record, its shield, and leave to decide about it; or why not.
type Managed = Result<(ChildRecord, Shield, Permit<ShieldChild>), Refusal>;

fn manage(session: &mut Session<'_>, child: ChildRef) -> Result<Managed, Failure> {
    let (file, permit) = match open::<ShieldChild>(session, child)? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if let Err(refusal) = may_manage_shield(&session.actor, file.subject()) {
        return Ok(Err(refusal));
    }
    let (record, _) = file.open(&permit)?;
    Ok(match record.shield {
        Some(shield) => Ok((record, shield, permit)),
        None => Err(Refusal::Conflict(Conflict::NotShielded)),
    })
}

/// When a case of this kind, opened at `opened_at`, is due.
pub(super) fn due_on(kind: CaseKind, opened_at: Instant) -> Option<NaiveDate> {
    match kind {
        CaseKind::Shield | CaseKind::Review | CaseKind::Investigation => Some(confirm_by(opened_at)),
        CaseKind::Broker => None,
    }
}
