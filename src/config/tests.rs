//! What the settings take and what they refuse.

use super::*;
use std::fs;
use std::path::Path;

fn read(text: &str, variables: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    Settings::from_sources(Some(text), variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

const ISSUER: &str = r#"
    [[auth.issuers]]
    issuer = "https://login.example.org"
    audience = "https://index.example.org"
    jwks_url = "https://login.example.org/keys"
    algorithms = ["ES256", "EdDSA", "RS256"]
"#;

fn refused(text: &str) -> String {
    read(text, &[]).and_then(|settings| settings.check()).unwrap_err().to_string()
}

#[track_caller]
fn assert_refused(text: &str, because: &str) {
    let error = refused(text);
    assert!(error.contains(because), "{error}");
}

#[test]
fn a_plain_file_is_taken() {
    let settings = read(ISSUER, &[]).unwrap();
    settings.check().unwrap();
    assert_eq!(settings.server.bind.to_string(), "127.0.0.1:8080");
    let issuer = &settings.auth.issuers[0];
    assert_eq!(issuer.algorithms, [TokenAlgorithm::Es256, TokenAlgorithm::EdDsa, TokenAlgorithm::Rs256]);
    assert!(issuer.mfa_required);
    assert_eq!(issuer.leeway_seconds, 30);
}

#[test]
fn the_environment_overrides_the_file() {
    let settings = read(
        "[server]\nbind = \"127.0.0.1:1\"\n[limits]\nsearches_per_hour = 5",
        &[
            ("CHILD_INDEX__SERVER__BIND", "127.0.0.1:2"),
            ("CHILD_INDEX__SERVER__BEHIND_PROXY", "true"),
            ("CHILD_INDEX__SERVER__TRUSTED_PROXIES", "[\"10.0.0.0/8\", \"::1/128\"]"),
            ("CHILD_INDEX__DATABASE__URL", "postgres://index:p%40ss@db/index"),
            ("CHILD_INDEX__DATABASE__POOL", "7"),
            ("CHILD_INDEX__AUDIT__ORIGIN", "2026"),
            (
                "CHILD_INDEX__AUTH__ISSUERS",
                "[{issuer = \"i\", audience = \"a\", jwks_file = \"k\", algorithms = [\"EdDSA\"], mfa_required = false}]",
            ),
            ("SOMETHING_ELSE", "x"),
        ],
    )
    .unwrap();
    assert_eq!(settings.server.bind.port(), 2);
    assert_eq!(settings.server.trusted_proxies.len(), 2);
    assert_eq!(settings.database.url.expose(), "postgres://index:p%40ss@db/index");
    assert_eq!((settings.database.pool, settings.audit.origin.as_str()), (Some(7), "2026"));
    assert_eq!((settings.limits.searches_per_hour, settings.auth.issuers[0].mfa_required), (5, false));
}

#[test]
fn unknown_keys_are_refused_by_name() {
    for text in ["[server]\nbinds = \"x\"", "[servers]\nbind = \"127.0.0.1:1\"", "[limits]\nlifted = true"] {
        assert!(refused(text).contains("unknown field"), "{}", refused(text));
    }
    let error = read("", &[("CHILD_INDEX__SERVER__PORT", "1")]).unwrap_err().to_string();
    assert!(error.contains("port"), "{error}");
    assert!(read("", &[("CHILD_INDEX__SERVER__BIND__X", "1")]).is_err());
    assert!(read("", &[("CHILD_INDEX__", "1")]).is_err());
}

#[test]
fn wrong_types_name_their_key() {
    for (text, key) in [
        ("[server]\nbind = \"here\"", "bind"),
        ("[limits]\nsearches_per_hour = -1", "searches_per_hour"),
        ("[limits]\nbody_bytes = \"many\"", "body_bytes"),
        ("[policy]\nnhs_number_sectors = [\"polis\"]", "nhs_number_sectors"),
    ] {
        let error = refused(text);
        assert!(error.contains(key), "{error}");
    }
    assert!(refused("[server").contains("TOML"));
}

#[test]
fn plain_http_beyond_this_machine_is_refused() {
    let open = format!("[server]\nbind = \"0.0.0.0:8080\"\n{ISSUER}");
    assert_refused(&open, "without TLS");
    let proxied = format!("[server]\nbind = \"0.0.0.0:8080\"\nbehind_proxy = true\n{ISSUER}");
    assert_refused(&proxied, "trusted_proxies");
    let named = proxied.replace("behind_proxy = true", "behind_proxy = true\ntrusted_proxies = [\"10.0.0.7\"]");
    read(&named, &[]).unwrap().check().unwrap();
    assert_refused(&named.replace("behind_proxy = true\n", ""), "behind_proxy is not");
    assert_refused(&format!("[server]\ntls_cert = \"c.pem\"\n{ISSUER}"), "belong together");
    assert_refused(&format!("[server]\ntls_client_ca = \"c.pem\"\n{ISSUER}"), "tls_cert");
    assert_refused(&format!("[server]\npublic_url = \"ftp://x\"\n{ISSUER}"), "public_url");
}

#[test]
fn issuers_that_would_take_anybody_are_refused() {
    assert_refused("", "auth.issuers is empty");
    assert_refused(&ISSUER.replace("audience = \"https://index.example.org\"", "audience = \"\""), "no audience");
    assert_refused(&ISSUER.replace("audience = \"https://index.example.org\"\n", ""), "audience");
    for weak in ["HS256", "none", "HS512", "RS1"] {
        assert_refused(&ISSUER.replace("ES256", weak), "not taken");
    }
    assert_refused(&ISSUER.replace("[\"ES256\", \"EdDSA\", \"RS256\"]", "[]"), "no algorithms");
    assert_refused(&format!("{ISSUER}{ISSUER}"), "twice");
    assert_refused(&format!("{ISSUER}\nleeway_seconds = 31"), "leeway");
    assert_refused(&format!("{ISSUER}\njwks_file = \"keys.json\""), "one place");
    assert_refused(&ISSUER.replace("jwks_url = \"https://login.example.org/keys\"", ""), "one place");
    for plain in
        ["http://login.example.org/k", "http://127.0.0.1@evil/k", "http://localhost.evil/k", "file:///k", "https://"]
    {
        assert_refused(&ISSUER.replace("https://login.example.org/keys", plain), "without TLS");
    }
    for local in ["http://127.0.0.1:9/k", "http://localhost/k", "http://[::1]:9/k"] {
        read(&ISSUER.replace("https://login.example.org/keys", local), &[]).unwrap().check().unwrap();
    }
    assert_refused(&ISSUER.replace("https://login.example.org\"", &format!("{LOCAL_ISSUER}\"")), "local issuer");
}

#[test]
fn budgets_cannot_be_set_to_nothing() {
    for key in
        ["searches_per_hour", "children_per_day", "organisation_searches_per_hour", "organisation_children_per_day"]
    {
        assert_refused(&format!("[limits]\n{key} = 0\n{ISSUER}"), "--no-limits");
    }
    assert_refused(&format!("[limits]\nbody_bytes = 100\n{ISSUER}"), "body_bytes");
    assert_refused(&format!("[audit]\norigin = \"a b\"\n{ISSUER}"), "audit.origin");
}

#[cfg(unix)]
fn write_with_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::write(path, "key").unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(unix)]
#[test]
fn key_files_open_to_others_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    for text in [
        format!("{ISSUER}\n[audit]\nkey_file = {key:?}\nhigh_water_file = \"mark\""),
        format!("{ISSUER}\n[search]\nkey_file = {key:?}"),
        format!("[auth]\nlocal_issuer_key = {key:?}"),
    ] {
        for open in [0o640, 0o604, 0o660, 0o620] {
            write_with_mode(&key, open);
            assert_refused(&text, "chmod 600");
        }
        write_with_mode(&key, 0o600);
        read(&text, &[]).unwrap().check().unwrap();
    }
    assert_eq!(read_key_file(&key).unwrap(), b"key");
    fs::remove_file(&key).unwrap();
    assert!(read_key_file(&key).unwrap_err().to_string().contains("cannot be opened"));
    assert!(read_key_file(folder.path()).unwrap_err().to_string().contains("is not a file"));
}

