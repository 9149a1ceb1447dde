//! Naming a child and a grown-up the way their community does.

use super::dice::Dice;
use super::names::{Community, NAMES, Style};
use crate::domain::bulk::BulkOtherName;
use crate::domain::children::OtherNameKind;
use crate::domain::sex::Sex;

/// What a family is called, in the form for men.
pub(super) fn family_name(dice: &mut Dice, community: &Community) -> String {
    let drawn = community.family.draw(dice);
    match community.style {
        Style::Double => format!("{drawn} {}", community.family.draw(dice)),
        Style::Plain if community.has_english_adults() => english_family_name(dice, community, drawn),
        _ => drawn.to_owned(),
    }
}

fn english_family_name(dice: &mut Dice, community: &Community, drawn: &'static str) -> String {
    let throw = dice.below(100);
    // The long tail of English names: places, far more than any list would hold.
    if throw < 20 && community.code == "english" {
        return format!("{}{}", NAMES.part(dice, "first"), NAMES.part(dice, "last"));
    }
    match throw {
        94..=98 => format!("{drawn}-{}", community.family.draw(dice)),
        99 => format!("{drawn} {}", community.family.draw(dice)),
        _ => drawn.to_owned(),
    }
}

const BENGALI_WOMEN: [&str; 8] = ["Begum", "Khatun", "Khanom", "Akter", "Sultana", "Bibi", "Jahan", "Begum"];

/// The family name as one member of the family bears it.
pub(super) fn borne_by(dice: &mut Dice, community: &Community, family: &str, sex: Sex) -> String {
    let female = matches!(sex, Sex::F);
    match community.style {
        // One family in five keeps the father's form for a daughter, as registrars first write it.
        Style::Slavic if female && !dice.in_thousand(200) => feminine(community.code, family),
        Style::Bengali if female && dice.in_thousand(400) => dice.one_of(&BENGALI_WOMEN).to_owned(),
        Style::Bengali if !female && BENGALI_WOMEN.contains(&family) => "Miah".to_owned(),
        Style::Sikh if matches!(family, "Singh" | "Kaur") => if female { "Kaur" } else { "Singh" }.to_owned(),
        _ => family.to_owned(),
    }
}

/// Endings of family names and what they become for a woman, the longest first.
const FEMININE: &[(&str, &[(&str, &str)])] = &[
    ("polish", &[("ski", "ska"), ("cki", "cka"), ("dzki", "dzka")]),
    ("bulgarian", &[("ov", "ova"), ("ev", "eva")]),
    ("lithuanian", &[("ius", "iūtė"), ("as", "aitė"), ("us", "utė"), ("is", "ytė")]),
    ("latvian", &[("iņš", "iņa"), ("is", "e"), ("s", "a")]),
    ("slovak", &[("ý", "á"), ("ec", "cová"), ("o", "ová"), ("a", "ová"), ("", "ová")]),
];

fn feminine(code: &str, family: &str) -> String {
    let endings = FEMININE.iter().find(|(community, _)| *community == code).map_or(&[][..], |(_, endings)| *endings);
    endings
        .iter()
        .find_map(|(men, women)| family.strip_suffix(men).map(|stem| format!("{stem}{women}")))
        .unwrap_or_else(|| family.to_owned())
}

/// A child's given names. `father` is the father's given name, where it is handed on.
pub(super) fn given_names(dice: &mut Dice, community: &Community, sex: Sex, father: &str) -> String {
    let english = NAMES.english().given(sex);
    let own = community.given(sex);
    let is_english = dice.below(100) < community.english_given;
    let first = if is_english { english.draw(dice) } else { own.draw(dice) };
    let has_middle = dice.below(100) < community.middle;
    match community.style {
        Style::Patronymic => return spaced(first, father),
        Style::Sikh if dice.in_thousand(700) => {
            return spaced(first, if matches!(sex, Sex::F) { "Kaur" } else { "Singh" });
        }
        Style::Muslim | Style::Bengali if matches!(sex, Sex::M) && has_middle && !first.starts_with("M") => {
            let before = dice.one_of(&["Muhammad", "Mohammed", "Mohammad", "Muhammad", "Syed", "Abdul"]);
            return spaced(before, first);
        }
        Style::DoubleHeritage if has_middle => {
            return spaced(first, if is_english { own.draw(dice) } else { english.draw(dice) });
        }
        Style::Chinese if is_english => return spaced(first, own.draw(dice)),
        Style::Plain if community.has_english_adults() && matches!(sex, Sex::F) && dice.in_thousand(40) => {
            return format!("{}-{}", NAMES.part(dice, "given-first"), NAMES.part(dice, "given-last"));
        }
        _ => {}
    }
    if !has_middle {
        return first.to_owned();
    }
    let second = if is_english && dice.in_thousand(300) { english.draw(dice) } else { own.draw(dice) };
    // A second middle name, as one English child in eight has.
    let third = if dice.in_thousand(125) { own.draw(dice) } else { "" };
    let names = if second == first { first.to_owned() } else { spaced(first, second) };
    if third.is_empty() || names.split(' ').any(|name| name == third) { names } else { spaced(&names, third) }
}

