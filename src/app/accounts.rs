//! Accounts: reading, registering, certifying and suspending them. A change binds the account's next request.

mod forms;

pub use forms::{AccountChanges, AccountsSought, NewAccount};

use forms::trained;
pub(super) use forms::{changed, codes};

use super::index::Answer;
use super::organisations::{find_visible, unless_taken};
use super::replays::{self, IdempotencyKey};
use super::{Failure, Index, Precondition, Session};
use crate::domain::accounts::{Account, AccountStatus, Role, Standing};
use crate::domain::audit::actions::{AuditAction, Outcome};
use crate::domain::audit::events::Event;
use crate::domain::audit::payloads::{Criteria, TargetKind};
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::ids::AccountId;
use crate::domain::organisations::Organisation;
use crate::domain::pages::Page;
use crate::domain::policy::{self, AccountExtent, Refusal, Violation};
use crate::domain::visits::Visit;
use crate::store::accounts::{self, AccountFilter};
use crate::store::organisations;

/// An account as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownAccount {
    /// The account.
    pub account: Account,
    /// The name of its organisation, unless that organisation does not exist for the reader.
    pub organisation_name: Option<String>,
    /// How much of it may be shown.
    pub extent: AccountExtent,
}

/// Lists accounts in the order they were registered.
///
/// # Errors
/// [`Failure`] where nothing could be read or recorded.
pub async fn list_accounts(
    index: &Index,
    visit: Visit,
    sought: AccountsSought,
) -> Result<Answer<Page<ShownAccount, AccountId>>, Failure> {
    index.disclose(visit, move |session| list(session, &sought)).await
}

/// Reads an account.
///
/// # Errors
/// As [`list_accounts`].
pub async fn read_account(index: &Index, visit: Visit, id: AccountId) -> Result<Answer<ShownAccount>, Failure> {
    index.disclose(visit, move |session| read(session, id)).await
}

/// Registers an account; once for each idempotency key.
///
/// # Errors
/// As [`list_accounts`].
pub async fn register_account(
    index: &Index,
    visit: Visit,
    key: Option<IdempotencyKey>,
    new: NewAccount,
) -> Result<Answer<ShownAccount>, Failure> {
    index.change(visit, move |session| register(session, key.as_ref(), new)).await
}

/// Changes an account, where the precondition holds of what the caller would be shown now.
///
/// # Errors
/// As [`list_accounts`].
pub async fn change_account(
    index: &Index,
    visit: Visit,
    id: AccountId,
    precondition: Precondition<ShownAccount>,
    changes: AccountChanges,
) -> Result<Answer<ShownAccount>, Failure> {
    index.change(visit, move |session| change(session, id, precondition, changes)).await
}

fn list(session: &mut Session<'_>, sought: &AccountsSought) -> Result<Sealed<Page<ShownAccount, AccountId>>, Failure> {
    let asked = sought.criteria();
    let scope = match policy::decide_account_list(&session.actor) {
        Ok(scope) => scope,
        Err(refusal) => {
            let event = session.event(session.visit.action, refusal.outcome()).asking(asked);
            return Ok(Disclosure::refused(refusal, event));
        }
    };
    // Of an organisation out of reach there is nobody of any role.
    let in_reach = scope.organisation.is_none_or(|own| sought.organisation.is_none_or(|asked| asked == own));
    let wanted = |role: &Role| in_reach && sought.role.is_none_or(|asked| asked == *role);
    let roles: Vec<Role> = scope.roles.iter().copied().filter(wanted).collect();
    let filter = AccountFilter {
        organisation: scope.organisation.or(sought.organisation),
        status: sought.status,
        certification_due_by: sought.certification_due_by,
        areas: scope.area.into_iter().chain(sought.area.clone()).collect(),
        roles,
    };
    let read = match filter.roles.is_empty() {
        true => Vec::new(),
        false => accounts::list(session.conn, &filter, sought.after, sought.limit.saturating_add(1))?,
    };
    let page = Page::of(read, sought.limit, |last| last.id);
    let page = Page { items: show_all(session, page.items, scope.extent)?, next: page.next };
    let outcome = if page.items.is_empty() { Outcome::None } else { Outcome::Disclosed };
    let event = page.items.iter().fold(session.event(session.visit.action, outcome).asking(asked), |event, shown| {
        event.on(TargetKind::Account, shown.account.id)
    });
    Ok(Disclosure::with(event, page))
}

