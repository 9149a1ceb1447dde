//! What a demo is filled with: a synthetic population, one account a role, and the cases its manager works.

use std::io::{BufReader, PipeWriter, pipe};
use std::thread;

use chrono::{Days, NaiveDate};

use crate::app::clock::Clock;
use crate::app::loads::{LoadOptions, load};
use crate::cli::Failed;
use crate::cli::demo::{assessments, child_teams, enquiries, leads, localities, panels, partnerships, transfers};
use crate::cli::load::Progress;
use crate::cli::places::Place;
use crate::cli::synthesise::{self, Example, ExampleKind, FIRST_AREA, FIRST_COMMUNITY_HEALTH, FIRST_COUNCIL};
use crate::config::LOCAL_ISSUER;
use crate::domain::accounts::{Account, AccountStatus, Capability, Role, Standing};
use crate::domain::audit::actions::{AuditAction, Outcome};
use crate::domain::audit::events::{Caller, Event};
use crate::domain::audit::payloads::TargetKind;
use crate::domain::enquiries::{AccessPoint, AccessPointKind};
use crate::domain::ids::{AccessPointId, AccountId, OrganisationId};
use crate::domain::index_numbers::IndexNumber;
use crate::domain::instants::{Instant, years_after};
use crate::domain::matching::KeySecret;
use crate::domain::mothers::Mother;
use crate::domain::policy::CaseKind;
use crate::domain::services::Sector;
use crate::store::connections::AnyConnection;
use crate::store::errors::StoreResult;
use crate::store::locks::Hold;
use crate::store::transactions::write_tx;
use crate::store::{access_points, accounts, audit, cases, children, demos, mothers, organisations};

/// One account for each role, and the examples.
pub(super) struct Demo {
    /// Accounts by the name of their role.
    pub accounts: Vec<(&'static str, Account)>,
    /// Children that show something.
    pub examples: Vec<(Example, IndexNumber)>,
}

/// How a population was made, so that a folder can be opened again.
struct Recipe {
    children: u64,
    seed: u64,
    today: NaiveDate,
}

/// Opens the population of a folder, making it where there is none.
///
/// # Errors
/// A sentence where the database cannot be used or filled.
pub(super) fn prepare(place: &Place, children: u64, seed: u64) -> Result<Demo, Failed> {
    let now = Clock::System.now();
    let (mut conn, hold) = place.connect_migrating()?;
    let found = demos::find_recipe(&mut conn)?;
    // Who has the index alone fills it faster.
    let _hold = if found.is_some() { Some(hold) } else { None };
    let recipe = match found {
        Some(text) => Recipe::parse(&text)?,
        None => {
            let recipe = Recipe { children, seed, today: now.day() };
            fill(place, &recipe)?;
            let _hold = Hold::together(&place.url)?;
            write_tx(&mut conn, |conn| register_accounts(conn, now))?;
            write_tx(&mut conn, |conn| register_access_points(conn, now))?;
            write_tx(&mut conn, |conn| register_assessments(conn, now))?;
            write_tx(&mut conn, |conn| register_leads(conn, now))?;
            write_tx(&mut conn, |conn| child_teams::register(conn, FIRST_AREA, now))?;
            write_tx(&mut conn, localities::register)?;
            write_tx(&mut conn, |conn| register_panel(conn, now))?;
            write_tx(&mut conn, |conn| partnerships::register(conn, FIRST_AREA, now))?;
            let secret = place.index_settings()?.keys;
            write_tx(&mut conn, |conn| register_mothers(conn, &secret))?;
            demos::insert_recipe(&mut conn, &recipe.to_text())?;
            recipe
        }
    };
    let accounts = find_accounts(&mut conn)?;
    let examples = find_examples(&mut conn, &recipe)?;
    let manager = accounts.iter().find(|(_, account)| account.role == Role::Manager).map(|(_, account)| account.id);
    write_tx(&mut conn, |conn| open_cases(conn, &examples, manager, now))?;
    Ok(Demo { accounts, examples })
}

impl Recipe {
    fn to_text(&self) -> String {
        format!("{} {} {}", self.children, self.seed, self.today)
    }

