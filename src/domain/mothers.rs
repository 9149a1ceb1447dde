//! The mother of a child recorded before birth: a protected block of the record, compared as a child is.

use chrono::NaiveDate;

use crate::domain::children::Name;
use crate::domain::identifiers::Identifier;
use crate::domain::ids::OrganisationId;
use crate::domain::matching::{ExactIdentifier, Key, KeySecret, Profile, child_keys};

/// Who the mother is: what maternity, health visiting and social care tell expectant mothers apart by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mother {
    /// Her name.
    pub name: Name,
    /// Her date of birth.
    pub date_of_birth: Option<NaiveDate>,
    /// Her NHS number.
    pub nhs_number: Option<Identifier>,
    /// The organisation that supplied it.
    pub supplied_by: OrganisationId,
}

impl Mother {
    /// What a search for her compares.
    #[must_use]
    pub fn profile(&self) -> Profile {
        let exact = |number: &Identifier| ExactIdentifier::new(number.system().to_string(), number.value());
        Profile {
            date_of_birth: self.date_of_birth,
            identifiers: self.nhs_number.iter().map(exact).collect(),
            ..Profile::named(self.name.family.clone(), self.name.given.clone())
        }
    }

    /// The keys under which she is looked for, sorted, each once: a class of their own, where a search for a child
    /// never looks.
    #[must_use]
    pub fn keys(&self, secret: &KeySecret) -> Vec<Key> {
        let mut keys = Vec::with_capacity(32);
        child_keys(&self.profile(), &secret.maternal(), &mut keys);
        keys
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::identifiers::IdentifierSystem;
    use crate::domain::matching::{BirthCriterion, QueriedDate, SearchQuery, query_plan};

    #[test]
    fn she_is_found_among_mothers_and_never_among_children() {
        let secret = KeySecret::new([7; 16]);
        let mother = Mother {
            name: Name { family: "Okafor".into(), given: "Ada".into() },
            date_of_birth: "1996-03-02".parse().ok(),
            nhs_number: Identifier::parse(IdentifierSystem::NhsNumber, "9000000009").ok(),
            supplied_by: OrganisationId::new(),
        };
        let query = SearchQuery {
            family_name: Some("Okafor".into()),
            birth: QueriedDate::parse("1996-03-02").map(BirthCriterion::On),
            ..SearchQuery::default()
        };
        let keys = mother.keys(&secret);
        assert!(keys.is_sorted());
        let shared = |secret: &KeySecret| {
            let plan = query_plan(&query, secret);
            plan.selective.iter().chain(&plan.wide).filter(|planned| keys.contains(&planned.key)).count()
        };
        assert!(shared(&secret.maternal()) > 0);
        assert_eq!((shared(&secret), shared(&secret.hidden())), (0, 0));
    }
}