fn read(session: &mut Session<'_>, id: AccountId) -> Result<Sealed<ShownAccount>, Failure> {
    match find(session, id)? {
        None => Ok(refuse(session, id, Refusal::NotFound)),
        Some((account, extent)) => {
            let shown = show(session, account, extent)?;
            Ok(Disclosure::with(about(session, id, Outcome::Disclosed), shown))
        }
    }
}

fn register(
    session: &mut Session<'_>,
    key: Option<&IdempotencyKey>,
    new: NewAccount,
) -> Result<Sealed<ShownAccount>, Failure> {
    // Who may list no account may register none, whatever the organisation.
    if let Err(refusal) = policy::decide_account_list(&session.actor) {
        return Ok(session.refuse(refusal));
    }
    let Some(organisation) = find_visible(session, new.organisation)? else {
        return Ok(session.refuse(Refusal::Invalid(NO_ORGANISATION)));
    };
    let account = new.into_account(AccountId::new(), &organisation, session.now);
    let decided = policy::decide_account_registration(&session.actor, &account, &organisation)
        .and_then(|()| systems_have_no_capabilities(&account));
    if let Err(refusal) = decided {
        return Ok(session.refuse(refusal));
    }
    match replays::find(session, key)? {
        Err(refusal) => return Ok(session.refuse(refusal)),
        Ok(Some(replay)) => {
            let Some(id) = replay.reference.and_then(|reference| reference.parse().ok()) else {
                return Ok(session.refuse(Refusal::NotFound));
            };
            let Some((account, extent)) = find(session, id)? else {
                return Ok(refuse(session, id, Refusal::NotFound));
            };
            let shown = show(session, account, extent)?;
            return Ok(Disclosure::with(about(session, id, Outcome::Unchanged), shown));
        }
        Ok(None) => {}
    }
    if let Err(refusal) = unless_taken(accounts::insert(session.conn, &account))? {
        return Ok(session.refuse(refusal));
    }
    replays::remember(session, key, "registered", Some(account.id.to_string()))?;
    let mut granted =
        Criteria::new().with("role", account.role.code()).with("capabilities", codes(&account.capabilities));
    let training = trained(&Standing::default(), &account.standing);
    if !training.is_empty() {
        granted = granted.with("training", training);
    }
    let event =
        about(session, account.id, Outcome::Changed).on(TargetKind::Organisation, organisation.id).asking(granted);
    let shown = show(session, account, AccountExtent::Whole)?;
    Ok(Disclosure::with(event, shown))
}

fn change(
    session: &mut Session<'_>,
    id: AccountId,
    precondition: Precondition<ShownAccount>,
    changes: AccountChanges,
) -> Result<Sealed<ShownAccount>, Failure> {
    let Some((before, extent)) = find(session, id)? else {
        return Ok(refuse(session, id, Refusal::NotFound));
    };
    let after = changes.applied_to(&before);
    let Some(organisation) = organisation_of(session, &before, &after)? else {
        return Ok(refuse(session, id, Refusal::Invalid(NO_ORGANISATION)));
    };
    let shown = show(session, before.clone(), extent)?;
    let decided = policy::decide_account_change(&session.actor, &before, &after, &organisation)
        .and_then(|()| if precondition.holds(&shown) { Ok(()) } else { Err(Refusal::Stale) })
        .and_then(|()| systems_have_no_capabilities(&after));
    if let Err(refusal) = decided {
        return Ok(refuse(session, id, refusal));
    }
    if after == before {
        return Ok(Disclosure::with(about(session, id, Outcome::Unchanged), shown));
    }
    if let Err(refusal) = unless_taken(accounts::update(session.conn, &after))? {
        return Ok(refuse(session, id, refusal));
    }
    let event = event_of_change(session, &before, &after);
    let after = Account { version: after.version.saturating_add(1), ..after };
    Ok(Disclosure::with(event, show(session, after, extent)?))
}

