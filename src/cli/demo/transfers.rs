//! Children of the demo's first area on their way from one service to another, so that each list has something on it.

use crate::domain::accounts::Account;
use crate::domain::enquiries::{AccessPoint, DeclineReason};
use crate::domain::ids::{OrganisationId, PathwayId, TransferId};
use crate::domain::instants::{DAY, HOUR, Instant};
use crate::domain::involvements::{ConsentGiver, Involvement};
use crate::domain::services::Service;
use crate::domain::transfers::{
    Receiver, Transfer, TransferBasis, TransferBasisKind, TransferDesk, TransferKind, TransferMove, TransferState,
    due_at,
};
use crate::store::connections::AnyConnection;
use crate::store::demos;
use crate::store::errors::StoreResult;

/// The most children whose transfers are made up.
const MOST: u16 = 90;

/// From one child on its way to the next, in the order they were loaded.
const EVERY: usize = 5;

/// Where a child goes from the council: from which service, to which, whether that is community health's, and the
/// answer, where there is one.
struct Story {
    from: Service,
    to: Service,
    health: bool,
    answer: Option<Answer>,
}

#[derive(Clone, Copy)]
enum Answer {
    Accepted,
    Declined,
}

const STORIES: [Story; 5] = [
    Story { from: Service::EarlyHelp, to: Service::ChildrensSocialCare, health: false, answer: Some(Answer::Accepted) },
    Story { from: Service::ChildrensSocialCare, to: Service::EarlyHelp, health: false, answer: None },
    // Waits for the demo's practitioner.
    Story { from: Service::FamilySupport, to: Service::Therapies, health: true, answer: None },
    Story { from: Service::EarlyHelp, to: Service::Paediatrics, health: true, answer: Some(Answer::Declined) },
    Story {
        from: Service::ChildrensSocialCare,
        to: Service::FamilySupport,
        health: false,
        answer: Some(Answer::Accepted),
    },
];

/// Makes up transfers that the council proposed, its front door being the desk.
///
/// # Errors
/// As the database's.
pub(super) fn register(
    conn: &mut AnyConnection,
    desk: &AccessPoint,
    health: OrganisationId,
    account: &Account,
    now: Instant,
) -> StoreResult<()> {
    let born_by = now.plus(-365 * DAY).day();
    let children = demos::list_ordinary(conn, &desk.area, born_by, MOST)?;
    for (place, child) in (0_i64..).zip(children.into_iter().skip(1).step_by(EVERY)) {
        let at = usize::try_from(place).unwrap_or_default() % STORIES.len();
        let Some(Story { from, to, health: to_health, answer }) = STORIES.get(at) else { continue };
        let proposed_at = now.plus(-(place % 3) * DAY - 2 * HOUR);
        let receiver = if *to_health { health } else { desk.organisation };
        let mut sending = Involvement {
            child,
            number: rand::random_range(1..=Involvement::HIGHEST_NUMBER),
            service: *from,
            organisation: desk.organisation,
            team: None,
            practitioner: None,
            started_on: proposed_at.plus(-120 * DAY).day(),
            ended_on: None,
            last_confirmed_at: proposed_at,
            lead: None,
            ground: None,
            withdrawn_at: None,
            entered_by: None,
            entered_under_shield: false,
            version: 1,
            created_at: proposed_at,
        };
        let transfer = propose(&sending, desk, (receiver, *to), account, proposed_at);
        let answered_at = proposed_at.plus(HOUR);
        let number = rand::random_range(1..=Involvement::HIGHEST_NUMBER);
        let moved = answer.map(|answer| match answer {
            Answer::Accepted => TransferMove::Accept { to: number, leaves_no_lead: false },
            Answer::Declined => TransferMove::Decline(DeclineReason::NoCapacity),
        });
        let transfer = moved.and_then(|moved| transfer.after(moved, answered_at)).unwrap_or(transfer);
        if transfer.state == TransferState::Accepted {
            let begun = Involvement {
                number,
                service: *to,
                organisation: receiver,
                started_on: answered_at.day(),
                last_confirmed_at: answered_at,
                created_at: answered_at,
                ..sending.clone()
            };
            demos::insert_involvement(conn, &begun)?;
            sending.ended_on = Some(answered_at.day());
        }
        demos::insert_involvement(conn, &sending)?;
        demos::insert_transfer(conn, &transfer)?;
    }
    Ok(())
}

fn propose(
    sending: &Involvement,
    desk: &AccessPoint,
    (organisation, service): (OrganisationId, Service),
    account: &Account,
    at: Instant,
) -> Transfer {
    let kind = TransferKind::between(sending.service, service);
    let consent = TransferBasis {
        kind: TransferBasisKind::Consent,
        given_by: Some(ConsentGiver::ParentalResponsibility),
        on: Some(at.day()),
    };
    let harm = TransferBasis { kind: TransferBasisKind::SignificantHarm, given_by: None, on: None };
    Transfer {
        id: TransferId::new(),
        child: sending.child,
        pathway: PathwayId::at_random(),
        kind,
        state: TransferState::Proposed,
        from: sending.number,
        sender: sending.organisation,
        receiver: Receiver { organisation, team: None, service },
        to: None,
        desk: TransferDesk { access_point: desk.id, organisation: desk.organisation, area: desk.area.clone() },
        basis: Some(if kind == TransferKind::StepUp { harm } else { consent }),
        gaps: Vec::new(),
        declined: None,
        withdrawn: None,
        proposed_by: account.id,
        proposed_at: at,
        due_at: Some(due_at(kind, at)),
        closed_at: None,
        under_shield: false,
        version: 1,
    }
}
