//! Leavers: an account is closed at once, and the caseload of whoever had it is ended or handed to a colleague; each entry
//! as it would be one by one.

use super::accounts::{ShownAccount, find, show};
use super::index::Answer;
use super::involvements::{CaseloadStep, NamedPractitioner, hand_over};
use super::{Failure, Index, Session};
use crate::domain::accounts::{Account, AccountStatus};
use crate::domain::audit::actions::{AuditAction, Outcome};
use crate::domain::audit::payloads::{Criteria, TargetKind};
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::ids::AccountId;
use crate::domain::policy::{self, AccountExtent, Refusal};
use crate::domain::visits::Visit;
use crate::store::{accounts, organisations, practitioners};

/// So many entries are ended or handed over by one request.
const AT_ONCE: u16 = 200;

/// Who leaves, and what becomes of their caseload.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaving {
    /// The name and job title by which their organisation's entries name them; none where they had no caseload.
    pub caseload_of: Option<(String, String)>,
    /// The colleague of the same organisation who takes it over; without one it ends.
    pub successor: Option<NamedPractitioner>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// The account, closed.
    pub account: ShownAccount,
    /// How many entries were ended or handed over.
    pub entries: usize,
}

/// Closes the account of somebody who leaves, and ends or hands over their caseload.
///
/// # Errors
/// [`Failure`] where nothing could be changed or recorded.
pub async fn leave(index: &Index, visit: Visit, id: AccountId, leaving: Leaving) -> Result<Answer<Left>, Failure> {
    index.change(visit, move |session| process(session, id, leaving)).await
}

fn process(session: &mut Session<'_>, id: AccountId, leaving: Leaving) -> Result<Sealed<Left>, Failure> {
    let refuse = |session: &Session<'_>, refusal: Refusal| {
        let event = session.event(session.visit.action, refusal.outcome()).on(TargetKind::Account, id);
        Ok(Disclosure::refused(refusal, event))
    };
    let Some((before, _)) = find(session, id)? else { return refuse(session, Refusal::NotFound) };
    let Some(organisation) = organisations::find(session.conn, before.organisation)? else {
        return refuse(session, Refusal::NotFound);
    };
    let mut after = Account { status: AccountStatus::Suspended, ..before.clone() };
    if let Err(refusal) = policy::decide_account_change(&session.actor, &before, &after, &organisation) {
        return refuse(session, refusal);
    }
    if after != before {
        accounts::update(session.conn, &after)?;
        after.version = after.version.saturating_add(1);
    }
    let mut done = Vec::new();
    if let Some((name, job_title)) = &leaving.caseload_of
        && let Some(person) = practitioners::find_id(session.conn, organisation.id, name, job_title)?
    {
        let step = match &leaving.successor {
            None => CaseloadStep::End,
            Some(successor) => CaseloadStep::HandTo(successor.clone()),
        };
        done = hand_over(session, person, &step, AT_ONCE)?;
    }
    let (entries, handed) = (done.len(), leaving.successor.is_some());
    let said = Criteria::new().with("entries", entries).with("handed_over", handed);
    let event = session
        .event(session.visit.action, Outcome::Changed)
        .asking(said)
        .on(TargetKind::Account, id)
        .on(TargetKind::Organisation, organisation.id);
    let account = show(session, after, AccountExtent::Whole)?;
    let sealed = Disclosure::with(event, Left { account, entries });
    let action = if handed { AuditAction::InvolvementChange } else { AuditAction::InvolvementEnd };
    let event_of = |(told, number): (_, i32)| {
        session.event(action, Outcome::Changed).about(told).on(TargetKind::Involvement, number)
    };
    Ok(done.into_iter().map(event_of).fold(sealed, Disclosure::also))
}
