//! The bulk format: newline-delimited JSON, an organisation or a child a line, refused whole when anything in it is wrong.

mod addresses;
mod checks;
mod children;
mod fields;
mod involvements;
mod organisations;
mod problems;

pub use addresses::BulkAddress;
pub use children::{BulkCarer, BulkChild, BulkIdentifier, BulkName, BulkOtherName, BulkShield};
pub use involvements::{BulkGround, BulkInvolvement, BulkPractitioner};
pub use organisations::{BulkOrganisation, BulkRoute, BulkTeam};
pub use problems::{BulkProblem, BulkRefusal};

use std::fmt;

use chrono::NaiveDate;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// A longer line is refused unread, in bytes.
pub const LONGEST_LINE: usize = 256 * 1024;

/// For how long an organisation is accredited that an operator loads without saying so, in years.
pub const ACCREDITED_YEARS: u32 = 3;

/// One line of the bulk format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BulkLine {
    /// `{"organisation": {…}}`: defines an organisation, before its first use.
    Organisation(BulkOrganisation),
    /// A child.
    Child(BulkChild),
}

impl BulkLine {
    /// Reads a line and checks all that can be checked without the index; `today` bounds the dates.
    ///
    /// # Errors
    /// What is wrong and where, naming no value of the line.
    pub fn parse(line: &str, today: NaiveDate) -> Result<Self, BulkRefusal> {
        if line.len() > LONGEST_LINE {
            return Err(BulkProblem::new("", format!("the line is longer than {LONGEST_LINE} bytes")).into());
        }
        // The path to an error costs a third of the time, so it is asked for only once there is one.
        let read: Self = serde_json::from_str(line).map_err(|_| problems::locate::<Self>(line))?;
        let problems = match &read {
            Self::Organisation(organisation) => checks::check_organisation(organisation, today),
            Self::Child(child) => checks::check_child(child, today),
        };
        if problems.is_empty() { Ok(read) } else { Err(BulkRefusal { problems }) }
    }
}

const ORGANISATION: &str = "organisation";

impl Serialize for BulkLine {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Organisation(organisation) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry(ORGANISATION, organisation)?;
                map.end()
            }
            Self::Child(child) => child.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for BulkLine {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Line)
    }
}

/// Decides by the first key: a line that has `organisation` has nothing else.
struct Line;

impl<'de> Visitor<'de> for Line {
    type Value = BulkLine;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object: a child or an organisation")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<BulkLine, A::Error> {
        let first = map.next_key::<String>()?;
        if first.as_deref() == Some(ORGANISATION) {
            let organisation = map.next_value()?;
            return match map.next_key::<String>()? {
                None => Ok(BulkLine::Organisation(organisation)),
                Some(_) => Err(A::Error::custom("an organisation stands on a line of its own")),
            };
        }
        BulkChild::deserialize(MapAccessDeserializer::new(WithFirstKey { first, map })).map(BulkLine::Child)
    }
}

/// A map whose first key has been read already.
struct WithFirstKey<A> {
    first: Option<String>,
    map: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for WithFirstKey<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        match self.first.take() {
            Some(key) => seed.deserialize(serde::de::value::StringDeserializer::new(key)).map(Some),
            None => self.map.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

#[cfg(test)]
mod tests;
