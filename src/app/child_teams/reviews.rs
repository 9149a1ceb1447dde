//! What those look through who look after the teams of an area: whose team should have looked again, each child under a
//! permit of its own.

use chrono::NaiveDate;

use crate::app::contacts::Identity;
use crate::app::index::Answer;
use crate::app::leads::{Room as LeadRoom, ShownLead};
use crate::app::{Failure, Index, Session, budgets};
use crate::domain::audit::actions::Outcome;
use crate::domain::audit::payloads::{ChildShown, Criteria};
use crate::domain::disclosures::{Disclosure, Sealed, describe};
use crate::domain::ids::ChildId;
use crate::domain::leads::AfterChild;
use crate::domain::pages::Page;
use crate::domain::policy::{Block, ListTeamReviews, decide, decide_team_reviews, is_listed_by_area};
use crate::domain::visits::Visit;
use crate::store::{child_teams, files};

/// A child whose team should have looked again.
#[derive(Debug, Clone, PartialEq)]
pub struct OverdueReview {
    /// Who it is.
    pub child: Identity,
    /// The day on which the team was to look again.
    pub next_review_on: NaiveDate,
    /// Who leads.
    pub leads: Vec<ShownLead>,
}

/// Children that are read at once.
const BATCH: u16 = 100;

/// Lists the children of the caller's own area whose team should have looked again, in the order of their numbers.
///
/// # Errors
/// [`Failure`] where nothing could be read or recorded.
pub async fn list_team_reviews(
    index: &Index,
    visit: Visit,
    after: Option<AfterChild>,
    limit: u16,
) -> Result<Answer<Page<OverdueReview, AfterChild>>, Failure> {
    let so_many = usize::from(limit).saturating_add(1);
    let look = move |session: &mut Session<'_>| match decide_team_reviews(&session.actor) {
        Ok(()) => look_through(session, after, so_many),
        Err(_) => Ok(Vec::new()),
    };
    let found = index.survey(visit.clone(), look).await?.unwrap_or_default();
    index.disclose(visit, move |session| list(session, after, limit, &found)).await
}

/// A child on the list, what the log is told of it, and its row.
type Listed = (OverdueReview, ChildShown, ChildId);

fn list(
    session: &mut Session<'_>,
    after: Option<AfterChild>,
    limit: u16,
    found: &[ChildId],
) -> Result<Sealed<Page<OverdueReview, AfterChild>>, Failure> {
    if let Err(refusal) = decide_team_reviews(&session.actor) {
        return Ok(session.refuse(refusal));
    }
    let page = read(session, found, limit)?;
    let ids: Vec<ChildId> = page.items.iter().map(|(.., id)| *id).collect();
    let alerts = match budgets::charge_children(session, &ids)? {
        Ok(charge) => charge.alerts,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let outcome = if page.items.is_empty() { Outcome::None } else { Outcome::Disclosed };
    let asked = Criteria::new().with_some("cursor", after.map(|after| after.to_string())).with("limit", limit);
    let event = session.event(session.visit.action, outcome).asking(asked);
    let event = page.items.iter().fold(event, |event, (_, told, _)| event.about(told.clone()));
    let sealed = Disclosure::with(event, page.map(|(item, ..)| item));
    Ok(alerts.into_iter().fold(sealed, Disclosure::also))
}

/// Reads again those who were found, as they are now; whoever belongs on the list no more is left out.
fn read(session: &mut Session<'_>, found: &[ChildId], limit: u16) -> Result<Page<Listed, AfterChild>, Failure> {
    let (wanted, more) = found.split_at(found.len().min(limit.into()));
    let mut items: Vec<Listed> = Vec::with_capacity(wanted.len());
    for id in wanted {
        items.extend(look_at(session, *id)?);
    }
    let last = items.last().filter(|_| !more.is_empty());
    let next = last.map(|(last, ..)| AfterChild(last.child.index_number));
    Ok(Page { items, next })
}

/// Looks through an area until so many are found or nobody is left.
fn look_through(session: &mut Session<'_>, after: Option<AfterChild>, so_many: usize) -> Result<Vec<ChildId>, Failure> {
    let area = session.actor.area.clone();
    let mut found = Vec::new();
    let mut after = after.map(|after| after.0);
    loop {
        let batch = child_teams::list_overdue(session.conn, &area, session.day, after, BATCH)?;
        let Some((_, last)) = batch.last() else { return Ok(found) };
        after = Some(*last);
        for (id, _) in batch {
            found.extend(look_at(session, id)?.map(|_| id));
            if found.len() >= so_many {
                return Ok(found);
            }
        }
    }
}

/// A child as this permit shows it, where it belongs on the list so.
fn look_at(session: &mut Session<'_>, id: ChildId) -> Result<Option<Listed>, Failure> {
    let Some(file) = files::find(session.conn, Some(id), session.day)? else { return Ok(None) };
    let Ok(permit) = decide::<ListTeamReviews>(&session.actor, file.subject(), session.day) else { return Ok(None) };
    if !is_listed_by_area(file.subject(), permit.visibility().all(Block::Involvements)) {
        return Ok(None);
    }
    let team = child_teams::get(session.conn, &permit)?;
    let Some(next_review_on) = team.next_review_on.filter(|_| team.is_overdue_on(session.day)) else {
        return Ok(None);
    };
    let room = LeadRoom::enter(session, file, &permit)?;
    let leads = room.show_leads(session, &permit);
    let item = OverdueReview { child: Identity::from(&room.record), next_review_on, leads };
    let delicate = permit.is_delicate() || room.any_sensitive(session);
    let blocks = [Block::Identity, Block::Involvements, Block::Sensitive];
    let told = describe(permit.pseudonym(), permit.version(), delicate, permit.visibility(), &blocks);
    Ok(Some((item, told, id)))
}
