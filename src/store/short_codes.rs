//! Short codes in the columns that most rows have: of closed sets, of the usual identifier systems and of the usual words
//! for a carer. JSON, the command line and the log keep the long ones; a code that is written here never changes.

use std::borrow::Cow;

use super::errors::{StoreError, StoreResult};
use crate::domain::identifiers::{IdentifierStatus, IdentifierSystem};
use crate::domain::services::Service;

/// A closed set that is stored by codes of one to three capital letters.
pub(super) trait ShortCode: Copy + Sized + 'static {
    /// The code in the database.
    fn short(self) -> &'static str;

    /// The value with this code.
    fn find_short(short: &str) -> Option<Self>;
}

/// The value of a closed set with this short code.
pub(super) fn short_code<C: ShortCode>(text: &str) -> StoreResult<C> {
    C::find_short(text).ok_or_else(|| StoreError::broken("a stored short code is unknown"))
}

/// Both directions from one table; a value or a code that is there twice, and a value that is missing, are refused when
/// compiling.
macro_rules! short_codes {
    ($name:ident { $($value:ident => $short:literal),+ $(,)? }) => {
        impl ShortCode for $name {
            fn short(self) -> &'static str {
                match self {
                    $( Self::$value => $short, )+
                }
            }

            fn find_short(short: &str) -> Option<Self> {
                match short {
                    $( $short => Some(Self::$value), )+
                    _ => None,
                }
            }
        }
    };
}

short_codes! {
    Service {
        Maternity => "M",
        HealthVisiting => "V",
        GpPractice => "G",
        FamilyHub => "H",
        EarlyYearsSetting => "Y",
        School => "S",
        ExtendedSchool => "XS",
        FurtherEducation => "F",
        ElectiveHomeEducation => "HE",
        SchoolNursing => "N",
        IntegratedYouthService => "U",
        EarlyHelp => "E",
        FamilySupport => "FS",
        SpecialEducationalNeeds => "SEN",
        EducationalPsychology => "EP",
        Attendance => "A",
        VirtualSchool => "VS",
        ChildrensSocialCare => "C",
        DisabledChildrensTeam => "DC",
        FosteringAndAdoption => "FA",
        Cafcass => "CAF",
        YouthJustice => "YJ",
        Police => "P",
        Probation => "PB",
        FireAndRescue => "FR",
        Housing => "HO",
        Paediatrics => "PD",
        Therapies => "T",
        HospitalSafeguarding => "HS",
        VoluntaryOrganisation => "VO",
        YoungCarers => "YC",
        SexualHealth => "SH",
        MentalHealth => "MH",
        SubstanceMisuse => "SM",
        RefugeAndDomesticAbuse => "RD",
        SexualAssaultReferral => "SA",
        GenderIdentity => "GI",
    }
}

short_codes! {
    IdentifierStatus {
        Verified => "V",
        Unverified => "U",
        Superseded => "S",
        Disputed => "D",
        WithheldDetrimental => "W",
    }
}

/// What stands for an identifier system. The codes of other systems are in small letters, so that none is mistaken.
pub(super) fn stored_system(system: &IdentifierSystem) -> &str {
    match system {
        IdentifierSystem::NhsNumber => "N",
        IdentifierSystem::Upn => "P",
        IdentifierSystem::Uln => "L",
        IdentifierSystem::Other(_) => system.code(),
    }
}

/// The long code of the identifier system that is stored so.
pub(super) fn system_code(stored: &str) -> &str {
    match stored {
        "N" => "nhs-number",
        "P" => "upn",
        "L" => "uln",
        other => other,
    }
}

/// Words for a carer that are stored by a code; any other is stored as it is.
const RELATIONSHIPS: [(&str, &str); 12] = [
    ("mother", "M"),
    ("father", "F"),
    ("step-mother", "SM"),
    ("step-father", "SF"),
    ("adoptive mother", "AM"),
    ("adoptive father", "AF"),
    ("foster carer", "FC"),
    ("grandmother", "GM"),
    ("grandfather", "GF"),
    ("aunt", "A"),
    ("uncle", "U"),
    ("guardian", "G"),
];

/// Before a text that would be read as another: loads take any.
const VERBATIM: char = '=';

