//! Organisations, teams, practitioners, their routes and accounts go in and come out as they were, on both databases.

use std::collections::BTreeSet;

use child_index::domain::accounts::{Account, AccountStatus, Capability, Role, Standing};
use child_index::domain::ids::{AccountId, OrganisationId, PractitionerId, TeamId};
use child_index::domain::instants::Instant;
use child_index::domain::lawful_bases::LawfulBasis;
use child_index::domain::organisations::{Organisation, Team};
use child_index::domain::pages::After;
use child_index::domain::policy::Reach;
use child_index::domain::routes::{Route, RouteKind};
use child_index::domain::services::{OrganisationKind, Sector};
use child_index::store::accounts::{self, AccountFilter};
use child_index::store::errors::StoreError;
use child_index::store::organisations::{self, OrganisationFilter};
use child_index::store::{practitioners, teams};

use crate::databases::TestDatabase;
use crate::suite::suite;

suite!(TestDatabase:
    a_directory_has_everybody_with_their_routes,
    a_change_counts_versions_and_replaces_routes,
    organisations_are_listed_by_name_and_filtered,
    what_is_sensitive_is_listed_for_those_in_reach,
    an_area_has_a_management_desk,
    a_practitioner_is_found_or_inserted,
    accounts_are_found_by_identity_with_their_accreditation,
    accounts_are_listed_and_changed,
);

const AREA: &str = "E06000054";
const ELSEWHERE: &str = "E08000025";

fn organisation(code: &str, name: &str, kind: OrganisationKind, area: &str) -> Organisation {
    Organisation {
        id: OrganisationId::new(),
        code: code.into(),
        name: name.into(),
        kind,
        area: area.into(),
        sensitive: kind.is_sensitive(),
        accredited_until: "2027-03-31".parse().ok(),
        lawful_basis: Some(LawfulBasis::PublicTask),
        routes: vec![by_phone(RouteKind::DutyDesk, "01225 713000"), mailbox()],
        version: 1,
        created_at: Instant(1_763_800_000_000_000),
    }
}

fn team(owner: &Organisation, code: &str, name: &str, sensitive: bool) -> Team {
    Team {
        id: TeamId::new(),
        organisation: owner.id,
        code: code.into(),
        name: name.into(),
        area: owner.area.clone(),
        sensitive,
        routes: vec![by_phone(RouteKind::Team, "01225 713001")],
        version: 1,
    }
}

fn account(owner: &Organisation, subject: &str, role: Role) -> Account {
    Account {
        id: AccountId::new(),
        issuer: "https://login.example".into(),
        subject: subject.into(),
        name: "Ada Adeyemi".into(),
        role,
        capabilities: BTreeSet::from([Capability::Broker, Capability::Coordinator]),
        sector: Sector::Health,
        organisation: owner.id,
        area: owner.area.clone(),
        status: AccountStatus::Active,
        standing: Standing {
            checked_until: "2027-01-31".parse().ok(),
            trained_until: "2027-02-28".parse().ok(),
            certified_until: None,
            terms_accepted_on: "2026-01-02".parse().ok(),
            information_sharing_trained_until: "2027-03-31".parse().ok(),
            lead_professional_trained_until: "2027-04-30".parse().ok(),
        },
        version: 1,
        created_at: Instant(1_763_800_000_000_001),
    }
}

fn by_phone(kind: RouteKind, phone: &str) -> Route {
    Route::parse(kind, Some(phone), None, Some("Mo-Fr 08:30-17:00; PH off")).expect("a route")
}

fn mailbox() -> Route {
    Route::parse(RouteKind::SecureEmail, None, Some("desk@council.example"), None).expect("a route")
}

