//! The doors that a role, a capability, an area or a case opens, each tried by those for whom it is shut.

use super::*;
use crate::domain::accounts::Lapse;
use crate::domain::audit::actions::Outcome;
use crate::domain::children::{Address, AddressState, ChildRecord, ChildStatus, Name, Shield, ShieldGround};
use crate::domain::enquiries::{AccessPoint, AccessPointKind, CallerKind, Enquiry, EnquiryOutcome, EnquiryState, Need};
use crate::domain::identifiers::IdentifierSystem;
use crate::domain::ids::{AccessPointId, EnquiryId};
use crate::domain::index_numbers::IndexNumber;
use crate::domain::instants::Instant;
use crate::domain::sex::Sex;
use std::time::Duration;

const ELSEWHERE: &str = "E08000001";

fn told<T>(decided: Result<T, Refusal>) -> &'static str {
    decided.map_or_else(|refusal| refusal.code(), |_| "yes")
}

pub(super) fn through(person: Actor) -> Actor {
    Actor { through: Some(Box::new(an_actor(Role::System))), ..person }
}

pub(super) fn elsewhere(person: Actor) -> Actor {
    Actor { area: ELSEWHERE.into(), ..person }
}

type Door = fn(&Actor, &Subject) -> Result<(), Refusal>;

