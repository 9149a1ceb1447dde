//! Involvements as a case wants them.

use std::collections::BTreeSet;

use child_index::domain::accounts::{Capability, Role};
use child_index::domain::audit::actions::Strength;
use child_index::domain::audit::payloads::Pseudonym;
use child_index::domain::children::{ChildRecord, Publication};
use child_index::domain::ids::{AccountId, OrganisationId, TeamId};
use child_index::domain::instants::Instant;
use child_index::domain::involvements::{Ground, GroundKind, Involvement, LeadKind};
use child_index::domain::organisations::{Organisation, Team};
use child_index::domain::policy::{self, Actor, RegisterInvolvement, Subject};
use child_index::domain::routes::Route;
use child_index::domain::services::{Sector, Service, ServiceGroup};
use child_index::store::connections::AnyConnection;
use child_index::store::{involvements, practitioners};

use super::TestApp;
use super::people::Person;

/// An involvement on its way into the index.
#[derive(Clone)]
pub struct Entry {
    organisation: OrganisationId,
    service: Service,
    team: Option<TeamId>,
    practitioner: Option<(String, String, Vec<Route>)>,
    started_on: chrono::NaiveDate,
    ended_on: Option<chrono::NaiveDate>,
    confirmed_at: Option<Instant>,
    lead: Option<LeadKind>,
    ground: Option<Ground>,
    entered_by: Option<AccountId>,
    withdrawn: bool,
}

/// A service of an organisation, since two years, as its feed says; with consent where it is sensitive.
pub fn entry(organisation: &Organisation, service: Service) -> Entry {
    let sensitive = organisation.sensitive || service.group() == ServiceGroup::Sensitive;
    let consent = Ground::of(GroundKind::Consent);
    Entry {
        organisation: organisation.id,
        service,
        team: None,
        practitioner: None,
        started_on: "2024-09-02".parse().expect("a date"),
        ended_on: None,
        confirmed_at: None,
        lead: None,
        ground: sensitive.then_some(consent),
        entered_by: None,
        withdrawn: false,
    }
}

impl Entry {
    /// By this person.
    pub fn by(self, name: &str, job_title: &str, routes: Vec<Route>) -> Self {
        Self { practitioner: Some((name.into(), job_title.into(), routes)), ..self }
    }

    /// By a team, sensitive or not.
    pub fn in_team(self, team: &Team) -> Self {
        let consent = Ground::of(GroundKind::Consent);
        Self { team: Some(team.id), ground: self.ground.or(team.sensitive.then_some(consent)), ..self }
    }

    /// As lead professional of early help.
    pub fn leading(self) -> Self {
        Self { lead: Some(LeadKind::EarlyHelp), ..self }
    }

    /// As lead professional of child protection.
    pub fn leading_protection(self) -> Self {
        Self { lead: Some(LeadKind::ChildProtection), ..self }
    }

    /// Ended on this day.
    pub fn ended(self, on: &str) -> Self {
        Self { ended_on: Some(on.parse().expect("a date")), ..self }
    }

    /// Last confirmed then.
    pub fn confirmed(self, at: &str) -> Self {
        Self { confirmed_at: Some(Instant::parse(at).expect("an instant")), ..self }
    }

    /// Entered by this account, and not by a feed.
    pub fn entered_by(self, person: &Person<'_>) -> Self {
        Self { entered_by: Some(person.account.id), ..self }
    }

    /// Standing on consent that counts until this day.
    pub fn consented_until(self, day: &str) -> Self {
        let consent = Ground { until: day.parse().ok(), ..Ground::of(GroundKind::Consent) };
        Self { ground: Some(consent), ..self }
    }

    /// Its consent withdrawn.
    pub fn withdrawn(self) -> Self {
        Self { withdrawn: true, ..self }
    }

    pub(super) fn add(
        self,
        app: &TestApp,
        conn: &mut AnyConnection,
        record: &ChildRecord,
        pseudonym: Pseudonym,
    ) -> i32 {
        let now = app.clock.now();
        let practitioner = self.practitioner.map(|(name, job_title, routes)| {
            let person = practitioners::find_or_insert(conn, self.organisation, &name, &job_title).expect("a person");
            practitioners::replace_routes(conn, person.id, &routes).expect("routes");
            person.id
        });
        let number = rand::random_range(1..=Involvement::HIGHEST_NUMBER);
        let involvement = Involvement {
            child: record.id,
            number,
            service: self.service,
            organisation: self.organisation,
            team: self.team,
            practitioner,
            started_on: self.started_on,
            ended_on: self.ended_on,
            last_confirmed_at: self.confirmed_at.unwrap_or(now),
            lead: self.lead,
            ground: self.ground,
            withdrawn_at: self.withdrawn.then_some(now),
            entered_by: self.entered_by,
            entered_under_shield: record.shield.is_some(),
            version: 1,
            created_at: now,
        };
        let permit = policy::decide::<RegisterInvolvement>(&writer(record), &plain(record, pseudonym), now.day());
        involvements::insert(conn, &permit.expect("a permit"), &involvement).expect("a new involvement");
        number
    }
}

/// A manager of the record's own area, who may write everything.
pub(super) fn writer(record: &ChildRecord) -> Actor {
    Actor {
        account: AccountId::new(),
        role: Role::Manager,
        capabilities: BTreeSet::from([Capability::SealedClearance]),
        sector: Sector::SocialCare,
        organisation: record.supplied_by,
        employer: None,
        area: record.area.clone(),
        strength: Strength::TwoFactor,
        reason: None,
        purpose: None,
        through: None,
        on_behalf_of: None,
    }
}

/// The child as though nothing stood in the way of writing.
pub(super) fn plain(record: &ChildRecord, pseudonym: Pseudonym) -> Subject {
    let subject = Subject::of(record, pseudonym, record.created_at.day());
    Subject { publication: Publication::Published, merged: false, archived_on: None, ..subject }
}
