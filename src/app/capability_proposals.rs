//! Capabilities that take two people: one proposes, another agrees, and neither is whom it is for.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::accounts::{ShownAccount, find, show, systems_have_no_capabilities};
use super::index::Answer;
use super::sessions::find_in_standing;
use super::{Failure, Index, Session};
use crate::domain::accounts::{Account, Capability};
use crate::domain::audit::actions::Outcome;
use crate::domain::audit::events::Event;
use crate::domain::audit::payloads::{Criteria, TargetKind};
use crate::domain::capability_proposals::CapabilityProposal;
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::ids::{AccountId, ProposalId};
use crate::domain::pages::Page;
use crate::domain::policy::{self, AccountExtent, Conflict, Forbidden, Refusal, Violation};
use crate::domain::visits::Visit;
use crate::store::accounts;
use crate::store::capability_proposals::{self as proposals, ProposalFilter};

/// A proposal as those see it who may decide it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownProposal {
    /// The proposal.
    pub proposal: CapabilityProposal,
    /// What the account is called.
    pub account_name: String,
    /// What whoever proposed it is called.
    pub by_name: String,
    /// Whether that was the caller, who therefore cannot agree.
    pub yours: bool,
}

/// Lists the proposals that wait for a second person, of accounts that the caller answers for, oldest first.
///
/// # Errors
/// [`Failure`] where nothing could be read or recorded.
pub async fn list_capability_proposals(
    index: &Index,
    visit: Visit,
    after: Option<ProposalId>,
    limit: u16,
) -> Result<Answer<Page<ShownProposal, ProposalId>>, Failure> {
    index.disclose(visit, move |session| list(session, after, limit)).await
}

/// Proposes that an account be granted a capability.
///
/// # Errors
/// As [`list_capability_proposals`].
pub async fn propose_capability(
    index: &Index,
    visit: Visit,
    account: AccountId,
    capability: Capability,
) -> Result<Answer<ShownProposal>, Failure> {
    index.change(visit, move |session| propose(session, account, capability)).await
}

/// Agrees to a proposal: the account has the capability from its next request on.
///
/// # Errors
/// As [`list_capability_proposals`].
pub async fn agree_to_capability(index: &Index, visit: Visit, id: ProposalId) -> Result<Answer<ShownAccount>, Failure> {
    index.change(visit, move |session| agree(session, id)).await
}

/// Declines a proposal, or takes one's own back.
///
/// # Errors
/// As [`list_capability_proposals`].
pub async fn decline_capability(index: &Index, visit: Visit, id: ProposalId) -> Result<Answer<ShownProposal>, Failure> {
    index.change(visit, move |session| decline(session, id)).await
}

