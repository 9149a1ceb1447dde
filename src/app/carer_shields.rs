//! Shields of carers: asked for by whoever sees the carer and effective at once, confirmed and lifted by the management
//! team, as a child's is.

use chrono::{Days, NaiveDate};

use super::children::{open, shows_carer};
use super::index::Answer;
use super::shields::{Lifting, review_members, still_decides};
use super::{Failure, Index, Session};
use crate::domain::audit::actions::{AuditAction, Outcome, Strength};
use crate::domain::audit::payloads::{ChildShown, Criteria};
use crate::domain::carer_shields::CarerShield;
use crate::domain::children::{Carer, Child, ShieldGround};
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::handles::ChildRef;
use crate::domain::households::{carer_keys, home_key};
use crate::domain::ids::CarerShieldId;
use crate::domain::policy::{
    Block, CaseKind, Extent, Forbidden, Permit, ReadShield, Refusal, ShieldChild, Violation, may_manage_shield,
    may_request_shield,
};
use crate::domain::shields::{Proposal, REVIEWED_WITHIN_DAYS, ShieldReview};
use crate::domain::visits::Visit;
use crate::store::{carer_shields, cases, children, keys, shield_reviews};

/// A carer's shield as the management team sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownCarerShield {
    /// The shield.
    pub shield: CarerShield,
    /// The names of the carers of this child whom it hides; none outside a shield case that the caller has taken.
    pub carers: Vec<String>,
    /// Whether the day on which it should be confirmed has passed. The shield stays.
    pub overdue: bool,
    /// Whether somebody has proposed to lift it, and whether that was the caller.
    pub lift_proposed: Option<bool>,
}

/// Shields a carer of a child, at once, on every record that names them.
///
/// # Errors
/// [`Failure`] where nothing could be changed or recorded.
pub async fn shield_carer(
    index: &Index,
    visit: Visit,
    child: ChildRef,
    carer: String,
    ground: ShieldGround,
) -> Result<Answer<()>, Failure> {
    index.change(visit, move |session| request(session, child, &carer, ground)).await
}

fn request(
    session: &mut Session<'_>,
    child: ChildRef,
    carer: &str,
    ground: ShieldGround,
) -> Result<Sealed<()>, Failure> {
    let (file, permit) = match open::<ShieldChild>(session, child)? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    if let Err(refusal) = may_request_shield(&session.actor) {
        return Ok(session.refuse(refusal));
    }
    // Whoever sees no carer must not learn by asking who is one.
    if permit.visibility().of(Block::Carers) == Extent::Nothing {
        return Ok(session.refuse(Refusal::Forbidden(Forbidden::Hidden)));
    }
    let (record, _) = file.open(&permit)?;
    let secret = session.settings.keys;
    let whole = children::get_parts(session.conn, &secret, &permit, record)?;
    let named: Vec<&Carer> = whole
        .carers
        .iter()
        .filter(|each| shows_carer(permit.visibility(), each) && each.name.to_lowercase() == carer.to_lowercase())
        .collect();
    if named.is_empty() {
        return Ok(session.refuse(Refusal::NotFound));
    }
    let event = |outcome| session.event(session.visit.action, outcome).asking(Criteria::new().with("carer", true));
    if named.iter().all(|each| each.cover.is_some()) {
        let event = event(Outcome::Unchanged);
        return Ok(Disclosure::under(permit.with_sensitive_services(true), &[Block::Identity], event, ()));
    }
    let (changed, other) = (event(Outcome::Changed), event(Outcome::Changed));
    let others = put_on(session, &permit, &whole, &named, ground)?;
    let permit = permit.with_sensitive_services(true);
    let sealed = Disclosure::under(permit, &[Block::Identity], changed, ());
    Ok(others.into_iter().map(|told| other.clone().about(told)).fold(sealed, Disclosure::also))
}

