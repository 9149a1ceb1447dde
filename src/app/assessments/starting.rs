//! Starting an assessment: one of a kind is open at a time, and who would start another is told whom to join.

use chrono::NaiveDate;

use super::changing::own_assessment;
use super::showing::{Holder, Register, ShownAssessment, directory_of, tell};
use crate::app::children::open;
use crate::app::contacts::{Broker, broker};
use crate::app::index::Answer;
use crate::app::involvements::{NamedPractitioner, register_practitioner, wrong_dates};
use crate::app::numbers::free_number;
use crate::app::replays::{self, IdempotencyKey};
use crate::app::{Failure, Index, Session, budgets};
use crate::domain::assessments::{Assessment, AssessmentConsent, AssessmentKind};
use crate::domain::audit::actions::Outcome;
use crate::domain::audit::payloads::TargetKind;
use crate::domain::children::ChildRecord;
use crate::domain::disclosures::{Disclosure, Sealed, describe};
use crate::domain::handles::ChildRef;
use crate::domain::ids::TeamId;
use crate::domain::policy::{Block, Forbidden, Permit, Refusal, StartAssessment, Violation};
use crate::domain::visits::Visit;
use crate::store::errors::StoreError;
use crate::store::{assessments, teams};

/// An assessment to start; the caller's organisation holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAssessment {
    /// The kind.
    pub kind: AssessmentKind,
    /// The team that holds it.
    pub team: Option<TeamId>,
    /// The practitioner who holds it.
    pub practitioner: Option<NamedPractitioner>,
    /// The first day.
    pub started_on: NaiveDate,
    /// The consent it stands on, for a kind that needs one.
    pub consent: Option<AssessmentConsent>,
    /// The assessment that it is linked to.
    pub linked_to: Option<i32>,
}

/// What came of starting one.
#[derive(Debug, Clone, PartialEq)]
pub enum Starting {
    /// It is under way.
    Started(ShownAssessment),
    /// One of the kind is open: join it.
    Open(OpenElsewhere),
}

/// Whom to ask about an assessment that is open already.
#[derive(Debug, Clone, PartialEq)]
pub enum OpenElsewhere {
    /// Whoever holds it, where the permit shows that.
    With(Box<Holder>),
    /// The desk of the caller's own area, whatever hides the holder; none where it has registered none.
    Withheld(Option<Broker>),
}

/// Starts an assessment, or says whom to join.
///
/// # Errors
/// [`Failure`] where nothing could be changed or recorded.
pub async fn start_assessment(
    index: &Index,
    visit: Visit,
    child: ChildRef,
    new: NewAssessment,
    key: Option<IdempotencyKey>,
) -> Result<Answer<Starting>, Failure> {
    index.change(visit, move |session| start(session, child, new, key.as_ref())).await
}

