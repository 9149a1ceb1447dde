//! Reading an agenda: each member sees the children whom they have a permit for at this moment. The others are not there:
//! they are in no count, and numbers are random.

use super::room::{MeetingRef, Room, ShownItem, ShownReceiver, about_meeting, refuse_meeting};
use crate::app::contacts::Identity;
use crate::app::index::Answer;
use crate::app::involvements::{directory_for, group_of, party_of, sensitivity_of};
use crate::app::{Failure, Index, Session, budgets};
use crate::domain::audit::actions::Outcome;
use crate::domain::audit::payloads::{ChildShown, Criteria, TargetKind};
use crate::domain::children::ChildRecord;
use crate::domain::disclosures::{Disclosure, Sealed, describe};
use crate::domain::ids::ChildId;
use crate::domain::involvements::Involvement;
use crate::domain::pages::Page;
use crate::domain::panels::{AfterItem, PanelItem, PanelMeeting, PanelMeetingState, PanelReceiver};
use crate::domain::policy::{Action, Block, Permit, ReadAgenda, Refusal, decide, is_on_agenda, may_open_agenda};
use crate::domain::services::ServiceGroup;
use crate::domain::visits::Visit;
use crate::store::files::{self, ChildFile};
use crate::store::panel_items;

/// Items that are read at once.
const BATCH: u16 = 100;

/// Lists the children on an agenda whom the caller has a permit for, in the order of their random numbers.
///
/// # Errors
/// [`Failure`] where nothing could be read or recorded.
pub async fn list_panel_items(
    index: &Index,
    visit: Visit,
    at: MeetingRef,
    after: Option<AfterItem>,
    limit: u16,
) -> Result<Answer<Page<ShownItem, AfterItem>>, Failure> {
    let so_many = usize::from(limit).saturating_add(1);
    let look = move |session: &mut Session<'_>| look_through(session, at, after, so_many);
    let found = index.survey(visit.clone(), look).await?.unwrap_or_default();
    index.disclose(visit, move |session| list(session, at, after, limit, &found)).await
}

/// Reads one child on an agenda.
///
/// # Errors
/// As [`list_panel_items`].
pub async fn read_panel_item(
    index: &Index,
    visit: Visit,
    at: MeetingRef,
    number: i32,
) -> Result<Answer<ShownItem>, Failure> {
    index.disclose(visit, move |session| read(session, at, number)).await
}

/// The meeting whose agenda the caller may open now, or why not.
pub(super) fn open_agenda(session: &mut Session<'_>, at: MeetingRef) -> Result<Result<PanelMeeting, Refusal>, Failure> {
    let Some((room, meeting)) = Room::find_meeting(session, at)? else { return Ok(Err(Refusal::NotFound)) };
    Ok(may_open_agenda(&session.actor, &room.members).map(|()| meeting))
}

/// Whether what was on the agenda of a meeting is still told: of one that is closed for a time.
fn is_told(session: &Session<'_>, meeting: &PanelMeeting) -> bool {
    let forgotten = session.day.checked_sub_days(chrono::Days::new(session.settings.ended_visible_days));
    meeting.state != PanelMeetingState::Closed || forgotten.is_none_or(|forgotten| meeting.meets_on >= forgotten)
}

fn look_through(
    session: &mut Session<'_>,
    at: MeetingRef,
    after: Option<AfterItem>,
    so_many: usize,
) -> Result<Vec<i32>, Failure> {
    let Ok(meeting) = open_agenda(session, at)? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    let mut after = after.map(|after| after.0);
    loop {
        let batch = panel_items::list(session.conn, meeting.id, after, BATCH)?;
        let Some(last) = batch.last() else { return Ok(found) };
        after = Some(last.number);
        for item in &batch {
            found.extend(Opened::<ReadAgenda>::find(session, &meeting, item.child)?.map(|_| item.number));
            if found.len() >= so_many {
                return Ok(found);
            }
        }
    }
}

fn list(
    session: &mut Session<'_>,
    at: MeetingRef,
    after: Option<AfterItem>,
    limit: u16,
    found: &[i32],
) -> Result<Sealed<Page<ShownItem, AfterItem>>, Failure> {
    let meeting = match open_agenda(session, at)? {
        Ok(meeting) => meeting,
        Err(refusal) => return Ok(refuse_meeting(session, at, refusal)),
    };
    let (wanted, more) = found.split_at(found.len().min(limit.into()));
    let asked = Criteria::new().with_some("cursor", after.map(|after| after.to_string())).with("limit", limit);
    let (mut items, mut told, mut children) = (Vec::new(), Vec::new(), Vec::new());
    for number in wanted {
        // As it is now: whoever may not be seen any more is left out.
        let Some(item) = panel_items::find(session.conn, meeting.id, *number)? else { continue };
        let Some(opened) = Opened::<ReadAgenda>::find(session, &meeting, item.child)? else { continue };
        items.push(opened.show(session, &item)?);
        children.push(item.child);
        told.push(opened.told());
    }
    let alerts = match budgets::charge_children(session, &children)? {
        Ok(charge) => charge.alerts,
        Err(refusal) => return Ok(refuse_meeting(session, at, refusal)),
    };
    let outcome = if items.is_empty() { Outcome::None } else { Outcome::Disclosed };
    let event = about_meeting(session, at, outcome).asking(asked).about_all(told);
    let next = wanted.last().filter(|_| !more.is_empty()).map(|last| AfterItem(*last));
    let sealed = Disclosure::with(event, Page { items, next });
    Ok(alerts.into_iter().fold(sealed, Disclosure::also))
}

