//! A child's record: who the child is, and nothing about the case.

use chrono::NaiveDate;

use crate::domain::carer_shields::Cover;
use crate::domain::codes::codes;
use crate::domain::identifiers::{Identifier, IdentifierStatus};
use crate::domain::ids::{ChildId, OrganisationId};
use crate::domain::index_numbers::IndexNumber;
use crate::domain::instants::{Instant, years_after};
use crate::domain::postcodes::Postcode;
use crate::domain::sex::Sex;

codes! {
    /// What a record is, as stored. A record past its 18th birthday is archived whatever this says:
    /// ask [`ChildRecord::archived_on`].
    pub enum ChildStatus {
        /// Expected, not yet born.
        Unborn => "unborn",
        /// Live.
        Active => "active",
        /// Closed.
        Archived => "archived",
        /// The child died.
        Deceased => "deceased",
        /// The record was merged into another.
        Merged => "merged",
    }
}

codes! {
    /// Who may find a record yet. Every registration starts provisional until matching has run.
    pub enum Publication {
        /// Visible to the registering organisation only.
        Provisional => "provisional",
        /// In the index.
        Published => "published",
        /// Held for a person: it might be a child already here.
        Held => "held",
    }
}

codes! {
    /// Where the child lives, as far as known: an enum and not a nullable (2007 regulations).
    pub enum AddressState {
        /// Lives here.
        Current => "current",
        /// Lived here when last heard of.
        LastKnown => "last_known",
        /// No address is known.
        NoneKnown => "none_known",
        /// Left the area; see [`AddressIntent`].
        LeftArea => "left_area",
    }
}

codes! {
    /// What a family that left the area intends (2007 regulations).
    pub enum AddressIntent {
        /// To come back within three years.
        ReturnsWithin3Years => "returns_within_3_years",
        /// Not to come back.
        DoesNotReturn => "does_not_return",
        /// Nobody knows.
        NotKnown => "not_known",
    }
}

codes! {
    /// What an other name of a child is.
    pub enum OtherNameKind {
        /// Borne before.
        Former => "former",
        /// Used beside the current one.
        AlsoKnownAs => "also-known-as",
    }
}

codes! {
    /// Why a record is shielded.
    pub enum ShieldGround {
        /// The family is in a refuge or hides from a violent person.
        Refuge => "refuge",
        /// The child is adopted or about to be.
        Adoption => "adoption",
        /// Witness protection or another new identity.
        WitnessProtection => "witness-protection",
        /// A court ordered it.
        CourtOrder => "court-order",
        /// Another ground known to the management team.
        Other => "other",
    }
}

/// A name: what the family is called and what the child is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Name {
    /// The family name.
    pub family: String,
    /// The given names, separated by spaces; empty while nobody has given one.
    pub given: String,
}

/// A former name or one used beside the current.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherName {
    /// What it is.
    pub kind: OtherNameKind,
    /// The name.
    pub name: Name,
    /// The organisation that supplied it.
    pub supplied_by: OrganisationId,
}

/// Where the child lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// How far that is known.
    pub state: AddressState,
    /// What the family intends, where it left.
    pub intent: Option<AddressIntent>,
    /// The address without its postcode.
    pub lines: Vec<String>,
    /// The postcode.
    pub postcode: Option<Postcode>,
    /// The organisation that supplied it.
    pub supplied_by: OrganisationId,
    /// It shares a household with a hidden record or has not been compared yet: only who supplied it sees it.
    pub held: bool,
}

/// A person with parental responsibility or care of the child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carer {
    /// Their name.
    pub name: String,
    /// What they are to the child, such as `mother`.
    pub relationship: String,
    /// Whether they have parental responsibility.
    pub parental_responsibility: bool,
    /// Their telephone number.
    pub phone: Option<String>,
    /// Their e-mail address.
    pub email: Option<String>,
    /// The organisation that supplied it.
    pub supplied_by: OrganisationId,
    /// As [`Address::held`].
    pub held: bool,
    /// The shield on the carer or on what they share with somebody; found whenever carers are read, and never stored here.
    pub cover: Option<Cover>,
}

impl Carer {
    /// The carer with nothing but the name and what they are to the child.
    #[must_use]
    pub fn name_only(&self) -> Self {
        Self { phone: None, email: None, ..self.clone() }
    }
}

/// An identifier with its status and source. Never a unique key: two children on one NHS number happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChildIdentifier {
    /// System and value.
    pub identifier: Identifier,
    /// What is known of it.
    pub status: IdentifierStatus,
    /// The organisation that supplied it.
    pub supplied_by: OrganisationId,
}

/// Why and since when a record is shielded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shield {
    /// The ground.
    pub ground: ShieldGround,
    /// Since when.
    pub since: Instant,
    /// When the management team confirmed it; until then an organisation still sees what it supplied itself.
    pub reviewed_at: Option<Instant>,
    /// Whether the whole record does not exist but for cleared managers.
    pub sealed: bool,
}

impl Shield {
    /// This shield and another on one child: what hides more of either. The first one's ground and beginning stay; a
    /// confirmation of either confirms both.
    #[must_use]
    pub fn stricter(self, other: Self) -> Self {
        Self {
            ground: self.ground,
            since: self.since,
            reviewed_at: self.reviewed_at.or(other.reviewed_at),
            sealed: self.sealed || other.sealed,
        }
    }
}

