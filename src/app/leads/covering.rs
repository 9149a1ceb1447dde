//! Standing in for a lead professional who is away: a colleague in the same organisation, from a day to a day.

use chrono::{Days, NaiveDate};

use super::ShownLead;
use super::room::Room;
use super::terms::since;
use crate::app::children::open;
use crate::app::index::Answer;
use crate::app::involvements::{NamedPractitioner, register_practitioner};
use crate::app::{Failure, Index, Session};
use crate::domain::audit::actions::Outcome;
use crate::domain::audit::payloads::TargetKind;
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::handles::ChildRef;
use crate::domain::involvements::{Involvement, LeadKind};
use crate::domain::leads::{LeadCover, LeadTerm};
use crate::domain::policy::{Block, Conflict, CoverLead, Refusal, Violation, may_change_entry};
use crate::domain::visits::Visit;
use crate::store::leads;

/// Who stands in, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct NewCover {
    /// For the lead of what.
    pub kind: LeadKind,
    /// The colleague.
    pub practitioner: NamedPractitioner,
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub until: NaiveDate,
}

/// What becomes of a cover.
#[derive(Debug, Clone, PartialEq)]
pub enum CoverChange {
    /// Somebody stands in, in place of whoever was to before.
    Set(NewCover),
    /// Nobody does any more.
    End(LeadKind),
}

/// How far ahead a cover may end, in days.
const LONGEST_AHEAD: u64 = 366;

/// Says who stands in for a lead professional, or that nobody does any more.
///
/// # Errors
/// [`Failure`] where nothing could be changed or recorded.
pub async fn change_lead_cover(
    index: &Index,
    visit: Visit,
    child: ChildRef,
    change: CoverChange,
) -> Result<Answer<ShownLead>, Failure> {
    index.change(visit, move |session| apply(session, child, &change)).await
}

fn apply(session: &mut Session<'_>, child: ChildRef, change: &CoverChange) -> Result<Sealed<ShownLead>, Failure> {
    let (file, permit) = match open::<CoverLead>(session, child)? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let room = Room::enter(session, file, &permit)?;
    let kind = match change {
        CoverChange::Set(new) => new.kind,
        CoverChange::End(kind) => *kind,
    };
    let Some(lead) = room.lead(session, &permit, kind).cloned() else {
        return Ok(session.refuse(Refusal::Conflict(Conflict::NoLead)));
    };
    if let Err(refusal) = may_change_entry(&session.actor, &room.subject, lead.organisation) {
        return Ok(session.refuse(refusal));
    }
    let cover = match change {
        CoverChange::Set(new) => match prepare(session, &lead, new)? {
            Ok(cover) => Some(cover),
            Err(refusal) => return Ok(session.refuse(refusal)),
        },
        CoverChange::End(_) => None,
    };
    let since = since(&room.terms, &lead);
    let term = LeadTerm { kind, involvement: lead.number, practitioner: lead.practitioner, since, cover };
    leads::replace_term(session.conn, &permit, &term)?;
    // Read again: whoever stands in is named by the new one alone.
    let (file, permit) = match open::<CoverLead>(session, child)? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let room = Room::enter(session, file, &permit)?;
    let Some(shown) = room.show_lead(session, &permit, &lead) else {
        return Ok(session.refuse(Refusal::Conflict(Conflict::NoLead)));
    };
    let block = room.block_of(session, &lead);
    let event = session.event(session.visit.action, Outcome::Changed).on(TargetKind::Involvement, lead.number);
    Ok(Disclosure::under(permit.with_sensitive_services(block == Block::Sensitive), &[block], event, shown))
}

/// Makes the cover, or says what is wrong with it.
fn prepare(
    session: &mut Session<'_>,
    lead: &Involvement,
    new: &NewCover,
) -> Result<Result<LeadCover, Refusal>, Failure> {
    let wrong = |pointer, message| Ok(Err(Refusal::Invalid(Violation { pointer, message })));
    if new.until < new.from {
        return wrong("/until", "lies before the first day");
    }
    if new.until < session.day {
        return wrong("/until", "lies in the past");
    }
    if session.day.checked_add_days(Days::new(LONGEST_AHEAD)).is_some_and(|latest| new.until > latest) {
        return wrong("/until", "lies more than a year ahead");
    }
    let practitioner = register_practitioner(session, lead.organisation, &new.practitioner)?;
    if lead.practitioner == Some(practitioner) {
        return wrong("/practitioner", "is the lead professional; name whoever stands in");
    }
    Ok(Ok(LeadCover { practitioner, from: new.from, until: new.until }))
}
