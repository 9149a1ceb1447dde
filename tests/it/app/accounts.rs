//! Accounts: who sees, registers and certifies whom, and that a suspension binds at the next request.

use std::collections::BTreeSet;

use child_index::app::Precondition;
use child_index::app::accounts::{
    AccountChanges, AccountsSought, NewAccount, ShownAccount, change_account, list_accounts, read_account,
    register_account,
};
use child_index::app::replays::IdempotencyKey;
use child_index::domain::accounts::{Account, AccountStatus, Capability, Role, Standing};
use child_index::domain::audit::actions::AuditAction;
use child_index::domain::audit::events::RecordedEvent;
use child_index::domain::organisations::Organisation;
use child_index::domain::policy::AccountExtent;
use child_index::domain::services::{OrganisationKind, Sector};
use child_index::domain::visits::Identity;
use child_index::store::accounts;
use serde_json::json;

use crate::indexes::{AREA, ELSEWHERE, TestIndex, criteria, targets, visit};
use crate::suite::suite;

suite!(TestIndex:
    an_account_is_registered_once,
    nobody_alone_grants_what_opens_a_shield,
    a_suspension_binds_at_the_next_request,
    nobody_changes_their_own_account,
    a_manager_keeps_to_the_area,
    a_certification_opens_the_door_again,
    accounts_are_listed_as_far_as_each_may_see,
    an_auditor_learns_no_name_of_a_sensitive_organisation,
    a_practitioner_reads_their_own_account_alone,
);

fn nurse(organisation: &Organisation) -> NewAccount {
    let until = "2027-01-31".parse().ok();
    NewAccount {
        identity: Identity { issuer: "https://login.example".into(), subject: "new-nurse".into() },
        name: "Ada Adeyemi".into(),
        role: Role::Practitioner,
        capabilities: BTreeSet::new(),
        sector: None,
        organisation: organisation.id,
        area: None,
        standing: Standing {
            checked_until: until,
            trained_until: until,
            certified_until: until,
            terms_accepted_on: "2026-11-20".parse().ok(),
            ..Standing::default()
        },
    }
}

fn register(
    test: &TestIndex,
    by: &Account,
    key: Option<&str>,
    new: NewAccount,
) -> (Result<Account, &'static str>, RecordedEvent) {
    let key = key.map(|key| IdempotencyKey { key: key.into(), body_hash: [1; 32] });
    let (answer, event) = test.ask(register_account(&test.index, visit(by, AuditAction::AccountRegister), key, new));
    assert_eq!(event.action, "account.register");
    (answer.map(|shown| shown.account), event)
}

fn change(
    test: &TestIndex,
    by: &Account,
    account: &Account,
    changes: AccountChanges,
) -> (Result<Account, &'static str>, RecordedEvent) {
    let seen = account.clone();
    let same = Precondition::that(move |shown: &ShownAccount| shown.account == seen);
    let visit = visit(by, AuditAction::AccountChange);
    let (answer, event) = test.ask(change_account(&test.index, visit, account.id, same, changes));
    assert_eq!(targets(&event)[0], format!("account:{}", account.id));
    (answer.map(|shown| shown.account), event)
}

fn read(test: &TestIndex, by: &Account, account: &Account) -> Result<ShownAccount, &'static str> {
    let (answer, event) = test.ask(read_account(&test.index, visit(by, AuditAction::AccountRead), account.id));
    assert_eq!(event.action, "account.read");
    answer
}

fn with_status(status: AccountStatus) -> AccountChanges {
    AccountChanges { status: Some(status), ..AccountChanges::default() }
}

fn with_capabilities(capabilities: &[Capability]) -> AccountChanges {
    let capabilities = Some(capabilities.iter().copied().collect());
    AccountChanges { capabilities, ..AccountChanges::default() }
}

