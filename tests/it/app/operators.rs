//! The operator at the command line: the first organisation and account, and closing a door at once.

use std::collections::BTreeSet;
use std::time::Duration;

use child_index::app::accounts::{AccountChanges, NewAccount};
use child_index::app::operators::{
    Operator, accredit_organisation, add_account, add_organisation, change_account, list_accounts,
};
use child_index::app::organisations::NewOrganisation;
use child_index::domain::accounts::{AccountStatus, Capability, Role, Standing};
use child_index::domain::audit::events::RecordedEvent;
use child_index::domain::ids::{AccountId, OrganisationId};
use child_index::domain::lawful_bases::LawfulBasis;
use child_index::domain::services::OrganisationKind;
use child_index::domain::visits::Identity;
use child_index::store::accounts::AccountFilter;
use child_index::store::recorder::Recorder;

use crate::indexes::{AREA, TestIndex, targets};
use crate::suite::suite;

suite!(TestIndex: an_empty_index_gets_its_first_account, what_an_operator_may_not_do_is_recorded);

fn operator(test: &TestIndex, command: &'static str) -> Operator {
    Operator { name: "root".into(), command, clock: test.clock.clone() }
}

fn council() -> NewOrganisation {
    NewOrganisation {
        code: "LA-1".into(),
        name: "A council".into(),
        kind: OrganisationKind::LocalAuthority,
        area: AREA.into(),
        sensitive: false,
        accredited_until: "2027-03-31".parse().ok(),
        lawful_basis: Some(LawfulBasis::PublicTask),
        routes: Vec::new(),
    }
}

fn administrator(organisation: OrganisationId) -> NewAccount {
    NewAccount {
        identity: Identity { issuer: "https://login.example".into(), subject: "first".into() },
        name: "Ada Adeyemi".into(),
        role: Role::Administrator,
        capabilities: BTreeSet::new(),
        sector: None,
        organisation,
        area: None,
        standing: Standing::default(),
    }
}

fn by_operator(event: &RecordedEvent, command: &str) -> (String, String) {
    let payload = event.payload.as_ref().expect("a payload");
    assert_eq!((payload.operator.as_deref(), payload.operation.as_deref()), (Some("root"), Some(command)));
    assert_eq!((payload.account, event.strength.as_str()), (None, "none"));
    (event.action.clone(), event.outcome.clone())
}

fn said(action: &str, outcome: &str) -> (String, String) {
    (action.into(), outcome.into())
}

fn an_empty_index_gets_its_first_account(test: &TestIndex) {
    let recorder = Recorder::start(&test.url()).expect("a recorder").with_turn(Duration::from_secs(5));
    let by = |command| operator(test, command);
    let (council, event) = test.ask(add_organisation(&recorder, by("organisation add"), council()));
    let council = council.expect("an organisation");
    assert_eq!(by_operator(&event, "organisation add"), said("organisation.register", "changed"));
    let (account, event) = test.ask(add_account(&recorder, by("account add"), administrator(council.id)));
    let account = account.expect("an account");
    assert_eq!(by_operator(&event, "account add"), said("account.register", "changed"));
    assert_eq!(targets(&event), [format!("account:{}", account.id), format!("organisation:{}", council.id)]);

    let until = AccountChanges { certified_until: Some("2027-01-31".parse().ok()), ..AccountChanges::default() };
    let (certified, event) = test.ask(change_account(&recorder, by("account certify"), account.id, until.clone()));
    assert_eq!(certified.expect("a certification").version, 2);
    assert_eq!(by_operator(&event, "account certify"), said("account.change", "changed"));
    let (_, event) = test.ask(change_account(&recorder, by("account certify"), account.id, until));
    assert_eq!(by_operator(&event, "account certify"), said("account.change", "unchanged"));
    let suspended = AccountChanges { status: Some(AccountStatus::Suspended), ..AccountChanges::default() };
    let (closed, event) = test.ask(change_account(&recorder, by("account suspend"), account.id, suspended));
    assert_eq!(by_operator(&event, "account suspend"), said("account.suspend", "changed"));
    let (listed, event) = test.ask(list_accounts(&recorder, by("account list"), AccountFilter::default(), None, 10));
    assert_eq!(listed, Ok(vec![closed.expect("a suspension")]));
    assert_eq!(by_operator(&event, "account list"), said("account.list", "disclosed"));
    let (closed, event) =
        test.ask(accredit_organisation(&recorder, by("organisation accredit"), council.id, None, None));
    assert_eq!(closed.expect("a change").accredited_until, None);
    assert_eq!(by_operator(&event, "organisation accredit"), said("organisation.change", "changed"));
}

fn what_an_operator_may_not_do_is_recorded(test: &TestIndex) {
    let recorder = Recorder::start(&test.url()).expect("a recorder").with_turn(Duration::from_secs(5));
    let by = || operator(test, "account add");
    let council = test.ask(add_organisation(&recorder, by(), council())).0.expect("an organisation");
    let (taken, event) = test.ask(add_organisation(&recorder, by(), self::council()));
    assert_eq!(taken, Err("code-taken"));
    assert_eq!(by_operator(&event, "account add"), said("organisation.register", "conflict"));

    let overriding = NewAccount { capabilities: [Capability::Override].into(), ..administrator(council.id) };
    let (refused, event) = test.ask(add_account(&recorder, by(), overriding));
    assert_eq!(refused, Err("second-person-required"));
    assert_eq!(by_operator(&event, "account add"), said("account.register", "refused"));
    test.ask(add_account(&recorder, by(), administrator(council.id))).0.expect("an account");
    let (taken, event) = test.ask(add_account(&recorder, by(), administrator(council.id)));
    assert_eq!(taken, Err("identity-registered"));
    assert_eq!(by_operator(&event, "account add"), said("account.register", "conflict"));
    let (nowhere, _) = test.ask(add_account(&recorder, by(), administrator(OrganisationId::new())));
    assert_eq!(nowhere, Err("invalid"));
    let nobody = change_account(&recorder, by(), AccountId::new(), AccountChanges::default());
    assert_eq!(test.ask(nobody).0, Err("not-found"));
    let nowhere = accredit_organisation(&recorder, by(), OrganisationId::new(), None, None);
    assert_eq!(test.ask(nowhere).0, Err("not-found"));
    let baseless = NewOrganisation { code: "LA-2".into(), lawful_basis: None, ..self::council() };
    assert_eq!(test.ask(add_organisation(&recorder, by(), baseless)).0, Err("invalid"));
    let bare = NewOrganisation { code: "LA-2".into(), lawful_basis: None, accredited_until: None, ..self::council() };
    let bare = test.ask(add_organisation(&recorder, by(), bare)).0.expect("an organisation");
    let until = "2027-03-31".parse().ok();
    let accredit = |basis| accredit_organisation(&recorder, by(), bare.id, until, basis);
    assert_eq!(test.ask(accredit(None)).0, Err("invalid"));
    let accredited = test.ask(accredit(Some(LawfulBasis::LegalObligation))).0.expect("a change");
    assert_eq!((accredited.accredited_until, accredited.lawful_basis), (until, Some(LawfulBasis::LegalObligation)));
}
