//! Who asks: accounts of each role, and what they say when they ask.

use std::collections::BTreeSet;

use child_index::api::auth::TokenOrder;
use child_index::domain::accounts::{Account, AccountStatus, Capability, Role, Standing};
use child_index::domain::ids::AccountId;
use child_index::domain::organisations::Organisation;
use child_index::domain::services::{OrganisationKind, Sector};
use child_index::store::accounts;
use serde_json::Value;

use super::{Answer, Known, TestApp};

/// The issuer of the service's own tokens.
const ISSUER: &str = child_index::config::LOCAL_ISSUER;

/// Somebody with an account, who asks.
#[derive(Clone)]
pub struct Person<'a> {
    app: &'a TestApp,
    /// The account as it is registered.
    pub account: Account,
    token: String,
    reason: Option<&'static str>,
    /// Whoever telephoned and is looked up for.
    caller: Option<Box<Self>>,
}

impl TestApp {
    /// A practitioner of a school of the area.
    pub fn practitioner(&self) -> Person<'_> {
        self.somebody(Role::Practitioner, OrganisationKind::School)
    }

    /// A member of the area's management team.
    pub fn manager(&self) -> Person<'_> {
        self.somebody(Role::Manager, OrganisationKind::ManagementTeam)
    }

    /// An auditor of the area.
    pub fn auditor(&self) -> Person<'_> {
        self.somebody(Role::Auditor, OrganisationKind::ManagementTeam)
    }

    /// A council's case-management system.
    pub fn system(&self) -> Person<'_> {
        self.somebody(Role::System, OrganisationKind::LocalAuthority)
    }

    /// Who runs the index.
    pub fn administrator(&self) -> Person<'_> {
        self.somebody(Role::Administrator, OrganisationKind::LocalAuthority)
    }

    /// Somebody whom no account stands for.
    pub fn nobody(&self) -> Person<'_> {
        let known = self.practitioner();
        let token = self.issuer.mint(&TokenOrder::person("nobody", 3_600)).expect("a token");
        Person { token, ..known }
    }

    /// An account of this role in a new organisation of this kind.
    pub fn somebody(&self, role: Role, kind: OrganisationKind) -> Person<'_> {
        let organisation = self.organisation(kind);
        let number = self.number();
        let until = "2027-01-31".parse().ok();
        let account = Account {
            id: AccountId::new(),
            issuer: ISSUER.into(),
            subject: format!("{role}-{number}"),
            name: format!("{role} {number}"),
            role,
            capabilities: BTreeSet::new(),
            sector: kind.sector(),
            organisation: organisation.id,
            area: organisation.area,
            status: AccountStatus::Active,
            standing: Standing {
                checked_until: until,
                trained_until: until,
                certified_until: until,
                terms_accepted_on: "2026-01-02".parse().ok(),
                ..Standing::default()
            },
            version: 1,
            created_at: self.clock.now(),
        };
        accounts::insert(&mut self.connect(), &account).expect("a new account");
        let token = self.issuer.mint(&order(&account)).expect("a token");
        Person { app: self, account, token, reason: Some("early-help"), caller: None }
    }
}

fn order(account: &Account) -> TokenOrder {
    match account.role {
        Role::System => TokenOrder::system(&account.subject, 3_600),
        _ => TokenOrder::person(&account.subject, 3_600),
    }
}

impl<'a> Person<'a> {
    /// Looking up for somebody on the telephone, who says a new code for every request.
    pub fn for_caller(self, caller: &Person<'a>) -> Self {
        Self { caller: Some(Box::new(caller.clone())), ..self }
    }
}

