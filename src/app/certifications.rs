//! Certification: every four months the employer says that a person still needs the index, by somebody of its own with that
//! capability or by whoever answers for the account. In bulk it is as many single decisions, and never more than the same
//! person could decide one by one.

use std::collections::BTreeSet;

use chrono::{Months, NaiveDate};

use super::accounts::find;
use super::index::Answer;
use super::{Failure, Index, Session};
use crate::domain::accounts::{Account, Role};
use crate::domain::audit::actions::Outcome;
use crate::domain::audit::payloads::{Criteria, TargetKind};
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::ids::AccountId;
use crate::domain::policy::{self, Refusal, Violation};
use crate::domain::visits::Visit;
use crate::store::accounts;

/// A certification counts for so many months.
const COUNTS_MONTHS: u32 = 4;

/// What came of certifying several accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certified {
    /// The last day on which the certification counts.
    pub until: NaiveDate,
    /// Each account, and why it was not certified.
    pub accounts: Vec<(AccountId, Result<(), Refusal>)>,
}

/// Certifies accounts for four months from today.
///
/// # Errors
/// [`Failure`] where nothing could be changed or recorded.
pub async fn certify_accounts(
    index: &Index,
    visit: Visit,
    accounts: BTreeSet<AccountId>,
) -> Result<Answer<Certified>, Failure> {
    index.change(visit, move |session| certify(session, &accounts)).await
}

fn certify(session: &mut Session<'_>, ids: &BTreeSet<AccountId>) -> Result<Sealed<Certified>, Failure> {
    if let Err(refusal) = policy::may_certify(&session.actor) {
        return Ok(session.refuse(refusal));
    }
    let until = session.day.checked_add_months(Months::new(COUNTS_MONTHS)).unwrap_or(session.day);
    let mut accounts = Vec::with_capacity(ids.len());
    for id in ids {
        accounts.push((*id, certify_one(session, *id, until)?));
    }
    let done: Vec<AccountId> = accounts.iter().filter(|(_, done)| done.is_ok()).map(|(id, _)| *id).collect();
    let outcome = if done.is_empty() { Outcome::Unchanged } else { Outcome::Changed };
    let refused = accounts.len().saturating_sub(done.len());
    let said = Criteria::new().with("certified_until", until.to_string()).with("refused", refused);
    let event = session.event(session.visit.action, outcome).asking(said);
    let event = done.into_iter().fold(event, |event, id| event.on(TargetKind::Account, id));
    Ok(Disclosure::with(event, Certified { until, accounts }))
}

fn certify_one(session: &mut Session<'_>, id: AccountId, until: NaiveDate) -> Result<Result<(), Refusal>, Failure> {
    let Some((before, _)) = find(session, id)? else { return Ok(Err(Refusal::NotFound)) };
    let mut after: Account = before.clone();
    after.standing.certified_until = Some(until);
    if let Err(refusal) = policy::decide_certification(&session.actor, &before) {
        return Ok(Err(refusal));
    }
    if before.role == Role::System {
        let violation = Violation { pointer: "/accounts", message: "must be of people: a system is not certified" };
        return Ok(Err(Refusal::Invalid(violation)));
    }
    if after != before {
        accounts::update(session.conn, &after)?;
    }
    Ok(Ok(()))
}
