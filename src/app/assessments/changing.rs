//! Changing, confirming, linking and ending an assessment.

use chrono::NaiveDate;

use super::showing::{Register, ShownAssessment, directory_of, tell};
use super::starting::may_link;
use crate::app::children::open;
use crate::app::index::Answer;
use crate::app::involvements::{NamedPractitioner, register_practitioner, wrong_dates};
use crate::app::{Failure, Index, Precondition, Session};
use crate::domain::assessments::{Assessment, AssessmentEnd, AssessmentOutcome};
use crate::domain::audit::actions::Outcome;
use crate::domain::children::ChildRecord;
use crate::domain::disclosures::Sealed;
use crate::domain::handles::ChildRef;
use crate::domain::ids::TeamId;
use crate::domain::policy::{
    Action, ChangeAssessment, CompleteAssessment, ConfirmAssessment, Conflict, LinkAssessment, Permit, Refusal,
    Subject, Violation, may_change_entry,
};
use crate::domain::visits::Visit;
use crate::store::{assessments, teams};

/// What to do with one assessment.
#[derive(Debug, Clone, PartialEq)]
pub enum AssessmentStep {
    /// Change who holds it or when it began; what is absent stays.
    Change {
        /// Another team of the same organisation; `Some(None)` removes it.
        team: Option<Option<TeamId>>,
        /// Another practitioner; `Some(None)` removes them.
        practitioner: Option<Option<NamedPractitioner>>,
        /// Another first day.
        started_on: Option<NaiveDate>,
    },
    /// End it.
    Complete {
        /// With what.
        outcome: AssessmentOutcome,
        /// The last day; today where absent.
        on: Option<NaiveDate>,
    },
    /// Say that it is still right.
    Confirm,
    /// Link it to another assessment of the child, by its number.
    Link(i32),
}

/// Changes, ends, confirms or links an assessment.
///
/// # Errors
/// [`Failure`] where nothing could be changed or recorded.
pub async fn change_assessment(
    index: &Index,
    visit: Visit,
    child: ChildRef,
    number: i32,
    step: AssessmentStep,
    precondition: Precondition<ShownAssessment>,
) -> Result<Answer<ShownAssessment>, Failure> {
    index
        .change(visit, move |session| match &step {
            AssessmentStep::Change { .. } => apply::<ChangeAssessment>(session, child, number, &step, precondition),
            AssessmentStep::Complete { .. } => apply::<CompleteAssessment>(session, child, number, &step, precondition),
            AssessmentStep::Confirm => apply::<ConfirmAssessment>(session, child, number, &step, precondition),
            AssessmentStep::Link(_) => apply::<LinkAssessment>(session, child, number, &step, precondition),
        })
        .await
}

fn apply<A: Action>(
    session: &mut Session<'_>,
    child: ChildRef,
    number: i32,
    step: &AssessmentStep,
    precondition: Precondition<ShownAssessment>,
) -> Result<Sealed<ShownAssessment>, Failure> {
    let (file, permit) = match open::<A>(session, child)? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let subject = file.subject().clone();
    let others = file.assessments(&permit)?.to_vec();
    let (record, _) = file.open(&permit)?;
    let directory = directory_of(session, &others)?;
    let register = Register { entries: &others, directory: &directory, shielded: record.shield.is_some() };
    let mut entry = match own_assessment(session, &permit, &subject, &register, number) {
        Ok(entry) => entry,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    if !precondition.holds(&register.show(session, &permit, &entry)) {
        return Ok(session.refuse(Refusal::Stale));
    }
    if let Err(refusal) = alter(session, &permit, &register, &record, &mut entry, step)? {
        return Ok(session.refuse(refusal));
    }
    entry.version = entry.version.saturating_add(1);
    assessments::update(session.conn, &permit, &entry)?;
    tell(session, permit, (&others, register.shielded), &entry, Outcome::Changed, std::convert::identity)
}

/// The assessment with a number, if the caller may change it: one that is not seen does not exist.
pub(super) fn own_assessment<A: Action>(
    session: &Session<'_>,
    permit: &Permit<A>,
    subject: &Subject,
    register: &Register<'_>,
    number: i32,
) -> Result<Assessment, Refusal> {
    let entry = register.find(number).ok_or(Refusal::NotFound)?;
    if !register.is_known_to_caller(session, permit, entry) {
        return Err(Refusal::NotFound);
    }
    may_change_entry(&session.actor, subject, entry.organisation).map(|()| entry.clone())
}

fn alter<A: Action>(
    session: &mut Session<'_>,
    permit: &Permit<A>,
    register: &Register<'_>,
    record: &ChildRecord,
    entry: &mut Assessment,
    step: &AssessmentStep,
) -> Result<Result<(), Refusal>, Failure> {
    // What came of it may be known only later: one that has ended is linked all the same.
    if let AssessmentStep::Link(number) = step {
        let allowed = may_link(session, permit, register, &entry.kind, *number);
        entry.linked_to = Some(*number);
        return Ok(allowed.map_err(Refusal::Invalid));
    }
    if !entry.is_open() {
        return Ok(Err(Refusal::Conflict(Conflict::AssessmentEnded)));
    }
    match step {
        // Done above, of ended ones too.
        AssessmentStep::Link(_) => {}
        AssessmentStep::Confirm => {
            entry.last_confirmed_at = session.now;
            entry.entered_under_shield &= register.shielded;
        }
        AssessmentStep::Complete { outcome, on } => {
            if *outcome == AssessmentOutcome::ConsentWithdrawn && entry.consent.is_none() {
                return Ok(Err(invalid("/outcome", "has a place only where the kind stands on consent")));
            }
            entry.end = Some(AssessmentEnd { on: on.unwrap_or(session.day), outcome: *outcome });
        }
        AssessmentStep::Change { team, practitioner, started_on } => {
            if let Some(team) = *team {
                if let Some(team) = team
                    && teams::find(session.conn, team)?.is_none_or(|team| team.organisation != entry.organisation)
                {
                    return Ok(Err(invalid("/team", "is not a team of that organisation")));
                }
                entry.team = team;
            }
            if let Some(practitioner) = practitioner {
                entry.practitioner = match practitioner {
                    Some(person) => Some(register_practitioner(session, entry.organisation, person)?),
                    None => None,
                };
            }
            if started_on.is_some_and(|day| day > session.day) {
                return Ok(Err(invalid("/started_on", "lies in the future")));
            }
            entry.started_on = started_on.unwrap_or(entry.started_on);
            entry.last_confirmed_at = session.now;
        }
    }
    let wrong = wrong_dates(session, record, entry.started_on, entry.end.map(|end| end.on));
    Ok(wrong.map_or(Ok(()), |violation| Err(Refusal::Invalid(violation))))
}

fn invalid(pointer: &'static str, message: &'static str) -> Refusal {
    Refusal::Invalid(Violation { pointer, message })
}
