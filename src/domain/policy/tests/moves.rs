//! Who proposes, answers and places transfers, and what of one is seen: by its sides, by others, and under a shield.

use super::doors::{elsewhere, through};
use super::*;
use crate::domain::ids::{AccessPointId, OrganisationId, PathwayId, TransferId};
use crate::domain::instants::Instant;
use crate::domain::services::Service;
use crate::domain::transfers::{Receiver, Transfer, TransferDesk, TransferKind, TransferState};

const ORDINARY: TransferBlocks = TransferBlocks { from: Block::Involvements, to: Block::Involvements };
const SENSITIVE: TransferBlocks = TransferBlocks { from: Block::Sensitive, to: Block::Involvements };

fn a_transfer() -> Transfer {
    Transfer {
        id: TransferId::new(),
        child: ChildId(1),
        pathway: PathwayId::at_random(),
        kind: TransferKind::StepUp,
        state: TransferState::Proposed,
        from: 7,
        sender: OrganisationId::new(),
        receiver: Receiver { organisation: OrganisationId::new(), team: None, service: Service::ChildrensSocialCare },
        to: None,
        desk: TransferDesk {
            access_point: AccessPointId::new(),
            organisation: OrganisationId::new(),
            area: AREA.into(),
        },
        basis: None,
        gaps: Vec::new(),
        declined: None,
        withdrawn: None,
        proposed_by: AccountId::new(),
        proposed_at: Instant(0),
        due_at: None,
        closed_at: None,
        under_shield: false,
        version: 1,
    }
}

fn of(organisation: OrganisationId) -> Actor {
    Actor { organisation, ..an_actor(Role::Practitioner) }
}

/// What somebody sees of a transfer, in a word: `all` with reasons, `sides` without, `to` alone, or nothing.
fn seen(actor: &Actor, subject: &Subject, transfer: &Transfer, blocks: TransferBlocks) -> &'static str {
    let Some(visibility) = visibility_of(actor, subject, today()) else { return "no child" };
    match sight_of_transfer(actor, &visibility, transfer, blocks, subject.shielded) {
        None => "nothing",
        Some(TransferSight { from: true, to: true, reasons: true }) => "all",
        Some(TransferSight { from: true, to: true, reasons: false }) => "sides",
        Some(TransferSight { from: false, to: true, reasons: true }) => "to",
        Some(other) => panic!("{other:?}"),
    }
}

/// A child with whom the sender works.
fn with_the_sender(transfer: &Transfer) -> Subject {
    let tie = Tie { organisation: transfer.sender, entered_by: None, live: true };
    Subject { ties: vec![tie], ..a_subject() }
}

#[test]
fn both_sides_see_it_and_others_where_they_would_see_both_involvements() {
    let transfer = a_transfer();
    let subject = with_the_sender(&transfer);
    let [sender, receiver, desk] =
        [transfer.sender, transfer.receiver.organisation, transfer.desk.organisation].map(of);
    let (stranger, manager) = (an_actor(Role::Practitioner), an_actor(Role::Manager));
    for (actor, ordinary, sensitive) in [
        (&sender, "all", "all"),
        (&receiver, "all", "all"),
        (&desk, "all", "nothing"),
        (&stranger, "sides", "nothing"),
        (&manager, "all", "nothing"),
        (&elsewhere(manager.clone()), "sides", "nothing"),
        (&through(sender.clone()), "sides", "nothing"),
    ] {
        assert_eq!(seen(actor, &subject, &transfer, ORDINARY), ordinary, "{actor:?}");
        assert_eq!(seen(actor, &subject, &transfer, SENSITIVE), sensitive, "{actor:?}");
    }
    let mut in_broker_case = subject.clone();
    let broker = in_case(&mut in_broker_case, CaseKind::Broker);
    assert_eq!(seen(&broker, &in_broker_case, &transfer, SENSITIVE), "all");
}

#[test]
fn without_consent_nothing_is_told_to_the_receiver_nor_to_others() {
    let transfer = Transfer { state: TransferState::Unconsented, ..a_transfer() };
    let subject = with_the_sender(&transfer);
    for (actor, told) in [
        (of(transfer.sender), "all"),
        (of(transfer.receiver.organisation), "nothing"),
        (of(transfer.desk.organisation), "nothing"),
        (an_actor(Role::Practitioner), "nothing"),
        (an_actor(Role::Manager), "all"),
    ] {
        assert_eq!(seen(&actor, &subject, &transfer, ORDINARY), told, "{actor:?}");
    }
}

