//! What information-sharing agreements take from what the table shows: they narrow, and never widen.
//!
//! One rule: of an entry about a child of a partnership's area, made by an organisation that is a member today, a reader
//! is told no more than the agreement in force says of its service — to members the one thing, to all others at most that.
//! Of several agreements the narrowest holds. It does not touch those who would see a sensitive entry of the same
//! organisation: the organisation itself, the area's management team, a manager inside a broker case, and whoever opens an
//! archive for a legal purpose. Sensitive entries are not touched at all: they are narrower already.

use std::sync::Arc;

use chrono::NaiveDate;

use super::actors::Actor;
use super::refusals::{Forbidden, Refusal};
use crate::domain::accounts::Role;
use crate::domain::ids::OrganisationId;
use crate::domain::partnerships::{Bond, DefaultVisibility};
use crate::domain::services::Service;

/// The agreements that may bind what is told of one child: those adopted by the partnerships of its area, and of which
/// services its entries are, by organisation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bounds {
    bonds: Option<Arc<Vec<Bond>>>,
    entries: Vec<(OrganisationId, Service)>,
}

impl Bounds {
    /// The bounds of a child with these entries; none where the area has adopted nothing.
    #[must_use]
    pub fn new(bonds: Arc<Vec<Bond>>, entries: impl Iterator<Item = (OrganisationId, Service)>) -> Self {
        if bonds.is_empty() {
            return Self::default();
        }
        Self { bonds: Some(bonds), entries: entries.collect() }
    }

    /// How much a reader of an organisation is told, on a day, of an entry of a service of another.
    #[must_use]
    pub fn tell(
        &self,
        reader: OrganisationId,
        owner: OrganisationId,
        service: Service,
        day: NaiveDate,
    ) -> DefaultVisibility {
        let Some(bonds) = &self.bonds else { return DefaultVisibility::Shown };
        let told = bonds.iter().map(|bond| bond.tells(reader, owner, service, day));
        told.min().unwrap_or(DefaultVisibility::Shown)
    }

    /// The same of whatever names an organisation and no service: no more than of the narrowest of its entries about the
    /// child, which it would tell of.
    #[must_use]
    pub fn tell_of_organisation(
        &self,
        reader: OrganisationId,
        owner: OrganisationId,
        day: NaiveDate,
    ) -> DefaultVisibility {
        let services = self.entries.iter().filter(|(organisation, _)| *organisation == owner);
        let told = services.map(|(_, service)| self.tell(reader, owner, *service, day));
        told.min().unwrap_or(DefaultVisibility::Shown)
    }
}

/// Decides whether the actor may register or change a partnership of `area`, its members and its agreements, or try what
/// an agreement would do: the area's management team, in person.
///
/// # Errors
/// A refusal by role or area.
pub fn decide_partnership_change(actor: &Actor, area: &str) -> Result<(), Refusal> {
    match actor.role {
        Role::Manager if actor.others().next().is_some() => Err(Refusal::Forbidden(Forbidden::Role)),
        Role::Manager if actor.area == area => Ok(()),
        Role::Manager => Err(Refusal::Forbidden(Forbidden::Area)),
        Role::Practitioner | Role::Auditor | Role::System | Role::Administrator => {
            Err(Refusal::Forbidden(Forbidden::Role))
        }
    }
}
