//! Enquiries at a single point of access: recorded as codes, answered at once with who is involved already, and decided
//! link by link.

use super::access_points;
use super::children::open;
use super::contacts::{CONTACT_BLOCKS, Contacts, Identity, gather};
use super::index::Answer;
use super::organisations::find_visible;
use super::replays::{self, IdempotencyKey};
use super::{Failure, Index, Session, budgets};
use crate::domain::audit::actions::Outcome;
use crate::domain::audit::events::Event;
use crate::domain::audit::payloads::{Criteria, TargetKind};
use crate::domain::disclosures::{Disclosure, Sealed, describe};
use crate::domain::enquiries::{
    AccessPoint, CallerKind, DeclineReason, Enquiry, EnquiryFilter, EnquiryOutcome, EnquiryState, EnquiryStep, Need,
    QualityOutcome, one_working_day_after,
};
use crate::domain::handles::ChildRef;
use crate::domain::ids::{AccessPointId, ChildId, EnquiryId, OrganisationId, TeamId};
use crate::domain::instants::Instant;
use crate::domain::pages::Page;
use crate::domain::policy::{
    self, Block, Conflict, Permit, ReadContacts, RecordEnquiry, Refusal, Violation, may_decide_enquiry,
    may_judge_enquiry, may_record_enquiry, sees_enquiry, sees_team, works_area_list,
};
use crate::domain::visits::Visit;
use crate::store::enquiries::{self, EnquiryScope};
use crate::store::errors::StoreError;
use crate::store::{files, teams};

/// What is decided of an enquiry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// The outcome.
    pub outcome: EnquiryOutcome,
    /// Why it is declined.
    pub reason: Option<DeclineReason>,
    /// To whom it is allocated; the desk's own organisation where none is named.
    pub organisation: Option<OrganisationId>,
    /// To which of its teams.
    pub team: Option<TeamId>,
}

/// An enquiry to record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEnquiry {
    /// The desk it came to.
    pub access_point: AccessPointId,
    /// The child it is about, where one was found.
    pub child: Option<ChildRef>,
    /// Who called.
    pub caller: CallerKind,
    /// What is needed.
    pub need: Need,
    /// What is decided at once.
    pub decision: Option<Decision>,
}

/// A link of a chain as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownStep {
    /// The link; the organisation and the team only where they exist for the reader.
    pub step: EnquiryStep,
    /// The organisation's name.
    pub organisation_name: Option<String>,
    /// The team's name.
    pub team_name: Option<String>,
}

/// An enquiry as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownEnquiry {
    /// The enquiry.
    pub enquiry: Enquiry,
    /// The desk's name; none where it does not exist for the reader.
    pub access_point_name: Option<String>,
    /// The child, where there is one that the reader may see.
    pub child: Option<Identity>,
    /// Who is involved already; with the answer to a new enquiry alone.
    pub contacts: Option<Contacts>,
    /// The chain.
    pub steps: Vec<ShownStep>,
    /// When it was read.
    pub at: Instant,
}

/// Records an enquiry, and answers in the same call to whom the child is known already. Once for each key.
///
/// # Errors
/// [`Failure`] where nothing could be changed or recorded.
pub async fn record_enquiry(
    index: &Index,
    visit: Visit,
    key: Option<IdempotencyKey>,
    new: NewEnquiry,
) -> Result<Answer<ShownEnquiry>, Failure> {
    index.change(visit, move |session| record(session, key.as_ref(), &new)).await
}

/// Lists enquiries: those of the reader's organisation and, for co-ordinators and the management team, of the area.
///
/// # Errors
/// As [`record_enquiry`].
pub async fn list_enquiries(
    index: &Index,
    visit: Visit,
    filter: EnquiryFilter,
    after: Option<EnquiryId>,
    limit: u16,
) -> Result<Answer<Page<ShownEnquiry, EnquiryId>>, Failure> {
    index.disclose(visit, move |session| list(session, filter, after, limit)).await
}

/// Reads an enquiry.
///
/// # Errors
/// As [`record_enquiry`].
pub async fn read_enquiry(index: &Index, visit: Visit, id: EnquiryId) -> Result<Answer<ShownEnquiry>, Failure> {
    index
        .disclose(visit, move |session| match find(session, id)? {
            Some(enquiry) => tell(session, enquiry, Outcome::Disclosed),
            None => Ok(refuse(session, id, Refusal::NotFound)),
        })
        .await
}