fn a_directory_has_everybody_with_their_routes(db: &TestDatabase) {
    let conn = &mut db.connect();
    let mut expected = Vec::new();
    // More than one block of the statement that reads several.
    for number in 0..19 {
        let mut school = organisation(&format!("URN-{number}"), "A school", OrganisationKind::School, AREA);
        school.routes.truncate(number % 3);
        organisations::insert(conn, &school).expect("a new organisation");
        let team = team(&school, "duty", "Duty team", number % 2 == 0);
        teams::insert(conn, &team).expect("a new team");
        let person = practitioners::find_or_insert(conn, school.id, "Ben Brown", "SENCO").expect("a practitioner");
        practitioners::replace_routes(conn, person.id, &[by_phone(RouteKind::Person, "07700 900123")]).expect("routes");
        expected.push((school, team, person.id));
    }
    for count in [0, 1, 2, 8, 9, 19] {
        let wanted: Vec<_> = expected.iter().take(count).chain(expected.first().filter(|_| count > 0)).collect();
        let directory = organisations::directory(
            conn,
            &wanted.iter().map(|each| each.0.id).collect::<Vec<_>>(),
            &wanted.iter().map(|each| each.1.id).collect::<Vec<_>>(),
            &wanted.iter().map(|each| each.2).collect::<Vec<_>>(),
        )
        .expect("a directory");
        assert_eq!(directory.organisations.len(), count);
        assert_eq!((directory.teams.len(), directory.practitioners.len()), (count, count));
        for (school, team, person) in wanted {
            assert_eq!(*directory.organisations[&school.id], *school);
            assert_eq!(*directory.teams[&team.id], *team);
            let person = &directory.practitioners[person];
            assert_eq!((person.organisation, person.name.as_str(), person.routes.len()), (school.id, "Ben Brown", 1));
        }
    }
    let nobody = organisations::directory(conn, &[OrganisationId::new()], &[TeamId::new()], &[PractitionerId::new()]);
    let nobody = nobody.expect("a directory");
    assert!(nobody.organisations.is_empty() && nobody.teams.is_empty() && nobody.practitioners.is_empty());
}

fn a_change_counts_versions_and_replaces_routes(db: &TestDatabase) {
    let conn = &mut db.connect();
    let mut school = organisation("URN-1", "A school", OrganisationKind::School, AREA);
    organisations::insert(conn, &school).expect("a new organisation");
    let taken = organisations::insert(conn, &organisation("URN-1", "Another", OrganisationKind::School, AREA));
    assert!(matches!(taken, Err(StoreError::Conflict("organisation_code"))));

    school.name = "The same school".into();
    school.accredited_until = None;
    school.routes = vec![by_phone(RouteKind::OutOfHours, "0300 456 0108")];
    organisations::update(conn, &school).expect("a change");
    let read = organisations::find(conn, school.id).expect("a look-up").expect("the school");
    assert_eq!(read, Organisation { version: 2, ..school.clone() });
    assert_eq!(organisations::find_by_code(conn, "URN-1").expect("a look-up"), Some(read));
    assert!(matches!(organisations::update(conn, &school), Err(StoreError::NotFound)), "the version has moved on");

    let mut desk = team(&school, "duty", "Duty team", false);
    teams::insert(conn, &desk).expect("a new team");
    let taken = teams::insert(conn, &team(&school, "duty", "Another", false));
    assert!(matches!(taken, Err(StoreError::Conflict("team_code"))));
    desk.sensitive = true;
    desk.routes.clear();
    teams::update(conn, &desk).expect("a change");
    let read = teams::find(conn, desk.id).expect("a look-up").expect("the team");
    assert_eq!(read, Team { version: 2, ..desk.clone() });
    assert_eq!(teams::find_by_code(conn, school.id, "duty").expect("a look-up"), Some(read));
    assert!(matches!(teams::update(conn, &desk), Err(StoreError::NotFound)));
    let homeless = Team { id: TeamId::new(), organisation: OrganisationId::new(), ..desk };
    assert!(matches!(teams::insert(conn, &homeless), Err(StoreError::Conflict("foreign_key"))));
}

