//! The whole service on a fresh database, on a port of its own, its clock standing still: asked over HTTP, as people and
//! systems ask it.

mod assessments;
mod calls;
mod child_teams;
mod children;
mod counted;
mod entries;
mod leads;
mod operations;
mod panels;
mod partnerships;
mod people;
mod transfers;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use child_index::api::Operations;
use child_index::api::auth::{Issuer, LocalIssuer, StaticKeys, Verifier};
use child_index::api::state::ApiState;
use child_index::app::clock::Clock;
use child_index::app::{Index, IndexSettings, Limits};
use child_index::config::{LimitSettings, ServerSettings};
use child_index::domain::audit::events::RecordedEvent;
use child_index::domain::enquiries::{AccessPoint, AccessPointKind};
use child_index::domain::ids::{AccessPointId, TeamId};
use child_index::domain::instants::Instant;
use child_index::domain::lawful_bases::LawfulBasis;
use child_index::domain::matching::KeySecret;
use child_index::domain::organisations::{Organisation, Team};
use child_index::domain::policy::PolicySettings;
use child_index::domain::routes::{Route, RouteKind};
use child_index::domain::services::{FreshnessLimits, OrganisationKind, SensitivityPolicy};
use child_index::server::{Described, Server, transport};
use child_index::store::connections::{AnyConnection, DatabaseUrl};
use child_index::store::recorder::Recorder;
use child_index::store::{access_points, audit, organisations, team_districts, teams};
use child_index::telemetry::Metrics;
use ureq::Agent;

use crate::databases::TestDatabase;
use crate::suite::Fixture;

pub use assessments::assessment;
pub use calls::Answer;
pub use child_teams::settled;
pub use children::{Known, NewChild};
pub use counted::{figures, line};
pub use entries::entry;
pub use leads::asked;
pub use operations::{Operation, Scene};
pub use panels::Meetings;
pub use partnerships::Line;
pub use people::Person;
pub use transfers::Sent;

/// The area of whoever a case says nothing else of.
pub const AREA: &str = "E06000054";
/// Another area.
pub const ELSEWHERE: &str = "E08000025";
/// A Friday morning, in winter time.
pub const NOW: &str = "2026-11-20T10:00:00Z";

/// A running service of a case's own.
pub struct TestApp {
    /// Its clock.
    pub clock: Clock,
    /// The index it answers from.
    pub index: Index,
    settings: IndexSettings,
    url: String,
    agent: Agent,
    issuer: LocalIssuer,
    handle: ServerHandle,
    thread: Option<JoinHandle<std::io::Result<()>>>,
    next: AtomicU32,
    // Last, so that everything that uses it has gone before it does.
    database: TestDatabase,
}

impl Fixture for TestApp {
    fn on(database: TestDatabase) -> Self {
        Self::with_limits(database, Limits::default())
    }
}

impl TestApp {
    /// How the index is run.
    pub fn settings(&self) -> &IndexSettings {
        &self.settings
    }

    /// A service that keeps these budgets.
    pub fn with_limits(database: TestDatabase, limits: Limits) -> Self {
        Self::run_as(database, limits, PolicySettings::default())
    }

    /// A service of an area that has set its policy so.
    pub fn with_policy(database: TestDatabase, policy: PolicySettings) -> Self {
        Self::run_as(database, Limits::default(), policy)
    }

