//! The team around a child: showing it, settling who chairs it and when it looks again, the brothers and sisters who share
//! it, and the reviews of an area that are overdue.

mod family;
mod reviews;
mod room;
mod settling;
mod showing;

pub use family::{join_child_team, leave_child_team};
pub use reviews::{OverdueReview, list_team_reviews};
pub use settling::{TeamChange, settle_child_team};
pub use showing::{ShownChildTeam, ShownRelative, read_child_team};

pub(super) use settling::wrong_review;
