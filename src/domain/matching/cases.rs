//! The cases a searcher meets, each as a sentence: what was asked, who is in the index, who is found.

use chrono::NaiveDate;

use super::*;
use crate::domain::sex::Sex;

const NATION: u32 = 12_000_000;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A child: "Given Names/Family", date, sex, postcode.
fn child(name: &str, born: &str, sex: Sex, postcode: &str) -> Profile {
    let (given, family) = name.split_once('/').unwrap();
    Profile {
        date_of_birth: Some(day(born)),
        sex,
        postcode: (!postcode.is_empty()).then(|| postcode.to_owned()),
        ..Profile::named(family, given)
    }
}

fn formerly(profile: Profile, name: &str) -> Profile {
    let (given, family) = name.split_once('/').unwrap();
    let mut names = profile.names.clone();
    names.push(NameForm::former(family, given));
    Profile { names, ..profile }
}

fn query(name: &str) -> SearchQuery {
    let (given, family) = name.split_once('/').unwrap();
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    SearchQuery { given_name: some(given), family_name: some(family), ..SearchQuery::default() }
}

fn born(name: &str, date: &str) -> SearchQuery {
    SearchQuery { birth: Some(BirthCriterion::On(QueriedDate::parse(date).unwrap())), ..query(name) }
}

fn at(postcode: &str, query: SearchQuery) -> SearchQuery {
    SearchQuery { postcode: PostcodeCriterion::read(postcode), ..query }
}

fn scored(query: &SearchQuery, profile: &Profile) -> Score {
    score(query, profile, &Frequencies::shipped(NATION))
}

/// Asserts that the query means the profile with at least this probability, in the given ways.
#[track_caller]
fn finds(query: &SearchQuery, profile: &Profile, least: f64, ways: &[(Field, How)]) {
    let score = scored(query, profile);
    assert!(score.probability >= least, "{score:#?}");
    for (field, how) in ways {
        assert_eq!(score.how(*field), Some(*how), "{field}: {score:#?}");
    }
    let secret = KeySecret::new([7; 16]);
    let mut keys = Vec::new();
    child_keys(profile, &secret, &mut keys);
    let plan = query_plan(query, &secret);
    let shared = plan.selective.iter().chain(&plan.wide).filter(|planned| keys.contains(&planned.key)).count();
    assert!(shared > 0, "no key in common: {query:?} {profile:?}");
}

fn chidera() -> Profile {
    child("Chidera Grace/Okafor", "2015-03-02", Sex::F, "BA14 8JN")
}

fn jack() -> Profile {
    child("Jack/Smith", "2012-11-05", Sex::M, "M1 1AE")
}

#[test]
fn name_and_date_find_a_child() {
    finds(
        &born("Chidera/Okafor", "2015-03-02"),
        &chidera(),
        0.95,
        &[(Field::FamilyName, How::Exact), (Field::DateOfBirth, How::Exact)],
    );
    let everything = SearchQuery { sex: Some(Sex::F), ..at("ba148jn", born("CHIDERA GRACE/OKAFOR", "2015-03-02")) };
    finds(&everything, &chidera(), 0.999, &[(Field::Postcode, How::Exact), (Field::Sex, How::Exact)]);
}

#[test]
fn a_common_name_proves_less_than_a_rare_one() {
    let frequencies = Frequencies::shipped(NATION);
    let common = score(&born("Jack/Smith", "2012-11-05"), &jack(), &frequencies);
    let rare = child("Jack/Featherstonehaugh", "2012-11-05", Sex::M, "");
    let rare = score(&born("Jack/Featherstonehaugh", "2012-11-05"), &rare, &frequencies);
    assert!(rare.log_odds > common.log_odds + 5.0);
    assert!(rare.probability >= 0.95 && common.probability < 0.95);
}

#[test]
fn family_and_given_name_swapped() {
    let ways = [(Field::FamilyName, How::Swapped), (Field::GivenName, How::Swapped)];
    finds(&born("Okafor/Chidera", "2015-03-02"), &chidera(), 0.9, &ways);
    finds(&born("Okafor/", "2015-03-02"), &chidera(), 0.0, &[]);
    finds(&born("/Chidera", "2015-03-02"), &chidera(), 0.0, &[(Field::FamilyName, How::Swapped)]);
}