pub(super) const NO_ORGANISATION: Violation =
    Violation { pointer: "/organisation", message: "must be the id of an organisation that you see" };

/// The organisation that `after` names; a new one must exist for the actor, the present one stays whatever it is.
fn organisation_of(
    session: &mut Session<'_>,
    before: &Account,
    after: &Account,
) -> Result<Option<Organisation>, Failure> {
    if after.organisation == before.organisation {
        Ok(organisations::find(session.conn, after.organisation)?)
    } else {
        find_visible(session, after.organisation)
    }
}

/// A capability is a person's: what a system does for somebody, it does with that person's.
pub(super) fn systems_have_no_capabilities(account: &Account) -> Result<(), Refusal> {
    if account.role == Role::System && !account.capabilities.is_empty() {
        let message = "must be empty: a system acts with the capabilities of the person it acts for";
        return Err(Refusal::Invalid(Violation { pointer: "/capabilities", message }));
    }
    Ok(())
}

/// Finds an account and how much of it the actor sees, unless it does not exist for them.
pub(super) fn find(session: &mut Session<'_>, id: AccountId) -> Result<Option<(Account, AccountExtent)>, Failure> {
    let found = accounts::find(session.conn, id)?;
    Ok(found.and_then(|account| {
        let extent = policy::extent_of_account(&session.actor, &account)?;
        Some((account, extent))
    }))
}

/// An account as it is shown, with its organisation's name where that exists for the reader.
pub(super) fn show(
    session: &mut Session<'_>,
    account: Account,
    extent: AccountExtent,
) -> Result<ShownAccount, Failure> {
    let organisation = find_visible(session, account.organisation)?;
    Ok(ShownAccount { account, organisation_name: organisation.map(|organisation| organisation.name), extent })
}

fn show_all(
    session: &mut Session<'_>,
    accounts: Vec<Account>,
    extent: AccountExtent,
) -> Result<Vec<ShownAccount>, Failure> {
    let ids: Vec<_> = accounts.iter().map(|account| account.organisation).collect();
    let mut named = organisations::directory(session.conn, &ids, &[], &[])?.organisations;
    named.retain(|_, each| policy::sees_organisation(&session.actor, each, &session.settings.sensitivity));
    let name = |account: &Account| named.get(&account.organisation).map(|organisation| organisation.name.clone());
    Ok(accounts
        .into_iter()
        .map(|account| ShownAccount { organisation_name: name(&account), account, extent })
        .collect())
}

/// What was changed, and what of it bears on access; suspension has an action of its own.
fn event_of_change(session: &Session<'_>, before: &Account, after: &Account) -> Event {
    let suspends = after.status == AccountStatus::Suspended && before.status != after.status;
    let action = if suspends { AuditAction::AccountSuspend } else { session.visit.action };
    let mut said = Criteria::new().with("changed", changed(before, after));
    if before.capabilities != after.capabilities {
        said = said.with("capabilities", codes(&after.capabilities));
    }
    if before.status != after.status {
        said = said.with("status", after.status.code());
    }
    let training = trained(&before.standing, &after.standing);
    if !training.is_empty() {
        said = said.with("training", training);
    }
    let event = session.event(action, Outcome::Changed).asking(said).on(TargetKind::Account, after.id);
    if before.organisation == after.organisation {
        return event;
    }
    event.on(TargetKind::Organisation, before.organisation).on(TargetKind::Organisation, after.organisation)
}

fn about(session: &Session<'_>, id: AccountId, outcome: Outcome) -> Event {
    session.event(session.visit.action, outcome).on(TargetKind::Account, id)
}

fn refuse<T>(session: &Session<'_>, id: AccountId, refusal: Refusal) -> Sealed<T> {
    Disclosure::refused(refusal, about(session, id, refusal.outcome()))
}