    fn parse(text: &str) -> Result<Self, Failed> {
        let parts: Vec<&str> = text.split(' ').collect();
        let [children, seed, today] = parts.as_slice() else {
            return Err("this folder's demo was made by another version; remove the folder".into());
        };
        Ok(Self { children: children.parse()?, seed: seed.parse()?, today: today.parse()? })
    }
}

/// Writes the population on one thread and loads it on this one, through a pipe.
fn fill(place: &Place, recipe: &Recipe) -> Result<(), Failed> {
    let (reader, writer) = pipe()?;
    let (children, seed, today) = (recipe.children, recipe.seed, recipe.today);
    let writing = thread::spawn(move || {
        let mut writer: PipeWriter = writer;
        synthesise::synthesise(children, seed, today, &mut writer)
    });
    let mut options = LoadOptions::new(place.url.clone(), place.index_settings()?, "demo");
    options.feed = "synthetic population".to_owned();
    let mut progress = Progress::new("filling the demo", Some(children));
    let summary = load(BufReader::new(reader), &options, |notice| progress.show(notice))?;
    progress.finish(&summary);
    writing.join().map_err(|_| "the synthetic population could not be made")??;
    if summary.refused > 0 {
        return Err(format!("{} lines of the synthetic population were refused", summary.refused).into());
    }
    Ok(())
}

/// Subject, name, role, capabilities, sector and organisation of each account.
type Seat = (&'static str, &'static str, Role, &'static [Capability], Sector, Employer);

#[derive(Clone, Copy)]
enum Employer {
    CommunityHealth,
    Council,
    Management,
}

const SEATS: [Seat; 5] = [
    ("practitioner", "School nurse", Role::Practitioner, &[], Sector::Health, Employer::CommunityHealth),
    ("manager", "Index manager", Role::Manager, &[Capability::Broker], Sector::SocialCare, Employer::Management),
    ("auditor", "Index auditor", Role::Auditor, &[], Sector::SocialCare, Employer::Management),
    ("system", "Council case management", Role::System, &[], Sector::SocialCare, Employer::Council),
    ("administrator", "Index administrator", Role::Administrator, &[], Sector::SocialCare, Employer::Management),
];

fn register_accounts(conn: &mut AnyConnection, now: Instant) -> StoreResult<()> {
    let by_code = |conn: &mut AnyConnection, code| -> StoreResult<Option<OrganisationId>> {
        Ok(organisations::find_by_code(conn, code)?.map(|found| found.id))
    };
    let mut events = Vec::with_capacity(SEATS.len());
    for (subject, name, role, capabilities, sector, employer) in SEATS {
        let organisation = match employer {
            Employer::CommunityHealth => by_code(conn, FIRST_COMMUNITY_HEALTH)?,
            Employer::Council => by_code(conn, FIRST_COUNCIL)?,
            Employer::Management => organisations::management_desk(conn, FIRST_AREA)?.map(|desk| desk.id),
        };
        let Some(organisation) = organisation else {
            return Err(crate::store::errors::StoreError::broken("the population lacks a first area"));
        };
        let until = Some(years_after(now.day(), 1));
        // Some of it is to be taken again soon, so that coverage has something to say.
        let trained_until = now.day().checked_add_days(Days::new(45)).unwrap_or(now.day());
        let leads = role == Role::Practitioner;
        let account = Account {
            id: AccountId::new(),
            issuer: LOCAL_ISSUER.to_owned(),
            subject: format!("demo-{subject}"),
            name: name.to_owned(),
            role,
            capabilities: capabilities.iter().copied().collect(),
            sector,
            organisation,
            area: FIRST_AREA.to_owned(),
            status: AccountStatus::Active,
            standing: Standing {
                checked_until: until,
                trained_until: until,
                certified_until: until,
                terms_accepted_on: Some(now.day()),
                information_sharing_trained_until: Some(trained_until),
                lead_professional_trained_until: leads.then_some(trained_until),
            },
            version: 1,
            created_at: now,
        };
        accounts::insert(conn, &account)?;
        events.push(done(AuditAction::AccountRegister, now).on(TargetKind::Account, account.id));
    }
    let mut head = audit::lock_head(conn)?;
    audit::append(conn, &mut head, &events)?;
    Ok(())
}

/// The first area's panel, of the accounts that may sit on one.
fn register_panel(conn: &mut AnyConnection, now: Instant) -> StoreResult<()> {
    let found = find_accounts(conn)?;
    let of = |role| found.iter().find(|(_, account)| account.role == role).map(|(_, account)| account.id);
    match (of(Role::Manager), of(Role::Practitioner)) {
        (Some(chair), Some(member)) => panels::register(conn, FIRST_AREA, chair, member, now),
        _ => Ok(()),
    }
}

/// The first area's front door, run by its council, and its adviser for lead professionals.
fn register_access_points(conn: &mut AnyConnection, now: Instant) -> StoreResult<()> {
    let Some(council) = organisations::find_by_code(conn, FIRST_COUNCIL)? else { return Ok(()) };
    let desks = [
        (AccessPointKind::FrontDoor, "Single point of access"),
        (AccessPointKind::LeadProfessionalAdviser, "Advice for lead professionals"),
    ];
    for (kind, name) in desks {
        let point = AccessPoint {
            id: AccessPointId::new(),
            organisation: council.id,
            kind,
            name: name.to_owned(),
            area: council.area.clone(),
            needs: Vec::new(),
            districts: Vec::new(),
            routes: council.routes.clone(),
            version: 1,
        };
        access_points::insert(conn, &point)?;
        let system = accounts::find_by_identity(conn, LOCAL_ISSUER, "demo-system")?;
        if let (AccessPointKind::FrontDoor, Some((account, _))) = (kind, system) {
            enquiries::register(conn, &point, &account, now)?;
            if let Some(health) = organisations::find_by_code(conn, FIRST_COMMUNITY_HEALTH)? {
                transfers::register(conn, &point, health.id, &account, now)?;
            }
        }
    }
    Ok(())
}

/// Assessments that the first area's council holds.
fn register_assessments(conn: &mut AnyConnection, now: Instant) -> StoreResult<()> {
    let Some(council) = organisations::find_by_code(conn, FIRST_COUNCIL)? else { return Ok(()) };
    assessments::register(conn, &council, now)
}

/// What the first area's manager asked of those who could lead.
fn register_leads(conn: &mut AnyConnection, now: Instant) -> StoreResult<()> {
    match accounts::find_by_identity(conn, LOCAL_ISSUER, "demo-manager")? {
        Some((manager, _)) => leads::register(conn, &manager, now),
        None => Ok(()),
    }
}

/// The mothers of the children not yet born.
fn register_mothers(conn: &mut AnyConnection, secret: &KeySecret) -> StoreResult<()> {
    for expected in demos::list_expected(conn)? {
        let Some((name, born)) = synthesise::mother_of(&expected.carers, expected.expected_on) else { continue };
        let supplied_by = expected.supplied_by;
        let mother = Mother { name, date_of_birth: Some(born), nhs_number: None, supplied_by };
        mothers::replace(conn, secret, expected.child, Some(&mother))?;
    }
    Ok(())
}

fn done(action: AuditAction, now: Instant) -> Event {
    let mut caller = Caller::of("demo");
    caller.operator = Some("demo".to_owned());
    Event::new(action, Outcome::Done, now.to_utc()).by(caller)
}

fn find_accounts(conn: &mut AnyConnection) -> StoreResult<Vec<(&'static str, Account)>> {
    let mut found = Vec::with_capacity(SEATS.len());
    for (subject, ..) in SEATS {
        let account = accounts::find_by_identity(conn, LOCAL_ISSUER, &format!("demo-{subject}"))?;
        found.extend(account.map(|(account, _)| (subject, account)));
    }
    Ok(found)
}

fn find_examples(conn: &mut AnyConnection, recipe: &Recipe) -> StoreResult<Vec<(Example, IndexNumber)>> {
    let mut found = Vec::new();
    for example in synthesise::examples(recipe.children, recipe.seed, recipe.today) {
        let number = demos::find_number(conn, &example.source_key, example.supplied_by.as_deref())?;
        found.extend(number.map(|number| (example, number)));
    }
    Ok(found)
}

/// The shielded example has an open shield case and the sensitive one an open broker case with the demo's manager.
fn open_cases(
    conn: &mut AnyConnection,
    examples: &[(Example, IndexNumber)],
    manager: Option<AccountId>,
    now: Instant,
) -> StoreResult<()> {
    for (example, number) in examples {
        let kind = match example.kind {
            ExampleKind::Shielded => CaseKind::Shield,
            ExampleKind::Sensitive => CaseKind::Broker,
            _ => continue,
        };
        let Some(child) = children::find_id(conn, *number)? else { continue };
        let open = cases::list_open(conn, child)?;
        if open.iter().all(|case| case.kind != kind) {
            cases::open(conn, child, kind, FIRST_AREA, manager, now)?;
        }
    }
    Ok(())
}