#[test]
fn day_and_month_swapped() {
    finds(&born("Chidera/Okafor", "2015-02-03"), &chidera(), 0.9, &[(Field::DateOfBirth, How::Swapped)]);
    let late = child("Chidera/Okafor", "2015-03-25", Sex::F, "");
    finds(&born("Chidera/Okafor", "2015-25-03"), &late, 0.9, &[(Field::DateOfBirth, How::Swapped)]);
}

#[test]
fn one_digit_of_the_date_wrong() {
    for date in ["2015-03-12", "2015-08-02", "2013-03-02", "2051-03-02"] {
        finds(&born("Chidera/Okafor", date), &chidera(), 0.3, &[(Field::DateOfBirth, How::Similar)]);
    }
}

#[test]
fn year_off_by_one() {
    finds(&born("Chidera/Okafor", "2014-03-02"), &chidera(), 0.7, &[(Field::DateOfBirth, How::Similar)]);
    let turn = child("Chidera/Okafor", "2010-01-01", Sex::F, "");
    finds(&born("Chidera/Okafor", "2009-01-01"), &turn, 0.7, &[(Field::DateOfBirth, How::Similar)]);
}

#[test]
fn an_impossible_date_still_finds() {
    let late = child("Chidera/Okafor", "2015-02-28", Sex::F, "");
    finds(&born("Chidera/Okafor", "2015-02-31"), &late, 0.1, &[(Field::DateOfBirth, How::Similar)]);
    finds(&at("BA14 8JN", born("Chidera/Okafor", "2015-02-30")), &chidera(), 0.5, &[]);
}

#[test]
fn an_age_instead_of_a_date() {
    let aged = |years| {
        let birth = Some(BirthCriterion::Age { years, on: day("2024-06-01") });
        SearchQuery { birth, ..query("Chidera/Okafor") }
    };
    finds(&aged(9), &chidera(), 0.5, &[(Field::DateOfBirth, How::Exact)]);
    finds(&aged(8), &chidera(), 0.05, &[(Field::DateOfBirth, How::Similar)]);
    assert!(scored(&aged(3), &chidera()).probability < 0.01);
    let between = BirthCriterion::Between(day("2015-01-01"), day("2015-12-31"));
    finds(&SearchQuery { birth: Some(between), ..query("Chidera/Okafor") }, &chidera(), 0.5, &[]);
}

#[test]
fn initials_and_missing_middle_names() {
    finds(&born("C/Okafor", "2015-03-02"), &chidera(), 0.4, &[(Field::GivenName, How::Similar)]);
    finds(&born("C G/Okafor", "2015-03-02"), &chidera(), 0.4, &[(Field::GivenName, How::Similar)]);
    finds(&born("Chidera G/Okafor", "2015-03-02"), &chidera(), 0.95, &[(Field::GivenName, How::Exact)]);
    let plain = child("Chidera/Okafor", "2015-03-02", Sex::F, "");
    finds(&born("Chidera Grace/Okafor", "2015-03-02"), &plain, 0.95, &[(Field::GivenName, How::Exact)]);
    finds(&born("Grace/Okafor", "2015-03-02"), &chidera(), 0.7, &[(Field::GivenName, How::Similar)]);
}

#[test]
fn either_half_of_a_double_name() {
    let double = child("Freya/Hollingworth-Tran", "2016-07-09", Sex::F, "");
    for name in ["Freya/Hollingworth", "Freya/Tran"] {
        finds(&born(name, "2016-07-09"), &double, 0.7, &[(Field::FamilyName, How::Similar)]);
    }
    for name in ["Freya/Hollingworth Tran", "Freya/HollingworthTran", "Freya/hollingworth - tran"] {
        finds(&born(name, "2016-07-09"), &double, 0.95, &[(Field::FamilyName, How::Exact)]);
    }
    let single = child("Freya/Hollingworth", "2016-07-09", Sex::F, "");
    finds(&born("Freya/Hollingworth-Tran", "2016-07-09"), &single, 0.9, &[(Field::FamilyName, How::Similar)]);
    let joined = child("Mary Ann/Okafor", "2016-07-09", Sex::F, "");
    finds(&born("Maryann/Okafor", "2016-07-09"), &joined, 0.95, &[(Field::GivenName, How::Exact)]);
    finds(&born("Mary-Anne/Okafor", "2016-07-09"), &child("Maryanne/Okafor", "2016-07-09", Sex::F, ""), 0.95, &[]);
}