fn an_account_is_registered_once(test: &TestIndex) {
    let practice = test.organisation(OrganisationKind::GpPractice, AREA);
    let manager = test.somebody(Role::Manager);
    let (new, event) = register(test, &manager, Some("k"), nurse(&practice));
    let new = new.expect("an account");
    assert_eq!((new.sector, new.area.as_str(), new.status), (Sector::Health, AREA, AccountStatus::Active));
    assert_eq!(targets(&event), [format!("account:{}", new.id), format!("organisation:{}", practice.id)]);
    assert_eq!(
        criteria(&event),
        json!({"capabilities": [], "role": "practitioner", "training": ["index-use 2027-01-31"]})
    );
    assert_eq!(accounts::find(&mut test.connect(), new.id).expect("a look-up"), Some(new.clone()));
    assert_eq!(read(test, &new, &new).expect("their own").account, new, "it may be used at once");

    let (again, event) = register(test, &manager, Some("k"), nurse(&practice));
    assert_eq!((again, event.outcome.as_str()), (Ok(new), "unchanged"));
    let (taken, event) = register(test, &manager, None, nurse(&practice));
    assert_eq!((taken, event.outcome.as_str()), (Err("identity-registered"), "conflict"));
    let system = NewAccount { role: Role::System, capabilities: [Capability::Broker].into(), ..nurse(&practice) };
    assert_eq!(register(test, &manager, None, system).0, Err("invalid"));
    let refuge = test.organisation(OrganisationKind::Refuge, ELSEWHERE);
    assert_eq!(register(test, &manager, None, nurse(&refuge)).0, Err("invalid"), "as an unknown organisation");
    assert_eq!(register(test, &test.somebody(Role::Practitioner), None, nurse(&practice)).0, Err("role-not-permitted"));
}

fn nobody_alone_grants_what_opens_a_shield(test: &TestIndex) {
    let administrator = test.somebody(Role::Administrator);
    let account = test.somebody(Role::Practitioner);
    for capability in [Capability::Override, Capability::SealedClearance] {
        let (refused, event) = change(test, &administrator, &account, with_capabilities(&[capability]));
        assert_eq!((refused, event.outcome.as_str()), (Err("second-person-required"), "refused"));
        let new = NewAccount {
            capabilities: [capability].into(),
            ..nurse(&test.organisation(OrganisationKind::School, AREA))
        };
        assert_eq!(register(test, &administrator, None, new).0, Err("second-person-required"));
    }
    let (granted, event) = change(test, &administrator, &account, with_capabilities(&[Capability::Coordinator]));
    assert_eq!(granted.expect("a grant").capabilities, [Capability::Coordinator].into());
    assert_eq!(criteria(&event), json!({"capabilities": ["coordinator"], "changed": ["capabilities"]}));
}

fn a_suspension_binds_at_the_next_request(test: &TestIndex) {
    let manager = test.somebody(Role::Manager);
    let account = test.somebody(Role::Practitioner);
    assert!(read(test, &account, &account).is_ok());
    let (suspended, event) = change(test, &manager, &account, with_status(AccountStatus::Suspended));
    let suspended = suspended.expect("a suspension");
    assert_eq!((event.action.as_str(), event.outcome.as_str()), ("account.suspend", "changed"));
    assert_eq!(criteria(&event), json!({"changed": ["status"], "status": "suspended"}));
    assert_eq!(read(test, &account, &account), Err("account-suspended"));
    let (stale, _) = change(test, &manager, &account, with_status(AccountStatus::Active));
    assert_eq!(stale, Err("stale"));
    let (opened, event) = change(test, &manager, &suspended, with_status(AccountStatus::Active));
    assert_eq!((opened.is_ok(), event.action.as_str()), (true, "account.change"));
    assert!(read(test, &account, &account).is_ok());
}

fn nobody_changes_their_own_account(test: &TestIndex) {
    let certified = || AccountChanges { certified_until: Some("2030-01-01".parse().ok()), ..AccountChanges::default() };
    for &role in Role::ALL {
        let account = test.somebody(role);
        for changes in [certified(), with_capabilities(&[Capability::Broker]), with_status(AccountStatus::Suspended)] {
            let (refused, event) = change(test, &account, &account, changes);
            assert_eq!((refused, event.outcome.as_str()), (Err("not-for-yourself"), "refused"), "{role}");
        }
        assert_eq!(accounts::find(&mut test.connect(), account.id).expect("a look-up"), Some(account));
    }
}

fn a_manager_keeps_to_the_area(test: &TestIndex) {
    let manager = test.somebody(Role::Manager);
    let elsewhere = test.organisation(OrganisationKind::School, ELSEWHERE);
    let suspend = || with_status(AccountStatus::Suspended);
    let stranger = test.account(Role::Practitioner, &elsewhere);
    assert_eq!(change(test, &manager, &stranger, suspend()).0, Err("not-found"));
    for role in [Role::Manager, Role::Auditor, Role::Administrator] {
        assert_eq!(change(test, &manager, &test.somebody(role), suspend()).0, Err("not-found"), "{role}");
    }
    let mine = test.somebody(Role::Practitioner);
    let into = |id| AccountChanges { organisation: Some(id), ..AccountChanges::default() };
    assert_eq!(change(test, &manager, &mine, into(elsewhere.id)).0, Err("outside-your-area"));
    let unknown = test.organisation(OrganisationKind::Refuge, ELSEWHERE);
    assert_eq!(change(test, &manager, &mine, into(unknown.id)).0, Err("invalid"));
    let here = test.organisation(OrganisationKind::Refuge, AREA);
    let (moved, event) = change(test, &manager, &mine, into(here.id));
    assert_eq!(moved.expect("a move").organisation, here.id);
    let named = [mine.organisation, here.id].map(|id| format!("organisation:{id}"));
    assert_eq!(targets(&event), [vec![format!("account:{}", mine.id)], named.to_vec()].concat());
}

