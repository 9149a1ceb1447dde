//! Teams: seen where their organisation is, kept by whoever keeps it.

use child_index::app::Precondition;
use child_index::app::replays::IdempotencyKey;
use child_index::app::teams::{
    NewTeam, ShownTeam, TeamChanges, TeamRef, change_team, list_teams, read_team, register_team,
};
use child_index::domain::accounts::{Account, Role};
use child_index::domain::audit::actions::AuditAction;
use child_index::domain::organisations::{Organisation, Team};
use child_index::domain::services::OrganisationKind;
use child_index::store::teams;
use serde_json::json;

use crate::indexes::{AREA, ELSEWHERE, TestIndex, criteria, targets, visit};
use crate::suite::suite;

suite!(TestIndex:
    a_team_is_registered_once_and_read,
    a_sensitive_team_is_unknown_to_ordinary_readers,
    the_teams_of_an_unknown_organisation_are_unknown,
    a_team_is_changed_by_who_keeps_its_organisation,
);

fn crisis() -> NewTeam {
    NewTeam {
        code: "crisis".into(),
        name: "Crisis team".into(),
        area: None,
        sensitive: true,
        routes: Vec::new(),
        districts: Vec::new(),
    }
}

fn register(
    test: &TestIndex,
    by: &Account,
    owner: &Organisation,
    key: Option<&str>,
    new: NewTeam,
) -> (Result<Team, &'static str>, String) {
    let key = key.map(|key| IdempotencyKey { key: key.into(), body_hash: [1; 32] });
    let asked = register_team(&test.index, visit(by, AuditAction::TeamRegister), key, owner.id, new);
    let (answer, event) = test.ask(asked);
    let answer = answer.map(|shown| shown.team);
    let mut expected = vec![format!("organisation:{}", owner.id)];
    expected.extend(answer.iter().map(|team| format!("team:{}", team.id)));
    assert_eq!(targets(&event)[..1], expected[..1]);
    if answer.is_ok() {
        assert_eq!(targets(&event), expected);
    }
    (answer, event.outcome)
}

fn read(test: &TestIndex, by: &Account, owner: &Organisation, team: &Team) -> Result<Team, &'static str> {
    let at = TeamRef { organisation: owner.id, team: team.id };
    let (answer, event) = test.ask(read_team(&test.index, visit(by, AuditAction::TeamRead), at));
    assert_eq!(targets(&event), [format!("organisation:{}", owner.id), format!("team:{}", team.id)]);
    answer.map(|shown| shown.team)
}

fn list(test: &TestIndex, by: &Account, owner: &Organisation) -> Result<Vec<String>, &'static str> {
    let asked = list_teams(&test.index, visit(by, AuditAction::TeamList), owner.id, None, 50);
    test.ask(asked).0.map(|page| page.items.into_iter().map(|shown| shown.team.code).collect())
}

fn a_team_is_registered_once_and_read(test: &TestIndex) {
    let council = test.organisation(OrganisationKind::LocalAuthority, AREA);
    let manager = test.somebody(Role::Manager);
    let (team, outcome) = register(test, &manager, &council, Some("k"), crisis());
    let team = team.expect("a team");
    assert_eq!((team.area.as_str(), outcome.as_str()), (AREA, "changed"));
    let (again, outcome) = register(test, &manager, &council, Some("k"), crisis());
    assert_eq!((again, outcome.as_str()), (Ok(team.clone()), "unchanged"));
    assert_eq!(register(test, &manager, &council, None, crisis()).0, Err("code-taken"));
    assert_eq!(read(test, &manager, &council, &team), Ok(team.clone()));
    let school = test.organisation(OrganisationKind::School, AREA);
    assert_eq!(read(test, &manager, &school, &team), Err("not-found"), "it is another organisation's");
    let elsewhere = NewTeam { area: Some(ELSEWHERE.into()), ..crisis() };
    assert_eq!(register(test, &manager, &council, None, elsewhere).0, Err("outside-your-area"));
    let own = test.account(Role::Practitioner, &council);
    assert_eq!(register(test, &own, &council, None, crisis()).0, Err("role-not-permitted"));
}

