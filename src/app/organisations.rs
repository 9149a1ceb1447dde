//! The directory of organisations: reading, registering and changing them.

use chrono::NaiveDate;

use super::index::Answer;
use super::replays::{self, IdempotencyKey};
use super::{Failure, Index, Precondition, Session};
use crate::domain::audit::actions::Outcome;
use crate::domain::audit::events::Event;
use crate::domain::audit::payloads::{Criteria, TargetKind};
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::ids::OrganisationId;
use crate::domain::instants::Instant;
use crate::domain::lawful_bases::LawfulBasis;
use crate::domain::organisations::Organisation;
use crate::domain::pages::{After, Page};
use crate::domain::policy::{self, Conflict, Refusal, Violation};
use crate::domain::routes::{Route, order_for};
use crate::domain::services::{OrganisationKind, Sensitivity};
use crate::domain::visits::Visit;
use crate::store::errors::{StoreError, StoreResult};
use crate::store::organisations::{self, OrganisationFilter};

/// An organisation as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownOrganisation {
    /// The organisation; its mark says whether it is sensitive for whatever reason, and the first of its routes is the
    /// one that works at `at`.
    pub organisation: Organisation,
    /// When it was read.
    pub at: Instant,
}

/// Which organisations somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OrganisationsSought {
    /// Part of the name.
    pub name: Option<String>,
    /// Of this kind.
    pub kind: Option<OrganisationKind>,
    /// Of this area.
    pub area: Option<String>,
    /// Where the page before ended.
    pub after: Option<After>,
    /// At most so many.
    pub limit: u16,
}

/// An organisation to be registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOrganisation {
    /// The code its feeds and the bulk format name it by.
    pub code: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: OrganisationKind,
    /// The area it works in.
    pub area: String,
    /// Whether it is sensitive although its kind is not.
    pub sensitive: bool,
    /// The last day of its accreditation.
    pub accredited_until: Option<NaiveDate>,
    /// On what lawful basis it takes part.
    pub lawful_basis: Option<LawfulBasis>,
    /// How to reach it.
    pub routes: Vec<Route>,
}

/// What is to be changed of an organisation; what is not given stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OrganisationChanges {
    /// Its name.
    pub name: Option<String>,
    /// What it is.
    pub kind: Option<OrganisationKind>,
    /// The area it works in.
    pub area: Option<String>,
    /// Whether it is sensitive.
    pub sensitive: Option<bool>,
    /// The last day of its accreditation; `Some(None)` takes it away.
    pub accredited_until: Option<Option<NaiveDate>>,
    /// On what lawful basis it takes part.
    pub lawful_basis: Option<LawfulBasis>,
    /// How to reach it.
    pub routes: Option<Vec<Route>>,
}

/// Lists organisations by name; sensitive ones for those alone who may know of them.
///
/// # Errors
/// [`Failure`] where nothing could be read or recorded.
pub async fn list_organisations(
    index: &Index,
    visit: Visit,
    sought: OrganisationsSought,
) -> Result<Answer<Page<ShownOrganisation, After>>, Failure> {
    index.disclose(visit, move |session| list(session, &sought)).await
}

/// Reads an organisation.
///
/// # Errors
/// As [`list_organisations`].
pub async fn read_organisation(
    index: &Index,
    visit: Visit,
    id: OrganisationId,
) -> Result<Answer<ShownOrganisation>, Failure> {
    index.disclose(visit, move |session| read(session, id)).await
}

/// Registers an organisation; once for each idempotency key.
///
/// # Errors
/// As [`list_organisations`].
pub async fn register_organisation(
    index: &Index,
    visit: Visit,
    key: Option<IdempotencyKey>,
    new: NewOrganisation,
) -> Result<Answer<ShownOrganisation>, Failure> {
    index.change(visit, move |session| register(session, key.as_ref(), new)).await
}

/// Changes an organisation, where the precondition holds of what the caller would be shown now.
///
/// # Errors
/// As [`list_organisations`].
pub async fn change_organisation(
    index: &Index,
    visit: Visit,
    id: OrganisationId,
    precondition: Precondition<ShownOrganisation>,
    changes: OrganisationChanges,
) -> Result<Answer<ShownOrganisation>, Failure> {
    index.change(visit, move |session| change(session, id, precondition, changes)).await
}

