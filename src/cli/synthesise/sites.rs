//! What schools, settings and surgeries are called.

use super::bodies::Site;
use super::dice::Dice;
use super::names::NAMES;
use super::places::street_name;

/// The name of a site in a town, of the kinds there are in England.
pub(super) fn site_name(dice: &mut Dice, site: Site, town: &str) -> String {
    let saint = dice.one_of(&[
        "St Mary's",
        "St John's",
        "St Joseph's",
        "St Peter's",
        "St Michael's",
        "St Anne's",
        "Holy Trinity",
        "All Saints'",
        "Sacred Heart",
        "St Luke's",
        "Our Lady's",
        "St Thomas More",
    ]);
    let street = street_name(dice);
    let place = format!("{}{}", NAMES.part(dice, "first"), NAMES.part(dice, "last"));
    match (site, dice.below(5)) {
        (Site::Primary, 0) => format!("{saint} Church of England Primary School, {town}"),
        (Site::Primary, 1) => format!("{saint} Catholic Primary School, {town}"),
        (Site::Primary, 2) => format!("{street} Primary School"),
        (Site::Primary, 3) => format!("{place} Community Primary School"),
        (Site::Primary, _) => format!("{place} Primary Academy"),
        (Site::Secondary, 0) => format!("{saint} Catholic High School, {town}"),
        (Site::Secondary, 1) => format!("The {place} Academy"),
        (Site::Secondary, 2) => format!("{place} Grammar School"),
        (Site::Secondary, _) => format!("{place} School, {town}"),
        (Site::Special, _) => format!("{place} Special School, {town}"),
        (Site::Nursery, 0) => format!("Little Acorns Nursery, {street}"),
        (Site::Nursery, 1) => format!("{place} Pre-school"),
        (Site::Nursery, 2) => format!("Rainbow Day Nursery, {town}"),
        (Site::Nursery, 3) => format!("Bumblebees on {street}"),
        (Site::Nursery, _) => format!("{saint} Playgroup, {town}"),
        (Site::College, _) => format!("{town} College"),
        (Site::Practice, 0) => format!("{street} Surgery"),
        (Site::Practice, 1) => format!("{town} Medical Centre"),
        (Site::Practice, 2) => format!("{place} Health Centre"),
        (Site::Practice, 3) => format!("Dr {} and Partners, {town}", NAMES.english().family.draw(dice)),
        (Site::Practice, _) => format!("The {place} Practice"),
    }
}
