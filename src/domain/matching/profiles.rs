//! What the matcher knows of a child: the facts that can be compared, and nothing else.

use chrono::NaiveDate;

use crate::domain::sex::Sex;

/// How a name belongs to a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NameKind {
    /// The name the child goes by now.
    Current,
    /// A name the child used to have, by birth, adoption or marriage of a parent.
    Former,
    /// Another name in use beside the current one.
    AlsoKnownAs,
}

/// One full name of a child, as it was written. Folding is the matcher's own business.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NameForm {
    /// Family name; may be empty.
    pub family: String,
    /// Given names, first and middle together; may be empty or a placeholder such as "Baby".
    pub given: String,
    /// Whether current, former or also-known-as.
    pub kind: NameKind,
}

impl NameForm {
    /// A current name.
    pub fn current(family: impl Into<String>, given: impl Into<String>) -> Self {
        NameForm { family: family.into(), given: given.into(), kind: NameKind::Current }
    }

    /// A former name.
    pub fn former(family: impl Into<String>, given: impl Into<String>) -> Self {
        NameForm { family: family.into(), given: given.into(), kind: NameKind::Former }
    }

    /// A name also in use.
    pub fn also_known_as(family: impl Into<String>, given: impl Into<String>) -> Self {
        NameForm { family: family.into(), given: given.into(), kind: NameKind::AlsoKnownAs }
    }
}

/// An identifier that is compared exactly or not at all.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExactIdentifier {
    /// The code of the numbering system, such as `nhs-number`.
    pub system: String,
    /// The number in its stored form: no spaces, upper case.
    pub value: String,
}

impl ExactIdentifier {
    /// An identifier of the given system; the value in its stored form.
    pub fn new(system: impl Into<String>, value: impl Into<String>) -> Self {
        ExactIdentifier { system: system.into(), value: value.into() }
    }
}

/// The comparable facts of one child, **as far as the matcher may know them here**.
///
/// What is not in the profile can neither be found nor counted. Shielding is therefore decided by whoever builds it:
/// the profile of a shielded child must go through [`Profile::visible_when_shielded`] before it reaches keys or
/// scores that answer an ordinary search. Superseded or withheld identifiers are never put in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Every name, in any order.
    pub names: Vec<NameForm>,
    /// Absent for the unborn and where it is not known.
    pub date_of_birth: Option<NaiveDate>,
    /// Sex as recorded.
    pub sex: Sex,
    /// The postcode of the current or last known address, upper case with one space ("BA14 8JN"); pseudo-postcodes
    /// (`ZZ99 …`) are address states and are ignored here.
    pub postcode: Option<String>,
    /// Postcodes of earlier addresses, in the same form.
    pub former_postcodes: Vec<String>,
    /// Current identifiers that the asker may search by.
    pub identifiers: Vec<ExactIdentifier>,
}

impl Profile {
    /// A profile of which only a name is known; for building others from.
    pub fn named(family: impl Into<String>, given: impl Into<String>) -> Self {
        Profile {
            names: vec![NameForm::current(family, given)],
            date_of_birth: None,
            sex: Sex::U,
            postcode: None,
            former_postcodes: Vec::new(),
            identifiers: Vec::new(),
        }
    }

    /// The part of a shielded child that may be found: current names, date of birth and sex. No former name, no
    /// alias, no address, no identifier, so that an old name never leads to the new one.
    pub fn visible_when_shielded(&self) -> Profile {
        Profile {
            names: self.names.iter().filter(|name| name.kind == NameKind::Current).cloned().collect(),
            date_of_birth: self.date_of_birth,
            sex: self.sex,
            postcode: None,
            former_postcodes: Vec::new(),
            identifiers: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shielded_profile_keeps_only_current_name_date_and_sex() {
        let born = NaiveDate::from_ymd_opt(2015, 3, 2);
        let whole = Profile {
            names: vec![
                NameForm::former("Obi", "Chidera"),
                NameForm::current("Okafor", "Chidera Grace"),
                NameForm::also_known_as("Okafor", "Chichi"),
            ],
            date_of_birth: born,
            sex: Sex::F,
            postcode: Some("BA14 8JN".into()),
            former_postcodes: vec!["BA1 1AA".into()],
            identifiers: vec![ExactIdentifier::new("nhs-number", "9990000018")],
        };
        let expected = Profile { date_of_birth: born, sex: Sex::F, ..Profile::named("Okafor", "Chidera Grace") };
        assert_eq!(whole.visible_when_shielded(), expected);
    }
}
