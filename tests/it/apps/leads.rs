//! Who was asked to lead, as a case wants it.

use child_index::domain::audit::payloads::Pseudonym;
use child_index::domain::children::ChildRecord;
use child_index::domain::ids::{AccountId, OrganisationId};
use child_index::domain::instants::DAY;
use child_index::domain::involvements::{Involvement, LeadKind};
use child_index::domain::leads::{LeadAnswer, LeadProposal};
use child_index::domain::policy::{self, ProposeLead};
use child_index::store::connections::AnyConnection;
use child_index::store::errors::StoreResult;
use child_index::store::leads;

use super::entries::{plain, writer};
use super::people::Person;
use super::{Known, TestApp};

/// A question on its way into the index.
#[derive(Clone, Copy)]
pub struct Asked {
    position: usize,
    led_by: Option<usize>,
    account: AccountId,
    organisation: OrganisationId,
}

/// The practitioner of the child's entry at this position was asked to lead early help, by this person, when nobody led.
pub fn asked(position: usize, by: &Person<'_>) -> Asked {
    Asked { position, led_by: None, account: by.account.id, organisation: by.account.organisation }
}

impl Asked {
    /// When the entry at that position led.
    pub fn while_led_by(self, position: usize) -> Self {
        Self { led_by: Some(position), ..self }
    }

    pub(super) fn add(
        self,
        app: &TestApp,
        conn: &mut AnyConnection,
        record: &ChildRecord,
        pseudonym: Pseudonym,
        entries: &[i32],
    ) -> StoreResult<i32> {
        let now = app.clock.now();
        let proposal = LeadProposal {
            child: record.id,
            number: rand::random_range(1..=Involvement::HIGHEST_NUMBER),
            kind: LeadKind::EarlyHelp,
            involvement: entries[self.position],
            led_by: self.led_by.map(|position| entries[position]),
            organisation: self.organisation,
            proposed_by: self.account,
            proposed_at: now,
            expires_at: now.plus(7 * DAY),
            answer: LeadAnswer::Waiting,
        };
        let permit = policy::decide::<ProposeLead>(&writer(record), &plain(record, pseudonym), now.day());
        leads::insert_proposal(conn, &permit.expect("a permit"), &proposal)?;
        Ok(proposal.number)
    }
}

impl Known {
    /// Where its lead professionals are.
    pub fn led(&self) -> String {
        format!("{}/lead-professional", self.path())
    }

    /// Where it is proposed who leads.
    pub fn proposed(&self) -> String {
        format!("{}/proposals", self.led())
    }

    /// Where a proposal is, by the order they were given.
    pub fn proposal(&self, position: usize) -> String {
        format!("{}/{}", self.proposed(), self.proposals[position])
    }
}
