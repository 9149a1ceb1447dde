//! The policy as plain text, every cell of it, and the properties that no feature may weaken.

mod agreements;
mod child_teams;
mod doors;
mod extents;
mod leads;
mod localities;
mod moves;
mod panels;
mod workforces;

use std::fmt::Write as _;

use chrono::NaiveDate;
use proptest::prelude::*;

use super::*;
use crate::domain::accounts::{Capability, Role};
use crate::domain::audit::actions::Strength;
use crate::domain::audit::payloads::Pseudonym;
use crate::domain::children::Publication;
use crate::domain::ids::{AccountId, ChildId, OrganisationId};
use crate::domain::services::{OrganisationKind, Sector};

const AREA: &str = "E06000054";

fn today() -> NaiveDate {
    "2026-11-22".parse().unwrap()
}

fn an_actor(role: Role) -> Actor {
    Actor {
        account: AccountId::new(),
        role,
        capabilities: [].into(),
        sector: Sector::SocialCare,
        organisation: OrganisationId::new(),
        employer: Some(OrganisationKind::CommunityHealth),
        area: AREA.into(),
        strength: Strength::TwoFactor,
        reason: None,
        purpose: None,
        through: None,
        on_behalf_of: None,
    }
}

fn a_subject() -> Subject {
    Subject {
        child: ChildId(1),
        pseudonym: Pseudonym([0; 16]),
        version: 1,
        publication: Publication::Published,
        unborn: false,
        merged: false,
        supplied_by: OrganisationId::new(),
        area: AREA.into(),
        archived_on: None,
        shielded: false,
        shield_reviewed: false,
        sealed: false,
        restricted_from: Vec::new(),
        bounds: Bounds::default(),
        ties: Vec::new(),
        cases: Vec::new(),
    }
}

fn tie_of(actor: &Actor, entered_by: Option<AccountId>, live: bool) -> Tie {
    Tie { organisation: actor.organisation, entered_by, live }
}

