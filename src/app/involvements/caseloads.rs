//! A caseload, ended or handed over: every running entry of a practitioner that the caller may change, each decided as it
//! would be alone.

use super::changing::{EntryChange, change_opened};
use super::entering::NamedPractitioner;
use crate::app::{Failure, Precondition, Session};
use crate::domain::audit::payloads::ChildShown;
use crate::domain::disclosures::describe;
use crate::domain::ids::{ChildId, PractitionerId};
use crate::domain::policy::{Action, Block, ChangeInvolvement, EndInvolvement, decide};
use crate::store::{files, involvements};

/// What becomes of a caseload.
#[derive(Debug, Clone, PartialEq)]
pub enum CaseloadStep {
    /// It ends today.
    End,
    /// A colleague of the same organisation takes it over.
    HandTo(NamedPractitioner),
}

/// Ends or hands over at most `limit` running entries of a practitioner, and says of which children they are. What the
/// caller may not know of, or not change, stays as it is and is not counted.
pub(in crate::app) fn hand_over(
    session: &mut Session<'_>,
    person: PractitionerId,
    step: &CaseloadStep,
    limit: u16,
) -> Result<Vec<(ChildShown, i32)>, Failure> {
    let change = match step {
        CaseloadStep::End => EntryChange::End { on: None },
        CaseloadStep::HandTo(successor) => {
            let practitioner = Some(Some(successor.clone()));
            EntryChange::Change { team: None, practitioner, started_on: None, lead: None }
        }
    };
    let mut done = Vec::new();
    let mut after = None;
    // Read in pages, so that what may not be changed is in nobody's way.
    loop {
        let page = involvements::list_running_of(session.conn, person, session.day, after, limit)?;
        let Some(last) = page.last().copied() else { return Ok(done) };
        for (child, number) in page {
            let told = match step {
                CaseloadStep::End => change_one::<EndInvolvement>(session, child, number, &change)?,
                CaseloadStep::HandTo(_) => change_one::<ChangeInvolvement>(session, child, number, &change)?,
            };
            done.extend(told.map(|told| (told, number)));
            if done.len() >= usize::from(limit) {
                return Ok(done);
            }
        }
        after = Some(last);
    }
}

fn change_one<A: Action>(
    session: &mut Session<'_>,
    child: ChildId,
    number: i32,
    change: &EntryChange,
) -> Result<Option<ChildShown>, Failure> {
    let Some(file) = files::find(session.conn, Some(child), session.day)? else { return Ok(None) };
    let Ok(permit) = decide::<A>(&session.actor, file.subject(), session.day) else { return Ok(None) };
    let (name, version, visibility) = (permit.pseudonym(), permit.version(), permit.visibility().clone());
    let delicate = permit.is_delicate();
    let Ok((_, entry)) = change_opened(session, file, permit, number, change, Precondition::none())? else {
        return Ok(None);
    };
    let delicate = delicate || entry.ground.is_some();
    Ok(Some(describe(name, version, delicate, &visibility, &[Block::Involvements])))
}
