//! Every operation of the OpenAPI document, and a request of each that is good for some caller. An operation without a
//! row here fails every case that goes through the document.

use child_index::domain::accounts::Capability;
use child_index::domain::capability_proposals::CapabilityProposal;
use child_index::domain::enquiries::{CallerKind, Enquiry, EnquiryState, Need, one_working_day_after};
use child_index::domain::ids::{AccessPointId, AccountId, EnquiryId, PanelId, ProposalId};
use child_index::domain::organisations::Organisation;
use child_index::domain::partnerships::DefaultVisibility::{Brokered, Shown};
use child_index::domain::services::Service;
use child_index::store::{capability_proposals, enquiries};
use serde_json::{Value, json};

use super::{Answer, Known, Meetings, Person, TestApp};

/// An operation behind the token check, as the document has it.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Its name.
    pub id: String,
    /// Its method.
    pub method: String,
    /// Its path, with places for parameters.
    pub path: String,
}

/// What a request is about.
#[derive(Debug, Clone)]
pub struct Scene {
    /// The child's number or handle.
    pub child: String,
    /// One of its involvements.
    pub entry: i32,
    /// One of its assessments, of early help.
    pub assessment: i32,
    /// Another, which that one may be linked to.
    pub other_assessment: i32,
    /// One of its transfers.
    pub transfer: String,
    /// A proposal that somebody lead.
    pub lead_proposal: i32,
    /// A meeting of its team.
    pub meeting: i32,
    /// A brother or sister, or some other child.
    pub relative: String,
    /// The child to register.
    pub new_child: Value,
    /// An organisation.
    pub organisation: String,
    /// A team of it.
    pub team: String,
    /// Another team of it, that serves the district which most children live in.
    pub other_team: String,
    /// An account.
    pub account: String,
    /// A carer of the child.
    pub carer: String,
    /// A shield on a carer, where one was asked for.
    pub carer_shield: String,
    /// A case on the child that nobody works.
    pub case: String,
    /// A capability that an administrator proposed for another account.
    pub proposal: String,
    /// An access point of the organisation.
    pub access_point: String,
    /// An enquiry there, about nobody.
    pub enquiry: String,
    /// A panel of the area.
    pub panel: PanelId,
    /// Its meetings, with the child on their agendas.
    pub panel_meetings: Meetings,
    /// A partnership of the area.
    pub partnership: String,
    /// A member of it.
    pub member: String,
    /// A draft of it.
    pub agreement: i32,
    /// Makes codes and keys unlike those of other requests.
    pub unique: String,
}

/// How an operation is asked, and what the log calls it.
struct Row {
    action: &'static str,
    about_a_child: bool,
    body: fn(&Scene) -> Option<Value>,
}

