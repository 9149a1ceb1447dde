//! `child-index synthesise`: an England-like population of families as bulk lines, the same for the same seed and day.

mod bodies;
mod care;
mod command;
mod dice;
mod examples;
mod families;
mod homes;
mod names;
mod naming;
mod needs;
mod numbers;
mod places;
mod posts;
mod shields;
mod sites;
mod staff;
mod stories;
mod teams;
mod universal;
mod world;

pub use command::SynthesiseCommand;
pub use examples::{Example, ExampleKind, examples, mother_of};

use std::io::{self, Write};

use chrono::NaiveDate;

use crate::domain::bulk::{BulkChild, BulkLine};
use world::World;

/// The first area: the one the demo's accounts belong to (Wiltshire).
pub const FIRST_AREA: &str = "E06000054";
/// The code of the first area's council: children's services, early help, the management team.
pub const FIRST_COUNCIL: &str = "LA-E06000054";
/// The code of the first area's community health services, which employ its school nurses and health visitors.
pub const FIRST_COMMUNITY_HEALTH: &str = "CH-E06000054";

/// How much is gathered before it is written, in bytes.
const BLOCK: usize = 1 << 18;

/// Writes a population of so many children, and the organisations that work with them, in the bulk format: an
/// organisation or a child a line. The same for the same `children`, `seed` and `today`; whatever its size, it needs
/// little memory.
///
/// NHS numbers are of the range 999, telephone numbers of those kept for drama, e-mail addresses at domains kept for
/// examples. From 200 children on, every kind of [`ExampleKind`] is there.
///
/// # Errors
/// When `out` cannot be written to.
pub fn synthesise(children: u64, seed: u64, today: NaiveDate, mut out: impl Write) -> io::Result<()> {
    let world = World::new(children, seed, today);
    let mut block = Vec::with_capacity(BLOCK + BLOCK / 4);
    for line in world.organisations().chain(population(&world).map(BulkLine::Child)) {
        serde_json::to_writer(&mut block, &line)?;
        block.push(b'\n');
        if block.len() >= BLOCK {
            out.write_all(&block)?;
            block.clear();
        }
    }
    out.write_all(&block)?;
    out.flush()
}

/// Short and other forms of a given name.
#[must_use]
pub fn short_forms(given: &str) -> &'static [&'static str] {
    names::NAMES.short_forms(given)
}

/// The children of a world, household after household.
fn population(world: &World) -> impl Iterator<Item = BulkChild> {
    let mut first = 1;
    (0..)
        .map_while(move |household| {
            let left = world.children.checked_sub(first - 1).filter(|left| *left > 0)?;
            let (_, mut children) = world.household(household, first);
            children.truncate(usize::try_from(left).unwrap_or(usize::MAX));
            first += u64::try_from(children.len()).unwrap_or_default();
            Some(children)
        })
        .flatten()
}

#[cfg(test)]
mod tests;
