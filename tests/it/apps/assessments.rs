//! Assessments as a case wants them.

use child_index::domain::assessments::{Assessment, AssessmentConsent, AssessmentEnd, AssessmentKind};
use child_index::domain::audit::payloads::Pseudonym;
use child_index::domain::children::ChildRecord;
use child_index::domain::ids::{OrganisationId, TeamId};
use child_index::domain::involvements::ConsentGiver;
use child_index::domain::organisations::{Organisation, Team};
use child_index::domain::policy::{self, StartAssessment};
use child_index::store::assessments;
use child_index::store::connections::AnyConnection;
use child_index::store::errors::StoreResult;

use super::entries::{plain, writer};
use super::{Known, TestApp};

/// An assessment on its way into the index.
#[derive(Clone)]
pub struct Assessed {
    organisation: OrganisationId,
    team: Option<TeamId>,
    kind: AssessmentKind,
    end: Option<AssessmentEnd>,
    consent: Option<AssessmentConsent>,
    entered_under_shield: bool,
}

/// An assessment of a kind that an organisation holds, open since the first of the month; early help with consent.
pub fn assessment(organisation: &Organisation, kind: &str) -> Assessed {
    let on = "2026-11-02".parse().expect("a date");
    let consent = AssessmentConsent { given_by: ConsentGiver::ParentalResponsibility, on };
    Assessed {
        organisation: organisation.id,
        team: None,
        kind: kind.parse().expect("a kind"),
        end: None,
        consent: (kind == "early-help").then_some(consent),
        entered_under_shield: false,
    }
}

impl Assessed {
    /// Held by a team, sensitive or not.
    pub fn in_team(self, team: &Team) -> Self {
        Self { team: Some(team.id), ..self }
    }

    /// Ended on this day, with this outcome.
    pub fn ended(self, on: &str, outcome: &str) -> Self {
        let end = AssessmentEnd { on: on.parse().expect("a date"), outcome: outcome.parse().expect("an outcome") };
        Self { end: Some(end), ..self }
    }

    /// Entered under a shield that was lifted since.
    pub fn entered_under_shield(self) -> Self {
        Self { entered_under_shield: true, ..self }
    }

    pub(super) fn add(
        self,
        app: &TestApp,
        conn: &mut AnyConnection,
        record: &ChildRecord,
        pseudonym: Pseudonym,
    ) -> StoreResult<i32> {
        let now = app.clock.now();
        let entry = Assessment {
            child: record.id,
            number: rand::random_range(1..=Assessment::HIGHEST_NUMBER),
            kind: self.kind,
            organisation: self.organisation,
            team: self.team,
            practitioner: None,
            // Ended ones began before they ended.
            started_on: self.end.map_or("2026-11-02".parse().expect("a date"), |end| end.on),
            end: self.end,
            consent: self.consent,
            linked_to: None,
            last_confirmed_at: now,
            entered_under_shield: self.entered_under_shield || record.shield.is_some(),
            version: 1,
            created_at: now,
        };
        let permit = policy::decide::<StartAssessment>(&writer(record), &plain(record, pseudonym), now.day());
        assessments::insert(conn, &permit.expect("a permit"), &entry)?;
        Ok(entry.number)
    }
}

impl Known {
    /// Where its assessments are.
    pub fn assessed(&self) -> String {
        format!("{}/assessments", self.path())
    }

    /// Where an assessment is, by the order they were given.
    pub fn assessment(&self, position: usize) -> String {
        format!("{}/{}", self.assessed(), self.assessments[position])
    }
}
