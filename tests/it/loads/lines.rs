//! Good lines go in whole, bad ones are refused with a receipt, and loading again changes nothing.

use std::io::{self, BufReader, Read};

use child_index::app::loads::{LoadError, LoadOptions, Told, load};
use child_index::domain::instants::years_after;
use child_index::store::compact::StoredId;
use child_index::store::keys;
use child_index::store::schema::{carer, child, child_name, identifier, involvement, practitioner, team};
use child_index::store::{audit, locks::Hold, organisations, teams};
use diesel::prelude::*;
use serde_json::json;

use super::files::*;
use crate::databases::TestDatabase;
use crate::suite::suite;

suite!(TestDatabase:
    a_line_goes_in_with_everything_around_it,
    a_bad_line_is_refused_and_the_rest_goes_in,
    no_receipt_repeats_what_a_line_said,
    what_the_index_must_know_is_checked_line_by_line,
    who_supplies_a_line_is_said_by_it_or_the_file_or_its_first_involvement,
    loading_again_changes_nothing,
    a_load_that_was_cut_off_is_started_again,
    organisations_are_brought_up_to_date,
    practitioners_are_found_again,
    one_number_and_birthday_is_one_child_until_a_person_has_looked,
    an_index_held_alone_is_not_loaded_into,
);

fn counts(db: &TestDatabase) -> [i64; 7] {
    let conn = &mut db.connect();
    [
        child::table.count().get_result(conn).unwrap(),
        child_name::table.count().get_result(conn).unwrap(),
        carer::table.count().get_result(conn).unwrap(),
        identifier::table.count().get_result(conn).unwrap(),
        involvement::table.count().get_result(conn).unwrap(),
        keys::list_all(conn).unwrap().len().try_into().unwrap(),
        keys::list_all_household(conn).unwrap().len().try_into().unwrap(),
    ]
}

fn a_line_goes_in_with_everything_around_it(db: &TestDatabase) {
    let line = with(
        with(a_child("1", "Okafor", "Chidera Grace", "2015-03-02"), at_home()),
        json!({
            "other_names": [{"family": "Obi", "given": "Chidera", "kind": "former"}],
            "sex": "F",
            "identifiers": [{"system": "nhs-number", "value": "999 000 0018", "status": "verified"}],
            "involvements": [
                {"service": "school", "organisation": "SCHOOL", "started_on": "2021-09-01", "last_confirmed_on": "2026-09-05"},
                {"service": "early-help", "organisation": "COUNCIL", "team": "eh", "started_on": "2026-01-05",
                 "practitioner": {"name": "Ben Brown", "job_title": "Family worker"}, "lead_professional": "early-help"},
                {"service": "refuge-and-domestic-abuse", "organisation": "REFUGE", "started_on": "2026-02-01",
                 "ground": {"kind": "consent", "given_by": "parental-responsibility", "on": "2026-02-01"}},
            ],
        }),
    );
    let (summary, receipts) = load_lines(db, &[line]);
    assert!(receipts.is_empty(), "{receipts:?}");
    assert_eq!((summary.lines, summary.loaded, summary.organisations), (4, 1, 3));
    let keys = stored_keys(db, &get(db, "1"));
    assert_eq!(keys, due_keys(db, &get(db, "1")));
    let counted = counts(db);
    assert_eq!(counted[..5], [1, 1, 1, 1, 3]);
    assert_eq!((counted[5], counted[6]), (i64::try_from(keys.len()).unwrap(), 4));

    let conn = &mut db.connect();
    let entries: Vec<(i32, String, Option<String>, Option<String>, bool)> = involvement::table
        .order(involvement::started_on)
        .select((
            involvement::number,
            involvement::service,
            involvement::lead,
            involvement::ground,
            involvement::entered_under_shield,
        ))
        .load(conn)
        .unwrap();
    let told: Vec<_> = entries.iter().map(|(_, service, lead, ground, _)| (service.as_str(), lead, ground)).collect();
    let (lead, ground) = (Some("early-help".to_owned()), Some("consent".to_owned()));
    let services = [("S", &None, &None), ("E", &lead, &None), ("RD", &None, &ground)];
    assert_eq!(told, services);
    assert!(entries.iter().all(|(number, .., under_shield)| (1..=999_999).contains(number) && !under_shield));
    // The refuge makes it a child whom not every auditor may look at.
    assert_eq!(events(db, "child.load"), [("changed".to_owned(), 1)]);
    assert_eq!(events(db, "organisation.register").len(), 3);
    let size = audit::get_head(conn).unwrap().size();
    let event = audit::find_event(conn, size - 1).unwrap().unwrap();
    let payload = event.payload.unwrap();
    assert!(payload.is_protected());
    assert_eq!(payload.operator.as_deref(), Some("a test"));
    assert_eq!(event.children_disclosed, 0, "a load shows nobody anything");
}

