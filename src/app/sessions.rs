//! A session: one request inside the recorder's transaction, its actor known and in good standing.

use chrono::NaiveDate;

use super::mediation::admit_caller;
use super::{Failure, IndexSettings};
use crate::domain::accounts::{Account, Lapse, Role};
use crate::domain::audit::actions::{AuditAction, Outcome, Strength};
use crate::domain::audit::events::Event;
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::ids::AccountId;
use crate::domain::instants::Instant;
use crate::domain::policy::{Actor, Refusal};
use crate::domain::visits::{Identity, Visit};
use crate::store::accounts;
use crate::store::connections::AnyConnection;

/// One request, as a use-case sees it. Account, standing and everything read through it are as they are now, on the
/// primary, so that a decision taken meanwhile binds.
pub struct Session<'a> {
    /// The recorder's connection, in its transaction.
    pub conn: &'a mut AnyConnection,
    /// Who acts.
    pub actor: Actor,
    /// The account behind the actor.
    pub account: Account,
    /// What the request brought.
    pub visit: &'a Visit,
    /// Now.
    pub now: Instant,
    /// Today, in London.
    pub day: NaiveDate,
    /// How the index is run.
    pub settings: &'a IndexSettings,
}

impl<'a> Session<'a> {
    /// Lets a visitor in, or says why not: the account as registered now, its standing and its organisation's, and the
    /// same of a system it acts through and of a caller it looks up for.
    pub(super) fn enter(
        conn: &'a mut AnyConnection,
        visit: &'a Visit,
        now: Instant,
        settings: &'a IndexSettings,
    ) -> Result<Result<Self, (Refusal, Option<Actor>)>, Failure> {
        let day = now.day();
        let (account, mut actor) = match admit(conn, &visit.identity, visit, day)? {
            Ok(admitted) => admitted,
            Err(refused) => return Ok(Err(refused)),
        };
        if let Some(identity) = &visit.through {
            actor.through = match admit(conn, identity, visit, day)? {
                Ok((system, through)) if system.role == Role::System => Some(Box::new(through)),
                Ok(_) => return Ok(Err((Refusal::UnknownAccount, Some(actor)))),
                Err((refusal, _)) => return Ok(Err((refusal, Some(actor)))),
            };
        }
        if actor.role != Role::System && visit.strength < Strength::TwoFactor {
            return Ok(Err((Refusal::StrongerAuthentication, Some(actor))));
        }
        if let Some(call) = visit.on_behalf {
            match admit_caller(conn, call, &actor, visit, now, settings)? {
                Ok(caller) => actor.on_behalf_of = Some(Box::new(caller)),
                Err(refusal) => return Ok(Err((refusal, Some(actor)))),
            }
        }
        Ok(Ok(Self { conn, actor, account, visit, now, day, settings }))
    }

    /// An event of this session that still says nothing of whom it is about.
    #[must_use]
    pub fn event(&self, action: AuditAction, outcome: Outcome) -> Event {
        self.visit.event(Some(&self.actor), action, outcome, self.now)
    }

    /// The sealed refusal of this session's action.
    pub fn refuse<T>(&self, refusal: Refusal) -> Sealed<T> {
        Disclosure::refused(refusal, self.event(self.visit.action, refusal.outcome()))
    }
}

type Admission = Result<(Account, Actor), (Refusal, Option<Actor>)>;

fn admit(conn: &mut AnyConnection, identity: &Identity, visit: &Visit, day: NaiveDate) -> Result<Admission, Failure> {
    let Some((account, employer)) = accounts::find_by_identity(conn, &identity.issuer, &identity.subject)? else {
        return Ok(Err((Refusal::UnknownAccount, None)));
    };
    let mut actor = Actor::from_account(&account, visit.strength, visit.reason);
    actor.employer = Some(employer.kind);
    actor.purpose = visit.purpose;
    Ok(match account.check_standing(day, employer.accreditation) {
        Ok(()) => Ok((account, actor)),
        Err(lapse) => Err((Refusal::Lapsed(lapse), Some(actor))),
    })
}

/// An account that is in good standing on `day`, as the actor it would be: for what others have proposed or asked for
/// before, which counts only while they may still do so.
pub(super) fn find_in_standing(
    conn: &mut AnyConnection,
    id: AccountId,
    day: NaiveDate,
) -> Result<Option<Actor>, Failure> {
    Ok(find_standing(conn, id, day)?.and_then(|(actor, standing)| standing.is_ok().then_some(actor)))
}

/// An account as the actor it would be, and whether it may be used.
pub(super) type Known = (Actor, Result<(), Lapse>);

/// An account as the actor it would be, and whether it may be used on `day`.
pub(super) fn find_standing(conn: &mut AnyConnection, id: AccountId, day: NaiveDate) -> Result<Option<Known>, Failure> {
    let Some((account, employer)) = accounts::find_employed(conn, id)? else { return Ok(None) };
    let mut actor = Actor::from_account(&account, Strength::TwoFactor, None);
    actor.employer = Some(employer.kind);
    let standing = account.check_standing(day, employer.accreditation);
    Ok(Some((actor, standing)))
}
