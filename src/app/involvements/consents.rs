//! The ledger of grounds: why a sensitive service is recorded, who consented and until when. For whoever may see grounds,
//! which is the organisation whose entry it is and the management team; everybody else reads an empty one.

use std::cmp::Reverse;

use super::showing::{directory_of, group_of, is_shown};
use crate::app::children::open;
use crate::app::index::Answer;
use crate::app::{Failure, Index, Session, budgets, leads};
use crate::domain::audit::actions::Outcome;
use crate::domain::audit::payloads::TargetKind;
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::handles::ChildRef;
use crate::domain::ids::OrganisationId;
use crate::domain::instants::Instant;
use crate::domain::involvements::{ConsentState, Ground, Involvement, LeadKind, PastGround};
use crate::domain::leads::LeadEnd;
use crate::domain::policy::{Action, Block, Conflict, Permit, ReadConsents, RecordConsent, Refusal, may_change_entry};
use crate::domain::services::{Service, ServiceGroup};
use crate::domain::visits::Visit;
use crate::store::{consents, involvements};

/// One line of the ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownConsent {
    /// Whose entry it is, where the caller may know: the management team sees grounds and not services.
    pub entry: Option<ConsentedEntry>,
    /// The ground.
    pub ground: Ground,
    /// What it is worth today.
    pub state: ConsentState,
    /// When another took its place, or it was withdrawn.
    pub ended_at: Option<Instant>,
}

/// The entry that a ground is of.
#[derive(Debug, Clone, PartialEq)]
pub struct ConsentedEntry {
    /// Its number within the child.
    pub number: i32,
    /// The service.
    pub service: Service,
    /// The organisation's id.
    pub organisation: OrganisationId,
    /// Its name.
    pub organisation_name: String,
}

/// Reads the ledger of a child.
///
/// # Errors
/// [`Failure`] where nothing could be read or recorded.
pub async fn list_consents(index: &Index, visit: Visit, child: ChildRef) -> Result<Answer<Vec<ShownConsent>>, Failure> {
    index.disclose_about(visit, child, move |session| list(session, child)).await
}

