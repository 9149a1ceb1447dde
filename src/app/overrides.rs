//! The override of a shield: a warning first, then one viewing, an investigation with it, and an end to it.

use super::children::{self as records, ShownChild, resolve};
use super::contacts::{self, Contacts};
use super::index::Answer;
use super::{Failure, Index, Session, budgets};
use crate::domain::audit::actions::{AuditAction, Outcome};
use crate::domain::audit::payloads::{Criteria, TargetKind};
use crate::domain::disclosures::{Disclosure, Sealed, describe};
use crate::domain::handles::ChildRef;
use crate::domain::ids::OverrideId;
use crate::domain::instants::Instant;
use crate::domain::overrides::{ACKNOWLEDGED_WITHIN, OverrideGround};
use crate::domain::policy::{
    Block, CaseKind, Conflict, OverrideShield, Permit, Refusal, decide_override, may_override,
};
use crate::domain::visits::Visit;
use crate::store::files::{self, ChildFile};
use crate::store::overrides::Warned;
use crate::store::{cases, children, overrides};

/// The blocks that a viewing is made of: those of a record and those of contacts. A mother recorded before birth is not
/// among them.
const BLOCKS: [Block; 9] = [
    Block::Identity,
    Block::OtherNames,
    Block::Address,
    Block::Carers,
    Block::Identifiers,
    Block::Involvements,
    Block::Assessments,
    Block::AssessmentKinds,
    Block::Sensitive,
];

/// What somebody asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OverrideSought {
    /// Why.
    pub ground: OverrideGround,
    /// What acknowledges the warning that was given before; none to be warned.
    pub acknowledgement: Option<OverrideId>,
}

/// What comes of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Overriding {
    /// Nothing is shown yet.
    Warned {
        /// What acknowledges the warning, once.
        acknowledgement: OverrideId,
        /// When it ends unused.
        expires_at: Instant,
    },
    /// The one viewing.
    Viewed(Box<Viewing>),
}

/// What one viewing shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Viewing {
    /// The record.
    pub record: ShownChild,
    /// Who is involved, and how to reach them.
    pub contacts: Contacts,
}

/// Warns somebody who wants to see the hidden part of a shielded record or, on the acknowledged warning, shows it once.
///
/// # Errors
/// [`Failure`] where nothing could be read, changed or recorded; then nothing is shown, and the warning is unused.
pub async fn override_shield(
    index: &Index,
    visit: Visit,
    child: ChildRef,
    sought: OverrideSought,
) -> Result<Answer<Overriding>, Failure> {
    index.change(visit, move |session| request(session, child, sought)).await
}

fn request(session: &mut Session<'_>, child: ChildRef, sought: OverrideSought) -> Result<Sealed<Overriding>, Failure> {
    // What an account may not do at all it is told alike of every number.
    if let Err(refusal) = may_override(&session.actor) {
        return Ok(session.refuse(refusal));
    }
    let id = resolve(session, child)?;
    let Some(file) = files::find(session.conn, id, session.day)? else {
        return Ok(session.refuse(Refusal::NotFound));
    };
    let permit = match decide_override(&session.actor, file.subject(), session.day) {
        Ok(permit) => permit,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let warned = Warned { account: session.actor.account, token: session.visit.token, ground: sought.ground };
    match sought.acknowledgement {
        None => warn(session, permit, warned),
        Some(acknowledgement) => view(session, file, permit, warned, acknowledgement),
    }
}

fn warn(
    session: &mut Session<'_>,
    permit: Permit<OverrideShield>,
    warned: Warned,
) -> Result<Sealed<Overriding>, Failure> {
    let acknowledgement = overrides::warn(session.conn, &permit, warned, session.now)?;
    let event = session.event(AuditAction::OverrideWarned, Outcome::Held).asking(because(warned));
    // The warning shows nothing, so that the event must not say that anything was shown.
    let told = describe(permit.pseudonym(), permit.version(), permit.is_delicate(), permit.visibility(), &[]);
    let expires_at = session.now.plus(ACKNOWLEDGED_WITHIN);
    Ok(Disclosure::with(event.about(told), Overriding::Warned { acknowledgement, expires_at }))
}

fn view(
    session: &mut Session<'_>,
    file: ChildFile,
    permit: Permit<OverrideShield>,
    warned: Warned,
    acknowledgement: OverrideId,
) -> Result<Sealed<Overriding>, Failure> {
    let record = file.record(&permit)?.clone();
    let case = cases::open(session.conn, permit.child(), CaseKind::Investigation, &record.area, None, session.now)?;
    if !overrides::take(session.conn, &permit, acknowledgement, warned, case, session.now)? {
        return Ok(session.refuse(Refusal::Conflict(Conflict::WarningOver)));
    }
    if let Err(refusal) = budgets::charge_override(session)? {
        return Ok(session.refuse(refusal));
    }
    let alerts = match budgets::charge_children(session, &[permit.child()])? {
        Ok(charge) => charge.alerts,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let whole = children::get_parts(session.conn, &session.settings.keys, &permit, record)?;
    let record = records::show(session, &permit, whole, None);
    let (contacts, permit) = contacts::gather(session, permit, file)?;
    let event = session
        .event(AuditAction::OverrideViewed, Outcome::Disclosed)
        .asking(because(warned))
        .on(TargetKind::Case, case);
    let viewing = Overriding::Viewed(Box::new(Viewing { record, contacts }));
    let sealed = Disclosure::under(permit, &BLOCKS, event, viewing);
    Ok(alerts.into_iter().fold(sealed, Disclosure::also))
}

fn because(warned: Warned) -> Criteria {
    Criteria::new().with("ground", warned.ground.code())
}
