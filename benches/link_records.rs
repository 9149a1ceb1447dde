//! Links two files of people by the matcher: for each person of the first, whoever of the second is most likely the same.
//!
//! `cargo bench --bench link_records -- FIRST SECOND` reads JSON lines `{"id", "family", "given", "born"?, "sex"?,
//! "postcode"?}` and writes, for each person of the first file and each candidate compared, best first, `id TAB id TAB
//! probability`; candidates come by the same keys, votes and scores as in a search. `scripts/public_data.py` measures
//! with it on public data. Without files it links two people of its own.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a measuring tool, run by developers on data that is not in this repository"
)]

use std::collections::HashMap;
use std::io::Write as _;

use child_index::domain::matching::{
    BirthCriterion, CANDIDATES, Frequencies, Key, KeySecret, PostcodeCriterion, Profile, QueriedDate, Scorer,
    SearchQuery, Votes, child_keys, query_plan,
};
use child_index::domain::sex::Sex;
use serde::Deserialize;

/// Candidates written for each person.
const WRITTEN: usize = 5;

#[derive(Deserialize)]
struct Person {
    id: String,
    family: String,
    given: String,
    #[serde(default)]
    born: String,
    #[serde(default)]
    sex: String,
    #[serde(default)]
    postcode: String,
}

impl Person {
    fn sex(&self) -> Sex {
        match self.sex.to_ascii_lowercase().as_str() {
            "f" => Sex::F,
            "m" => Sex::M,
            _ => Sex::U,
        }
    }

    fn profile(&self) -> Profile {
        Profile {
            date_of_birth: self.born.parse().ok(),
            sex: self.sex(),
            postcode: (!self.postcode.is_empty()).then(|| self.postcode.clone()),
            ..Profile::named(&self.family, &self.given)
        }
    }

    fn query(&self) -> SearchQuery {
        SearchQuery {
            family_name: (!self.family.is_empty()).then(|| self.family.clone()),
            given_name: (!self.given.is_empty()).then(|| self.given.clone()),
            birth: QueriedDate::parse(&self.born).map(BirthCriterion::On),
            sex: Some(self.sex()),
            postcode: PostcodeCriterion::read(&self.postcode),
            ..SearchQuery::default()
        }
    }
}

const EXAMPLE: &str = r#"{"id": "a", "family": "Okafor", "given": "Chidera", "born": "2015-03-02"}"#;

fn people(path: Option<&String>) -> Vec<Person> {
    let text = path.map_or(EXAMPLE.to_owned(), |path| std::fs::read_to_string(path).unwrap());
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn main() {
    let files: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let (first, second) = (people(files.first()), people(files.get(1)));
    let secret = KeySecret::new(*b"only for a bench");
    let frequencies = Frequencies::shipped(u32::try_from(second.len()).unwrap());
    let profiles: Vec<Profile> = second.iter().map(Person::profile).collect();
    let mut index: HashMap<Key, Vec<i64>> = HashMap::new();
    let mut keys = Vec::new();
    for (id, profile) in (0..).zip(&profiles) {
        keys.clear();
        child_keys(profile, &secret, &mut keys);
        keys.iter().for_each(|key| index.entry(*key).or_default().push(id));
    }
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for person in &first {
        let query = person.query();
        let plan = query_plan(&query, &secret);
        let mut votes = Votes::new();
        for planned in plan.selective.iter().chain(&plan.wide) {
            votes.add(planned, index.get(&planned.key).map(Vec::as_slice).unwrap_or_default());
        }
        let scorer = Scorer::for_query(&query, &frequencies);
        let mut scored: Vec<(f64, &str)> = Vec::new();
        for id in votes.best(CANDIDATES).into_iter().filter_map(|id| usize::try_from(id).ok()) {
            let (Some(profile), Some(other)) = (profiles.get(id), second.get(id)) else { continue };
            if other.id != person.id || files.first() != files.get(1) {
                scored.push((scorer.score(profile).probability, &other.id));
            }
        }
        scored.sort_by(|one, other| other.0.total_cmp(&one.0));
        for (probability, other) in scored.iter().take(WRITTEN) {
            writeln!(out, "{}\t{other}\t{probability:.6}", person.id).unwrap();
        }
    }
}
