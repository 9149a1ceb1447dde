//! When a proposal counts, what an answer says for good, and with what a lead ends.

use super::*;
use crate::domain::ids::OrganisationId;
use crate::domain::instants::DAY;
use crate::domain::services::Service;
use proptest::prelude::*;

fn proposal() -> LeadProposal {
    LeadProposal {
        child: ChildId(1),
        number: 7,
        kind: LeadKind::EarlyHelp,
        involvement: 2,
        led_by: Some(1),
        organisation: OrganisationId::new(),
        proposed_by: AccountId::new(),
        proposed_at: Instant(0),
        expires_at: Instant(DAY),
        answer: LeadAnswer::Waiting,
    }
}

#[test]
fn a_proposal_counts_while_it_may_wait_and_nobody_else_leads() {
    let proposal = proposal();
    for (now, leads, state) in [
        (0, Some(1), LeadProposalState::Open),
        (DAY - 1, Some(1), LeadProposalState::Open),
        (DAY, Some(1), LeadProposalState::Expired),
        // Whoever led does so no more: the more it is needed.
        (0, None, LeadProposalState::Open),
        (0, Some(3), LeadProposalState::Superseded),
        (0, Some(2), LeadProposalState::Superseded),
        (DAY, Some(3), LeadProposalState::Expired),
    ] {
        assert_eq!(proposal.state_at(Instant(now), leads), state, "{now} {leads:?}");
    }
    let first = LeadProposal { led_by: None, ..proposal };
    assert_eq!(first.state_at(Instant(0), None), LeadProposalState::Open);
    assert_eq!(first.state_at(Instant(0), Some(1)), LeadProposalState::Superseded);
}

#[test]
fn an_answer_stays_whatever_happens_after() {
    let at = Instant(5);
    for (answer, state, reason) in [
        (LeadAnswer::Accepted(at), LeadProposalState::Accepted, None),
        (
            LeadAnswer::Declined(at, LeadDeclineReason::NoCapacity),
            LeadProposalState::Declined,
            Some(LeadDeclineReason::NoCapacity),
        ),
        (LeadAnswer::Withdrawn(at), LeadProposalState::Withdrawn, None),
        (LeadAnswer::Expired(at), LeadProposalState::Expired, None),
        (LeadAnswer::Superseded(at), LeadProposalState::Superseded, None),
    ] {
        let answered = LeadProposal { answer, ..proposal() };
        assert_eq!(answered.state_at(Instant(2 * DAY), Some(9)), state);
        assert_eq!((answer.at(), answer.reason()), (Some(at), reason));
    }
}

fn entry() -> Involvement {
    Involvement {
        child: ChildId(1),
        number: 1,
        service: Service::EarlyHelp,
        organisation: OrganisationId::new(),
        team: None,
        practitioner: Some(PractitionerId::new()),
        started_on: NaiveDate::MIN,
        ended_on: None,
        last_confirmed_at: Instant(0),
        lead: Some(LeadKind::EarlyHelp),
        ground: None,
        withdrawn_at: None,
        entered_by: None,
        entered_under_shield: false,
        version: 1,
        created_at: Instant(0),
    }
}

type Change = (fn(&mut Involvement), Option<LeadEnd>);

#[test]
fn a_lead_ends_with_the_mark_the_person_or_the_entry() {
    let before = entry();
    let changes: [Change; 7] = [
        (|_| {}, None),
        (|entry| entry.last_confirmed_at = Instant(9), None),
        (|entry| entry.lead = None, Some(LeadEnd::Released)),
        (|entry| entry.lead = Some(LeadKind::ChildProtection), Some(LeadEnd::Released)),
        (|entry| entry.practitioner = None, Some(LeadEnd::Colleague)),
        (|entry| entry.ended_on = Some(NaiveDate::MAX), Some(LeadEnd::InvolvementEnded)),
        (
            |entry| {
                entry.withdrawn_at = Some(Instant(1));
                entry.lead = None;
            },
            Some(LeadEnd::ConsentEnded),
        ),
    ];
    for (change, expected) in changes {
        let mut after = before.clone();
        change(&mut after);
        assert_eq!(ended_by(&before, &after), expected, "{after:?}");
    }
    let none = Involvement { lead: None, ..entry() };
    assert_eq!(ended_by(&none, &before), None, "what did not lead does not end");
}

#[test]
fn a_term_is_of_one_person_in_one_entry() {
    let entry = entry();
    let term = LeadTerm {
        kind: LeadKind::EarlyHelp,
        involvement: 1,
        practitioner: entry.practitioner,
        since: Instant(0),
        cover: None,
    };
    assert!(term.is_of(&entry));
    assert!(!term.is_of(&Involvement { number: 2, ..entry.clone() }));
    assert!(!term.is_of(&Involvement { practitioner: None, ..entry.clone() }));
    assert!(!term.is_of(&Involvement { lead: Some(LeadKind::ChildProtection), ..entry.clone() }));
    assert!(!term.is_of(&Involvement { lead: None, ..entry }));
}

#[test]
fn a_cover_runs_from_its_first_day_to_its_last() {
    let day = |day: u32| NaiveDate::from_ymd_opt(2026, 11, day).unwrap();
    let cover = LeadCover { practitioner: PractitionerId::new(), from: day(20), until: day(22) };
    let told: Vec<_> = (19..=23).map(|each| (cover.runs_on(day(each)), cover.is_over_on(day(each)))).collect();
    assert_eq!(told, [(false, false), (true, false), (true, false), (true, false), (false, true)]);
}

proptest! {
    #[test]
    fn a_place_goes_through_its_text_and_back(bits: u64) {
        let place = AfterChild(IndexNumber::from_random_bits(bits));
        let text = place.to_string();
        prop_assert!(!text.contains('-') || !text.contains(&place.0.to_string()));
        prop_assert_eq!(text.parse(), Ok(place));
    }

    #[test]
    fn no_text_is_read_in_two_ways(text in "[A-Za-z0-9_-]{0,24}") {
        if let Ok(place) = text.parse::<AfterChild>() {
            prop_assert_eq!(place.to_string(), text);
        }
    }
}
