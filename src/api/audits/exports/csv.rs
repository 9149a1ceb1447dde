//! Events as a table that no spreadsheet takes for formulas: one row for each event and child.

use crate::api::audits::views::name_of;
use crate::domain::audit::payloads::CodeText;
use crate::domain::audit::views::{AuditedAccount, AuditedChild, AuditedEvent};
use crate::domain::instants::Instant;

/// The columns, in their order.
const COLUMNS: [&str; 27] = [
    "index",
    "at",
    "action",
    "outcome",
    "reason",
    "actor_id",
    "actor",
    "organisation_id",
    "organisation",
    "system_id",
    "system",
    "on_behalf_of_id",
    "on_behalf_of",
    "child",
    "shown",
    "withheld",
    "version",
    "rules",
    "policy",
    "criteria",
    "targets",
    "refusal",
    "strength",
    "operation",
    "request_id",
    "masked",
    "redacted",
];

/// The first row.
pub(super) fn head() -> String {
    let mut text = String::new();
    row(COLUMNS.iter().map(|name| (*name).to_owned()), &mut text);
    text
}

/// The rows of an event: one for each child, and one where there is none.
pub(super) fn rows(event: &AuditedEvent, text: &mut String) {
    if event.children.is_empty() {
        return row(cells(event, None), text);
    }
    for child in &event.children {
        row(cells(event, Some(child)), text);
    }
}

fn cells(event: &AuditedEvent, child: Option<&AuditedChild>) -> impl Iterator<Item = String> {
    let account = |account: &Option<AuditedAccount>| {
        let id = account.as_ref().map(|account| account.id.to_string()).unwrap_or_default();
        let name = account.as_ref().and_then(|account| account.name.clone()).unwrap_or_default();
        [id, name]
    };
    let codes = |codes: Option<&Vec<CodeText>>| codes.map(|codes| codes.join(" ")).unwrap_or_default();
    let code = |code: &Option<CodeText>| code.as_deref().unwrap_or_default().to_owned();
    let organisation = event.organisation.as_ref();
    let criteria = event.criteria.as_ref().and_then(|criteria| serde_json::to_string(criteria).ok());
    let targets = event.targets.iter().map(|target| format!("{}:{}", target.kind, target.id));
    let masked = event.masked.iter().map(|part| part.code());
    let [actor_id, actor] = account(&event.actor);
    let [system_id, system] = account(&event.system);
    let [for_id, for_name] = account(&event.on_behalf_of);
    let cells: [String; COLUMNS.len()] = [
        event.index.to_string(),
        Instant::from(event.at).to_string(),
        event.action.clone(),
        event.outcome.clone(),
        event.reason.clone().unwrap_or_default(),
        actor_id,
        actor,
        organisation.map(|it| it.id.to_string()).unwrap_or_default(),
        organisation.and_then(|it| it.name.clone()).unwrap_or_default(),
        system_id,
        system,
        for_id,
        for_name,
        child.map(|child| name_of(child.name)).unwrap_or_default(),
        codes(child.map(|child| &child.shown)),
        codes(child.map(|child| &child.withheld)),
        child.and_then(|child| child.version).map(|version| version.to_string()).unwrap_or_default(),
        codes(child.map(|child| &child.rules)),
        code(&event.policy),
        criteria.unwrap_or_default(),
        targets.collect::<Vec<_>>().join(" "),
        code(&event.refusal),
        event.strength.clone(),
        code(&event.operation),
        event.request_id.map(|id| id.to_string()).unwrap_or_default(),
        masked.collect::<Vec<_>>().join(" "),
        event.redacted.to_string(),
    ];
    cells.into_iter()
}

fn row(cells: impl Iterator<Item = String>, text: &mut String) {
    for (place, cell) in cells.enumerate() {
        if place > 0 {
            text.push(',');
        }
        text.push_str(&cell_of(&cell));
    }
    text.push_str("\r\n");
}

/// A cell as RFC 4180 writes it, quoted where it must be. One that a spreadsheet could take for a formula is marked as
/// text by an apostrophe (OWASP ASVS 1.2.10).
fn cell_of(value: &str) -> String {
    let formula = value.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\0', '＝', '＋', '－', '＠']);
    let marked = if formula { format!("'{value}") } else { value.to_owned() };
    if formula || marked.contains([',', '"', '\r', '\n', '\t', '\0', ';']) {
        format!("\"{}\"", marked.replace('"', "\"\""))
    } else {
        marked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_starts_a_formula_starts_a_cell() {
        for start in ["=", "+", "-", "@", "\t", "\r", "\0"] {
            let cell = cell_of(&format!("{start}HYPERLINK(\"x\")"));
            assert!(cell.starts_with("\"'") && cell.ends_with("(\"\"x\"\")\""), "{cell:?}");
        }
        assert_eq!(cell_of("child.search"), "child.search");
        assert_eq!(cell_of("O'Neil, Ada"), "\"O'Neil, Ada\"");
        assert_eq!(cell_of(""), "");
    }

    #[test]
    fn the_first_row_names_every_column() {
        let head = head();
        assert!(head.starts_with("index,at,action,") && head.ends_with(",masked,redacted\r\n"), "{head}");
        assert_eq!(head.split(',').count(), COLUMNS.len());
    }
}
