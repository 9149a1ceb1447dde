//! What hides, stays hidden: decisions cover a household, and who might be a hidden child waits for a person.

use std::io::BufReader;

use child_index::app::loads::{Notice, load};
use child_index::domain::audit::actions::{AuditAction, Outcome};
use child_index::domain::audit::events::{Caller, Event};
use child_index::domain::audit::payloads::ChildShown;
use child_index::domain::children::{Shield, ShieldGround};
use child_index::domain::ids::ChildId;
use child_index::domain::instants::Instant;
use child_index::store::connections::AnyConnection;
use child_index::store::errors::StoreResult;
use child_index::store::schema::involvement;
use child_index::store::transactions::write_tx;
use child_index::store::{audit, shields};
use diesel::prelude::*;
use serde_json::{Value, json};

use super::files::*;
use crate::databases::TestDatabase;
use crate::suite::suite;

suite!(TestDatabase:
    a_shielded_line_hides_what_must_not_lead_to_it,
    a_decision_covers_the_family_wherever_it_stands_in_the_file,
    a_decision_covers_the_family_that_is_here_already,
    a_later_member_of_a_shielded_household_waits_for_a_person,
    cover_does_not_spread_from_the_covered,
    a_shielded_child_is_recognised_by_its_old_name,
    a_sealed_child_is_recognised_and_nothing_tells_so,
    who_might_be_a_newly_shielded_child_is_shielded_too,
    a_shield_that_comes_second_is_put_on,
    a_family_cut_in_two_by_a_crash_is_shielded_together,
    a_shield_put_on_by_somebody_else_counts_at_once,
);

const REFUGE: &str = "refuge";

fn shielded(line: Value, ground: &str) -> Value {
    with(line, json!({"shield": {"ground": ground}}))
}

fn okafor(given: &str, born: &str) -> Value {
    with(a_child(given, "Okafor", given, born), at_home())
}

/// Somebody who has nothing to do with the Okafors.
fn stranger(key: &str) -> Value {
    a_child(key, &format!("Stranger{key}"), "Sam", "2012-08-09")
}

fn a_shielded_line_hides_what_must_not_lead_to_it(db: &TestDatabase) {
    let old = json!({"other_names": [{"family": "Obi", "given": "Chidera", "kind": "former"}]});
    let (summary, receipts) = load_lines(db, &[shielded(with(okafor("Chidera", "2015-03-02"), old), REFUGE)]);
    assert_eq!((summary.loaded, summary.held, summary.covered, receipts.len()), (1, 0, 0, 0));
    let stored = get(db, "Chidera");
    assert_eq!((stored.shield.as_deref(), stored.sealed), (Some(REFUGE), false));
    assert!(stored.shield_reviewed_at.is_some(), "an operator loads what has been confirmed");
    assert_eq!(stored_keys(db, &stored), due_keys(db, &stored));
    assert_eq!(keys_by_postcode(db, &stored, "BA14 8JN"), 0);
    let under: Vec<bool> =
        involvement::table.select(involvement::entered_under_shield).load(&mut db.connect()).unwrap();
    assert_eq!(under, [true]);
}

fn a_decision_covers_the_family_wherever_it_stands_in_the_file(db: &TestDatabase) {
    // Chunks of three lines, the organisations among them: brother, shielded child and sister each stand in another.
    let lines = [
        okafor("Ada", "2011-01-02"),
        stranger("1"),
        stranger("2"),
        shielded(okafor("Chidera", "2015-03-02"), REFUGE),
        stranger("3"),
        stranger("4"),
        okafor("Ben", "2018-05-06"),
        stranger("5"),
    ];
    let (summary, receipts) = load_lines(db, &lines);
    assert_eq!((summary.loaded, summary.held, summary.covered, receipts.len()), (8, 0, 1, 0));
    for key in ["Ada", "Chidera", "Ben"] {
        let stored = get(db, key);
        assert_eq!((stored.shield.as_deref(), stored.publication.as_str()), (Some(REFUGE), "published"), "{key}");
        assert!(stored.shield_reviewed_at.is_some(), "{key}");
        assert_eq!(stored_keys(db, &stored), due_keys(db, &stored), "{key}");
        assert_eq!(keys_by_postcode(db, &stored, "BA14 8JN"), 0, "{key}");
    }
    for key in ["1", "2", "3", "4", "5"] {
        assert!(get(db, key).is_open(), "{key}");
    }
    assert_eq!(get(db, "Ada").version, 2, "it was here when the decision came");
    assert_eq!(events(db, "child.shield"), [("changed".to_owned(), 1)]);
}

