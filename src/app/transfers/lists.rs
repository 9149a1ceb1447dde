//! Work-lists: what an organisation is to answer, what a desk is to place, and what nobody has answered or accepted.

use super::showing::{Pathways, ShownTransfer, told};
use crate::app::contacts::Identity;
use crate::app::index::Answer;
use crate::app::{Failure, Index, Session, budgets};
use crate::domain::audit::actions::Outcome;
use crate::domain::audit::payloads::{ChildShown, Criteria, TargetKind};
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::ids::{ChildId, TransferId};
use crate::domain::pages::Page;
use crate::domain::policy::{self, Block, ReadTransfers, works_area_list};
use crate::domain::transfers::{Transfer, TransferList};
use crate::domain::visits::Visit;
use crate::store::files;
use crate::store::transfers::{self, TransferScope};

/// Rows read at a time.
const READ: u16 = 100;

/// Lists open transfers in the order they were proposed, each child under a permit of its own. What is hidden is passed
/// over and fills no place: a page tells by its length nothing of what is not on it.
///
/// # Errors
/// [`Failure`] where nothing could be read or recorded.
pub async fn list_transfer_work(
    index: &Index,
    visit: Visit,
    list: TransferList,
    after: Option<TransferId>,
    limit: u16,
) -> Result<Answer<Page<ShownTransfer, TransferId>>, Failure> {
    index.disclose(visit, move |session| work(session, list, after, limit)).await
}

/// A line of a list: the transfer as it is shown, whose it is, and how the log tells of it.
struct Line {
    shown: ShownTransfer,
    child: ChildId,
    told: ChildShown,
}

fn work(
    session: &mut Session<'_>,
    list: TransferList,
    after: Option<TransferId>,
    limit: u16,
) -> Result<Sealed<Page<ShownTransfer, TransferId>>, Failure> {
    if let Err(refusal) = policy::may_look_at_children(&session.actor) {
        return Ok(session.refuse(refusal));
    }
    let lines = read(session, list, after, usize::from(limit).saturating_add(1))?;
    let page = Page::of(lines, limit, |last| last.shown.id);
    let outcome = if page.items.is_empty() { Outcome::None } else { Outcome::Disclosed };
    let asked = Criteria::new()
        .with("list", list.code())
        .with_some("cursor", after.map(|after| after.to_string()))
        .with("limit", limit);
    let mut event = session.event(session.visit.action, outcome).asking(asked);
    let (mut items, mut children) = (Vec::with_capacity(page.items.len()), Vec::new());
    for Line { shown, child, told } in page.items {
        event = event.about(told).on(TargetKind::Transfer, shown.id);
        children.push(child);
        items.push(shown);
    }
    children.sort_unstable();
    children.dedup();
    let alerts = match budgets::charge_children(session, &children)? {
        Ok(charge) => charge.alerts,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let sealed = Disclosure::with(event, Page { items, next: page.next });
    Ok(alerts.into_iter().fold(sealed, Disclosure::also))
}

/// The first `wanted` lines after a place that may be shown.
fn read(
    session: &mut Session<'_>,
    list: TransferList,
    after: Option<TransferId>,
    wanted: usize,
) -> Result<Vec<Line>, Failure> {
    let area = works_area_list(&session.actor).then(|| session.actor.area.clone());
    let scope = TransferScope { organisation: session.actor.organisation, area };
    let (mut lines, mut after) = (Vec::with_capacity(wanted), after);
    loop {
        let page = transfers::list_open(session.conn, &scope, list, after, READ)?;
        let Some(last) = page.last().map(|last| last.id) else { return Ok(lines) };
        for transfer in page {
            lines.extend(line(session, transfer)?);
            if lines.len() >= wanted {
                return Ok(lines);
            }
        }
        after = Some(last);
    }
}

fn line(session: &mut Session<'_>, transfer: Transfer) -> Result<Option<Line>, Failure> {
    let Some(file) = files::find(session.conn, Some(transfer.child), session.day)? else { return Ok(None) };
    let decided = policy::decide::<ReadTransfers>(&session.actor, file.subject(), session.day);
    let Ok(permit) = decided else { return Ok(None) };
    let child = Identity::from(file.record(&permit)?);
    let pathways = Pathways::among(session, &permit, file, vec![transfer.clone()])?;
    let Some(sight) = pathways.sight(session, &permit, &transfer) else { return Ok(None) };
    let shown = pathways.show(session, &permit, &transfer, sight)?;
    let seen = pathways.blocks_seen(session, &transfer, sight);
    let blocks = [&[Block::Identity], seen.as_slice()].concat();
    let delicate = pathways.any_sensitive(session);
    let told = told(permit.with_sensitive_services(delicate), &blocks, &seen);
    Ok(Some(Line { shown: ShownTransfer { child: Some(child), ..shown }, child: transfer.child, told }))
}
