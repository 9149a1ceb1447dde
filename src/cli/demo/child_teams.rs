//! Teams around children of the demo's first area who have a lead professional: a chair, a review to come or overdue, and
//! a meeting that is planned.

use chrono::Days;
use uuid::Uuid;

use crate::domain::child_teams::{ChildTeam, Participants};
use crate::domain::ids::ChildId;
use crate::domain::instants::{DAY, HOUR, Instant};
use crate::domain::involvements::{Involvement, LeadKind};
use crate::domain::team_meetings::{MeetingProgress, TeamMeeting};
use crate::store::connections::AnyConnection;
use crate::store::demos;
use crate::store::errors::StoreResult;

/// The most children that are looked through.
const MOST: u16 = 400;

/// Makes up teams in an area.
///
/// # Errors
/// As the database's.
pub(super) fn register(conn: &mut AnyConnection, area: &str, now: Instant) -> StoreResult<()> {
    let mut settled = 0_i64;
    for child in demos::list_ordinary(conn, area, now.day(), MOST)? {
        let entries = demos::list_involvements(conn, child)?;
        let leads = |entry: &&Involvement| {
            entry.lead == Some(LeadKind::EarlyHelp) && entry.ended_on.is_none() && entry.is_live_on(now.day())
        };
        let Some(lead) = entries.iter().find(leads) else { continue };
        demos::insert_child_team(conn, &team(child, lead, settled, now))?;
        demos::insert_team_meeting(conn, &meeting(child, settled, now))?;
        settled = settled.saturating_add(1);
    }
    Ok(())
}

/// Every third team should have looked again last week.
fn team(child: ChildId, lead: &Involvement, nth: i64, now: Instant) -> ChildTeam {
    let today = now.day();
    let review =
        if nth % 3 == 2 { today.checked_sub_days(Days::new(7)) } else { today.checked_add_days(Days::new(42)) };
    let participants = Participants { parents_or_carers: true, young_person: nth % 2 == 0 };
    ChildTeam { chair: Some(lead.number), next_review_on: review, participants, version: 1, ..ChildTeam::of(child) }
}

/// At ten on a day of the weeks to come.
fn meeting(child: ChildId, nth: i64, now: Instant) -> TeamMeeting {
    let days = 3_i64.saturating_add(nth % 20);
    let starts_at = Instant::start_of(now.day()).plus(days.saturating_mul(DAY)).plus(10 * HOUR);
    TeamMeeting {
        child,
        number: rand::random_range(1..=Involvement::HIGHEST_NUMBER),
        uid: Uuid::new_v4(),
        starts_at,
        minutes: 60,
        sequence: 0,
        progress: MeetingProgress::Planned,
        changed_at: now,
        version: 1,
    }
}