/// Puts the shield on and holds the homes it makes telling: this child's, and those of all who share the carer, a
/// telephone, an e-mail address or the home. Who they are is nothing that the answer tells.
fn put_on(
    session: &mut Session<'_>,
    permit: &Permit<ShieldChild>,
    child: &Child,
    named: &[&Carer],
    ground: ShieldGround,
) -> Result<Vec<ChildShown>, Failure> {
    let secret = session.settings.keys;
    let mut keys: Vec<_> = named.iter().flat_map(|carer| carer_keys(child, carer, &secret).all()).collect();
    keys.extend(home_key(child, &secret));
    let shield = CarerShield {
        id: CarerShieldId::new(),
        area: child.record.area.clone(),
        ground,
        since: session.now,
        confirmed_at: None,
        review_on: None,
        lift: None,
    };
    carer_shields::insert(session.conn, permit, &shield, &keys)?;
    cases::open(session.conn, permit.child(), CaseKind::Shield, &shield.area, None, session.now)?;
    carer_shields::hold_home(session.conn, &secret, permit.child(), session.now)?;
    let mut others = Vec::new();
    for member in keys::list_household(session.conn, permit.child(), &keys)? {
        let Some(held) = carer_shields::hold_home(session.conn, &secret, member, session.now)? else { continue };
        cases::open(session.conn, member, CaseKind::Review, &held.area, None, session.now)?;
        others.push(ChildShown::new(held.pseudonym).at_version(held.version).protected(true));
    }
    Ok(others)
}

/// Lists the shields of a child's carers.
///
/// # Errors
/// [`Failure`] where nothing could be read or recorded.
pub async fn list_carer_shields(
    index: &Index,
    visit: Visit,
    child: ChildRef,
) -> Result<Answer<Vec<ShownCarerShield>>, Failure> {
    index.disclose(visit, move |session| list(session, child)).await
}

fn list(session: &mut Session<'_>, child: ChildRef) -> Result<Sealed<Vec<ShownCarerShield>>, Failure> {
    let (file, permit) = match open::<ReadShield>(session, child)? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    if let Err(refusal) = may_manage_shield(&session.actor, file.subject()) {
        return Ok(session.refuse(refusal));
    }
    let (record, _) = file.open(&permit)?;
    let secret = session.settings.keys;
    let whole = children::get_parts(session.conn, &secret, &permit, record)?;
    let listed = carer_shields::list_of(session.conn, &secret, &whole)?;
    let shown: Vec<_> = listed
        .into_iter()
        .map(|(shield, carers)| {
            let seen = carers.into_iter().filter(|carer| shows_carer(permit.visibility(), carer));
            show(session, shield, seen.map(|carer| carer.name.clone()).collect())
        })
        .collect();
    let names = shown.iter().any(|each| !each.carers.is_empty());
    let blocks: &[Block] = if names { &[Block::Identity, Block::Carers] } else { &[Block::Identity] };
    let event = session.event(session.visit.action, Outcome::Disclosed).asking(Criteria::new().with("carer", true));
    let permit = permit.with_sensitive_services(!shown.is_empty());
    Ok(Disclosure::under(permit, blocks, event, shown))
}

fn show(session: &Session<'_>, shield: CarerShield, carers: Vec<String>) -> ShownCarerShield {
    let overdue = shield.confirm_by().is_some_and(|day| session.day > day);
    let lift_proposed = shield.lift_proposed(session.day).map(|proposal| proposal.by == session.actor.account);
    ShownCarerShield { shield, carers, overdue, lift_proposed }
}

/// Confirms the shield of a carer, and says when the team looks again.
///
/// # Errors
/// [`Failure`] where nothing could be changed or recorded.
pub async fn confirm_carer_shield(
    index: &Index,
    visit: Visit,
    child: ChildRef,
    shield: CarerShieldId,
    review_on: NaiveDate,
) -> Result<Answer<ShownCarerShield>, Failure> {
    index.change(visit, move |session| confirm(session, child, shield, review_on)).await
}

