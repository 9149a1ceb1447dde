//! Children as a case wants them, written as a load writes them, with all their keys.

use child_index::domain::audit::payloads::Pseudonym;
use child_index::domain::children::{
    Address, AddressState, Carer, Child, ChildIdentifier, ChildRecord, ChildStatus, Name, OtherName, OtherNameKind,
    Publication, Shield, ShieldGround,
};
use child_index::domain::findability::search_keys;
use child_index::domain::households::household_keys;
use child_index::domain::identifiers::{Identifier, IdentifierStatus};
use child_index::domain::ids::{ChildId, OrganisationId};
use child_index::domain::index_numbers::IndexNumber;
use child_index::domain::organisations::Organisation;
use child_index::domain::policy::CaseKind;
use child_index::domain::services::{OrganisationKind, Service};
use child_index::domain::sex::Sex;
use child_index::store::errors::StoreError;
use child_index::store::transactions::write_tx;
use child_index::store::{cases, children, keys};

use super::assessments::Assessed;
use super::child_teams::{self, Settled};
use super::entries::Entry;
use super::leads::Asked;
use super::people::Person;
use super::transfers::Sent;
use super::{AREA, TestApp, entry};

/// A child that is in the index.
#[derive(Debug, Clone)]
pub struct Known {
    /// Its row.
    pub id: ChildId,
    /// Its number as it is shown.
    pub number: String,
    /// The numbers of its involvements, in the order they were given.
    pub entries: Vec<i32>,
    /// The numbers of its assessments, in the order they were given.
    pub assessments: Vec<i32>,
    /// The ids of its transfers, in the order they were given.
    pub transfers: Vec<String>,
    /// The numbers of what was proposed about who leads, in the order they were given.
    pub proposals: Vec<i32>,
    /// The numbers of its meetings, in the order they were given.
    pub planned: Vec<i32>,
    /// The names of its carers.
    pub carers: Vec<String>,
}

impl Known {
    /// Where its record is.
    pub fn path(&self) -> String {
        format!("/v1/children/{}", self.number)
    }

    /// Where its involvements are.
    pub fn involvements(&self) -> String {
        format!("{}/involvements", self.path())
    }

    /// Where an involvement is, by the order they were given.
    pub fn entry(&self, position: usize) -> String {
        format!("{}/{}", self.involvements(), self.entries[position])
    }
}

/// A child on its way into the index.
pub struct NewChild<'a> {
    app: &'a TestApp,
    child: Child,
    entries: Vec<Entry>,
    assessments: Vec<Assessed>,
    transfers: Vec<Sent>,
    proposals: Vec<Asked>,
    team: Option<Settled>,
    meetings: Vec<&'static str>,
    cases: Vec<(CaseKind, Option<child_index::domain::ids::AccountId>)>,
}

impl TestApp {
    /// Chidera Okafor, a girl of eleven of the area, with nothing else known of her.
    pub fn a_child(&self) -> NewChild<'_> {
        let council = self.organisation(OrganisationKind::LocalAuthority).id;
        let record = ChildRecord {
            // Given when the child is added.
            id: ChildId(0),
            index_number: IndexNumber::from_random_bits(rand::random()),
            status: ChildStatus::Active,
            publication: Publication::Published,
            supplied_by: council,
            source_key: None,
            area: AREA.into(),
            name: name("Chidera", "Okafor"),
            date_of_birth: "2015-03-02".parse().ok(),
            expected_on: None,
            died_on: None,
            stays_until: None,
            sex: Sex::F,
            address: Address {
                state: AddressState::NoneKnown,
                intent: None,
                lines: Vec::new(),
                postcode: None,
                supplied_by: council,
                held: false,
            },
            shield: None,
            closed_on: None,
            merged_into: None,
            version: 1,
            created_at: self.clock.now(),
            updated_at: self.clock.now(),
        };
        let child = Child { record, other_names: Vec::new(), carers: Vec::new(), identifiers: Vec::new() };
        NewChild {
            app: self,
            child,
            entries: Vec::new(),
            assessments: Vec::new(),
            transfers: Vec::new(),
            proposals: Vec::new(),
            team: None,
            meetings: Vec::new(),
            cases: Vec::new(),
        }
    }
}

fn name(given: &str, family: &str) -> Name {
    Name { family: family.into(), given: given.into() }
}

