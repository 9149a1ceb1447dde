//! Whether the time of a search tells that a shielded child would have fitted: pairs of searches by a hidden field, one of an
//! index with such a child and one of an index whose shielded child fits nothing, compared by the Wilcoxon signed-rank test.
//!
//! Two indexes without such a child stand beside them, which show what chance gives, and one in which the child is not
//! shielded, which shows what a difference looks like. `TIMING_CHILDREN` (2000) sets the size of each index, `TIMING_PAIRS`
//! (2000) the number of pairs of each question. With `TMPDIR` on a disk in memory the recording of each search, which is
//! part of it, disturbs least.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a measuring tool, run by developers on data it makes itself"
)]

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use child_index::app::clock::Clock;
use child_index::app::loads::{LoadOptions, load};
use child_index::app::searches::{Search, search_children};
use child_index::app::{Index, IndexSettings, Limits};
use child_index::cli::synthesise::synthesise;
use child_index::domain::accounts::{Account, AccountStatus, Role, Standing};
use child_index::domain::audit::actions::{AuditAction, Strength};
use child_index::domain::audit::payloads::TokenFingerprint;
use child_index::domain::identifiers::IdentifierSystem;
use child_index::domain::ids::{AccountId, OrganisationId};
use child_index::domain::instants::Instant as At;
use child_index::domain::lawful_bases::LawfulBasis;
use child_index::domain::matching::{
    BirthCriterion, ExactIdentifier, KeySecret, PostcodeCriterion, QueriedDate, SearchQuery,
};
use child_index::domain::organisations::Organisation;
use child_index::domain::policy::PolicySettings;
use child_index::domain::reasons::AccessReason;
use child_index::domain::services::{FreshnessLimits, OrganisationKind, SensitivityPolicy};
use child_index::domain::visits::{Identity, Visit};
use child_index::store::connections::{AnyConnection, DatabaseUrl, Purpose};
use child_index::store::migrations::migrate;
use child_index::store::pools::Pool;
use child_index::store::recorder::Recorder;
use child_index::store::{accounts, organisations};
use rand::{RngExt as _, SeedableRng as _};
use uuid::Uuid;

const ISSUER: &str = "https://bench.example";

/// Who is in an index beside its population.
const FITS: &str = r#"{"source_key":"timing","name":{"family":"Okafor","given":"Chidera"},"other_names":[{"family":"Brightwater","given":"Chidera","kind":"former"}],"date_of_birth":"2015-03-02","sex":"F","address":{"state":"current","lines":["3 Hideaway Lane"],"postcode":"BA14 8JN"},"identifiers":[{"system":"nhs-number","value":"9000000009","status":"verified"}]SHIELD}"#;
/// Somebody of the same name of whom nothing hidden fits.
const UNLIKE: &str = r#"{"source_key":"timing","name":{"family":"Okafor","given":"Chidera"},"other_names":[{"family":"Adeyemi","given":"Chidera","kind":"former"}],"date_of_birth":"2015-03-02","sex":"F","address":{"state":"current","lines":["3 Hideaway Lane"],"postcode":"LS1 4AP"},"identifiers":[{"system":"nhs-number","value":"9000000017","status":"verified"}]SHIELD}"#;
const SHIELD: &str = r#","shield":{"ground":"refuge"}"#;