    fn run_as(database: TestDatabase, limits: Limits, policy: PolicySettings) -> Self {
        let clock = Clock::standing_at(Instant::parse(NOW).expect("an instant"));
        let settings = IndexSettings {
            policy,
            sensitivity: SensitivityPolicy::default(),
            freshness: FreshnessLimits::default(),
            limits,
            ended_visible_days: 365,
            keys: KeySecret::new([7; 16]),
        };
        // A machine busy with a hundred other cases is no reason to turn anybody away.
        let recorder = Recorder::start(&database.url()).expect("a recorder").with_turn(Duration::from_secs(5));
        let index = Index::new(database.pool(2), recorder, clock.clone(), settings.clone());
        let served = index.clone();
        let issuer = LocalIssuer::generate().expect("an issuer");
        let keys = Arc::new(StaticKeys(issuer.jwks().into_bytes()));
        let (sender, receiver) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = serve(served, keys);
                sender.send((server.url(), server.handle())).expect("somebody waits for it");
                server.run_until_stopped().await
            })
        });
        let (url, handle) = receiver.recv().expect("a server that listens");
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .allow_non_standard_methods(true)
            .build()
            .into();
        Self {
            clock,
            index,
            settings,
            url,
            agent,
            issuer,
            handle,
            thread: Some(thread),
            next: AtomicU32::new(0),
            database,
        }
    }

    /// A connection of the case's own.
    pub fn connect(&self) -> AnyConnection {
        self.database.connect()
    }

    /// Where its database is.
    pub fn database_url(&self) -> DatabaseUrl {
        self.database.url()
    }

    /// Moves the clock to `at`, for example `2026-11-20T23:00:00Z`.
    pub fn it_is(&self, at: &str) {
        let at = Instant::parse(at).expect("an instant");
        self.clock.advance(at.0 - self.clock.now().0);
    }

    /// An accredited organisation of this kind in the area, with a desk that answers in office hours.
    pub fn organisation(&self, kind: OrganisationKind) -> Organisation {
        self.organisation_in(AREA, kind)
    }

    /// The same, in another area.
    pub fn organisation_in(&self, area: &str, kind: OrganisationKind) -> Organisation {
        let number = self.number();
        self.add_organisation(Organisation {
            id: child_index::domain::ids::OrganisationId::new(),
            code: format!("X-{number}"),
            name: format!("The {kind} numbered {number}"),
            kind,
            area: area.into(),
            sensitive: kind.is_sensitive(),
            accredited_until: "2027-03-31".parse().ok(),
            lawful_basis: Some(LawfulBasis::PublicTask),
            routes: vec![a_route(RouteKind::DutyDesk, "01225 713000", "Mo-Fr 08:30-17:00; PH off")],
            version: 1,
            created_at: self.clock.now(),
        })
    }

    /// An organisation as given.
    pub fn add_organisation(&self, organisation: Organisation) -> Organisation {
        organisations::insert(&mut self.connect(), &organisation).expect("a new organisation");
        organisation
    }

    /// Changes an organisation behind everybody's back, as another node would.
    pub fn change_organisation(&self, organisation: &Organisation, change: impl FnOnce(&mut Organisation)) {
        let conn = &mut self.connect();
        let mut now = organisations::find(conn, organisation.id).expect("a look-up").expect("the organisation");
        change(&mut now);
        organisations::update(conn, &now).expect("a change");
    }

    /// The same, of the organisation somebody works for.
    pub fn change_organisation_of(&self, person: &Person<'_>, change: impl FnOnce(&mut Organisation)) {
        let conn = &mut self.connect();
        let mut now = organisations::find(conn, person.account.organisation).expect("a look-up").expect("an employer");
        change(&mut now);
        organisations::update(conn, &now).expect("a change");
    }

    /// A team of an organisation.
    pub fn team(&self, owner: &Organisation, name: &str, sensitive: bool) -> Team {
        let team = Team {
            id: TeamId::new(),
            organisation: owner.id,
            code: format!("T-{}", self.number()),
            name: name.into(),
            area: owner.area.clone(),
            sensitive,
            routes: Vec::new(),
            version: 1,
        };
        teams::insert(&mut self.connect(), &team).expect("a new team");
        team
    }

    /// Has a team serve these postcode districts.
    pub fn serves(&self, team: &Team, districts: &[&str]) {
        let districts: Vec<String> = districts.iter().map(|district| (*district).to_owned()).collect();
        team_districts::replace(&mut self.connect(), team.organisation, team.id, &districts).expect("free districts");
    }

    /// A front door that an organisation runs for these postcode districts, and for every need.
    pub fn access_point(&self, owner: &Organisation, districts: &[&str]) -> AccessPointId {
        let point = AccessPoint {
            id: AccessPointId::new(),
            organisation: owner.id,
            kind: AccessPointKind::FrontDoor,
            name: format!("Desk {}", self.number()),
            area: owner.area.clone(),
            needs: Vec::new(),
            districts: districts.iter().map(|district| (*district).to_owned()).collect(),
            routes: vec![a_route(RouteKind::DutyDesk, "01225 713000", "Mo-Fr 08:30-17:00; PH off")],
            version: 1,
        };
        access_points::insert(&mut self.connect(), &point).expect("a new access point");
        point.id
    }

    /// Every event there is, oldest first.
    pub fn events(&self) -> Vec<RecordedEvent> {
        self.events_from(0)
    }

    /// Every event from the one of this index on, oldest first.
    pub fn events_from(&self, index: u64) -> Vec<RecordedEvent> {
        audit::list_from(&mut self.connect(), index, i64::MAX).expect("a look-up")
    }

    /// How many events there are.
    pub fn log_size(&self) -> u64 {
        audit::get_head(&mut self.connect()).expect("a head").size()
    }

    fn number(&self) -> u32 {
        self.next.fetch_add(1, Ordering::Relaxed) + 1
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        // Sent at once; awaiting it would need a runtime here.
        drop(self.handle.stop(false));
        let ended = self.thread.take().map(JoinHandle::join);
        if !std::thread::panicking() {
            ended.expect("a thread").expect("no panic in the server").expect("the server ends well");
        }
    }
}

fn serve(index: Index, keys: Arc<StaticKeys>) -> Server {
    let settings = ServerSettings {
        bind: "127.0.0.1:0".parse().expect("an address"),
        workers: Some(1),
        body_timeout_seconds: 1,
        ..ServerSettings::default()
    };
    let state = ApiState {
        index,
        verifier: Verifier::new([Issuer::new(&LocalIssuer::settings(), keys)]),
        metrics: Metrics::new(),
        refused_tokens: None,
        transport: transport(&settings),
        ready: Arc::new(|| Box::pin(async { true })),
    };
    let described = Described::new::<Operations>().expect("a description");
    Server::build(&settings, &LimitSettings::default(), state, described).expect("a server")
}

/// A telephone and when it is answered.
pub fn a_route(kind: RouteKind, phone: &str, hours: &str) -> Route {
    Route::parse(kind, Some(phone), None, Some(hours)).expect("a route")
}
