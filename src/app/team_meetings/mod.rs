//! Meetings of the team around a child: showing them, planning one and taking its steps, and what a calendar is told.

mod planning;
mod room;
mod showing;
mod stepping;

pub use planning::plan_team_meeting;
pub use showing::{Invitation, ShownMeeting, list_team_meetings, read_team_invitation, read_team_meeting};
pub use stepping::change_team_meeting;
