//! The command line: one file a command.

mod account;
mod audit;
pub mod bench;
mod demo;
mod load;
mod migrate;
mod openapi;
mod operators;
mod organisation;
mod output;
mod places;
mod serve;
pub mod synthesise;
mod token;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Who else is working with this child, and how do I reach them?
#[derive(Debug, Parser)]
#[command(name = "child-index", version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// See it work: fills a folder with a synthetic population and serves it on this machine.
    Demo(demo::DemoCommand),
    /// Run the service.
    Serve(serve::ServeCommand),
    /// Apply migrations to the configured database.
    Migrate(migrate::MigrateCommand),
    /// Write synthetic families as NDJSON to standard output.
    Synthesise(synthesise::SynthesiseCommand),
    /// Load organisations and children from a file of JSON lines.
    Load(load::LoadCommand),
    /// Register, list, certify and suspend accounts.
    Account(account::AccountCommand),
    /// Register and accredit organisations.
    Organisation(organisation::OrganisationCommand),
    /// Mint a token with the local issuer; for demonstration and development only.
    Token(token::TokenCommand),
    /// Verify the audit log.
    Audit(audit::AuditCommand),
    /// Measure searches of an index.
    Bench(bench::BenchCommand),
    /// Print the OpenAPI document.
    Openapi(openapi::OpenapiCommand),
}

/// What a command fails with: a sentence for the operator.
pub(crate) type Failed = Box<dyn std::error::Error + Send + Sync>;

/// Runs the command the process was started with.
#[must_use]
pub fn run() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Demo(command) => command.run(),
        Command::Serve(command) => command.run(),
        Command::Migrate(command) => command.run(),
        Command::Synthesise(command) => command.run(),
        Command::Load(command) => command.run(),
        Command::Account(command) => command.run(),
        Command::Organisation(command) => command.run(),
        Command::Token(command) => command.run(),
        Command::Audit(command) => command.run(),
        Command::Bench(command) => command.run(),
        Command::Openapi(command) => command.run(),
    };
    outcome.unwrap_or_else(|failed| {
        output::complain(&failed);
        ExitCode::FAILURE
    })
}
