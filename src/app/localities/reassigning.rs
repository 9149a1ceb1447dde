//! Giving a team's children to another team of the organisation when a boundary moves: each under a permit of its own, as
//! far as the caller sees its home and its entry. Whoever is hidden stays where they are and is not counted.

use crate::app::index::Answer;
use crate::app::involvements::{directory_for, group_of, may_see, party_of};
use crate::app::teams::{self, TeamRef};
use crate::app::{Failure, Index, Session, budgets, leads};
use crate::domain::audit::actions::Outcome;
use crate::domain::audit::payloads::{ChildShown, Criteria, TargetKind};
use crate::domain::disclosures::{Disclosure, Sealed, describe};
use crate::domain::ids::{ChildId, TeamId};
use crate::domain::index_numbers::IndexNumber;
use crate::domain::involvements::{Involvement, LeadKind};
use crate::domain::leads::AfterChild;
use crate::domain::localities::LeftBecause;
use crate::domain::organisations::{Organisation, Team};
use crate::domain::policy::{
    Block, Permit, ReassignInvolvement, Refusal, Violation, decide, decide_reassignment, district_seen,
    may_change_entry,
};
use crate::domain::services::ServiceGroup;
use crate::domain::visits::Visit;
use crate::store::files;
use crate::store::{involvements, team_districts, transfers};

/// What is to be given to another team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReassignment {
    /// The team whose children they are.
    pub from: TeamRef,
    /// The team of the same organisation that is to have them.
    pub to: TeamId,
    /// The districts they live in, which that team serves by now.
    pub districts: Vec<String>,
    /// Whether it is only counted.
    pub dry_run: bool,
    /// From after this child.
    pub after: Option<AfterChild>,
    /// At most so many children.
    pub limit: u16,
}

/// One entry, and what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reassigned {
    /// The child.
    pub child: IndexNumber,
    /// The entry.
    pub involvement: i32,
    /// Why it stays; it is the other team's where there is no reason.
    pub left: Option<LeftBecause>,
    /// What its practitioner leads, and goes on leading.
    pub leads: Option<LeadKind>,
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reassignment {
    /// Whether it was only counted; then no child is told to anybody.
    pub dry_run: bool,
    /// Each entry in the order of the children's numbers.
    pub entries: Vec<Reassigned>,
    /// Where to go on.
    pub next: Option<AfterChild>,
}

/// Children that are read at once.
const BATCH: u16 = 200;

/// Gives the children of a team who live in some districts to another team, so many at once, or counts how many there are.
///
/// # Errors
/// [`Failure`] where nothing could be changed or recorded.
pub async fn reassign_team(index: &Index, visit: Visit, new: NewReassignment) -> Result<Answer<Reassignment>, Failure> {
    let asked = new.clone();
    let found = index.survey(visit.clone(), move |session| look_through(session, &asked)).await?.unwrap_or_default();
    match new.dry_run {
        true => index.disclose(visit, move |session| count(session, &new, found)).await,
        false => index.change(visit, move |session| reassign(session, &new, &found)).await,
    }
}

/// The teams of a request, or why nothing is done. Said once, and not of each child.
fn sides(session: &mut Session<'_>, new: &NewReassignment) -> Result<Result<Sides, Refusal>, Failure> {
    let wrong = |pointer, message| Ok(Err(Refusal::Invalid(Violation { pointer, message })));
    let Some((organisation, from)) = teams::find(session, new.from)? else { return Ok(Err(Refusal::NotFound)) };
    if let Err(refusal) = decide_reassignment(&session.actor, &organisation) {
        return Ok(Err(refusal));
    }
    let other = TeamRef { organisation: organisation.id, team: new.to };
    let Some((_, to)) = teams::find(session, other)? else {
        return wrong("/to", "is not a team of that organisation");
    };
    if to.id == from.id {
        return wrong("/to", "is the team that has them");
    }
    if to.sensitive != from.sensitive {
        return wrong("/to", "is not as sensitive as the team that has them: consent is asked for child by child");
    }
    let served = team_districts::list(session.conn, &[to.id])?;
    if !new.districts.iter().all(|district| served.iter().any(|(_, own)| own == district)) {
        return wrong("/postcode_districts", "are not all served by that team: move the boundary first");
    }
    Ok(Ok(Sides { organisation, from, to }))
}

