//! Organisations, teams and practitioners as a load needs them: by the codes of the file, kept in memory, and brought
//! up to date by the file's own lines.

use std::collections::HashMap;

use crate::domain::audit::actions::AuditAction;
use crate::domain::bulk::{
    ACCREDITED_YEARS, BulkInvolvement, BulkOrganisation, BulkPractitioner, BulkProblem, BulkRoute,
};
use crate::domain::ids::{OrganisationId, PractitionerId, TeamId};
use crate::domain::instants::{Instant, years_after};
use crate::domain::lawful_bases::LawfulBasis;
use crate::domain::organisations::{Organisation, Team};
use crate::domain::routes::Route;
use crate::domain::services::{Sensitivity, SensitivityPolicy, Service};
use crate::store::connections::AnyConnection;
use crate::store::errors::{StoreError, StoreResult};
use crate::store::{organisations, practitioners, teams};

/// Practitioners kept in memory; with more the memory is emptied, and they are asked for again.
const MOST_PRACTITIONERS: usize = 100_000;

/// What is known of an organisation.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) id: OrganisationId,
    pub(super) area: String,
    sensitivity: Sensitivity,
    teams: HashMap<String, Option<(TeamId, Sensitivity)>>,
}

/// Whom an involvement is with, by id.
#[derive(Debug, Clone, Copy)]
pub(super) struct With {
    pub(super) organisation: OrganisationId,
    pub(super) team: Option<TeamId>,
    pub(super) sensitive: bool,
}

/// What a line did to the directory; for the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Upserted {
    pub(super) action: AuditAction,
    pub(super) organisation: OrganisationId,
    pub(super) teams: Vec<TeamId>,
}

/// The directory in memory. What a transaction that is rolled back put into it must be forgotten.
pub(super) struct Directory {
    policy: SensitivityPolicy,
    organisations: HashMap<String, Option<Known>>,
    practitioners: HashMap<(OrganisationId, String, String), (PractitionerId, Vec<BulkRoute>)>,
    /// The management team registered first, once asked for.
    management: Option<String>,
}

impl Directory {
    /// Nothing known yet.
    pub(super) fn new(policy: SensitivityPolicy) -> Self {
        Self { policy, organisations: HashMap::new(), practitioners: HashMap::new(), management: None }
    }

    /// Forgets everything, so that it is asked for again.
    pub(super) fn forget(&mut self) {
        self.organisations.clear();
        self.practitioners.clear();
        self.management = None;
    }

    /// The code of the management team registered first: it supplies what nobody else is said to.
    pub(super) fn management(&mut self, conn: &mut AnyConnection) -> StoreResult<Option<String>> {
        if self.management.is_none() {
            self.management = organisations::first_management_team(conn)?;
        }
        Ok(self.management.clone())
    }

    /// The organisation with a code.
    pub(super) fn find(&mut self, conn: &mut AnyConnection, code: &str) -> StoreResult<Option<&mut Known>> {
        if !self.organisations.contains_key(code) {
            let found = organisations::find_by_code(conn, code)?.map(|organisation| self.known(&organisation));
            self.organisations.insert(code.to_owned(), found);
        }
        Ok(self.organisations.get_mut(code).and_then(Option::as_mut))
    }

    fn known(&self, organisation: &Organisation) -> Known {
        let marked = Sensitivity::marked(organisation.sensitive);
        Known {
            id: organisation.id,
            area: organisation.area.clone(),
            sensitivity: self.policy.of_organisation(organisation.kind, marked),
            teams: HashMap::new(),
        }
    }

    /// Whom the involvement at `index` of a line is with, or what is wrong with it.
    pub(super) fn resolve(
        &mut self,
        conn: &mut AnyConnection,
        index: usize,
        involvement: &BulkInvolvement,
    ) -> StoreResult<Result<With, BulkProblem>> {
        let policy = self.policy;
        let wrong =
            |field: &str, message: &str| Ok(Err(BulkProblem::new(format!("/involvements/{index}/{field}"), message)));
        let Some(known) = self.find(conn, &involvement.organisation)? else {
            return wrong("organisation", UNKNOWN_ORGANISATION);
        };
        let team = match &involvement.team {
            None => None,
            Some(code) => match known.team(conn, code)? {
                Some(team) => Some(team),
                None => {
                    return wrong("team", "is not a team of that organisation; give it on the organisation's line");
                }
            },
        };
        let sensitivity = policy.of_involvement(involvement.service, known.sensitivity, team.map(|(_, mark)| mark));
        if sensitivity.is_sensitive() && involvement.ground.is_none() {
            return wrong("ground", ground_needed(involvement.service, policy));
        }
        Ok(Ok(With { organisation: known.id, team: team.map(|(id, _)| id), sensitive: sensitivity.is_sensitive() }))
    }

