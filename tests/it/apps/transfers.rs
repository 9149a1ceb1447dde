//! Transfers as a case wants them.

use child_index::domain::audit::payloads::Pseudonym;
use child_index::domain::children::ChildRecord;
use child_index::domain::ids::{AccessPointId, AccountId, PathwayId, TransferId};
use child_index::domain::organisations::Organisation;
use child_index::domain::policy::{self, ProposeTransfer};
use child_index::domain::services::Service;
use child_index::domain::transfers::{Receiver, Transfer, TransferDesk, TransferKind, TransferState, due_at};
use child_index::store::connections::AnyConnection;
use child_index::store::errors::StoreResult;
use child_index::store::transfers;

use super::entries::{plain, writer};
use super::{Known, TestApp};

/// A transfer on its way into the index: of a child's first involvement, within one organisation.
#[derive(Clone)]
pub struct Sent {
    organisation: Organisation,
    service: Service,
    by: AccountId,
    desk: AccessPointId,
}

impl TestApp {
    /// A transfer to another service of the same organisation, which runs the desk as well; somebody else proposed it.
    pub fn sent_within(&self, organisation: &Organisation, service: Service) -> Sent {
        let by = self.practitioner().of(organisation).account.id;
        Sent { organisation: organisation.clone(), service, by, desk: self.access_point(organisation, &[]) }
    }
}

impl Sent {
    pub(super) fn add(
        self,
        app: &TestApp,
        conn: &mut AnyConnection,
        record: &ChildRecord,
        pseudonym: Pseudonym,
        from: i32,
    ) -> StoreResult<String> {
        let now = app.clock.now();
        let owner = self.organisation.id;
        let transfer = Transfer {
            id: TransferId::new(),
            child: record.id,
            pathway: PathwayId::at_random(),
            kind: TransferKind::Transfer,
            state: TransferState::Proposed,
            from,
            sender: owner,
            receiver: Receiver { organisation: owner, team: None, service: self.service },
            to: None,
            desk: TransferDesk { access_point: self.desk, organisation: owner, area: self.organisation.area },
            basis: None,
            gaps: Vec::new(),
            declined: None,
            withdrawn: None,
            proposed_by: self.by,
            proposed_at: now,
            due_at: Some(due_at(TransferKind::Transfer, now)),
            closed_at: None,
            under_shield: record.shield.is_some(),
            version: 1,
        };
        let permit = policy::decide::<ProposeTransfer>(&writer(record), &plain(record, pseudonym), now.day());
        transfers::insert(conn, &permit.expect("a permit"), &transfer)?;
        Ok(transfer.id.to_string())
    }
}

impl Known {
    /// Where its transfers are.
    pub fn transfers(&self) -> String {
        format!("{}/transfers", self.path())
    }
}