#[expect(clippy::too_many_lines, reason = "a table, read row by row")]
fn row(operation: &str) -> Row {
    let on_child = |action, body| Row { action, about_a_child: true, body };
    let elsewhere = |action, body| Row { action, about_a_child: false, body };
    match operation {
        "search_children" => on_child("child.search", |scene| Some(json!({"index_number": scene.child}))),
        "explain_match" => on_child("child.explain", |_| {
            Some(json!({"family_name": "Okafor", "given_name": "Chidera", "date_of_birth": "2015-03-02"}))
        }),
        "register_child" => on_child("child.register", |scene| Some(scene.new_child.clone())),
        "read_child" => on_child("child.read", |_| None),
        "change_child" => on_child("child.change", |_| Some(json!({"sex": "M"}))),
        "record_birth" => on_child("child.birth", |_| Some(json!({"outcome": "no-live-birth"}))),
        "read_contacts" => on_child("child.contacts", |_| None),
        "shield_child" => on_child("child.shield", |_| Some(json!({"ground": "refuge"}))),
        "read_shield" => on_child("shield.read", |_| None),
        "confirm_shield" => on_child("child.shield", |_| Some(json!({"review_on": "2027-05-20"}))),
        "lift_shield" => on_child("child.shield", |_| None),
        "seal_record" => on_child("child.seal", |_| None),
        "shield_carer" => on_child("child.shield", |scene| Some(json!({"carer": scene.carer, "ground": "refuge"}))),
        "list_carer_shields" => on_child("shield.read", |_| None),
        "confirm_carer_shield" => on_child("child.shield", |_| Some(json!({"review_on": "2027-05-20"}))),
        "lift_carer_shield" => on_child("child.shield", |_| None),
        "read_access_log" => on_child("child.access-log", |_| None),
        "list_restrictions" => on_child("restriction.list", |_| None),
        "restrict_child" => {
            on_child("child.restrict", |scene| Some(json!({"account": scene.account, "ground": "relative"})))
        }
        "lift_restriction" => on_child("child.restrict", |scene| Some(json!({"account": scene.account}))),
        "list_cases" => elsewhere("case.list", |_| None),
        "take_case" => elsewhere("case.take", |_| None),
        "close_case" => elsewhere("case.close", |_| Some(json!({"outcome": "kept"}))),
        "override_shield" => on_child("override.viewed", |_| Some(json!({"ground": "missing-child"}))),
        "list_brokered_contact_work" => elsewhere("brokered-contact.read", |_| None),
        "request_brokered_contact" => on_child("brokered-contact.ask", |_| Some(json!({"need": "joint-work"}))),
        "list_brokered_contacts" => on_child("brokered-contact.read", |_| None),
        "read_brokered_contact" => on_child("brokered-contact.read", |_| None),
        "move_brokered_contact" => on_child("brokered-contact.move", |_| Some(json!({"step": "take"}))),
        "list_consents" => on_child("consent.list", |_| None),
        "record_consent" => on_child("consent.record", |_| Some(json!({"kind": "significant-harm"}))),
        "withdraw_consent" => on_child("involvement.withdraw", |_| None),
        "list_involvements" => on_child("involvement.list", |_| None),
        "register_involvement" => on_child("involvement.register", |_| {
            Some(json!({"service": "fire-and-rescue", "started_on": "2026-09-02"}))
        }),
        "change_involvement" => on_child("involvement.change", |_| Some(json!({"practitioner": null}))),
        "end_involvement" => on_child("involvement.end", |_| Some(json!({}))),
        "confirm_involvement" => on_child("involvement.confirm", |_| None),
        "list_assessments" => on_child("assessment.list", |_| None),
        "start_assessment" => {
            on_child("assessment.start", |_| Some(json!({"kind": "child-in-need", "started_on": "2026-11-02"})))
        }
        "change_assessment" => on_child("assessment.change", |_| Some(json!({"practitioner": null}))),
        "complete_assessment" => on_child("assessment.complete", |_| Some(json!({"outcome": "support-agreed"}))),
        "confirm_assessment" => on_child("assessment.confirm", |_| None),
        "link_assessment" => on_child("assessment.link", |scene| Some(json!({"linked_to": scene.other_assessment}))),
        "list_transfers" => on_child("transfer.list", |_| None),
        "propose_transfer" => on_child("transfer.propose", |scene| {
            Some(json!({"kind": "transfer", "involvement": scene.entry, "access_point": scene.access_point,
                        "to": {"service": "school-nursing", "organisation": scene.organisation}}))
        }),
        "read_transfer" => on_child("transfer.read", |_| None),
        "accept_transfer" => on_child("transfer.accept", |_| Some(json!({}))),
        "decline_transfer" => on_child("transfer.decline", |_| Some(json!({"reason": "no-capacity"}))),
        "withdraw_transfer" => on_child("transfer.withdraw", |_| Some(json!({"reason": "not-needed"}))),
        "place_transfer" => on_child("transfer.place", |scene| Some(json!({"organisation": scene.organisation}))),
        "close_transfer_gap" => on_child("transfer.close-gap", |_| Some(json!({"gap": "review-outstanding"}))),
        "list_transfer_work" => elsewhere("transfer.list", |_| None),
        "propose_transfers" => elsewhere("transfer.propose", |scene| {
            Some(json!({"from_service": "school", "children": [scene.child], "access_point": scene.access_point,
                        "to": {"service": "school-nursing", "organisation": scene.organisation}}))
        }),
        "accept_transfers" => elsewhere("transfer.accept", |scene| Some(json!({"transfers": [scene.transfer]}))),
        "read_lead_professional" | "read_lead_proposal" => on_child("lead-professional.read", |_| None),
        "propose_lead_professional" => on_child("lead-professional.propose", |scene| {
            Some(json!({"kind": "early-help", "involvement": scene.entry}))
        }),
        "accept_lead_proposal" => on_child("lead-professional.accept", |_| None),
        "decline_lead_proposal" => on_child("lead-professional.decline", |_| Some(json!({"reason": "no-capacity"}))),
        "withdraw_lead_proposal" => on_child("lead-professional.withdraw", |_| None),
        "cover_lead_professional" => on_child("lead-professional.cover", |_| {
            Some(json!({"kind": "early-help", "from": "2026-11-20", "until": "2026-11-27",
                        "practitioner": {"name": "Samuel Adeyemi", "job_title": "Family support worker"}}))
        }),
        "end_lead_cover" => on_child("lead-professional.cover", |_| Some(json!({"kind": "early-help"}))),
        "list_lead_work" => elsewhere("lead-professional.work", |_| None),
        "read_child_team" => on_child("child-team.read", |_| None),
        "settle_child_team" => on_child("child-team.settle", |_| {
            Some(json!({"next_review_on": "2026-12-18",
                        "participants": {"parents_or_carers": true, "young_person": false}}))
        }),
        "join_child_team" => on_child("child-team.join", |scene| Some(json!({"child_id": scene.relative}))),
        "leave_child_team" => on_child("child-team.leave", |scene| Some(json!({"child_id": scene.relative}))),
        "list_team_reviews" => elsewhere("child-team.reviews", |_| None),
        "list_team_meetings" | "read_team_meeting" => on_child("team-meeting.read", |_| None),
        "plan_team_meeting" => on_child("team-meeting.plan", |_| Some(a_time())),
        "reschedule_team_meeting" => on_child("team-meeting.reschedule", |_| Some(a_time())),
        "hold_team_meeting" => on_child("team-meeting.hold", |scene| {
            Some(json!({"involvements": [scene.entry],
                        "participants": {"parents_or_carers": true, "young_person": false}}))
        }),
        "close_team_meeting" => on_child("team-meeting.close", |_| {
            Some(json!({"outcome": "support-continues", "next_review_on": "2026-12-18"}))
        }),
        "cancel_team_meeting" => on_child("team-meeting.cancel", |_| Some(json!({"reason": "not-needed"}))),
        "read_team_invitation" => on_child("team-meeting.invite", |_| None),
        "list_panels" => elsewhere("panel.list", |_| None),
        "register_panel" => elsewhere("panel.register", |scene| {
            Some(json!({"kind": "early-help", "name": "A new panel", "chair": scene.account}))
        }),
        "read_panel" => elsewhere("panel.read", |_| None),
        "change_panel" => elsewhere("panel.change", |_| Some(json!({"name": "The old panel"}))),
        "change_panel_member" => {
            elsewhere("panel.change", |scene| Some(json!({"account": scene.account, "member": true})))
        }
        "list_panel_meetings" => elsewhere("panel-meeting.read", |_| None),
        "plan_panel_meeting" => elsewhere("panel-meeting.plan", |_| Some(json!({"meets_on": "2026-12-04"}))),
        "hold_panel_meeting" => elsewhere("panel-meeting.hold", |_| None),
        "close_panel_meeting" => elsewhere("panel-meeting.close", |_| None),
        "list_panel_items" | "read_panel_item" => on_child("panel-agenda.read", |_| None),
        "add_panel_item" => on_child("panel-agenda.add", |scene| Some(json!({"child_id": scene.child}))),
        "decide_panel_item" => on_child("panel-agenda.decide", |_| Some(json!({"decision": "deferred"}))),
        "withdraw_panel_item" => on_child("panel-agenda.withdraw", |_| None),
        "list_organisations" => elsewhere("organisation.list", |_| None),
        "register_organisation" => elsewhere("organisation.register", |scene| {
            Some(json!({"code": scene.unique, "name": "A new school", "kind": "school", "area": super::AREA}))
        }),
        "read_organisation" => elsewhere("organisation.read", |_| None),
        "change_organisation" => elsewhere("organisation.change", |_| Some(json!({"name": "The old school"}))),
        "list_teams" => elsewhere("team.list", |_| None),
        "register_team" => {
            elsewhere("team.register", |scene| Some(json!({"code": scene.unique, "name": "A new team"})))
        }
        "read_team" => elsewhere("team.read", |_| None),
        "list_team_members" => elsewhere("team.read", |_| None),
        "change_team_member" => {
            elsewhere("team.change", |scene| Some(json!({"account": scene.account, "member": true})))
        }
        "read_locality" => on_child("child.locality", |_| None),
        "reassign_team" => elsewhere("team.reassign", |scene| {
            Some(json!({"to": scene.other_team, "postcode_districts": ["BA14"], "dry_run": false, "limit": 10}))
        }),
        "change_team" => elsewhere("team.change", |_| Some(json!({"name": "The old team"}))),
        "list_accounts" => elsewhere("account.list", |_| None),
        "register_account" => elsewhere("account.register", |scene| {
            Some(json!({"issuer": "https://login.example", "subject": scene.unique, "name": "Ada Adeyemi",
                        "role": "practitioner", "organisation": scene.organisation}))
        }),
        "read_account" => elsewhere("account.read", |_| None),
        "change_account" => elsewhere("account.change", |_| Some(json!({"name": "Ada Obi"}))),
        "certify_accounts" => elsewhere("account.certify", |scene| Some(json!({"accounts": [scene.account]}))),
        "list_workforces" => elsewhere("workforce.list", |_| None),
        "close_account" => elsewhere("account.leave", |_| Some(json!({}))),
        "issue_verification_code" => elsewhere("code.issue", |_| None),
        "list_capability_proposals" => elsewhere("capability.list", |_| None),
        "propose_capability" => elsewhere("capability.propose", |_| Some(json!({"capability": "override"}))),
        "agree_to_capability" => elsewhere("capability.grant", |_| None),
        "decline_capability" => elsewhere("capability.decline", |_| None),
        "list_access_points" => elsewhere("access-point.list", |_| None),
        "register_access_point" => elsewhere("access-point.register", |scene| {
            Some(json!({"organisation": scene.organisation, "kind": "front-door", "name": "A new desk"}))
        }),
        "read_access_point" => elsewhere("access-point.read", |_| None),
        "change_access_point" => elsewhere("access-point.change", |_| Some(json!({"name": "The old desk"}))),
        "list_partnerships" => elsewhere("partnership.list", |_| None),
        "register_partnership" => elsewhere("partnership.register", |_| Some(json!({"name": "A new trust"}))),
        "read_partnership" => elsewhere("partnership.read", |_| None),
        "change_partnership" => elsewhere("partnership.change", |_| Some(json!({"name": "The old trust"}))),
        "list_partnership_members" => elsewhere("partnership.members", |_| None),
        "add_partnership_member" => {
            elsewhere("partnership.join", |scene| Some(json!({"organisation": scene.organisation})))
        }
        "end_partnership_member" => elsewhere("partnership.leave", |_| Some(json!({}))),
        "list_agreements" => elsewhere("agreement.list", |_| None),
        "draft_agreement" => elsewhere("agreement.draft", |_| {
            Some(json!({"lawful_basis": "public-task", "from": "2026-12-01", "review_on": "2027-06-01",
                        "default_visibility": [{"service": "housing", "visibility": "shown", "outside": "brokered"}]}))
        }),
        "read_agreement" => elsewhere("agreement.read", |_| None),
        "change_agreement" => elsewhere("agreement.change", |_| Some(json!({"state": "adopted"}))),
        "dry_run_agreement" => elsewhere("agreement.dry-run", |_| Some(json!({"audience": "outside"}))),
        "record_enquiry" => elsewhere("enquiry.record", |scene| {
            Some(json!({"access_point": scene.access_point, "child_id": scene.child, "caller": "practitioner",
                        "need": "early-help"}))
        }),
        "list_enquiries" => elsewhere("enquiry.list", |_| None),
        "read_enquiry" => elsewhere("enquiry.read", |_| None),
        "decide_enquiry" => elsewhere("enquiry.decide", |_| Some(json!({"outcome": "allocated"}))),
        "judge_enquiry" => elsewhere("enquiry.judge", |_| Some(json!({"outcome": "meets-standard"}))),
        "read_indicators" => elsewhere("indicator.read", |_| None),
        "import_indicator" => elsewhere("indicator.import", |_| {
            Some(json!({"period": "2026-H1", "indicator": "absence", "source": "dfe",
                        "figures": [{"locality": "BA14", "count": 40}]}))
        }),
        "search_events" | "search_audit_events" => elsewhere("audit.search", |_| Some(json!({"limit": 5}))),
        "list_alerts" => elsewhere("alert.list", |_| None),
        "read_alert" => elsewhere("alert.read", |_| None),
        "change_alert" => elsewhere("alert.change", |_| Some(json!({"status": "reviewed", "outcome": "no-concern"}))),
        "list_justifications" => elsewhere("justification.list", |_| None),
        "answer_justification" => elsewhere("justification.answer", |_| Some(json!({"answer": "working-with-child"}))),
        "search_breach_scope" => elsewhere("audit.breach-scope", |scene| {
            Some(json!({"account": scene.account, "from": "2026-11-01T00:00:00Z", "to": "2026-12-01T00:00:00Z"}))
        }),
        "search_complaints" => elsewhere("audit.look-up", |_| {
            Some(json!({"family_name": "Okafor", "given_name": "Chidera", "date_of_birth": "2015-03-02"}))
        }),
        "read_audit_entries" => elsewhere("audit.export", |_| None),
        "read_event" | "read_audit_event" => elsewhere("audit.read", |_| None),
        other => panic!("{other} is in the document and has no row in apps/operations.rs: add one"),
    }
}

