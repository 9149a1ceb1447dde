//! Events as FHIR R4 AuditEvents after the IHE profile Basic Audit Log Patterns: one for each patient of an event, the
//! query kept.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::domain::audit::views::{AuditedAccount, AuditedChild, AuditedEvent, ChildName};
use crate::domain::instants::Instant;

/// What stands before the first entry of the Bundle.
pub(super) const HEAD: &str = r#"{"resourceType":"Bundle","type":"collection","entry":["#;

const PROFILES: &str = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.";
const ENTITY_TYPE: &str = "http://terminology.hl7.org/CodeSystem/audit-entity-type";
const OBJECT_ROLE: &str = "http://terminology.hl7.org/CodeSystem/object-role";
const DICOM: &str = "http://dicom.nema.org/resources/ontology/DCM";

/// What is done to a record, as the profiles tell it apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Deed {
    Query,
    Read,
    Create,
    Update,
}

impl Deed {
    fn of(action: &str) -> Self {
        match action.rsplit('.').next().unwrap_or_default() {
            "search" | "list" | "look-up" | "breach-scope" => Self::Query,
            "register" | "load" | "mint" => Self::Create,
            "read" | "contacts" | "access-log" | "viewed" | "explain" | "export" | "refused" | "alert" | "start"
            | "stop" => Self::Read,
            _ => Self::Update,
        }
    }

    /// Profile, code of the FHIR interaction, code of the action.
    fn codes(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Query => ("Query", "search", "E"),
            Self::Read => ("Read", "read", "R"),
            Self::Create => ("Create", "create", "C"),
            Self::Update => ("Update", "update", "U"),
        }
    }
}

/// The entries of an event: one for each child, and one where there is none.
pub(super) fn entries(event: &AuditedEvent) -> Vec<Value> {
    if event.children.is_empty() {
        return vec![entry(event, 0, None)];
    }
    event.children.iter().enumerate().map(|(place, child)| entry(event, place, Some(child))).collect()
}

fn entry(event: &AuditedEvent, place: usize, child: Option<&AuditedChild>) -> Value {
    let deed = Deed::of(&event.action);
    let (profile, interaction, action) = deed.codes();
    let mut entities = Vec::new();
    match (deed, query(event)) {
        (Deed::Query, Some(query)) => entities.push(query),
        (Deed::Query, None) => {}
        _ => entities.push(data(event, child)),
    }
    entities.extend(child.map(patient));
    entities.extend(event.request_id.map(|id| transaction(&id.to_string())));
    let mut resource = json!({
        "resourceType": "AuditEvent",
        "id": format!("e{}-{place}", event.index),
        "type": coding("http://terminology.hl7.org/CodeSystem/audit-event-type", "rest", "RESTful Operation"),
        "subtype": [
            coding("http://hl7.org/fhir/restful-interaction", interaction, interaction),
            coding("urn:child-index:audit-action", &event.action, &event.action),
        ],
        "action": action,
        "recorded": Instant::from(event.at).to_string(),
        "outcome": if succeeded(&event.outcome) { "0" } else { "4" },
        "outcomeDesc": event.outcome,
        "agent": agents(event),
        "source": {
            "observer": {"display": "Child Index"},
            "type": [coding("http://terminology.hl7.org/CodeSystem/security-source-type", "4", "Application Server")],
        },
        "entity": entities,
    });
    // What is masked cannot be told, and a query without its query is none of the profile's.
    let complete = deed != Deed::Query || event.criteria.is_some();
    if complete && let Some(fields) = resource.as_object_mut() {
        let patient = if child.is_some() { "Patient" } else { "" };
        fields.insert("meta".to_owned(), json!({"profile": [format!("{PROFILES}{patient}{profile}")]}));
    }
    json!({"resource": resource})
}

fn succeeded(outcome: &str) -> bool {
    ["disclosed", "none", "changed", "unchanged", "done", "held"].contains(&outcome)
}

fn coding(system: &str, code: &str, display: &str) -> Value {
    json!({"system": system, "code": code, "display": display})
}

