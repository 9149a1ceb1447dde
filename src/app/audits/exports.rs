//! Exports of the log: recorded before their first byte, of a log of the size it had then, and read page by page.

use super::questions::EventsSought;
use super::{Answer, Failure, Index, Session, catch_up, find_auditor, find_child, find_page, looks_up, may_ask_about};
use crate::domain::audit::actions::{Outcome, Strength};
use crate::domain::audit::payloads::{ChildShown, Pseudonym};
use crate::domain::audit::scope::Auditor;
use crate::domain::audit::views::AuditedEvent;
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::policy::Refusal;
use crate::domain::visits::Visit;
use crate::store::audit::{self, Cursor};

/// Events read at a time.
const PAGE: u16 = 200;

/// An export that has been recorded and is to be read.
pub struct Export {
    index: Index,
    visit: Visit,
    ticket: Ticket,
    sought: EventsSought,
    left: Option<u64>,
    next: Step,
}

/// Where an export stands.
enum Step {
    Page(Option<Cursor>),
    Done,
}

/// Leave to export: for whom it was decided and recorded, and of how large a log.
struct Ticket {
    auditor: Auditor,
    size: u64,
    child: Option<Pseudonym>,
    nothing: bool,
}

/// Records an export of the events asked for, at most so many where `most` says so; `form` names how they are written.
///
/// # Errors
/// As [`super::search_events`].
pub async fn export_events(
    index: &Index,
    visit: Visit,
    sought: EventsSought,
    most: Option<u64>,
    form: &'static str,
) -> Result<Answer<Export>, Failure> {
    let found = match find_auditor(index, &visit).await? {
        None => None,
        Some(auditor) => {
            if looks_up(&sought, &auditor) {
                catch_up(index).await?;
            }
            let (number, subject) = (sought.child, sought.subject);
            let decided = auditor.clone();
            let child = index
                .prepare(move |conn, settings| match number {
                    Some(number) => find_child(conn, settings, &decided, number),
                    None => Ok(subject),
                })
                .await?;
            Some((auditor, child))
        }
    };
    let (asked, again) = (sought.clone(), visit.clone());
    let Answer { value, receipt } =
        index.disclose(visit, move |session| record(session, &asked, most, form, found)).await?;
    let export = value.map(|ticket| Export {
        index: index.clone(),
        visit: again,
        next: if ticket.nothing { Step::Done } else { Step::Page(sought.after) },
        ticket,
        sought,
        left: most,
    });
    Ok(Answer { value: export, receipt })
}

fn record(
    session: &mut Session<'_>,
    sought: &EventsSought,
    most: Option<u64>,
    form: &'static str,
    found: Option<(Auditor, Option<Pseudonym>)>,
) -> Result<Sealed<Ticket>, Failure> {
    let asked = EventsSought { limit: 0, ..sought.clone() }.criteria().with("form", form);
    let asked = asked.with("limit", most.map_or_else(|| "all".into(), serde_json::Value::from));
    let auditor = match Auditor::of(&session.actor) {
        Ok(auditor) => auditor,
        Err(refusal) => {
            let event = session.event(session.visit.action, refusal.outcome()).asking(asked);
            return Ok(Disclosure::refused(refusal, event));
        }
    };
    if session.visit.strength < Strength::RecentTwoFactor {
        // Whoever finds a screen unlocked takes no log away (OWASP ASVS 6.8.4).
        let refusal = Refusal::RecentLogin;
        let event = session.event(session.visit.action, refusal.outcome()).asking(asked);
        return Ok(Disclosure::refused(refusal, event));
    }
    let Some((_, child)) = found.filter(|(found_for, _)| *found_for == auditor) else { return Err(Failure::Busy) };
    let around = audit::read_surroundings(session.conn, &session.settings.sensitivity, &[], child)?;
    let known = child.is_some_and(|child| sought.child.is_none() || may_ask_about(&auditor, child, &around));
    let nothing = sought.child.is_some() && !known;
    let size = audit::get_head(session.conn)?.size();
    let outcome = if nothing { Outcome::None } else { Outcome::Disclosed };
    let about = child.filter(|_| known).map(|child| {
        let hidden = around.children.get(&child).is_none_or(|now| now.hidden);
        ChildShown::new(child).protected(hidden)
    });
    let event = session.event(session.visit.action, outcome).asking(asked.with("tree_size", size)).about_all(about);
    Ok(Disclosure::with(event, Ticket { auditor, size, child, nothing }))
}

impl Export {
    /// The next events, newest first; none at the end. Some pages are empty and not the last. Who may export and what
    /// is hidden is asked anew for each page, so that what is decided meanwhile binds.
    ///
    /// # Errors
    /// As [`super::search_events`]: the export is then to be broken off.
    pub async fn next_page(&mut self) -> Result<Option<Vec<AuditedEvent>>, Failure> {
        let Step::Page(after) = self.next else { return Ok(None) };
        if find_auditor(&self.index, &self.visit).await?.as_ref() != Some(&self.ticket.auditor) {
            return Err(Failure::Busy);
        }
        let limit = self.left.map_or(PAGE, |left| u16::try_from(left).unwrap_or(PAGE).min(PAGE));
        let sought = EventsSought { after, limit, ..self.sought.clone() };
        let mut filter = sought.filter(self.ticket.child);
        filter.below = Some(self.ticket.size);
        let auditor = self.ticket.auditor.clone();
        let (views, next) = self
            .index
            .prepare(move |conn, settings| {
                let page = find_page(conn, settings, &auditor, &sought, &filter)?;
                let around = audit::read_surroundings(conn, &settings.sensitivity, &page.events, None)?;
                let views = page.events.iter().filter_map(|event| sought.view(&auditor, event, &around));
                Ok((views.collect::<Vec<_>>(), page.next))
            })
            .await?;
        let shown = u64::try_from(views.len()).unwrap_or(u64::MAX);
        self.left = self.left.map(|left| left.saturating_sub(shown));
        self.next = match next {
            Some(next) if self.left != Some(0) => Step::Page(Some(next)),
            _ => Step::Done,
        };
        Ok(Some(views))
    }
}
