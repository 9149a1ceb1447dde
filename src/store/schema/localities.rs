//! The tables of localities.

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::compact::Id;

    team_district (organisation_id, district) {
        organisation_id -> Id,
        district -> Text,
        team_id -> Id,
    }
}