#[test]
fn apostrophes_marks_scripts_and_prefixes() {
    for (asked, held) in [
        ("Sean/OBrien", "Seán/O’Brien"),
        ("Sean/O Brien", "Sean/O'Brien"),
        ("Zoë/Müller", "Zoe/Muller"),
        ("Łucja/Wójcik", "Lucja/Wojcik"),
        ("Iain/Mac Donald", "Iain/MacDonald"),
        ("Amal/Al-Hassan", "Amal/Alhassan"),
        ("Amal/Hassan", "Amal/Al Hassan"),
        ("Omar/bin Rashid", "Omar/Rashid"),
        ("Pieter/van der Berg", "Pieter/Vanderberg"),
        ("Lucia/de la Cruz", "Lucia/Cruz"),
        ("Александр/Ковальчук", "Aleksandr/Kovalchuk"),
        ("小明/王", "Xiaoming/Wang"),
    ] {
        let held = child(held, "2014-04-21", Sex::U, "");
        finds(&born(asked, "2014-04-21"), &held, 0.8, &[(Field::FamilyName, How::Exact)]);
    }
    let brien = child("Sean/Brien", "2014-04-21", Sex::M, "");
    finds(&born("Sean/O'Brien", "2014-04-21"), &brien, 0.5, &[(Field::FamilyName, How::Variant)]);
    let mcdonald = child("Iain/McDonald", "2014-04-21", Sex::M, "");
    finds(&born("Iain/MacDonald", "2014-04-21"), &mcdonald, 0.5, &[(Field::FamilyName, How::Variant)]);
}

#[test]
fn nicknames_and_transliterations() {
    for (asked, held) in [
        ("Kate", "Katherine"),
        ("Bill", "William"),
        ("Alfie", "Alfred"),
        ("Mohd", "Muhammad"),
        ("Mohammed", "Muhammad"),
        ("Ayesha", "Aisha"),
        ("Yousef", "Yusuf"),
        ("Zaynab", "Zainab"),
        ("Fatema", "Fatima"),
        ("Shivaun", "Siobhan"),
        ("Neve", "Niamh"),
        ("Kuba", "Jakub"),
        ("Zosia", "Zofia"),
        ("Tobi", "Oluwatobi"),
        ("Dai", "Dafydd"),
        ("Mehmet", "Mohammed"),
        ("Hussein", "Hossain"),
        ("Maxamed", "Mohamed"),
        ("محمد", "Mohammed"),
        ("Laxmi", "Lakshmi"),
    ] {
        let held = child(&format!("{held}/Ravensworth"), "2014-04-21", Sex::U, "");
        finds(&born(&format!("{asked}/Ravensworth"), "2014-04-21"), &held, 0.9, &[(Field::GivenName, How::Variant)]);
    }
    for (asked, held) in [
        ("Chowdhury", "Choudhry"),
        ("Hussein", "Hossain"),
        ("Kowalski", "Kowalska"),
        ("Sheikh", "Shaikh"),
        ("Wong", "Huang"),
        ("Smyth", "Smith"),
    ] {
        let held = child(&format!("Xanthippe/{held}"), "2014-04-21", Sex::U, "");
        finds(&born(&format!("Xanthippe/{asked}"), "2014-04-21"), &held, 0.5, &[(Field::FamilyName, How::Variant)]);
    }
}

#[test]
fn slips_in_names() {
    finds(&born("Chidara/Okafor", "2015-03-02"), &chidera(), 0.9, &[(Field::GivenName, How::Similar)]);
    finds(&born("Chidera/Okaffor", "2015-03-02"), &chidera(), 0.85, &[(Field::FamilyName, How::Similar)]);
    finds(&born("Chidara/Okaffor", "2015-03-02"), &chidera(), 0.2, &[]);
    finds(&at("BA14 8JN", born("Chidara/Okaffor", "2015-03-02")), &chidera(), 0.99, &[]);
    finds(&born("Chedeera/Okafor", "2015-03-02"), &chidera(), 0.5, &[]);
}