/// Adds a link to an enquiry's chain.
///
/// # Errors
/// As [`record_enquiry`].
pub async fn decide_enquiry(
    index: &Index,
    visit: Visit,
    id: EnquiryId,
    decision: Decision,
) -> Result<Answer<ShownEnquiry>, Failure> {
    index.change(visit, move |session| decide(session, id, decision)).await
}

/// Says how well an enquiry was handled.
///
/// # Errors
/// As [`record_enquiry`].
pub async fn judge_enquiry(
    index: &Index,
    visit: Visit,
    id: EnquiryId,
    quality: QualityOutcome,
) -> Result<Answer<ShownEnquiry>, Failure> {
    index.change(visit, move |session| judge(session, id, quality)).await
}

fn record(
    session: &mut Session<'_>,
    key: Option<&IdempotencyKey>,
    new: &NewEnquiry,
) -> Result<Sealed<ShownEnquiry>, Failure> {
    let Some(shown) = access_points::find(session, new.access_point)? else {
        return Ok(session.refuse(Refusal::NotFound));
    };
    if let Err(refusal) = may_record_enquiry(&session.actor, &shown.point) {
        return Ok(session.refuse(refusal));
    }
    let earlier = match replays::find(session, key)? {
        Err(refusal) => return Ok(session.refuse(refusal)),
        Ok(earlier) => earlier.and_then(|replay| replay.reference).and_then(|reference| reference.parse().ok()),
    };
    let opened = match new.child {
        None => None,
        Some(child) => match open::<RecordEnquiry>(session, child)? {
            Ok(opened) => Some(opened),
            Err(refusal) => return Ok(session.refuse(refusal)),
        },
    };
    let mut alerts = Vec::new();
    let known = match opened {
        None => None,
        Some((file, permit)) => {
            match budgets::charge_children(session, &[permit.child()])? {
                Ok(charge) => alerts = charge.alerts,
                Err(refusal) => return Ok(session.refuse(refusal)),
            }
            Some(gather(session, permit, file)?)
        }
    };
    let enquiry = match earlier {
        Some(id) => match find(session, id)? {
            Some(enquiry) => enquiry,
            None => return Ok(refuse(session, id, Refusal::NotFound)),
        },
        None => match insert(session, new, &shown.point, known.as_ref())? {
            Ok(enquiry) => enquiry,
            Err(refusal) => return Ok(session.refuse(refusal)),
        },
    };
    if earlier.is_none() {
        replays::remember(session, key, "recorded", Some(enquiry.id.to_string()))?;
    }
    let outcome = if earlier.is_some() { Outcome::Unchanged } else { Outcome::Changed };
    let event = about(session, enquiry.id, outcome);
    let mut answer = show(session, enquiry)?;
    let sealed = match known {
        None => Disclosure::with(event, answer),
        Some((contacts, permit)) => {
            answer.child = Some(contacts.child.clone());
            answer.contacts = Some(contacts);
            Disclosure::under(permit, &CONTACT_BLOCKS, event, answer)
        }
    };
    Ok(alerts.into_iter().fold(sealed, Disclosure::also))
}

/// Stores an enquiry with what is decided at once, or says why that cannot be.
fn insert(
    session: &mut Session<'_>,
    new: &NewEnquiry,
    point: &AccessPoint,
    known: Option<&(Contacts, Permit<RecordEnquiry>)>,
) -> Result<Result<Enquiry, Refusal>, Failure> {
    let elsewhere = |contacts: &Contacts| {
        contacts.involvements.iter().any(|each| each.is_live && each.organisation != point.organisation)
    };
    let enquiry = Enquiry {
        id: EnquiryId::new(),
        access_point: point.id,
        organisation: point.organisation,
        area: point.area.clone(),
        child: known.map(|(_, permit)| permit.child()),
        caller: new.caller,
        need: new.need,
        known: known.is_some_and(|(contacts, _)| elsewhere(contacts)),
        state: EnquiryState::Open,
        receiver: None,
        recorded_by: session.actor.account,
        recorded_at: session.now,
        due_at: Some(one_working_day_after(session.now)),
        closed_at: None,
        quality: None,
        version: 1,
    };
    enquiries::insert(session.conn, &enquiry)?;
    match new.decision {
        Some(decision) => add_step(session, &enquiry, 0, decision),
        None => Ok(Ok(enquiry)),
    }
}