fn a_bad_line_is_refused_and_the_rest_goes_in(db: &TestDatabase) {
    let mut text = file(&[a_child("1", "Okafor", "Ada", "2015-03-02")]);
    text.push_str("{\"source_key\":\"2\",\"name\"\n");
    text.push_str(&format!("{}\n", a_child("3", "Nowak", "Zofia", "2016-01-31")));
    text.push_str("{\"source_key\":\"4\",\"name\":{\"family\":\"X\"},\"date_of_birth\":\"2016-02-31\"}\n\n");
    let bad = json!({"identifiers": [{"system": "nhs-number", "value": "9990000019"}]});
    text.push_str(&format!("{}\n", with(a_child("5", "Khan", "Yusuf", "2016-02-01"), bad)));
    text.push_str(&format!("{}", a_child("6", "Evans", "Rhys", "2014-12-24")));
    let (summary, receipts) = load_into(db, &text);
    assert_eq!((summary.lines, summary.loaded, summary.refused, summary.held), (9, 3, 3, 0));
    assert_eq!(summary.bytes, u64::try_from(text.len()).unwrap());
    let told: Vec<String> = receipts.iter().map(ToString::to_string).collect();
    let at = line_number;
    assert_eq!(
        told,
        [
            format!("line {}: refused: is not JSON: it goes wrong at character 24", at(1)),
            format!("line {}: refused: /date_of_birth must be a date, YYYY-MM-DD", at(3)),
            format!(
                "line {}: refused: /identifiers/0/value the check digit or letter does not agree: a character may be \
                 mistyped or two exchanged",
                at(5)
            ),
        ]
    );
    for (key, there) in [("1", true), ("2", false), ("3", true), ("4", false), ("5", false), ("6", true)] {
        assert_eq!(find(&mut db.connect(), key).is_some(), there, "{key}");
    }
}

fn no_receipt_repeats_what_a_line_said(db: &TestDatabase) {
    const CANARY: &str = "Featherstonehaugh";
    let good = a_child(CANARY, CANARY, CANARY, "2015-03-02");
    let lines = [
        with(good.clone(), json!({"date_of_birth": CANARY})),
        with(good.clone(), json!({"sex": CANARY})),
        with(good.clone(), json!({"address": {"state": "current", "postcode": CANARY}})),
        with(good.clone(), json!({"carers": [{"name": CANARY, "relationship": "mother", "phone": CANARY}]})),
        with(good.clone(), json!({"supplied_by": CANARY})),
        with(good.clone(), json!({"identifiers": [{"system": "upn", "value": CANARY}]})),
        with(
            good,
            json!({"involvements": [{"service": "school", "organisation": CANARY, "started_on": "2021-09-01"}]}),
        ),
    ];
    let (summary, receipts) = load_lines(db, &lines);
    assert_eq!((summary.refused, receipts.len()), (7, 7));
    for receipt in receipts {
        assert!(!receipt.to_string().contains(CANARY), "{receipt}");
    }
}