/// The roles that are not refused for their role.
fn open_to(of: impl Fn(&Actor) -> &'static str) -> Vec<&'static str> {
    let open = Role::ALL.iter().filter(|role| of(&an_actor(**role)) != "role-not-permitted");
    open.map(|role| role.code()).collect()
}

#[test]
fn the_management_team_of_the_area_decides_in_person() {
    let mut subject = a_subject();
    let manager = in_case(&mut subject, CaseKind::Review);
    let doors: [Door; 3] = [may_manage_shield, may_restrict, may_decide_held];
    for (at, door) in doors.into_iter().enumerate() {
        assert_eq!(told(door(&manager, &subject)), "yes", "{at}");
        for other in [through(manager.clone()), elsewhere(manager.clone())] {
            assert_eq!(told(door(&other, &subject)), "role-not-permitted", "{at}");
        }
        for role in Role::ALL.iter().filter(|role| **role != Role::Manager) {
            let other = Actor { role: *role, ..manager.clone() };
            assert_eq!(told(door(&other, &subject)), "role-not-permitted", "{at} {role}");
        }
    }
    assert_eq!(told(may_decide_held(&an_actor(Role::Manager), &subject)), "role-not-permitted", "without the case");
    for door in [may_work_cases, may_explain] {
        assert_eq!(open_to(|actor| told(door(actor))), ["manager"]);
        assert_eq!(told(door(&through(an_actor(Role::Manager)))), "role-not-permitted");
    }
}

#[test]
fn people_ask_for_shields_and_machines_do_not() {
    let asking = open_to(|actor| told(may_request_shield(actor)));
    assert_eq!(asking, ["practitioner", "manager", "auditor", "administrator"], "who see no child come no further");
    assert!(an_actor(Role::System).is_machine() && !an_actor(Role::Manager).is_machine());
}

#[test]
fn an_override_asks_for_the_capability_a_person_and_a_recent_login() {
    let able = Actor {
        capabilities: [Capability::Override].into(),
        strength: Strength::RecentTwoFactor,
        ..an_actor(Role::Practitioner)
    };
    assert_eq!(told(may_override(&able)), "yes");
    assert_eq!(told(may_override(&Actor { capabilities: [].into(), ..able.clone() })), "capability-missing");
    assert_eq!(told(may_override(&Actor { role: Role::System, ..able.clone() })), "capability-missing");
    assert_eq!(told(may_override(&through(able.clone()))), "capability-missing");
    let for_caller = Actor { on_behalf_of: Some(Box::new(an_actor(Role::Practitioner))), ..able.clone() };
    assert_eq!(told(may_override(&for_caller)), "capability-missing");
    assert_eq!(told(may_override(&Actor { strength: Strength::TwoFactor, ..able.clone() })), "recent-login-required");
    assert_eq!(told(may_override(&Actor { role: Role::Auditor, ..able.clone() })), "role-not-permitted");

    let mut subject = a_subject();
    assert_eq!(told(decide_override(&able, &subject, today())), "not-shielded");
    subject.shielded = true;
    subject.shield_reviewed = true;
    let viewed = decide_override(&able, &subject, today()).unwrap();
    assert_eq!(viewed.visibility().of(Block::Address), Extent::All);
    assert_eq!(viewed.visibility().of(Block::Identifiers), Extent::Nothing);
    assert!(viewed.visibility().rules().contains(&"override"));
    assert_eq!(decide::<ReadChild>(&able, &subject, today()).unwrap().visibility().of(Block::Address), Extent::Nothing);
    subject.sealed = true;
    assert_eq!(told(decide_override(&able, &subject, today())), "not-found");
}

#[test]
fn a_record_is_changed_by_those_who_work_with_the_child() {
    let subject = a_subject();
    let stranger = an_actor(Role::Practitioner);
    assert_eq!(told(may_change_child(&stranger, &subject)), "not-your-organisations-entry");
    let supplied = Subject { supplied_by: stranger.organisation, ..subject.clone() };
    assert_eq!(told(may_change_child(&stranger, &supplied)), "yes");
    let involved = Subject { ties: vec![tie_of(&stranger, None, true)], ..subject.clone() };
    assert_eq!(told(may_change_child(&stranger, &involved)), "yes");
    assert_eq!(told(may_change_child(&an_actor(Role::Manager), &subject)), "yes");
    assert_eq!(told(may_change_child(&elsewhere(an_actor(Role::Manager)), &subject)), "not-your-organisations-entry");
    let teacher = Actor { sector: Sector::Education, ..stranger.clone() };
    assert_eq!(told(may_record_birth(&stranger, &involved)), "yes");
    assert_eq!(told(may_record_birth(&stranger, &subject)), "not-your-organisations-entry");
    assert_eq!(told(may_record_birth(&teacher, &involved)), "role-not-permitted");
    let team = Actor { sector: Sector::Education, ..an_actor(Role::Manager) };
    assert_eq!(told(may_record_birth(&team, &subject)), "yes");
}

#[test]
fn an_archived_record_is_read_and_not_changed() {
    let manager = an_actor(Role::Manager);
    let archived = Subject { archived_on: "2026-06-01".parse().ok(), ..a_subject() };
    assert_eq!(told(decide::<ReadChild>(&manager, &archived, today())), "yes");
    assert_eq!(told(decide::<ChangeChild>(&manager, &archived, today())), "role-not-permitted");
    assert_eq!(told(decide::<ChangeChild>(&manager, &a_subject(), today())), "yes");
}

#[test]
fn before_birth_some_sectors_work_and_others_do_not() {
    let of = |sector, employer| Actor { sector, employer, ..an_actor(Role::Practitioner) };
    let cases = [
        (Sector::SocialCare, None, true),
        (Sector::Health, Some(OrganisationKind::HospitalTrust), true),
        (Sector::Health, Some(OrganisationKind::CommunityHealth), true),
        (Sector::Health, Some(OrganisationKind::GpPractice), false),
        (Sector::Health, None, false),
        (Sector::Education, Some(OrganisationKind::HospitalTrust), false),
    ];
    for (sector, employer, works) in cases {
        let actor = of(sector, employer);
        assert_eq!(actor.works_before_birth(), works, "{sector} {employer:?}");
        assert_eq!(may_search_by_mother(&actor), works, "{sector} {employer:?}");
        assert_eq!(told(decide_registration(&actor, true)), if works { "yes" } else { "role-not-permitted" });
        assert_eq!(told(decide_registration(&actor, false)), "yes");
    }
    let teacher = of(Sector::Education, None);
    assert!(may_search_by_mother(&Actor { role: Role::Manager, ..teacher.clone() }));
    let midwife = of(Sector::Health, Some(OrganisationKind::HospitalTrust));
    assert!(!may_search_by_mother(&Actor { on_behalf_of: Some(Box::new(teacher)), ..midwife }), "both must");
    assert_eq!(told(decide_registration(&an_actor(Role::Auditor), false)), "role-not-permitted");
}

#[test]
fn whoever_acts_for_somebody_must_look_at_children_too() {
    assert_eq!(open_to(|actor| told(may_look_at_children(actor))), ["practitioner", "manager", "system"]);
    let person = an_actor(Role::Practitioner);
    let by_auditor = Actor { through: Some(Box::new(an_actor(Role::Auditor))), ..person.clone() };
    assert_eq!(told(may_look_at_children(&by_auditor)), "role-not-permitted");
    let caller = an_actor(Role::Practitioner);
    let mediator = Actor { on_behalf_of: Some(Box::new(caller.clone())), ..person.clone() };
    assert_eq!((mediator.asks_for().account, person.asks_for().account), (caller.account, person.account));
    assert!(person.is_of(person.organisation) && !person.is_of(caller.organisation));
    assert!(!mediator.is_of(person.organisation), "what one alone supplied is not both's own");
    assert!(!mediator.is_of(caller.organisation));
    assert_eq!(decide_search(&mediator).unwrap().actor(), &mediator);
}

#[test]
fn a_view_shows_what_its_extents_say() {
    let (own, other) = (OrganisationId::new(), OrganisationId::new());
    let view = |extent| Visibility::from(View::new(own, Sector::Health, move |_| extent));
    for &extent in Extent::ALL {
        let visibility = view(extent);
        assert_eq!(visibility.of(Block::Address), extent);
        assert_eq!(visibility.all(Block::Address), extent == Extent::All, "{extent}");
        assert_eq!(visibility.some(Block::Address), extent > Extent::Existence, "{extent}");
        let mine = matches!(extent, Extent::Own | Extent::BySector | Extent::All);
        assert_eq!(visibility.shows(Block::Address, own), mine, "{extent}");
        assert_eq!(visibility.shows(Block::Address, other), extent == Extent::All, "{extent}");
        let rule = IdentifierRule::default();
        let number =
            |visibility: &Visibility, system: &IdentifierSystem| visibility.shows_identifier(system, other, &rule);
        let by_sector = matches!(extent, Extent::BySector | Extent::All);
        assert_eq!(number(&visibility, &IdentifierSystem::NhsNumber), by_sector, "{extent}");
        assert_eq!(number(&visibility, &IdentifierSystem::Upn), extent == Extent::All, "{extent}");
        let both = view(Extent::All).and(visibility);
        assert_eq!(both.of(Block::Address), extent);
        assert_eq!(both.shows(Block::Address, other), extent == Extent::All);
        assert_eq!(number(&both, &IdentifierSystem::NhsNumber), by_sector);
    }
    let ruled = View::new(own, Sector::Health, |_| Extent::All).in_capacities(&[Column::Archive, Column::Management]);
    assert_eq!(Visibility::from(ruled).rules(), ["management", "archive"]);
}

#[test]
fn a_setting_may_leave_existence_untold_but_to_the_area_s_team() {
    let settings = PolicySettings { existence_untold_in: vec![AREA.into()], ..PolicySettings::default() };
    let manager = an_actor(Role::Manager);
    for (actor, area, tells) in [
        (an_actor(Role::Practitioner), AREA, false),
        (an_actor(Role::Practitioner), ELSEWHERE, true),
        (manager.clone(), AREA, true),
        (elsewhere(manager.clone()), AREA, false),
        (through(manager), AREA, false),
    ] {
        assert_eq!(settings.tells_existence(&actor, area), tells, "{} {area}", actor.role);
        assert!(PolicySettings::default().tells_existence(&actor, area));
    }
    for &sector in Sector::ALL {
        let rule = IdentifierRule::default();
        assert_eq!(rule.allows(sector, &IdentifierSystem::NhsNumber), sector == Sector::Health);
        assert_eq!(rule.allows(sector, &IdentifierSystem::Uln), sector == Sector::Education);
        assert!(!rule.allows(sector, &"a-local-number".parse().unwrap()));
    }
}

#[test]
fn a_permit_says_what_it_was_given_for() {
    let (manager, mut subject) = (an_actor(Role::Manager), a_subject());
    subject.pseudonym = Pseudonym([7; 16]);
    subject.version = 5;
    let permit = decide::<ReadChild>(&manager, &subject, today()).unwrap();
    assert_eq!((permit.child(), permit.pseudonym(), permit.version()), (subject.child, subject.pseudonym, 5));
    assert!(!permit.is_delicate());
    assert!(!decide::<ReadChild>(&manager, &subject, today()).unwrap().with_sensitive_services(false).is_delicate());
    assert!(permit.with_sensitive_services(true).is_delicate());
    subject.shielded = true;
    let shielded = decide::<ReadChild>(&manager, &subject, today()).unwrap();
    assert!(shielded.with_sensitive_services(false).is_delicate(), "a shield is not forgotten");
    let search = decide_search(&manager).unwrap();
    assert_eq!(search.visibility_of(&subject, today()), visibility_of(&manager, &subject, today()));
}

fn a_record() -> ChildRecord {
    let organisation = OrganisationId::new();
    ChildRecord {
        id: ChildId(7),
        index_number: IndexNumber::from_random_bits(7),
        status: ChildStatus::Active,
        publication: Publication::Published,
        supplied_by: organisation,
        source_key: None,
        area: AREA.into(),
        name: Name { family: "Okafor".into(), given: "Chidera".into() },
        date_of_birth: "2015-03-02".parse().ok(),
        expected_on: None,
        died_on: None,
        stays_until: None,
        sex: Sex::F,
        address: Address {
            state: AddressState::NoneKnown,
            intent: None,
            lines: Vec::new(),
            postcode: None,
            supplied_by: organisation,
            held: false,
        },
        shield: None,
        closed_on: None,
        merged_into: None,
        version: 3,
        created_at: Instant(0),
        updated_at: Instant(0),
    }
}

#[test]
fn the_facts_of_a_record_are_those_of_the_day() {
    let facts = |record: &ChildRecord| Subject::of(record, Pseudonym([1; 16]), today());
    let record = a_record();
    let plain = facts(&record);
    assert_eq!((plain.child, plain.version, plain.supplied_by), (ChildId(7), 3, record.supplied_by));
    assert!(plain.is_public() && !plain.unborn && !plain.merged && !plain.shielded && !plain.sealed);
    assert_eq!(plain.archived_on, None, "a day to come archives nothing");
    let unborn = facts(&ChildRecord { status: ChildStatus::Unborn, ..a_record() });
    assert!(unborn.unborn && !unborn.is_public());
    let merged = facts(&ChildRecord { status: ChildStatus::Merged, ..a_record() });
    assert!(merged.merged && !merged.is_public());
    let held = facts(&ChildRecord { publication: Publication::Held, ..a_record() });
    assert!(!held.is_public());
    let archived = facts(&ChildRecord { closed_on: Some(today()), ..a_record() });
    assert_eq!(archived.archived_on, Some(today()));
    assert!(!archived.is_public());
    let shield = Shield { ground: ShieldGround::Refuge, since: Instant(0), reviewed_at: None, sealed: false };
    let shielded = facts(&ChildRecord { shield: Some(shield), ..a_record() });
    assert!(shielded.shielded && !shielded.shield_reviewed && !shielded.sealed && shielded.is_public());
    let sealed = Shield { reviewed_at: Some(Instant(1)), sealed: true, ..shield };
    let sealed = facts(&ChildRecord { shield: Some(sealed), ..a_record() });
    assert!(sealed.shield_reviewed && sealed.sealed && !sealed.is_public());
}

#[test]
fn a_refusal_has_a_code_and_an_outcome() {
    let violation = Violation { pointer: "/x", message: "y" };
    let cases = [
        (Refusal::NotFound, "not-found", Outcome::NotFound),
        (Refusal::Forbidden(Forbidden::Area), "outside-your-area", Outcome::Refused),
        (Refusal::Lapsed(Lapse::Training), "training-lapsed", Outcome::Refused),
        (Refusal::UnknownAccount, "account-unknown", Outcome::Refused),
        (Refusal::StrongerAuthentication, "stronger-authentication-required", Outcome::Refused),
        (Refusal::RecentLogin, "recent-login-required", Outcome::Refused),
        (Refusal::OverBudget { retry_after: Duration::ZERO }, "over-budget", Outcome::OverBudget),
        (Refusal::Stale, "stale", Outcome::PreconditionFailed),
        (Refusal::Conflict(Conflict::Code), "code-taken", Outcome::Conflict),
        (Refusal::KeyReused, "idempotency-key-reused", Outcome::Invalid),
        (Refusal::Invalid(violation), "invalid", Outcome::Invalid),
    ];
    for (refusal, code, outcome) in cases {
        assert_eq!((refusal.code(), refusal.outcome()), (code, outcome));
    }
}

fn a_point(owner: &Actor) -> AccessPoint {
    AccessPoint {
        id: AccessPointId::new(),
        organisation: owner.organisation,
        kind: AccessPointKind::FrontDoor,
        name: "A desk".into(),
        area: AREA.into(),
        needs: Vec::new(),
        districts: Vec::new(),
        routes: Vec::new(),
        version: 1,
    }
}

fn an_enquiry(desk: &Actor, receiver: &Actor) -> Enquiry {
    Enquiry {
        id: EnquiryId::new(),
        access_point: AccessPointId::new(),
        organisation: desk.organisation,
        area: AREA.into(),
        child: None,
        caller: CallerKind::Practitioner,
        need: Need::EarlyHelp,
        known: false,
        state: EnquiryState::Open,
        receiver: Some(receiver.organisation),
        recorded_by: desk.account,
        recorded_at: Instant(0),
        due_at: None,
        closed_at: None,
        quality: None,
        version: 1,
    }
}

#[test]
fn desks_are_run_by_administrators_and_the_area_s_team() {
    assert_eq!(open_to(|actor| told(decide_access_point_change(actor, AREA))), ["manager", "administrator"]);
    assert_eq!(told(decide_access_point_change(&an_actor(Role::Manager), AREA)), "yes");
    assert_eq!(told(decide_access_point_change(&an_actor(Role::Manager), ELSEWHERE)), "outside-your-area");
    assert_eq!(told(decide_access_point_change(&an_actor(Role::Administrator), ELSEWHERE)), "yes");
    let machine = through(an_actor(Role::Administrator));
    assert_eq!(told(decide_access_point_change(&machine, AREA)), "role-not-permitted");
}

#[test]
fn enquiries_are_recorded_at_ones_own_desk_and_seen_by_those_concerned() {
    let (desk, receiver, stranger) =
        (an_actor(Role::Practitioner), an_actor(Role::Practitioner), an_actor(Role::Practitioner));
    let point = a_point(&desk);
    for &role in Role::ALL {
        let sees_children = !matches!(role, Role::Auditor | Role::Administrator);
        let own = Actor { role, ..desk.clone() };
        let expected = if sees_children { "yes" } else { "role-not-permitted" };
        assert_eq!(told(may_record_enquiry(&own, &point)), expected, "{role}");
        assert_eq!(told(decide_enquiry_list(&own)), expected, "{role}");
        let by = Actor { through: Some(Box::new(an_actor(role))), ..desk.clone() };
        assert_eq!(told(may_record_enquiry(&by, &point)), expected, "through {role}");
        assert_eq!(told(decide_enquiry_list(&by)), expected, "through {role}");
        assert_eq!(works_area_list(&an_actor(role)), role == Role::Manager, "{role}");
    }
    assert_eq!(told(may_record_enquiry(&stranger, &point)), "not-your-organisations-entry");
    let enquiry = an_enquiry(&desk, &receiver);
    let coordinator = Actor { capabilities: [Capability::Coordinator].into(), ..stranger.clone() };
    assert!(works_area_list(&coordinator));
    for (actor, sees) in [
        (desk.clone(), true),
        (receiver.clone(), true),
        (stranger.clone(), false),
        (coordinator.clone(), true),
        (elsewhere(coordinator.clone()), false),
        (an_actor(Role::Manager), true),
        (elsewhere(an_actor(Role::Manager)), false),
        (Actor { role: Role::Auditor, ..desk.clone() }, false),
    ] {
        assert_eq!(sees_enquiry(&actor, &enquiry), sees, "{} {}", actor.role, actor.area);
    }
    for &outcome in EnquiryOutcome::ALL {
        let by_receiver = matches!(outcome, EnquiryOutcome::Accepted | EnquiryOutcome::Declined);
        let expected = |mine| if mine { "yes" } else { "not-your-organisations-entry" };
        assert_eq!(told(may_decide_enquiry(&receiver, &enquiry, outcome)), expected(by_receiver), "{outcome}");
        assert_eq!(told(may_decide_enquiry(&desk, &enquiry, outcome)), expected(!by_receiver), "{outcome}");
    }
    assert_eq!(told(may_judge_enquiry(&coordinator, &enquiry)), "yes");
    assert_eq!(told(may_judge_enquiry(&stranger, &enquiry)), "capability-missing");
    assert_eq!(told(may_judge_enquiry(&elsewhere(coordinator.clone()), &enquiry)), "outside-your-area");
    let oneself = Actor { account: desk.account, ..coordinator };
    assert_eq!(told(may_judge_enquiry(&oneself, &enquiry)), "not-for-yourself");
}