struct Sides {
    organisation: Organisation,
    from: Team,
    to: Team,
}

/// A child to be looked at, and its entries with what would become of each.
type Found = (ChildId, Vec<Reassigned>);

/// Looks through a team's children: for a count all of them, otherwise until so many are found.
fn look_through(session: &mut Session<'_>, new: &NewReassignment) -> Result<Vec<Found>, Failure> {
    let Ok(sides) = sides(session, new)? else { return Ok(Vec::new()) };
    let enough = usize::from(new.limit).saturating_add(1);
    let mut found = Vec::new();
    let mut after = new.after.filter(|_| !new.dry_run).map(|after| after.0);
    loop {
        let (from, day) = (sides.from.id, session.day);
        let batch = team_districts::list_children(session.conn, from, &new.districts, day, after, BATCH)?;
        let Some((_, last, _)) = batch.last() else { return Ok(found) };
        after = Some(*last);
        for (id, ..) in batch.into_iter().filter(|(.., lives_there)| *lives_there) {
            let Some(opened) = Opened::find(session, &sides, new, id)? else { continue };
            found.push((id, opened.entries.iter().map(|(_, told)| *told).collect()));
            if !new.dry_run && found.len() >= enough {
                return Ok(found);
            }
        }
    }
}

/// A child of the team that the caller sees living in one of the districts.
struct Opened {
    permit: Permit<ReassignInvolvement>,
    entries: Vec<(Involvement, Reassigned)>,
    sensitive: bool,
}

impl Opened {
    /// Opens a child; nothing where its home or every entry of the team is hidden from the caller, so that whoever is hidden
    /// is no other than who lives elsewhere.
    fn find(
        session: &mut Session<'_>,
        sides: &Sides,
        new: &NewReassignment,
        id: ChildId,
    ) -> Result<Option<Self>, Failure> {
        let Some(file) = files::find(session.conn, Some(id), session.day)? else { return Ok(None) };
        let decided = decide::<ReassignInvolvement>(&session.actor, file.subject(), session.day);
        let Ok(permit) = decided else { return Ok(None) };
        let owner = sides.organisation.id;
        let subject = file.subject().clone();
        let (record, entries) = file.open(&permit)?;
        let lives_there = district_seen(permit.visibility(), &record.address)
            .is_some_and(|seen| new.districts.iter().any(|district| district == seen.as_str()));
        if !lives_there || may_change_entry(&session.actor, &subject, owner).is_err() {
            return Ok(None);
        }
        let day = session.day;
        let runs =
            |entry: &&Involvement| entry.ended_on.is_none() && entry.is_live_on(day) && entry.may_be_told_on(day);
        let directory = directory_for(session, entries.iter().map(party_of))?;
        let shielded = record.shield.is_some();
        let of_team = |entry: &&Involvement| entry.team == Some(sides.from.id) && entry.organisation == owner;
        let mut seen = Vec::new();
        let mut sensitive = false;
        for entry in entries.iter().filter(of_team).filter(runs) {
            let is_sensitive = group_of(session, &directory, entry) == ServiceGroup::Sensitive;
            if !may_see(session, &permit, shielded, is_sensitive, entry) {
                continue;
            }
            sensitive |= is_sensitive;
            let twin = |other: &&Involvement| {
                (other.service, other.organisation, other.team, other.practitioner)
                    == (entry.service, owner, Some(sides.to.id), entry.practitioner)
            };
            let left = if shielded {
                Some(LeftBecause::Shielded)
            } else if record.address.held {
                Some(LeftBecause::AddressHeld)
            } else if transfers::has_open_from(session.conn, &permit, entry.number)? {
                Some(LeftBecause::TransferOpen)
            } else if entries.iter().filter(twin).any(|other| other.ended_on.is_none() && other.withdrawn_at.is_none())
            {
                Some(LeftBecause::Registered)
            } else {
                None
            };
            let told = Reassigned { child: record.index_number, involvement: entry.number, left, leads: entry.lead };
            seen.push((entry.clone(), told));
        }
        Ok((!seen.is_empty()).then_some(Self { permit, entries: seen, sensitive }))
    }