/// What stands for how a carer is related to a child.
pub(super) fn stored_relationship(relationship: &str) -> Cow<'_, str> {
    match RELATIONSHIPS.iter().find(|(word, _)| *word == relationship) {
        Some((_, short)) => Cow::Borrowed(short),
        None if relationship_of(relationship) == relationship => Cow::Borrowed(relationship),
        None => Cow::Owned(format!("{VERBATIM}{relationship}")),
    }
}

/// How a carer is related to a child, from what stands for it.
pub(super) fn relationship_of(stored: &str) -> &str {
    match RELATIONSHIPS.iter().find(|(_, short)| *short == stored) {
        Some((word, _)) => word,
        None => stored.strip_prefix(VERBATIM).unwrap_or(stored),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::domain::codes::Code;

    /// The table of a closed set, as it must stay: databases are full of it.
    fn table<C: ShortCode + Code>() -> String {
        let lines: Vec<String> = C::ALL.iter().map(|value| format!("{} {}", value.code(), value.short())).collect();
        lines.join(", ")
    }

    #[test]
    fn the_codes_of_services_never_change() {
        assert_eq!(
            table::<Service>(),
            "maternity M, health-visiting V, gp-practice G, family-hub H, early-years-setting Y, school S, \
             extended-school XS, further-education F, elective-home-education HE, school-nursing N, \
             integrated-youth-service U, early-help E, family-support FS, special-educational-needs SEN, \
             educational-psychology EP, attendance A, virtual-school VS, childrens-social-care C, \
             disabled-childrens-team DC, fostering-and-adoption FA, cafcass CAF, youth-justice YJ, police P, \
             probation PB, fire-and-rescue FR, housing HO, paediatrics PD, therapies T, hospital-safeguarding HS, \
             voluntary-organisation VO, young-carers YC, sexual-health SH, mental-health MH, substance-misuse SM, \
             refuge-and-domestic-abuse RD, sexual-assault-referral SA, gender-identity GI"
        );
    }

    #[test]
    fn the_codes_of_identifiers_never_change() {
        assert_eq!(
            table::<IdentifierStatus>(),
            "verified V, unverified U, superseded S, disputed D, withheld-detrimental W"
        );
        let systems = ["nhs-number", "upn", "uln", "liquidlogic-id", "n"].map(|code| {
            let system: IdentifierSystem = code.parse().unwrap();
            let stored = stored_system(&system).to_owned();
            assert_eq!(system_code(&stored), code);
            stored
        });
        assert_eq!(systems, ["N", "P", "L", "liquidlogic-id", "n"]);
        assert!("N".parse::<IdentifierSystem>().is_err(), "no other system has such a code");
    }

    fn assert_each_has_its_own<C: ShortCode + Code + PartialEq + std::fmt::Debug>() {
        let mut shorts = BTreeSet::new();
        for &value in C::ALL {
            let short = value.short();
            assert!((1..=3).contains(&short.len()) && short.bytes().all(|byte| byte.is_ascii_uppercase()), "{short}");
            assert!(shorts.insert(short), "{short} is there twice");
            assert_eq!(short_code::<C>(short), Ok(value));
            assert!(short_code::<C>(value.code()).is_err(), "a long code is no stored one");
        }
        assert!(short_code::<C>("").is_err());
    }

    #[test]
    fn every_value_has_a_short_code_of_its_own_and_is_read_back() {
        assert_each_has_its_own::<Service>();
        assert_each_has_its_own::<IdentifierStatus>();
    }

    #[test]
    fn the_codes_of_relationships_never_change() {
        let table = RELATIONSHIPS.map(|(word, short)| format!("{word} {short}")).join(", ");
        assert_eq!(
            table,
            "mother M, father F, step-mother SM, step-father SF, adoptive mother AM, adoptive father AF, \
             foster carer FC, grandmother GM, grandfather GF, aunt A, uncle U, guardian G"
        );
        for (word, short) in RELATIONSHIPS {
            assert_eq!((stored_relationship(word).as_ref(), relationship_of(short)), (short, word));
        }
        for (word, stored) in [("older sister", "older sister"), ("M", "=M"), ("=", "=="), ("=M", "==M"), ("", "")] {
            assert_eq!((stored_relationship(word).as_ref(), relationship_of(stored)), (stored, word));
        }
    }

    proptest! {
        #[test]
        fn any_relationship_is_read_as_it_was_given(word in "[=A-Z]{0,3}|\\PC{0,40}") {
            let stored = stored_relationship(&word);
            prop_assert_eq!(relationship_of(&stored), word.as_str());
        }
    }
}
