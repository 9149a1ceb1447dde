//! Properties that hold for any input: nothing panics, order does not matter, a child finds itself.

use chrono::{Days, NaiveDate};
use proptest::{collection::vec, option, prelude::*, sample::select};

use super::{folds::FoldedName, placeholders, *};
use crate::domain::sex::Sex;

const WORDS: &[&str] = &[
    "Smith",
    "Okafor",
    "Al",
    "van",
    "der",
    "Berg",
    "O'Brien",
    "Mc",
    "Donald",
    "Muhammad",
    "Khan",
    "Kate",
    "Katherine",
    "Baby",
    "Twin",
    "2",
    "Unknown",
    "de",
    "la",
    "Cruz",
    "Nguyễn",
    "Łucja",
    "محمد",
    "王",
    "Зоя",
    "-",
    "Zoë",
    "J",
    "Abdul",
];

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => vec(select(WORDS), 0..4).prop_map(|words| words.join(" ")),
        2 => "[A-Z][a-z]{1,11}(-[A-Z][a-z]{1,11})?",
        1 => "\\PC{0,40}",
        1 => any::<String>(),
    ]
}

fn date() -> impl Strategy<Value = NaiveDate> {
    (0_u64..7_000).prop_map(|days| NaiveDate::from_ymd_opt(2006, 1, 1).unwrap() + Days::new(days))
}

fn sex() -> impl Strategy<Value = Sex> {
    select(Sex::ALL)
}

fn postcode() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[A-Z]{1,2}[1-9]{1,2} [0-9][ABD-HJLNP-UW-Z]{2}",
        1 => "[A-Z]{2}[0-9]",
        1 => "ZZ99 3VZ",
        1 => any::<String>(),
    ]
}

fn form() -> impl Strategy<Value = NameForm> {
    let kind = select(&[NameKind::Current, NameKind::Former, NameKind::AlsoKnownAs][..]);
    (name(), name(), kind).prop_map(|(family, given, kind)| NameForm { family, given, kind })
}

fn identifier() -> impl Strategy<Value = ExactIdentifier> {
    (select(&["nhs-number", "upn"][..]), "[0-9]{2}").prop_map(|(system, value)| ExactIdentifier::new(system, value))
}

prop_compose! {
    fn profile()(
        names in vec(form(), 0..5),
        date_of_birth in option::of(date()),
        sex in sex(),
        postcode in option::of(postcode()),
        former_postcodes in vec(self::postcode(), 0..3),
        identifiers in vec(identifier(), 0..3),
    ) -> Profile {
        Profile { names, date_of_birth, sex, postcode, former_postcodes, identifiers }
    }
}

fn birth() -> impl Strategy<Value = BirthCriterion> {
    prop_oneof![
        4 => (1900_u16..=2100, 1_u8..=12, 1_u8..=31)
            .prop_map(|(year, month, day)| BirthCriterion::On(QueriedDate::new(year, month, day).unwrap())),
        1 => (date(), date()).prop_map(|(one, other)| BirthCriterion::Between(one, other)),
        1 => (0_u8..=255, date()).prop_map(|(years, on)| BirthCriterion::Age { years, on }),
    ]
}

prop_compose! {
    fn query()(
        family_name in option::of(name()),
        given_name in option::of(name()),
        birth in option::of(birth()),
        sex in option::of(sex()),
        postcode in option::of(postcode()),
        identifier in option::of(identifier()),
        limit in 0_usize..100,
    ) -> SearchQuery {
        let postcode = postcode.as_deref().and_then(PostcodeCriterion::read);
        SearchQuery { family_name, given_name, birth, sex, postcode, identifier, limit }
    }
}

fn keys(profile: &Profile) -> Vec<Key> {
    let mut keys = Vec::new();
    child_keys(profile, &SECRET, &mut keys);
    keys
}

