//! Workforces: how many people use the index for whom, and how they are trained, counted beside the recorder.

use std::collections::{BTreeMap, HashMap};

use super::index::Answer;
use super::{Failure, Index, Session};
use crate::domain::audit::actions::Outcome;
use crate::domain::audit::payloads::{Criteria, TargetKind};
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::pages::{After, Page};
use crate::domain::policy::{Reach, Refusal, WorkforceScope, decide_workforces, reaches};
use crate::domain::services::{OrganisationKind, Sector, Sensitivity};
use crate::domain::visits::Visit;
use crate::domain::workforces::{Workforce, WorkforceBy, WorkforceOf};
use crate::store::workforces::{self, WorkforceFilter};

/// Which workforces somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkforcesSought {
    /// By what people are counted.
    pub by: WorkforceBy,
    /// Of this area.
    pub area: Option<String>,
    /// Of people who work in this sector.
    pub sector: Option<Sector>,
    /// Where the page before ended.
    pub after: Option<After>,
    /// At most so many.
    pub limit: u16,
}

/// A page of workforces.
pub type Workforces = Page<(WorkforceOf, Workforce), After>;

/// For whom it was counted: what they might know of then.
type Sight = (WorkforceScope, Vec<Reach>);

/// Lists workforces: organisations by name, or sectors.
///
/// # Errors
/// [`Failure`] where nothing could be read or recorded; [`Failure::Busy`] also where what the caller may know of was
/// changed meanwhile.
pub async fn list_workforces(
    index: &Index,
    visit: Visit,
    sought: WorkforcesSought,
) -> Result<Answer<Workforces>, Failure> {
    let asked = sought.clone();
    let counted = index.survey(visit.clone(), move |session| count(session, &asked)).await?.flatten();
    index.disclose(visit, move |session| tell(session, &sought, counted)).await
}

fn sight(session: &Session<'_>) -> Result<Sight, Refusal> {
    Ok((decide_workforces(&session.actor)?, reaches(&session.actor)))
}

fn count(session: &mut Session<'_>, sought: &WorkforcesSought) -> Result<Option<(Sight, Workforces)>, Failure> {
    let Ok(sight) = sight(session) else { return Ok(None) };
    let sensitivity = session.settings.sensitivity;
    let sensitive =
        |kind: &&OrganisationKind| sensitivity.of_organisation(**kind, Sensitivity::Ordinary).is_sensitive();
    let (scope, reaches) = &sight;
    let filter = WorkforceFilter {
        areas: scope.area.clone().into_iter().chain(sought.area.clone()).collect(),
        organisation: scope.organisation,
        sector: sought.sector,
        roles: scope.roles.to_vec(),
        sensitive_kinds: OrganisationKind::ALL.iter().filter(sensitive).copied().collect(),
        reaches: reaches.clone(),
    };
    let page = match sought.by {
        WorkforceBy::Organisation => by_organisation(session, &filter, sought)?,
        // Nothing comes after its one page.
        WorkforceBy::Sector if sought.after.is_some() => Page { items: Vec::new(), next: None },
        WorkforceBy::Sector => by_sector(session, &filter)?,
    };
    Ok(Some((sight, page)))
}

fn by_organisation(
    session: &mut Session<'_>,
    filter: &WorkforceFilter,
    sought: &WorkforcesSought,
) -> Result<Workforces, Failure> {
    let after = sought.after.as_ref();
    let found = workforces::list_organisations(session.conn, filter, after, sought.limit.saturating_add(1))?;
    let page = Page::of(found, sought.limit, |last| After { name: last.name.clone(), id: last.id.0 });
    let ids: Vec<_> = page.items.iter().map(|organisation| organisation.id).collect();
    let mut counted: HashMap<_, Workforce> = HashMap::with_capacity(ids.len());
    for (organisation, _, training) in workforces::list_people(session.conn, filter, Some(&ids))? {
        counted.entry(organisation).or_insert_with(Workforce::nobody).add(&training, session.day);
    }
    Ok(page.map(|organisation| {
        let workforce = counted.remove(&organisation.id).unwrap_or_else(Workforce::nobody);
        let sector = organisation.kind.sector();
        (WorkforceOf::Organisation { id: organisation.id, name: organisation.name, sector }, workforce)
    }))
}

fn by_sector(session: &mut Session<'_>, filter: &WorkforceFilter) -> Result<Workforces, Failure> {
    let mut counted: BTreeMap<Sector, Workforce> = BTreeMap::new();
    for (_, sector, training) in workforces::list_people(session.conn, filter, None)? {
        counted.entry(sector).or_insert_with(Workforce::nobody).add(&training, session.day);
    }
    let items = counted.into_iter().map(|(sector, workforce)| (WorkforceOf::Sector(sector), workforce));
    Ok(Page { items: items.collect(), next: None })
}

fn tell(
    session: &mut Session<'_>,
    sought: &WorkforcesSought,
    counted: Option<(Sight, Workforces)>,
) -> Result<Sealed<Workforces>, Failure> {
    let asked = Criteria::new()
        .with("by", sought.by.code())
        .with_some("area", sought.area.clone())
        .with_some("sector", sought.sector.map(Sector::code))
        .with_some("cursor", sought.after.as_ref().map(ToString::to_string))
        .with("limit", sought.limit);
    let now = match sight(session) {
        Ok(now) => now,
        Err(refusal) => {
            let event = session.event(session.visit.action, refusal.outcome()).asking(asked);
            return Ok(Disclosure::refused(refusal, event));
        }
    };
    let Some((_, page)) = counted.filter(|(then, _)| *then == now) else { return Err(Failure::Busy) };
    let outcome = if page.items.is_empty() { Outcome::None } else { Outcome::Disclosed };
    let event = session.event(session.visit.action, outcome).asking(asked);
    let event = page.items.iter().fold(event, |event, (of, _)| match of {
        WorkforceOf::Organisation { id, .. } => event.on(TargetKind::Organisation, *id),
        WorkforceOf::Sector(_) => event,
    });
    Ok(Disclosure::with(event, page))
}
