//! Agreements that several adopt at once, on one node and on two: the database lets one.

use child_index::store::errors::StoreError;
use child_index::store::transactions::write_tx;
use diesel::prelude::*;
use serde_json::json;

use super::partnerships::{bring_to, draft, of_next_year, register};
use crate::apps::{Answer, Person, TestApp};
use crate::suite::suite;

suite!(TestApp:
    of_many_that_are_adopted_at_once_one_is,
    what_another_node_is_adopting_is_in_the_way,
    an_organisation_is_a_member_once,
    neighbours_are_adopted_side_by_side,
);

fn of_many_that_are_adopted_at_once_one_is(app: &TestApp) {
    let manager = app.manager();
    let at = register(&manager, "The trust");
    let drafts: Vec<(Person<'_>, String)> =
        (0..5).map(|_| (app.manager(), draft(&manager, &at, &of_next_year()))).collect();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let asked: Vec<_> =
            drafts.iter().map(|(each, at)| scope.spawn(|| bring_to(each, at, "adopted").status)).collect();
        asked.into_iter().map(|each| each.join().expect("an answer")).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 409].contains(status)), "{statuses:?}");
    let list = manager.get(&format!("{at}/agreements")).ok();
    let adopted = list["agreements"].as_array().expect("a list").iter().filter(|each| each["state"] == "adopted");
    assert_eq!(adopted.count(), 1);
}

/// Has another node change something, in a transaction that is open when this node is asked.
fn while_another_node(app: &TestApp, statements: &[String], ask: impl FnOnce() -> Answer) -> Answer {
    let (begun, waits) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let other = write_tx::<_, StoreError, _>(&mut app.connect(), |conn| {
                for statement in statements {
                    assert_eq!(diesel::sql_query(statement).execute(conn)?, 1);
                }
                begun.send(()).expect("somebody waits");
                std::thread::sleep(std::time::Duration::from_millis(500));
                Ok(())
            });
            other.expect("a commit");
        });
        waits.recv().expect("a beginning");
        ask()
    })
}

fn what_another_node_is_adopting_is_in_the_way(app: &TestApp) {
    let manager = app.manager();
    let at = register(&manager, "The trust");
    let [one, other] = [0, 1].map(|_| draft(&manager, &at, &of_next_year()));
    let id = at.rsplit('/').next().expect("an id");
    let number = one.rsplit('/').next().expect("a number");
    let adoption = [
        format!("UPDATE partnership SET stamp = 'of another node' WHERE id = '{id}'"),
        format!(
            "UPDATE agreement SET state = 'adopted', version = version + 1
             WHERE partnership_id = '{id}' AND number = {number}"
        ),
    ];
    let version = manager.version_of(&other);
    let adopt = || manager.patch(&other, &version, &json!({"state": "adopted"}));
    while_another_node(app, &adoption, adopt).is_refused(409, "agreement-overlap");
    assert_eq!(manager.get(&one).ok()["state"], "adopted");
    assert_eq!(manager.get(&other).ok()["state"], "draft");
}

fn an_organisation_is_a_member_once(app: &TestApp) {
    let manager = app.manager();
    let at = register(&manager, "The trust");
    let school = app.organisation(child_index::domain::services::OrganisationKind::School);
    let body = json!({"organisation": school.id.to_string()});
    let people: Vec<Person<'_>> = (0..5).map(|_| app.manager()).collect();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let ask = |each: &Person<'_>| each.post(&format!("{at}/members"), &body).status;
        let asked: Vec<_> = people.iter().map(|each| scope.spawn(move || ask(each))).collect();
        asked.into_iter().map(|each| each.join().expect("an answer")).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [201, 409].contains(status)), "{statuses:?}");
}

fn neighbours_are_adopted_side_by_side(app: &TestApp) {
    let manager = app.manager();
    let at = register(&manager, "The trust");
    let of = |from: &str, until: &str| {
        let body = json!({"lawful_basis": "public-task", "from": from, "until": until, "review_on": from,
                          "default_visibility": []});
        draft(&manager, &at, &body)
    };
    bring_to(&manager, &of("2027-01-01", "2027-06-30"), "adopted").ok();
    bring_to(&manager, &of("2027-06-30", "2027-12-31"), "adopted").is_refused(409, "agreement-overlap");
    bring_to(&manager, &of("2027-07-01", "2027-12-31"), "adopted").ok();
    let first = format!("{at}/agreements/1");
    bring_to(&manager, &first, "ended").ok();
    bring_to(&manager, &of("2027-02-01", "2027-06-30"), "adopted").ok();
}
