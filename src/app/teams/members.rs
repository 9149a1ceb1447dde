//! Who works in a team: listing them, and letting accounts join and leave. What they do in the meantime is what an auditor
//! finds by the team.

use super::{TeamRef, about, find, refuse};
use crate::app::index::Answer;
use crate::app::{Failure, Index, Session};
use crate::domain::accounts::Account;
use crate::domain::audit::actions::Outcome;
use crate::domain::audit::payloads::{Criteria, TargetKind};
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::ids::AccountId;
use crate::domain::instants::Instant;
use crate::domain::policy::{self, Forbidden, Refusal, Violation};
use crate::domain::visits::Visit;
use crate::store::{accounts, team_members};

/// Somebody who works in a team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The account.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// Since when; none where they work there no more.
    pub since: Option<Instant>,
}

/// Lists who works in a team now, as far as the caller sees their accounts.
///
/// # Errors
/// [`Failure`] where nothing could be read or recorded.
pub async fn list_members(index: &Index, visit: Visit, team: TeamRef) -> Result<Answer<Vec<Member>>, Failure> {
    index.disclose(visit, move |session| list(session, team)).await
}

/// Lets an account of the team's organisation join it, or leave.
///
/// # Errors
/// As [`list_members`].
pub async fn change_member(
    index: &Index,
    visit: Visit,
    team: TeamRef,
    account: AccountId,
    member: bool,
) -> Result<Answer<Member>, Failure> {
    index.change(visit, move |session| change(session, team, account, member)).await
}

fn list(session: &mut Session<'_>, at: TeamRef) -> Result<Sealed<Vec<Member>>, Failure> {
    let target = Some(at.team);
    if let Err(refusal) = policy::decide_account_list(&session.actor) {
        return Ok(refuse(session, at.organisation, target, refusal));
    }
    let Some((organisation, team)) = find(session, at)? else {
        return Ok(refuse(session, at.organisation, target, Refusal::NotFound));
    };
    let mut members = Vec::new();
    for term in team_members::list(session.conn, team.id)?.into_iter().filter(|term| term.until.is_none()) {
        let account = accounts::find(session.conn, term.account)?;
        let here = |account: &Account| account.organisation == organisation.id;
        let seen = |account: &Account| policy::extent_of_account(&session.actor, account).is_some();
        members.extend(account.filter(|account| here(account) && seen(account)).map(|account| Member {
            account: account.id,
            name: account.name,
            since: Some(term.from),
        }));
    }
    let outcome = if members.is_empty() { Outcome::None } else { Outcome::Disclosed };
    let event = members.iter().fold(about(session, at.organisation, target, outcome), |event, member| {
        event.on(TargetKind::Account, member.account)
    });
    Ok(Disclosure::with(event, members))
}

fn change(session: &mut Session<'_>, at: TeamRef, id: AccountId, member: bool) -> Result<Sealed<Member>, Failure> {
    let target = Some(at.team);
    let Some((organisation, team)) = find(session, at)? else {
        return Ok(refuse(session, at.organisation, target, Refusal::NotFound));
    };
    if let Err(refusal) = policy::decide_team_registration(&session.actor, &organisation, &team.area) {
        return Ok(refuse(session, at.organisation, target, refusal));
    }
    let account = accounts::find(session.conn, id)?.filter(|account| {
        // Who left the organisation may still leave its team.
        let here = account.organisation == organisation.id || !member;
        here && policy::extent_of_account(&session.actor, account).is_some()
    });
    let Some(account) = account else {
        return Ok(refuse(session, at.organisation, target, Refusal::Invalid(NO_ACCOUNT)));
    };
    if account.id == session.actor.account {
        return Ok(refuse(session, at.organisation, target, Refusal::Forbidden(Forbidden::Oneself)));
    }
    let changed = match member {
        true => team_members::join(session.conn, team.id, id, session.now)?,
        false => team_members::leave(session.conn, team.id, id, session.now)?,
    };
    let since =
        team_members::list(session.conn, team.id)?.into_iter().find(|term| term.account == id && term.until.is_none());
    let outcome = if changed { Outcome::Changed } else { Outcome::Unchanged };
    let event = about(session, at.organisation, target, outcome)
        .on(TargetKind::Account, id)
        .asking(Criteria::new().with("member", member));
    Ok(Disclosure::with(event, Member { account: id, name: account.name, since: since.map(|term| term.from) }))
}

const NO_ACCOUNT: Violation =
    Violation { pointer: "/account", message: "must be the id of an account of the team's organisation that you see" };