fn a_sensitive_team_is_unknown_to_ordinary_readers(test: &TestIndex) {
    let charity = test.organisation(OrganisationKind::VoluntaryOrganisation, AREA);
    let administrator = test.somebody(Role::Administrator);
    let crisis = register(test, &administrator, &charity, None, crisis()).0.expect("a team");
    let front = NewTeam { code: "front".into(), name: "Front desk".into(), sensitive: false, ..self::crisis() };
    register(test, &administrator, &charity, None, front).0.expect("a team");
    let school = test.organisation(OrganisationKind::School, ELSEWHERE);
    for (reader, sees) in [
        (test.somebody(Role::Practitioner), false),
        (test.account(Role::Practitioner, &charity), true),
        (test.somebody(Role::Manager), true),
        (test.account(Role::Manager, &school), false),
        (test.somebody(Role::Auditor), false),
        (administrator, true),
    ] {
        let expected = if sees { vec!["crisis".to_owned(), "front".into()] } else { vec!["front".into()] };
        assert_eq!(list(test, &reader, &charity), Ok(expected), "{}", reader.name);
        assert_eq!(read(test, &reader, &charity, &crisis).is_ok(), sees, "{}", reader.name);
    }
}

fn the_teams_of_an_unknown_organisation_are_unknown(test: &TestIndex) {
    let refuge = test.organisation(OrganisationKind::Refuge, AREA);
    let manager = test.somebody(Role::Manager);
    let front = NewTeam { sensitive: false, ..crisis() };
    let team = register(test, &manager, &refuge, None, front.clone()).0.expect("a team");
    let practitioner = test.somebody(Role::Practitioner);
    assert_eq!(list(test, &practitioner, &refuge), Err("not-found"));
    assert_eq!(read(test, &practitioner, &refuge, &team), Err("not-found"));
    assert_eq!(register(test, &practitioner, &refuge, None, front).0, Err("not-found"));
    assert_eq!(list(test, &manager, &refuge), Ok(vec!["crisis".into()]));
}

fn a_team_is_changed_by_who_keeps_its_organisation(test: &TestIndex) {
    let council = test.organisation(OrganisationKind::LocalAuthority, AREA);
    let manager = test.somebody(Role::Manager);
    let team = register(test, &manager, &council, None, crisis()).0.expect("a team");
    let change = |by: &Account, seen: &Team, changes: TeamChanges| {
        let seen = seen.clone();
        let same = Precondition::that(move |shown: &ShownTeam| shown.team == seen);
        let at = TeamRef { organisation: council.id, team: team.id };
        let (answer, event) = test.ask(change_team(&test.index, visit(by, AuditAction::TeamChange), at, same, changes));
        (answer.map(|shown| shown.team), event.outcome.clone(), criteria(&event))
    };
    let opened = TeamChanges { sensitive: Some(false), ..TeamChanges::default() };
    let own = test.account(Role::Practitioner, &council);
    assert_eq!(change(&own, &team, opened.clone()).0, Err("role-not-permitted"));
    assert_eq!(change(&test.somebody(Role::Practitioner), &team, opened.clone()).0, Err("not-found"));
    let (changed, outcome, said) = change(&manager, &team, opened.clone());
    let changed = changed.expect("a change");
    assert_eq!((changed.version, outcome.as_str(), said), (2, "changed", json!({"changed": ["sensitive"]})));
    assert_eq!(teams::find(&mut test.connect(), team.id).expect("a look-up"), Some(changed.clone()));
    assert_eq!(change(&manager, &team, opened.clone()).0, Err("stale"));
    let (same, outcome, _) = change(&manager, &changed, opened);
    assert_eq!((same, outcome.as_str()), (Ok(changed), "unchanged"));
}
