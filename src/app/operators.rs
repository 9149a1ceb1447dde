//! What an operator does at the command line: the first organisations and accounts, certification and suspension.
//! No account stands behind it, so that the log names the operator.

use chrono::NaiveDate;

use super::Failure;
use super::accounts::{AccountChanges, NO_ORGANISATION, NewAccount, changed, codes, systems_have_no_capabilities};
use super::clock::Clock;
use super::index::Answer;
use super::organisations::{NewOrganisation, stands_on_a_basis, unless_taken};
use crate::domain::accounts::{Account, AccountStatus};
use crate::domain::audit::actions::{AuditAction, Outcome};
use crate::domain::audit::events::{Caller, Event};
use crate::domain::audit::payloads::{Criteria, TargetKind};
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::ids::{AccountId, OrganisationId};
use crate::domain::index_numbers::IndexNumber;
use crate::domain::lawful_bases::LawfulBasis;
use crate::domain::organisations::Organisation;
use crate::domain::policy::{Forbidden, POLICY_VERSION, Refusal};
use crate::store::accounts::AccountFilter;
use crate::store::connections::AnyConnection;
use crate::store::errors::StoreError;
use crate::store::recorder::{Kind, Recorder};
use crate::store::transactions::write_tx;
use crate::store::{accounts, children, organisations, watching};

/// Who runs a command, and which.
#[derive(Debug, Clone)]
pub struct Operator {
    /// The name the system knows them by.
    pub name: String,
    /// The command, as it is typed.
    pub command: &'static str,
    /// What time it is.
    pub clock: Clock,
}

impl Operator {
    pub(super) fn event(&self, action: AuditAction, outcome: Outcome) -> Event {
        let mut caller = Caller::of(self.command);
        caller.operator = Some(self.name.clone());
        Event::new(action, outcome, self.clock.now().to_utc()).by(caller).under_policy(POLICY_VERSION)
    }

    fn refuse<T>(&self, action: AuditAction, refusal: Refusal) -> Sealed<T> {
        Disclosure::refused(refusal, self.event(action, refusal.outcome()))
    }
}

/// Marks a record as one that stands for nobody: whoever opens it raises an alert.
///
/// # Errors
/// As [`add_organisation`].
pub async fn mark_decoy(recorder: &Recorder, operator: Operator, number: IndexNumber) -> Result<Answer<()>, Failure> {
    operate(recorder, move |conn| {
        let Some(child) = children::find_id(conn, number)? else {
            return Ok(operator.refuse(AuditAction::SettingChange, Refusal::NotFound));
        };
        watching::mark_decoy(conn, child, operator.clock.now())?;
        // Which record it is, the log must not tell.
        let event = operator.event(AuditAction::SettingChange, Outcome::Changed).on(TargetKind::Setting, "decoy");
        Ok(Disclosure::with(event, ()))
    })
    .await
}

/// Registers an organisation.
///
/// # Errors
/// [`Failure`] where nothing could be done or recorded.
pub async fn add_organisation(
    recorder: &Recorder,
    operator: Operator,
    new: NewOrganisation,
) -> Result<Answer<Organisation>, Failure> {
    operate(recorder, move |conn| {
        let organisation = new.into_organisation(OrganisationId::new(), operator.clock.now());
        if let Err(refusal) = stands_on_a_basis(&organisation) {
            return Ok(operator.refuse(AuditAction::OrganisationRegister, refusal));
        }
        // In a savepoint: PostgreSQL takes nothing more after a constraint, and the refusal is still to be recorded.
        let inserted = write_tx::<_, StoreError, _>(conn, |conn| organisations::insert(conn, &organisation));
        if let Err(refusal) = unless_taken(inserted)? {
            return Ok(operator.refuse(AuditAction::OrganisationRegister, refusal));
        }
        let event = operator
            .event(AuditAction::OrganisationRegister, Outcome::Changed)
            .on(TargetKind::Organisation, organisation.id);
        Ok(Disclosure::with(event, organisation))
    })
    .await
}