fn a_certification_opens_the_door_again(test: &TestIndex) {
    let mut account = test.somebody(Role::Practitioner);
    account.standing.certified_until = "2026-11-19".parse().ok();
    accounts::update(&mut test.connect(), &account).expect("a change");
    account.version = 2;
    assert_eq!(read(test, &account, &account), Err("certification-lapsed"));
    let certified = AccountChanges { certified_until: Some("2026-11-20".parse().ok()), ..AccountChanges::default() };
    change(test, &test.somebody(Role::Manager), &account, certified).0.expect("a certification");
    assert!(read(test, &account, &account).is_ok(), "the last day counts");
}

fn accounts_are_listed_as_far_as_each_may_see(test: &TestIndex) {
    let elsewhere = test.organisation(OrganisationKind::School, ELSEWHERE);
    let school = test.organisation(OrganisationKind::School, AREA);
    let by_role = Role::ALL.iter().map(|&role| test.account(role, &school)).collect::<Vec<_>>();
    test.account(Role::Practitioner, &elsewhere);
    let list = |by: &Account, sought: AccountsSought| {
        let sought = AccountsSought { limit: 50, ..sought };
        let (answer, event) = test.ask(list_accounts(&test.index, visit(by, AuditAction::AccountList), sought));
        let page = answer.map(|page| {
            let shown = page.items.into_iter().map(|shown| (shown.account.role.code(), shown.extent));
            shown.collect::<Vec<_>>()
        });
        assert_eq!(event.action, "account.list");
        (page, targets(&event).len())
    };
    let [practitioner, manager, auditor, system, administrator] = &by_role[..] else { panic!("five roles") };
    for by in [practitioner, system] {
        assert_eq!(list(by, AccountsSought::default()), (Err("role-not-permitted"), 0));
    }
    let whole = |role| (role, AccountExtent::Whole);
    let expected = vec![whole("practitioner"), whole("system")];
    assert_eq!(list(manager, AccountsSought::default()), (Ok(expected), 2));
    let (names, count) = list(auditor, AccountsSought::default());
    let names = names.expect("a page");
    assert_eq!((names.len(), count), (5, 5));
    assert!(names.iter().all(|(_, extent)| *extent == AccountExtent::Named));
    assert_eq!(list(administrator, AccountsSought::default()).1, 6);
    let managers = AccountsSought { role: Some(Role::Manager), ..AccountsSought::default() };
    assert_eq!(list(manager, managers.clone()), (Ok(vec![]), 0), "beyond what a manager answers for");
    assert_eq!(list(administrator, managers), (Ok(vec![whole("manager")]), 1));
    let there = AccountsSought { area: Some(ELSEWHERE.into()), ..AccountsSought::default() };
    assert_eq!(list(manager, there.clone()), (Ok(vec![]), 0));
    assert_eq!(list(administrator, there), (Ok(vec![whole("practitioner")]), 1));
}

fn an_auditor_learns_no_name_of_a_sensitive_organisation(test: &TestIndex) {
    let refuge = test.organisation(OrganisationKind::Refuge, AREA);
    let worker = test.account(Role::Practitioner, &refuge);
    let shown = read(test, &test.somebody(Role::Auditor), &worker).expect("a name");
    assert_eq!((shown.organisation_name, shown.extent), (None, AccountExtent::Named));
    let shown = read(test, &test.somebody(Role::Manager), &worker).expect("the account");
    assert_eq!((shown.organisation_name, shown.extent), (Some(refuge.name), AccountExtent::Whole));
}

fn a_practitioner_reads_their_own_account_alone(test: &TestIndex) {
    let school = test.organisation(OrganisationKind::School, AREA);
    let (me, colleague) = (test.account(Role::Practitioner, &school), test.account(Role::Practitioner, &school));
    assert_eq!(read(test, &me, &me).expect("their own").extent, AccountExtent::Whole);
    assert_eq!(read(test, &me, &colleague), Err("not-found"));
}
