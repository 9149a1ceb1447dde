//! Partnerships and agreements as a case wants them, written as another node would write them.

use child_index::domain::ids::PartnershipId;
use child_index::domain::lawful_bases::LawfulBasis;
use child_index::domain::organisations::Organisation;
use child_index::domain::partnerships::{
    Agreement, AgreementState, DefaultVisibility, Membership, Partnership, ServiceDefault,
};
use child_index::domain::services::Service;
use child_index::store::errors::StoreError;
use child_index::store::transactions::write_tx;
use child_index::store::{agreements, partnerships};

use super::{AREA, TestApp};

/// What an agreement says of a service: to members, and to everybody else.
pub type Line = (Service, DefaultVisibility, DefaultVisibility);

impl TestApp {
    /// A partnership of the area, of these members since long ago.
    pub fn partnership(&self, members: &[&Organisation]) -> PartnershipId {
        self.partnership_in(AREA, members)
    }

    /// The same, of another area.
    pub fn partnership_in(&self, area: &str, members: &[&Organisation]) -> PartnershipId {
        let id = PartnershipId::new();
        let name = format!("Trust {}", self.number());
        let partnership = Partnership { id, area: area.into(), name, version: 1, created_at: self.clock.now() };
        partnerships::insert(&mut self.connect(), &partnership).expect("a new partnership");
        members.iter().for_each(|member| self.joins(id, member, "2020-01-01", None));
        id
    }

    /// Lets an organisation be a member on these days.
    pub fn joins(&self, id: PartnershipId, member: &Organisation, from: &str, until: Option<&str>) {
        let day = |text: &str| text.parse().expect("a date");
        let membership = Membership { organisation: member.id, from: day(from), until: until.map(day) };
        let joined =
            write_tx::<_, StoreError, _>(&mut self.connect(), |conn| partnerships::join(conn, id, &membership));
        joined.expect("a new member");
    }

    /// A draft from this day on; its number.
    pub fn draft(&self, partnership: PartnershipId, from: &str, lines: &[Line]) -> i32 {
        let line = |&(service, visibility, outside): &Line| ServiceDefault { service, visibility, outside };
        let from = from.parse().expect("a date");
        let draft = Agreement {
            partnership,
            number: 0,
            lawful_basis: LawfulBasis::PublicTask,
            from,
            until: None,
            review_on: from,
            defaults: lines.iter().map(line).collect(),
            state: AgreementState::Draft,
            ended_on: None,
            version: 1,
        };
        let drafted = write_tx::<_, StoreError, _>(&mut self.connect(), |conn| agreements::insert(conn, &draft));
        drafted.expect("a new draft").expect("a number")
    }

    /// Brings an agreement to a state.
    pub fn bring_to(&self, partnership: PartnershipId, number: i32, state: AgreementState) {
        let changed = write_tx::<_, StoreError, _>(&mut self.connect(), |conn| {
            let before = agreements::find(conn, partnership, number)?.expect("an agreement");
            let ended_on = (state == AgreementState::Ended).then(|| self.clock.now().day());
            agreements::update(conn, &Agreement { state, ended_on, ..before })
        });
        changed.expect("a change");
    }

    /// An agreement of these members in force since long ago.
    pub fn agreed(&self, members: &[&Organisation], lines: &[Line]) -> (PartnershipId, i32) {
        let partnership = self.partnership(members);
        let number = self.draft(partnership, "2026-01-01", lines);
        self.bring_to(partnership, number, AgreementState::Adopted);
        (partnership, number)
    }
}