impl Scene {
    /// What nothing has as its id: alerts and questions are raised by the service alone.
    fn unknown() -> String {
        uuid::Uuid::nil().to_string()
    }
}

/// When a meeting is to be.
fn a_time() -> Value {
    json!({"starts_at": "2026-12-04T14:00:00Z", "minutes": 60})
}

impl Operation {
    /// What the log calls it.
    pub fn action(&self) -> &'static str {
        row(&self.id).action
    }

    /// Whether it is about a child.
    pub fn is_about_a_child(&self) -> bool {
        row(&self.id).about_a_child
    }

    /// Whether it changes something.
    pub fn changes(&self) -> bool {
        self.method == "PATCH"
            || !(self.method == "GET" || self.id.starts_with("search") || self.id.starts_with("explain"))
    }

    /// Where it is asked.
    pub fn path_of(&self, scene: &Scene) -> String {
        let named = [
            ("{child_id}", scene.child.clone()),
            ("{number}", self.entry_of(scene).to_string()),
            ("{id}", self.subject_of(scene)),
            ("{team_id}", scene.team.clone()),
            ("{meeting_id}", self.panel_meeting_of(scene).to_string()),
            ("{organisation_id}", scene.member.clone()),
            ("{transfer_id}", scene.transfer.clone()),
            ("{case_id}", scene.case.clone()),
            ("{proposal_id}", scene.proposal.clone()),
            // Nobody has asked for this one: what the sides of a request see is in http/brokered_contacts.rs.
            ("{contact_id}", "0191d3a0-5f5e-7cc0-8000-0123456789ae".to_owned()),
            ("{shield_id}", scene.carer_shield.clone()),
            ("{index}", "0".to_owned()),
            ("{n}", "000.p/1".to_owned()),
            ("{alert_id}", Scene::unknown()),
            ("{question_id}", Scene::unknown()),
        ];
        let path = named.iter().fold(self.path.clone(), |path, (place, value)| path.replace(place, value));
        let path = match self.id.as_str() {
            "read_indicators" => format!("{path}?period=2026-H1"),
            "read_locality" => format!("{path}?organisation={}", scene.organisation),
            _ => path,
        };
        assert!(!path.contains('{'), "{path} has a parameter that apps/operations.rs does not know");
        path
    }

    /// What `{number}` names in its path.
    fn entry_of(&self, scene: &Scene) -> i32 {
        match &self.path {
            path if path.contains("/assessments/") => scene.assessment,
            path if path.contains("/lead-professional/") => scene.lead_proposal,
            path if path.contains("/panels/") => scene.panel_meetings.item,
            path if path.contains("/meetings/") => scene.meeting,
            path if path.contains("/agreements/") => scene.agreement,
            _ => scene.entry,
        }
    }

    /// What `{meeting_id}` names in its path: a meeting that stands as the operation needs it.
    fn panel_meeting_of(&self, scene: &Scene) -> child_index::domain::ids::PanelMeetingId {
        let Meetings { planned, empty, held, .. } = scene.panel_meetings;
        match self.id.as_str() {
            "add_panel_item" => empty,
            "decide_panel_item" | "close_panel_meeting" => held,
            _ => planned,
        }
    }

    /// What `{id}` names in its path.
    fn subject_of(&self, scene: &Scene) -> String {
        let panel = scene.panel.to_string();
        let kinds = [
            ("/panels/", &panel),
            ("/accounts/", &scene.account),
            ("/access-points/", &scene.access_point),
            ("/enquiries/", &scene.enquiry),
            ("/partnerships/", &scene.partnership),
            ("", &scene.organisation),
        ];
        let named = kinds.into_iter().find(|(kind, _)| self.path.contains(kind));
        named.map(|(_, id)| id.clone()).unwrap_or_default()
    }

    /// A good body, where it has one.
    pub fn body(&self, scene: &Scene) -> Option<Value> {
        (row(&self.id).body)(scene)
    }

    /// Asks it, about the version that is there.
    pub fn ask(&self, person: &Person<'_>, scene: &Scene) -> Answer {
        let version = self.version(person, scene);
        self.ask_for(person, scene, &version)
    }

    /// The version that a change is to name, as this person sees it.
    pub fn version(&self, person: &Person<'_>, scene: &Scene) -> String {
        if self.method == "PATCH" { person.version_of(&self.path_of(scene)) } else { String::new() }
    }

    /// Asks it, about this version.
    pub fn ask_for(&self, person: &Person<'_>, scene: &Scene, version: &str) -> Answer {
        let body = self.body(scene).map(|body| body.to_string());
        let if_match = [("If-Match", version)];
        let headers: &[(&str, &str)] = if version.is_empty() { &[] } else { &if_match };
        let body = body.as_deref().map(str::as_bytes);
        let body = if self.method == "POST" { body.or(Some(b"")) } else { body };
        person.send(&self.method, &self.path_of(scene), headers, body)
    }
}