#[test]
fn slips_in_short_names_and_in_names_that_come_before_others() {
    let eva = child("Eva/Rose", "2014-07-07", Sex::F, "CT2 1PL");
    finds(&born("Vea/Ros", "2014-07-07"), &eva, 0.2, &[(Field::GivenName, How::Similar)]);
    let bilal = child("Muhammad Bilal/Latif", "2011-06-20", Sex::M, "GU1 3FJ");
    finds(&born("Muhammaad/Latif", "2011-06-20"), &bilal, 0.5, &[(Field::GivenName, How::Similar)]);
    finds(&born("Bilal/Latif", "2011-06-20"), &bilal, 0.85, &[(Field::GivenName, How::Exact)]);
}

#[test]
fn baby_placeholders_are_missing_names() {
    let baby = child("Baby Girl Ravensworth/Ravensworth", "2024-01-02", Sex::F, "BA14 8JN");
    finds(&born("Olivia/Ravensworth", "2024-01-02"), &baby, 0.3, &[(Field::FamilyName, How::Exact)]);
    assert_eq!(scored(&born("Olivia/Ravensworth", "2024-01-02"), &baby).how(Field::GivenName), None);
    let named = child("Olivia/Ravensworth", "2024-01-02", Sex::F, "BA14 8JN");
    finds(&born("Baby/Ravensworth", "2024-01-02"), &named, 0.3, &[]);
}

#[test]
fn a_mistyped_or_half_known_postcode() {
    finds(&at("BA14 8JM", query("Chidera/Okafor")), &chidera(), 0.9, &[(Field::Postcode, How::Similar)]);
    finds(&at("BA15 8JN", query("Chidera/Okafor")), &chidera(), 0.9, &[(Field::Postcode, How::Similar)]);
    finds(&at("BA14 BJN", query("Chidera/Okafor")), &chidera(), 0.9, &[(Field::Postcode, How::Similar)]);
    finds(&at("BA14", query("Chidera/Okafor")), &chidera(), 0.9, &[(Field::Postcode, How::Similar)]);
    let with_date = at("BA14", born("Chidara/Okaffor", "2015-03-02"));
    finds(&with_date, &chidera(), 0.95, &[(Field::Postcode, How::Similar)]);
    assert_eq!(at("ZZ99 3VZ", query("Chidera/Okafor")).postcode, None);
    let homeless = Profile { postcode: Some("ZZ99 3VZ".into()), ..chidera() };
    assert_eq!(scored(&at("BA14 8JN", born("Chidera/Okafor", "2015-03-02")), &homeless).how(Field::Postcode), None);
}

#[test]
fn a_child_who_moved_is_found_by_name_and_date_and_by_the_old_address() {
    finds(&at("LS1 4AP", born("Chidera/Okafor", "2015-03-02")), &chidera(), 0.9, &[]);
    let moved = Profile { former_postcodes: vec!["LS1 4AP".into()], ..chidera() };
    finds(&at("LS1 4AP", query("Chidera/Okafor")), &moved, 0.9, &[(Field::Postcode, How::Former)]);
}

#[test]
fn a_former_name_finds_and_says_only_that_it_was_former() {
    let renamed = formerly(chidera(), "Chidera/Ravensworth");
    let ways = [(Field::FamilyName, How::Former), (Field::DateOfBirth, How::Exact)];
    finds(&born("Chidera/Ravensworth", "2015-03-02"), &renamed, 0.9, &ways);
    let adopted = formerly(child("Poppy/Hartwell", "2015-03-02", Sex::F, ""), "Xanthe/Ravensworth");
    let ways = [(Field::FamilyName, How::Former), (Field::GivenName, How::Former)];
    finds(&born("Xanthe/Ravensworth", "2015-03-02"), &adopted, 0.9, &ways);
    finds(&born("Poppy/Ravensworth", "2015-03-02"), &adopted, 0.5, &[(Field::GivenName, How::Exact)]);
}