fn spaced(first: &str, second: &str) -> String {
    if second.is_empty() || first == second { first.to_owned() } else { format!("{first} {second}") }
}

/// What else the child is called in daily life: a short form, another spelling, an English name.
pub(super) fn called(
    dice: &mut Dice,
    community: &Community,
    family: &str,
    given: &str,
    sex: Sex,
) -> Option<BulkOtherName> {
    let first = given.split(' ').next().unwrap_or_default();
    let called = match community.style {
        Style::Chinese if !NAMES.english().given(sex).contains(first) => {
            dice.in_thousand(500).then(|| NAMES.english().given(sex).draw(dice))
        }
        _ if dice.in_thousand(90) => NAMES.short_form(dice, first),
        _ => None,
    }?;
    let kind = OtherNameKind::AlsoKnownAs;
    Some(BulkOtherName { family: family.to_owned(), given: called.to_owned(), kind })
}

/// A grown-up's whole name.
pub(super) fn adult_name(dice: &mut Dice, community: &Community, family: &str, sex: Sex) -> String {
    let given = NAMES.adult(dice, community, sex);
    let family = borne_by(dice, community, family, sex);
    format!("{given} {family}")
}

#[cfg(test)]
mod tests {
    use super::super::dice::Purpose;
    use super::*;

    fn community(code: &str) -> &'static Community {
        NAMES.communities().iter().find(|community| community.code == code).unwrap()
    }

    fn draw(code: &str, sex: Sex) -> Vec<String> {
        let mut dice = Dice::new(42, Purpose::Household(1));
        (0..400).map(|_| given_names(&mut dice, community(code), sex, "Abdi")).collect()
    }

    #[test]
    fn women_bear_their_form_of_the_name() {
        for (code, men, women) in [
            ("polish", "Kowalski", "Kowalska"),
            ("polish", "Kamiński", "Kamińska"),
            ("polish", "Nowak", "Nowak"),
            ("bulgarian", "Ivanov", "Ivanova"),
            ("lithuanian", "Kazlauskas", "Kazlauskaitė"),
            ("lithuanian", "Stankevičius", "Stankevičiūtė"),
            ("latvian", "Bērziņš", "Bērziņa"),
            ("slovak", "Novák", "Nováková"),
            ("slovak", "Černý", "Černá"),
            ("slovak", "Svoboda", "Svobodová"),
            ("ukrainian", "Shevchenko", "Shevchenko"),
        ] {
            assert_eq!(feminine(code, men), women);
        }
        let mut dice = Dice::new(42, Purpose::Household(1));
        assert_eq!(borne_by(&mut dice, community("sikh"), "Singh", Sex::F), "Kaur");
        assert_eq!(borne_by(&mut dice, community("sikh"), "Gill", Sex::F), "Gill");
        assert_eq!(borne_by(&mut dice, community("english"), "Smith", Sex::F), "Smith");
        assert_eq!(borne_by(&mut dice, community("bangladeshi"), "Begum", Sex::M), "Miah");
    }

    #[test]
    fn given_names_follow_the_community() {
        assert!(draw("somali", Sex::F).iter().all(|name| name.ends_with(" Abdi")));
        let sikh = draw("sikh", Sex::F);
        assert!(sikh.iter().filter(|name| name.ends_with(" Kaur")).count() > 200);
        let pakistani = draw("pakistani", Sex::M);
        assert!(pakistani.iter().filter(|name| name.starts_with("Muhammad ")).count() > 20);
        assert!(draw("english", Sex::F).iter().any(|name| name.contains('-')));
        assert!(draw("yoruba", Sex::M).iter().filter(|name| name.contains(' ')).count() > 150);
        for name in draw("english", Sex::M) {
            let words: Vec<_> = name.split(' ').collect();
            assert!(words.iter().all(|word| !word.is_empty()), "{name:?}");
            assert!(words.windows(2).all(|pair| pair[0] != pair[1]), "{name:?}");
        }
    }

    #[test]
    fn some_family_names_are_double_and_some_are_places() {
        let mut dice = Dice::new(42, Purpose::Household(1));
        let names: Vec<_> = (0..2_000).map(|_| family_name(&mut dice, community("english"))).collect();
        let barrelled = names.iter().filter(|name| name.contains('-')).count();
        assert!((50..200).contains(&barrelled), "{barrelled}");
        let different: std::collections::HashSet<_> = names.iter().collect();
        assert!(different.len() > 600, "{}", different.len());
        assert!(family_name(&mut dice, community("portuguese")).contains(' '));
    }
}
