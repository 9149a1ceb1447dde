//! Panels, who sits on them, and their meetings.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::columns::{code, text};
use super::connections::AnyConnection;
use super::dialect::on_each;
use super::errors::{StoreError, StoreResult};
use super::schema::{panel, panel_meeting, panel_member};
use super::transactions::write_tx;
use crate::domain::ids::{AccountId, PanelId, PanelMeetingId};
use crate::domain::pages::After;
use crate::domain::panels::{Panel, PanelMeeting, PanelMeetingState};

/// A row of `panel`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = panel)]
struct PanelRow {
    id: String,
    area: String,
    kind: String,
    name: String,
    chair_id: String,
    version: i64,
}

/// A row of `panel_meeting`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = panel_meeting)]
struct MeetingRow {
    id: String,
    panel_id: String,
    meets_on: NaiveDate,
    state: String,
    version: i64,
}

impl From<&Panel> for PanelRow {
    fn from(panel: &Panel) -> Self {
        Self {
            id: panel.id.to_string(),
            area: panel.area.clone(),
            kind: panel.kind.code().into(),
            name: panel.name.clone(),
            chair_id: panel.chair.to_string(),
            version: panel.version,
        }
    }
}

impl TryFrom<PanelRow> for Panel {
    type Error = StoreError;

    fn try_from(row: PanelRow) -> StoreResult<Self> {
        Ok(Self {
            id: text(&row.id)?,
            kind: code(&row.kind)?,
            chair: text(&row.chair_id)?,
            area: row.area,
            name: row.name,
            version: row.version,
        })
    }
}

impl TryFrom<MeetingRow> for PanelMeeting {
    type Error = StoreError;

    fn try_from(row: MeetingRow) -> StoreResult<Self> {
        Ok(Self {
            id: text(&row.id)?,
            panel: text(&row.panel_id)?,
            meets_on: row.meets_on,
            state: code(&row.state)?,
            version: row.version,
        })
    }
}

