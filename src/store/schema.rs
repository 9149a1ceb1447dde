//! The tables as diesel sees them; written by hand and compared with both catalogues by a test.

#![allow(missing_docs, reason = "the columns are documented in the migrations")]

mod audits;
mod child_teams;
mod early_help;
mod leads;
mod loads;
mod localities;
mod panels;
mod partnerships;
mod people;

pub use audits::*;
pub use child_teams::*;
pub use early_help::*;
pub use leads::*;
pub use loads::*;
pub use localities::*;
pub use panels::*;
pub use partnerships::*;
pub use people::*;

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::compact::Id;

    organisation (id) {
        id -> Id,
        code -> Text,
        name -> Text,
        kind -> Text,
        area -> Text,
        sensitive -> Bool,
        accredited_until -> Nullable<Date>,
        version -> BigInt,
        created_at -> BigInt,
        lawful_basis -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::compact::Id;

    team (id) {
        id -> Id,
        organisation_id -> Id,
        code -> Text,
        name -> Text,
        area -> Text,
        sensitive -> Bool,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::compact::Id;

    practitioner (id) {
        id -> Id,
        organisation_id -> Id,
        name -> Text,
        job_title -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::compact::Id;

    route (owner_id, position) {
        owner_id -> Id,
        position -> Integer,
        kind -> Text,
        phone -> Nullable<Text>,
        email -> Nullable<Text>,
        hours -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::compact::Id;

    account (id) {
        id -> Text,
        issuer -> Text,
        subject -> Text,
        name -> Text,
        role -> Text,
        capabilities -> Text,
        sector -> Text,
        organisation_id -> Id,
        area -> Text,
        status -> Text,
        checked_until -> Nullable<Date>,
        trained_until -> Nullable<Date>,
        certified_until -> Nullable<Date>,
        terms_accepted_on -> Nullable<Date>,
        version -> BigInt,
        created_at -> BigInt,
        information_sharing_trained_until -> Nullable<Date>,
        lead_professional_trained_until -> Nullable<Date>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::compact::{Day, Id};

    child (id) {
        id -> BigInt,
        index_number -> Text,
        status -> Text,
        publication -> Text,
        supplied_by -> Id,
        source_key -> Nullable<Text>,
        area -> Text,
        family_name -> Text,
        given_name -> Text,
        date_of_birth -> Nullable<Day>,
        expected_on -> Nullable<Day>,
        died_on -> Nullable<Day>,
        stays_until -> Nullable<Day>,
        sex -> Text,
        address_state -> Text,
        address_intent -> Nullable<Text>,
        address_lines -> Text,
        postcode -> Nullable<Text>,
        address_by -> Id,
        address_held -> Bool,
        shield -> Nullable<Text>,
        sealed -> Bool,
        shielded_at -> Nullable<BigInt>,
        shield_reviewed_at -> Nullable<BigInt>,
        archived_on -> Nullable<Day>,
        merged_into -> Nullable<BigInt>,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::compact::Id;

    child_name (child_id, position) {
        child_id -> BigInt,
        position -> Integer,
        kind -> Text,
        family_name -> Text,
        given_name -> Text,
        supplied_by -> Id,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::compact::Id;

    carer (child_id, position) {
        child_id -> BigInt,
        position -> Integer,
        name -> Text,
        relationship -> Text,
        parental_responsibility -> Bool,
        phone -> Nullable<Text>,
        email -> Nullable<Text>,
        supplied_by -> Id,
        held -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::compact::Id;

    identifier (child_id, position) {
        child_id -> BigInt,
        position -> Integer,
        system -> Text,
        value -> Text,
        status -> Text,
        supplied_by -> Id,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::compact::{Day, Id};

    involvement (child_id, number) {
        child_id -> BigInt,
        number -> Integer,
        service -> Text,
        organisation_id -> Id,
        team_id -> Nullable<Id>,
        practitioner_id -> Nullable<Id>,
        started_on -> Day,
        ended_on -> Nullable<Day>,
        last_confirmed_at -> BigInt,
        lead -> Nullable<Text>,
        ground -> Nullable<Text>,
        ground_given_by -> Nullable<Text>,
        ground_on -> Nullable<Day>,
        withdrawn_at -> Nullable<BigInt>,
        entered_by -> Nullable<Id>,
        entered_under_shield -> Bool,
        version -> BigInt,
        created_at -> BigInt,
        ground_judged -> Nullable<Text>,
        ground_until -> Nullable<Day>,
    }
}

diesel::table! {
    child_key (key, child_id) {
        key -> BigInt,
        child_id -> BigInt,
    }
}

diesel::table! {
    household_key (key, child_id) {
        key -> BigInt,
        child_id -> BigInt,
    }
}

diesel::table! {
    child_case (id) {
        id -> Text,
        child_id -> BigInt,
        kind -> Text,
        area -> Text,
        manager_id -> Nullable<Text>,
        involvement -> Nullable<Integer>,
        opened_at -> BigInt,
        closed_at -> Nullable<BigInt>,
        outcome -> Nullable<Text>,
        closed_by -> Nullable<Text>,
    }
}

diesel::table! {
    child_override (id) {
        id -> Text,
        child_id -> BigInt,
        account_id -> Text,
        token -> Binary,
        ground -> Text,
        warned_at -> BigInt,
        viewed_at -> Nullable<BigInt>,
        case_id -> Nullable<Text>,
    }
}

diesel::table! {
    brokered_contact (id) {
        id -> Text,
        child_id -> BigInt,
        case_id -> Text,
        need -> Text,
        asked_by -> Text,
        state -> Text,
        entry -> Nullable<Integer>,
        decline_reason -> Nullable<Text>,
        outcome -> Nullable<Text>,
        asked_at -> BigInt,
        due_at -> BigInt,
        closed_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    handle (id) {
        id -> Binary,
        account_id -> Text,
        expires_at -> BigInt,
        children -> Binary,
    }
}

diesel::table! {
    idempotency (account_id, operation, key) {
        account_id -> Text,
        operation -> Text,
        key -> Text,
        body_hash -> Binary,
        outcome -> Text,
        reference -> Nullable<Text>,
        created_at -> BigInt,
    }
}

diesel::table! {
    budget (owner_id, kind, window_start) {
        owner_id -> Text,
        kind -> Text,
        window_start -> BigInt,
        used -> BigInt,
    }
}

diesel::table! {
    budget_child (account_id, day, child_id) {
        account_id -> Text,
        day -> Integer,
        child_id -> BigInt,
    }
}

diesel::table! {
    setting (name) {
        name -> Text,
        value -> Text,
    }
}

diesel::table! {
    child_pseudonym (child_id) {
        child_id -> BigInt,
        pseudonym -> Binary,
    }
}

diesel::table! {
    shield_review (child_id) {
        child_id -> BigInt,
        review_on -> Nullable<Date>,
        lift_proposed_by -> Nullable<Text>,
        lift_proposed_at -> Nullable<BigInt>,
        seal_proposed_by -> Nullable<Text>,
        seal_proposed_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::compact::Id;

    mother (child_id) {
        child_id -> BigInt,
        family_name -> Text,
        given_name -> Text,
        date_of_birth -> Nullable<Date>,
        nhs_number -> Nullable<Text>,
        supplied_by -> Id,
    }
}

diesel::table! {
    child_purge (child_id) {
        child_id -> BigInt,
        due_on -> Date,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    organisation,
    team,
    practitioner,
    route,
    account,
    capability_proposal,
    verification_code,
    child,
    child_name,
    carer,
    identifier,
    involvement,
    past_ground,
    lead_proposal,
    lead_term,
    past_lead,
    team_district,
    panel,
    panel_member,
    panel_meeting,
    panel_item,
    partnership,
    partnership_member,
    agreement,
    agreement_default,
    child_team,
    child_team_link,
    team_meeting,
    team_attendance,
    assessment,
    child_restriction,
    carer_shield,
    carer_shield_key,
    child_key,
    household_key,
    child_case,
    child_override,
    brokered_contact,
    handle,
    idempotency,
    budget,
    budget_child,
    setting,
    audit_event,
    audit_payload,
    audit_tile,
    audit_checkpoint,
    audit_head,
    audit_by_child,
    audit_by_account,
    audit_by_organisation,
    audit_by_kind,
    audit_by_token,
    audit_by_area,
    alert,
    alert_event,
    watch,
    watch_day,
    decoy,
    justification,
    child_pseudonym,
    mother,
    shield_review,
    child_purge,
    access_point,
    access_point_district,
    enquiry,
    enquiry_step,
    indicator_period,
    indicator_cell,
    imported_cell,
    unsettled_load,
    unsettled_shield,
    key_list,
    household_list,
);