fn confirm(
    session: &mut Session<'_>,
    child: ChildRef,
    id: CarerShieldId,
    review_on: NaiveDate,
) -> Result<Sealed<ShownCarerShield>, Failure> {
    let Managed { shield, permit, whole } = match manage(session, child, id)? {
        Ok(managed) => managed,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let latest = session.day.checked_add_days(Days::new(REVIEWED_WITHIN_DAYS));
    if review_on <= session.day || latest.is_none_or(|latest| review_on > latest) {
        let violation = Violation { pointer: "/review_on", message: "must be a day to come, within a year" };
        return Ok(session.refuse(Refusal::Invalid(violation)));
    }
    let confirmed_at = Some(shield.confirmed_at.unwrap_or(session.now));
    // A proposal to lift it is answered by this.
    let confirmed = CarerShield { confirmed_at, review_on: Some(review_on), lift: None, ..shield };
    carer_shields::update(session.conn, &permit, &confirmed)?;
    if whole.record.shield.is_none() {
        // The case is due then.
        let noted = shield_reviews::find_for_change(session.conn, &permit)?;
        shield_reviews::save(session.conn, &permit, &ShieldReview { review_on: Some(review_on), ..noted })?;
    }
    let shown = show(session, confirmed, Vec::new());
    Ok(decided(session, permit, Outcome::Changed, shown))
}

/// Proposes to lift the shield of a carer or, where another manager has proposed it, lifts it.
///
/// # Errors
/// [`Failure`] where nothing could be changed or recorded.
pub async fn lift_carer_shield(
    index: &Index,
    visit: Visit,
    child: ChildRef,
    shield: CarerShieldId,
) -> Result<Answer<Lifting>, Failure> {
    index.change(visit, move |session| lift(session, child, shield)).await
}

fn lift(session: &mut Session<'_>, child: ChildRef, id: CarerShieldId) -> Result<Sealed<Lifting>, Failure> {
    let Managed { shield, permit, whole } = match manage(session, child, id)? {
        Ok(managed) => managed,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    if session.actor.strength < Strength::RecentTwoFactor {
        return Ok(session.refuse(Refusal::RecentLogin));
    }
    let me = session.actor.account;
    let (lifting, outcome) = match shield.lift_proposed(session.day).map(|proposal| proposal.by) {
        Some(who) if who == me => return Ok(session.refuse(Refusal::Forbidden(Forbidden::SecondPerson))),
        Some(who) if still_decides(session, who)? => {
            take_off(session, &permit, &whole, id)?;
            (Lifting::Lifted, Outcome::Changed)
        }
        // A proposal of somebody who may decide no more counts for nothing.
        Some(_) | None => {
            let proposed = CarerShield { lift: Some(Proposal { by: me, at: session.now }), ..shield };
            carer_shields::update(session.conn, &permit, &proposed)?;
            (Lifting::Proposed, Outcome::Held)
        }
    };
    Ok(decided(session, permit, outcome, lifting))
}

/// Takes the shield off. What was held because of it waits for a person to look: nothing comes back by itself.
fn take_off(
    session: &mut Session<'_>,
    permit: &Permit<ShieldChild>,
    child: &Child,
    id: CarerShieldId,
) -> Result<(), Failure> {
    let secret = session.settings.keys;
    let keys = carer_shields::delete(session.conn, permit, id)?;
    let mut members = keys::list_household(session.conn, permit.child(), &keys)?;
    members.push(permit.child());
    review_members(session, &members, &child.record.area)?;
    // The case goes with the last shield that it is about.
    if child.record.shield.is_none() && carer_shields::list_of(session.conn, &secret, child)?.is_empty() {
        shield_reviews::close_cases(session.conn, permit, session.now)?;
    }
    Ok(())
}

/// A shield of one of a child's carers, the child, and leave to decide.
struct Managed {
    shield: CarerShield,
    permit: Permit<ShieldChild>,
    whole: Child,
}

fn manage(session: &mut Session<'_>, child: ChildRef, id: CarerShieldId) -> Result<Result<Managed, Refusal>, Failure> {
    let (file, permit) = match open::<ShieldChild>(session, child)? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if let Err(refusal) = may_manage_shield(&session.actor, file.subject()) {
        return Ok(Err(refusal));
    }
    let (record, _) = file.open(&permit)?;
    let secret = session.settings.keys;
    let whole = children::get_parts(session.conn, &secret, &permit, record)?;
    let area = &session.actor.area;
    let found = carer_shields::list_of(session.conn, &secret, &whole)?
        .into_iter()
        .find_map(|(shield, _)| (shield.id == id && shield.area == *area).then_some(shield));
    Ok(found.map(|shield| Managed { shield, permit, whole }).ok_or(Refusal::NotFound))
}

fn decided<T>(session: &Session<'_>, permit: Permit<ShieldChild>, outcome: Outcome, value: T) -> Sealed<T> {
    let event = session.event(AuditAction::ChildShield, outcome).asking(Criteria::new().with("carer", true));
    Disclosure::under(permit.with_sensitive_services(true), &[Block::Identity], event, value)
}
