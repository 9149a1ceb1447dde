//! Agreements narrow what the table shows, for those whom they bind, and never widen it for anybody.

use std::sync::Arc;

use super::doors::{elsewhere, through};
use super::*;
use crate::domain::ids::PartnershipId;
use crate::domain::lawful_bases::LawfulBasis;
use crate::domain::partnerships::{
    Agreement, AgreementState, Bond, DefaultVisibility, Members, Membership, ServiceDefault,
};
use crate::domain::services::Service;

use DefaultVisibility::{Brokered, Shown, Withheld};

fn since_ever(organisation: OrganisationId) -> Membership {
    Membership { organisation, from: "2020-01-01".parse().unwrap(), until: None }
}

fn bond(members: &[OrganisationId], defaults: &[(Service, DefaultVisibility, DefaultVisibility)]) -> Bond {
    let line = |(service, visibility, outside): &(Service, _, _)| ServiceDefault {
        service: *service,
        visibility: *visibility,
        outside: *outside,
    };
    let agreement = Agreement {
        partnership: PartnershipId::new(),
        number: 1,
        lawful_basis: LawfulBasis::PublicTask,
        from: "2026-01-01".parse().unwrap(),
        until: None,
        review_on: "2026-12-31".parse().unwrap(),
        defaults: defaults.iter().map(line).collect(),
        state: AgreementState::Adopted,
        ended_on: None,
        version: 1,
    };
    let members: Members = members.iter().map(|member| since_ever(*member)).collect();
    Bond { agreement, members: Arc::new(members) }
}

fn bound(subject: &mut Subject, bonds: Vec<Bond>, entries: &[(OrganisationId, Service)]) {
    subject.bounds = Bounds::new(Arc::new(bonds), entries.iter().copied());
}

fn told(actor: &Actor, subject: &Subject, owner: OrganisationId, service: Service) -> DefaultVisibility {
    let visibility = visibility_of(actor, subject, today()).expect("a record that everybody may know of");
    visibility.tells(Block::Involvements, owner, service)
}

#[test]
fn members_are_told_one_thing_and_everybody_else_no_more() {
    let (owner, member) = (OrganisationId::new(), an_actor(Role::Practitioner));
    let mut subject = a_subject();
    let lines = [(Service::YouthJustice, Shown, Brokered), (Service::Housing, Brokered, Withheld)];
    let entries = [(owner, Service::YouthJustice), (owner, Service::Housing), (owner, Service::School)];
    bound(&mut subject, vec![bond(&[owner, member.organisation], &lines)], &entries);
    let all = |actor: &Actor| entries.map(|(owner, service)| told(actor, &subject, owner, service));
    assert_eq!(all(&member), [Shown, Brokered, Shown]);
    assert_eq!(all(&an_actor(Role::Practitioner)), [Brokered, Withheld, Shown]);
    // What names the organisation alone is told as the narrowest of its entries is.
    let of_the_owner = |actor: &Actor, block| visibility_of(actor, &subject, today()).unwrap().shows(block, owner);
    for block in [Block::Involvements, Block::Assessments] {
        assert!(!of_the_owner(&member, block) && !of_the_owner(&an_actor(Role::Practitioner), block));
    }
}

#[test]
fn entries_of_others_and_other_services_stay_as_they_are() {
    let (owner, stranger) = (OrganisationId::new(), OrganisationId::new());
    let mut subject = a_subject();
    bound(&mut subject, vec![bond(&[owner], &[(Service::Housing, Withheld, Withheld)])], &[(owner, Service::School)]);
    let reader = an_actor(Role::Practitioner);
    assert_eq!(told(&reader, &subject, stranger, Service::Housing), Shown);
    assert_eq!(told(&reader, &subject, owner, Service::School), Shown);
    let visibility = visibility_of(&reader, &subject, today()).unwrap();
    assert!(visibility.shows(Block::Assessments, owner), "no entry of the child is withheld");
}

#[test]
fn of_several_agreements_the_narrowest_holds() {
    let (owner, reader) = (OrganisationId::new(), an_actor(Role::Practitioner));
    let mut subject = a_subject();
    let wide = bond(&[owner, reader.organisation], &[(Service::Housing, Shown, Withheld)]);
    let narrow = bond(&[owner], &[(Service::Housing, Shown, Brokered)]);
    bound(&mut subject, vec![wide, narrow], &[(owner, Service::Housing)]);
    assert_eq!(told(&reader, &subject, owner, Service::Housing), Brokered);
}

#[test]
fn whoever_would_see_a_sensitive_entry_is_not_bound() {
    let owner = an_actor(Role::Practitioner);
    let entries = [(owner.organisation, Service::Housing)];
    let withheld = || vec![bond(&[owner.organisation], &[(Service::Housing, Withheld, Withheld)])];
    let seen = |actor: &Actor, subject: &Subject| told(actor, subject, owner.organisation, Service::Housing);
    let mut subject = a_subject();
    bound(&mut subject, withheld(), &entries);
    let colleague = Actor { account: AccountId::new(), ..owner.clone() };
    assert_eq!(seen(&colleague, &subject), Shown);
    assert_eq!(seen(&an_actor(Role::Manager), &subject), Shown);
    assert_eq!(seen(&elsewhere(an_actor(Role::Manager)), &subject), Withheld, "another area's manager");
    assert_eq!(seen(&an_actor(Role::System), &subject), Withheld);
    assert_eq!(
        seen(&through(an_actor(Role::Manager)), &subject),
        Withheld,
        "a partner's system is a reader like others"
    );
    let caller = Actor { on_behalf_of: Some(Box::new(an_actor(Role::Practitioner))), ..an_actor(Role::Manager) };
    assert_eq!(seen(&caller, &subject), Withheld, "and so is whoever telephones");
    let broker = elsewhere(in_case(&mut subject, CaseKind::Broker));
    assert_eq!(seen(&broker, &subject), Shown, "inside a broker case");
    let archived = Subject { archived_on: "2026-06-01".parse().ok(), ..subject.clone() };
    let keeper = Actor {
        capabilities: [Capability::Archive].into(),
        purpose: Some(LegalPurpose::PracticeReview),
        ..an_actor(Role::Practitioner)
    };
    assert_eq!(seen(&keeper, &archived), Shown);
}