fn what_the_index_must_know_is_checked_line_by_line(db: &TestDatabase) {
    let involved = |more| {
        let entry = with(json!({"service": "early-help", "organisation": "COUNCIL", "started_on": "2026-01-05"}), more);
        json!({"involvements": [{"service": "school", "organisation": "SCHOOL", "started_on": "2021-09-01"}, entry]})
    };
    let ground = json!({"kind": "significant-harm"});
    let cases = [
        (involved(json!({"organisation": "NOBODY"})), Some("/involvements/1/organisation")),
        (involved(json!({"team": "none"})), Some("/involvements/1/team")),
        (involved(json!({"service": "mental-health"})), Some("/involvements/1/ground")),
        (involved(json!({"team": "quiet"})), Some("/involvements/1/ground")),
        (
            involved(json!({"organisation": "REFUGE", "service": "voluntary-organisation"})),
            Some("/involvements/1/ground"),
        ),
        (involved(json!({"team": "quiet", "ground": ground})), None),
        (involved(json!({"team": "eh"})), None),
    ];
    let families = ["Okafor", "Nowak", "Khan", "Evans", "Murphy", "Chen", "Begum"];
    let lines: Vec<_> = cases
        .iter()
        .zip(families)
        .map(|((more, _), family)| with(a_child(family, family, "Sam", "2015-03-02"), more.clone()))
        .collect();
    let (summary, receipts) = load_lines(db, &lines);
    let pointers: Vec<Option<String>> = (0..)
        .zip(&cases)
        .map(|(position, _)| {
            let line = line_number(position);
            let receipt = receipts.iter().find(|receipt| receipt.line == line)?;
            let Told::Refused(refusal) = &receipt.told else { panic!("{receipt}") };
            assert_eq!(refusal.problems.len(), 1, "{receipt}");
            Some(refusal.problems[0].pointer.clone())
        })
        .collect();
    let expected: Vec<Option<String>> = cases.iter().map(|(_, pointer)| pointer.map(str::to_owned)).collect();
    assert_eq!(pointers, expected);
    assert_eq!((summary.loaded, summary.refused), (2, 5));
    // A refused line leaves nothing behind, not even a practitioner.
    let practitioners: i64 = practitioner::table.count().get_result(&mut db.connect()).unwrap();
    assert_eq!(practitioners, 0);
}

fn who_supplies_a_line_is_said_by_it_or_the_file_or_its_first_involvement(db: &TestDatabase) {
    let bare = |key: &str| json!({"source_key": key, "name": {"family": key}, "date_of_birth": "2015-03-02"});
    let (summary, receipts) = load_lines(
        db,
        &[
            a_child("by involvement", "Okafor", "Ada", "2015-03-02"),
            with(a_child("by line", "Nowak", "Zofia", "2015-03-02"), json!({"supplied_by": "COUNCIL"})),
            bare("nobody"),
            with(bare("unknown"), json!({"supplied_by": "NOBODY"})),
        ],
    );
    assert_eq!((summary.loaded, summary.refused), (2, 2));
    assert!(receipts.iter().all(|receipt| receipt.to_string().contains("refused: /supplied_by ")), "{receipts:?}");
    let desk =
        json!({"organisation": {"code": "DESK", "name": "Desk", "kind": "management-team", "area": "E06000054"}});
    assert_eq!(load_lines(db, &[desk, bare("by nobody at all")]).0.loaded, 1);
    let mut options = options(db);
    options.source = Some("REFUGE".into());
    let lines = [bare("by file"), with(bare("by line again"), json!({"supplied_by": "SCHOOL"}))];
    assert_eq!(load_with(&options, &file(&lines)).0.loaded, 2);
    options.source = Some("NOBODY".into());
    assert_eq!(load_with(&options, &file(&[bare("by nobody")])).0.refused, 1);

    let conn = &mut db.connect();
    for (key, code, area) in [
        ("by involvement", "SCHOOL", "E06000054"),
        ("by line", "COUNCIL", "E06000054"),
        ("by file", "REFUGE", "E06000022"),
        ("by line again", "SCHOOL", "E06000054"),
        ("by nobody at all", "DESK", "E06000054"),
    ] {
        let organisation = organisations::find_by_code(conn, code).unwrap().unwrap();
        let found: (StoredId, String) = child::table
            .filter(child::source_key.eq(key))
            .select((child::supplied_by, child::area))
            .get_result(conn)
            .unwrap();
        assert_eq!(found, (organisation.id.into(), area.to_owned()), "{key}");
    }
}

