//! A panel of the demo's first area, which the demo's manager chairs and its practitioner sits on: one meeting to come, and one
//! that was held and has something left to settle.

use chrono::Days;

use crate::domain::ids::{AccountId, ChildId, PanelId, PanelMeetingId};
use crate::domain::instants::Instant;
use crate::domain::panels::{
    HIGHEST_ITEM, Panel, PanelDecision, PanelItem, PanelKind, PanelMeeting, PanelMeetingState, SettledDecision,
};
use crate::store::connections::AnyConnection;
use crate::store::errors::StoreResult;
use crate::store::{demos, panels};

/// Children on each agenda.
const CHILDREN: u16 = 6;

/// Makes up a panel in an area.
///
/// # Errors
/// As the database's.
pub(super) fn register(
    conn: &mut AnyConnection,
    area: &str,
    chair: AccountId,
    member: AccountId,
    now: Instant,
) -> StoreResult<()> {
    let panel = Panel {
        id: PanelId::new(),
        area: area.to_owned(),
        kind: PanelKind::EarlyHelp,
        name: "Early help panel".to_owned(),
        chair,
        version: 1,
    };
    panels::insert(conn, &panel)?;
    panels::join(conn, panel.id, member)?;
    let children = demos::list_ordinary(conn, area, now.day(), CHILDREN.saturating_mul(2))?;
    let (to_come, held) = children.split_at(children.len().min(CHILDREN.into()));
    let today = now.day();
    let next_week = today.checked_add_days(Days::new(7)).unwrap_or(today);
    let last_week = today.checked_sub_days(Days::new(7)).unwrap_or(today);
    for (meets_on, state, children) in
        [(next_week, PanelMeetingState::Planned, to_come), (last_week, PanelMeetingState::Held, held)]
    {
        let meeting = PanelMeeting { id: PanelMeetingId::new(), panel: panel.id, meets_on, state, version: 1 };
        panels::insert_meeting(conn, &meeting)?;
        for (nth, child) in children.iter().enumerate() {
            demos::insert_panel_item(conn, &item(&meeting, *child, nth, chair))?;
        }
    }
    Ok(())
}

/// Of the meeting that was held every other child still waits for a decision. Numbers lie apart, so that none is taken twice.
fn item(meeting: &PanelMeeting, child: ChildId, nth: usize, added_by: AccountId) -> PanelItem {
    let held = meeting.state == PanelMeetingState::Held;
    let decision = if nth.is_multiple_of(4) { PanelDecision::Deferred } else { PanelDecision::NoFurtherAction };
    let settled = SettledDecision { decision, receiver: None, on: meeting.meets_on };
    let part = HIGHEST_ITEM / i32::from(CHILDREN);
    let from = i32::try_from(nth).unwrap_or_default().saturating_mul(part);
    PanelItem {
        meeting: meeting.id,
        number: from.saturating_add(rand::random_range(1..=part)),
        child,
        added_by,
        settled: (held && nth.is_multiple_of(2)).then_some(settled),
        version: 1,
    }
}
