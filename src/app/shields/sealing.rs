//! Sealing a shielded record: proposed by one cleared manager, done by another.

use crate::app::index::Answer;
use crate::app::{Failure, Index, Session};
use crate::domain::accounts::Capability;
use crate::domain::audit::actions::{Outcome, Strength};
use crate::domain::children::Shield;
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::handles::ChildRef;
use crate::domain::ids::AccountId;
use crate::domain::policy::{Block, Forbidden, Refusal};
use crate::domain::shields::{Proposal, ShieldReview};
use crate::domain::visits::Visit;
use crate::store::{accounts, shield_reviews, shields};

/// What came of a request to seal a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sealing {
    /// It is proposed; another cleared manager has to agree.
    Proposed,
    /// It is sealed, now or before.
    Sealed,
}

/// Proposes to seal a shielded record or, where another cleared manager has proposed it, seals it.
///
/// # Errors
/// [`Failure`] where nothing could be changed or recorded.
pub async fn seal_record(index: &Index, visit: Visit, child: ChildRef) -> Result<Answer<Sealing>, Failure> {
    index.change(visit, move |session| seal(session, child)).await
}

fn seal(session: &mut Session<'_>, child: ChildRef) -> Result<Sealed<Sealing>, Failure> {
    let (_, shield, permit) = match super::manage(session, child)? {
        Ok(managed) => managed,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    if !session.actor.can(Capability::SealedClearance) {
        return Ok(session.refuse(Refusal::Forbidden(Forbidden::Capability)));
    }
    if session.actor.strength < Strength::RecentTwoFactor {
        return Ok(session.refuse(Refusal::RecentLogin));
    }
    let review = shield_reviews::find_for_change(session.conn, &permit)?;
    let me = session.actor.account;
    let (sealing, outcome) = match review.seal_proposed_by(session.day) {
        _ if shield.sealed => (Sealing::Sealed, Outcome::Unchanged),
        Some(who) if who == me => return Ok(session.refuse(Refusal::Forbidden(Forbidden::SecondPerson))),
        Some(who) if is_cleared(session, who)? => {
            let secret = session.settings.keys;
            let sealed = Shield { sealed: true, ..shield };
            shields::put_on(session.conn, &secret, permit.child(), sealed, session.now)?;
            shield_reviews::save(session.conn, &permit, &ShieldReview { seal: None, ..review })?;
            (Sealing::Sealed, Outcome::Changed)
        }
        // A proposal of somebody who may decide no more counts for nothing.
        Some(_) | None => {
            let proposed = ShieldReview { seal: Some(Proposal { by: me, at: session.now }), ..review };
            shield_reviews::save(session.conn, &permit, &proposed)?;
            (Sealing::Proposed, Outcome::Held)
        }
    };
    let event = session.event(session.visit.action, outcome);
    Ok(Disclosure::under(permit, &[Block::Identity], event, sealing))
}

/// Whether who proposed it still decides in this area, and is still cleared.
fn is_cleared(session: &mut Session<'_>, who: AccountId) -> Result<bool, Failure> {
    let cleared = accounts::find(session.conn, who)?
        .is_some_and(|account| account.capabilities.contains(&Capability::SealedClearance));
    Ok(cleared && super::still_decides(session, who)?)
}