    /// The practitioner of an involvement, inserted where they are new; what a line says of their routes replaces what
    /// was known.
    pub(super) fn practitioner(
        &mut self,
        conn: &mut AnyConnection,
        organisation: OrganisationId,
        given: &BulkPractitioner,
    ) -> StoreResult<PractitionerId> {
        let key = (organisation, given.name.clone(), given.job_title.clone());
        if let Some((id, routes)) = self.practitioners.get(&key)
            && (given.routes.is_empty() || *routes == given.routes)
        {
            return Ok(*id);
        }
        let found = practitioners::find_or_insert(conn, organisation, &given.name, &given.job_title)?;
        let routes = routes(&given.routes)?;
        if !routes.is_empty() && routes != found.routes {
            practitioners::replace_routes(conn, found.id, &routes)?;
        }
        if self.practitioners.len() >= MOST_PRACTITIONERS {
            self.practitioners.clear();
        }
        self.practitioners.insert(key, (found.id, given.routes.clone()));
        Ok(found.id)
    }

    /// Registers an organisation with its teams, or brings those the index has up to date. None where everything was
    /// so already. A mark as sensitive is never taken away, a team that is not on the line stays, and a line without
    /// routes says nothing about them.
    pub(super) fn upsert(
        &mut self,
        conn: &mut AnyConnection,
        line: &BulkOrganisation,
        now: Instant,
    ) -> StoreResult<Option<Upserted>> {
        let present = organisations::find_by_code(conn, &line.code)?;
        let (action, organisation, mut changed) = match present {
            None => {
                let new = composed(line, now)?;
                organisations::insert(conn, &new)?;
                (AuditAction::OrganisationRegister, new, true)
            }
            Some(present) => {
                let updated = updated(line, &present)?;
                let changed = updated != present;
                if changed {
                    organisations::update(conn, &updated)?;
                }
                (AuditAction::OrganisationChange, updated, changed)
            }
        };
        let mut upserted = Upserted { action, organisation: organisation.id, teams: Vec::new() };
        for team in &line.teams {
            let present = teams::find_by_code(conn, organisation.id, &team.code)?;
            let id = present.as_ref().map_or_else(TeamId::new, |present| present.id);
            let wanted = Team {
                id,
                organisation: organisation.id,
                code: team.code.clone(),
                name: team.name.clone(),
                area: team.area.clone().unwrap_or_else(|| organisation.area.clone()),
                sensitive: team.sensitive || present.as_ref().is_some_and(|present| present.sensitive),
                routes: routes_or(&team.routes, present.as_ref().map(|present| present.routes.as_slice()))?,
                version: present.as_ref().map_or(1, |present| present.version),
            };
            match present {
                None => teams::insert(conn, &wanted)?,
                Some(present) if present != wanted => teams::update(conn, &wanted)?,
                Some(_) => continue,
            }
            changed = true;
            upserted.teams.push(id);
        }
        let known = self.known(&organisation);
        self.organisations.insert(line.code.clone(), Some(known));
        Ok(changed.then_some(upserted))
    }
}

/// What is said of a code that nothing is known by.
pub(super) const UNKNOWN_ORGANISATION: &str =
    "is not the code of an organisation in this index; give the organisation on a line before this one";

fn ground_needed(service: Service, policy: SensitivityPolicy) -> &'static str {
    if policy.of_service(service).is_sensitive() {
        "is required for a sensitive service: consent or significant-harm"
    } else {
        "is required, because the organisation or the team is sensitive: consent or significant-harm"
    }
}

impl Known {
    fn team(&mut self, conn: &mut AnyConnection, code: &str) -> StoreResult<Option<(TeamId, Sensitivity)>> {
        if let Some(known) = self.teams.get(code) {
            return Ok(*known);
        }
        let found = teams::find_by_code(conn, self.id, code)?;
        let found = found.map(|team| (team.id, Sensitivity::marked(team.sensitive)));
        self.teams.insert(code.to_owned(), found);
        Ok(found)
    }
}

fn composed(line: &BulkOrganisation, now: Instant) -> StoreResult<Organisation> {
    let until = line.accredited_until.unwrap_or_else(|| years_after(now.day(), ACCREDITED_YEARS));
    Ok(Organisation {
        id: OrganisationId::new(),
        code: line.code.clone(),
        name: line.name.clone(),
        kind: line.kind,
        area: line.area.clone(),
        sensitive: line.sensitive,
        accredited_until: Some(until),
        lawful_basis: Some(line.lawful_basis.unwrap_or_else(|| LawfulBasis::usual_for(line.kind))),
        routes: routes(&line.routes)?,
        version: 1,
        created_at: now,
    })
}

fn updated(line: &BulkOrganisation, present: &Organisation) -> StoreResult<Organisation> {
    Ok(Organisation {
        name: line.name.clone(),
        kind: line.kind,
        area: line.area.clone(),
        sensitive: line.sensitive || present.sensitive,
        accredited_until: line.accredited_until.or(present.accredited_until),
        lawful_basis: line.lawful_basis.or(present.lawful_basis).or_else(|| Some(LawfulBasis::usual_for(line.kind))),
        routes: routes_or(&line.routes, Some(&present.routes))?,
        ..present.clone()
    })
}

fn routes_or(given: &[BulkRoute], present: Option<&[Route]>) -> StoreResult<Vec<Route>> {
    match present {
        Some(present) if given.is_empty() => Ok(present.to_vec()),
        _ => routes(given),
    }
}

fn routes(given: &[BulkRoute]) -> StoreResult<Vec<Route>> {
    // A line with a route that does not fit together was refused before it came here.
    let read = given.iter().map(BulkRoute::route).collect::<Result<_, _>>();
    read.map_err(|error| StoreError::broken_by("a route of an accepted line could not be read", &error))
}
