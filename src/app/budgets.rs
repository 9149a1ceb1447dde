//! Budgets against trawling: searches an hour and distinct children a day, for accounts (refused) and organisations
//! (alerted, so that one account cannot shut out a hospital).

use std::time::Duration;

use super::{Failure, Limits, Session};
use crate::domain::accounts::Role;
use crate::domain::audit::actions::{AuditAction, Outcome};
use crate::domain::audit::events::Event;
use crate::domain::audit::payloads::{Criteria, TargetKind};
use crate::domain::ids::{AccountId, ChildId, OrganisationId};
use crate::domain::instants::{DAY, HOUR, Instant, SECOND, day_number};
use crate::domain::policy::{Actor, Refusal};
use crate::domain::reasons::AccessReason;
use crate::store::budgets;
use crate::store::recorder::Moment;

const SEARCHES: &str = "searches";
const EXPLANATIONS: &str = "explanations";
const CHILDREN: &str = "children";
const OVERRIDES: &str = "overrides";

/// How an account stands with its requests; what the `RateLimit` header says. It counts requests, never children.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Requests allowed in the window.
    pub limit: i64,
    /// Requests left in it.
    pub remaining: i64,
    /// Seconds until the window ends.
    pub resets_in: i64,
}

/// What a charge came to: the alerts to record with the answer, and how the account stands.
#[derive(Debug, Default)]
pub struct Charge {
    /// Events to record beside the answer's.
    pub alerts: Vec<Event>,
    /// How the account stands; none where budgets are lifted.
    pub standing: Option<Standing>,
}

/// What the recorder is told of now, so that it can read beforehand what is counted in the windows that it lies in.
pub(super) fn moment(now: Instant) -> Moment {
    let [hour, day] = [HOUR, DAY].map(|length| Window::of(now, length).start);
    Moment { day: now.day(), day_number: number_of(day), windows: [hour, day] }
}

/// The day by which children are counted.
fn number_of(window: Instant) -> i32 {
    day_number(window.to_utc().date_naive())
}

/// Charges one search to the account and its organisation.
///
/// # Errors
/// Inside: [`Refusal::OverBudget`]. Outside: as the store's.
pub fn charge_search(session: &mut Session<'_>) -> Result<Result<Charge, Refusal>, Failure> {
    charge_request(session, SEARCHES)
}

/// Charges one explanation of a match: as many are allowed as searches, and they are counted apart.
///
/// # Errors
/// As [`charge_search`].
pub fn charge_explanation(session: &mut Session<'_>) -> Result<Result<Charge, Refusal>, Failure> {
    charge_request(session, EXPLANATIONS)
}

fn charge_request(session: &mut Session<'_>, kind: &'static str) -> Result<Result<Charge, Refusal>, Failure> {
    let limits = session.settings.limits.clone();
    if !limits.enforced {
        return Ok(Ok(Charge::default()));
    }
    let window = Window::of(session.now, HOUR);
    let (person, alert_at) = (limits.searches_per_hour, limits.organisation_searches_per_hour);
    let bills = payers(&session.actor).into_iter().map(|payer| {
        let limit = allowance(&payer, person, alert_at);
        Bill { payer, budget: Budget { kind, limit, alert_at, window }, amount: 1 }
    });
    charge_all(session, &limits, &bills.collect::<Vec<_>>())
}

/// Charges everybody or nobody: where one of them has no more left, the others get back what they were charged. Only the
/// one who had too little keeps the attempt on its account.
fn charge_all(session: &mut Session<'_>, limits: &Limits, bills: &[Bill]) -> Result<Result<Charge, Refusal>, Failure> {
    let mut all = Charge::default();
    for (paid, bill) in bills.iter().enumerate() {
        match charge(session, limits, bill)? {
            Ok(charged) => all.add(charged),
            Err(refusal) => {
                for bill in bills.iter().take(paid) {
                    give_back(session, bill)?;
                }
                return Ok(Err(refusal));
            }
        }
    }
    Ok(Ok(all))
}

/// Charges one override of a shield to the account. No reason overdraws this budget.
///
/// # Errors
/// As [`charge_search`].
pub fn charge_override(session: &mut Session<'_>) -> Result<Result<(), Refusal>, Failure> {
    let limits = &session.settings.limits;
    if !limits.enforced {
        return Ok(Ok(()));
    }
    let window = Window::of(session.now, DAY);
    let account = session.actor.account.to_string();
    let used = budgets::add(session.conn, &account, OVERRIDES, window.start, 1)?;
    Ok(if used > limits.overrides_per_day { Err(window.over_budget()) } else { Ok(()) })
}

