//! From the settings to what the use-cases are told.

use std::path::Path;

use super::{ServerError, key_writing};
use crate::app::{IndexSettings, Limits};
use crate::config::{LimitSettings, PolicySettings, Settings, read_key_file};
use crate::domain::assessments::AssessmentKinds;
use crate::domain::matching::KeySecret;
use crate::domain::policy;
use crate::domain::services::{FreshnessLimits, SensitivityPolicy};

/// Length of the search key, in bytes.
const KEY_LENGTH: usize = 16;

/// What the use-cases are told of these settings; reads the search key.
///
/// # Errors
/// When the search key is not set or cannot be used, or when an entry would be stale before it is ageing.
pub fn index_settings(settings: &Settings) -> Result<IndexSettings, ServerError> {
    let Some(key) = &settings.search.key_file else {
        return Err(ServerError::SearchKey(
            "search.key_file is not set; name a file of mode 0600 with 32 random hexadecimal digits (openssl rand -hex \
             16) and keep it as long as the index."
                .to_owned(),
        ));
    };
    let rules = &settings.policy;
    let freshness = FreshnessLimits::new(rules.ageing_after_days, rules.stale_after_days);
    Ok(IndexSettings {
        policy: policy_of(rules),
        sensitivity: SensitivityPolicy {
            police: rules.police_sensitive,
            probation: rules.probation_sensitive,
            youth_justice: rules.youth_justice_sensitive,
        },
        // The settings were checked for this.
        freshness: freshness.unwrap_or_default(),
        limits: limits_of(&settings.limits),
        ended_visible_days: rules.ended_involvements_shown_days,
        keys: read_search_key(key)?,
    })
}

fn policy_of(rules: &PolicySettings) -> policy::PolicySettings {
    let identifiers = policy::IdentifierRule {
        nhs_number: rules.nhs_number_sectors.clone(),
        pupil_numbers: rules.pupil_number_sectors.clone(),
    };
    policy::PolicySettings {
        identifiers,
        shielded_shows_carers: rules.shielded_shows_carers,
        existence_untold_in: rules.sensitive_existence_untold_in.clone(),
        // The settings were checked for this.
        assessment_kinds: AssessmentKinds::with(rules.assessment_kinds.iter().cloned()).unwrap_or_default(),
        lead_proposal_working_days: rules.lead_proposal_working_days,
    }
}

fn limits_of(limits: &LimitSettings) -> Limits {
    Limits {
        searches_per_hour: limits.searches_per_hour.into(),
        children_per_day: limits.children_per_day.into(),
        organisation_searches_per_hour: limits.organisation_searches_per_hour.into(),
        organisation_children_per_day: limits.organisation_children_per_day.into(),
        overrides_per_day: limits.overrides_per_day.into(),
        safeguarding_overdraft_percent: limits.safeguarding_overdraft_percent.into(),
        enforced: !limits.lifted,
    }
}

fn read_search_key(path: &Path) -> Result<KeySecret, ServerError> {
    let text = read_key_file(path)?;
    let mut key = [0; KEY_LENGTH];
    hex::decode_to_slice(text.trim_ascii(), &mut key)
        .map_err(|_| ServerError::SearchKey(format!("{} does not hold 32 hexadecimal digits.", path.display())))?;
    Ok(KeySecret::new(key))
}

/// Opens the search key in this file, making one if there is none: the file gets mode 0600. For demonstration and new
/// indexes; an index whose key is lost must be keyed anew.
///
/// # Errors
/// When the file cannot be read or written, is open to others, or holds something else.
pub fn open_search_key(path: &Path) -> Result<KeySecret, ServerError> {
    if !path.exists() {
        let mut key = [0; KEY_LENGTH];
        aws_lc_rs::rand::fill(&mut key)
            .map_err(|_| ServerError::SearchKey("the system gives no random numbers.".to_owned()))?;
        key_writing::write_private(path, format!("{}\n", hex::encode(key)).as_bytes())
            .map_err(|error| ServerError::SearchKey(format!("{} cannot be written: {error}", path.display())))?;
    }
    read_search_key(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SearchSettings;
    use crate::domain::services::Sector;
    use std::fs;

    #[test]
    fn the_use_cases_are_told_what_was_set() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys").join("search");
        let made = open_search_key(&path).unwrap();
        let mut settings = Settings { search: SearchSettings { key_file: Some(path.clone()) }, ..Settings::default() };
        settings.policy.nhs_number_sectors.push(Sector::Education);
        settings.policy.police_sensitive = true;
        settings.limits.searches_per_hour = 7;
        settings.limits.lifted = true;
        let told = index_settings(&settings).unwrap();
        assert_eq!(told.policy.identifiers.nhs_number, [Sector::Health, Sector::Education]);
        assert!(told.sensitivity.police && !told.sensitivity.probation);
        assert_eq!((told.limits.searches_per_hour, told.limits.enforced), (7, false));
        assert_eq!(fs::read_to_string(&path).unwrap().trim().len(), 32);
        assert!(open_search_key(&path).unwrap() == made, "the same key again");
    }

    #[test]
    fn an_index_without_its_key_does_not_start() {
        let none = index_settings(&Settings::default()).err().unwrap().to_string();
        assert!(none.contains("search.key_file") && none.contains("openssl rand"), "{none}");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("search");
        for text in ["", "abc", "zz".repeat(16).as_str(), "00".repeat(17).as_str()] {
            drop(fs::remove_file(&path));
            key_writing::write_private(&path, text.as_bytes()).unwrap();
            let refused = open_search_key(&path).err().unwrap().to_string();
            assert!(refused.contains("32 hexadecimal digits"), "{refused}");
        }
    }

    #[test]
    fn the_defaults_agree() {
        assert_eq!(limits_of(&LimitSettings::default()), Limits::default());
        assert_eq!(policy_of(&PolicySettings::default()), policy::PolicySettings::default());
        let rules = PolicySettings::default();
        assert_eq!(
            FreshnessLimits::new(rules.ageing_after_days, rules.stale_after_days),
            Some(FreshnessLimits::default())
        );
    }
}
