//! What the log keeps of a search: what was asked, and how it ended.

use super::{Ending, Search};
use crate::domain::audit::actions::Outcome as Audited;
use crate::domain::audit::payloads::Criteria;
use crate::domain::matching::{BirthCriterion, PostcodeCriterion, SearchQuery};
use crate::domain::sex::Sex;

/// How the log calls the end of a search.
pub(super) fn audited(ending: Ending) -> Audited {
    match ending {
        Ending::Found => Audited::Disclosed,
        Ending::None => Audited::None,
        Ending::TooMany => Audited::TooMany,
        Ending::NoSingleMatch => Audited::NoSingleMatch,
    }
}

/// What was asked, for the log: personal, and erased with the payload it stands in.
pub(in crate::app) fn criteria(search: &Search) -> Criteria {
    let query = match search {
        Search::Number(number) => return Criteria::new().with("index_number", number.to_string()),
        Search::Facts { query, .. } => query,
        Search::Mother(query) => return criteria_of(query).with("by", "mother"),
    };
    criteria_of(query)
}

fn criteria_of(query: &SearchQuery) -> Criteria {
    let criteria = Criteria::new()
        .with_some("family_name", query.family_name.as_deref())
        .with_some("given_name", query.given_name.as_deref())
        .with_some("sex", query.sex.map(Sex::code))
        .with_some("postcode", query.postcode.as_ref().map(PostcodeCriterion::text))
        .with_some("identifier_system", query.identifier.as_ref().map(|identifier| identifier.system.as_str()))
        .with_some("identifier", query.identifier.as_ref().map(|identifier| identifier.value.as_str()));
    match query.birth {
        None => criteria,
        Some(BirthCriterion::On(date)) => criteria.with("date_of_birth", date.to_string()),
        Some(BirthCriterion::Between(from, to)) => {
            criteria.with("born_from", from.to_string()).with("born_to", to.to_string())
        }
        Some(BirthCriterion::Age { years, .. }) => criteria.with("age", years),
    }
}