#[test]
fn the_former_name_of_a_shielded_child_leads_nowhere() {
    let whole = formerly(child("Poppy/Hartwell", "2015-03-02", Sex::F, "BA14 8JN"), "Xanthe/Ravensworth");
    let shown = whole.visible_when_shielded();
    let asked = at("BA14 8JN", born("Xanthe/Ravensworth", "2015-03-02"));
    let frequencies = Frequencies::shipped(NATION);
    assert_eq!(rank(&asked, [((), shown.clone())], &frequencies).outcome, Outcome::None);
    let secret = KeySecret::new([7; 16]);
    let (mut visible, mut hidden) = (Vec::new(), Vec::new());
    child_keys(&shown, &secret, &mut visible);
    child_keys(&whole, &secret.hidden(), &mut hidden);
    assert!(visible.iter().all(|key| !hidden.contains(key)));
    let plan = query_plan(&at("BA14 8JN", query("Xanthe/Ravensworth")), &secret);
    assert!(plan.selective.iter().chain(&plan.wide).all(|planned| !visible.contains(&planned.key)));
    let feed_row = child("Xanthe/Ravensworth", "2015-03-02", Sex::F, "BA14 8JN");
    let plan = profile_plan(&feed_row, &secret.hidden());
    assert!(plan.selective.iter().any(|planned| hidden.contains(&planned.key)));
    assert!(same_child(&feed_row, &whole, &frequencies).probability >= 0.95);
}

#[test]
fn twins_are_told_apart() {
    let amy = child("Amy/Ravensworth", "2015-03-02", Sex::F, "BA14 8JN");
    let zoe = child("Zoe/Ravensworth", "2015-03-02", Sex::F, "BA14 8JN");
    let asked = at("BA14 8JN", born("Zoe/Ravensworth", "2015-03-02"));
    let frequencies = Frequencies::shipped(NATION);
    let both = rank(&asked, [("amy", amy.clone()), ("zoe", zoe.clone())], &frequencies);
    assert_eq!(both.hits[0].candidate, "zoe");
    assert_eq!((both.hits[0].grade, both.plausible), (Grade::Certain, 1));
    assert_eq!(both.single().unwrap().candidate, "zoe");
    // Only one of them is in the index: nobody is sure.
    let alone = rank(&asked, [("amy", amy.clone())], &frequencies);
    assert!(alone.hits.iter().all(|hit| hit.grade == Grade::Possible), "{alone:#?}");
    assert!(same_child(&amy, &zoe, &frequencies).probability < 0.5);
    // Asked without a given name both fit, and neither is certain.
    let unnamed = rank(&at("BA14 8JN", born("/Ravensworth", "2015-03-02")), [("amy", amy), ("zoe", zoe)], &frequencies);
    assert_eq!((unnamed.plausible, unnamed.hits.len()), (2, 2));
    assert!(unnamed.hits.iter().all(|hit| hit.grade == Grade::Possible));
    assert!(unnamed.single().is_none());
}

#[test]
fn twins_without_names_and_with_alike_names_are_told_apart() {
    let frequencies = Frequencies::shipped(NATION);
    let unnamed = |name: &str| child(name, "2024-01-02", Sex::F, "BA14 8JN");
    let (first, second) = (unnamed("Twin 1/Ravensworth"), unnamed("Twin 2/Ravensworth"));
    assert!(same_child(&first, &second, &frequencies).probability < 0.6);
    assert!(same_child(&first, &first, &frequencies).probability > 0.9);
    let (ali, amir) = (unnamed("Mohammed Ali/Hussain"), unnamed("Mohammed Amir/Hussain"));
    assert!(same_child(&ali, &amir, &frequencies).probability < 0.8);
    assert!(same_child(&ali, &ali, &frequencies).probability > 0.95);
    let called = child("Ali/Hussain", "2024-01-02", Sex::F, "BA14 8JN");
    assert!(same_child(&ali, &called, &frequencies).probability > 0.95);
    assert!(same_child(&amir, &called, &frequencies).probability < 0.8);
}

