//! The one screen a demo prints, and the files it leaves for scripts: `demo.json` and a file of headers for each role.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::population::Demo;
use super::write_private;
use crate::app::publishing::LogKeys as _;
use crate::cli::places::Place;
use crate::cli::synthesise::ExampleKind;
use crate::cli::{Failed, token};
use crate::domain::accounts::Role;
use crate::server::FileLogKeys;

/// Writes the files and gives the page.
///
/// # Errors
/// A sentence where a file cannot be written or a token not be made.
pub(super) fn write(place: &Place, dir: &Path, demo: &Demo, url: &str) -> Result<String, Failed> {
    let mut tokens = Map::new();
    for (seat, account) in &demo.accounts {
        let token = token::mint(place, account, token::LASTS)?;
        let reason = if account.role == Role::Auditor { "audit" } else { "safeguarding" };
        let headers =
            format!("Authorization: Bearer {token}\nAccess-Reason: {reason}\nContent-Type: application/json\n");
        write_private(&dir.join(format!("{seat}.headers")), &headers)?;
        tokens.insert((*seat).to_owned(), Value::String(token));
    }
    let examples: Vec<Value> = demo
        .examples
        .iter()
        .map(|(example, number)| {
            json!({ "kind": example.kind.code(), "child": number.to_string(), "search": example.search })
        })
        .collect();
    let audit = json!({ "origin": place.settings.audit.origin, "keys": keys_of(place)? });
    let document = json!({ "url": url, "tokens": tokens, "examples": examples, "audit": audit });
    let text = serde_json::to_string_pretty(&document)?;
    write_private(&dir.join("demo.json"), &text)?;
    Ok(page(dir, demo, url)?)
}

/// The verifier keys of the log's checkpoints.
fn keys_of(place: &Place) -> Result<Vec<String>, Failed> {
    let Some(files) = FileLogKeys::of(&place.settings.audit) else { return Ok(Vec::new()) };
    Ok(files.signers()?.iter().map(|signer| signer.key().to_string()).collect())
}

fn page(dir: &Path, demo: &Demo, url: &str) -> Result<String, std::fmt::Error> {
    let headers = |seat: &str| dir.join(format!("{seat}.headers")).display().to_string();
    let mut page = String::new();
    writeln!(page, "\nChild Index is serving a synthetic population at {url}")?;
    writeln!(page, "  documentation   {url}/docs/")?;
    writeln!(page, "  for scripts     {}\n", dir.join("demo.json").display())?;
    writeln!(page, "Accounts (headers with a token of twelve hours in {}):", headers("ROLE"))?;
    for (seat, account) in &demo.accounts {
        writeln!(page, "  {seat:<14}  {}", account.name)?;
    }
    let example = |kind: ExampleKind| demo.examples.iter().find(|(example, _)| example.kind == kind);
    if let Some((ordinary, number)) = example(ExampleKind::LeadProfessional).or_else(|| example(ExampleKind::Ordinary))
    {
        writeln!(page, "\nFind a child, then see who is involved and how to reach them now:\n")?;
        writeln!(
            page,
            "  curl -s -H @{} {url}/v1/children/search -d '{}'\n",
            headers("practitioner"),
            ordinary.search.to_string().replace('\'', "'\\''")
        )?;
        writeln!(page, "  curl -s -H @{} {url}/v1/children/{number}/contacts", headers("practitioner"))?;
    }
    writeln!(page, "\nAnd what the auditor sees of it:\n")?;
    writeln!(page, "  curl -s -H @{} {url}/v1/audit/events/search -d '{{\"limit\": 3}}'", headers("auditor"))?;
    write!(page, "\nStop with Ctrl-C; the same command opens it again.")?;
    Ok(page)
}
