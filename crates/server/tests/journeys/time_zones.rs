//! China Standard Time wherever the server stands (AT-4): the date edges hold again with the machine's clock set to a zone
//! far behind and to one far ahead.

use std::process::Command;

/// Journeys that stand on the last second of a day and on the first after it.
const EDGES: [&str; 7] = [
    "year_edges::the_first_receipt_counts_for_what_is_returned::sqlite",
    "year_edges::a_late_city_harms_no_station::sqlite",
    "year_edges::a_deadline_on_a_sunday_rolls_to_the_monday::sqlite",
    "inspecting::a_year_from_its_opening_to_the_archive::sqlite",
    "admission::an_association_goes_through_its_city_to_acceptance::sqlite",
    "selection::from_applications_to_stations::sqlite",
    "adjustment::a_station_is_revoked_only_after_notice_time_and_decision::sqlite",
];

#[test]
fn every_date_edge_holds_wherever_the_server_stands() {
    let own = std::env::current_exe().expect("this test's program");
    for zone in ["America/New_York", "Pacific/Kiritimati"] {
        let output = Command::new(&own).arg("--exact").args(EDGES).env("TZ", zone).output().expect("started");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{zone}: {said}");
        // None was passed over because its name changed.
        assert!(said.contains(&format!("{} passed", EDGES.len())), "{zone}: {said}");
    }
}