fn list(
    session: &mut Session<'_>,
    filter: EnquiryFilter,
    after: Option<EnquiryId>,
    limit: u16,
) -> Result<Sealed<Page<ShownEnquiry, EnquiryId>>, Failure> {
    if let Err(refusal) = policy::decide_enquiry_list(&session.actor) {
        return Ok(session.refuse(refusal));
    }
    let area = works_area_list(&session.actor).then(|| session.actor.area.clone());
    let scope = EnquiryScope { organisation: session.actor.organisation, area };
    let read = enquiries::list(session.conn, &scope, filter, session.now, after, limit.saturating_add(1))?;
    let page = Page::of(read, limit, |last| last.id);
    let outcome = if page.items.is_empty() { Outcome::None } else { Outcome::Disclosed };
    let asked = Criteria::new()
        .with("state", filter.code())
        .with_some("cursor", after.map(|after| after.to_string()))
        .with("limit", limit);
    let mut event = session.event(session.visit.action, outcome).asking(asked);
    let (mut items, mut ids) = (Vec::with_capacity(page.items.len()), Vec::new());
    for enquiry in page.items {
        // What a system may not see, nobody sees through it.
        if !sees_enquiry(&session.actor, &enquiry) {
            continue;
        }
        let (child, more) = identify(session, enquiry.child, event)?;
        event = more;
        ids.extend(enquiry.child.filter(|_| child.is_some()));
        items.push(ShownEnquiry { child, ..show(session, enquiry)? });
    }
    let alerts = match budgets::charge_children(session, &ids)? {
        Ok(charge) => charge.alerts,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let sealed = Disclosure::with(event, Page { items, next: page.next });
    Ok(alerts.into_iter().fold(sealed, Disclosure::also))
}

fn decide(session: &mut Session<'_>, id: EnquiryId, decision: Decision) -> Result<Sealed<ShownEnquiry>, Failure> {
    let Some(enquiry) = find(session, id)? else { return Ok(refuse(session, id, Refusal::NotFound)) };
    if let Err(refusal) = may_decide_enquiry(&session.actor, &enquiry, decision.outcome) {
        return Ok(refuse(session, id, refusal));
    }
    let so_many = enquiries::list_steps(session.conn, &[id])?.len();
    match add_step(session, &enquiry, so_many, decision)? {
        Ok(decided) => tell(session, decided, Outcome::Changed),
        Err(refusal) => Ok(refuse(session, id, refusal)),
    }
}

fn judge(session: &mut Session<'_>, id: EnquiryId, quality: QualityOutcome) -> Result<Sealed<ShownEnquiry>, Failure> {
    let Some(enquiry) = find(session, id)? else { return Ok(refuse(session, id, Refusal::NotFound)) };
    if let Err(refusal) = may_judge_enquiry(&session.actor, &enquiry) {
        return Ok(refuse(session, id, refusal));
    }
    if !enquiry.state.is_closed() {
        return Ok(refuse(session, id, Refusal::Conflict(Conflict::OutOfOrder)));
    }
    let judged = Enquiry { quality: Some((quality, session.now)), ..enquiry };
    match store(session, &judged)? {
        Ok(judged) => tell(session, judged, Outcome::Changed),
        Err(refusal) => Ok(refuse(session, id, refusal)),
    }
}

/// Adds a link, or says why it cannot follow.
fn add_step(
    session: &mut Session<'_>,
    enquiry: &Enquiry,
    so_many: usize,
    decision: Decision,
) -> Result<Result<Enquiry, Refusal>, Failure> {
    let invalid = |pointer, message| Ok(Err(Refusal::Invalid(Violation { pointer, message })));
    let allocates = decision.outcome == EnquiryOutcome::Allocated;
    if decision.outcome == EnquiryOutcome::NoTrace && enquiry.child.is_some() {
        return invalid("/outcome", "no-trace is for an enquiry about nobody who could be found");
    }
    let receiver = allocates.then(|| decision.organisation.unwrap_or(enquiry.organisation));
    if let Some(receiver) = receiver {
        let Some(organisation) = find_visible(session, receiver)? else {
            return invalid("/organisation", "is not registered here");
        };
        if let Some(id) = decision.team {
            let team = teams::find(session.conn, id)?.filter(|team| team.organisation == receiver);
            if team.is_none_or(|team| !sees_team(&session.actor, &organisation, &team)) {
                return invalid("/team", "is not a team of that organisation");
            }
        }
    }
    let step = EnquiryStep {
        outcome: decision.outcome,
        reason: decision.reason,
        organisation: receiver,
        team: decision.team,
        account: session.actor.account,
        at: session.now,
    };
    let Some(next) = enquiry.after(&step) else { return Ok(Err(Refusal::Conflict(Conflict::OutOfOrder))) };
    match enquiries::append_step(session.conn, enquiry.id, so_many, &step) {
        Ok(()) => store(session, &next),
        Err(StoreError::Conflict("enquiry_step_pkey")) => Ok(Err(Refusal::Conflict(Conflict::OutOfOrder))),
        Err(error) => Err(error.into()),
    }
}

fn store(session: &mut Session<'_>, changed: &Enquiry) -> Result<Result<Enquiry, Refusal>, Failure> {
    match enquiries::update(session.conn, changed) {
        Ok(()) => Ok(Ok(Enquiry { version: changed.version.saturating_add(1), ..changed.clone() })),
        Err(StoreError::NotFound) => Ok(Err(Refusal::Conflict(Conflict::OutOfOrder))),
        Err(error) => Err(error.into()),
    }
}

fn find(session: &mut Session<'_>, id: EnquiryId) -> Result<Option<Enquiry>, Failure> {
    let found = enquiries::find(session.conn, id)?;
    Ok(found.filter(|enquiry| sees_enquiry(&session.actor, enquiry)))
}

/// Answers with one enquiry, its child under a permit of its own.
fn tell(session: &mut Session<'_>, enquiry: Enquiry, outcome: Outcome) -> Result<Sealed<ShownEnquiry>, Failure> {
    let event = about(session, enquiry.id, outcome);
    let (child, event) = identify(session, enquiry.child, event)?;
    let ids: Vec<ChildId> = enquiry.child.into_iter().filter(|_| child.is_some()).collect();
    let alerts = match budgets::charge_children(session, &ids)? {
        Ok(charge) => charge.alerts,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let shown = ShownEnquiry { child, ..show(session, enquiry)? };
    Ok(alerts.into_iter().fold(Disclosure::with(event, shown), Disclosure::also))
}

/// Who the child of an enquiry is, where the actor may see it; the event says so.
fn identify(
    session: &mut Session<'_>,
    child: Option<ChildId>,
    event: Event,
) -> Result<(Option<Identity>, Event), Failure> {
    let Some(file) = files::find(session.conn, child, session.day)? else { return Ok((None, event)) };
    let Ok(permit) = policy::decide::<ReadContacts>(&session.actor, file.subject(), session.day) else {
        return Ok((None, event));
    };
    let identity = Identity::from(file.record(&permit)?);
    let blocks = [Block::Identity];
    let told = describe(permit.pseudonym(), permit.version(), permit.is_delicate(), permit.visibility(), &blocks);
    Ok((Some(identity), event.about(told)))
}

/// An enquiry with its desk and chain; organisations and teams that do not exist for the actor are left out.
fn show(session: &mut Session<'_>, enquiry: Enquiry) -> Result<ShownEnquiry, Failure> {
    let mut steps = Vec::new();
    for (_, mut step) in enquiries::list_steps(session.conn, &[enquiry.id])? {
        let organisation = match step.organisation {
            Some(id) => find_visible(session, id)?,
            None => None,
        };
        let team = match (step.team, &organisation) {
            (Some(id), Some(organisation)) => {
                teams::find(session.conn, id)?.filter(|team| sees_team(&session.actor, organisation, team))
            }
            _ => None,
        };
        step.organisation = organisation.as_ref().map(|organisation| organisation.id);
        step.team = team.as_ref().map(|team| team.id);
        steps.push(ShownStep {
            step,
            organisation_name: organisation.map(|organisation| organisation.name),
            team_name: team.map(|team| team.name),
        });
    }
    let access_point_name = access_points::find(session, enquiry.access_point)?.map(|shown| shown.point.name);
    Ok(ShownEnquiry { enquiry, access_point_name, child: None, contacts: None, steps, at: session.now })
}

fn about(session: &Session<'_>, id: EnquiryId, outcome: Outcome) -> Event {
    session.event(session.visit.action, outcome).on(TargetKind::Enquiry, id)
}

fn refuse<T>(session: &Session<'_>, id: EnquiryId, refusal: Refusal) -> Sealed<T> {
    Disclosure::refused(refusal, about(session, id, refusal.outcome()))
}
