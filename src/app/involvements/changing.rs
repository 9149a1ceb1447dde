//! Changing, ending and confirming an entry.

use chrono::NaiveDate;

use super::consents::release_lapsed_lead;
use super::entering::{NamedPractitioner, invalid, register_practitioner, wrong_dates};
use super::showing::{ShownInvolvement, directory_of, group_of, is_shown, show, tell};
use crate::app::children::open;
use crate::app::index::Answer;
use crate::app::{Failure, Index, Precondition, Session, leads};
use crate::domain::audit::actions::Outcome;
use crate::domain::children::ChildRecord;
use crate::domain::disclosures::Sealed;
use crate::domain::handles::ChildRef;
use crate::domain::ids::TeamId;
use crate::domain::involvements::{GroundKind, Involvement, LeadKind};
use crate::domain::policy::{
    Action, ChangeInvolvement, ConfirmInvolvement, Conflict, EndInvolvement, Permit, Refusal, Subject, WithdrawConsent,
    may_change_entry,
};
use crate::domain::services::ServiceGroup;
use crate::domain::visits::Visit;
use crate::store::errors::StoreError;
use crate::store::files::ChildFile;
use crate::store::{involvements, teams, transfers};

/// What to do with one entry.
#[derive(Debug, Clone, PartialEq)]
pub enum EntryChange {
    /// Change what the entry says; what is absent stays.
    Change {
        /// Another team; `Some(None)` removes it.
        team: Option<Option<TeamId>>,
        /// Another practitioner; `Some(None)` removes them.
        practitioner: Option<Option<NamedPractitioner>>,
        /// Another first day.
        started_on: Option<NaiveDate>,
        /// Another mark; `Some(None)` removes it.
        lead: Option<Option<LeadKind>>,
    },
    /// End it on a day.
    End {
        /// The last day; today where absent.
        on: Option<NaiveDate>,
    },
    /// Say that it is still right.
    Confirm,
    /// Withdraw the consent it stands on: nobody sees it any more.
    Withdraw,
}

/// Changes, ends or confirms an entry, or withdraws the consent it stands on.
///
/// # Errors
/// [`Failure`] where nothing could be changed or recorded.
pub async fn change_involvement(
    index: &Index,
    visit: Visit,
    child: ChildRef,
    number: i32,
    change: EntryChange,
    precondition: Precondition<ShownInvolvement>,
) -> Result<Answer<ShownInvolvement>, Failure> {
    index
        .change(visit, move |session| match &change {
            EntryChange::Change { .. } => apply::<ChangeInvolvement>(session, child, number, &change, precondition),
            EntryChange::End { .. } => apply::<EndInvolvement>(session, child, number, &change, precondition),
            EntryChange::Confirm => apply::<ConfirmInvolvement>(session, child, number, &change, precondition),
            EntryChange::Withdraw => apply::<WithdrawConsent>(session, child, number, &change, precondition),
        })
        .await
}

fn apply<A: Action>(
    session: &mut Session<'_>,
    child: ChildRef,
    number: i32,
    change: &EntryChange,
    precondition: Precondition<ShownInvolvement>,
) -> Result<Sealed<ShownInvolvement>, Failure> {
    let (file, permit) = match open::<A>(session, child)? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    match change_opened(session, file, permit, number, change, precondition)? {
        Ok((permit, entry)) => tell(session, permit, &entry, Outcome::Changed),
        Err(refusal) => Ok(session.refuse(refusal)),
    }
}

/// A changed entry and the permit it was changed under, or why it was not.
type Altered<A> = Result<(Permit<A>, Involvement), Refusal>;

