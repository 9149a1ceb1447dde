//! `child-index token`: mints a token with the local issuer, for demonstration and development.

use std::process::ExitCode;

use clap::Args;

use super::Failed;
use super::output::say;
use super::places::{Place, PlaceArgs};
use crate::api::auth::TokenOrder;
use crate::config::LOCAL_ISSUER;
use crate::domain::accounts::{Account, Role};
use crate::domain::ids::AccountId;
use crate::server::open_local_issuer;
use crate::store::accounts;

/// How long a token lasts, in seconds: twelve hours.
pub(super) const LASTS: u64 = 12 * 60 * 60;

#[derive(Debug, Args)]
pub(super) struct TokenCommand {
    /// The account's id, as `account list` shows it.
    #[arg(long, value_name = "ID")]
    account: AccountId,
    /// How long it lasts, in seconds.
    #[arg(long, default_value_t = LASTS)]
    seconds: u64,
    #[command(flatten)]
    place: PlaceArgs,
}

impl TokenCommand {
    pub(super) fn run(self) -> Result<ExitCode, Failed> {
        let place = self.place.open()?;
        let (mut conn, _hold) = place.connect()?;
        let account =
            accounts::find(&mut conn, self.account)?.ok_or("no account has this id; see: child-index account list")?;
        say(mint(&place, &account, self.seconds)?);
        Ok(ExitCode::SUCCESS)
    }
}

/// Mints a token for an account of the local issuer.
///
/// # Errors
/// A sentence where there is no local issuer, or the account belongs to another.
pub(super) fn mint(place: &Place, account: &Account, seconds: u64) -> Result<String, Failed> {
    let key = place.settings.auth.local_issuer_key.as_ref().ok_or(
        "there is no local issuer here (auth.local_issuer_key); tokens come from the issuers that are configured",
    )?;
    if account.issuer != LOCAL_ISSUER {
        return Err("this account's tokens come from another issuer; only its own can mint them".into());
    }
    let issuer = open_local_issuer(key)?;
    let subject = account.subject.as_str();
    let order = match account.role {
        Role::System => TokenOrder::system(subject, seconds),
        _ => TokenOrder::person(subject, seconds),
    };
    Ok(issuer.mint(&order)?)
}
