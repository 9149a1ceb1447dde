//! `child-index account`: registers, lists, certifies, suspends and reopens accounts.

use std::collections::BTreeSet;
use std::process::ExitCode;

use chrono::NaiveDate;
use clap::{Args, Subcommand};

use super::Failed;
use super::operators::{Desk, operator};
use super::organisation::{area, name, with_code};
use super::output::{note, say};
use super::places::{Place, PlaceArgs};
use crate::app::accounts::{AccountChanges, NewAccount};
use crate::app::clock::Clock;
use crate::app::operators;
use crate::config::LOCAL_ISSUER;
use crate::domain::accounts::{Account, AccountStatus, Capability, Role, Standing};
use crate::domain::ids::AccountId;
use crate::domain::services::Sector;
use crate::domain::visits::Identity;
use crate::store::accounts::AccountFilter;
use crate::store::organisations;

/// Accounts read at once.
const PAGE: u16 = 500;

#[derive(Debug, Args)]
pub(super) struct AccountCommand {
    #[command(subcommand)]
    action: AccountAction,
}

#[derive(Debug, Subcommand)]
enum AccountAction {
    /// Register an account and print its id.
    Add(Box<AddAccount>),
    /// List accounts, one a line, with what keeps each from being used today.
    List(ListAccounts),
    /// Say until when the check, training and certification of an account count.
    Certify(CertifyAccount),
    /// Close an account at its next request.
    Suspend(OneAccount),
    /// Open a suspended account again.
    Reopen(OneAccount),
}

#[derive(Debug, Args)]
struct AddAccount {
    /// The claim `iss` of its tokens; the local issuer where there is one.
    #[arg(long, value_parser = name)]
    issuer: Option<String>,
    /// The claim `sub` of its tokens.
    #[arg(long, value_parser = name)]
    subject: String,
    /// A person's or a system's name.
    #[arg(long, value_parser = name)]
    name: String,
    /// What it is: practitioner, manager, auditor, system or administrator.
    #[arg(long)]
    role: Role,
    /// The code of its organisation.
    #[arg(long, value_name = "CODE")]
    organisation: String,
    /// Its area (ONS code); its organisation's where none is given.
    #[arg(long, value_parser = area)]
    area: Option<String>,
    /// The field it works in; its organisation's where none is given.
    #[arg(long)]
    sector: Option<Sector>,
    /// A capability; may be given several times.
    #[arg(long = "capability", value_name = "CAPABILITY")]
    capabilities: Vec<Capability>,
    #[command(flatten)]
    dates: Dates,
    #[command(flatten)]
    place: PlaceArgs,
}

/// What an account stands on.
#[derive(Debug, Clone, Copy, Args)]
struct Dates {
    /// The last day on which the enhanced DBS check counts.
    #[arg(long, value_name = "DATE")]
    checked_until: Option<NaiveDate>,
    /// The last day on which the training in the use of the index counts.
    #[arg(long, value_name = "DATE")]
    trained_until: Option<NaiveDate>,
    /// The last day on which the employer's certification counts.
    #[arg(long, value_name = "DATE")]
    certified_until: Option<NaiveDate>,
    /// The day on which the terms were accepted.
    #[arg(long, value_name = "DATE")]
    terms_accepted_on: Option<NaiveDate>,
    /// The last day on which the training in sharing information counts.
    #[arg(long, value_name = "DATE")]
    information_sharing_trained_until: Option<NaiveDate>,
    /// The last day on which the training as lead professional counts.
    #[arg(long, value_name = "DATE")]
    lead_professional_trained_until: Option<NaiveDate>,
}

#[derive(Debug, Args)]
struct ListAccounts {
    /// Of the organisation with this code.
    #[arg(long, value_name = "CODE")]
    organisation: Option<String>,
    /// With this role.
    #[arg(long)]
    role: Option<Role>,
    /// With this status: active or suspended.
    #[arg(long)]
    status: Option<AccountStatus>,
    /// Of this area (ONS code).
    #[arg(long, value_parser = area)]
    area: Option<String>,
    #[command(flatten)]
    place: PlaceArgs,
}

#[derive(Debug, Args)]
struct CertifyAccount {
    /// Its id, as `account list` shows it.
    id: AccountId,
    #[command(flatten)]
    dates: Dates,
    #[command(flatten)]
    place: PlaceArgs,
}

#[derive(Debug, Args)]
struct OneAccount {
    /// Its id, as `account list` shows it.
    id: AccountId,
    #[command(flatten)]
    place: PlaceArgs,
}