fn organisations_are_listed_by_name_and_filtered(db: &TestDatabase) {
    let conn = &mut db.connect();
    for (number, name) in
        ["Ash School", "Birch School", "Birch School", "Cedar 100% School", "Dale_Practice"].iter().enumerate()
    {
        let kind = if number == 4 { OrganisationKind::GpPractice } else { OrganisationKind::School };
        let area = if number == 0 { ELSEWHERE } else { AREA };
        organisations::insert(conn, &organisation(&format!("X-{number}"), name, kind, area)).expect("a new one");
    }
    let mut names = |filter: &OrganisationFilter, limit| {
        let (mut names, mut after) = (Vec::new(), None);
        loop {
            let page = organisations::list(conn, filter, after.as_ref(), limit).expect("a page");
            assert!(page.iter().all(|each| each.routes.len() == 2));
            let Some(last) = page.last() else { return names };
            after = Some(After { name: last.name.clone(), id: last.id.0 });
            names.extend(page.into_iter().map(|each| format!("{} {}", each.code, each.name)));
        }
    };
    let all = OrganisationFilter::default();
    let whole = names(&all, 100);
    assert_eq!(whole.len(), 5);
    for limit in 1..5 {
        assert_eq!(names(&all, limit), whole, "pages of {limit}");
    }
    let named = |name: &str| OrganisationFilter { name: Some(name.into()), ..OrganisationFilter::default() };
    assert_eq!(names(&named("BIRCH sch"), 10).len(), 2);
    assert_eq!(names(&named("100%"), 10), ["X-3 Cedar 100% School"]);
    assert_eq!(names(&named("0% s"), 10), ["X-3 Cedar 100% School"]);
    assert_eq!(names(&named("e_P"), 10), ["X-4 Dale_Practice"]);
    assert_eq!(names(&named("_"), 10), ["X-4 Dale_Practice"]);
    assert!(names(&named("\\"), 10).is_empty());
    let of_kind = OrganisationFilter { kind: Some(OrganisationKind::GpPractice), ..OrganisationFilter::default() };
    assert_eq!(names(&of_kind, 10), ["X-4 Dale_Practice"]);
    let of_area = OrganisationFilter { area: Some(ELSEWHERE.into()), ..OrganisationFilter::default() };
    assert_eq!(names(&of_area, 10), ["X-0 Ash School"]);
}

