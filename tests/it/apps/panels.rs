//! Panels, their meetings and agendas, as a case wants them.

use child_index::domain::ids::{PanelId, PanelMeetingId};
use child_index::domain::panels::{HIGHEST_ITEM, Panel, PanelKind, PanelMeeting, PanelMeetingState};
use child_index::store::errors::StoreError;
use child_index::store::panels;
use child_index::store::transactions::write_tx;
use diesel::prelude::*;

use super::{Known, Person, TestApp};

/// A panel's meetings, as a scene has them: one that is planned, one that is planned with nobody on its agenda, and one that
/// was held; on both other agendas one child.
#[derive(Debug, Clone, Default)]
pub struct Meetings {
    /// Planned, with the child.
    pub planned: PanelMeetingId,
    /// Planned, with nobody.
    pub empty: PanelMeetingId,
    /// Held, with the child.
    pub held: PanelMeetingId,
    /// The child's number on both agendas.
    pub item: i32,
}

impl TestApp {
    /// A panel of the chair's area on which these sit besides.
    pub fn panel(&self, chair: &Person<'_>, members: &[&Person<'_>]) -> PanelId {
        let panel = Panel {
            id: PanelId::new(),
            area: chair.account.area.clone(),
            kind: PanelKind::EarlyHelp,
            name: format!("Panel {}", self.number()),
            chair: chair.account.id,
            version: 1,
        };
        panels::insert(&mut self.connect(), &panel).expect("a new panel");
        members.iter().for_each(|member| self.seat(panel.id, member));
        panel.id
    }

    /// Has somebody sit on a panel.
    pub fn seat(&self, panel: PanelId, person: &Person<'_>) {
        panels::join(&mut self.connect(), panel, person.account.id).expect("a seat");
    }

    /// A meeting of a panel today.
    pub fn panel_meeting(&self, panel: PanelId, state: PanelMeetingState) -> PanelMeetingId {
        let id = PanelMeetingId::new();
        let meeting = PanelMeeting { id, panel, meets_on: self.clock.now().day(), state, version: 1 };
        panels::insert_meeting(&mut self.connect(), &meeting).expect("a new meeting");
        id
    }

    /// Puts a child on an agenda, as somebody did before; its number there.
    pub fn on_agenda(&self, meeting: PanelMeetingId, child: &Known) -> i32 {
        let number = rand::random_range(1..=HIGHEST_ITEM);
        let row = item_row(meeting, number, child);
        diesel::sql_query(row).execute(&mut self.connect()).expect("a new item");
        number
    }

    /// The meetings of a scene.
    pub(super) fn meetings_about(&self, panel: PanelId, child: &Known) -> Meetings {
        let all = Meetings { item: rand::random_range(1..=HIGHEST_ITEM), ..Meetings::default() };
        let states = [
            (all.planned, PanelMeetingState::Planned),
            (all.empty, PanelMeetingState::Planned),
            (all.held, PanelMeetingState::Held),
        ];
        let meets_on = self.clock.now().day();
        let made = write_tx::<_, StoreError, _>(&mut self.connect(), |conn| {
            for (id, state) in states {
                panels::insert_meeting(conn, &PanelMeeting { id, panel, meets_on, state, version: 1 })?;
            }
            for meeting in [all.planned, all.held] {
                diesel::sql_query(item_row(meeting, all.item, child)).execute(conn)?;
            }
            Ok(())
        });
        made.expect("new meetings");
        all
    }
}

fn item_row(meeting: PanelMeetingId, number: i32, child: &Known) -> String {
    format!(
        "INSERT INTO panel_item (meeting_id, number, child_id, added_by, version)
         SELECT '{meeting}', {number}, {}, panel.chair_id, 1 FROM panel
         JOIN panel_meeting ON panel_meeting.panel_id = panel.id WHERE panel_meeting.id = '{meeting}'",
        child.id.0
    )
}
