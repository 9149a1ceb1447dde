//! The team around a child as a permit shows it.

use chrono::NaiveDate;

use super::room::Room;
use crate::app::assessments::ShownAssessment;
use crate::app::children::open;
use crate::app::contacts::Identity;
use crate::app::index::Answer;
use crate::app::involvements::ShownInvolvement;
use crate::app::leads::ShownLead;
use crate::app::{Failure, Index, Session, budgets};
use crate::domain::audit::actions::Outcome;
use crate::domain::child_teams::Participants;
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::handles::ChildRef;
use crate::domain::ids::ChildId;
use crate::domain::index_numbers::IndexNumber;
use crate::domain::policy::{Action, Block, Permit, ReadChildTeam};
use crate::domain::services::Service;
use crate::domain::visits::Visit;

/// The team around a child as a permit shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownChildTeam {
    /// Who the child is.
    pub child: Identity,
    /// Its members: every involvement that runs and may be seen.
    pub members: Vec<ShownInvolvement>,
    /// Who leads, with whoever stands in.
    pub leads: Vec<ShownLead>,
    /// The member who chairs, by the involvement's number.
    pub chair: Option<i32>,
    /// The day on which the team looks again.
    pub next_review_on: Option<NaiveDate>,
    /// Whether that day has passed.
    pub review_overdue: bool,
    /// Who of the family takes part.
    pub participants: Participants,
    /// Universal services that a child of this age is to have and that none of the members gives.
    pub missing_services: Vec<Service>,
    /// Brothers and sisters who share the team.
    pub family: Vec<ShownRelative>,
}

/// A brother or sister who shares a team, as its own permit shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownRelative {
    /// The number for life.
    pub index_number: IndexNumber,
    /// The assessments that are open, so that one may serve both.
    pub assessments: Vec<ShownAssessment>,
}

/// Reads the team around a child.
///
/// # Errors
/// [`Failure`] where nothing could be read or recorded.
pub async fn read_child_team(index: &Index, visit: Visit, child: ChildRef) -> Result<Answer<ShownChildTeam>, Failure> {
    index
        .disclose_about(visit, child, move |session| {
            let (file, permit) = match open::<ReadChildTeam>(session, child)? {
                Ok(opened) => opened,
                Err(refusal) => return Ok(session.refuse(refusal)),
            };
            let room = Room::enter(session, file, &permit)?;
            tell(session, permit, &room, Outcome::Disclosed)
        })
        .await
}

/// Answers with the team, which is a look at the child and at each of the family who is told of.
pub(super) fn tell<A: Action>(
    session: &mut Session<'_>,
    permit: Permit<A>,
    room: &Room,
    outcome: Outcome,
) -> Result<Sealed<ShownChildTeam>, Failure> {
    let family = room.show_family(session, &permit);
    let children: Vec<ChildId> = std::iter::once(permit.child()).chain(family.iter().map(|(.., id)| *id)).collect();
    let alerts = match budgets::charge_children(session, &children)? {
        Ok(charge) => charge.alerts,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let mut event = session.event(session.visit.action, outcome);
    let mut relatives = Vec::with_capacity(family.len());
    for (shown, told, _) in family {
        event = event.about(told);
        relatives.push(shown);
    }
    let shown = ShownChildTeam { family: relatives, ..room.show(session, &permit) };
    let permit = permit.with_sensitive_services(room.any_sensitive(session));
    let blocks = [Block::Identity, Block::Involvements, Block::Sensitive];
    let sealed = Disclosure::under(permit, &blocks, event, shown);
    Ok(alerts.into_iter().fold(sealed, Disclosure::also))
}