/// Lists the panels of an area, if one is named, and those that an account sits on, by name, from after `after` and at most
/// `limit`; of every area where `all`.
///
/// # Errors
/// As the database's.
pub fn list(
    conn: &mut AnyConnection,
    member: AccountId,
    area: Option<&str>,
    all: bool,
    after: Option<&After>,
    limit: u16,
) -> StoreResult<Vec<Panel>> {
    let own =
        panel_member::table.filter(panel_member::account_id.eq(member.to_string())).select(panel_member::panel_id);
    let mut query =
        panel::table.select(PanelRow::as_select()).order((panel::name, panel::id)).limit(limit.into()).into_boxed();
    if let Some(After { name, id }) = after {
        query = query.filter(panel::name.ge(name)).filter(panel::name.gt(name).or(panel::id.gt(id.to_string())));
    }
    query = match (all, area) {
        (true, _) => query,
        (false, Some(area)) => query.filter(panel::area.eq(area.to_owned()).or(panel::id.eq_any(own))),
        (false, None) => query.filter(panel::id.eq_any(own)),
    };
    let rows: Vec<PanelRow> = query.load(conn)?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Finds a panel.
///
/// # Errors
/// As the database's.
pub fn find(conn: &mut AnyConnection, id: PanelId) -> StoreResult<Option<Panel>> {
    let id = id.to_string();
    let row: Option<PanelRow> = on_each!(conn, |c| panel::table
        .filter(panel::id.eq(&id))
        .select(PanelRow::as_select())
        .get_result(c)
        .optional())?;
    row.map(TryInto::try_into).transpose()
}

/// Inserts a panel and has its chair sit on it.
///
/// # Errors
/// `Conflict` of `foreign_key` where there is no such account.
pub fn insert(conn: &mut AnyConnection, new: &Panel) -> StoreResult<()> {
    let row = PanelRow::from(new);
    on_each!(conn, |c| diesel::insert_into(panel::table).values(&row).execute(c))?;
    join(conn, new.id, new.chair).map(drop)
}

/// Replaces a panel; `changed` carries the version that was read, and the row gets the next.
///
/// # Errors
/// `NotFound` where that version is no longer there.
pub fn update(conn: &mut AnyConnection, changed: &Panel) -> StoreResult<()> {
    let mut row = PanelRow::from(changed);
    row.version = row.version.saturating_add(1);
    let place = panel::table.filter(panel::id.eq(&row.id)).filter(panel::version.eq(changed.version));
    let updated = on_each!(conn, |c| diesel::update(place).set(&row).execute(c))?;
    if updated == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}

/// Who sits on a panel.
///
/// # Errors
/// As the database's.
pub fn list_members(conn: &mut AnyConnection, panel: PanelId) -> StoreResult<Vec<AccountId>> {
    let panel = panel.to_string();
    let ids: Vec<String> = on_each!(conn, |c| panel_member::table
        .filter(panel_member::panel_id.eq(&panel))
        .order(panel_member::account_id)
        .select(panel_member::account_id)
        .load(c))?;
    ids.iter().map(|id| text(id)).collect()
}

/// Has an account sit on a panel; says whether it did not before.
///
/// # Errors
/// As the database's.
pub fn join(conn: &mut AnyConnection, panel: PanelId, account: AccountId) -> StoreResult<bool> {
    let row = (panel_member::panel_id.eq(panel.to_string()), panel_member::account_id.eq(account.to_string()));
    let joined = write_tx::<_, StoreError, _>(conn, |conn| {
        Ok(on_each!(conn, |c| diesel::insert_into(panel_member::table).values(&row).execute(c))?)
    });
    match joined {
        Ok(_) => Ok(true),
        Err(StoreError::Conflict("panel_member_pkey")) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Has an account sit on a panel no more; says whether it did.
///
/// # Errors
/// As the database's.
pub fn leave(conn: &mut AnyConnection, panel: PanelId, account: AccountId) -> StoreResult<bool> {
    let place = panel_member::table
        .filter(panel_member::panel_id.eq(panel.to_string()))
        .filter(panel_member::account_id.eq(account.to_string()));
    Ok(on_each!(conn, |c| diesel::delete(place).execute(c))? > 0)
}

/// The meetings of a panel since a day, the latest first.
///
/// # Errors
/// As the database's.
pub fn list_meetings(conn: &mut AnyConnection, panel: PanelId, since: NaiveDate) -> StoreResult<Vec<PanelMeeting>> {
    let panel = panel.to_string();
    let rows: Vec<MeetingRow> = on_each!(conn, |c| panel_meeting::table
        .filter(panel_meeting::panel_id.eq(&panel))
        .filter(panel_meeting::meets_on.ge(since))
        .order((panel_meeting::meets_on.desc(), panel_meeting::id.desc()))
        .limit(MOST_MEETINGS)
        .select(MeetingRow::as_select())
        .load(c))?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// The most meetings of a panel that are listed: the latest.
const MOST_MEETINGS: i64 = 200;

/// Finds a meeting.
///
/// # Errors
/// As the database's.
pub fn find_meeting(conn: &mut AnyConnection, id: PanelMeetingId) -> StoreResult<Option<PanelMeeting>> {
    let id = id.to_string();
    let row: Option<MeetingRow> = on_each!(conn, |c| panel_meeting::table
        .filter(panel_meeting::id.eq(&id))
        .select(MeetingRow::as_select())
        .get_result(c)
        .optional())?;
    row.map(TryInto::try_into).transpose()
}

/// Inserts a meeting.
///
/// # Errors
/// As the database's.
pub fn insert_meeting(conn: &mut AnyConnection, new: &PanelMeeting) -> StoreResult<()> {
    let row = MeetingRow {
        id: new.id.to_string(),
        panel_id: new.panel.to_string(),
        meets_on: new.meets_on,
        state: new.state.code().into(),
        version: new.version,
    };
    on_each!(conn, |c| diesel::insert_into(panel_meeting::table).values(&row).execute(c))?;
    Ok(())
}

/// Moves a meeting on from how it was read. Of two who do so at once the database lets one.
///
/// # Errors
/// `NotFound` where it stands otherwise by now.
pub fn move_meeting(conn: &mut AnyConnection, read: &PanelMeeting, state: PanelMeetingState) -> StoreResult<()> {
    let place = panel_meeting::table
        .filter(panel_meeting::id.eq(read.id.to_string()))
        .filter(panel_meeting::state.eq(read.state.code()))
        .filter(panel_meeting::version.eq(read.version));
    let next = (panel_meeting::state.eq(state.code()), panel_meeting::version.eq(read.version.saturating_add(1)));
    let moved = on_each!(conn, |c| diesel::update(place).set(next).execute(c))?;
    if moved == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}

/// Keeps a meeting in the state it was read in until the transaction ends, so that what depends on it is not written beside
/// its closing.
///
/// # Errors
/// `NotFound` where it stands otherwise by now.
pub fn hold_state(conn: &mut AnyConnection, read: &PanelMeeting) -> StoreResult<()> {
    let place = panel_meeting::table
        .filter(panel_meeting::id.eq(read.id.to_string()))
        .filter(panel_meeting::state.eq(read.state.code()));
    // The same again: it is the row's lock that counts.
    let same = panel_meeting::state.eq(read.state.code());
    let held = on_each!(conn, |c| diesel::update(place).set(same).execute(c))?;
    if held == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}