/// Charges the children an answer would show, each once a day.
///
/// # Errors
/// As [`charge_search`].
pub fn charge_children(session: &mut Session<'_>, children: &[ChildId]) -> Result<Result<Charge, Refusal>, Failure> {
    let limits = session.settings.limits.clone();
    if !limits.enforced || children.is_empty() {
        return Ok(Ok(Charge::default()));
    }
    let window = Window::of(session.now, DAY);
    let day = number_of(window.start);
    let (person, alert_at) = (limits.children_per_day, limits.organisation_children_per_day);
    let payers = payers(&session.actor);
    let mut bills = Vec::with_capacity(payers.len());
    for payer in &payers {
        let new = budgets::count_unseen(session.conn, payer.account, day, children)?;
        if new == 0 {
            continue;
        }
        let budget = Budget { kind: CHILDREN, limit: allowance(payer, person, alert_at), alert_at, window };
        bills.push(Bill { payer: *payer, budget, amount: i64::try_from(new).unwrap_or(i64::MAX) });
    }
    let all = match charge_all(session, &limits, &bills)? {
        Ok(all) => all,
        Err(refusal) => return Ok(Err(refusal)),
    };
    // A child that is refused has not been shown: asked for again, it is refused again.
    for payer in &payers {
        budgets::mark_children(session.conn, payer.account, day, children)?;
    }
    Ok(Ok(all))
}

/// Whose budgets an access counts towards.
#[derive(Debug, Clone, Copy)]
struct Payer {
    account: AccountId,
    role: Role,
    /// None where another payer is of the same organisation, which is charged once.
    organisation: Option<OrganisationId>,
}

/// Whoever asks and, in mediated access, whoever it is for: looking up for each other opens no second budget.
fn payers(actor: &Actor) -> Vec<Payer> {
    let own = Payer { account: actor.account, role: actor.role, organisation: Some(actor.organisation) };
    let caller = actor.on_behalf_of.as_deref().map(|caller| Payer {
        account: caller.account,
        role: caller.role,
        organisation: (caller.organisation != actor.organisation).then_some(caller.organisation),
    });
    std::iter::once(own).chain(caller).collect()
}

impl Charge {
    /// Adds what another payer was charged; how the first stands is what the answer tells.
    fn add(&mut self, other: Self) {
        self.alerts.extend(other.alerts);
        self.standing = self.standing.or(other.standing);
    }
}

/// A system looks for all of its organisation's people, so that the organisation's measure is its own.
fn allowance(payer: &Payer, person: i64, organisation: i64) -> i64 {
    if payer.role == Role::System { organisation } else { person }
}

#[derive(Clone, Copy)]
struct Window {
    start: Instant,
    ends_in: i64,
}

impl Window {
    fn of(now: Instant, length: i64) -> Self {
        let into = now.0.rem_euclid(length);
        Self { start: now.plus(-into), ends_in: length - into }
    }

    /// Whole seconds until it ends, rounded up: coming back on the dot must not be too early.
    fn seconds_left(self) -> i64 {
        self.ends_in.saturating_add(SECOND - 1) / SECOND
    }

    fn over_budget(self) -> Refusal {
        let seconds = u64::try_from(self.seconds_left()).unwrap_or(1);
        Refusal::OverBudget { retry_after: Duration::from_secs(seconds) }
    }
}

#[derive(Clone, Copy)]
struct Budget {
    kind: &'static str,
    limit: i64,
    alert_at: i64,
    window: Window,
}

/// What one payer is charged.
#[derive(Clone, Copy)]
struct Bill {
    payer: Payer,
    budget: Budget,
    amount: i64,
}

fn give_back(session: &mut Session<'_>, bill: &Bill) -> Result<(), Failure> {
    let Bill { payer, budget: Budget { kind, window, .. }, amount } = bill;
    let owners = [Some(payer.account.to_string()), payer.organisation.map(|id| id.to_string())];
    for owner in owners.into_iter().flatten() {
        budgets::add(session.conn, &owner, kind, window.start, amount.saturating_neg())?;
    }
    Ok(())
}

fn charge(session: &mut Session<'_>, limits: &Limits, bill: &Bill) -> Result<Result<Charge, Refusal>, Failure> {
    let Bill { payer, budget: Budget { kind, limit, alert_at, window }, amount } = *bill;
    let account = payer.account.to_string();
    let used = budgets::add(session.conn, &account, kind, window.start, amount)?;
    let mut passed = None;
    if let Some(organisation) = payer.organisation.map(|id| id.to_string()) {
        let used_by_all = budgets::add(session.conn, &organisation, kind, window.start, amount)?;
        let passes = used_by_all > alert_at && used_by_all.saturating_sub(amount) <= alert_at;
        passed = passes.then_some(organisation);
    }
    let mut alerts = Vec::new();
    if used > limit {
        let overdraft = limit.saturating_mul(limits.safeguarding_overdraft_percent) / 100;
        if session.actor.reason != Some(AccessReason::Safeguarding) || used > limit.saturating_add(overdraft) {
            return Ok(Err(window.over_budget()));
        }
        alerts.push(alert(session, kind, TargetKind::Account, &account));
    }
    alerts.extend(passed.map(|organisation| alert(session, kind, TargetKind::Organisation, &organisation)));
    let standing = Standing { limit, remaining: limit.saturating_sub(used).max(0), resets_in: window.seconds_left() };
    Ok(Ok(Charge { alerts, standing: Some(standing) }))
}

fn alert(session: &Session<'_>, kind: &'static str, target: TargetKind, id: &str) -> Event {
    session.event(AuditAction::LimitAlert, Outcome::Done).asking(Criteria::new().with("budget", kind)).on(target, id)
}