#[test]
fn a_shield_hides_it_but_from_the_sender_a_receiver_who_was_meant_to_know_and_the_case() {
    let before = a_transfer();
    let under = Transfer { under_shield: true, ..before.clone() };
    let declined = Transfer { state: TransferState::Escalated, ..under.clone() };
    let shielded = Subject { shielded: true, ..with_the_sender(&before) };
    let confirmed = Subject { shield_reviewed: true, ..shielded.clone() };
    let [sender, receiver, stranger] =
        [of(before.sender), of(before.receiver.organisation), an_actor(Role::Practitioner)];
    for (actor, transfer, unconfirmed, once_confirmed) in [
        (&sender, &before, "all", "nothing"),
        (&sender, &under, "all", "nothing"),
        (&receiver, &before, "nothing", "nothing"),
        (&receiver, &under, "to", "to"),
        (&receiver, &declined, "nothing", "nothing"),
        (&stranger, &under, "nothing", "nothing"),
        (&of(before.desk.organisation), &declined, "nothing", "nothing"),
        (&an_actor(Role::Manager), &under, "nothing", "nothing"),
    ] {
        assert_eq!(seen(actor, &shielded, transfer, ORDINARY), unconfirmed, "{actor:?}");
        assert_eq!(seen(actor, &confirmed, transfer, ORDINARY), once_confirmed, "{actor:?}");
    }
    let mut inside = confirmed.clone();
    let manager = in_case(&mut inside, CaseKind::Shield);
    assert_eq!(seen(&manager, &inside, &before, ORDINARY), "all");
    // The receiver has begun: what it supplied it sees, until the shield is confirmed.
    let accepted = Transfer { state: TransferState::Accepted, to: Some(9), ..under.clone() };
    let tie = Tie { organisation: receiver.organisation, entered_by: None, live: true };
    let begun = |subject: &Subject| Subject { ties: vec![tie], ..subject.clone() };
    assert_eq!(seen(&receiver, &begun(&shielded), &accepted, ORDINARY), "to");
    assert_eq!(seen(&receiver, &begun(&confirmed), &accepted, ORDINARY), "nothing");
    // Lifted, what was proposed under it stays between its sides.
    let lifted = with_the_sender(&under);
    assert_eq!(seen(&stranger, &lifted, &under, ORDINARY), "nothing");
    assert_eq!(seen(&receiver, &lifted, &under, ORDINARY), "all");
}

#[test]
fn each_step_has_those_whose_turn_it_is() {
    let transfer = a_transfer();
    let [sender, receiver, desk] =
        [transfer.sender, transfer.receiver.organisation, transfer.desk.organisation].map(of);
    let (manager, subject) = (an_actor(Role::Manager), a_subject());
    let coordinator = Actor { capabilities: [Capability::Coordinator].into(), ..an_actor(Role::Practitioner) };
    let stranger = an_actor(Role::Practitioner);
    let all = [&sender, &receiver, &desk, &manager, &coordinator, &stranger];
    let may = |door: &dyn Fn(&Actor) -> Result<(), Refusal>| all.map(|actor| door(actor).is_ok());
    let own = |actor: &Actor| may_propose_from(actor, transfer.sender);
    assert_eq!(may(&own), [true, false, false, false, false, false]);
    let answers = |actor: &Actor| may_answer_transfer(actor, &transfer);
    assert_eq!(may(&answers), [false, true, false, false, false, false]);
    let withdraws = |actor: &Actor| may_withdraw_transfer(actor, &subject, &transfer);
    assert_eq!(may(&withdraws), [true, false, false, true, false, false]);
    let places = |actor: &Actor| may_place_transfer(actor, &transfer);
    assert_eq!(may(&places), [false, false, true, true, true, false]);
    assert!(may_place_transfer(&elsewhere(manager.clone()), &transfer).is_err());
    assert!(may_place_transfer(&elsewhere(coordinator.clone()), &transfer).is_err());
    let closes = |actor: &Actor| may_close_gap(actor, &transfer);
    assert_eq!(may(&closes), [true, false, false, false, false, false]);
    let accepted = Transfer { state: TransferState::Accepted, ..transfer.clone() };
    let closes = |actor: &Actor| may_close_gap(actor, &accepted);
    assert_eq!(may(&closes), [false, true, false, false, false, false]);
    let mine = Transfer { proposed_by: receiver.account, ..transfer.clone() };
    assert_eq!(may_answer_transfer(&receiver, &mine), Err(Refusal::Forbidden(Forbidden::Oneself)));
}

proptest! {
    #[test]
    fn nobody_sees_under_a_shield_what_they_would_not_see_without(
        (mut subject, actor) in any_subject_and_actor(), at in 0..4_usize, accepted: bool, sensitive: bool,
    ) {
        let mine = actor.organisation;
        let mut transfer = a_transfer();
        match at {
            0 => transfer.sender = mine,
            1 => transfer.receiver.organisation = mine,
            2 => transfer.desk.organisation = mine,
            _ => {}
        }
        if accepted {
            (transfer.state, transfer.to) = (TransferState::Accepted, Some(9));
        }
        let blocks = if sensitive { SENSITIVE } else { ORDINARY };
        let sees = |subject: &Subject| {
            let visibility = visibility_of(&actor, subject, today())?;
            sight_of_transfer(&actor, &visibility, &transfer, blocks, subject.shielded)
        };
        subject.shielded = true;
        let shielded = sees(&subject);
        (subject.shielded, subject.sealed, subject.shield_reviewed) = (false, false, false);
        let open = sees(&subject);
        if let Some(shielded) = shielded {
            let open = open.expect("whoever sees it under a shield sees it without");
            prop_assert!(shielded.from <= open.from && shielded.to <= open.to && shielded.reasons <= open.reasons);
        }
    }
}
