//! The tables of localities.

diesel::table! {
    team_district (organisation_id, district) {
        organisation_id -> Text,
        district -> Text,
        team_id -> Text,
    }
}
