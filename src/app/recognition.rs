//! Recognition: whether a record that comes in is a child already here, and whether it shares a household with one
//! that is hidden. One place decides, for registrations, changes and loads alike.

use chrono::NaiveDate;

use super::searches::{count_votes, frequencies};
use super::{Failure, Session};
use crate::domain::children::{Child, Publication};
use crate::domain::findability::{search_keys, whole_profile};
use crate::domain::households::household_keys;
use crate::domain::ids::ChildId;
use crate::domain::matching::{CANDIDATES, Field, KeySecret, profile_plan, same_child};
use crate::domain::policy::CaseKind;
use crate::store::candidates::{self, Candidate};
use crate::store::connections::AnyConnection;
use crate::store::{carer_shields, cases, keys};

/// From this probability on a record is told to whoever registers what seems to be the same child.
pub const SEEMS_THE_SAME: f64 = 0.85;
/// From this probability on a record that nobody was told of is held for a person.
pub const MIGHT_BE_THE_SAME: f64 = 0.5;

/// A child already here that a record may be.
pub(super) struct Lookalike {
    /// The candidate.
    pub candidate: Candidate,
    /// The probability that both are one, by what a search may find the candidate by.
    pub visibly: f64,
    /// The same by everything that is known of both.
    pub wholly: f64,
}

/// Finds the children that `child` may be, by everything that is known of it: hidden facts of hidden children too.
/// Runs inside the recording transaction, so that two registrations of one child cannot pass each other by.
pub(super) fn find_lookalikes(
    conn: &mut AnyConnection,
    secret: &KeySecret,
    child: &Child,
    day: NaiveDate,
) -> Result<Vec<Lookalike>, Failure> {
    let whole = whole_profile(child);
    let mut ids = count_votes(conn, &profile_plan(&whole, secret))?.best(CANDIDATES);
    ids.extend(count_votes(conn, &profile_plan(&whole, &secret.hidden()))?.best(CANDIDATES));
    ids.sort_unstable();
    ids.dedup();
    ids.retain(|id| *id != child.record.id.0);
    let frequencies = frequencies(conn)?;
    let mut lookalikes = Vec::new();
    for candidate in candidates::list(conn, &ids, day)? {
        let by_visible = same_child(&whole, &candidate.visible_profile(), &frequencies);
        // As for a search: under another family name a shielded child is not found, however well the rest agrees.
        let findable = !candidate.subject().shielded || by_visible.how(Field::FamilyName).is_some();
        let visibly = if findable { by_visible.probability } else { 0.0 };
        let wholly = same_child(&whole, &candidate.whole_profile(), &frequencies).probability;
        if visibly.max(wholly) >= MIGHT_BE_THE_SAME {
            lookalikes.push(Lookalike { candidate, visibly, wholly });
        }
    }
    lookalikes.sort_by(|one, other| other.visibly.total_cmp(&one.visibly));
    Ok(lookalikes)
}

/// Whether `child` shares a carer, an address or a telephone number with a hidden child, or with a shielded carer.
pub(super) fn shares_hidden_household(
    conn: &mut AnyConnection,
    secret: &KeySecret,
    child: &Child,
    day: NaiveDate,
) -> Result<bool, Failure> {
    let members = keys::list_household(conn, child.record.id, &household_keys(child, secret))?;
    let ids: Vec<i64> = members.iter().map(|member| member.0).collect();
    let members = candidates::list(conn, &ids, day)?;
    let by_carer = carer_shields::touch(conn, secret, child)?;
    Ok(by_carer || members.iter().any(|member| member.subject().shielded))
}

/// Keeps search keys, household keys and what shielded carers are known by in step with a change from `before` (none for a new child) to `after`.
pub(super) fn rekey(
    conn: &mut AnyConnection,
    secret: &KeySecret,
    before: Option<&Child>,
    after: &Child,
) -> Result<(), Failure> {
    let old = before.map(|child| search_keys(child, secret)).unwrap_or_default();
    keys::replace(conn, after.record.id, &old, &search_keys(after, secret))?;
    let old = before.map(|child| household_keys(child, secret)).unwrap_or_default();
    keys::replace_household(conn, after.record.id, &old, &household_keys(after, secret))?;
    carer_shields::follow(conn, secret, after)?;
    Ok(())
}

/// Takes every key of a child away, so that nothing finds it.
pub(super) fn forget_keys(conn: &mut AnyConnection, secret: &KeySecret, child: &Child) -> Result<(), Failure> {
    keys::replace(conn, child.record.id, &search_keys(child, secret), &[])?;
    keys::replace_household(conn, child.record.id, &household_keys(child, secret), &[])?;
    Ok(())
}

/// Holds what somebody supplied of where a child lives, if it leads into a hidden household: only who supplied it sees
/// it until a person has looked. The one who supplied it is answered as ever, so that nobody can ask in this way
/// whether an address hides somebody.
pub(super) fn hold_hidden_location(session: &mut Session<'_>, child: &mut Child) -> Result<(), Failure> {
    let secret = session.settings.keys;
    let hidden = child.record.shield.is_none() && shares_hidden_household(session.conn, &secret, child, session.day)?;
    if hidden {
        cases::open(session.conn, child.record.id, CaseKind::Review, &child.record.area, None, session.now)?;
    }
    let mine = session.actor.organisation;
    if child.record.address.supplied_by == mine {
        child.record.address.held = hidden;
    }
    for carer in child.carers.iter_mut().filter(|carer| carer.supplied_by == mine) {
        carer.held = hidden;
    }
    Ok(())
}

/// Whether a new record may be published at once, or waits for a person: it might be a hidden child, or it shares a
/// household with one.
pub(super) fn must_wait(session: &mut Session<'_>, child: &Child, lookalikes: &[Lookalike]) -> Result<bool, Failure> {
    let hidden = lookalikes.iter().filter(|lookalike| lookalike.wholly >= MIGHT_BE_THE_SAME);
    let might_be_hidden = hidden.into_iter().any(|lookalike| {
        let subject = lookalike.candidate.subject();
        subject.shielded || subject.sealed || subject.publication != Publication::Published
    });
    let secret = session.settings.keys;
    Ok(might_be_hidden || shares_hidden_household(session.conn, &secret, child, session.day)?)
}

/// The profile by which the matcher would find a record that is shown to everybody.
pub(super) fn is_seen_as_same(lookalike: &Lookalike) -> bool {
    lookalike.visibly >= SEEMS_THE_SAME
}

/// The ids of lookalikes, for a caller's word that a child is none of them.
pub(super) fn id_of(lookalike: &Lookalike) -> ChildId {
    lookalike.candidate.subject().child
}