impl Person<'_> {
    /// The same account, changed behind everybody's back, as another node would.
    pub fn change(mut self, change: impl FnOnce(&mut Account)) -> Self {
        change(&mut self.account);
        accounts::update(&mut self.app.connect(), &self.account).expect("a change");
        self.account.version += 1;
        self
    }

    /// In this organisation, its area and its sector.
    pub fn of(self, organisation: &Organisation) -> Self {
        self.change(|account| {
            account.organisation = organisation.id;
            account.area.clone_from(&organisation.area);
            account.sector = organisation.kind.sector();
        })
    }

    /// Working in another area.
    pub fn in_area(self, area: &str) -> Self {
        self.change(|account| account.area = area.into())
    }

    /// Of this sector.
    pub fn in_sector(self, sector: Sector) -> Self {
        self.change(|account| account.sector = sector)
    }

    /// With a capability.
    pub fn with(self, capability: Capability) -> Self {
        self.change(|account| {
            account.capabilities.insert(capability);
        })
    }

    /// Asking through a partner's system.
    pub fn acting_through(self, system: &Person<'_>) -> Self {
        let order = TokenOrder { acting: Some(system.account.subject.clone()), ..order(&self.account) };
        let token = self.app.issuer.mint(&order).expect("a token");
        Self { token, ..self }
    }

    /// Logged in with a password alone.
    pub fn with_one_factor(self) -> Self {
        let order = TokenOrder { amr: vec!["pwd".into()], ..order(&self.account) };
        let token = self.app.issuer.mint(&order).expect("a token");
        Self { token, ..self }
    }

    /// With two factors, and not lately.
    pub fn logged_in_long_ago(self) -> Self {
        let order = TokenOrder { login_age: 3_600, ..order(&self.account) };
        let token = self.app.issuer.mint(&order).expect("a token");
        Self { token, ..self }
    }

    /// Logged in anew.
    pub fn with_a_new_token(self) -> Self {
        let token = self.app.issuer.mint(&order(&self.account)).expect("a token");
        Self { token, ..self }
    }

    /// Stating another reason.
    pub fn because_of(self, reason: &'static str) -> Self {
        Self { reason: Some(reason), ..self }
    }

    /// Stating no reason.
    pub fn without_a_reason(self) -> Self {
        Self { reason: None, ..self }
    }

    /// Sends a request with the token, the reason, and these headers.
    pub fn send(&self, method: &str, path: &str, more: &[(&str, &str)], body: Option<&[u8]>) -> Answer {
        let authorization = format!("Bearer {}", self.token);
        let mut headers = vec![("Authorization", authorization.as_str())];
        headers.extend(self.reason.map(|reason| ("Access-Reason", reason)));
        if body.is_some() && more.iter().all(|(name, _)| *name != "Content-Type") {
            headers.push(("Content-Type", "application/json"));
        }
        let said = self.caller.as_ref().map(|caller| {
            let code = caller.post_nothing("/v1/verification-codes").ok()["code"].as_str().expect("a code").to_owned();
            (caller.account.id.to_string(), code)
        });
        if let Some((caller, code)) = &said {
            headers.extend([("On-Behalf-Of", caller.as_str()), ("Verification-Code", code.as_str())]);
        }
        headers.extend_from_slice(more);
        self.app.send(method, path, &headers, body)
    }

    /// Reads a path.
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], None)
    }

    /// Gets bytes for programs.
    pub fn fetch(&self, path: &str) -> (u16, Vec<u8>) {
        let authorization = format!("Bearer {}", self.token);
        self.app.fetch_with(path, &[("Authorization", &authorization), ("Access-Reason", "audit")])
    }

    /// Posts a body to a path.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, &[], Some(body.to_string().as_bytes()))
    }

    /// Posts without a body.
    pub fn post_nothing(&self, path: &str) -> Answer {
        self.send("POST", path, &[], Some(b""))
    }

    /// Posts with an idempotency key.
    pub fn post_with_key(&self, key: &str, path: &str, body: &Value) -> Answer {
        self.send("POST", path, &[("Idempotency-Key", key)], Some(body.to_string().as_bytes()))
    }

    /// Changes what is at a path, if it is still of this version.
    pub fn patch(&self, path: &str, etag: &str, body: &Value) -> Answer {
        self.send("PATCH", path, &[("If-Match", etag)], Some(body.to_string().as_bytes()))
    }

    /// The version of what is at a path, as this person sees it; one that nobody has where there is nothing.
    pub fn version_of(&self, path: &str) -> String {
        // An entry's version stands in its list.
        let listed = ["involvements", "assessments"].into_iter().find_map(|block| {
            let (child, number) = path.split_once(&format!("/{block}/"))?;
            Some((format!("{child}/{block}"), block, number))
        });
        let etag = match &listed {
            None => self.get(path).header("etag").to_owned(),
            Some((list, block, number)) => {
                let list = self.get(list).json();
                let all = list[*block].as_array().cloned().unwrap_or_default();
                let entry = all.iter().find(|entry| entry["number"].to_string() == *number);
                entry.and_then(|entry| entry["etag"].as_str()).unwrap_or_default().to_owned()
            }
        };
        if etag.is_empty() { "\"none\"".to_owned() } else { etag }
    }

    /// Changes what is at a path, whatever version it is of.
    pub fn change_at(&self, path: &str, body: &Value) -> Answer {
        self.patch(path, &self.version_of(path), body)
    }

    /// Searches for children.
    pub fn search(&self, criteria: &Value) -> Answer {
        self.post("/v1/children/search", criteria)
    }

    /// Reads a child's record.
    pub fn read(&self, child: &Known) -> Answer {
        self.get(&child.path())
    }

    /// Asks who is involved with a child.
    pub fn contacts(&self, child: &Known) -> Answer {
        self.get(&format!("{}/contacts", child.path()))
    }

    /// Registers a child.
    pub fn register(&self, child: &Value) -> Answer {
        self.post("/v1/children", child)
    }

    /// The numbers of the children that a search shows, best first.
    #[track_caller]
    pub fn finds(&self, criteria: &Value) -> Vec<String> {
        let answer = self.search(criteria).ok();
        let results = answer["results"].as_array().expect("results").clone();
        results.iter().map(|result| result["child_id"].as_str().expect("a number").to_owned()).collect()
    }
}