fn a_family_file() -> String {
    let names = ["Ada", "Ben", "Chi", "Dee", "Eve", "Finn", "Gus"];
    let lines: Vec<_> = names
        .iter()
        .zip(10..)
        .map(|(given, day)| {
            let line = a_child(given, "Okafor", given, &format!("2015-03-{day}"));
            let named = json!({"involvements": [{"service": "school", "organisation": "SCHOOL", "started_on": "2021-09-01",
                "practitioner": {"name": "Ben Brown", "job_title": "Head teacher"}}]});
            with(with(line, at_home()), named)
        })
        .collect();
    file(&lines)
}

fn loading_again_changes_nothing(db: &TestDatabase) {
    let text = a_family_file();
    let (first, _) = load_into(db, &text);
    assert_eq!((first.loaded, first.already_here), (7, 0));
    let before = (counts(db), audit::get_head(&mut db.connect()).unwrap());
    let (second, receipts) = load_into(db, &text);
    assert_eq!((second.loaded, second.held, second.already_here, second.organisations), (0, 0, 7, 0));
    assert!(receipts.is_empty());
    assert_eq!((counts(db), audit::get_head(&mut db.connect()).unwrap().root()), (before.0, before.1.root()));
    // One key twice in a file is one child as well, in one transaction or in two.
    let twice = a_child("Zoe", "Nowak", "Zoe", "2015-03-02");
    let (third, _) = load_lines(db, &[twice.clone(), twice.clone(), twice.clone(), twice]);
    assert_eq!((third.loaded, third.already_here), (1, 3));
}

/// A file on a disk that fails.
struct CutOff<'a>(&'a [u8], usize);

impl Read for CutOff<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.1 == 0 {
            return Err(io::Error::other("the disk is gone"));
        }
        let length = into.len().min(self.1).min(self.0.len());
        into[..length].copy_from_slice(&self.0[..length]);
        (self.0, self.1) = (&self.0[length..], self.1 - length);
        Ok(length)
    }
}

fn a_load_that_was_cut_off_is_started_again(db: &TestDatabase) {
    let text = a_family_file();
    let options = options(db);
    let cut = text.find("\"Eve\"").unwrap();
    let lines = BufReader::new(CutOff(text.as_bytes(), cut));
    let failure = load(lines, &options, |_| {}).expect_err("the lines end in a failure");
    assert!(matches!(failure.cause, LoadError::Unreadable(_)), "{failure}");
    assert_eq!(failure.so_far.loaded, 4, "what was read before is in");
    let (summary, _) = load_into(db, &text);
    assert_eq!((summary.loaded, summary.already_here), (3, 4));

    let straight = load_with(&LoadOptions { chunk: 1_000, ..options }, &text).0;
    assert_eq!((straight.loaded, straight.already_here), (0, 7));
}

fn organisations_are_brought_up_to_date(db: &TestDatabase) {
    let day = child_index::app::clock::Clock::System.now().day();
    load_lines(db, &[]);
    let conn = &mut db.connect();
    let school = organisations::find_by_code(conn, "SCHOOL").unwrap().unwrap();
    assert_eq!(school.accredited_until, Some(years_after(day, 3)));
    let council = organisations::find_by_code(conn, "COUNCIL").unwrap().unwrap();
    assert!(teams::find_by_code(conn, council.id, "quiet").unwrap().unwrap().sensitive);

    let changed = json!({"organisation": {"code": "SCHOOL", "name": "Trowbridge Academy", "kind": "school",
        "area": "E06000054", "accredited_until": "2029-03-31"}});
    let marked = json!({"organisation": {"code": "COUNCIL", "name": "Wiltshire Council", "kind": "local-authority",
        "area": "E06000054", "teams": [{"code": "quiet", "name": "A quiet team"}, {"code": "new", "name": "New"}]}});
    let text = format!("{changed}\n{marked}\n");
    assert_eq!(load_into(db, &text).0.organisations, 2);
    assert_eq!(load_into(db, &text).0.organisations, 0, "nothing is left to change");
    let after = organisations::find_by_code(conn, "SCHOOL").unwrap().unwrap();
    assert_eq!((after.id, after.name.as_str()), (school.id, "Trowbridge Academy"));
    assert_eq!(after.accredited_until, "2029-03-31".parse().ok());
    assert_eq!(after.routes, school.routes, "a line without routes says nothing about them");
    let quiet = teams::find_by_code(conn, council.id, "quiet").unwrap().unwrap();
    assert!(quiet.sensitive, "a mark is not taken away by a line that does not give it");
    let teams: i64 = team::table.count().get_result(conn).unwrap();
    assert_eq!(teams, 3);
    assert_eq!(events(db, "organisation.change").len(), 2);
}