impl NewChild<'_> {
    fn record(mut self, change: impl FnOnce(&mut ChildRecord)) -> Self {
        change(&mut self.child.record);
        self
    }

    fn supplier(&self) -> OrganisationId {
        self.child.record.supplied_by
    }

    /// Registered by this organisation, which supplied all that is recorded.
    pub fn supplied_by(self, organisation: &Organisation) -> Self {
        self.record(|record| {
            record.supplied_by = organisation.id;
            record.address.supplied_by = organisation.id;
        })
    }

    /// Called so.
    pub fn named(self, given: &str, family: &str) -> Self {
        self.record(|record| record.name = name(given, family))
    }

    /// Called so once.
    pub fn formerly(mut self, given: &str, family: &str) -> Self {
        let supplied_by = self.supplier();
        self.child.other_names.push(OtherName { kind: OtherNameKind::Former, name: name(given, family), supplied_by });
        self
    }

    /// Born on this day.
    pub fn born(self, on: &str) -> Self {
        self.record(|record| record.date_of_birth = Some(on.parse().expect("a date")))
    }

    /// Not born yet, and expected on this day.
    pub fn expected(self, on: &str) -> Self {
        self.record(|record| {
            record.status = ChildStatus::Unborn;
            record.sex = Sex::U;
            record.date_of_birth = None;
            record.expected_on = Some(on.parse().expect("a date"));
        })
    }

    /// Living there.
    pub fn living_at(self, line: &str, postcode: &str) -> Self {
        self.record(|record| {
            record.address.state = AddressState::Current;
            record.address.lines = vec![line.into()];
            record.address.postcode = Some(postcode.parse().expect("a postcode"));
        })
    }

    /// With a mother of this name and telephone.
    pub fn with_carer(mut self, name: &str, phone: &str) -> Self {
        let supplied_by = self.supplier();
        self.child.carers.push(Carer {
            name: name.into(),
            relationship: "mother".into(),
            parental_responsibility: true,
            phone: Some(phone.into()),
            email: None,
            supplied_by,
            held: false,
            cover: None,
        });
        self
    }

    /// With an identifier that was checked.
    pub fn with_identifier(mut self, system: &str, value: &str) -> Self {
        let supplied_by = self.supplier();
        let identifier = Identifier::parse(system.parse().expect("a system"), value).expect("an identifier");
        self.child.identifiers.push(ChildIdentifier { identifier, status: IdentifierStatus::Verified, supplied_by });
        self
    }

    /// Of another area.
    pub fn in_area(self, area: &str) -> Self {
        self.record(|record| record.area = area.into())
    }

    /// Shielded since last month.
    pub fn shielded(self) -> Self {
        self.shielded_for(ShieldGround::Refuge, false)
    }

    /// Its shield confirmed by the management team.
    pub fn confirmed(self) -> Self {
        let now = self.app.clock.now();
        self.record(|record| record.shield.iter_mut().for_each(|shield| shield.reviewed_at = Some(now)))
    }

    /// Where it lives held for a person: it leads into a hidden household.
    pub fn with_its_home_held(mut self) -> Self {
        self.child.carers.iter_mut().for_each(|carer| carer.held = true);
        self.record(|record| record.address.held = true)
    }

    /// Sealed: it does not exist for ordinary readers.
    pub fn sealed(self) -> Self {
        self.shielded_for(ShieldGround::Adoption, true)
    }

    fn shielded_for(self, ground: ShieldGround, sealed: bool) -> Self {
        let since = self.app.clock.now().plus(-30 * child_index::domain::instants::DAY);
        self.record(|record| record.shield = Some(Shield { ground, since, reviewed_at: None, sealed }))
    }

    /// Not compared yet.
    pub fn provisional(self) -> Self {
        self.record(|record| record.publication = Publication::Provisional)
    }

    /// Waiting for a person.
    pub fn held(self) -> Self {
        self.record(|record| record.publication = Publication::Held)
    }

    /// Merged into another record.
    pub fn merged_into(self, survivor: &Known) -> Self {
        let survivor = survivor.id;
        self.record(|record| {
            record.status = ChildStatus::Merged;
            record.merged_into = Some(survivor);
        })
    }

    /// Consenting to stay until this day.
    pub fn staying_until(self, day: &str) -> Self {
        self.record(|record| record.stays_until = Some(day.parse().expect("a date")))
    }

    /// With a service of an organisation, as its feed says.
    pub fn known_to(self, organisation: &Organisation, service: Service) -> Self {
        self.with(entry(organisation, service))
    }

    /// With an involvement.
    pub fn with(mut self, entry: Entry) -> Self {
        self.entries.push(entry);
        self
    }

    /// With an assessment.
    pub fn assessed(mut self, assessment: Assessed) -> Self {
        self.assessments.push(assessment);
        self
    }

    /// With its first involvement on the way elsewhere.
    pub fn sent(mut self, transfer: Sent) -> Self {
        self.transfers.push(transfer);
        self
    }

    /// Somebody having been asked to lead.
    pub fn asked(mut self, asked: Asked) -> Self {
        self.proposals.push(asked);
        self
    }

    /// Its team having been settled so.
    pub fn settled(mut self, team: Settled) -> Self {
        self.team = Some(team);
        self
    }

    /// With a meeting that is planned and begins at this instant.
    pub fn meeting_at(mut self, at: &'static str) -> Self {
        self.meetings.push(at);
        self
    }

    /// With a case that this manager has open.
    pub fn with_case(mut self, kind: CaseKind, manager: &Person<'_>) -> Self {
        self.cases.push((kind, Some(manager.account.id)));
        self
    }

    /// With a case that no manager has taken.
    pub fn with_open_case(mut self, kind: CaseKind) -> Self {
        self.cases.push((kind, None));
        self
    }

    /// What is going to be put in, under no number yet.
    pub const fn child(&self) -> &Child {
        &self.child
    }

    /// Puts the child into the index.
    pub fn add(self) -> Known {
        self.try_add().expect("a new child")
    }

    /// The same, or what the database says against it.
    pub fn try_add(self) -> Result<Known, StoreError> {
        let Self { app, mut child, entries, assessments, transfers, proposals, team, meetings, cases: open } = self;
        let mut numbers = Vec::with_capacity(entries.len());
        let mut assessed = Vec::with_capacity(assessments.len());
        let mut sent = Vec::with_capacity(transfers.len());
        let mut proposed = Vec::with_capacity(proposals.len());
        let mut planned = Vec::with_capacity(meetings.len());
        let whole = write_tx::<_, StoreError, _>(&mut app.connect(), |conn| {
            let id = children::next_id(conn)?;
            child.record.id = id;
            let pseudonym = Pseudonym(rand::random());
            children::insert(conn, &child, pseudonym)?;
            keys::replace(conn, id, &[], &search_keys(&child, &app.settings.keys))?;
            keys::replace_household(conn, id, &[], &household_keys(&child, &app.settings.keys))?;
            for (kind, manager) in open {
                cases::open(conn, id, kind, &child.record.area, manager, app.clock.now())?;
            }
            numbers.extend(entries.into_iter().map(|entry| entry.add(app, conn, &child.record, pseudonym)));
            for each in assessments {
                assessed.push(each.add(app, conn, &child.record, pseudonym)?);
            }
            for each in transfers {
                sent.push(each.add(app, conn, &child.record, pseudonym, numbers[0])?);
            }
            for each in proposals {
                proposed.push(each.add(app, conn, &child.record, pseudonym, &numbers)?);
            }
            if let Some(team) = team {
                team.add(app, conn, &child.record, pseudonym, &numbers)?;
            }
            for at in meetings {
                planned.push(child_teams::plan(app, conn, &child.record, pseudonym, at)?);
            }
            Ok(())
        });
        whole?;
        let carers = child.carers.iter().map(|carer| carer.name.clone()).collect();
        let (id, number) = (child.record.id, child.record.index_number.to_string());
        let (transfers, proposals) = (sent, proposed);
        Ok(Known { id, number, entries: numbers, assessments: assessed, transfers, proposals, planned, carers })
    }
}

impl TestApp {
    /// A shield case on a child of the usual area that nobody has taken.
    pub fn open_case(&self, child: &Known) -> child_index::domain::ids::CaseId {
        cases::open(&mut self.connect(), child.id, CaseKind::Shield, super::AREA, None, self.clock.now())
            .expect("a new case")
    }
}
