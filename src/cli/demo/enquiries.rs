//! Enquiries of the half-year before, at the demo's front door, so that its key indicators have something to say.

use crate::domain::accounts::Account;
use crate::domain::enquiries::{
    AccessPoint, CallerKind, DeclineReason, Enquiry, EnquiryOutcome, EnquiryState, EnquiryStep, Need,
    one_working_day_after,
};
use crate::domain::ids::EnquiryId;
use crate::domain::indicators::HalfYear;
use crate::domain::instants::{DAY, HOUR, Instant};
use crate::store::connections::AnyConnection;
use crate::store::errors::StoreResult;
use crate::store::{demos, enquiries};

/// The most enquiries that are made up.
const MOST: u16 = 400;

/// What becomes of an enquiry, and how many hours after the link before.
type Story = &'static [(EnquiryOutcome, Option<DeclineReason>, i64)];

const STORIES: [Story; 5] = [
    &[(EnquiryOutcome::AdviceOnly, None, 1)],
    &[(EnquiryOutcome::Allocated, None, 2), (EnquiryOutcome::Accepted, None, 20)],
    &[(EnquiryOutcome::Allocated, None, 5), (EnquiryOutcome::Accepted, None, 70)],
    &[
        (EnquiryOutcome::Allocated, None, 3),
        (EnquiryOutcome::Declined, Some(DeclineReason::WrongService), 24),
        (EnquiryOutcome::Allocated, None, 4),
        (EnquiryOutcome::Accepted, None, 30),
    ],
    // Decided late.
    &[(EnquiryOutcome::Allocated, None, 100), (EnquiryOutcome::Accepted, None, 10)],
];

/// Records enquiries about children of the desk's area, spread over the half-year before `now`.
///
/// # Errors
/// As the database's.
pub(super) fn register(
    conn: &mut AnyConnection,
    desk: &AccessPoint,
    account: &Account,
    now: Instant,
) -> StoreResult<()> {
    let period = HalfYear::of(now.day()).before();
    let first = Instant::start_of(period.first_day());
    for (number, child) in (0_i64..).zip(demos::list_ordinary(conn, &desk.area, now.day(), MOST)?) {
        let at = first.plus((number * 7 % 175) * DAY + 10 * HOUR);
        let place = usize::try_from(number).unwrap_or_default();
        let need = Need::ALL.get(place % Need::ALL.len()).copied().unwrap_or(Need::EarlyHelp);
        let caller = CallerKind::ALL.get(place % CallerKind::ALL.len()).copied().unwrap_or(CallerKind::Practitioner);
        let mut enquiry = Enquiry {
            id: EnquiryId::new(),
            access_point: desk.id,
            organisation: desk.organisation,
            area: desk.area.clone(),
            child: Some(child),
            caller,
            need,
            known: place % 3 != 0,
            state: EnquiryState::Open,
            receiver: None,
            recorded_by: account.id,
            recorded_at: at,
            due_at: Some(one_working_day_after(at)),
            closed_at: None,
            quality: None,
            version: 1,
        };
        enquiries::insert(conn, &enquiry)?;
        let story = STORIES.get(place % STORIES.len()).copied().unwrap_or_default();
        let mut when = at;
        for (so_many, (outcome, reason, hours)) in story.iter().enumerate() {
            when = when.plus(hours * HOUR);
            let allocated = *outcome == EnquiryOutcome::Allocated;
            let step = EnquiryStep {
                outcome: *outcome,
                reason: *reason,
                organisation: allocated.then_some(desk.organisation),
                team: None,
                account: account.id,
                at: when,
            };
            enquiries::append_step(conn, enquiry.id, so_many, &step)?;
            enquiry = enquiry.after(&step).unwrap_or(enquiry);
        }
        enquiries::update(conn, &enquiry)?;
    }
    Ok(())
}
