//! How much is seen of a record: to the block, to the day and to who supplied it.

use super::doors::{elsewhere, through};
use super::*;

#[test]
fn what_is_held_is_seen_by_who_supplied_it_and_by_who_decides() {
    let mut subject = a_subject();
    let decides = in_case(&mut subject, CaseKind::Review);
    let seen = |actor: &Actor, subject: &Subject, by| {
        visibility_of(actor, subject, today()).is_some_and(|visibility| visibility.shows_held(Block::Address, by))
    };
    let council = subject.supplied_by;
    assert!(seen(&decides, &subject, council));
    assert!(!seen(&an_actor(Role::Manager), &subject, council), "without the case");
    assert!(!seen(&elsewhere(decides.clone()), &subject, council));
    assert!(!seen(&through(decides.clone()), &subject, council), "not through a system");
    let shielded = Subject { shielded: true, ..subject.clone() };
    assert!(!seen(&decides, &shielded, council), "a shield is not opened by this case");
    let involved = an_actor(Role::Practitioner);
    let mut subject = a_subject();
    subject.ties.push(tie_of(&involved, None, true));
    assert!(seen(&involved, &subject, involved.organisation));
    assert!(!seen(&involved, &subject, council));
    let stranger = an_actor(Role::Practitioner);
    assert!(
        !seen(&stranger, &subject, stranger.organisation),
        "whoever may see nothing of the block sees nothing held"
    );
}

#[test]
fn a_broker_is_a_manager_of_another_area_with_the_case() {
    let mut subject = a_subject();
    let broker = elsewhere(in_case(&mut subject, CaseKind::Broker));
    let brokers = |actor: &Actor| {
        let seen = visibility_of(actor, &subject, today()).expect("a record that everybody may know of");
        seen.rules().contains(&Column::Broker.code())
    };
    assert!(brokers(&broker));
    assert!(!brokers(&elsewhere(an_actor(Role::Manager))), "without the case");
    assert!(!brokers(&Actor { role: Role::Practitioner, ..broker.clone() }), "no manager");
    assert!(!brokers(&an_actor(Role::Practitioner)));
    let here = Actor { area: subject.area.clone(), ..broker };
    assert!(!brokers(&here), "who manages the record needs no broker's view");
}

#[test]
fn an_archived_record_closes_to_the_day() {
    let subject = Subject { archived_on: "2020-06-01".parse().ok(), ..a_subject() };
    let sees = |actor: &Actor, day: &str| visibility_of(actor, &subject, day.parse().unwrap()).is_some();
    let manager = an_actor(Role::Manager);
    assert_eq!(["2021-05-31", "2021-06-01"].map(|day| sees(&manager, day)), [true, false]);
    let keeper = Actor {
        capabilities: [Capability::Archive].into(),
        purpose: Some(LegalPurpose::ChildDeath),
        ..an_actor(Role::Practitioner)
    };
    assert_eq!(["2026-05-31", "2026-06-01"].map(|day| sees(&keeper, day)), [true, false]);
    assert!(!sees(&Actor { purpose: None, ..keeper }, "2026-05-31"));
}

#[test]
fn of_a_mother_a_school_sees_what_it_supplied_and_no_more() {
    let teacher = Actor { sector: Sector::Education, ..an_actor(Role::Practitioner) };
    let mut subject = a_subject();
    subject.ties.push(tie_of(&teacher, None, true));
    assert_eq!(visibility_of(&teacher, &subject, today()).unwrap().of(Block::Mother), Extent::Own);
}

#[test]
fn that_something_exists_opens_nothing_that_is_held_or_hidden() {
    let actor = an_actor(Role::Practitioner);
    for (extent, opens) in [(Extent::Nothing, false), (Extent::Existence, false), (Extent::Own, true)] {
        let seen = Visibility::from(View::new(actor.organisation, actor.sector, |_| extent));
        assert_eq!(seen.shows_held(Block::Address, actor.organisation), opens, "{extent}");
        assert_eq!(seen.shows_shielded_carer(actor.organisation, false), opens, "{extent}");
        assert_eq!(seen.some(Block::Carers), opens, "{extent}");
    }
}

#[test]
fn a_shielded_carer_is_seen_inside_the_case_and_by_who_supplied_them_until_it_is_confirmed() {
    let mut subject = a_subject();
    let decides = in_case(&mut subject, CaseKind::Shield);
    let seen = |actor: &Actor, subject: &Subject, by, confirmed| {
        let visibility = visibility_of(actor, subject, today());
        visibility.is_some_and(|visibility| visibility.shows_shielded_carer(by, confirmed))
    };
    let council = subject.supplied_by;
    for confirmed in [false, true] {
        assert!(seen(&decides, &subject, council, confirmed));
        assert!(!seen(&an_actor(Role::Manager), &subject, council, confirmed));
        assert!(!seen(&elsewhere(decides.clone()), &subject, council, confirmed));
        assert!(!seen(&through(decides.clone()), &subject, council, confirmed));
    }
    let mut subject = a_subject();
    let reviews = in_case(&mut subject, CaseKind::Review);
    assert!(!seen(&reviews, &subject, council, false), "another case");
    let involved = an_actor(Role::Practitioner);
    subject.ties.push(tie_of(&involved, None, true));
    assert!(seen(&involved, &subject, involved.organisation, false));
    assert!(!seen(&involved, &subject, involved.organisation, true));
    assert!(!seen(&involved, &subject, council, false));
    let stranger = an_actor(Role::Practitioner);
    assert!(!seen(&stranger, &subject, stranger.organisation, false));
}
