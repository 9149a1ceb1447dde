//! The management team's work-list: what is open in its area, and who works it.

mod closing;

pub use closing::{ClosedCase, close_case};

use chrono::NaiveDate;

use super::index::Answer;
use super::shields::{due_on, still_decides};
use super::{Failure, Index, Session};
use crate::domain::accounts::Capability;
use crate::domain::audit::actions::Outcome;
use crate::domain::audit::payloads::ChildShown;
use crate::domain::disclosures::{Disclosure, Sealed, describe};
use crate::domain::ids::{CaseId, ChildId};
use crate::domain::index_numbers::IndexNumber;
use crate::domain::instants::Instant;
use crate::domain::pages::Page;
use crate::domain::policy::{
    Block, CaseKind, Conflict, Forbidden, ReadChild, Refusal, Subject, decide, may_work_cases,
};
use crate::domain::visits::Visit;
use crate::store::cases::{self, ListedCase};
use crate::store::{files, overrides, shield_reviews};

pub use crate::store::cases::CasePlace;

/// Which open cases are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CasesSought {
    /// Of this kind alone.
    pub kind: Option<CaseKind>,
    /// Where the page before ended.
    pub after: Option<CasePlace>,
    /// At most so many.
    pub limit: u16,
}

/// An open case as its area's managers see it.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownCase {
    /// Its id.
    pub id: CaseId,
    /// What it is about.
    pub kind: CaseKind,
    /// The child, where the manager may see that there is one: of a registration held for a person only whoever has
    /// taken the case.
    pub child: Option<IndexNumber>,
    /// When it was opened.
    pub opened_at: Instant,
    /// The last day on which it is dealt with in time; of a confirmed shield, the day on which it is looked at again.
    pub due_on: Option<NaiveDate>,
    /// Whether that day has passed.
    pub overdue: bool,
    /// Whether somebody works it, and whether that is the caller.
    pub taken: Option<bool>,
}

/// Lists the open cases of the caller's area, oldest first.
///
/// # Errors
/// [`Failure`] where nothing could be read or recorded.
pub async fn list_cases(
    index: &Index,
    visit: Visit,
    sought: CasesSought,
) -> Result<Answer<Page<ShownCase, CasePlace>>, Failure> {
    index.disclose(visit, move |session| list(session, &sought)).await
}

fn list(session: &mut Session<'_>, sought: &CasesSought) -> Result<Sealed<Page<ShownCase, CasePlace>>, Failure> {
    if let Err(refusal) = may_work_cases(&session.actor) {
        return Ok(session.refuse(refusal));
    }
    let area = session.actor.area.clone();
    let cleared = session.actor.can(Capability::SealedClearance);
    let found = cases::list_of_area(session.conn, &area, cleared, sought.kind, sought.after, sought.limit)?;
    let page = Page::of(found, sought.limit, |case| (case.opened_at, case.id));
    let mut event = session.event(session.visit.action, Outcome::Disclosed);
    let children: Vec<ChildId> = page.items.iter().map(|case| case.child).collect();
    let reviews = shield_reviews::list_days(session.conn, &children)?;
    let mut items = Vec::with_capacity(page.items.len());
    for case in &page.items {
        let Some(child) = child_of(session, case.child)? else { continue };
        if child.unknown {
            continue;
        }
        items.push(show(session, case, &child, reviews.get(&case.child).copied()));
        event = child.shown.into_iter().fold(event, |event, (_, told)| event.about(told));
    }
    Ok(Disclosure::with(event, Page { items, next: page.next }))
}

/// The child of a case, as far as this manager may see that there is one.
struct CaseChild {
    /// What is sealed does not exist for whoever is not cleared, and neither does its case.
    unknown: bool,
    /// Whether the management team has confirmed its shield.
    confirmed: bool,
    /// Whether it is shielded itself; a shield case of a child that is not is about its carers.
    shielded: bool,
    shown: Option<(IndexNumber, ChildShown)>,
}

