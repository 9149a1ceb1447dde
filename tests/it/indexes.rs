//! An index on a fresh database, its clock standing still, with organisations and accounts as a case wants them.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::time::Duration;

use child_index::app::clock::Clock;
use child_index::app::{Failure, Index, IndexSettings, Limits};
use child_index::domain::accounts::{Account, AccountStatus, Role, Standing};
use child_index::domain::audit::actions::{AuditAction, Strength};
use child_index::domain::audit::events::RecordedEvent;
use child_index::domain::audit::payloads::TokenFingerprint;
use child_index::domain::audit::receipts::Receipt;
use child_index::domain::ids::{AccountId, OrganisationId};
use child_index::domain::instants::Instant;
use child_index::domain::lawful_bases::LawfulBasis;
use child_index::domain::matching::KeySecret;
use child_index::domain::organisations::Organisation;
use child_index::domain::policy::{PolicySettings, Refusal};
use child_index::domain::services::{FreshnessLimits, OrganisationKind, SensitivityPolicy};
use child_index::domain::visits::{Identity, Visit};
use child_index::store::connections::AnyConnection;
use child_index::store::recorder::{Recorded, Recorder};
use child_index::store::{accounts, audit, organisations};
use uuid::Uuid;

use crate::databases::TestDatabase;
use crate::suite::Fixture;

/// The area of whoever a case says nothing else of.
pub const AREA: &str = "E06000054";
/// Another area.
pub const ELSEWHERE: &str = "E08000025";
/// A Friday morning.
const NOW: &str = "2026-11-20T10:00:00Z";
const ISSUER: &str = "https://login.example";

/// An index of a case's own.
pub struct TestIndex {
    /// The index.
    pub index: Index,
    /// Its clock.
    pub clock: Clock,
    runtime: tokio::runtime::Runtime,
    next: Cell<u32>,
    // Last, so that everything that uses it has gone before it does.
    database: TestDatabase,
}

/// How every case's index is run, unless the case says otherwise.
pub fn settings() -> IndexSettings {
    IndexSettings {
        policy: PolicySettings::default(),
        sensitivity: SensitivityPolicy::default(),
        freshness: FreshnessLimits::default(),
        limits: Limits::default(),
        ended_visible_days: 365,
        keys: KeySecret::new([7; 16]),
    }
}

impl Fixture for TestIndex {
    fn on(database: TestDatabase) -> Self {
        let clock = Clock::standing_at(Instant::parse(NOW).expect("an instant"));
        let recorder = Recorder::start(&database.url()).expect("a recorder").with_turn(Duration::from_secs(5));
        let index = Index::new(database.pool(2), recorder, clock.clone(), settings());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { index, clock, runtime, next: Cell::new(0), database }
    }
}

impl TestIndex {
    /// Another node on the same database.
    pub fn another_node(&self) -> Index {
        let recorder = Recorder::start(&self.url()).expect("a recorder");
        Index::new(self.database.pool(2), recorder, self.clock.clone(), settings())
    }

    /// A connection of the case's own.
    pub fn connect(&self) -> AnyConnection {
        self.database.connect()
    }

    /// The database's URL.
    pub fn url(&self) -> child_index::store::connections::DatabaseUrl {
        self.database.url()
    }

    /// The same as an operator would write it.
    pub fn url_text(&self) -> &str {
        self.database.url_text()
    }

    /// Waits for a use-case.
    pub fn wait<T>(&self, asked: impl Future<Output = T>) -> T {
        self.runtime.block_on(asked)
    }

    /// Waits for an answer and gives it, or the code of the refusal, with the event that stands in the log for it.
    pub fn ask<T>(&self, asked: impl Future<Output = Asked<T>>) -> (Result<T, &'static str>, RecordedEvent) {
        let Recorded { value, receipt } = self.wait(asked).expect("no failure");
        (value.map_err(|refusal| refusal.code()), self.event(receipt))
    }

    /// The event with a receipt.
    pub fn event(&self, receipt: Receipt) -> RecordedEvent {
        let event = audit::find_event(&mut self.connect(), receipt.index).expect("a look-up").expect("an event");
        assert_eq!(event.leaf_hash, receipt.leaf_hash);
        event
    }

    /// An accredited organisation of this kind and area.
    pub fn organisation(&self, kind: OrganisationKind, area: &str) -> Organisation {
        let number = self.number();
        let organisation = Organisation {
            id: OrganisationId::new(),
            code: format!("X-{number}"),
            name: format!("{kind} {number}"),
            kind,
            area: area.into(),
            sensitive: kind.is_sensitive(),
            accredited_until: "2027-03-31".parse().ok(),
            lawful_basis: Some(LawfulBasis::PublicTask),
            routes: Vec::new(),
            version: 1,
            created_at: self.clock.now(),
        };
        organisations::insert(&mut self.connect(), &organisation).expect("a new organisation");
        organisation
    }

    /// An account in good standing, in its organisation's area.
    pub fn account(&self, role: Role, organisation: &Organisation) -> Account {
        let number = self.number();
        let until = "2027-01-31".parse().ok();
        let account = Account {
            id: AccountId::new(),
            issuer: ISSUER.into(),
            subject: format!("{role}-{number}"),
            name: format!("{role} {number}"),
            role,
            capabilities: BTreeSet::new(),
            sector: organisation.kind.sector(),
            organisation: organisation.id,
            area: organisation.area.clone(),
            status: AccountStatus::Active,
            standing: Standing {
                checked_until: until,
                trained_until: until,
                certified_until: until,
                terms_accepted_on: "2026-01-02".parse().ok(),
                ..Standing::default()
            },
            version: 1,
            created_at: self.clock.now(),
        };
        accounts::insert(&mut self.connect(), &account).expect("a new account");
        account
    }

    /// An account with this role in a school of the area.
    pub fn somebody(&self, role: Role) -> Account {
        self.account(role, &self.organisation(OrganisationKind::School, AREA))
    }

    fn number(&self) -> u32 {
        self.next.set(self.next.get() + 1);
        self.next.get()
    }
}

/// What a use-case comes to.
pub type Asked<T> = Result<Recorded<Result<T, Refusal>>, Failure>;

/// A visit of an account, with two factors.
pub fn visit(account: &Account, action: AuditAction) -> Visit {
    Visit {
        identity: Identity { issuer: account.issuer.clone(), subject: account.subject.clone() },
        through: None,
        on_behalf: None,
        strength: Strength::TwoFactor,
        token: TokenFingerprint::of("a token"),
        reason: None,
        purpose: None,
        operation: "a_test",
        action,
        request_id: Uuid::nil(),
        client: None,
    }
}

/// The targets of an event, as `kind:id`.
pub fn targets(event: &RecordedEvent) -> Vec<String> {
    let payload = event.payload.as_ref().expect("a payload");
    payload.targets.iter().map(|target| format!("{}:{}", target.kind, target.id)).collect()
}

/// What an event says was asked or changed, as JSON.
pub fn criteria(event: &RecordedEvent) -> serde_json::Value {
    serde_json::to_value(&event.payload.as_ref().expect("a payload").criteria).expect("JSON")
}
