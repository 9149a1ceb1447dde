//! Lead professionals of the demo's first area: questions that wait, one that was declined, and somebody who stands in.

use chrono::Days;

use crate::domain::accounts::Account;
use crate::domain::enquiries::working_days_after;
use crate::domain::ids::ChildId;
use crate::domain::instants::{DAY, Instant};
use crate::domain::involvements::{Involvement, LeadKind};
use crate::domain::leads::{LeadAnswer, LeadCover, LeadDeclineReason, LeadProposal, LeadTerm};
use crate::domain::policy::PolicySettings;
use crate::store::connections::AnyConnection;
use crate::store::errors::StoreResult;
use crate::store::{demos, practitioners};

/// The most children that are looked through.
const MOST: u16 = 400;

/// Makes up what was asked about early help by `asks`, and who stands in.
///
/// # Errors
/// As the database's.
pub(super) fn register(conn: &mut AnyConnection, asks: &Account, now: Instant) -> StoreResult<()> {
    let mut led = 0_usize;
    for child in demos::list_ordinary(conn, &asks.area, now.day(), MOST)? {
        let entries = demos::list_involvements(conn, child)?;
        let runs = |entry: &&Involvement| entry.ended_on.is_none() && entry.is_live_on(now.day());
        let leads = |entry: &&Involvement| entry.lead == Some(LeadKind::EarlyHelp) && entry.practitioner.is_some();
        let Some(lead) = entries.iter().filter(runs).find(leads) else { continue };
        // Nothing sensitive: it has no ground.
        let may = |entry: &&Involvement| entry.practitioner.is_some() && entry.lead.is_none() && entry.ground.is_none();
        let other = entries.iter().filter(runs).find(may);
        match (led % 3, other) {
            (0, Some(other)) => demos::insert_lead_proposal(conn, &question(child, lead, other, asks, now, None))?,
            (1, Some(other)) => {
                let reason = Some(LeadDeclineReason::NoCapacity);
                demos::insert_lead_proposal(conn, &question(child, lead, other, asks, now.plus(-3 * DAY), reason))?;
            }
            _ => cover(conn, child, lead, now)?,
        }
        led = led.saturating_add(1);
    }
    Ok(())
}

fn question(
    child: ChildId,
    lead: &Involvement,
    other: &Involvement,
    asks: &Account,
    at: Instant,
    declined: Option<LeadDeclineReason>,
) -> LeadProposal {
    LeadProposal {
        child,
        number: rand::random_range(1..=Involvement::HIGHEST_NUMBER),
        kind: LeadKind::EarlyHelp,
        involvement: other.number,
        led_by: Some(lead.number),
        organisation: asks.organisation,
        proposed_by: asks.id,
        proposed_at: at,
        expires_at: working_days_after(at, PolicySettings::default().lead_proposal_working_days),
        answer: declined.map_or(LeadAnswer::Waiting, |reason| LeadAnswer::Declined(at.plus(DAY), reason)),
    }
}

fn cover(conn: &mut AnyConnection, child: ChildId, lead: &Involvement, now: Instant) -> StoreResult<()> {
    let stands_in = practitioners::find_or_insert(conn, lead.organisation, "Amira Hussain", "Early help worker")?.id;
    let from = now.day();
    let until = from.checked_add_days(Days::new(13)).unwrap_or(from);
    let term = LeadTerm {
        kind: LeadKind::EarlyHelp,
        involvement: lead.number,
        practitioner: lead.practitioner,
        since: lead.created_at,
        cover: Some(LeadCover { practitioner: stands_in, from, until }),
    };
    demos::insert_lead_term(conn, child, &term)
}
