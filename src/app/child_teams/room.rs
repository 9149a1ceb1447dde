//! All that is recorded of the team around a child, and which part of it a permit shows. Who is not seen is no member: they
//! neither chair nor fill the place of a service.

use super::showing::{ShownChildTeam, ShownRelative};
use crate::app::assessments;
use crate::app::contacts::Identity;
use crate::app::involvements::directory_for;
use crate::app::leads::Room as LeadRoom;
use crate::app::{Failure, Session};
use crate::domain::assessments::Assessment;
use crate::domain::audit::payloads::ChildShown;
use crate::domain::child_teams::{ChildTeam, Participants, missing_services};
use crate::domain::children::ChildRecord;
use crate::domain::disclosures::describe;
use crate::domain::ids::ChildId;
use crate::domain::policy::{
    Action, Block, Permit, ReadChildTeam, Subject, decide, shows_family, shows_relative, shows_team,
};
use crate::store::files::ChildFile;
use crate::store::organisations::Directory;
use crate::store::{child_teams, files};

/// What is recorded of a team, hidden parts among it.
pub(super) struct Room {
    leads: LeadRoom,
    /// What was settled.
    pub team: ChildTeam,
    relatives: Vec<Relative>,
    /// Who holds the relatives' assessments.
    holders: Directory,
}

/// A brother or sister who exists for the caller, with leave of its own.
struct Relative {
    permit: Permit<ReadChildTeam>,
    record: ChildRecord,
    assessments: Vec<Assessment>,
}

/// A relative as it is shown, what the log is told of it, and its row.
pub(super) type Told = (ShownRelative, ChildShown, ChildId);

impl Room {
    /// Reads it. As many statements are run whatever there is to hide.
    pub(super) fn enter<A: Action>(
        session: &mut Session<'_>,
        file: ChildFile,
        permit: &Permit<A>,
    ) -> Result<Self, Failure> {
        let leads = LeadRoom::enter(session, file, permit)?;
        let team = child_teams::get(session.conn, permit)?;
        let linked = child_teams::list_relatives(session.conn, permit)?;
        let mut relatives = Vec::with_capacity(linked.len());
        for file in files::list(session.conn, &linked, session.day)? {
            relatives.extend(Relative::of(session, file)?);
        }
        let parties = relatives.iter().flat_map(|relative| relative.assessments.iter().map(assessments::party_of));
        let holders = directory_for(session, parties)?;
        Ok(Self { leads, team, relatives, holders })
    }

    /// The facts of the decision about the child.
    pub(super) fn subject(&self) -> &Subject {
        &self.leads.subject
    }

    /// The child's record.
    pub(super) fn record(&self) -> &ChildRecord {
        &self.leads.record
    }

    /// Whether any running entry is sensitive, shown or not.
    pub(super) fn any_sensitive(&self, session: &Session<'_>) -> bool {
        self.leads.any_sensitive(session)
    }

    /// The team as a permit shows it, without the family, each of whom is told of apart.
    pub(super) fn show<A: Action>(&self, session: &Session<'_>, permit: &Permit<A>) -> ShownChildTeam {
        let record = self.record();
        let members = self.leads.show_running(session, permit);
        let mut shown = ShownChildTeam {
            child: Identity::from(record),
            leads: self.leads.show_leads(session, permit),
            chair: None,
            next_review_on: None,
            review_overdue: false,
            participants: Participants::default(),
            missing_services: Vec::new(),
            family: Vec::new(),
            members,
        };
        if shows_team(permit.visibility()) {
            let running = shown.members.iter().map(|member| member.service).collect();
            let chairs = |number: &i32| shown.members.iter().any(|member| member.number == *number);
            shown.chair = self.team.chair.filter(chairs);
            shown.next_review_on = self.team.next_review_on;
            shown.review_overdue = self.team.is_overdue_on(session.day);
            shown.participants = self.team.participants;
            shown.missing_services = missing_services(record.date_of_birth, session.day, &running);
        }
        shown
    }

    /// The brothers and sisters who share the team and may be told of, each under leave of its own.
    pub(super) fn show_family<A: Action>(&self, session: &Session<'_>, permit: &Permit<A>) -> Vec<Told> {
        if !self.tells_family(permit) {
            return Vec::new();
        }
        self.relatives.iter().map(|relative| relative.show(session, &self.holders)).collect()
    }

    fn tells_family<A: Action>(&self, permit: &Permit<A>) -> bool {
        shows_family(permit.visibility(), &self.record().address)
    }

    /// Whether this child shares the team, as far as may be told.
    pub(super) fn has_relative<A: Action>(&self, permit: &Permit<A>, child: ChildId) -> bool {
        let shared = self.relatives.iter().any(|relative| relative.record.id == child);
        shared && self.tells_family(permit)
    }

    /// How many share the team, as far as may be told.
    pub(super) fn count_family<A: Action>(&self, permit: &Permit<A>) -> usize {
        if self.tells_family(permit) { self.relatives.len() } else { 0 }
    }
}

impl Relative {
    /// A brother or sister, where the caller may be told of them beside the child.
    fn of(session: &Session<'_>, file: ChildFile) -> Result<Option<Self>, Failure> {
        let Ok(permit) = decide::<ReadChildTeam>(&session.actor, file.subject(), session.day) else {
            return Ok(None);
        };
        if !shows_relative(file.subject(), permit.visibility(), &file.record(&permit)?.address) {
            return Ok(None);
        }
        let assessments = file.assessments(&permit)?.to_vec();
        let (record, _) = file.open(&permit)?;
        Ok(Some(Self { permit, record, assessments }))
    }

    fn show(&self, session: &Session<'_>, holders: &Directory) -> Told {
        let Self { permit, record, assessments } = self;
        let shielded = record.shield.is_some();
        let seen = assessments::show_from(session, holders, permit, shielded, assessments);
        let mut open = seen.assessments;
        open.retain(|assessment| assessment.ended_on.is_none());
        let delicate = permit.is_delicate() || seen.any_sensitive;
        let blocks = [Block::Identity, Block::Assessments, Block::AssessmentKinds, Block::Sensitive];
        let told = describe(permit.pseudonym(), permit.version(), delicate, permit.visibility(), &blocks);
        (ShownRelative { index_number: record.index_number, assessments: open }, told, permit.child())
    }
}
