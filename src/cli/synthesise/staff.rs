//! Practitioners: who works where, the same person for every child they work with.

use std::sync::LazyLock;

use super::bodies::Body;
use super::dice::{Dice, Purpose, hash, mix};
use super::homes::mailbox;
use super::names::NAMES;
use super::naming::{adult_name, family_name};
use super::numbers::work_phone;
use super::places::Area;
use super::teams::domain;
use crate::domain::bulk::{BulkPractitioner, BulkRoute};
use crate::domain::email_addresses::EmailAddress;
use crate::domain::routes::{OpeningHours, RouteKind};
use crate::domain::sex::Sex;

/// Days and hours of people who do not keep office hours; one practitioner in four.
static PART_TIME: LazyLock<Vec<OpeningHours>> = LazyLock::new(|| {
    let texts = [
        "Mo-We 09:00-15:00; PH off",
        "Tu,Th 08:30-16:30; PH off",
        "We-Fr 10:00-18:00; PH off",
        "Mo-Fr 08:00-13:00; PH off",
    ];
    texts.iter().filter_map(|text| OpeningHours::parse(text).ok()).collect()
});

/// The practitioner in one place of a team.
pub(super) fn practitioner(
    body: Body,
    area: &Area,
    team: &str,
    titles: &[&'static str],
    place: u64,
    seed: u64,
) -> BulkPractitioner {
    let mut dice = Dice::new(seed, Purpose::Practitioner(mix(body.key() ^ hash(team) ^ mix(place))));
    let community = NAMES.community(&mut dice);
    let sex = if dice.in_thousand(760) { Sex::F } else { Sex::M };
    let family = family_name(&mut dice, community);
    let name = adult_name(&mut dice, community, &family, sex);
    let title = dice.one_of(titles);
    let routes = routes(body, area, &name, title);
    let name =
        if matches!(title, "General practitioner" | "Consultant paediatrician") { format!("Dr {name}") } else { name };
    BulkPractitioner { name, job_title: title.to_owned(), routes }
}

/// How to reach somebody: drawn from name and title alone, so that two places that happen to be filled by people of one
/// name and title are one person in the index without a contradiction.
fn routes(body: Body, area: &Area, name: &str, title: &str) -> Vec<BulkRoute> {
    let drawn = mix(body.key() ^ hash(name) ^ hash(title).rotate_left(7));
    let phone = work_phone(area.phone_prefix, drawn >> 8);
    let email = EmailAddress::parse(&format!("{}@{}", mailbox(name), domain(body, area))).ok();
    let part_time = u64::try_from(PART_TIME.len()).unwrap_or(1).max(1) * 4;
    let hours = usize::try_from((drawn & 0xff) % part_time).ok().and_then(|index| PART_TIME.get(index)).copied();
    let kind = RouteKind::Person;
    match drawn % 10 {
        0 => vec![BulkRoute { kind, phone: None, email, hours }],
        1..=3 => vec![BulkRoute { kind, phone, email: None, hours }],
        _ => vec![BulkRoute { kind, phone, email, hours }],
    }
}

#[cfg(test)]
mod tests {
    use super::super::bodies::Office;
    use super::super::places::AREAS;
    use super::*;

    #[test]
    fn the_same_place_is_filled_by_the_same_person() {
        let draw = |place, seed| {
            let body = Body::Office(Office::Council, 0);
            practitioner(body, &AREAS[0], "duty", &["Social worker"], place, seed)
        };
        assert_eq!(draw(1, 42), draw(1, 42));
        assert_ne!(draw(1, 42), draw(2, 42));
        assert_ne!(draw(1, 42), draw(1, 43));
        assert!((0..50).all(|place| draw(place, 42).routes.iter().all(|route| route.route().is_ok())));
        assert!((0..50).any(|place| draw(place, 42).routes[0].hours.is_some()));
    }
}
