//! `child-index openapi`: prints the document that the service serves.

use std::process::ExitCode;

use clap::Args;

use super::Failed;
use super::output::say;
use crate::api;

#[derive(Debug, Args)]
pub(super) struct OpenapiCommand {}

impl OpenapiCommand {
    pub(super) fn run(self) -> Result<ExitCode, Failed> {
        say(api::openapi::document::<api::Operations>().to_pretty_json()?);
        Ok(ExitCode::SUCCESS)
    }
}
