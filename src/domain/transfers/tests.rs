//! The moves of a transfer, one after another: it ends once, and its clock with it.

use proptest::prelude::*;

use super::*;

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
            area: "E06000054".into(),
        },
        basis: None,
        gaps: Vec::new(),
        declined: None,
        withdrawn: None,
        proposed_by: AccountId::new(),
        proposed_at: Instant(0),
        due_at: Some(Instant(0)),
        closed_at: None,
        under_shield: false,
        version: 1,
    }
}

#[test]
fn the_kind_follows_from_how_much_need_the_services_answer_to() {
    for (from, to, kind) in [
        (Service::EarlyHelp, Service::ChildrensSocialCare, TransferKind::StepUp),
        (Service::School, Service::EarlyHelp, TransferKind::StepUp),
        (Service::ChildrensSocialCare, Service::EarlyHelp, TransferKind::StepDown),
        (Service::EarlyHelp, Service::School, TransferKind::StepDown),
        (Service::EarlyHelp, Service::FamilySupport, TransferKind::Transfer),
        (Service::EarlyYearsSetting, Service::School, TransferKind::Transfer),
        (Service::HealthVisiting, Service::SchoolNursing, TransferKind::Transfer),
    ] {
        assert_eq!(TransferKind::between(from, to), kind, "{from} to {to}");
    }
}

#[test]
fn a_step_up_is_answered_within_a_working_day_and_others_within_five() {
    let friday = Instant::parse("2026-11-20T10:00:00Z").unwrap();
    for (kind, due) in [
        (TransferKind::StepUp, "2026-11-23T10:00:00Z"),
        (TransferKind::StepDown, "2026-11-27T10:00:00Z"),
        (TransferKind::Transfer, "2026-11-27T10:00:00Z"),
    ] {
        assert_eq!(due_at(kind, friday), Instant::parse(due).unwrap(), "{kind}");
    }
}

#[test]
fn a_refusal_is_no_ground() {
    let basis = |kind| TransferBasis { kind, given_by: None, on: None };
    let ground = |kind| basis(kind).ground().map(|ground| ground.kind);
    assert_eq!(ground(TransferBasisKind::Consent), Some(GroundKind::Consent));
    assert_eq!(ground(TransferBasisKind::SignificantHarm), Some(GroundKind::SignificantHarm));
    assert_eq!(ground(TransferBasisKind::ConsentRefused), None);
}

fn a_move() -> impl Strategy<Value = TransferMove> {
    prop_oneof![
        any::<bool>().prop_map(|leaves_no_lead| TransferMove::Accept { to: 9, leaves_no_lead }),
        prop::sample::select(DeclineReason::ALL).prop_map(TransferMove::Decline),
        prop::sample::select(WithdrawReason::ALL).prop_map(TransferMove::Withdraw),
        Just(TransferMove::Place { organisation: OrganisationId::new(), team: None }),
    ]
}

proptest! {
    #[test]
    fn a_transfer_ends_once_and_its_clock_with_it(moves in prop::collection::vec(a_move(), 0..12)) {
        let mut transfer = a_transfer();
        for moved in moves {
            let was = transfer.state;
            let Some(next) = transfer.after(moved, Instant(0)) else { continue };
            prop_assert!(!was.is_closed(), "nothing follows {was}");
            transfer = next;
            prop_assert_eq!(transfer.state.is_closed(), transfer.closed_at.is_some());
            prop_assert_eq!(transfer.state.is_closed(), transfer.due_at.is_none());
            // The child arrives somewhere, or nobody has begun: there is no third.
            prop_assert_eq!(transfer.to.is_some(), transfer.state == TransferState::Accepted);
            let nobody = transfer.gaps.contains(&TransferGap::NobodyAccepted);
            prop_assert!(!nobody || !transfer.state.is_closed());
            prop_assert!(nobody || transfer.state != TransferState::Escalated);
            let mut once = transfer.gaps.clone();
            once.sort();
            once.dedup();
            prop_assert_eq!(once.len(), transfer.gaps.len());
        }
    }
}