fn list(
    session: &mut Session<'_>,
    sought: &OrganisationsSought,
) -> Result<Sealed<Page<ShownOrganisation, After>>, Failure> {
    let filter = OrganisationFilter {
        name: sought.name.clone(),
        kind: sought.kind,
        area: sought.area.clone(),
        ..reachable(session)
    };
    let read = organisations::list(session.conn, &filter, sought.after.as_ref(), sought.limit.saturating_add(1))?;
    let place = |last: &Organisation| After { name: last.name.clone(), id: last.id.0 };
    let page = Page::of(read, sought.limit, place).map(|organisation| show(session, organisation));
    let outcome = if page.items.is_empty() { Outcome::None } else { Outcome::Disclosed };
    let asked = Criteria::new()
        .with_some("name", sought.name.clone())
        .with_some("kind", sought.kind.map(OrganisationKind::code))
        .with_some("area", sought.area.clone())
        .with_some("cursor", sought.after.as_ref().map(ToString::to_string))
        .with("limit", sought.limit);
    // That an ordinary organisation was listed says nothing of anybody; a sensitive one is named in the log.
    let named = page.items.iter().filter(|shown| shown.organisation.sensitive);
    let event = named.fold(session.event(session.visit.action, outcome).asking(asked), |event, shown| {
        event.on(TargetKind::Organisation, shown.organisation.id)
    });
    Ok(Disclosure::with(event, page))
}

fn read(session: &mut Session<'_>, id: OrganisationId) -> Result<Sealed<ShownOrganisation>, Failure> {
    match find_visible(session, id)? {
        None => Ok(refuse(session, id, Refusal::NotFound)),
        Some(organisation) => {
            let event = about(session, id, Outcome::Disclosed);
            Ok(Disclosure::with(event, show(session, organisation)))
        }
    }
}

fn register(
    session: &mut Session<'_>,
    key: Option<&IdempotencyKey>,
    new: NewOrganisation,
) -> Result<Sealed<ShownOrganisation>, Failure> {
    if let Err(refusal) = policy::decide_organisation_registration(&session.actor, new.kind, &new.area) {
        return Ok(session.refuse(refusal));
    }
    match replays::find(session, key)? {
        Err(refusal) => return Ok(session.refuse(refusal)),
        Ok(Some(replay)) => {
            let Some(id) = replay.reference.and_then(|reference| reference.parse().ok()) else {
                return Ok(session.refuse(Refusal::NotFound));
            };
            let Some(organisation) = find_visible(session, id)? else {
                return Ok(refuse(session, id, Refusal::NotFound));
            };
            let event = about(session, id, Outcome::Unchanged);
            return Ok(Disclosure::with(event, show(session, organisation)));
        }
        Ok(None) => {}
    }
    let organisation = new.into_organisation(OrganisationId::new(), session.now);
    let id = organisation.id;
    if let Err(refusal) = stands_on_a_basis(&organisation) {
        return Ok(refuse(session, id, refusal));
    }
    if let Err(refusal) = unless_taken(organisations::insert(session.conn, &organisation))? {
        return Ok(refuse(session, id, refusal));
    }
    replays::remember(session, key, "registered", Some(id.to_string()))?;
    let event = about(session, id, Outcome::Changed);
    Ok(Disclosure::with(event, show(session, organisation)))
}

fn change(
    session: &mut Session<'_>,
    id: OrganisationId,
    precondition: Precondition<ShownOrganisation>,
    changes: OrganisationChanges,
) -> Result<Sealed<ShownOrganisation>, Failure> {
    let Some(before) = find_visible(session, id)? else {
        return Ok(refuse(session, id, Refusal::NotFound));
    };
    let after = changes.applied_to(&before);
    let decided = policy::decide_organisation_change(&session.actor, &before, &after)
        .and_then(|()| if precondition.holds(&show(session, before.clone())) { Ok(()) } else { Err(Refusal::Stale) })
        .and_then(|()| stays_sensitive(&after))
        .and_then(|()| stands_on_a_basis(&after));
    if let Err(refusal) = decided {
        return Ok(refuse(session, id, refusal));
    }
    if after == before {
        let event = about(session, id, Outcome::Unchanged);
        return Ok(Disclosure::with(event, show(session, after)));
    }
    if let Err(refusal) = unless_taken(organisations::update(session.conn, &after))? {
        return Ok(refuse(session, id, refusal));
    }
    let event = about(session, id, Outcome::Changed).asking(Criteria::new().with("changed", changed(&before, &after)));
    let after = Organisation { version: after.version.saturating_add(1), ..after };
    Ok(Disclosure::with(event, show(session, after)))
}

impl NewOrganisation {
    /// The organisation this becomes.
    #[must_use]
    pub fn into_organisation(self, id: OrganisationId, at: Instant) -> Organisation {
        Organisation {
            id,
            code: self.code,
            name: self.name,
            kind: self.kind,
            area: self.area,
            sensitive: self.sensitive || self.kind.is_sensitive(),
            accredited_until: self.accredited_until,
            lawful_basis: self.lawful_basis,
            routes: self.routes,
            version: 1,
            created_at: at,
        }
    }
}