fn number(name: &str, otherwise: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn settings() -> IndexSettings {
    IndexSettings {
        policy: PolicySettings::default(),
        sensitivity: SensitivityPolicy::default(),
        freshness: FreshnessLimits::default(),
        limits: Limits { enforced: false, ..Limits::default() },
        ended_visible_days: 365,
        keys: KeySecret::new(*b"only for a bench"),
    }
}

/// An index with this population and one more child.
fn index(dir: &Path, name: &str, population: &[u8], child: &str) -> Index {
    let url = DatabaseUrl::sqlite(dir.join(name));
    let mut conn = AnyConnection::open(&url, Purpose::Maintain).unwrap();
    migrate(&mut conn).unwrap();
    let options = LoadOptions {
        operator: "bench".into(),
        feed: "timing".into(),
        ..LoadOptions::new(url.clone(), settings(), "bench")
    };
    drop(conn);
    let lines = [population, child.as_bytes(), b"\n"].concat();
    let loaded = load(lines.as_slice(), &options, |_| {}).unwrap();
    assert_eq!((loaded.refused, loaded.held), (0, 0), "{loaded:?}");
    a_nurse(&mut AnyConnection::open(&url, Purpose::Maintain).unwrap());
    Index::new(Pool::open(&url, Some(1)).unwrap(), Recorder::start(&url).unwrap(), Clock::System, settings())
}

fn a_nurse(conn: &mut AnyConnection) {
    let until = "2099-01-31".parse().ok();
    let service = Organisation {
        id: OrganisationId::new(),
        code: "TIMING".into(),
        name: "School nursing".into(),
        kind: OrganisationKind::CommunityHealth,
        area: "E06000054".into(),
        sensitive: false,
        accredited_until: until,
        lawful_basis: Some(LawfulBasis::PublicTask),
        routes: Vec::new(),
        version: 1,
        created_at: At(0),
    };
    organisations::insert(conn, &service).unwrap();
    let nurse = Account {
        id: AccountId::new(),
        issuer: ISSUER.into(),
        subject: "nurse".into(),
        name: "A nurse".into(),
        role: Role::Practitioner,
        capabilities: BTreeSet::new(),
        sector: service.kind.sector(),
        organisation: service.id,
        area: service.area,
        status: AccountStatus::Active,
        standing: Standing {
            checked_until: until,
            trained_until: until,
            certified_until: until,
            terms_accepted_on: "2020-01-02".parse().ok(),
            ..Standing::default()
        },
        version: 1,
        created_at: At(0),
    };
    accounts::insert(conn, &nurse).unwrap();
}

fn visit() -> Visit {
    Visit {
        identity: Identity { issuer: ISSUER.into(), subject: "nurse".into() },
        through: None,
        on_behalf: None,
        strength: Strength::TwoFactor,
        token: TokenFingerprint::of("a token"),
        reason: Some(AccessReason::EarlyHelp),
        purpose: None,
        operation: "a_bench",
        action: AuditAction::ChildSearch,
        request_id: Uuid::nil(),
        client: None,
    }
}

/// Questions by what a shield hides.
fn questions() -> Vec<(&'static str, Search)> {
    let born = Some(BirthCriterion::On(QueriedDate::parse("2015-03-02").unwrap()));
    let named = |family: &str, birth| SearchQuery {
        family_name: Some(family.to_owned()),
        given_name: Some("Chidera".to_owned()),
        birth,
        ..SearchQuery::default()
    };
    let facts = |query| Search::Facts { query, identifier: None };
    let number = SearchQuery {
        birth: born,
        identifier: Some(ExactIdentifier::new("nhs-number", "9000000009")),
        ..SearchQuery::default()
    };
    vec![
        ("postcode", facts(SearchQuery { postcode: PostcodeCriterion::read("BA14 8JN"), ..named("Okafor", None) })),
        ("former name", facts(named("Brightwater", born))),
        ("identifier", Search::Facts { query: number, identifier: Some(IdentifierSystem::NhsNumber) }),
    ]
}

/// What a paired comparison comes to.
struct Comparison {
    pairs: usize,
    /// The median of the differences, in microseconds.
    median: f64,
    /// The rank-biserial correlation: 0 where neither is slower, 1 where the first always is.
    effect: f64,
    /// Two-sided, by the normal approximation with ties corrected.
    p: f64,
}

/// The Wilcoxon signed-rank test of differences; those of nothing are left out.
fn wilcoxon(differences: &[f64]) -> Comparison {
    let mut by_size: Vec<f64> = differences.iter().copied().filter(|difference| *difference != 0.0).collect();
    by_size.sort_by(|one, other| one.abs().total_cmp(&other.abs()));
    let n = by_size.len();
    let (mut positive, mut negative, mut ties, mut at) = (0.0, 0.0, 0.0, 0);
    while at < n {
        let alike = by_size[at..].iter().take_while(|each| each.abs() == by_size[at].abs()).count();
        // All that are alike share the mean of their ranks, which count from 1.
        let rank = (2 * at + alike + 1) as f64 / 2.0;
        for difference in &by_size[at..at + alike] {
            if *difference > 0.0 { positive += rank } else { negative += rank }
        }
        ties += (alike as f64).powi(3) - alike as f64;
        at += alike;
    }
    let count = n as f64;
    let variance = count * (count + 1.0) * (2.0 * count + 1.0) / 24.0 - ties / 48.0;
    let z = (positive - count * (count + 1.0) / 4.0) / variance.sqrt();
    let mut sorted = differences.to_vec();
    sorted.sort_by(f64::total_cmp);
    Comparison {
        pairs: differences.len(),
        median: sorted.get(sorted.len() / 2).copied().unwrap_or_default(),
        effect: (positive - negative) / (positive + negative),
        p: two_sided(z),
    }
}

/// The probability of something at least as far out as `z` under the standard normal distribution, by the continued
/// fraction of the complementary error function's series: Abramowitz and Stegun 7.1.26, to seven places.
fn two_sided(z: f64) -> f64 {
    let x = z.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let terms = [0.254_829_592, -0.284_496_736, 1.421_413_741, -1.453_152_027, 1.061_405_429];
    let series = terms.iter().rev().fold(0.0, |sum, term| (sum + term) * t);
    series * (-x * x).exp()
}

/// Asks the same of two indexes in pairs, in an order that is drawn anew for each; the first's times less the second's.
fn compare(first: &Index, second: &Index, search: &Search, pairs: usize) -> (Comparison, f64) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut dice = rand_chacha::ChaCha8Rng::seed_from_u64(2_026);
    let timed = |index: &Index| {
        let began = Instant::now();
        runtime.block_on(search_children(index, visit(), search.clone())).unwrap();
        began.elapsed().as_secs_f64() * 1_000_000.0
    };
    let (mut differences, mut all) = (Vec::with_capacity(pairs), Vec::with_capacity(2 * pairs));
    for pair in 0..pairs + pairs / 10 {
        let (one, other) = if dice.random::<bool>() {
            let one = timed(first);
            (one, timed(second))
        } else {
            let other = timed(second);
            (timed(first), other)
        };
        // The first tenth warms everything up.
        if pair >= pairs / 10 {
            differences.push(one - other);
            all.extend([one, other]);
        }
    }
    all.sort_by(f64::total_cmp);
    (wilcoxon(&differences), all[all.len() / 2])
}