impl TestApp {
    /// The OpenAPI document that the service hands out.
    pub fn document(&self) -> Value {
        self.send("GET", "/openapi.json", &[], None).ok()
    }

    /// Every operation behind the token check, those that change nothing first.
    pub fn operations(&self) -> Vec<Operation> {
        let document = self.document();
        let mut operations = Vec::new();
        for (path, methods) in document["paths"].as_object().expect("paths") {
            for (method, operation) in methods.as_object().expect("methods") {
                let asks_for_a_token = operation["security"].as_array().is_some_and(|needed| !needed.is_empty());
                if asks_for_a_token && operation.get("operationId").is_some() {
                    let id = operation["operationId"].as_str().expect("a name").to_owned();
                    operations.push(Operation { id, method: method.to_uppercase(), path: path.clone() });
                }
            }
        }
        operations.sort_by_key(Operation::changes);
        operations
    }

    /// A scene about a child, with everything else new.
    pub fn scene(&self, child: &Known) -> Scene {
        let organisation = self.organisation(child_index::domain::services::OrganisationKind::School);
        let team = self.team(&organisation, "The team", false);
        let other_team = self.team(&organisation, "The other team", false);
        self.serves(&other_team, &["BA14"]);
        let somebody = self.practitioner().of(&organisation);
        let account = somebody.account.id;
        let access_point = self.access_point(&organisation, &["BA14"]);
        let enquiry = self.enquiry_at(access_point, &organisation, account);
        let member = self.organisation(child_index::domain::services::OrganisationKind::Housing);
        let partnership = self.partnership(&[&member]);
        let scene = Scene {
            child: String::new(),
            entry: 1,
            assessment: 1,
            other_assessment: 1,
            transfer: Scene::unknown(),
            lead_proposal: 1,
            meeting: 1,
            relative: self.a_child().named("Zebedee", "Relative").born("2012-01-09").add().number,
            new_child: Value::Null,
            organisation: organisation.id.to_string(),
            team: team.id.to_string(),
            other_team: other_team.id.to_string(),
            account: account.to_string(),
            carer: String::new(),
            // Nobody has asked for it: what becomes of carers' shields is in http/carer_shields.rs.
            carer_shield: "0191d3a0-5f5e-7cc0-8000-0123456789ae".to_owned(),
            case: String::new(),
            proposal: String::new(),
            access_point: access_point.to_string(),
            enquiry: enquiry.to_string(),
            panel: self.panel(&somebody, &[]),
            panel_meetings: Meetings::default(),
            agreement: self.draft(partnership, "2026-11-01", &[(Service::Housing, Shown, Brokered)]),
            partnership: partnership.to_string(),
            member: member.id.to_string(),
            unique: String::new(),
        };
        self.same_scene(&scene, child)
    }

