//! Chapter two on the screen: stations, their records, their rosters.

use crate::app::Routes;

pub fn routes() -> Routes {
    Routes::default()
}
