//! A meeting as a calendar takes it (RFC 5545): when, and nothing that leads to the child. A dozen lines are written here
//! rather than by a library, so that what leaves is what stands here.

use crate::app::team_meetings::Invitation;
use crate::domain::instants::Instant;

/// The media type, with the method as RFC 5546 has it repeated there.
pub(super) const MEDIA_TYPE: &str = "text/calendar; charset=utf-8; method=PUBLISH";

/// What every meeting is called in a calendar.
const SUMMARY: &str = "Team around the child meeting";

/// A line is at most so many octets, its end apart; longer ones are folded.
const LONGEST_LINE: usize = 75;

/// Writes a meeting as a file of its own. Whoever publishes is not named: an organiser would lead to the child's area, and
/// nobody is to answer.
pub(super) fn write(invitation: &Invitation) -> String {
    let Invitation { uid, starts_at, ends_at, sequence, changed_at, cancelled } = *invitation;
    let status = if cancelled { "CANCELLED" } else { "CONFIRMED" };
    let lines = [
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        "PRODID:-//Child Index//Meetings//EN".to_owned(),
        "CALSCALE:GREGORIAN".to_owned(),
        "METHOD:PUBLISH".to_owned(),
        "BEGIN:VEVENT".to_owned(),
        format!("UID:{uid}"),
        format!("DTSTAMP:{}", utc(changed_at)),
        format!("DTSTART:{}", utc(starts_at)),
        format!("DTEND:{}", utc(ends_at)),
        format!("SEQUENCE:{sequence}"),
        format!("STATUS:{status}"),
        format!("SUMMARY:{SUMMARY}"),
        "CLASS:CONFIDENTIAL".to_owned(),
        "END:VEVENT".to_owned(),
        "END:VCALENDAR".to_owned(),
    ];
    lines.iter().map(|line| folded(line)).collect()
}

/// An instant in UTC, to the second.
fn utc(at: Instant) -> String {
    at.to_utc().format("%Y%m%dT%H%M%SZ").to_string()
}

/// A line with its end, folded where it is long: the rest goes on after a blank, and no character is cut in two.
fn folded(line: &str) -> String {
    let mut text = String::with_capacity(line.len().saturating_add(2));
    let mut octets = 0_usize;
    for letter in line.chars() {
        if octets.saturating_add(letter.len_utf8()) > LONGEST_LINE {
            text.push_str("\r\n ");
            octets = 1;
        }
        text.push(letter);
        octets = octets.saturating_add(letter.len_utf8());
    }
    text.push_str("\r\n");
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn invitation() -> Invitation {
        let at = |text| Instant::parse(text).unwrap();
        Invitation {
            uid: Uuid::from_u128(7),
            starts_at: at("2026-12-04T14:00:00Z"),
            ends_at: at("2026-12-04T15:30:00Z"),
            sequence: 2,
            changed_at: at("2026-11-20T10:00:00.25Z"),
            cancelled: false,
        }
    }

    #[test]
    fn a_meeting_is_a_file_that_a_calendar_takes() {
        let expected = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Child Index//Meetings//EN\r\nCALSCALE:GREGORIAN\r\n\
                        METHOD:PUBLISH\r\nBEGIN:VEVENT\r\nUID:00000000-0000-0000-0000-000000000007\r\n\
                        DTSTAMP:20261120T100000Z\r\nDTSTART:20261204T140000Z\r\nDTEND:20261204T153000Z\r\nSEQUENCE:2\r\n\
                        STATUS:CONFIRMED\r\nSUMMARY:Team around the child meeting\r\nCLASS:CONFIDENTIAL\r\nEND:VEVENT\r\n\
                        END:VCALENDAR\r\n";
        assert_eq!(write(&invitation()), expected);
        let off = write(&Invitation { cancelled: true, ..invitation() });
        assert_eq!(off, expected.replace("CONFIRMED", "CANCELLED"));
    }

    proptest! {
        #[test]
        fn a_folded_line_is_short_and_unfolds_to_itself(line in "[ -~éß€😀]{0,400}") {
            let text = folded(&line);
            let inner = text.strip_suffix("\r\n").unwrap();
            prop_assert!(inner.split("\r\n").all(|part| part.len() <= LONGEST_LINE));
            prop_assert_eq!(inner.replace("\r\n ", ""), line);
        }
    }
}