fn a_decision_covers_the_family_that_is_here_already(db: &TestDatabase) {
    let away = with(
        a_child("Ben", "Okafor", "Ben", "2018-05-06"),
        json!({"carers": [{"name": "Ada Okafor",
        "relationship": "mother", "phone": "+44 7700 900 123"}]}),
    );
    load_lines(db, &[okafor("Ada", "2011-01-02"), away, stranger("1")]);
    assert!(get(db, "Ada").is_open() && keys_by_postcode(db, &get(db, "Ada"), "BA14 8JN") > 0);
    let (summary, _) = load_lines(db, &[shielded(okafor("Chidera", "2015-03-02"), "witness-protection")]);
    assert_eq!((summary.loaded, summary.covered), (1, 2));
    for key in ["Ada", "Ben"] {
        let stored = get(db, key);
        assert_eq!(stored.shield.as_deref(), Some("witness-protection"), "{key}");
        assert_eq!(stored_keys(db, &stored), due_keys(db, &stored), "{key}");
    }
    assert_eq!(keys_by_postcode(db, &get(db, "Ada"), "BA14 8JN"), 0);
    assert!(get(db, "1").is_open());
}

fn a_later_member_of_a_shielded_household_waits_for_a_person(db: &TestDatabase) {
    load_lines(db, &[shielded(okafor("Chidera", "2015-03-02"), REFUGE)]);
    let (summary, receipts) = load_lines(db, &[okafor("Ben", "2018-05-06"), stranger("1")]);
    assert_eq!((summary.loaded, summary.held), (1, 1));
    assert_eq!(receipts[0].to_string(), format!("line {}: held for review", line_number(0)));
    let stored = get(db, "Ben");
    assert!(stored.is_held());
    assert_eq!(open_cases(db, &stored), ["review"]);
    assert_eq!(stored_keys(db, &stored), due_keys(db, &stored));
    assert_eq!(events(db, "child.load").last(), Some(&("held".to_owned(), 1)));
    // A household of a record that only waits is nobody's secret yet.
    let with_ben = json!({"carers": [{"name": "Ola Bello", "relationship": "father", "email": "ola@home.example"}]});
    load_lines(db, &[with(okafor("Dele", "2019-05-06"), with_ben.clone())]);
    assert!(get(db, "Dele").is_held());
    load_lines(db, &[with(a_child("Eno", "Bello", "Eno", "2020-01-01"), with_ben)]);
    assert!(get(db, "Eno").is_open());
}

fn cover_does_not_spread_from_the_covered(db: &TestDatabase) {
    let father = json!({"name": "Ola Bello", "relationship": "father", "email": "ola@home.example"});
    let mut half_brother = okafor("Ben", "2018-05-06");
    half_brother["carers"].as_array_mut().unwrap().push(father.clone());
    let at_fathers = with(a_child("Eno", "Bello", "Eno", "2020-01-01"), json!({"carers": [father]}));
    load_lines(db, &[at_fathers.clone(), half_brother, shielded(okafor("Chidera", "2015-03-02"), REFUGE)]);
    assert!(get(db, "Ben").shield.is_some());
    assert!(get(db, "Eno").is_open(), "it shares nothing with the child that was decided about");
    // Coming later, it waits: what it shares with the covered must not be published without a look.
    load_lines(
        db,
        &[with(
            at_fathers,
            json!({"source_key": "Eno again", "name": {"family": "Bello", "given": "Ime"},
        "date_of_birth": "2022-02-02"}),
        )],
    );
    assert!(get(db, "Eno again").is_held());
}

fn a_shielded_child_is_recognised_by_its_old_name(db: &TestDatabase) {
    let adopted = with(
        a_child("new", "Hartley", "Grace", "2015-03-02"),
        json!({
            "other_names": [{"family": "Okafor", "given": "Chidera", "kind": "former"}],
            "identifiers": [{"system": "nhs-number", "value": "9990000018"}],
            "sex": "F",
        }),
    );
    load_lines(db, &[shielded(adopted, "adoption")]);
    let by_name = with(
        a_child("old", "Okafor", "Chidera", "2015-03-02"),
        json!({"sex": "F", "supplied_by": "COUNCIL",
        "address": {"state": "current", "lines": ["1 Old Road"], "postcode": "LS6 2AB"}}),
    );
    let by_number = with(
        a_child("number", "Okafor", "C", "2015-03-02"),
        json!({"supplied_by": "COUNCIL",
        "identifiers": [{"system": "nhs-number", "value": "9990000018"}]}),
    );
    let namesake = a_child("namesake", "Okafor", "Chidera", "2009-11-30");
    let (summary, receipts) = load_lines(db, &[by_name, by_number, namesake]);
    assert_eq!((summary.loaded, summary.held), (1, 2), "{receipts:?}");
    assert!(get(db, "old").is_held() && get(db, "number").is_held() && get(db, "namesake").is_open());
    for key in ["old", "number"] {
        let stored = get(db, key);
        assert_eq!(stored_keys(db, &stored), due_keys(db, &stored), "{key}");
    }
}

