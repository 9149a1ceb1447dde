//! Which events an auditor wants, and where the page before ended.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::domain::audit::actions::{AuditAction, Outcome};
use crate::domain::audit::events::RecordedEvent;
use crate::domain::audit::payloads::{CodeText, Payload, Pseudonym, TokenFingerprint};
use crate::domain::audit::receipts::Receipt;
use crate::domain::instants::Instant;
use crate::domain::policy::Block;
use crate::domain::reasons::AccessReason;
use crate::store::team_members::Term;

/// Those who worked in a team, when, and for which organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Members {
    /// The team's organisation: who was of another one then did not work for the team.
    pub organisation: Uuid,
    /// Whose, and when.
    pub terms: Vec<Term>,
}

impl Members {
    /// Each account once.
    pub(super) fn accounts(&self) -> BTreeSet<Uuid> {
        self.terms.iter().map(|term| term.account.0).collect()
    }

    fn include(&self, event: &RecordedEvent) -> bool {
        let at = Instant::from(event.at);
        let Some(payload) = &event.payload else { return false };
        payload.organisation == Some(self.organisation)
            && self.terms.iter().any(|term| {
                payload.account == Some(term.account.0) && term.from <= at && term.until.is_none_or(|until| at < until)
            })
    }
}

/// An auditor of one area: wanted are the events of its accounts, never of a child of it, and those of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overseer {
    /// The area.
    pub area: String,
    /// The auditor's own account.
    pub account: Uuid,
}

impl Overseer {
    fn oversees(&self, payload: &Payload) -> bool {
        payload.area.as_deref() == Some(self.area.as_str()) || payload.accounts().any(|account| account == self.account)
    }
}

/// Which events are wanted; what is not given does not matter.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    /// Events about this child.
    pub child: Option<Pseudonym>,
    /// Events of this account, as caller, acting system or the one on the telephone.
    pub account: Option<Uuid>,
    /// Events in which this account was the acting system.
    pub system: Option<Uuid>,
    /// Events in which this account was the one on the telephone.
    pub on_behalf_of: Option<Uuid>,
    /// Events of requests with this token.
    pub token: Option<TokenFingerprint>,
    /// Events of this organisation's accounts.
    pub organisation: Option<Uuid>,
    /// Events of these accounts while they worked in a team.
    pub members: Option<Members>,
    /// Events that an auditor of one area oversees.
    pub overseer: Option<Overseer>,
    /// Events of this action.
    pub action: Option<AuditAction>,
    /// Events that ended so.
    pub outcome: Option<Outcome>,
    /// Events with this stated reason.
    pub reason: Option<AccessReason>,
    /// Events in which this block was shown; of the child asked for, where one is.
    pub shown: Option<Block>,
    /// Events at or after this instant.
    pub from: Option<DateTime<Utc>>,
    /// Events before this instant.
    pub to: Option<DateTime<Utc>>,
    /// The one event with this receipt.
    pub receipt: Option<Receipt>,
    /// Events below this index: a log of that size.
    pub below: Option<u64>,
    /// Where the page before ended.
    pub after: Option<Cursor>,
    /// The most events on a page; none is read as one.
    pub limit: usize,
}

impl EventFilter {
    /// Whether an event is wanted. A redacted event has no payload left that could fit.
    pub(super) fn fits(&self, event: &RecordedEvent) -> bool {
        let payload = event.payload.as_ref();
        let in_payload = |wanted: bool, fits: &dyn Fn(&Payload) -> bool| !wanted || payload.is_some_and(fits);
        self.from.is_none_or(|from| event.at >= from)
            && self.to.is_none_or(|to| event.at < to)
            && self.fits_kind(&event.action, &event.outcome, event.reason.as_deref())
            && in_payload(self.account.is_some(), &|p| p.accounts().any(|account| Some(account) == self.account))
            && in_payload(self.system.is_some(), &|p| p.system == self.system)
            && in_payload(self.on_behalf_of.is_some(), &|p| p.on_behalf_of == self.on_behalf_of)
            && in_payload(self.token.is_some(), &|p| p.token == self.token)
            && in_payload(self.organisation.is_some(), &|p| p.organisation == self.organisation)
            && self.members.as_ref().is_none_or(|members| members.include(event))
            && self.overseer.as_ref().is_none_or(|overseer| payload.is_some_and(|p| overseer.oversees(p)))
            && in_payload(self.child.is_some() || self.shown.is_some(), &|p| {
                let wanted = |child: Pseudonym| self.child.is_none_or(|asked| asked == child);
                let fits =
                    |shown: &[CodeText]| self.shown.is_none_or(|block| shown.iter().any(|it| it == block.code()));
                p.children.iter().any(|each| wanted(each.pseudonym) && fits(&each.shown))
            })
    }

    /// The accounts under each of which the look-up table lists what is wanted.
    pub(super) fn listed_accounts(&self) -> BTreeSet<Uuid> {
        [self.account, self.system, self.on_behalf_of].into_iter().flatten().collect()
    }

    /// Whether an event of this kind, by the codes of its action, outcome and reason, may be wanted.
    pub(super) fn fits_kind(&self, action: &str, outcome: &str, reason: Option<&str>) -> bool {
        self.action.is_none_or(|wanted| wanted.code() == action)
            && self.outcome.is_none_or(|wanted| wanted.code() == outcome)
            && self.reason.is_none_or(|wanted| Some(wanted.code()) == reason)
    }

    /// Whether some kinds of events only are wanted.
    pub(super) fn wants_kinds(&self) -> bool {
        self.action.is_some() || self.outcome.is_some() || self.reason.is_some()
    }

    /// Whether the look-up tables are needed to find the events.
    #[must_use]
    pub fn looks_up(&self) -> bool {
        let keys = [
            self.child.is_some(),
            self.token.is_some(),
            self.organisation.is_some(),
            self.members.is_some(),
            self.overseer.is_some(),
            self.wants_kinds(),
        ];
        self.receipt.is_none() && (!self.listed_accounts().is_empty() || keys.contains(&true))
    }
}

/// Where a page ended: the events before this index come next. It points into the log and not into what was found, so
/// that one that was tampered with only begins elsewhere. Written as 16 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor(pub(super) i64);

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for Cursor {
    type Err = NotACursor;

    fn from_str(text: &str) -> Result<Self, NotACursor> {
        let mut bytes = [0; 8];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| NotACursor)?;
        let cursor = Self(i64::from_be_bytes(bytes));
        // One spelling only, and no index is negative.
        if cursor.0 >= 0 && cursor.to_string() == text { Ok(cursor) } else { Err(NotACursor) }
    }
}

/// A text that is no cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the `next` of the page before, as it was sent")]
pub struct NotACursor;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_has_one_form() {
        for cursor in [Cursor(0), Cursor(0xab), Cursor(i64::MAX)] {
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
        for bad in ["", "7", &"g".repeat(16), &"0".repeat(17), &"é".repeat(8), "00000000000000AB", &"f".repeat(16)] {
            assert_eq!(bad.parse::<Cursor>(), Err(NotACursor));
        }
    }
}