fn practitioners_are_found_again(db: &TestDatabase) {
    let by = |key: &str, family: &str, more| {
        let head = with(json!({"name": "Ben Brown", "job_title": "Head teacher"}), more);
        let entry =
            json!({"service": "school", "organisation": "SCHOOL", "started_on": "2021-09-01", "practitioner": head});
        with(a_child(key, family, "Sam", "2015-03-02"), json!({"involvements": [entry]}))
    };
    let routes = |phone: &str| json!({"routes": [{"kind": "person", "phone": phone}]});
    load_lines(
        db,
        &[by("1", "Okafor", json!({})), by("2", "Nowak", routes("07700 900001")), by("3", "Khan", json!({}))],
    );
    load_lines(db, &[by("4", "Evans", routes("07700 900002")), by("5", "Chen", json!({"job_title": "SENCO"}))]);
    let conn = &mut db.connect();
    let known: Vec<(StoredId, String)> = practitioner::table
        .order(practitioner::job_title)
        .select((practitioner::id, practitioner::job_title))
        .load(conn)
        .unwrap();
    let titles: Vec<&str> = known.iter().map(|(_, title)| title.as_str()).collect();
    assert_eq!(titles, ["Head teacher", "SENCO"]);
    let head = child_index::store::practitioners::find(conn, known[0].0.into()).unwrap().unwrap();
    let phones: Vec<_> = head.routes.iter().filter_map(|route| route.phone()).map(|phone| phone.as_str()).collect();
    assert_eq!(phones.len(), 1);
    assert!(phones[0].ends_with("002"), "{phones:?}");
    let entries: i64 =
        involvement::table.filter(involvement::practitioner_id.eq(known[0].0)).count().get_result(conn).unwrap();
    assert_eq!(entries, 4);
}

fn one_number_and_birthday_is_one_child_until_a_person_has_looked(db: &TestDatabase) {
    let numbered = |key: &str, family: &str, given: &str, born: &str| {
        let number =
            json!({"supplied_by": "COUNCIL", "identifiers": [{"system": "nhs-number", "value": "9990000018"}]});
        with(a_child(key, family, given, born), number)
    };
    let (first, _) = load_lines(db, &[numbered("1", "Okafor", "Chidera", "2015-03-02")]);
    assert_eq!((first.loaded, first.held), (1, 0));
    let (second, receipts) = load_lines(
        db,
        &[
            numbered("2", "Okafor", "Chidera Grace", "2015-03-02"),
            // Two children on one number happens.
            numbered("3", "Nowak", "Zofia", "2011-07-19"),
        ],
    );
    assert_eq!((second.loaded, second.held), (1, 1));
    assert_eq!(receipts[0].to_string(), format!("line {}: held for review", line_number(0)));
    assert!(get(db, "2").is_held() && get(db, "3").is_open());
    assert_eq!(open_cases(db, &get(db, "2")), ["review"]);
    assert_eq!(stored_keys(db, &get(db, "2")), due_keys(db, &get(db, "2")));
    // In one transaction as in two.
    let other = json!({"identifiers": [{"system": "upn", "value": "H801200001001"}]});
    let twins = ["4", "5"].map(|key| with(a_child(key, "Featherstone", "Tom", "2014-05-06"), other.clone()));
    let lines = [with(twins[0].clone(), json!({"supplied_by": "COUNCIL"})), twins[1].clone()];
    assert_eq!(load_lines(db, &lines).0.held, 1);
}

fn an_index_held_alone_is_not_loaded_into(db: &TestDatabase) {
    let hold = Hold::alone(&db.url()).expect("nobody else is there");
    let tried = load(BufReader::new(ORGANISATIONS.as_bytes()), &options(db), |_| {});
    if db.url().is_sqlite() {
        assert_eq!(tried.expect_err("held").to_string(), "somebody else holds the index");
    } else {
        tried.expect("a server keeps its users apart itself");
    }
    drop(hold);
    load_lines(db, &[]);
}