const SECRET: KeySecret = KeySecret::new([9; 16]);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn folding_gives_plain_letters_and_is_idempotent(text in name(), surname in name()) {
        let family = FoldedName::family(&text);
        let again = FoldedName::family(&family.tokens().join(" "));
        prop_assert_eq!(family.tokens(), again.tokens());
        let given = FoldedName::given(&text, &FoldedName::family(&surname));
        for token in family.tokens().iter().chain(given.tokens()) {
            prop_assert!(!token.is_empty() && token.bytes().all(|letter| letter.is_ascii_lowercase()), "{}", token);
        }
        let plain = FoldedName::default();
        let once = FoldedName::given(&text, &plain);
        let twice = FoldedName::given(&once.tokens().join(" "), &plain);
        prop_assert_eq!(once.tokens(), twice.tokens());
    }

    #[test]
    fn any_text_is_a_postcode_or_not(text in any::<String>()) {
        let _ = PostcodeCriterion::read(&text);
        let _ = QueriedDate::parse(&text);
    }

    #[test]
    fn keys_are_sorted_few_and_do_not_depend_on_the_order_of_names(profile in profile()) {
        let own = keys(&profile);
        prop_assert!(own.windows(2).all(|pair| pair[0] < pair[1]));
        prop_assert!(own.len() <= MAX_CHILD_KEYS);
        prop_assert!(own.iter().all(|key| (0..1 << 48).contains(&key.0)));
        let mut turned = profile.clone();
        turned.names.reverse();
        turned.identifiers.reverse();
        prop_assert_eq!(own, keys(&turned));
    }

    #[test]
    fn a_search_reads_a_bounded_number_of_rows(query in query(), profile in profile()) {
        for plan in [query_plan(&query, &SECRET), profile_plan(&profile, &SECRET)] {
            prop_assert!(plan.max_rows() <= MAX_KEY_ROWS);
            prop_assert!(plan.selective.iter().chain(&plan.wide).all(|planned| planned.cap > 0));
        }
        let _ = query.check_minimums();
    }

    #[test]
    fn two_records_are_one_child_either_way_round(one in profile(), other in profile(), children in any::<u32>()) {
        let frequencies = Frequencies::shipped(children);
        let (there, back) = (same_child(&one, &other, &frequencies), same_child(&other, &one, &frequencies));
        prop_assert!((there.log_odds - back.log_odds).abs() < 1e-6, "{:?} {:?}", there, back);
        prop_assert!((0.0..=1.0).contains(&there.probability) && there.log_odds.is_finite());
        prop_assert!(there.household <= 1e-9);
    }

    #[test]
    fn hits_share_one_probability(query in query(), profiles in vec(profile(), 0..10)) {
        let frequencies = Frequencies::shipped(100_000);
        let ranking = rank(&query, profiles.into_iter().enumerate(), &frequencies);
        prop_assert!(ranking.hits.len() <= SearchQuery::MAX_LIMIT);
        prop_assert!(ranking.hits.iter().map(|hit| hit.probability).sum::<f64>() <= 1.0 + 1e-9);
        prop_assert!(ranking.hits.windows(2).all(|pair| pair[0].probability >= pair[1].probability));
        prop_assert_eq!(ranking.outcome == Outcome::Found, !ranking.hits.is_empty());
    }

    #[test]
    fn a_child_finds_itself_by_its_own_data(
        family in "[A-Z][a-z]{2,11}(-[A-Z][a-z]{2,11})?",
        given in "[A-Z][a-z]{2,11}( [A-Z][a-z]{2,11})?",
        born in date(),
        sex in sex(),
        postcode in option::of("[A-Z]{1,2}[1-9] [0-9][ABD-HJLNP-UW-Z]{2}"),
        others in vec(form(), 0..4),
    ) {
        // "Tba" is a name by its letters and no name.
        let words: Vec<String> = format!("{family} {given}").to_lowercase().split([' ', '-']).map(Into::into).collect();
        prop_assume!(!placeholders::may_be_in(&words));
        let mut names = others;
        names.push(NameForm::current(family.clone(), given.clone()));
        let child = Profile {
            names, sex, date_of_birth: Some(born), postcode: postcode.clone(), ..Profile::named("", "")
        };
        let query = SearchQuery {
            family_name: Some(family),
            given_name: Some(given),
            birth: Some(BirthCriterion::On(born.into())),
            sex: Some(sex),
            postcode: postcode.as_deref().and_then(PostcodeCriterion::read),
            ..SearchQuery::default()
        };
        prop_assert_eq!(query.check_minimums(), Ok(()));
        let (own, plan) = (keys(&child), query_plan(&query, &SECRET));
        let shared = plan.selective.iter().filter(|planned| own.binary_search(&planned.key).is_ok()).count();
        prop_assert!(shared >= 3, "{} keys in common", shared);
        let ranking = rank(&query, [((), child.clone())], &Frequencies::shipped(1_000_000));
        prop_assert_eq!(ranking.outcome, Outcome::Found);
        prop_assert_eq!(ranking.hits[0].score.how(Field::DateOfBirth), Some(How::Exact));
        prop_assert!(ranking.hits[0].probability > 0.5, "{:?}", ranking.hits[0]);
        prop_assert!(same_child(&child, &child, &Frequencies::shipped(1_000_000)).probability > 0.5);
    }
}
