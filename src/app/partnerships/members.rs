//! The members of a partnership: listing them, and beginning and ending memberships.

use chrono::NaiveDate;

use super::keeping::{about, managed, refuse};
use crate::app::index::Answer;
use crate::app::organisations::{find_visible, reachable};
use crate::app::replays::{self, IdempotencyKey};
use crate::app::{Failure, Index, Session};
use crate::domain::audit::actions::Outcome;
use crate::domain::audit::payloads::{Criteria, TargetKind};
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::ids::{OrganisationId, PartnershipId};
use crate::domain::organisations::Organisation;
use crate::domain::pages::{After, Page};
use crate::domain::partnerships::Membership;
use crate::domain::policy::{Conflict, Refusal, Violation};
use crate::domain::visits::Visit;
use crate::store::errors::StoreError;
use crate::store::organisations::{self, OrganisationFilter};
use crate::store::partnerships;

/// A member as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownMember {
    /// When it is one.
    pub membership: Membership,
    /// The organisation's name.
    pub name: String,
    /// Whether it is one today.
    pub runs: bool,
}

/// A member to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewMember {
    /// The organisation.
    pub organisation: OrganisationId,
    /// The first day; today where none is given.
    pub from: Option<NaiveDate>,
    /// The last day.
    pub until: Option<NaiveDate>,
}

/// Lists the members of a partnership by name, past and future ones among them: every one that exists for the caller.
///
/// # Errors
/// [`Failure`] where nothing could be read or recorded.
pub async fn list_members(
    index: &Index,
    visit: Visit,
    id: PartnershipId,
    after: Option<After>,
    limit: u16,
) -> Result<Answer<Page<ShownMember, After>>, Failure> {
    index.disclose(visit, move |session| list(session, id, after, limit)).await
}

/// Begins a membership; once for each idempotency key.
///
/// # Errors
/// As [`list_members`].
pub async fn add_member(
    index: &Index,
    visit: Visit,
    key: Option<IdempotencyKey>,
    id: PartnershipId,
    new: NewMember,
) -> Result<Answer<ShownMember>, Failure> {
    index.change(visit, move |session| add(session, key.as_ref(), id, new)).await
}

/// Gives the membership that runs, or is to begin, a last day: today where none is given.
///
/// # Errors
/// As [`list_members`].
pub async fn end_member(
    index: &Index,
    visit: Visit,
    id: PartnershipId,
    organisation: OrganisationId,
    until: Option<NaiveDate>,
) -> Result<Answer<ShownMember>, Failure> {
    index.change(visit, move |session| end(session, id, organisation, until)).await
}

fn list(
    session: &mut Session<'_>,
    id: PartnershipId,
    after: Option<After>,
    limit: u16,
) -> Result<Sealed<Page<ShownMember, After>>, Failure> {
    if partnerships::find(session.conn, id)?.is_none() {
        return Ok(refuse(session, id, Refusal::NotFound));
    }
    let filter = OrganisationFilter { member_of: Some(id), ..reachable(session) };
    let read = organisations::list(session.conn, &filter, after.as_ref(), limit.saturating_add(1))?;
    let page = Page::of(read, limit, |last: &Organisation| After { name: last.name.clone(), id: last.id.0 });
    let ids: Vec<OrganisationId> = page.items.iter().map(|organisation| organisation.id).collect();
    let memberships = partnerships::list_memberships(session.conn, id, &ids)?;
    let mut shown = Vec::with_capacity(memberships.len());
    for organisation in page.items {
        let own = memberships.iter().filter(|each| each.organisation == organisation.id);
        shown.extend(own.map(|membership| show(session, *membership, organisation.name.clone())));
    }
    let outcome = if shown.is_empty() { Outcome::None } else { Outcome::Disclosed };
    let asked = Criteria::new().with_some("cursor", after.map(|after| after.to_string())).with("limit", limit);
    Ok(Disclosure::with(about(session, id, outcome).asking(asked), Page { items: shown, next: page.next }))
}

fn show(session: &Session<'_>, membership: Membership, name: String) -> ShownMember {
    ShownMember { membership, name, runs: membership.runs_on(session.day) }
}

