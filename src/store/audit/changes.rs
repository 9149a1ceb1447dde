//! What others have changed since an index of the log: for work that keeps facts in memory over many transactions.

use diesel::prelude::*;

use super::heads::column;
use super::pseudonyms::children_behind;
use crate::domain::audit::actions::AuditAction;
use crate::domain::audit::payloads::{Payload, Pseudonym};
use crate::domain::ids::ChildId;
use crate::store::connections::AnyConnection;
use crate::store::dialect::on_each;
use crate::store::errors::{StoreError, StoreResult};
use crate::store::schema::{audit_event, audit_payload};

/// What may be other than before.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// Children whose record may have changed in what is hidden of it.
    pub children: Vec<ChildId>,
    /// Whether organisations or teams changed.
    pub directory: bool,
}

/// Events after which a child may hide something that it did not, or the other way round.
const OF_CHILDREN: [AuditAction; 8] = [
    AuditAction::ChildRegister,
    AuditAction::ChildChange,
    AuditAction::ChildPublish,
    AuditAction::ChildHold,
    AuditAction::ChildLoad,
    AuditAction::ChildShield,
    AuditAction::ChildMerge,
    AuditAction::ChildArchive,
];

const OF_THE_DIRECTORY: [AuditAction; 4] = [
    AuditAction::OrganisationRegister,
    AuditAction::OrganisationChange,
    AuditAction::TeamRegister,
    AuditAction::TeamChange,
];

/// What the events from `from` up to `to` (exclusive) may have changed. Called under the lock of the head, it misses
/// nothing, because nothing is changed without an event.
///
/// # Errors
/// [`StoreError::Broken`] where a payload cannot be read, and for failures of the database.
pub fn list_changes(conn: &mut AnyConnection, from: u64, to: u64) -> StoreResult<Changes> {
    let mut changes = Changes::default();
    if from >= to {
        return Ok(changes);
    }
    let (first, end) = (column(from)?, column(to)?);
    let actions: Vec<&str> = OF_CHILDREN.iter().chain(&OF_THE_DIRECTORY).map(|action| action.code()).collect();
    let events: Vec<(String, Vec<u8>)> = on_each!(conn, |c| audit_event::table
        .inner_join(audit_payload::table.on(audit_payload::idx.eq(audit_event::idx)))
        .filter(audit_event::idx.ge(first).and(audit_event::idx.lt(end)))
        .filter(audit_event::action.eq_any(&actions))
        .select((audit_event::action, audit_payload::body))
        .load(c))?;
    let mut pseudonyms: Vec<Pseudonym> = Vec::new();
    for (action, body) in events {
        if OF_THE_DIRECTORY.iter().any(|known| known.code() == action) {
            changes.directory = true;
            continue;
        }
        let payload =
            Payload::from_bytes(&body).map_err(|_| StoreError::broken("a payload of the audit log is damaged"))?;
        // A load names thousands, and marks those that hide something.
        let all = action != AuditAction::ChildLoad.code();
        pseudonyms.extend(payload.children.iter().filter(|child| all || child.protected).map(|child| child.pseudonym));
    }
    pseudonyms.sort_unstable();
    pseudonyms.dedup();
    for chunk in pseudonyms.chunks(500) {
        changes.children.extend(children_behind(conn, chunk)?.into_values().map(ChildId));
    }
    Ok(changes)
}
