//! Keeping named colleagues from a record: their own, a relative's, a colleague's child's. For them it is an unknown one.

use super::children::open;
use super::index::Answer;
use super::{Failure, Index, Session};
use crate::domain::audit::actions::Outcome;
use crate::domain::audit::payloads::TargetKind;
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::handles::ChildRef;
use crate::domain::ids::AccountId;
use crate::domain::policy::{
    Action, Block, Conflict, Permit, ReadRestrictions, Refusal, RestrictChild, Violation, extent_of_account,
    may_restrict,
};
use crate::domain::restrictions::{MOST_RESTRICTIONS, Restriction, RestrictionGround};
use crate::domain::visits::Visit;
use crate::store::{accounts, restrictions};

/// A restriction as the management team sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownRestriction {
    /// The restriction.
    pub restriction: Restriction,
    /// What the account is called, where the reader may see the account.
    pub name: Option<String>,
}

/// Lists who is kept from a child's record.
///
/// # Errors
/// [`Failure`] where nothing could be read or recorded.
pub async fn list_restrictions(
    index: &Index,
    visit: Visit,
    child: ChildRef,
) -> Result<Answer<Vec<ShownRestriction>>, Failure> {
    index
        .disclose(visit, move |session| {
            let permit = match manage::<ReadRestrictions>(session, child)? {
                Ok(permit) => permit,
                Err(refusal) => return Ok(session.refuse(refusal)),
            };
            tell(session, permit, Outcome::Disclosed, &[])
        })
        .await
}

/// Keeps an account from a child's record, from its next request on.
///
/// # Errors
/// [`Failure`] where nothing could be changed or recorded.
pub async fn restrict_child(
    index: &Index,
    visit: Visit,
    child: ChildRef,
    account: AccountId,
    ground: RestrictionGround,
) -> Result<Answer<Vec<ShownRestriction>>, Failure> {
    index.change(visit, move |session| restrict(session, child, account, ground)).await
}

fn restrict(
    session: &mut Session<'_>,
    child: ChildRef,
    account: AccountId,
    ground: RestrictionGround,
) -> Result<Sealed<Vec<ShownRestriction>>, Failure> {
    let permit = match manage::<RestrictChild>(session, child)? {
        Ok(permit) => permit,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    if accounts::find(session.conn, account)?.is_none() {
        let violation = Violation { pointer: "/account", message: "must be the id of an account registered here" };
        return Ok(session.refuse(Refusal::Invalid(violation)));
    }
    let held = restrictions::list(session.conn, &permit)?;
    if held.iter().any(|each| each.account == account) {
        return tell(session, permit, Outcome::Unchanged, &[account]);
    }
    if held.len() >= MOST_RESTRICTIONS {
        return Ok(session.refuse(Refusal::Conflict(Conflict::Restrictions)));
    }
    let new = Restriction { account, ground, since: session.now };
    restrictions::insert(session.conn, &permit, &new, session.actor.account)?;
    tell(session, permit, Outcome::Changed, &[account])
}

/// Keeps an account from a child's record no longer.
///
/// # Errors
/// [`Failure`] where nothing could be changed or recorded.
pub async fn lift_restriction(
    index: &Index,
    visit: Visit,
    child: ChildRef,
    account: AccountId,
) -> Result<Answer<Vec<ShownRestriction>>, Failure> {
    index
        .change(visit, move |session| {
            let permit = match manage::<RestrictChild>(session, child)? {
                Ok(permit) => permit,
                Err(refusal) => return Ok(session.refuse(refusal)),
            };
            let lifted = restrictions::delete(session.conn, &permit, account)?;
            let outcome = if lifted { Outcome::Changed } else { Outcome::Unchanged };
            tell(session, permit, outcome, &[account])
        })
        .await
}

/// Leave for the management team of the child's area; for whoever is kept from the record there is no such child.
fn manage<A: Action>(session: &mut Session<'_>, child: ChildRef) -> Result<Result<Permit<A>, Refusal>, Failure> {
    let (file, permit) = match open::<A>(session, child)? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(Err(refusal)),
    };
    Ok(may_restrict(&session.actor, file.subject()).map(|()| permit))
}

/// Answers with who is kept from the record now. An ordinary auditor is not told of which record that is.
fn tell<A: Action>(
    session: &mut Session<'_>,
    permit: Permit<A>,
    outcome: Outcome,
    decided: &[AccountId],
) -> Result<Sealed<Vec<ShownRestriction>>, Failure> {
    let held = restrictions::list(session.conn, &permit)?;
    let mut shown = Vec::with_capacity(held.len());
    for restriction in held {
        let account = accounts::find(session.conn, restriction.account)?;
        let seen = account.filter(|account| extent_of_account(&session.actor, account).is_some());
        shown.push(ShownRestriction { restriction, name: seen.map(|account| account.name) });
    }
    let event = session.event(session.visit.action, outcome);
    let event = decided.iter().fold(event, |event, account| event.on(TargetKind::Account, account));
    Ok(Disclosure::under(permit.with_sensitive_services(true), &[Block::Identity], event, shown))
}