fn a_sealed_child_is_recognised_and_nothing_tells_so(db: &TestDatabase) {
    let sealed = json!({"shield": {"ground": "witness-protection", "sealed": true}});
    load_lines(
        db,
        &[
            with(okafor("Chidera", "2015-03-02"), sealed),
            with(
                a_child("open", "Nowak", "Zofia", "2014-04-04"),
                json!({"identifiers": [{"system": "nhs-number", "value": "9990000018"}]}),
            ),
        ],
    );
    assert!(get(db, "Chidera").sealed);
    let like_sealed = with(okafor("Chidera", "2015-03-02"), json!({"source_key": "a", "supplied_by": "COUNCIL"}));
    let like_open = with(
        a_child("b", "Nowak", "Zofia", "2014-04-04"),
        json!({"supplied_by": "COUNCIL",
        "identifiers": [{"system": "nhs-number", "value": "9990000018"}]}),
    );
    let (summary, receipts) = load_lines(db, &[like_sealed, like_open]);
    assert_eq!(summary.held, 2);
    let told: Vec<String> = receipts.iter().map(ToString::to_string).collect();
    assert_eq!(told, [0, 1].map(|position| format!("line {}: held for review", line_number(position))));
}

fn who_might_be_a_newly_shielded_child_is_shielded_too(db: &TestDatabase) {
    let whole = |key: &str, more| {
        let child = with(a_child(key, "Featherstonehaugh", "Chidera Grace", "2015-03-02"), json!({"sex": "F"}));
        with(child, more)
    };
    let number = json!({"identifiers": [{"system": "nhs-number", "value": "9990000018"}]});
    load_lines(db, &[with(whole("open", number.clone()), json!({"supplied_by": "COUNCIL"})), stranger("1")]);
    let (summary, _) = load_lines(db, &[shielded(whole("shielded", number), REFUGE)]);
    assert_eq!((summary.loaded, summary.covered), (1, 1));
    let stored = get(db, "open");
    assert_eq!(stored.shield.as_deref(), Some(REFUGE));
    assert_eq!(stored.shield_reviewed_at, None, "whether it is the same child is for a person to say");
    assert_eq!(open_cases(db, &stored), ["shield"]);
    assert_eq!(stored_keys(db, &stored), due_keys(db, &stored));
    assert!(get(db, "1").is_open());
}

fn a_shield_that_comes_second_is_put_on(db: &TestDatabase) {
    let family = [okafor("Chidera", "2015-03-02"), okafor("Ben", "2018-05-06"), stranger("1")];
    load_lines(db, &family);
    let (summary, _) = load_lines(db, &[shielded(family[0].clone(), REFUGE), family[1].clone(), family[2].clone()]);
    assert_eq!((summary.loaded, summary.already_here, summary.covered), (0, 3, 2));
    assert!(get(db, "Chidera").shield.is_some() && get(db, "Ben").shield.is_some() && get(db, "1").is_open());
    // And it is never taken off by a line that does not ask for it.
    load_lines(db, &family);
    assert!(get(db, "Chidera").shield.is_some());
    // Twice in one chunk, once without and once with.
    let twice = a_child("2", "Nowak", "Zofia", "2013-01-01");
    load_with(
        &child_index::app::loads::LoadOptions { chunk: 100, ..options(db) },
        &file(&[twice.clone(), shielded(twice, REFUGE)]),
    );
    let stored = get(db, "2");
    assert!(stored.shield.is_some());
    assert_eq!(stored_keys(db, &stored), due_keys(db, &stored));
}

fn a_family_cut_in_two_by_a_crash_is_shielded_together(db: &TestDatabase) {
    let family = [shielded(okafor("Chidera", "2015-03-02"), REFUGE), stranger("1"), okafor("Ben", "2018-05-06")];
    load_lines(db, &family[..1]);
    let (summary, receipts) = load_lines(db, &family);
    assert_eq!((summary.loaded, summary.held, summary.already_here), (2, 0, 1), "{receipts:?}");
    assert!(get(db, "Ben").shield.is_some());
}

/// Puts a shield on as the service does: with an event, under the lock of the head.
fn shield(conn: &mut AnyConnection, child: i64) {
    write_tx(conn, |conn| -> StoreResult<()> {
        let mut head = audit::lock_head(conn)?;
        let now = Instant(1_795_000_000_000_000);
        let shield = Shield { ground: ShieldGround::Other, since: now, reviewed_at: None, sealed: false };
        let done = shields::put_on(conn, &SECRET, ChildId(child), shield, now)?.expect("a shield put on");
        let event = Event::new(AuditAction::ChildShield, Outcome::Changed, now.to_utc()).by(Caller::of("shield_child"));
        audit::append(conn, &mut head, &[event.about(ChildShown::new(done.pseudonym).protected(true))])?;
        Ok(())
    })
    .expect("a shield");
}

fn a_shield_put_on_by_somebody_else_counts_at_once(db: &TestDatabase) {
    let mut options = options(db);
    options.chunk = 1;
    let text = file(&[okafor("Chidera", "2015-03-02"), stranger("1"), okafor("Ben", "2018-05-06")]);
    let mut other = db.connect();
    load(BufReader::new(text.as_bytes()), &options, |notice| {
        if let Notice::Progress(so_far) = notice
            && so_far.loaded == 1
        {
            shield(&mut other, get(db, "Chidera").id);
        }
    })
    .expect("a load beside a service");
    assert!(get(db, "Ben").is_held(), "it came after somebody had shielded its sister");
    assert!(get(db, "1").is_open());
    verify(db);
}