impl AccountCommand {
    pub(super) fn run(self) -> Result<ExitCode, Failed> {
        match self.action {
            AccountAction::Add(new) => add(*new),
            AccountAction::List(asked) => list(asked),
            AccountAction::Certify(CertifyAccount { id, dates, place }) => certify(id, dates.into(), &place),
            AccountAction::Suspend(OneAccount { id, place }) => {
                let desk = Desk::open(&place.open()?)?;
                change(&desk, "account suspend", id, with_status(AccountStatus::Suspended))?;
                say("suspended: it is refused from its next request on");
                Ok(ExitCode::SUCCESS)
            }
            AccountAction::Reopen(OneAccount { id, place }) => {
                let mut desk = Desk::open(&place.open()?)?;
                let account = change(&desk, "account reopen", id, with_status(AccountStatus::Active))?;
                say(standing_of(&mut desk, &account)?);
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

impl From<Dates> for AccountChanges {
    fn from(dates: Dates) -> Self {
        Self {
            checked_until: dates.checked_until.map(Some),
            trained_until: dates.trained_until.map(Some),
            certified_until: dates.certified_until.map(Some),
            terms_accepted_on: dates.terms_accepted_on.map(Some),
            information_sharing_trained_until: dates.information_sharing_trained_until.map(Some),
            lead_professional_trained_until: dates.lead_professional_trained_until.map(Some),
            ..Self::default()
        }
    }
}

fn with_status(status: AccountStatus) -> AccountChanges {
    AccountChanges { status: Some(status), ..AccountChanges::default() }
}

fn add(new: AddAccount) -> Result<ExitCode, Failed> {
    let place = new.place.open()?;
    let issuer = new.issuer.map_or_else(|| local_issuer(&place), Ok)?;
    let mut desk = Desk::open(&place)?;
    let organisation = with_code(&mut desk, &new.organisation)?;
    let account = NewAccount {
        identity: Identity { issuer, subject: new.subject },
        name: new.name.trim().to_owned(),
        role: new.role,
        capabilities: BTreeSet::from_iter(new.capabilities),
        sector: new.sector,
        organisation: organisation.id,
        area: new.area,
        standing: Standing {
            checked_until: new.dates.checked_until,
            trained_until: new.dates.trained_until,
            certified_until: new.dates.certified_until,
            terms_accepted_on: new.dates.terms_accepted_on,
            information_sharing_trained_until: new.dates.information_sharing_trained_until,
            lead_professional_trained_until: new.dates.lead_professional_trained_until,
        },
    };
    let added = desk.wait(async |recorder| operators::add_account(recorder, operator("account add"), account).await)?;
    say(added.id);
    if let Err(lapse) = added.check_standing(Clock::System.now().day(), organisation.accreditation()) {
        note(format_args!("it may not be used yet: {lapse}"));
    }
    Ok(ExitCode::SUCCESS)
}

fn local_issuer(place: &Place) -> Result<String, Failed> {
    match place.settings.auth.local_issuer_key {
        Some(_) => Ok(LOCAL_ISSUER.to_owned()),
        None => Err("say whose tokens it has: --issuer".into()),
    }
}

fn certify(id: AccountId, changes: AccountChanges, place: &PlaceArgs) -> Result<ExitCode, Failed> {
    if changes == AccountChanges::default() {
        return Err("say until when: --checked-until, --trained-until, --certified-until, --terms-accepted-on, \
                    --information-sharing-trained-until or --lead-professional-trained-until"
            .into());
    }
    let mut desk = Desk::open(&place.open()?)?;
    let account = change(&desk, "account certify", id, changes)?;
    say(standing_of(&mut desk, &account)?);
    Ok(ExitCode::SUCCESS)
}

fn change(desk: &Desk, command: &'static str, id: AccountId, changes: AccountChanges) -> Result<Account, Failed> {
    desk.wait(async |recorder| operators::change_account(recorder, operator(command), id, changes).await)
}

fn list(asked: ListAccounts) -> Result<ExitCode, Failed> {
    let mut desk = Desk::open(&asked.place.open()?)?;
    let organisation = asked.organisation.map(|code| with_code(&mut desk, &code)).transpose()?;
    let filter = AccountFilter {
        organisation: organisation.map(|organisation| organisation.id),
        roles: asked.role.into_iter().collect(),
        status: asked.status,
        certification_due_by: None,
        areas: asked.area.into_iter().collect(),
    };
    let mut after = None;
    loop {
        let filter = filter.clone();
        let page = desk.wait(async |recorder| {
            operators::list_accounts(recorder, operator("account list"), filter, after, PAGE).await
        })?;
        for account in &page {
            say(line(&mut desk, account)?);
        }
        match page.last() {
            Some(last) if page.len() == usize::from(PAGE) => after = Some(last.id),
            _ => return Ok(ExitCode::SUCCESS),
        }
    }
}

/// One account in a line: id, role, area, organisation, whether it may be used, name.
fn line(desk: &mut Desk, account: &Account) -> Result<String, Failed> {
    let standing = standing_of(desk, account)?;
    let organisation = organisations::find(&mut desk.conn, account.organisation)?;
    let code = organisation.map_or_else(String::new, |organisation| organisation.code);
    let Account { id, role, area, name, .. } = account;
    Ok(format!("{id}  {role:<13}  {area}  {code:<16}  {standing:<27}  {name}"))
}

/// `in order`, or what keeps an account from being used today.
fn standing_of(desk: &mut Desk, account: &Account) -> Result<&'static str, Failed> {
    let organisation = organisations::find(&mut desk.conn, account.organisation)?;
    let accreditation = organisation.map(|organisation| organisation.accreditation()).unwrap_or_default();
    let checked = account.check_standing(Clock::System.now().day(), accreditation);
    Ok(checked.map_or_else(|lapse| lapse.code(), |()| "in order"))
}