fn add(
    session: &mut Session<'_>,
    key: Option<&IdempotencyKey>,
    id: PartnershipId,
    new: NewMember,
) -> Result<Sealed<ShownMember>, Failure> {
    if let Err(refusal) = managed(session, id)? {
        return Ok(refuse(session, id, refusal));
    }
    let wrong = |pointer, message| Refusal::Invalid(Violation { pointer, message });
    let Some(organisation) = find_visible(session, new.organisation)? else {
        return Ok(refuse(session, id, wrong("/organisation", "is not registered here")));
    };
    let from = new.from.unwrap_or(session.day);
    if new.until.is_some_and(|until| until < from) {
        return Ok(refuse(session, id, wrong("/until", "lies before the first day")));
    }
    let membership = Membership { organisation: organisation.id, from, until: new.until };
    match replays::find(session, key)? {
        Err(refusal) => return Ok(refuse(session, id, refusal)),
        Ok(Some(_)) => {
            let known = partnerships::list_memberships(session.conn, id, &[organisation.id])?;
            let Some(known) = known.into_iter().rfind(|known| new.from.is_none_or(|from| known.from == from)) else {
                return Ok(refuse(session, id, Refusal::NotFound));
            };
            return Ok(tell(session, id, known, organisation.name, Outcome::Unchanged));
        }
        Ok(None) => match partnerships::join(session.conn, id, &membership) {
            Ok(()) => {
                replays::remember(session, key, "joined", Some(organisation.id.to_string()))?;
            }
            Err(StoreError::Conflict("partnership_member_open" | "partnership_member_pkey")) => {
                return Ok(refuse(session, id, Refusal::Conflict(Conflict::Member)));
            }
            Err(error) => return Err(error.into()),
        },
    }
    Ok(tell(session, id, membership, organisation.name, Outcome::Changed))
}

fn end(
    session: &mut Session<'_>,
    id: PartnershipId,
    organisation: OrganisationId,
    until: Option<NaiveDate>,
) -> Result<Sealed<ShownMember>, Failure> {
    if let Err(refusal) = managed(session, id)? {
        return Ok(refuse(session, id, refusal));
    }
    let Some(organisation) = find_visible(session, organisation)? else {
        return Ok(refuse(session, id, Refusal::NotFound));
    };
    let day = session.day;
    let memberships = partnerships::list_memberships(session.conn, id, &[organisation.id])?;
    let goes_on = |each: &&Membership| each.until.is_none_or(|until| until >= day);
    let Some(running) = memberships.iter().find(goes_on).copied() else {
        return Ok(refuse(session, id, Refusal::NotFound));
    };
    let until = until.unwrap_or(day);
    if until < running.from {
        let message = "lies before the first day of the membership";
        return Ok(refuse(session, id, Refusal::Invalid(Violation { pointer: "/until", message })));
    }
    // What was so on days gone by is not made otherwise afterwards, and two memberships do not run into one.
    let next = memberships.iter().find(|each| each.from > running.from);
    if until < day || next.is_some_and(|next| next.from <= until) {
        let message = "must be today or later, and before any next membership";
        return Ok(refuse(session, id, Refusal::Invalid(Violation { pointer: "/until", message })));
    }
    let ended = Membership { until: Some(until), ..running };
    let outcome = if ended == running { Outcome::Unchanged } else { Outcome::Changed };
    if outcome == Outcome::Changed && !partnerships::leave(session.conn, id, &ended)? {
        return Ok(refuse(session, id, Refusal::NotFound));
    }
    Ok(tell(session, id, ended, organisation.name, outcome))
}

fn tell(
    session: &Session<'_>,
    id: PartnershipId,
    membership: Membership,
    name: String,
    outcome: Outcome,
) -> Sealed<ShownMember> {
    let days = Criteria::new()
        .with("from", membership.from.to_string())
        .with_some("until", membership.until.map(|until| until.to_string()));
    let event = about(session, id, outcome).on(TargetKind::Organisation, membership.organisation).asking(days);
    Disclosure::with(event, show(session, membership, name))
}