fn what_is_sensitive_is_listed_for_those_in_reach(db: &TestDatabase) {
    let conn = &mut db.connect();
    let school = organisation("school", "School", OrganisationKind::School, AREA);
    let refuge = organisation("refuge", "Refuge", OrganisationKind::Refuge, AREA);
    let clinic = organisation("clinic", "Clinic", OrganisationKind::SexualHealthClinic, ELSEWHERE);
    let police = organisation("police", "Police", OrganisationKind::Police, ELSEWHERE);
    let mut charity = organisation("charity", "Charity", OrganisationKind::VoluntaryOrganisation, AREA);
    charity.sensitive = true;
    for each in [&school, &refuge, &clinic, &police, &charity] {
        organisations::insert(conn, each).expect("a new organisation");
    }
    let mut seen = |reaches: &[Reach]| {
        let sensitive_kinds = vec![OrganisationKind::Police];
        let filter = OrganisationFilter { sensitive_kinds, reaches: reaches.to_vec(), ..OrganisationFilter::default() };
        let list = organisations::list(conn, &filter, None, 100).expect("a list");
        list.into_iter().map(|each| each.code).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(" ")
    };
    let (own, area) = (Reach::Own(police.id), Reach::Area(AREA.into(), clinic.id));
    assert_eq!(seen(&[]), "charity clinic police refuge school");
    assert_eq!(seen(&[Reach::Everything]), "charity clinic police refuge school");
    assert_eq!(seen(&[Reach::Own(school.id)]), "school");
    assert_eq!(seen(std::slice::from_ref(&own)), "police school");
    assert_eq!(seen(std::slice::from_ref(&area)), "charity clinic refuge school");
    assert_eq!(seen(&[own.clone(), area]), "school", "both must reach it");
    assert_eq!(seen(&[Reach::Everything, own]), "police school");

    for (code, sensitive) in [("front", false), ("crisis", true)] {
        teams::insert(conn, &team(&school, code, code, sensitive)).expect("a new team");
    }
    let mut seen = |reaches: &[Reach]| {
        let list = teams::list(conn, school.id, reaches, None, 100).expect("a list");
        list.into_iter().map(|each| each.code).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(seen(&[]), "crisis front");
    assert_eq!(seen(&[Reach::Own(refuge.id)]), "front");
    assert_eq!(seen(&[Reach::Own(school.id)]), "crisis front");
    assert_eq!(seen(&[Reach::Area(AREA.into(), refuge.id)]), "crisis front");
    assert_eq!(seen(&[Reach::Area(ELSEWHERE.into(), refuge.id)]), "front");
    assert_eq!(seen(&[Reach::Everything, Reach::Own(refuge.id)]), "front");
    let first = teams::list(conn, school.id, &[], None, 1).expect("a page").remove(0);
    let second =
        teams::list(conn, school.id, &[], Some(&After { name: first.name, id: first.id.0 }), 1).expect("a page");
    assert_eq!((first.code.as_str(), second[0].code.as_str()), ("crisis", "front"));
}

fn an_area_has_a_management_desk(db: &TestDatabase) {
    let conn = &mut db.connect();
    assert_eq!(organisations::management_desk(conn, AREA).expect("a look-up"), None);
    let desk = organisation("MASH-1", "Safeguarding hub", OrganisationKind::ManagementTeam, AREA);
    for each in [&desk, &organisation("LA-1", "Council", OrganisationKind::LocalAuthority, AREA)] {
        organisations::insert(conn, each).expect("a new organisation");
    }
    assert_eq!(organisations::management_desk(conn, AREA).expect("a look-up"), Some(desk.clone()));
    let mut second = organisation("MASH-2", "Another hub", OrganisationKind::ManagementTeam, AREA);
    second.routes.clear();
    organisations::insert(conn, &second).expect("a new organisation");
    assert_eq!(organisations::management_desk(conn, AREA).expect("a look-up"), Some(desk), "the first registered");
    second.area = ELSEWHERE.into();
    organisations::update(conn, &second).expect("a change");
    let found = organisations::management_desk(conn, ELSEWHERE).expect("a look-up").expect("the desk");
    assert_eq!((found.id, found.routes.len()), (second.id, 0));
    assert_eq!(organisations::management_desk(conn, "E09000001").expect("a look-up"), None);
}

fn a_practitioner_is_found_or_inserted(db: &TestDatabase) {
    let conn = &mut db.connect();
    let school = organisation("URN-1", "A school", OrganisationKind::School, AREA);
    organisations::insert(conn, &school).expect("a new organisation");
    let mut find = |name, title| practitioners::find_or_insert(conn, school.id, name, title).expect("a practitioner");
    let first = find("Ben Brown", "SENCO");
    assert_eq!((first.name.as_str(), first.job_title.as_str(), first.routes.len()), ("Ben Brown", "SENCO", 0));
    assert_eq!(find("Ben Brown", "SENCO"), first);
    assert_ne!(find("Ben Brown", "Head").id, first.id);
    let routes = [by_phone(RouteKind::Person, "07700 900123")];
    practitioners::replace_routes(conn, first.id, &routes).expect("routes");
    let read = practitioners::find(conn, first.id).expect("a look-up").expect("the practitioner");
    assert_eq!(read.routes, routes);
    let nobody = practitioners::replace_routes(conn, PractitionerId::new(), &routes);
    assert!(matches!(nobody, Err(StoreError::NotFound)));
    let nowhere = practitioners::find_or_insert(conn, OrganisationId::new(), "Ben Brown", "SENCO");
    assert!(matches!(nowhere, Err(StoreError::Conflict("foreign_key"))));
}

fn accounts_are_found_by_identity_with_their_accreditation(db: &TestDatabase) {
    let conn = &mut db.connect();
    let school = organisation("URN-1", "A school", OrganisationKind::School, AREA);
    organisations::insert(conn, &school).expect("a new organisation");
    let ada = account(&school, "ada", Role::Practitioner);
    accounts::insert(conn, &ada).expect("a new account");
    let mut find = |issuer, subject| accounts::find_by_identity(conn, issuer, subject).expect("a look-up");
    assert_eq!(
        find("https://login.example", "ada"),
        Some((ada.clone(), accounts::Employer { accreditation: school.accreditation(), kind: school.kind }))
    );
    assert_eq!(find("https://login.example", "Ada"), None);
    assert_eq!(find("https://elsewhere.example", "ada"), None);
    let again = accounts::insert(conn, &Account { id: AccountId::new(), ..ada.clone() });
    assert!(matches!(again, Err(StoreError::Conflict("account_identity"))));
    let homeless = Account { id: AccountId::new(), subject: "b".into(), organisation: OrganisationId::new(), ..ada };
    assert!(matches!(accounts::insert(conn, &homeless), Err(StoreError::Conflict("foreign_key"))));
}

fn accounts_are_listed_and_changed(db: &TestDatabase) {
    let conn = &mut db.connect();
    let school = organisation("URN-1", "A school", OrganisationKind::School, AREA);
    let clinic = organisation("GP-1", "A practice", OrganisationKind::GpPractice, ELSEWHERE);
    let mut ada = account(&school, "ada", Role::Practitioner);
    let ben = account(&clinic, "ben", Role::Manager);
    let feed = account(&school, "feed", Role::System);
    for each in [&school, &clinic] {
        organisations::insert(conn, each).expect("a new organisation");
    }
    for each in [&ada, &ben, &feed] {
        accounts::insert(conn, each).expect("a new account");
    }
    ada.status = AccountStatus::Suspended;
    ada.capabilities.clear();
    ada.standing.checked_until = None;
    accounts::update(conn, &ada).expect("a change");
    assert!(matches!(accounts::update(conn, &ada), Err(StoreError::NotFound)), "the version has moved on");
    ada.version = 2;
    assert_eq!(accounts::find(conn, ada.id).expect("a look-up"), Some(ada.clone()));
    assert_eq!(accounts::find(conn, AccountId::new()).expect("a look-up"), None);

    let mut subjects = |filter: AccountFilter, after, limit| {
        let list = accounts::list(conn, &filter, after, limit).expect("a list");
        list.into_iter().map(|each| each.subject).collect::<Vec<_>>()
    };
    let all = AccountFilter::default();
    assert_eq!(subjects(all.clone(), None, 2), ["ada", "ben"]);
    assert_eq!(subjects(all.clone(), Some(ben.id), 2), ["feed"]);
    assert_eq!(subjects(AccountFilter { organisation: Some(school.id), ..all.clone() }, None, 9), ["ada", "feed"]);
    assert_eq!(subjects(AccountFilter { roles: vec![Role::System], ..all.clone() }, None, 9), ["feed"]);
    let suspended = Some(AccountStatus::Suspended);
    assert_eq!(subjects(AccountFilter { status: suspended, ..all.clone() }, None, 9), ["ada"]);
    assert_eq!(subjects(AccountFilter { areas: vec![ELSEWHERE.into()], ..all.clone() }, None, 9), ["ben"]);
    assert!(subjects(AccountFilter { areas: vec![ELSEWHERE.into(), AREA.into()], ..all }, None, 9).is_empty());
}