#[test]
fn an_override_opens_a_shield_and_no_agreement() {
    let owner = OrganisationId::new();
    let mut subject = Subject { shielded: true, shield_reviewed: true, ..a_subject() };
    bound(&mut subject, vec![bond(&[owner], &[(Service::Housing, Brokered, Brokered)])], &[(owner, Service::Housing)]);
    let viewer = Actor {
        capabilities: [Capability::Override].into(),
        strength: Strength::RecentTwoFactor,
        ..an_actor(Role::Practitioner)
    };
    let permit = decide_override(&viewer, &subject, today()).unwrap();
    assert_eq!(permit.visibility().tells(Block::Involvements, owner, Service::Housing), Brokered);
    assert_eq!(permit.visibility().tells(Block::Involvements, owner, Service::School), Shown);
}

#[test]
fn what_a_shield_hides_no_agreement_tells_of() {
    let owner = OrganisationId::new();
    let mut subject = Subject { shielded: true, shield_reviewed: true, ..a_subject() };
    bound(&mut subject, vec![bond(&[owner], &[(Service::Housing, Brokered, Brokered)])], &[(owner, Service::Housing)]);
    assert_eq!(told(&an_actor(Role::Practitioner), &subject, owner, Service::Housing), Withheld);
}

#[test]
fn a_partnership_is_its_area_s_management_team_s_in_person() {
    let by_role = Err(Refusal::Forbidden(Forbidden::Role));
    for &role in Role::ALL {
        let allowed = decide_partnership_change(&an_actor(role), AREA);
        assert_eq!(allowed, if role == Role::Manager { Ok(()) } else { by_role }, "{role}");
    }
    let manager = an_actor(Role::Manager);
    assert_eq!(decide_partnership_change(&manager, "E08000025"), Err(Refusal::Forbidden(Forbidden::Area)));
    assert_eq!(decide_partnership_change(&through(manager.clone()), AREA), by_role);
    let mediating = Actor { on_behalf_of: Some(Box::new(an_actor(Role::Manager))), ..manager };
    assert_eq!(decide_partnership_change(&mediating, AREA), by_role);
}

const SERVICES: [Service; 4] = [Service::School, Service::Housing, Service::YouthJustice, Service::SexualHealth];

/// An agreement as it comes: members, lines of service and what is told, and what its days and state are made of.
type Written = (Vec<usize>, Vec<(usize, usize, usize)>, u8);

/// Agreements of any three organisations.
fn any_bonds() -> impl Strategy<Value = Vec<Written>> {
    let member = proptest::collection::vec(0_usize..3, 0..4);
    let line = proptest::collection::vec((0_usize..4, 0_usize..3, 0_usize..3), 0..5);
    proptest::collection::vec((member, line, any::<u8>()), 0..4)
}

proptest! {
    #[test]
    fn with_an_agreement_never_more_is_told_than_without(
        (mut subject, actor) in any_subject_and_actor(),
        written in any_bonds(),
        entries in proptest::collection::vec((0_usize..3, 0_usize..4), 0..6),
    ) {
        let organisations = [actor.organisation, subject.supplied_by, OrganisationId::new()];
        let bonds = written.iter().map(|(members, lines, days)| {
            let members: Vec<OrganisationId> = members.iter().map(|at| organisations[*at]).collect();
            let all = DefaultVisibility::ALL;
            let lines: Vec<_> = lines.iter().map(|(service, one, other)| (SERVICES[*service], all[*one], all[*other])).collect();
            let mut bond = bond(&members, &lines);
            if days % 3 == 0 {
                bond.agreement.from = "2026-11-23".parse().unwrap();
            }
            if days % 5 == 0 {
                bond.agreement.until = "2026-11-21".parse().ok();
            }
            if days % 7 == 0 {
                bond.agreement.state = AgreementState::Ended;
            }
            bond
        }).collect::<Vec<_>>();
        let entries: Vec<_> = entries.iter().map(|(owner, service)| (organisations[*owner], SERVICES[*service])).collect();
        let without = visibility_of(&actor, &subject, today());
        let none_binds = bonds.iter().all(|bond| !bond.agreement.is_in_force_on(today()));
        bound(&mut subject, bonds, &entries);
        let with = visibility_of(&actor, &subject, today());
        prop_assert_eq!(without.is_some(), with.is_some(), "a record exists for the same people");
        if let (Some(without), Some(with)) = (without, with) {
            for &block in Block::ALL {
                prop_assert_eq!(with.of(block), without.of(block), "{}", block);
                for owner in organisations {
                    let bound = matches!(block, Block::Involvements | Block::Assessments);
                    prop_assert!(!with.shows(block, owner) || without.shows(block, owner), "{}", block);
                    prop_assert!(bound || with.shows(block, owner) == without.shows(block, owner), "{}", block);
                    for service in SERVICES {
                        let (less, more) = (with.tells(block, owner, service), without.tells(block, owner, service));
                        prop_assert!(less <= more, "{} {}", block, service);
                        let as_before = none_binds || owner == actor.organisation && actor.others().next().is_none()
                            || block == Block::Sensitive;
                        prop_assert!(!as_before || less == more, "{} {}", block, service);
                    }
                }
            }
        }
    }
}