#[test]
fn siblings_at_one_address_are_not_confused() {
    let older = child("Jack/Ravensworth", "2012-11-05", Sex::M, "BA14 8JN");
    let younger = child("James/Ravensworth", "2015-03-02", Sex::M, "BA14 8JN");
    let frequencies = Frequencies::shipped(NATION);
    assert!(same_child(&older, &younger, &frequencies).probability < 0.01);
    let asked = at("BA14 8JN", born("Jack/Ravensworth", "2012-11-05"));
    assert!(scored(&asked, &younger).probability < 0.01);
    assert_eq!(rank(&asked, [(1, younger.clone()), (2, older)], &frequencies).hits.len(), 1);
    assert_eq!(rank(&asked, [(1, younger)], &frequencies).outcome, Outcome::None);
}

#[test]
fn identifiers_match_exactly_or_not_at_all() {
    let numbered = Profile { identifiers: vec![ExactIdentifier::new("nhs-number", "9990000018")], ..chidera() };
    let by = |value: &str| SearchQuery {
        identifier: Some(ExactIdentifier::new("nhs-number", value)),
        ..born("/", "2015-03-02")
    };
    finds(&by("9990000018"), &numbered, 0.95, &[(Field::Identifier, How::Exact)]);
    let frequencies = Frequencies::shipped(NATION);
    assert_eq!(rank(&by("9990000026"), [((), numbered.clone())], &frequencies).outcome, Outcome::None);
    let other_system = SearchQuery { identifier: Some(ExactIdentifier::new("upn", "9990000018")), ..by("") };
    assert_eq!(rank(&other_system, [((), numbered)], &frequencies).outcome, Outcome::None);
}

#[test]
fn strangers_are_not_named_for_a_date_or_a_sex_alone() {
    for children in [0, 2_000, NATION] {
        let frequencies = Frequencies::shipped(children);
        let asked = SearchQuery { sex: Some(Sex::F), ..born("Xanthippe/Ravensworth", "2015-03-02") };
        assert_eq!(rank(&asked, [((), chidera())], &frequencies).outcome, Outcome::None, "{children}");
    }
}

#[test]
fn a_small_index_is_surer_than_a_large_one() {
    let asked = born("Jack/Smith", "2012-11-05");
    let hit = |children| rank(&asked, [((), jack())], &Frequencies::shipped(children)).hits[0].probability;
    assert!(hit(2_000) >= 0.95);
    assert!(hit(NATION) < hit(120_000) && hit(120_000) < hit(2_000));
}

#[test]
fn too_many_as_plausible_disclose_nobody() {
    let frequencies = Frequencies::shipped(NATION);
    let smiths = |count: usize| (0..count).map(|id| (id, jack()));
    let asked = SearchQuery { limit: 3, ..born("/Smith", "2012-11-05") };
    let many = rank(&asked, smiths(MAX_PLAUSIBLE + 1), &frequencies);
    assert_eq!((many.outcome, many.hits.len()), (Outcome::TooMany, 0));
    let few = rank(&asked, smiths(MAX_PLAUSIBLE), &frequencies);
    assert_eq!((few.outcome, few.hits.len(), few.plausible), (Outcome::Found, 3, MAX_PLAUSIBLE));
    assert!(few.hits.iter().all(|hit| hit.probability <= 1.0 / 25.0));
}

#[test]
fn a_unique_match_among_many_weak_ones_is_found() {
    let frequencies = Frequencies::shipped(120_000);
    let weak = (0..100).map(|id| (id, child("Jake/Smith", "2012-11-15", Sex::M, "LS1 4AP")));
    let all = weak.chain([(1_000, jack())]);
    let found = rank(&at("M1 1AE", born("Jack/Smith", "2012-11-05")), all, &frequencies);
    assert_eq!((found.outcome, found.hits[0].candidate, found.plausible), (Outcome::Found, 1_000, 1));
    assert_eq!(found.hits[0].grade, Grade::Certain);
}

#[test]
fn nobody_is_none() {
    let ranking = rank::<(), Profile>(&born("Jack/Smith", "2012-11-05"), [], &Frequencies::shipped(NATION));
    assert_eq!((ranking.outcome, ranking.hits.len(), ranking.plausible), (Outcome::None, 0, 0));
    assert!(ranking.weak);
}
