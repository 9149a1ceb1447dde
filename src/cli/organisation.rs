//! `child-index organisation`: registers organisations and accredits them.

use std::process::ExitCode;

use chrono::NaiveDate;
use clap::{Args, Subcommand};

use super::Failed;
use super::operators::{Desk, operator};
use super::output::{note, say};
use super::places::PlaceArgs;
use crate::api::texts::{check_area, check_code, check_text};
use crate::app::operators;
use crate::app::organisations::NewOrganisation;
use crate::domain::lawful_bases::LawfulBasis;
use crate::domain::organisations::Organisation;
use crate::domain::services::OrganisationKind;
use crate::store::organisations;

#[derive(Debug, Args)]
pub(super) struct OrganisationCommand {
    #[command(subcommand)]
    action: OrganisationAction,
}

#[derive(Debug, Subcommand)]
enum OrganisationAction {
    /// Register an organisation and print its id.
    Add(Box<AddOrganisation>),
    /// Accredit an organisation until a day, or close its accounts at once.
    Accredit {
        /// Its code, such as URN-126285.
        code: String,
        /// The last day of the accreditation; without it the accreditation ends now.
        #[arg(long, value_name = "DATE")]
        until: Option<NaiveDate>,
        /// On what lawful basis it takes part, such as public-task; without it on the one on record.
        #[arg(long, value_name = "BASIS", requires = "until")]
        lawful_basis: Option<LawfulBasis>,
        #[command(flatten)]
        place: PlaceArgs,
    },
}

#[derive(Debug, Args)]
struct AddOrganisation {
    /// The code its feeds and the bulk format name it by, such as URN-126285.
    #[arg(long, value_parser = code)]
    code: String,
    /// Its name.
    #[arg(long, value_parser = name)]
    name: String,
    /// What it is, such as school or local-authority.
    #[arg(long)]
    kind: OrganisationKind,
    /// The area it works in (ONS code), such as E06000054.
    #[arg(long, value_parser = area)]
    area: String,
    /// Its involvement with a child is sensitive although its kind is not.
    #[arg(long)]
    sensitive: bool,
    /// The last day of its accreditation; its accounts are closed without.
    #[arg(long, value_name = "DATE", requires = "lawful_basis")]
    accredited_until: Option<NaiveDate>,
    /// On what lawful basis it takes part, such as public-task.
    #[arg(long, value_name = "BASIS")]
    lawful_basis: Option<LawfulBasis>,
    #[command(flatten)]
    place: PlaceArgs,
}

impl OrganisationCommand {
    pub(super) fn run(self) -> Result<ExitCode, Failed> {
        match self.action {
            OrganisationAction::Add(new) => add(*new),
            OrganisationAction::Accredit { code, until, lawful_basis, place } => {
                accredit(&code, until, lawful_basis, &place)
            }
        }
    }
}

fn add(new: AddOrganisation) -> Result<ExitCode, Failed> {
    let desk = Desk::open(&new.place.open()?)?;
    let is_accredited = new.accredited_until.is_some();
    let new = NewOrganisation {
        code: new.code,
        name: new.name.trim().to_owned(),
        kind: new.kind,
        area: new.area,
        sensitive: new.sensitive,
        accredited_until: new.accredited_until,
        lawful_basis: new.lawful_basis,
        routes: Vec::new(),
    };
    let added =
        desk.wait(async |recorder| operators::add_organisation(recorder, operator("organisation add"), new).await)?;
    say(added.id);
    if !is_accredited {
        note(
            "its accounts stay closed until it is accredited: child-index organisation accredit CODE --until DATE --lawful-basis BASIS",
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn accredit(
    code: &str,
    until: Option<NaiveDate>,
    basis: Option<LawfulBasis>,
    place: &PlaceArgs,
) -> Result<ExitCode, Failed> {
    let mut desk = Desk::open(&place.open()?)?;
    let id = with_code(&mut desk, code)?.id;
    let changed = desk.wait(async |recorder| {
        operators::accredit_organisation(recorder, operator("organisation accredit"), id, until, basis).await
    })?;
    match changed.accredited_until {
        Some(until) => say(format_args!("accredited until {until}")),
        None => say("no longer accredited: its accounts are closed"),
    }
    Ok(ExitCode::SUCCESS)
}

/// The organisation with a code.
///
/// # Errors
/// A sentence where there is none.
pub(super) fn with_code(desk: &mut Desk, code: &str) -> Result<Organisation, Failed> {
    organisations::find_by_code(&mut desk.conn, code)?
        .ok_or_else(|| "no organisation has this code; register it with: child-index organisation add".into())
}

/// Reads a code.
fn code(text: &str) -> Result<String, String> {
    checked(text, check_code)
}

/// Reads a name.
pub(super) fn name(text: &str) -> Result<String, String> {
    checked(text, check_text)
}

/// Reads an area.
pub(super) fn area(text: &str) -> Result<String, String> {
    checked(text, check_area)
}

fn checked(text: &str, check: impl Fn(&str) -> Result<(), validator::ValidationError>) -> Result<String, String> {
    if text.is_empty() || text.chars().count() > 200 {
        return Err("must have 1 to 200 characters".to_owned());
    }
    let words =
        |error: validator::ValidationError| error.message.map_or_else(String::new, |message| message.to_string());
    check(text).map(|()| text.to_owned()).map_err(words)
}