/// Whether a child is sealed and the caller not cleared, or the caller is kept from it: then its cases do not exist for
/// them either.
fn is_unknown(session: &Session<'_>, subject: &Subject) -> bool {
    let sealed = subject.sealed && !session.actor.can(Capability::SealedClearance);
    sealed || subject.restricted_from.contains(&session.actor.account)
}

fn child_of(session: &mut Session<'_>, child: ChildId) -> Result<Option<CaseChild>, Failure> {
    let Some(file) = files::find(session.conn, Some(child), session.day)? else { return Ok(None) };
    let unknown = is_unknown(session, file.subject());
    let (confirmed, shielded) = (file.subject().shield_reviewed, file.subject().shielded);
    let Ok(permit) = decide::<ReadChild>(&session.actor, file.subject(), session.day) else {
        return Ok(Some(CaseChild { unknown, confirmed, shielded, shown: None }));
    };
    let number = file.record(&permit)?.index_number;
    let (name, version) = (permit.pseudonym(), permit.version());
    let told = describe(name, version, permit.is_delicate(), permit.visibility(), &[Block::Identity]);
    Ok(Some(CaseChild { unknown, confirmed, shielded, shown: Some((number, told)) }))
}

fn show(session: &Session<'_>, case: &ListedCase, child: &CaseChild, review_on: Option<NaiveDate>) -> ShownCase {
    // A shield is confirmed once; what is due then is to look at it again.
    let due_on = match case.kind {
        CaseKind::Shield if child.confirmed => review_on,
        CaseKind::Shield if !child.shielded => review_on.or_else(|| due_on(case.kind, case.opened_at)),
        kind => due_on(kind, case.opened_at),
    };
    ShownCase {
        id: case.id,
        kind: case.kind,
        child: child.shown.as_ref().map(|(number, _)| *number),
        opened_at: case.opened_at,
        due_on,
        overdue: due_on.is_some_and(|day| session.day > day),
        taken: case.manager.map(|manager| manager == session.actor.account),
    }
}

/// Takes an open case of the caller's area, so that it is worked by one manager, who then sees what the case opens.
///
/// # Errors
/// [`Failure`] where nothing could be changed or recorded.
pub async fn take_case(index: &Index, visit: Visit, case: CaseId) -> Result<Answer<ShownCase>, Failure> {
    index.change(visit, move |session| take(session, case)).await
}

fn take(session: &mut Session<'_>, id: CaseId) -> Result<Sealed<ShownCase>, Failure> {
    if let Err(refusal) = may_work_cases(&session.actor) {
        return Ok(session.refuse(refusal));
    }
    let area = session.actor.area.clone();
    let Some(case) = cases::find_open(session.conn, &area, id)? else { return Ok(session.refuse(Refusal::NotFound)) };
    if child_of(session, case.child)?.is_none_or(|child| child.unknown) {
        return Ok(session.refuse(Refusal::NotFound));
    }
    let me = session.actor.account;
    if overrides::find_viewer(session.conn, id)? == Some(me) {
        return Ok(session.refuse(Refusal::Forbidden(Forbidden::Oneself)));
    }
    if !cases::take(session.conn, id, me)? {
        match case.manager {
            // Whoever may decide no more keeps a case from nobody.
            Some(other) if !still_decides(session, other)? => cases::assign(session.conn, id, me)?,
            _ => return Ok(session.refuse(Refusal::Conflict(Conflict::CaseTaken))),
        }
    }
    // Read again: taking the case may have opened what it is about.
    let Some(child) = child_of(session, case.child)? else { return Ok(session.refuse(Refusal::NotFound)) };
    let review_on = shield_reviews::list_days(session.conn, &[case.child])?.get(&case.child).copied();
    let taken = show(session, &ListedCase { manager: Some(me), ..case }, &child, review_on);
    let event = session.event(session.visit.action, Outcome::Changed);
    let event = child.shown.into_iter().fold(event, |event, (_, told)| event.about(told));
    Ok(Disclosure::with(event, taken))
}
