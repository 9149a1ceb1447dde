//! Which households are shielded, and why.

use super::dice::Dice;
use super::stories::Story;
use crate::domain::bulk::BulkShield;
use crate::domain::children::ShieldGround;

/// The shield over a household: one in two hundred has one.
pub(super) fn shield_of(dice: &mut Dice, story: Option<Story>) -> Option<BulkShield> {
    match story {
        Some(Story::Refuge) => return Some(BulkShield { ground: ShieldGround::Refuge, sealed: false }),
        Some(Story::Adopted) => return Some(BulkShield { ground: ShieldGround::Adoption, sealed: false }),
        Some(Story::WitnessProtection) => {
            return Some(BulkShield { ground: ShieldGround::WitnessProtection, sealed: true });
        }
        Some(_) => return None,
        None => {}
    }
    if !dice.in_thousand(5) {
        return None;
    }
    let (ground, sealed) = match dice.below(100) {
        0..55 => (ShieldGround::Refuge, false),
        55..70 => (ShieldGround::Adoption, dice.in_thousand(300)),
        70..75 => (ShieldGround::WitnessProtection, true),
        75..95 => (ShieldGround::CourtOrder, false),
        _ => (ShieldGround::Other, false),
    };
    Some(BulkShield { ground, sealed })
}
