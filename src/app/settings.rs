//! What an area may set of the index's behaviour, and the secret its search keys are made with.

use crate::domain::matching::KeySecret;
use crate::domain::policy::PolicySettings;
use crate::domain::services::{FreshnessLimits, SensitivityPolicy};

/// Budgets against trawling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Searches an account may make in an hour; more are refused.
    pub searches_per_hour: i64,
    /// Children an account may be shown in a day, each counted once; more are refused.
    pub children_per_day: i64,
    /// Searches an organisation may make in an hour before the alert; its accounts are not shut out.
    pub organisation_searches_per_hour: i64,
    /// Children an organisation may be shown in a day before the alert.
    pub organisation_children_per_day: i64,
    /// Overrides of a shield an account may use in a day; more are refused, whatever the reason.
    pub overrides_per_day: i64,
    /// How far, in percent of a budget, the reason `safeguarding` may overdraw it; each overdraft alerts.
    pub safeguarding_overdraft_percent: i64,
    /// Whether budgets are kept at all; only load tests lift them.
    pub enforced: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            searches_per_hour: 120,
            children_per_day: 150,
            organisation_searches_per_hour: 3_000,
            organisation_children_per_day: 5_000,
            overrides_per_day: 5,
            safeguarding_overdraft_percent: 20,
            enforced: true,
        }
    }
}

/// What every use-case is told of how this index is run.
#[derive(Clone)]
pub struct IndexSettings {
    /// What an area sets of the policy.
    pub policy: PolicySettings,
    /// Which services are sensitive beyond the default.
    pub sensitivity: SensitivityPolicy,
    /// When an entry is ageing and when stale.
    pub freshness: FreshnessLimits,
    /// Budgets.
    pub limits: Limits,
    /// For how many days an ended involvement stays visible to others than its owner.
    pub ended_visible_days: u64,
    /// The secret of the search keys.
    pub keys: KeySecret,
}