#[cfg(unix)]
#[test]
fn the_local_issuer_stays_on_this_machine() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    write_with_mode(&key, 0o600);
    let text = |bind: &str| format!("[server]\nbind = {bind:?}\n[auth]\nlocal_issuer_key = {key:?}");
    read(&text("127.0.0.1:0"), &[]).unwrap().check().unwrap();
    read(&text("[::1]:0"), &[]).unwrap().check().unwrap();
    assert_refused(&text("0.0.0.0:0"), "demonstration and development");
    let proxied = "behind_proxy = true\ntrusted_proxies = [\"127.0.0.1/32\"]\n[auth]";
    assert_refused(&text("127.0.0.1:0").replace("[auth]", proxied), "demonstration and development");
}

#[test]
fn kinds_of_assessment_are_added_and_none_is_redefined() {
    let kind = |code: &str, more: &str| {
        format!("{ISSUER}\n[[policy.assessment_kinds]]\nkind = {code:?}\nneeds_consent = true\n{more}")
    };
    let settings = read(&kind("young-carer", "shown_as = \"social-care\"\nlinks_to = \"early-help\""), &[]).unwrap();
    settings.check().unwrap();
    assert_eq!(settings.policy.assessment_kinds[0].kind.code(), "young-carer");
    assert_refused(&kind("early-help", ""), "policy.assessment_kinds: the kind early-help is there already");
    assert_refused(&kind("young-carer", "links_to = \"nothing\""), "links to a kind that there is not");
    assert!(read(&kind("Young carer", ""), &[]).is_err() && read(&kind("young-carer", "secret = 1"), &[]).is_err());
}

#[test]
fn whoever_is_asked_to_lead_has_some_days_to_answer() {
    let days = |days: u32| format!("{ISSUER}\n[policy]\nlead_proposal_working_days = {days}");
    for good in [1, 60] {
        read(&days(good), &[]).unwrap().check().unwrap();
    }
    for wrong in [0, 61] {
        assert_refused(&days(wrong), "policy.lead_proposal_working_days must be from 1 to 60");
    }
}

#[test]
fn printing_the_settings_shows_no_password() {
    let settings = read("[database]\nurl = \"postgres://index:hunter2@db/index\"", &[]).unwrap();
    assert!(!format!("{settings:?}").contains("hunter2"));
}