fn list(session: &mut Session<'_>, child: ChildRef) -> Result<Sealed<Vec<ShownConsent>>, Failure> {
    let (file, permit) = match open::<ReadConsents>(session, child)? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let alerts = match budgets::charge_children(session, &[permit.child()])? {
        Ok(charge) => charge.alerts,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let (record, entries) = file.open(&permit)?;
    let shown = ledger(session, &permit, record.shield.is_some(), &entries)?;
    let permit = permit.with_sensitive_services(entries.iter().any(|entry| entry.ground.is_some()));
    let event = session.event(session.visit.action, Outcome::Disclosed);
    let sealed = Disclosure::under(permit, &[Block::Metadata], event, shown);
    Ok(alerts.into_iter().fold(sealed, Disclosure::also))
}

/// The lines that a permit shows, newest entry first and of each the ground that counts before those it replaced. As many
/// statements are run whatever there is to hide.
fn ledger<A: Action>(
    session: &mut Session<'_>,
    permit: &Permit<A>,
    shielded: bool,
    entries: &[Involvement],
) -> Result<Vec<ShownConsent>, Failure> {
    let directory = directory_of(session, entries)?;
    let past = consents::list(session.conn, permit)?;
    let mut shown = Vec::new();
    let mut grounded: Vec<(&Involvement, Ground)> =
        entries.iter().filter_map(|entry| Some((entry, entry.ground?))).collect();
    grounded.sort_by_key(|(entry, _)| Reverse((entry.created_at, entry.number)));
    for (entry, ground) in grounded {
        if !permit.visibility().shows(Block::Metadata, entry.organisation) {
            continue;
        }
        let sensitive = group_of(session, &directory, entry) == ServiceGroup::Sensitive;
        // Its own organisation finds what has lapsed here, and nowhere else.
        let own = session.actor.is_of(entry.organisation);
        let named = (own || is_shown(session, permit, shielded, sensitive, entry)).then(|| ConsentedEntry {
            number: entry.number,
            service: entry.service,
            organisation: entry.organisation,
            organisation_name: directory
                .organisations
                .get(&entry.organisation)
                .map_or_else(String::new, |organisation| organisation.name.clone()),
        });
        let state = entry.consent_state_on(session.day);
        shown.push(ShownConsent { entry: named.clone(), ground, state, ended_at: entry.withdrawn_at });
        let of_entry = past.iter().filter(|each| each.number == entry.number);
        shown.extend(of_entry.map(|each| ShownConsent {
            entry: named.clone(),
            ground: each.ground,
            state: ConsentState::Superseded,
            ended_at: Some(each.ended_at),
        }));
    }
    Ok(shown)
}

/// Records a new ground for an entry, in place of the one it stands on: consent given again before it lapses or after,
/// or suspected significant harm.
///
/// # Errors
/// [`Failure`] where nothing could be changed or recorded.
pub async fn record_consent(
    index: &Index,
    visit: Visit,
    child: ChildRef,
    number: i32,
    ground: Ground,
) -> Result<Answer<Vec<ShownConsent>>, Failure> {
    index.change(visit, move |session| record(session, child, number, ground)).await
}

fn record(
    session: &mut Session<'_>,
    child: ChildRef,
    number: i32,
    ground: Ground,
) -> Result<Sealed<Vec<ShownConsent>>, Failure> {
    let (file, permit) = match open::<RecordConsent>(session, child)? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let subject = file.subject().clone();
    let (record, mut entries) = file.open(&permit)?;
    let shielded = record.shield.is_some();
    let directory = directory_of(session, &entries)?;
    let Some(place) = entries.iter().position(|entry| entry.number == number) else {
        return Ok(session.refuse(Refusal::NotFound));
    };
    let Some(entry) = entries.get_mut(place) else { return Ok(session.refuse(Refusal::NotFound)) };
    let sensitive = group_of(session, &directory, entry) == ServiceGroup::Sensitive;
    // What has lapsed its own organisation may have renewed; what was withdrawn nobody.
    let own = session.actor.is_of(entry.organisation) && entry.withdrawn_at.is_none();
    if !own && !is_shown(session, &permit, shielded, sensitive, entry) {
        return Ok(session.refuse(Refusal::NotFound));
    }
    if let Err(refusal) = may_change_entry(&session.actor, &subject, entry.organisation) {
        return Ok(session.refuse(refusal));
    }
    let Some(before) = entry.ground else { return Ok(session.refuse(Refusal::Conflict(Conflict::NoGround))) };
    let replaced = PastGround { number, ground: before, ended_at: session.now };
    consents::insert(session.conn, &permit, &replaced, session.actor.account)?;
    entry.ground = Some(ground);
    entry.version = entry.version.saturating_add(1);
    involvements::update(session.conn, &permit, entry)?;
    let mut shown = ledger(session, &permit, shielded, &entries)?;
    shown.retain(|each| each.entry.as_ref().is_some_and(|entry| entry.number == number));
    let event = session.event(session.visit.action, Outcome::Changed).on(TargetKind::Involvement, number);
    Ok(Disclosure::under(permit.with_sensitive_services(true), &[Block::Metadata], event, shown))
}

/// Takes the mark of lead professional of this kind off an entry whose consent has lapsed: what is hidden leads nobody,
/// or the next lead professional's `409` would tell of it. A withdrawal takes it off at once.
pub(super) fn release_lapsed_lead<A: Action>(
    session: &mut Session<'_>,
    permit: &Permit<A>,
    entries: &[Involvement],
    kind: Option<LeadKind>,
) -> Result<(), Failure> {
    let Some(kind) = kind else { return Ok(()) };
    let lapsed = |entry: &&Involvement| entry.lead == Some(kind) && !entry.may_be_told_on(session.day);
    let Some(entry) = entries.iter().find(lapsed) else { return Ok(()) };
    let released = Involvement { lead: None, version: entry.version.saturating_add(1), ..entry.clone() };
    involvements::update(session.conn, permit, &released)?;
    leads::end(session, permit, entry, LeadEnd::ConsentEnded)
}