fn list(
    session: &mut Session<'_>,
    after: Option<ProposalId>,
    limit: u16,
) -> Result<Sealed<Page<ShownProposal, ProposalId>>, Failure> {
    let scope = match policy::decide_account_list(&session.actor) {
        Ok(scope) if scope.extent == AccountExtent::Whole => scope,
        Ok(_) => return Ok(session.refuse(Refusal::Forbidden(Forbidden::Role))),
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let filter = ProposalFilter {
        area: scope.area.as_deref(),
        roles: scope.roles,
        but: session.actor.account,
        since: CapabilityProposal::earliest_at(session.now),
    };
    let read = proposals::list(session.conn, &filter, after, limit.saturating_add(1))?;
    let page = Page::of(read, limit, |last| last.id);
    let mut names = BTreeMap::new();
    for id in page.items.iter().flat_map(|proposal| [proposal.account, proposal.by]) {
        if let Entry::Vacant(place) = names.entry(id) {
            place.insert(name_of(session, id)?);
        }
    }
    let named = |id: AccountId| names.get(&id).cloned().unwrap_or_default();
    let me = session.actor.account;
    let page = page.map(|proposal| ShownProposal {
        account_name: named(proposal.account),
        by_name: named(proposal.by),
        yours: proposal.by == me,
        proposal,
    });
    let outcome = if page.items.is_empty() { Outcome::None } else { Outcome::Disclosed };
    let event = page.items.iter().fold(session.event(session.visit.action, outcome), |event, shown| {
        event.on(TargetKind::Account, shown.proposal.account)
    });
    Ok(Disclosure::with(event, page))
}

fn propose(session: &mut Session<'_>, id: AccountId, capability: Capability) -> Result<Sealed<ShownProposal>, Failure> {
    let Some((account, _)) = find(session, id)? else { return Ok(refuse(session, id, Refusal::NotFound)) };
    if let Err(refusal) = may_be_proposed(session, &account, capability) {
        return Ok(refuse(session, id, refusal));
    }
    if let Some(earlier) = proposals::find_of(session.conn, id, capability)? {
        if earlier.by == session.actor.account && earlier.is_open(session.now) {
            let event = about(session, &earlier, Outcome::Unchanged);
            let shown = show_proposal(session, earlier, account)?;
            return Ok(Disclosure::with(event, shown));
        }
        if counts(session, &earlier, &account)? {
            return Ok(refuse(session, id, Refusal::Conflict(Conflict::CapabilityProposed)));
        }
        proposals::delete(session.conn, earlier.id)?;
    }
    let (by, at) = (session.actor.account, session.now);
    let proposal = CapabilityProposal { id: ProposalId::new(), account: id, capability, by, at };
    proposals::insert(session.conn, &proposal)?;
    let event = about(session, &proposal, Outcome::Held);
    let shown = show_proposal(session, proposal, account)?;
    Ok(Disclosure::with(event, shown))
}

fn may_be_proposed(session: &Session<'_>, account: &Account, capability: Capability) -> Result<(), Refusal> {
    policy::decide_capability_grant(&session.actor, account)?;
    if !capability.takes_two_people() {
        let message = "must be one that takes two people: `override` or `sealed-clearance`";
        return Err(Refusal::Invalid(Violation { pointer: "/capability", message }));
    }
    let mut after = account.clone();
    if !after.capabilities.insert(capability) {
        return Err(Refusal::Conflict(Conflict::CapabilityHeld));
    }
    systems_have_no_capabilities(&after)
}

fn agree(session: &mut Session<'_>, id: ProposalId) -> Result<Sealed<ShownAccount>, Failure> {
    let (proposal, before) = match open(session, id)? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    if proposal.by == session.actor.account {
        return Ok(refuse(session, before.id, Refusal::Forbidden(Forbidden::SecondPerson)));
    }
    if !counts(session, &proposal, &before)? {
        return Ok(refuse(session, before.id, Refusal::Conflict(Conflict::ProposalVoid)));
    }
    proposals::delete(session.conn, id)?;
    let mut after = before;
    after.capabilities.insert(proposal.capability);
    accounts::update(session.conn, &after)?;
    after.version = after.version.saturating_add(1);
    let event = about(session, &proposal, Outcome::Changed);
    let shown = show(session, after, AccountExtent::Whole)?;
    Ok(Disclosure::with(event, shown))
}

fn decline(session: &mut Session<'_>, id: ProposalId) -> Result<Sealed<ShownProposal>, Failure> {
    let (proposal, account) = match open(session, id)? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    proposals::delete(session.conn, id)?;
    let event = about(session, &proposal, Outcome::Changed);
    let shown = show_proposal(session, proposal, account)?;
    Ok(Disclosure::with(event, shown))
}

/// A proposal that has not lapsed, and its account, where the caller may decide it.
fn open(session: &mut Session<'_>, id: ProposalId) -> Result<Result<(CapabilityProposal, Account), Refusal>, Failure> {
    let found = proposals::find(session.conn, id)?.filter(|proposal| proposal.is_open(session.now));
    let Some(proposal) = found else { return Ok(Err(Refusal::NotFound)) };
    let Some((account, _)) = find(session, proposal.account)? else { return Ok(Err(Refusal::NotFound)) };
    Ok(policy::decide_capability_grant(&session.actor, &account).map(|()| (proposal, account)))
}

/// Whether a proposal counts: it has not lapsed, and whoever made it is in good standing and answers for the account
/// as it is now.
fn counts(session: &mut Session<'_>, proposal: &CapabilityProposal, account: &Account) -> Result<bool, Failure> {
    let proposer = find_in_standing(session.conn, proposal.by, session.day)?;
    let decides = proposer.is_some_and(|proposer| policy::decide_capability_grant(&proposer, account).is_ok());
    Ok(decides && proposal.is_open(session.now))
}

fn name_of(session: &mut Session<'_>, id: AccountId) -> Result<String, Failure> {
    Ok(accounts::find(session.conn, id)?.map_or_else(String::new, |account| account.name))
}

fn show_proposal(
    session: &mut Session<'_>,
    proposal: CapabilityProposal,
    account: Account,
) -> Result<ShownProposal, Failure> {
    let yours = proposal.by == session.actor.account;
    let by_name = name_of(session, proposal.by)?;
    Ok(ShownProposal { proposal, account_name: account.name, by_name, yours })
}

/// What was decided about a proposal, and who had made it.
fn about(session: &Session<'_>, proposal: &CapabilityProposal, outcome: Outcome) -> Event {
    let said = Criteria::new()
        .with("capability", proposal.capability.code())
        .with("proposal", proposal.id.to_string())
        .with_some("proposed_by", (proposal.by != session.actor.account).then(|| proposal.by.to_string()));
    session.event(session.visit.action, outcome).asking(said).on(TargetKind::Account, proposal.account)
}

fn refuse<T>(session: &Session<'_>, account: AccountId, refusal: Refusal) -> Sealed<T> {
    let event = session.event(session.visit.action, refusal.outcome()).on(TargetKind::Account, account);
    Disclosure::refused(refusal, event)
}