/// The one row that says who a child is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChildRecord {
    /// The child's own id, which never leaves.
    pub id: ChildId,
    /// The number people use: one for life.
    pub index_number: IndexNumber,
    /// What the record is.
    pub status: ChildStatus,
    /// Who may find it yet.
    pub publication: Publication,
    /// The organisation that registered it.
    pub supplied_by: OrganisationId,
    /// That organisation's own key for it.
    pub source_key: Option<String>,
    /// The area (ONS code) whose management team answers for it.
    pub area: String,
    /// The current name.
    pub name: Name,
    /// Absent only while unborn.
    pub date_of_birth: Option<NaiveDate>,
    /// The expected date of delivery of an unborn child.
    pub expected_on: Option<NaiveDate>,
    /// The day the child died.
    pub died_on: Option<NaiveDate>,
    /// The young person consents to stay in the index until this day.
    pub stays_until: Option<NaiveDate>,
    /// Sex.
    pub sex: Sex,
    /// Address.
    pub address: Address,
    /// The shield on it.
    pub shield: Option<Shield>,
    /// The day it was archived by hand.
    pub closed_on: Option<NaiveDate>,
    /// The surviving record of a merge.
    pub merged_into: Option<ChildId>,
    /// Counts changes, from 1.
    pub version: i64,
    /// When it was registered.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

/// A child's record with all its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Child {
    /// Who the child is.
    pub record: ChildRecord,
    /// Former names and others in use.
    pub other_names: Vec<OtherName>,
    /// Carers.
    pub carers: Vec<Carer>,
    /// Identifiers.
    pub identifiers: Vec<ChildIdentifier>,
}

/// The age at which a record is archived, in years (2007 regulations).
pub const ADULT_AT: u32 = 18;
/// The age to which a young person may consent to stay, in years (2007 regulations).
pub const STAYS_AT_MOST_UNTIL: u32 = 25;

impl ChildRecord {
    /// The day from which the record is archived; see [`Lifespan::archived_on`].
    #[must_use]
    pub fn archived_on(&self) -> Option<NaiveDate> {
        let Self { date_of_birth, stays_until, died_on, closed_on, .. } = *self;
        Lifespan { date_of_birth, stays_until, died_on, closed_on }.archived_on()
    }
}

/// The days that decide when a record is archived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifespan {
    /// Date of birth.
    pub date_of_birth: Option<NaiveDate>,
    /// The last day to which a young person has consented to stay.
    pub stays_until: Option<NaiveDate>,
    /// The day of death.
    pub died_on: Option<NaiveDate>,
    /// The day it was archived by hand.
    pub closed_on: Option<NaiveDate>,
}

impl Lifespan {
    /// The day from which a record is archived: by hand, from the 18th birthday without consent to stay (at most to
    /// the 25th), or a year after death, whichever comes first. Whether a job has run plays no part.
    #[must_use]
    pub fn archived_on(&self) -> Option<NaiveDate> {
        let by_age = self.date_of_birth.map(|born| {
            let adult_on = years_after(born, ADULT_AT);
            let latest = years_after(born, STAYS_AT_MOST_UNTIL);
            // The day after the last day consented to.
            let stays = self.stays_until.and_then(|until| until.succ_opt());
            stays.map_or(adult_on, |until| until.clamp(adult_on, latest))
        });
        let by_death = self.died_on.map(|died| years_after(died, 1));
        [self.closed_on, by_age, by_death].into_iter().flatten().min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::OrganisationId;
    use proptest::prelude::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn a_record() -> ChildRecord {
        let organisation = OrganisationId::new();
        ChildRecord {
            id: ChildId(1),
            index_number: IndexNumber::from_random_bits(7),
            status: ChildStatus::Active,
            publication: Publication::Published,
            supplied_by: organisation,
            source_key: None,
            area: "E06000054".into(),
            name: Name { family: "Okafor".into(), given: "Chidera".into() },
            date_of_birth: Some(date("2008-11-22")),
            expected_on: None,
            died_on: None,
            stays_until: None,
            sex: Sex::F,
            address: Address {
                state: AddressState::NoneKnown,
                intent: None,
                lines: Vec::new(),
                postcode: None,
                supplied_by: organisation,
                held: false,
            },
            shield: None,
            closed_on: None,
            merged_into: None,
            version: 1,
            created_at: Instant(0),
            updated_at: Instant(0),
        }
    }

    #[test]
    fn archived_from_the_eighteenth_birthday_itself() {
        assert_eq!(a_record().archived_on(), Some(date("2026-11-22")));
    }

    #[test]
    fn consent_to_stay_holds_through_its_last_day_and_no_longer_than_the_25th_birthday() {
        let mut record = a_record();
        record.stays_until = Some(date("2028-03-01"));
        assert_eq!(record.archived_on(), Some(date("2028-03-02")));
        record.stays_until = Some(date("2050-01-01"));
        assert_eq!(record.archived_on(), Some(date("2033-11-22")));
        record.stays_until = Some(date("2020-01-01"));
        assert_eq!(record.archived_on(), Some(date("2026-11-22")), "an old consent closes nothing early");
    }

    #[test]
    fn death_leaves_the_record_live_for_a_year() {
        let mut record = a_record();
        record.died_on = Some(date("2020-02-03"));
        assert_eq!(record.archived_on(), Some(date("2021-02-03")));
    }

    #[test]
    fn an_unborn_child_is_not_archived() {
        let mut record = a_record();
        record.date_of_birth = None;
        assert_eq!(record.archived_on(), None);
    }

    proptest! {
        #[test]
        fn never_archived_by_age_before_eighteen(born in 0_i32..20_000, stays in proptest::option::of(0_i32..40_000)) {
            let day = |n: i32| date("1990-01-01") + chrono::Days::new(n.unsigned_abs().into());
            let mut record = a_record();
            record.date_of_birth = Some(day(born));
            record.stays_until = stays.map(day);
            let archived = record.archived_on().unwrap();
            prop_assert!(archived >= years_after(day(born), ADULT_AT));
            prop_assert!(archived <= years_after(day(born), STAYS_AT_MOST_UNTIL));
        }
    }
}