/// Changes an entry of a child that was opened for it.
pub(super) fn change_opened<A: Action>(
    session: &mut Session<'_>,
    file: ChildFile,
    permit: Permit<A>,
    number: i32,
    change: &EntryChange,
    precondition: Precondition<ShownInvolvement>,
) -> Result<Altered<A>, Failure> {
    let subject = file.subject().clone();
    let (record, entries) = file.open(&permit)?;
    let mut entry = match own_entry(session, &permit, &subject, &record, &entries, number)? {
        Ok(entry) => entry,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let before = entry.clone();
    let directory = directory_of(session, std::slice::from_ref(&entry))?;
    if !precondition.holds(&show(session, &permit, &directory, &entry)) {
        return Ok(Err(Refusal::Stale));
    }
    // It ends when its receiver accepts, so that nobody falls between.
    if matches!(change, EntryChange::End { .. }) && transfers::has_open_from(session.conn, &permit, number)? {
        return Ok(Err(Refusal::Conflict(Conflict::TransferOpen)));
    }
    if let Err(refusal) = alter(session, &record, &mut entry, change)? {
        return Ok(Err(refusal));
    }
    entry.version = entry.version.saturating_add(1);
    let led: Vec<Involvement> = entries.into_iter().filter(|other| other.number != number).collect();
    release_lapsed_lead(session, &permit, &led, entry.lead)?;
    match involvements::update(session.conn, &permit, &entry) {
        Ok(()) => {}
        Err(StoreError::Conflict("involvement_lead")) => {
            return Ok(Err(Refusal::Conflict(Conflict::LeadProfessional)));
        }
        Err(error) => return Err(error.into()),
    }
    leads::follow(session, &permit, &before, &entry)?;
    Ok(Ok((permit, entry)))
}

/// The entry with a number, if the caller may change it: one that is not seen does not exist.
pub(in crate::app) fn own_entry<A: Action>(
    session: &mut Session<'_>,
    permit: &Permit<A>,
    subject: &Subject,
    record: &ChildRecord,
    entries: &[Involvement],
    number: i32,
) -> Result<Result<Involvement, Refusal>, Failure> {
    let directory = directory_of(session, entries)?;
    let Some(entry) = entries.iter().find(|entry| entry.number == number) else { return Ok(Err(Refusal::NotFound)) };
    let sensitive = group_of(session, &directory, entry) == ServiceGroup::Sensitive;
    // An organisation may go on keeping its own entry right even where it no longer sees it under a shield.
    let own = entry.organisation == session.actor.organisation && entry.withdrawn_at.is_none();
    if !own && !is_shown(session, permit, record.shield.is_some(), sensitive, entry) {
        return Ok(Err(Refusal::NotFound));
    }
    Ok(may_change_entry(&session.actor, subject, entry.organisation).map(|()| entry.clone()))
}

fn alter(
    session: &mut Session<'_>,
    record: &ChildRecord,
    entry: &mut Involvement,
    change: &EntryChange,
) -> Result<Result<(), Refusal>, Failure> {
    if *change == EntryChange::Withdraw {
        return Ok(withdraw(session, entry));
    }
    if entry.ended_on.is_some() {
        return Ok(Err(Refusal::Conflict(Conflict::Ended)));
    }
    match change {
        // Done above, of ended entries too.
        EntryChange::Withdraw => {}
        EntryChange::Confirm => {
            entry.last_confirmed_at = session.now;
            entry.entered_under_shield &= record.shield.is_some();
        }
        EntryChange::End { on } => entry.ended_on = Some(on.unwrap_or(session.day)),
        EntryChange::Change { team, practitioner, started_on, lead } => {
            if let Some(team) = *team {
                if let Some(team) = team
                    && teams::find(session.conn, team)?.is_none_or(|team| team.organisation != entry.organisation)
                {
                    return Ok(Err(invalid("/team", "is not a team of that organisation")));
                }
                entry.team = team;
            }
            if let Some(practitioner) = practitioner {
                entry.practitioner = match practitioner {
                    Some(person) => Some(register_practitioner(session, entry.organisation, person)?),
                    None => None,
                };
            }
            entry.started_on = started_on.unwrap_or(entry.started_on);
            entry.lead = lead.unwrap_or(entry.lead);
            entry.last_confirmed_at = session.now;
        }
    }
    let wrong = wrong_dates(session, record, entry.started_on, entry.ended_on);
    Ok(wrong.map_or(Ok(()), |violation| Err(Refusal::Invalid(violation))))
}

/// Hides an entry that stands on consent. What is hidden leads nobody: otherwise the next lead professional's `409` would
/// tell of it.
fn withdraw(session: &Session<'_>, entry: &mut Involvement) -> Result<(), Refusal> {
    if entry.ground.is_none_or(|ground| ground.kind != GroundKind::Consent) {
        return Err(Refusal::Conflict(Conflict::NoConsent));
    }
    entry.withdrawn_at = Some(session.now);
    entry.lead = None;
    Ok(())
}
