//! Assessments of children of the demo's first area, so that the question who holds one has an answer.

use crate::domain::assessments::{Assessment, AssessmentConsent, AssessmentEnd, AssessmentKind, AssessmentOutcome};
use crate::domain::instants::{DAY, Instant};
use crate::domain::involvements::ConsentGiver;
use crate::domain::organisations::Organisation;
use crate::store::connections::AnyConnection;
use crate::store::errors::StoreResult;
use crate::store::{demos, practitioners};

/// The most children whose assessments are made up.
const MOST: u16 = 60;

/// From one child with assessments to the next, in the order they were loaded.
const EVERY: usize = 3;

/// What is made up about one child: each with the days since it started and, where it has ended, with what.
type Story = &'static [(AssessmentKind, i64, Option<AssessmentOutcome>)];

const STORIES: [Story; 5] = [
    &[(AssessmentKind::EARLY_HELP, 40, None)],
    &[(AssessmentKind::EARLY_HELP, 120, Some(AssessmentOutcome::SupportAgreed))],
    // Stepped up: the first is linked to the second.
    &[
        (AssessmentKind::EARLY_HELP, 150, Some(AssessmentOutcome::SteppedUp)),
        (AssessmentKind::SINGLE_ASSESSMENT, 30, None),
    ],
    &[(AssessmentKind::EDUCATION_HEALTH_CARE, 70, None)],
    &[(AssessmentKind::CHILD_IN_NEED, 25, None)],
];

/// How long one takes that has ended, in days.
const TAKES_DAYS: i64 = 21;

/// Makes up assessments that the council holds.
///
/// # Errors
/// As the database's.
pub(super) fn register(conn: &mut AnyConnection, council: &Organisation, now: Instant) -> StoreResult<()> {
    let holder = practitioners::find_or_insert(conn, council.id, "Amira Hussain", "Early help co-ordinator")?.id;
    // Old enough for every story.
    let born_by = now.plus(-365 * DAY).day();
    let children = demos::list_ordinary(conn, &council.area, born_by, MOST)?;
    for (place, child) in children.into_iter().step_by(EVERY).enumerate() {
        let story = STORIES.get(place % STORIES.len()).copied().unwrap_or_default();
        let numbers: Vec<i32> = story.iter().map(|_| rand::random_range(1..=Assessment::HIGHEST_NUMBER)).collect();
        for (at, (kind, days, outcome)) in story.iter().enumerate() {
            let Some(number) = numbers.get(at).copied() else { continue };
            let early_help = *kind == AssessmentKind::EARLY_HELP;
            let linked_to = numbers.get(at.saturating_add(1)).copied().filter(|_| early_help);
            let started_at = now.plus(-days * DAY);
            let on = started_at.day();
            let consent = AssessmentConsent { given_by: ConsentGiver::ParentalResponsibility, on };
            let ended_on = started_at.plus(TAKES_DAYS * DAY).day();
            let entry = Assessment {
                child,
                number,
                kind: kind.clone(),
                organisation: council.id,
                team: None,
                practitioner: early_help.then_some(holder),
                started_on: on,
                end: outcome.map(|outcome| AssessmentEnd { on: ended_on, outcome }),
                consent: early_help.then_some(consent),
                linked_to,
                last_confirmed_at: started_at,
                entered_under_shield: false,
                version: 1,
                created_at: started_at,
            };
            demos::insert_assessment(conn, &entry)?;
        }
    }
    Ok(())
}