fn main() {
    assert!((two_sided(1.959_964) - 0.05).abs() < 1e-6 && (two_sided(0.0) - 1.0).abs() < 1e-6);
    let (children, pairs) = (number("TIMING_CHILDREN", 2_000), number("TIMING_PAIRS", 2_000));
    let dir = tempfile::tempdir().unwrap();
    let mut population = Vec::new();
    synthesise(children.try_into().unwrap(), 1, Clock::System.now().day(), &mut population).unwrap();
    let with = |name, child: &str, shield| index(dir.path(), name, &population, &child.replace("SHIELD", shield));
    let (nobody, nobody_either) = (with("nobody", UNLIKE, SHIELD), with("nobody-either", UNLIKE, SHIELD));
    let (shielded, plain) = (with("shielded", FITS, SHIELD), with("plain", FITS, ""));
    println!("{children} children, {pairs} pairs of each; times in microseconds, the first's less the second's");
    println!(
        "{:<12} {:<28} {:>8} {:>10} {:>8} {:>8}",
        "searched by", "compared", "median", "difference", "effect", "p"
    );
    for (name, search) in questions() {
        for (what, first) in [("nobody", &nobody_either), ("shielded child", &shielded), ("unshielded child", &plain)] {
            let (found, median) = compare(first, &nobody, &search, pairs);
            let Comparison { pairs, median: difference, effect, p } = found;
            assert!(pairs > 0);
            println!(
                "{name:<12} {:<28} {median:>8.0} {difference:>10.1} {effect:>8.3} {p:>8.4}",
                format!("{what}, and nobody")
            );
        }
    }
}
