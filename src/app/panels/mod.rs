//! Panels of an area: keeping them, their meetings, and the children on their agendas, each under a permit of its own.

mod agendas;
mod deciding;
mod keeping;
mod meetings;
mod members;
mod room;

pub use agendas::{list_panel_items, read_panel_item};
pub use deciding::{ItemStep, NewPanelItem, add_panel_item, change_panel_item};
pub use keeping::{NewPanel, PanelChanges, change_panel, list_panels, read_panel, register_panel};
pub use meetings::{list_panel_meetings, move_panel_meeting, plan_panel_meeting};
pub use members::change_panel_member;
pub use room::{MeetingRef, ShownItem, ShownPanel, ShownPanelMember, ShownReceiver};
