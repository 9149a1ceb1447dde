//! Brothers and sisters who share a team: taken in where both records name a carer whom the caller sees on both, and each
//! under leave of its own.

use std::collections::BTreeSet;

use super::room::Room;
use super::showing::{ShownChildTeam, tell};
use crate::app::children::{open, shows_carer};
use crate::app::index::Answer;
use crate::app::{Failure, Index, Session};
use crate::domain::audit::actions::Outcome;
use crate::domain::child_teams::LARGEST_FAMILY;
use crate::domain::children::ChildRecord;
use crate::domain::disclosures::Sealed;
use crate::domain::handles::ChildRef;
use crate::domain::households::carer_keys;
use crate::domain::matching::Key;
use crate::domain::policy::{
    Action, JoinChildTeam, LeaveChildTeam, Permit, Refusal, Violation, may_settle_team, shows_relative,
};
use crate::domain::visits::Visit;
use crate::store::{child_teams, children};

/// Takes a brother or sister into the team around a child.
///
/// # Errors
/// [`Failure`] where nothing could be changed or recorded.
pub async fn join_child_team(
    index: &Index,
    visit: Visit,
    child: ChildRef,
    other: ChildRef,
) -> Result<Answer<ShownChildTeam>, Failure> {
    index.change(visit, move |session| join(session, child, other)).await
}

/// Takes a brother or sister out of the team around a child.
///
/// # Errors
/// As [`join_child_team`].
pub async fn leave_child_team(
    index: &Index,
    visit: Visit,
    child: ChildRef,
    other: ChildRef,
) -> Result<Answer<ShownChildTeam>, Failure> {
    index.change(visit, move |session| leave(session, child, other)).await
}

fn join(session: &mut Session<'_>, child: ChildRef, other: ChildRef) -> Result<Sealed<ShownChildTeam>, Failure> {
    let (permit, room) = match look::<JoinChildTeam>(session, child)? {
        Ok(looked) => looked,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let wrong = |message| Refusal::Invalid(Violation { pointer: "/child_id", message });
    let Some((other, record)) = relative::<JoinChildTeam>(session, other)? else {
        return Ok(session.refuse(wrong(NOBODY)));
    };
    let of_child = carers_known_by(session, &permit, room.record().clone())?;
    let of_other = carers_known_by(session, &other, record)?;
    if permit.child() == other.child() || of_child.is_disjoint(&of_other) {
        return Ok(session.refuse(wrong(NOBODY)));
    }
    if room.count_family(&permit) >= LARGEST_FAMILY && !room.has_relative(&permit, other.child()) {
        return Ok(session.refuse(wrong("is one more than may share a team")));
    }
    let new = child_teams::link(session.conn, &permit, &other)?;
    tell_anew::<JoinChildTeam>(session, child, if new { Outcome::Changed } else { Outcome::Unchanged })
}

/// One sentence whatever is wrong: who may not be known of, who is nobody, and who shares no carer look alike.
const NOBODY: &str = "names no other child who shares a carer with this one, as far as you may see";

fn leave(session: &mut Session<'_>, child: ChildRef, other: ChildRef) -> Result<Sealed<ShownChildTeam>, Failure> {
    let (permit, room) = match look::<LeaveChildTeam>(session, child)? {
        Ok(looked) => looked,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let shared = relative::<LeaveChildTeam>(session, other)?;
    let Some((other, _)) = shared.filter(|(other, _)| room.has_relative(&permit, other.child())) else {
        return Ok(session.refuse(Refusal::NotFound));
    };
    let gone = child_teams::unlink(session.conn, &permit, &other)?;
    tell_anew::<LeaveChildTeam>(session, child, if gone { Outcome::Changed } else { Outcome::Unchanged })
}

/// The child's team, where the caller may settle it.
fn look<A: Action>(session: &mut Session<'_>, child: ChildRef) -> Result<Result<(Permit<A>, Room), Refusal>, Failure> {
    let (file, permit) = match open::<A>(session, child)? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let room = Room::enter(session, file, &permit)?;
    Ok(may_settle_team(&session.actor, room.subject(), permit.visibility()).map(|()| (permit, room)))
}

/// The other child, where it may be told of beside another.
fn relative<A: Action>(
    session: &mut Session<'_>,
    other: ChildRef,
) -> Result<Option<(Permit<A>, ChildRecord)>, Failure> {
    let Ok((file, permit)) = open::<A>(session, other)? else { return Ok(None) };
    if !shows_relative(file.subject(), permit.visibility(), &file.record(&permit)?.address) {
        return Ok(None);
    }
    let (record, _) = file.open(&permit)?;
    Ok(Some((permit, record)))
}

/// What the carers whom a permit shows are known by, on whatever record names them: a name together with a contact or a
/// home.
fn carers_known_by<A: Action>(
    session: &mut Session<'_>,
    permit: &Permit<A>,
    record: ChildRecord,
) -> Result<BTreeSet<Key>, Failure> {
    let secret = session.settings.keys;
    let child = children::get_parts(session.conn, &secret, permit, record)?;
    let seen = child.carers.iter().filter(|carer| shows_carer(permit.visibility(), carer));
    Ok(seen.flat_map(|carer| carer_keys(&child, carer, &secret).person).collect())
}

/// Answers with the team as it is now, read again with everybody who shares it.
fn tell_anew<A: Action>(
    session: &mut Session<'_>,
    child: ChildRef,
    outcome: Outcome,
) -> Result<Sealed<ShownChildTeam>, Failure> {
    let (file, permit) = match open::<A>(session, child)? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    let room = Room::enter(session, file, &permit)?;
    tell(session, permit, &room, outcome)
}