fn agents(event: &AuditedEvent) -> Vec<Value> {
    let organisation = event.organisation.as_ref();
    let client = match (&event.system, organisation) {
        (Some(system), _) => who(system),
        (None, Some(organisation)) => reference(&organisation.id.to_string(), organisation.name.as_deref()),
        (None, None) => json!({"display": "not told"}),
    };
    let role = |code, display| json!({"coding": [coding(DICOM, code, display)]});
    let mut agents = vec![
        json!({"type": role("110153", "Source Role ID"), "who": client, "requestor": false}),
        json!({"type": role("110152", "Destination Role ID"), "who": {"display": "Child Index"}, "requestor": false}),
    ];
    let person = |account: &AuditedAccount, code: &str, display: &str, requestor: bool| {
        let participation = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";
        let kind = json!({"coding": [coding(participation, code, display)]});
        let mut agent = json!({"type": kind, "who": who(account), "requestor": requestor});
        if let (Some(reason), Some(fields)) = (&event.reason, agent.as_object_mut()) {
            let purpose = json!([{"coding": [coding("urn:child-index:access-reason", reason, reason)]}]);
            fields.insert("purposeOfUse".to_owned(), purpose);
        }
        agent
    };
    agents.extend(event.actor.as_ref().map(|actor| person(actor, "IRCP", "information recipient", true)));
    agents.extend(event.on_behalf_of.as_ref().map(|caller| person(caller, "IRCP", "information recipient", false)));
    agents
}

fn who(account: &AuditedAccount) -> Value {
    reference(&account.id.to_string(), account.name.as_deref())
}

fn reference(id: &str, name: Option<&str>) -> Value {
    let identifier = json!({"system": "urn:ietf:rfc:3986", "value": format!("urn:uuid:{id}")});
    match name {
        Some(name) => json!({"identifier": identifier, "display": name}),
        None => json!({"identifier": identifier}),
    }
}

/// The patient, by number or by name in the log.
fn patient(child: &AuditedChild) -> Value {
    let (system, value) = match child.name {
        ChildName::Number(number) => ("urn:child-index:index-number", number.to_string()),
        ChildName::Pseudonym(pseudonym) => ("urn:child-index:audit-pseudonym", pseudonym.to_string()),
    };
    json!({
        "what": {"type": "Patient", "identifier": {"system": system, "value": value}},
        "type": coding(ENTITY_TYPE, "1", "Person"),
        "role": coding(OBJECT_ROLE, "1", "Patient"),
    })
}

/// The record, what of it was shown and withheld, and under which rules.
fn data(event: &AuditedEvent, child: Option<&AuditedChild>) -> Value {
    let detail = |kind: &str, value: String| (!value.is_empty()).then(|| json!({"type": kind, "valueString": value}));
    let mut details: Vec<Value> = Vec::new();
    details.extend(detail("policy", event.policy.as_deref().unwrap_or_default().to_owned()));
    details.extend(detail("refusal", event.refusal.as_deref().unwrap_or_default().to_owned()));
    details.extend(event.masked.iter().filter_map(|part| detail("masked", part.code().to_owned())));
    if let Some(child) = child {
        details.extend(detail("shown", child.shown.join(" ")));
        details.extend(detail("withheld", child.withheld.join(" ")));
        details.extend(detail("rules", child.rules.join(" ")));
        details.extend(child.version.and_then(|version| detail("version", version.to_string())));
    }
    let targets = event.targets.iter().filter_map(|target| detail(target.kind.code(), target.id.clone()));
    details.extend(targets);
    let mut entity = json!({
        "what": {"display": event.operation.as_deref().unwrap_or("the service")},
        "type": coding(ENTITY_TYPE, "2", "System Object"),
        "role": coding(OBJECT_ROLE, "4", "Domain Resource"),
    });
    if let (false, Some(fields)) = (details.is_empty(), entity.as_object_mut()) {
        fields.insert("detail".to_owned(), Value::Array(details));
    }
    entity
}

/// What was asked, kept as it was.
fn query(event: &AuditedEvent) -> Option<Value> {
    let asked = serde_json::to_vec(event.criteria.as_ref()?).ok()?;
    Some(json!({
        "type": coding(ENTITY_TYPE, "2", "System Object"),
        "role": coding(OBJECT_ROLE, "24", "Query"),
        "query": STANDARD.encode(asked),
    }))
}

fn transaction(id: &str) -> Value {
    json!({
        "what": {"identifier": {"value": id}},
        "type": coding("https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType", "XrequestId", "X-Request-Id"),
    })
}
