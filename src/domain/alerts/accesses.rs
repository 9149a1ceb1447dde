//! One access as the rules see it, and what they need to know of the account and of the children in it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike as _, Timelike as _, Weekday};
use chrono_tz::Europe::London;
use uuid::Uuid;

use super::rules::NIGHT;
use crate::domain::audit::actions::AuditAction;
use crate::domain::audit::events::RecordedEvent;
use crate::domain::audit::payloads::Pseudonym;
use crate::domain::instants::Instant;
use crate::domain::matching::folds::FoldedName;

/// The account that is watched.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Watched {
    /// Its organisation.
    pub organisation: Uuid,
    /// Its area.
    pub area: String,
    /// The account holder's whole name, folded.
    pub name: String,
    /// The account holder's family name, folded; empty for a system.
    pub surname: String,
    /// Family names of others of the organisation, folded.
    pub colleagues: BTreeSet<String>,
    /// The median of accesses a day among others like it; none where there are too few.
    pub peers: Option<i64>,
    /// Whether no person stands behind it: then the rules about people say nothing.
    pub machine: bool,
}

/// What the rules need to know of a child, and nobody is shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChildFacts {
    /// Family name, folded.
    pub surname: String,
    /// Area.
    pub area: String,
    /// Names of its carers, folded.
    pub carers: BTreeSet<String>,
    /// Organisations that work with it or registered it.
    pub organisations: BTreeSet<Uuid>,
    /// Whether it is shielded, sealed or held: then what it hides decides in protected alerts alone.
    pub hidden: bool,
    /// Whether it stands for nobody.
    pub decoy: bool,
}

/// What a child is to an account.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Known {
    /// Family name, folded.
    pub surname: String,
    /// Area.
    pub area: String,
    /// Whether it lives in the account holder's home, as far as carers tell.
    pub own_home: bool,
    /// Whether the account's organisation works with it or registered it.
    pub involved: bool,
    /// Whether it is shielded, sealed or held.
    pub hidden: bool,
    /// Whether it stands for nobody.
    pub decoy: bool,
}

impl ChildFacts {
    /// What the child is to an account.
    #[must_use]
    pub fn to(&self, watched: &Watched) -> Known {
        Known {
            surname: self.surname.clone(),
            area: self.area.clone(),
            own_home: !watched.name.is_empty() && self.carers.contains(&watched.name),
            involved: self.organisations.contains(&watched.organisation),
            hidden: self.hidden,
            decoy: self.decoy,
        }
    }
}

/// One event of the account about children.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// Its index.
    pub index: u64,
    /// When.
    pub at: Instant,
    /// Code of the action.
    pub action: String,
    /// Code of the stated reason.
    pub reason: Option<String>,
    /// Children it disclosed something of.
    pub children: Vec<Pseudonym>,
    /// The family name searched for, folded.
    pub surname: Option<String>,
    /// The postcode searched for, without blanks.
    pub postcode: Option<String>,
    /// All that was searched for, to tell one search from another.
    pub criteria: String,
}

impl Access {
    /// The access that an event was; none where it disclosed nothing of a child and was no search.
    #[must_use]
    pub fn of(event: &RecordedEvent) -> Option<Self> {
        let payload = event.payload.as_ref()?;
        let search = event.action == AuditAction::ChildSearch.code();
        if !search && event.children_disclosed == 0 {
            return None;
        }
        let asked: BTreeMap<&str, &str> = payload
            .criteria
            .iter()
            .filter(|_| search)
            .filter_map(|(name, value)| Some((name, value.as_str()?)))
            .collect();
        let shown = payload.children.iter().filter(|child| !child.shown.is_empty());
        let criteria =
            if search { serde_json::to_string(&payload.criteria).unwrap_or_default() } else { String::new() };
        Some(Self {
            index: event.index,
            at: event.at.into(),
            action: event.action.clone(),
            reason: event.reason.clone(),
            children: shown.map(|child| child.pseudonym).collect(),
            surname: asked.get("family_name").map(|name| fold(name)).filter(|name| !name.is_empty()),
            postcode: asked.get("postcode").map(|text| text.replace(' ', "").to_uppercase()),
            criteria: criteria.to_lowercase(),
        })
    }

    /// Whether a record was opened, and not only found.
    #[must_use]
    pub fn opens(&self) -> bool {
        self.action != AuditAction::ChildSearch.code() && !self.children.is_empty()
    }

    /// Whether the hidden part of a shielded record was opened.
    #[must_use]
    pub fn overrides(&self) -> bool {
        self.action == AuditAction::OverrideViewed.code() && !self.children.is_empty()
    }

    /// Whether it was at night or at a weekend in London, and something was shown.
    #[must_use]
    pub fn is_out_of_hours(&self) -> bool {
        let local = self.at.to_utc().with_timezone(&London);
        let (evening, morning) = NIGHT;
        let late = local.hour() >= evening || local.hour() < morning;
        !self.children.is_empty() && (late || matches!(local.weekday(), Weekday::Sat | Weekday::Sun))
    }
}

/// A name as the rules compare it.
#[must_use]
pub fn fold(name: &str) -> String {
    FoldedName::family(name).whole().to_owned()
}

/// The family name of somebody called so, folded: the last word of the name.
#[must_use]
pub fn surname_of(name: &str) -> String {
    fold(name.split_whitespace().last().unwrap_or_default())
}
