//! Settling who chairs a team, when it looks again, and who of the family takes part.

use chrono::{Days, NaiveDate};

use super::room::Room;
use super::showing::{ShownChildTeam, tell};
use crate::app::children::open;
use crate::app::index::Answer;
use crate::app::{Failure, Index, Precondition, Session};
use crate::domain::audit::actions::Outcome;
use crate::domain::child_teams::{ChildTeam, LONGEST_AHEAD_DAYS, Participants};
use crate::domain::disclosures::Sealed;
use crate::domain::handles::ChildRef;
use crate::domain::policy::{Refusal, SettleChildTeam, Violation, may_settle_team};
use crate::domain::visits::Visit;
use crate::store::child_teams;
use crate::store::errors::StoreError;

/// What is settled of a team; what is absent stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TeamChange {
    /// Another chair, by the involvement's number; `Some(None)` leaves the team without.
    pub chair: Option<Option<i32>>,
    /// Another day on which the team looks again; `Some(None)` leaves it without.
    pub next_review_on: Option<Option<NaiveDate>>,
    /// Who of the family takes part.
    pub participants: Option<Participants>,
}

/// Settles a team.
///
/// # Errors
/// [`Failure`] where nothing could be changed or recorded.
pub async fn settle_child_team(
    index: &Index,
    visit: Visit,
    child: ChildRef,
    change: TeamChange,
    precondition: Precondition<ShownChildTeam>,
) -> Result<Answer<ShownChildTeam>, Failure> {
    index.change(visit, move |session| settle(session, child, change, precondition)).await
}

fn settle(
    session: &mut Session<'_>,
    child: ChildRef,
    change: TeamChange,
    precondition: Precondition<ShownChildTeam>,
) -> Result<Sealed<ShownChildTeam>, Failure> {
    let (file, permit) = match open::<SettleChildTeam>(session, child)? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let mut room = Room::enter(session, file, &permit)?;
    if let Err(refusal) = may_settle_team(&session.actor, room.subject(), permit.visibility()) {
        return Ok(session.refuse(refusal));
    }
    let shown = room.show(session, &permit);
    if !precondition.holds(&shown) {
        return Ok(session.refuse(Refusal::Stale));
    }
    let settled = match alter(session, &room.team, &shown, change) {
        Ok(settled) => settled,
        Err(violation) => return Ok(session.refuse(Refusal::Invalid(violation))),
    };
    if settled == room.team {
        return tell(session, permit, &room, Outcome::Unchanged);
    }
    match child_teams::save(session.conn, &permit, &settled) {
        Ok(()) => {}
        // Somebody on another node was first.
        Err(StoreError::NotFound) => return Ok(session.refuse(Refusal::Stale)),
        Err(error) => return Err(error.into()),
    }
    room.team = settled;
    tell(session, permit, &room, Outcome::Changed)
}

/// What is settled then, or what is wrong with it. Whoever chairs is a member whom the caller sees; a chair whom they do
/// not see gives way to theirs, as nobody would.
fn alter(
    session: &Session<'_>,
    team: &ChildTeam,
    shown: &ShownChildTeam,
    change: TeamChange,
) -> Result<ChildTeam, Violation> {
    let mut settled = *team;
    if let Some(chair) = change.chair {
        if chair.is_some_and(|number| shown.members.iter().all(|member| member.number != number)) {
            let message = "is the number of no involvement of this child that runs and that you may see";
            return Err(Violation { pointer: "/chair", message });
        }
        settled.chair = chair;
    }
    if let Some(review) = change.next_review_on {
        if let Some(violation) = review.and_then(|on| wrong_review(session, on)) {
            return Err(violation);
        }
        settled.next_review_on = review;
    }
    settled.participants = change.participants.unwrap_or(team.participants);
    Ok(settled)
}

/// What is wrong with a day on which a team is to look again.
pub(in crate::app) fn wrong_review(session: &Session<'_>, on: NaiveDate) -> Option<Violation> {
    let latest = session.day.checked_add_days(Days::new(LONGEST_AHEAD_DAYS));
    let wrong = on < session.day || latest.is_none_or(|latest| on > latest);
    let message = "must be today or a day to come, within a year";
    wrong.then_some(Violation { pointer: "/next_review_on", message })
}
