//! Teams around children and their meetings, as a case wants them.

use child_index::domain::audit::payloads::Pseudonym;
use child_index::domain::child_teams::{ChildTeam, Participants};
use child_index::domain::children::ChildRecord;
use child_index::domain::instants::Instant;
use child_index::domain::involvements::Involvement;
use child_index::domain::policy::{self, PlanTeamMeeting, SettleChildTeam};
use child_index::domain::team_meetings::{MeetingProgress, TeamMeeting};
use child_index::store::connections::AnyConnection;
use child_index::store::errors::StoreResult;
use child_index::store::{child_teams, team_meetings};
use diesel::prelude::*;

use super::entries::{plain, writer};
use super::{Known, TestApp};

/// What was settled of a team, on its way into the index.
#[derive(Clone, Copy, Default)]
pub struct Settled {
    chair: Option<usize>,
    next_review_on: Option<chrono::NaiveDate>,
    participants: Participants,
}

/// Of a team nobody settled more than this.
pub fn settled() -> Settled {
    Settled::default()
}

impl Settled {
    /// The entry at this position chairs.
    pub fn chaired_by(self, position: usize) -> Self {
        Self { chair: Some(position), ..self }
    }

    /// It looks again on this day.
    pub fn reviewing_on(self, day: &str) -> Self {
        Self { next_review_on: Some(day.parse().expect("a date")), ..self }
    }

    /// Parents or carers take part.
    pub fn with_parents(self) -> Self {
        Self { participants: Participants { parents_or_carers: true, young_person: false }, ..self }
    }

    pub(super) fn add(
        self,
        app: &TestApp,
        conn: &mut AnyConnection,
        record: &ChildRecord,
        pseudonym: Pseudonym,
        entries: &[i32],
    ) -> StoreResult<()> {
        let Self { chair, next_review_on, participants } = self;
        let chair = chair.map(|position| entries[position]);
        let team = ChildTeam { chair, next_review_on, participants, ..ChildTeam::of(record.id) };
        let day = app.clock.now().day();
        let permit = policy::decide::<SettleChildTeam>(&writer(record), &plain(record, pseudonym), day);
        child_teams::save(conn, &permit.expect("a permit"), &team)
    }
}

/// Plans a meeting that begins at `at`.
pub(super) fn plan(
    app: &TestApp,
    conn: &mut AnyConnection,
    record: &ChildRecord,
    pseudonym: Pseudonym,
    at: &str,
) -> StoreResult<i32> {
    let now = app.clock.now();
    let meeting = TeamMeeting {
        child: record.id,
        number: rand::random_range(1..=Involvement::HIGHEST_NUMBER),
        uid: uuid::Uuid::new_v4(),
        starts_at: Instant::parse(at).expect("an instant"),
        minutes: 60,
        sequence: 0,
        progress: MeetingProgress::Planned,
        changed_at: now,
        version: 1,
    };
    let permit = policy::decide::<PlanTeamMeeting>(&writer(record), &plain(record, pseudonym), now.day());
    team_meetings::insert(conn, &permit.expect("a permit"), &meeting)?;
    Ok(meeting.number)
}

impl TestApp {
    /// Has two children share a team, as somebody settled it before.
    pub fn share_a_team(&self, one: &Known, other: &Known) {
        for (child, other) in [(one, other), (other, one)] {
            let (child, other) = (child.id.0, other.id.0);
            let row = format!("INSERT INTO child_team_link (child_id, other_id) VALUES ({child}, {other})");
            diesel::sql_query(row).execute(&mut self.connect()).expect("a new pair");
        }
    }
}

impl Known {
    /// Where its team is.
    pub fn team(&self) -> String {
        format!("{}/team", self.path())
    }

    /// Where brothers and sisters are taken into its team.
    pub fn relatives(&self) -> String {
        format!("{}/children", self.team())
    }

    /// Where its meetings are.
    pub fn meetings(&self) -> String {
        format!("{}/meetings", self.team())
    }

    /// Where a meeting is, by the order they were given.
    pub fn meeting(&self, position: usize) -> String {
        format!("{}/{}", self.meetings(), self.planned[position])
    }
}