impl OrganisationChanges {
    fn applied_to(self, before: &Organisation) -> Organisation {
        let kind = self.kind.unwrap_or(before.kind);
        Organisation {
            name: self.name.unwrap_or_else(|| before.name.clone()),
            kind,
            area: self.area.unwrap_or_else(|| before.area.clone()),
            // A kind that becomes sensitive brings its mark along; one that ceases to be leaves it until it is lifted.
            sensitive: self.sensitive.unwrap_or(before.sensitive || kind.is_sensitive()),
            accredited_until: self.accredited_until.unwrap_or(before.accredited_until),
            lawful_basis: self.lawful_basis.or(before.lawful_basis),
            routes: self.routes.unwrap_or_else(|| before.routes.clone()),
            ..before.clone()
        }
    }
}

fn stays_sensitive(after: &Organisation) -> Result<(), Refusal> {
    if after.kind.is_sensitive() && !after.sensitive {
        let message = "must be true: an organisation of this kind is always sensitive";
        return Err(Refusal::Invalid(Violation { pointer: "/sensitive", message }));
    }
    Ok(())
}

/// Nobody is accredited whose lawful basis is not on record.
pub(super) fn stands_on_a_basis(after: &Organisation) -> Result<(), Refusal> {
    if after.accredited_until.is_some() && after.lawful_basis.is_none() {
        let message = "is needed: an organisation is accredited on a lawful basis";
        return Err(Refusal::Invalid(Violation { pointer: "/lawful_basis", message }));
    }
    Ok(())
}

/// The names of the parts that differ, for the log.
fn changed(before: &Organisation, after: &Organisation) -> Vec<&'static str> {
    [
        ("name", before.name != after.name),
        ("kind", before.kind != after.kind),
        ("area", before.area != after.area),
        ("sensitive", before.sensitive != after.sensitive),
        ("accredited_until", before.accredited_until != after.accredited_until),
        ("lawful_basis", before.lawful_basis != after.lawful_basis),
        ("routes", before.routes != after.routes),
    ]
    .into_iter()
    .filter_map(|(name, differs)| differs.then_some(name))
    .collect()
}

/// Every organisation that exists for the actor.
pub(super) fn reachable(session: &Session<'_>) -> OrganisationFilter {
    let settings = session.settings.sensitivity;
    let sensitive = |kind: &&OrganisationKind| settings.of_organisation(**kind, Sensitivity::Ordinary).is_sensitive();
    OrganisationFilter {
        sensitive_kinds: OrganisationKind::ALL.iter().filter(sensitive).copied().collect(),
        reaches: policy::reaches(&session.actor),
        ..OrganisationFilter::default()
    }
}

/// Finds an organisation, unless it does not exist for the actor.
pub(super) fn find_visible(session: &mut Session<'_>, id: OrganisationId) -> Result<Option<Organisation>, Failure> {
    let found = organisations::find(session.conn, id)?;
    Ok(found.filter(|found| policy::sees_organisation(&session.actor, found, &session.settings.sensitivity)))
}

fn show(session: &Session<'_>, mut organisation: Organisation) -> ShownOrganisation {
    let marked = Sensitivity::marked(organisation.sensitive);
    organisation.sensitive = session.settings.sensitivity.of_organisation(organisation.kind, marked).is_sensitive();
    order_for(session.now, &mut organisation.routes);
    ShownOrganisation { organisation, at: session.now }
}

fn about(session: &Session<'_>, id: OrganisationId, outcome: Outcome) -> Event {
    session.event(session.visit.action, outcome).on(TargetKind::Organisation, id)
}

fn refuse<T>(session: &Session<'_>, id: OrganisationId, refusal: Refusal) -> Sealed<T> {
    Disclosure::refused(refusal, about(session, id, refusal.outcome()))
}

/// Turns a constraint or a version that moved on into the refusal it means.
pub(super) fn unless_taken(written: StoreResult<()>) -> Result<Result<(), Refusal>, Failure> {
    match written {
        Ok(()) => Ok(Ok(())),
        Err(StoreError::Conflict("organisation_code" | "team_code")) => Ok(Err(Refusal::Conflict(Conflict::Code))),
        Err(StoreError::Conflict("team_district_pkey")) => Ok(Err(Refusal::Conflict(Conflict::District))),
        Err(StoreError::Conflict("account_identity")) => Ok(Err(Refusal::Conflict(Conflict::Identity))),
        Err(StoreError::NotFound) => Ok(Err(Refusal::Stale)),
        Err(other) => Err(other.into()),
    }
}