    /// A capability that an administrator proposed for somebody of the area.
    fn proposal(&self) -> ProposalId {
        let proposal = CapabilityProposal {
            id: ProposalId::new(),
            account: self.practitioner().account.id,
            capability: Capability::Override,
            by: self.administrator().account.id,
            at: self.clock.now(),
        };
        capability_proposals::insert(&mut self.connect(), &proposal).expect("a new proposal");
        proposal.id
    }

    /// An enquiry that somebody recorded at an access point, about nobody.
    fn enquiry_at(&self, point: AccessPointId, owner: &Organisation, account: AccountId) -> EnquiryId {
        let now = self.clock.now();
        let enquiry = Enquiry {
            id: EnquiryId::new(),
            access_point: point,
            organisation: owner.id,
            area: owner.area.clone(),
            child: None,
            caller: CallerKind::Practitioner,
            need: Need::EarlyHelp,
            known: false,
            state: EnquiryState::Open,
            receiver: None,
            recorded_by: account,
            recorded_at: now,
            due_at: Some(one_working_day_after(now)),
            closed_at: None,
            quality: None,
            version: 1,
        };
        enquiries::insert(&mut self.connect(), &enquiry).expect("a new enquiry");
        enquiry.id
    }

    /// The same scene about another child, with codes and keys of its own.
    pub fn same_scene(&self, scene: &Scene, child: &Known) -> Scene {
        let unique = format!("U-{}", self.number());
        Scene {
            child: child.number.clone(),
            carer: child.carers.first().cloned().unwrap_or_else(|| "Ada Okafor".into()),
            case: self.open_case(child).to_string(),
            proposal: self.proposal().to_string(),
            entry: child.entries.first().copied().unwrap_or(1),
            assessment: child.assessments.first().copied().unwrap_or(1),
            other_assessment: child.assessments.get(1).copied().unwrap_or(1),
            transfer: child.transfers.first().cloned().unwrap_or_else(Scene::unknown),
            lead_proposal: child.proposals.first().copied().unwrap_or(1),
            meeting: child.planned.first().copied().unwrap_or(1),
            panel_meetings: self.meetings_about(scene.panel, child),
            new_child: json!({"name": {"family": format!("Newcomer{unique}").replace('-', ""), "given": "Ida"},
                              "date_of_birth": "2016-05-06"}),
            unique,
            ..scene.clone()
        }
    }
}