fn start(
    session: &mut Session<'_>,
    child: ChildRef,
    new: NewAssessment,
    key: Option<&IdempotencyKey>,
) -> Result<Sealed<Starting>, Failure> {
    let (file, permit) = match open::<StartAssessment>(session, child)? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let earlier = match replays::find(session, key)? {
        Ok(earlier) => earlier.and_then(|replay| replay.reference),
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let others = file.assessments(&permit)?.to_vec();
    let subject = file.subject().clone();
    let (record, _) = file.open(&permit)?;
    let shielded = record.shield.is_some();
    if let Some(reference) = earlier {
        // Decided anew: the account may be of another organisation by now, and the child shielded.
        let directory = directory_of(session, &others)?;
        let register = Register { entries: &others, directory: &directory, shielded };
        return match own_assessment(session, &permit, &subject, &register, reference.parse().unwrap_or_default()) {
            Ok(entry) => tell(session, permit, (&others, shielded), &entry, Outcome::Unchanged, Starting::Started),
            Err(refusal) => Ok(session.refuse(refusal)),
        };
    }
    if let Some(refusal) = wrong(session, &record, &new) {
        return Ok(session.refuse(refusal));
    }
    if let Some(open) = others.iter().find(|other| other.is_open() && other.kind == new.kind) {
        return tell_open(session, permit, (&others, shielded), open);
    }
    let entry = match prepare(session, &permit, (&others, shielded), new)? {
        Ok(entry) => entry,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    match assessments::insert(session.conn, &permit, &entry) {
        Ok(()) => {}
        Err(StoreError::Conflict("assessment_open")) => {
            // Somebody on another node was first.
            let now = assessments::list(session.conn, &permit)?;
            return match now.iter().find(|other| other.is_open() && other.kind == entry.kind) {
                Some(open) => tell_open(session, permit, (&now, shielded), open),
                None => Err(Failure::Busy),
            };
        }
        Err(error) => return Err(error.into()),
    }
    replays::remember(session, key, "started", Some(entry.number.to_string()))?;
    // Shown as it will be read: with the entry in place its organisation has more to see of it.
    match open::<StartAssessment>(session, child)? {
        Ok((_, permit)) => tell(session, permit, (&others, shielded), &entry, Outcome::Changed, Starting::Started),
        Err(refusal) => Ok(session.refuse(refusal)),
    }
}

/// What is wrong with an assessment to start, whatever else is recorded.
fn wrong(session: &Session<'_>, record: &ChildRecord, new: &NewAssessment) -> Option<Refusal> {
    let wrong = |pointer, message| Some(Refusal::Invalid(Violation { pointer, message }));
    let Some(rule) = session.settings.policy.assessment_kinds.rule(&new.kind) else {
        return wrong("/kind", "is no kind of assessment that this index records");
    };
    if !rule.may_be_started_by(session.actor.sector) {
        return Some(Refusal::Forbidden(Forbidden::Sector));
    }
    match new.consent {
        None if rule.needs_consent => return wrong("/consent", "is needed: this kind stands on consent"),
        Some(_) if !rule.needs_consent => {
            return wrong("/consent", "belongs to kinds that need it only; leave it out");
        }
        Some(consent) if consent.on > session.day => return wrong("/consent/on", "lies in the future"),
        _ => {}
    }
    if new.started_on > session.day {
        return wrong("/started_on", "lies in the future");
    }
    wrong_dates(session, record, new.started_on, None).map(Refusal::Invalid)
}

/// Makes the entry to insert, or says what is wrong with it.
fn prepare(
    session: &mut Session<'_>,
    permit: &Permit<StartAssessment>,
    (others, shielded): (&[Assessment], bool),
    new: NewAssessment,
) -> Result<Result<Assessment, Refusal>, Failure> {
    let owner = session.actor.organisation;
    if let Some(team) = new.team
        && teams::find(session.conn, team)?.is_none_or(|team| team.organisation != owner)
    {
        let message = "is not a team of your organisation";
        return Ok(Err(Refusal::Invalid(Violation { pointer: "/team", message })));
    }
    if let Some(number) = new.linked_to {
        let directory = directory_of(session, others)?;
        let register = Register { entries: others, directory: &directory, shielded };
        if let Err(violation) = may_link(session, permit, &register, &new.kind, number) {
            return Ok(Err(Refusal::Invalid(violation)));
        }
    }
    let practitioner = match &new.practitioner {
        Some(person) => Some(register_practitioner(session, owner, person)?),
        None => None,
    };
    Ok(Ok(Assessment {
        child: permit.child(),
        number: free_number(others.iter().map(|assessment| assessment.number)),
        kind: new.kind,
        organisation: owner,
        team: new.team,
        practitioner,
        started_on: new.started_on,
        end: None,
        consent: new.consent,
        linked_to: new.linked_to,
        last_confirmed_at: session.now,
        entered_under_shield: shielded,
        version: 1,
        created_at: session.now,
    }))
}

/// Whether an assessment of this kind may be linked to the one with this number. One that is not seen does not exist.
pub(super) fn may_link<A: crate::domain::policy::Action>(
    session: &Session<'_>,
    permit: &Permit<A>,
    register: &Register<'_>,
    kind: &AssessmentKind,
    number: i32,
) -> Result<(), Violation> {
    let wrong = |message| Err(Violation { pointer: "/linked_to", message });
    let other = register.find(number).filter(|other| register.is_known_to_caller(session, permit, other));
    match other {
        None => wrong("is the number of no assessment of this child that you may see"),
        Some(other) if !session.settings.policy.assessment_kinds.may_link(kind, &other.kind) => {
            wrong("must be the number of an assessment that this kind is linked to: of early help, a single assessment")
        }
        Some(_) => Ok(()),
    }
}

/// Says whom to join. What hides the holder, a shield or anything else, is the same answer.
fn tell_open(
    session: &mut Session<'_>,
    permit: Permit<StartAssessment>,
    (others, shielded): (&[Assessment], bool),
    open: &Assessment,
) -> Result<Sealed<Starting>, Failure> {
    let alerts = match budgets::charge_children(session, &[permit.child()])? {
        Ok(charge) => charge.alerts,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let directory = directory_of(session, others)?;
    let register = Register { entries: others, directory: &directory, shielded };
    let (shown, block) = (register.shows(session, &permit, open), register.block_of(session, open));
    let holder = register.holder_of(session, open);
    // Looked up whether or not the holder is hidden: the time it takes must not tell.
    let desk = broker(session)?;
    let permit = permit.with_sensitive_services(block == Block::Sensitive);
    let event = session.event(session.visit.action, Outcome::Conflict).on(TargetKind::Assessment, open.number);
    let sealed = if shown {
        Disclosure::under(permit, &[block], event, Starting::Open(OpenElsewhere::With(Box::new(holder))))
    } else {
        let child = describe(permit.pseudonym(), permit.version(), permit.is_delicate(), permit.visibility(), &[]);
        let event = event.about(child.withheld([block.code()]));
        Disclosure::with(event, Starting::Open(OpenElsewhere::Withheld(desk)))
    };
    Ok(alerts.into_iter().fold(sealed, Disclosure::also))
}