    /// Gives the entries that may go to the other team. Whoever leads goes on leading.
    fn give(&self, session: &mut Session<'_>, to: TeamId) -> Result<(), Failure> {
        for (entry, _) in self.entries.iter().filter(|(_, told)| told.left.is_none()) {
            let version = entry.version.saturating_add(1);
            let given = Involvement { team: Some(to), version, ..entry.clone() };
            involvements::update(session.conn, &self.permit, &given)?;
            leads::follow(session, &self.permit, entry, &given)?;
        }
        Ok(())
    }

    fn told(&self) -> ChildShown {
        let Self { permit, sensitive, .. } = self;
        let block = if *sensitive { Block::Sensitive } else { Block::Involvements };
        let delicate = permit.is_delicate() || *sensitive;
        describe(permit.pseudonym(), permit.version(), delicate, permit.visibility(), &[Block::Address, block])
    }
}

/// Says how many entries would be given and left, and of no child that it is among them.
fn count(session: &mut Session<'_>, new: &NewReassignment, found: Vec<Found>) -> Result<Sealed<Reassignment>, Failure> {
    if let Err(refusal) = sides(session, new)? {
        return Ok(refuse(session, new, refusal));
    }
    let entries = found.into_iter().flat_map(|(_, entries)| entries).collect();
    let event = about(session, new, Outcome::Done);
    Ok(Disclosure::with(event, Reassignment { dry_run: true, entries, next: None }))
}

fn reassign(
    session: &mut Session<'_>,
    new: &NewReassignment,
    found: &[Found],
) -> Result<Sealed<Reassignment>, Failure> {
    let sides = match sides(session, new)? {
        Ok(sides) => sides,
        Err(refusal) => return Ok(refuse(session, new, refusal)),
    };
    let (wanted, more) = found.split_at(found.len().min(new.limit.into()));
    let mut event = about(session, new, Outcome::Changed);
    let (mut entries, mut children) = (Vec::new(), Vec::new());
    for (id, _) in wanted {
        // As it is now: whoever belongs to it no more is left out.
        let Some(opened) = Opened::find(session, &sides, new, *id)? else { continue };
        opened.give(session, sides.to.id)?;
        event = event.about(opened.told());
        for (entry, told) in &opened.entries {
            event = event.on(TargetKind::Involvement, entry.number);
            entries.push(*told);
        }
        children.push(*id);
    }
    let alerts = match budgets::charge_children(session, &children)? {
        Ok(charge) => charge.alerts,
        Err(refusal) => return Ok(refuse(session, new, refusal)),
    };
    let last = wanted.last().and_then(|(_, entries)| entries.last()).filter(|_| !more.is_empty());
    let next = last.map(|last| AfterChild(last.child));
    let sealed = Disclosure::with(event, Reassignment { dry_run: false, entries, next });
    Ok(alerts.into_iter().fold(sealed, Disclosure::also))
}

fn about(session: &Session<'_>, new: &NewReassignment, outcome: Outcome) -> crate::domain::audit::events::Event {
    // Which districts is not kept: beside the children it would say where they live.
    let asked = Criteria::new().with("dry_run", new.dry_run).with("limit", new.limit);
    let event = session.event(session.visit.action, outcome).asking(asked);
    event
        .on(TargetKind::Organisation, new.from.organisation)
        .on(TargetKind::Team, new.from.team)
        .on(TargetKind::Team, new.to)
}

fn refuse<T>(session: &Session<'_>, new: &NewReassignment, refusal: Refusal) -> Sealed<T> {
    Disclosure::refused(refusal, about(session, new, refusal.outcome()))
}
