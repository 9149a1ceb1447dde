//! Locality teams of the demo's first council, which share the area's postcode districts.

use crate::cli::synthesise::{FIRST_AREA, FIRST_COUNCIL};
use crate::domain::ids::TeamId;
use crate::domain::organisations::Team;
use crate::domain::routes::{Route, RouteKind};
use crate::store::connections::AnyConnection;
use crate::store::errors::StoreResult;
use crate::store::{demos, organisations, team_districts, teams};

/// Code, name and telephone of each team.
const LOCALITIES: [(&str, &str, &str); 2] = [
    ("locality-1", "Early Help locality one", "01225 713031"),
    ("locality-2", "Early Help locality two", "01225 713032"),
];

/// Makes up locality teams.
///
/// # Errors
/// As the database's.
pub(super) fn register(conn: &mut AnyConnection) -> StoreResult<()> {
    let Some(council) = organisations::find_by_code(conn, FIRST_COUNCIL)? else { return Ok(()) };
    let districts = demos::list_districts(conn, FIRST_AREA)?;
    for (nth, (code, name, phone)) in LOCALITIES.into_iter().enumerate() {
        let route = Route::parse(RouteKind::Team, Some(phone), None, Some("Mo-Fr 08:30-17:00; PH off"));
        let team = Team {
            id: TeamId::new(),
            organisation: council.id,
            code: code.to_owned(),
            name: name.to_owned(),
            area: council.area.clone(),
            sensitive: false,
            routes: route.into_iter().collect(),
            version: 1,
        };
        teams::insert(conn, &team)?;
        let own = districts.iter().skip(nth).step_by(LOCALITIES.len());
        let own: Vec<String> = own.cloned().collect();
        team_districts::replace(conn, council.id, team.id, &own)?;
    }
    Ok(())
}