/// A way in which a record stands, by name.
type State = (&'static str, fn(&mut Subject));
/// Somebody who looks, by name.
type Caller = (&'static str, fn(&mut Subject) -> Actor);
/// What a table gives for a block and a column.
type Table = (&'static str, fn(Block, Column) -> Extent);

/// Every way in which a record can stand, by name.
fn states() -> Vec<State> {
    vec![
        ("ordinary", |_| {}),
        ("unborn", |subject| subject.unborn = true),
        ("provisional", |subject| subject.publication = Publication::Provisional),
        ("held", |subject| subject.publication = Publication::Held),
        ("merged", |subject| subject.merged = true),
        ("archived this year", |subject| subject.archived_on = "2026-06-01".parse().ok()),
        ("archived for two years", |subject| subject.archived_on = "2024-06-01".parse().ok()),
        ("archived for seven years", |subject| subject.archived_on = "2019-06-01".parse().ok()),
        ("shielded, unreviewed", |subject| subject.shielded = true),
        ("shielded", |subject| {
            subject.shielded = true;
            subject.shield_reviewed = true;
        }),
        ("sealed", |subject| {
            subject.shielded = true;
            subject.shield_reviewed = true;
            subject.sealed = true;
        }),
    ]
}

/// Everybody who may look, by name; the tie and the cases they have go into the subject.
fn callers() -> Vec<Caller> {
    vec![
        ("practitioner", |_| an_actor(Role::Practitioner)),
        ("practitioner, health", |_| Actor { sector: Sector::Health, ..an_actor(Role::Practitioner) }),
        ("practitioner, general practice", |_| Actor {
            sector: Sector::Health,
            employer: Some(OrganisationKind::GpPractice),
            ..an_actor(Role::Practitioner)
        }),
        ("practitioner, housing", |_| Actor { sector: Sector::Housing, ..an_actor(Role::Practitioner) }),
        ("with relationship", |subject| {
            let actor = an_actor(Role::Practitioner);
            subject.ties.push(tie_of(&actor, None, true));
            actor
        }),
        ("self-registered", |subject| {
            let actor = an_actor(Role::Practitioner);
            subject.ties.push(tie_of(&actor, Some(actor.account), true));
            actor
        }),
        ("relationship ended", |subject| {
            let actor = an_actor(Role::Practitioner);
            subject.ties.push(tie_of(&actor, None, false));
            actor
        }),
        ("registering organisation", |subject| {
            let actor = an_actor(Role::Practitioner);
            subject.supplied_by = actor.organisation;
            actor
        }),
        ("system", |_| an_actor(Role::System)),
        ("through a system", |subject| {
            let mut actor = an_actor(Role::Practitioner);
            subject.ties.push(tie_of(&actor, None, true));
            actor.through = Some(Box::new(an_actor(Role::System)));
            actor
        }),
        ("manager", |_| an_actor(Role::Manager)),
        ("manager, other area", |_| Actor { area: "E08000001".into(), ..an_actor(Role::Manager) }),
        ("manager, shield case", |subject| in_case(subject, CaseKind::Shield)),
        ("manager, broker case", |subject| in_case(subject, CaseKind::Broker)),
        ("manager, review case", |subject| in_case(subject, CaseKind::Review)),
        ("manager, cleared", |_| cleared(an_actor(Role::Manager))),
        ("manager, cleared, shield case", |subject| cleared(in_case(subject, CaseKind::Shield))),
        ("archive capability", |_| {
            let actor = an_actor(Role::Practitioner);
            let purpose = Some(LegalPurpose::ChildDeath);
            Actor { capabilities: [Capability::Archive].into(), purpose, ..actor }
        }),
        ("archive capability, no purpose", |_| Actor {
            capabilities: [Capability::Archive].into(),
            ..an_actor(Role::Practitioner)
        }),
        ("auditor", |_| an_actor(Role::Auditor)),
        ("administrator", |_| an_actor(Role::Administrator)),
    ]
}

fn in_case(subject: &mut Subject, kind: CaseKind) -> Actor {
    let actor = an_actor(Role::Manager);
    subject.cases.push(OpenCase { kind, manager: Some(actor.account) });
    actor
}

fn cleared(actor: Actor) -> Actor {
    Actor { capabilities: [Capability::SealedClearance].into(), ..actor }
}

#[test]
fn the_table() {
    let mut text = String::new();
    let tables: [Table; 2] =
        [("every record", cell), ("shielded", |block, column| cell(block, column).min(shielded_cell(block, column)))];
    for (title, of) in tables {
        write!(text, "{title:<18}").unwrap();
        Column::ALL.iter().for_each(|column| write!(text, "{column:<19}").unwrap());
        text.push('\n');
        for block in Block::ALL {
            write!(text, "{:<18}", block.code()).unwrap();
            Column::ALL.iter().for_each(|column| write!(text, "{:<19}", of(*block, *column).code()).unwrap());
            text.push('\n');
        }
        text.push('\n');
    }
    insta::assert_snapshot!(text);
}

#[test]
fn the_matrix() {
    let mut text = String::new();
    for (state, alter) in states() {
        writeln!(text, "{state}").unwrap();
        for (caller, act) in callers() {
            let mut subject = a_subject();
            alter(&mut subject);
            let actor = act(&mut subject);
            let answer = match decide::<ReadContacts>(&actor, &subject, today()) {
                Ok(permit) => Block::ALL
                    .iter()
                    .map(|block| format!("{}={}", block.code(), permit.visibility().of(*block).code()))
                    .filter(|cell| !cell.ends_with("=no"))
                    .collect::<Vec<_>>()
                    .join(" "),
                Err(refusal) => refusal.code().to_owned(),
            };
            writeln!(text, "  {caller:<31} {answer}").unwrap();
        }
    }
    insta::assert_snapshot!(text);
}

fn any_subject_and_actor() -> impl Strategy<Value = (Subject, Actor)> {
    let states = states();
    let callers = callers();
    (0..states.len(), 0..callers.len(), any::<bool>(), any::<bool>()).prop_map(move |(state, caller, shield, seal)| {
        let mut subject = a_subject();
        states[state].1(&mut subject);
        subject.shielded |= shield || (seal && subject.shielded);
        subject.sealed |= seal && subject.shielded;
        let actor = callers[caller].1(&mut subject);
        (subject, actor)
    })
}

proptest! {
    #[test]
    fn a_shield_only_ever_takes_away((mut subject, actor) in any_subject_and_actor(), reviewed: bool) {
        subject.shielded = false;
        subject.sealed = false;
        let open = visibility_of(&actor, &subject, today());
        subject.shielded = true;
        subject.shield_reviewed = reviewed;
        let shielded = visibility_of(&actor, &subject, today());
        prop_assert!(open.is_some() || shielded.is_none());
        if let (Some(open), Some(shielded)) = (open, shielded) {
            for block in Block::ALL {
                prop_assert!(shielded.of(*block) <= open.of(*block), "{block}");
            }
        }
    }

    #[test]
    fn without_a_case_a_reviewed_shield_leaves_the_identity_alone((mut subject, actor) in any_subject_and_actor()) {
        subject.shielded = true;
        subject.shield_reviewed = true;
        subject.cases.clear();
        prop_assume!(!actor.can(Capability::Archive));
        if let Some(visibility) = visibility_of(&actor, &subject, today()) {
            for block in Block::ALL.iter().filter(|block| **block != Block::Identity) {
                prop_assert_eq!(visibility.of(*block), Extent::Nothing, "{}", block);
            }
        }
    }

    #[test]
    fn sealed_is_unknown_to_all_but_cleared_managers((mut subject, actor) in any_subject_and_actor()) {
        subject.shielded = true;
        subject.sealed = true;
        let cleared = actor.role == Role::Manager && actor.can(Capability::SealedClearance);
        if !cleared {
            prop_assert_eq!(visibility_of(&actor, &subject, today()), None);
            let refusal = decide::<ReadChild>(&actor, &subject, today()).unwrap_err();
            let by_role = Refusal::Forbidden(Forbidden::Role);
            prop_assert!(refusal == Refusal::NotFound || refusal == by_role);
        }
    }

    #[test]
    fn a_second_pair_of_eyes_never_widens((subject, actor) in any_subject_and_actor(), health: bool) {
        let alone = visibility_of(&actor, &subject, today());
        let mut through = actor;
        let sector = if health { Sector::Health } else { Sector::Education };
        through.through = Some(Box::new(Actor { sector, ..an_actor(Role::System) }));
        if let Some(both) = visibility_of(&through, &subject, today()) {
            let alone = alone.expect("whoever sees through a system sees alone");
            for block in Block::ALL {
                prop_assert!(both.of(*block) <= alone.of(*block));
                for owner in [subject.supplied_by, through.organisation, OrganisationId::new()] {
                    prop_assert!(!both.shows(*block, owner) || alone.shows(*block, owner));
                }
            }
        }
    }

    #[test]
    fn registering_an_involvement_widens_nothing_for_oneself((mut subject, actor) in any_subject_and_actor()) {
        prop_assume!(actor.through.is_none());
        let before = visibility_of(&actor, &subject, today());
        subject.ties.push(tie_of(&actor, Some(actor.account), true));
        let after = visibility_of(&actor, &subject, today());
        prop_assert_eq!(before.is_some(), after.is_some());
        if let (Some(before), Some(after)) = (before, after) {
            let stranger = OrganisationId::new();
            for block in Block::ALL {
                prop_assert_eq!(before.shows(*block, stranger), after.shows(*block, stranger), "{}", block);
            }
        }
    }

    #[test]
    fn auditors_and_administrators_see_no_child((subject, _) in any_subject_and_actor(), auditor: bool) {
        let actor = an_actor(if auditor { Role::Auditor } else { Role::Administrator });
        prop_assert_eq!(
            decide::<ReadContacts>(&actor, &subject, today()).unwrap_err(),
            Refusal::Forbidden(Forbidden::Role)
        );
        prop_assert!(decide_search(&actor).is_err());
    }
}

#[test]
fn only_the_owner_or_the_area_s_management_changes_an_entry() {
    let subject = a_subject();
    let owner = an_actor(Role::Practitioner);
    let not_owner = Err(Refusal::Forbidden(Forbidden::NotOwner));
    assert_eq!(may_change_entry(&owner, &subject, owner.organisation), Ok(()));
    assert_eq!(may_change_entry(&an_actor(Role::Practitioner), &subject, owner.organisation), not_owner);
    assert_eq!(may_change_entry(&an_actor(Role::Manager), &subject, owner.organisation), Ok(()));
    let elsewhere = Actor { area: "E08000001".into(), ..an_actor(Role::Manager) };
    assert_eq!(may_change_entry(&elsewhere, &subject, owner.organisation), not_owner);
}

#[test]
fn an_identifier_is_searched_by_those_who_read_it() {
    let settings = PolicySettings::default();
    let health = Actor { sector: Sector::Health, ..an_actor(Role::Practitioner) };
    let school = Actor { sector: Sector::Education, ..an_actor(Role::Practitioner) };
    let nhs_number = "nhs-number".parse().unwrap();
    let upn = "upn".parse().unwrap();
    assert!(may_search_by(&health, &nhs_number, &settings));
    assert!(!may_search_by(&health, &upn, &settings));
    assert!(may_search_by(&school, &upn, &settings));
    assert!(!may_search_by(&school, &nhs_number, &settings));
    assert!(may_search_by(&an_actor(Role::Manager), &nhs_number, &settings));
    let through = Actor { through: Some(Box::new(school)), ..health };
    assert!(!may_search_by(&through, &nhs_number, &settings), "the system may not read it");
}

#[test]
fn for_whoever_is_kept_from_a_record_it_does_not_exist() {
    for role in [Role::Practitioner, Role::Manager, Role::System] {
        let me = Actor { capabilities: Capability::ALL.iter().copied().collect(), ..an_actor(role) };
        let other = an_actor(role);
        let mut subject = a_subject();
        subject.ties = vec![tie_of(&me, None, true), tie_of(&other, None, true)];
        assert!(visibility_of(&me, &subject, today()).is_some(), "{role}");
        subject.restricted_from = vec![me.account];
        assert!(visibility_of(&me, &subject, today()).is_none(), "{role}");
        let before = visibility_of(&other, &Subject { restricted_from: Vec::new(), ..subject.clone() }, today());
        assert_eq!(visibility_of(&other, &subject, today()), before, "nobody else is told");
        for bound in [
            Actor { on_behalf_of: Some(Box::new(me.clone())), ..other.clone() },
            Actor { through: Some(Box::new(me.clone())), ..other.clone() },
            Actor { on_behalf_of: Some(Box::new(other.clone())), ..me.clone() },
        ] {
            assert!(visibility_of(&bound, &subject, today()).is_none(), "{role}");
        }
    }
}

#[test]
fn whoever_is_looked_up_for_bounds_what_is_seen() {
    let subject = a_subject();
    for role in [Role::Practitioner, Role::Manager] {
        for caller in [Role::Practitioner, Role::Manager] {
            let (mediator, caller) = (an_actor(role), an_actor(caller));
            let mut subject = subject.clone();
            subject.ties = vec![tie_of(&mediator, None, true)];
            let both = Actor { on_behalf_of: Some(Box::new(caller.clone())), ..mediator.clone() };
            let seen = visibility_of(&both, &subject, today()).unwrap();
            let alone = [&mediator, &caller].map(|each| visibility_of(each, &subject, today()).unwrap());
            for &block in Block::ALL {
                let least = alone.iter().map(|each| each.of(block)).min();
                assert_eq!(Some(seen.of(block)), least, "{block}");
            }
        }
    }
    for role in Role::ALL {
        let issues = matches!(role, Role::Practitioner | Role::Manager);
        assert_eq!(may_issue_code(&an_actor(*role)).is_ok(), issues, "{role}");
        assert_eq!(may_mediate(&an_actor(*role)).is_ok(), issues, "{role}");
        let through = Actor { through: Some(Box::new(an_actor(Role::System))), ..an_actor(*role) };
        assert!(may_issue_code(&through).is_err(), "from their own login");
    }
}