fn read(session: &mut Session<'_>, at: MeetingRef, number: i32) -> Result<Sealed<ShownItem>, Failure> {
    let meeting = match open_agenda(session, at)? {
        Ok(meeting) => meeting,
        Err(refusal) => return Ok(refuse_meeting(session, at, refusal)),
    };
    match find_item::<ReadAgenda>(session, &meeting, number)? {
        Some((item, opened)) => tell(session, at, &item, &opened, Outcome::Disclosed),
        None => Ok(refuse_meeting(session, at, Refusal::NotFound)),
    }
}

/// An item that exists for the caller, and its child opened.
pub(super) fn find_item<A: Action>(
    session: &mut Session<'_>,
    meeting: &PanelMeeting,
    number: i32,
) -> Result<Option<(PanelItem, Opened<A>)>, Failure> {
    let found = panel_items::find(session.conn, meeting.id, number)?;
    // The same statements whether there is one or not.
    let child = found.as_ref().map(|item| item.child);
    let opened = Opened::<A>::find(session, meeting, child.unwrap_or(ChildId(0)))?;
    Ok(found.zip(opened))
}

/// Answers with one item as it is now.
pub(super) fn tell<A: Action>(
    session: &mut Session<'_>,
    at: MeetingRef,
    item: &PanelItem,
    opened: &Opened<A>,
    outcome: Outcome,
) -> Result<Sealed<ShownItem>, Failure> {
    let alerts = match budgets::charge_children(session, &[item.child])? {
        Ok(charge) => charge.alerts,
        Err(refusal) => return Ok(refuse_meeting(session, at, refusal)),
    };
    let shown = opened.show(session, item)?;
    let event = about_meeting(session, at, outcome).on(TargetKind::PanelItem, item.number).about(opened.told());
    Ok(alerts.into_iter().fold(Disclosure::with(event, shown), Disclosure::also))
}

/// A child who is on an agenda for the caller.
pub(super) struct Opened<A: Action> {
    /// Leave to do with the child what is done.
    pub permit: Permit<A>,
    record: ChildRecord,
    delicate: bool,
}

impl<A: Action> Opened<A> {
    /// Opens a child of an agenda; nothing where it does not exist there for the caller.
    fn find(session: &mut Session<'_>, meeting: &PanelMeeting, id: ChildId) -> Result<Option<Self>, Failure> {
        let Some(file) = files::find(session.conn, Some(id), session.day)? else { return Ok(None) };
        let Ok(permit) = decide::<A>(&session.actor, file.subject(), session.day) else { return Ok(None) };
        if !is_told(session, meeting) || !is_on_agenda(file.subject(), permit.visibility()) {
            return Ok(None);
        }
        Self::of(session, file, permit).map(Some)
    }

    /// A child that was opened.
    pub(super) fn of(session: &mut Session<'_>, file: ChildFile, permit: Permit<A>) -> Result<Self, Failure> {
        let (record, entries) = file.open(&permit)?;
        let directory = directory_for(session, entries.iter().map(party_of))?;
        let tells = |entry: &&Involvement| entry.may_be_told_on(session.day) && entry.is_live_on(session.day);
        let sensitive = |entry: &Involvement| group_of(session, &directory, entry) == ServiceGroup::Sensitive;
        let delicate = permit.is_delicate() || entries.iter().filter(tells).any(sensitive);
        Ok(Self { permit, record, delicate })
    }

    pub(super) fn show(&self, session: &mut Session<'_>, item: &PanelItem) -> Result<ShownItem, Failure> {
        let receiver = match item.settled.and_then(|settled| settled.receiver) {
            Some(receiver) => show_receiver(session, receiver)?,
            None => None,
        };
        Ok(ShownItem {
            number: item.number,
            child: Identity::from(&self.record),
            decided: item.settled.map(|settled| (settled.decision, settled.on)),
            receiver,
            version: item.version,
        })
    }

    pub(super) fn told(&self) -> ChildShown {
        let Self { permit, delicate, .. } = self;
        let blocks = [Block::Identity, Block::Involvements];
        describe(permit.pseudonym(), permit.version(), *delicate, permit.visibility(), &blocks)
    }
}

/// Who is to receive a child, unless that has become a sensitive service since: of one nothing is told on an agenda.
fn show_receiver(session: &mut Session<'_>, receiver: PanelReceiver) -> Result<Option<ShownReceiver>, Failure> {
    let PanelReceiver { organisation, service } = receiver;
    let party = (organisation, None, None);
    let directory = directory_for(session, std::iter::once(party))?;
    if is_sensitive(session, receiver)? {
        return Ok(None);
    }
    let named = directory.organisations.get(&organisation).map(|named| named.name.clone());
    Ok(named.map(|organisation_name| ShownReceiver { organisation, organisation_name, service }))
}

/// Whether a receiver is of a sensitive service.
pub(super) fn is_sensitive(session: &mut Session<'_>, receiver: PanelReceiver) -> Result<bool, Failure> {
    let party = (receiver.organisation, None, None);
    let directory = directory_for(session, std::iter::once(party))?;
    let (organisation, team) = sensitivity_of(session, &directory, party);
    let group = session.settings.sensitivity.group_of_involvement(receiver.service, organisation, team);
    Ok(group == ServiceGroup::Sensitive)
}
