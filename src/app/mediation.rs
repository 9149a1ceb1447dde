//! Mediated access: somebody telephones, and a colleague looks up for them. The caller proves who they are by a code from
//! their own login; what is answered is what both may see.

use super::index::Answer;
use super::sessions::find_standing;
use super::{Failure, Index, IndexSettings, Session};
use crate::domain::audit::actions::Outcome;
use crate::domain::audit::payloads::TargetKind;
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::instants::Instant;
use crate::domain::policy::{self, Actor, Forbidden, Refusal};
use crate::domain::verification_codes::{CODE_LASTS, CODES_AT_ONCE, IssuedCode, OnBehalf, VerificationCode};
use crate::domain::visits::Visit;
use crate::store::connections::AnyConnection;
use crate::store::verification_codes as codes;

/// Issues a code to whoever asks, to be said on the telephone.
///
/// # Errors
/// [`Failure`] where nothing could be kept or recorded.
pub async fn issue_verification_code(index: &Index, visit: Visit) -> Result<Answer<IssuedCode>, Failure> {
    index.change(visit, issue).await
}

fn issue(session: &mut Session<'_>) -> Result<Sealed<IssuedCode>, Failure> {
    if let Err(refusal) = policy::may_issue_code(&session.actor) {
        return Ok(session.refuse(refusal));
    }
    let me = session.actor.account;
    let (code, expires_at) = (VerificationCode::random(), session.now.plus(CODE_LASTS));
    let issued = IssuedCode { code, expires_at, account: me };
    let hash = issued.code.hash(&session.settings.keys, me);
    codes::insert(session.conn, me, hash, issued.expires_at, CODES_AT_ONCE)?;
    let event = session.event(session.visit.action, Outcome::Changed).on(TargetKind::Account, me);
    Ok(Disclosure::with(event, issued))
}

/// The caller for whom `mediator` looks up, once the code has proved it and is used up; or why not. Until then nothing
/// tells whether there is such an account.
pub(super) fn admit_caller(
    conn: &mut AnyConnection,
    call: OnBehalf,
    mediator: &Actor,
    visit: &Visit,
    now: Instant,
    settings: &IndexSettings,
) -> Result<Result<Actor, Refusal>, Failure> {
    let unproved = Ok(Err(Refusal::Forbidden(Forbidden::VerificationCode)));
    if let Err(refusal) = policy::may_mediate(mediator) {
        return Ok(Err(refusal));
    }
    let (Some(account), Some(code)) = (call.caller, call.code) else { return unproved };
    if account == mediator.account {
        return Ok(Err(Refusal::Forbidden(Forbidden::Oneself)));
    }
    if !codes::consume(conn, account, code.hash(&settings.keys, account), now)? {
        return unproved;
    }
    let Some((mut caller, standing)) = find_standing(conn, account, now.day())? else { return unproved };
    if standing.is_err() {
        return Ok(Err(Refusal::Forbidden(Forbidden::CallerStanding)));
    }
    (caller.strength, caller.reason, caller.purpose) = (mediator.strength, visit.reason, visit.purpose);
    Ok(Ok(caller))
}