/// Accredits an organisation until a day, inclusive; without one its accounts are closed at once. It stands on the lawful
/// basis given, or on the one on record.
///
/// # Errors
/// As [`add_organisation`].
pub async fn accredit_organisation(
    recorder: &Recorder,
    operator: Operator,
    id: OrganisationId,
    until: Option<NaiveDate>,
    basis: Option<LawfulBasis>,
) -> Result<Answer<Organisation>, Failure> {
    operate(recorder, move |conn| {
        let action = AuditAction::OrganisationChange;
        let Some(before) = organisations::find(conn, id)? else {
            return Ok(operator.refuse(action, Refusal::NotFound));
        };
        let rebased = basis.is_some_and(|basis| before.lawful_basis != Some(basis));
        let lawful_basis = basis.or(before.lawful_basis);
        let after = Organisation { accredited_until: until, lawful_basis, ..before };
        if let Err(refusal) = stands_on_a_basis(&after) {
            return Ok(operator.refuse(action, refusal));
        }
        organisations::update(conn, &after)?;
        let mut changed = vec!["accredited_until"];
        changed.extend(rebased.then_some("lawful_basis"));
        let said = Criteria::new().with("changed", changed);
        let event = operator.event(action, Outcome::Changed).on(TargetKind::Organisation, id).asking(said);
        Ok(Disclosure::with(event, Organisation { version: after.version.saturating_add(1), ..after }))
    })
    .await
}

/// Registers an account.
///
/// # Errors
/// As [`add_organisation`].
pub async fn add_account(recorder: &Recorder, operator: Operator, new: NewAccount) -> Result<Answer<Account>, Failure> {
    operate(recorder, move |conn| {
        let action = AuditAction::AccountRegister;
        let Some(organisation) = organisations::find(conn, new.organisation)? else {
            return Ok(operator.refuse(action, Refusal::Invalid(NO_ORGANISATION)));
        };
        let account = new.into_account(AccountId::new(), &organisation, operator.clock.now());
        // One person at a keyboard is not two.
        if account.capabilities.iter().any(|capability| capability.takes_two_people()) {
            return Ok(operator.refuse(action, Refusal::Forbidden(Forbidden::SecondPerson)));
        }
        if let Err(refusal) = systems_have_no_capabilities(&account) {
            return Ok(operator.refuse(action, refusal));
        }
        let inserted = write_tx::<_, StoreError, _>(conn, |conn| accounts::insert(conn, &account));
        if let Err(refusal) = unless_taken(inserted)? {
            return Ok(operator.refuse(action, refusal));
        }
        let said = Criteria::new().with("role", account.role.code()).with("capabilities", codes(&account.capabilities));
        let event = operator
            .event(action, Outcome::Changed)
            .on(TargetKind::Account, account.id)
            .on(TargetKind::Organisation, organisation.id)
            .asking(said);
        Ok(Disclosure::with(event, account))
    })
    .await
}

/// Suspends, opens again or certifies an account; what else there is to change needs an administrator.
///
/// # Errors
/// As [`add_organisation`].
pub async fn change_account(
    recorder: &Recorder,
    operator: Operator,
    id: AccountId,
    changes: AccountChanges,
) -> Result<Answer<Account>, Failure> {
    operate(recorder, move |conn| {
        let suspends = changes.status == Some(AccountStatus::Suspended);
        let action = if suspends { AuditAction::AccountSuspend } else { AuditAction::AccountChange };
        let Some(before) = accounts::find(conn, id)? else {
            return Ok(operator.refuse(action, Refusal::NotFound));
        };
        let after = changes.applied_to(&before);
        let event = |outcome| operator.event(action, outcome).on(TargetKind::Account, id);
        if after == before {
            return Ok(Disclosure::with(event(Outcome::Unchanged), after));
        }
        accounts::update(conn, &after)?;
        let said = Criteria::new()
            .with("changed", changed(&before, &after))
            .with_some("status", (before.status != after.status).then(|| after.status.code()));
        let after = Account { version: after.version.saturating_add(1), ..after };
        Ok(Disclosure::with(event(Outcome::Changed).asking(said), after))
    })
    .await
}

/// Lists accounts in the order they were registered, from after `after` and at most `limit`.
///
/// # Errors
/// As [`add_organisation`].
pub async fn list_accounts(
    recorder: &Recorder,
    operator: Operator,
    filter: AccountFilter,
    after: Option<AccountId>,
    limit: u16,
) -> Result<Answer<Vec<Account>>, Failure> {
    operate(recorder, move |conn| {
        let listed = accounts::list(conn, &filter, after, limit)?;
        let outcome = if listed.is_empty() { Outcome::None } else { Outcome::Disclosed };
        let event = listed.iter().fold(operator.event(AuditAction::AccountList, outcome), |event, account| {
            event.on(TargetKind::Account, account.id)
        });
        Ok(Disclosure::with(event, listed))
    })
    .await
}

async fn operate<T, W>(recorder: &Recorder, work: W) -> Result<Answer<T>, Failure>
where
    T: Send + 'static,
    W: FnOnce(&mut AnyConnection) -> Result<Sealed<T>, Failure> + Send + 'static,
{
    recorder.record(Kind::Change, work).await
}
