//! How single fields of a bulk line are read and written: days in one strict spelling, texts without surrounding space,
//! and the pseudo-postcodes.

use std::fmt;

use chrono::{Datelike, NaiveDate};
use serde::de::{Deserializer, Error, Visitor};

/// Reads `YYYY-MM-DD` and nothing else; chrono alone would also take `2015-3-2`.
fn parse_day(text: &str) -> Option<NaiveDate> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *<&[u8; 10]>::try_from(text.as_bytes()).ok()? else {
        return None;
    };
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_u32, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + u32::from(digit - b'0')))
    };
    let year = i32::try_from(number(&[y1, y2, y3, y4])?).ok()?;
    NaiveDate::from_ymd_opt(year, number(&[m1, m2])?, number(&[d1, d2])?)
}

/// The ten characters of a day between the years 0 and 9999; a bulk line holds no other.
fn write_day(day: NaiveDate) -> Option<[u8; 10]> {
    let digit = |number: u32, unit: u32| u8::try_from(number / unit % 10).ok().map(|digit| digit + b'0');
    let year = u32::try_from(day.year()).ok().filter(|year| *year <= 9999)?;
    let (month, day) = (day.month(), day.day());
    Some([
        digit(year, 1000)?,
        digit(year, 100)?,
        digit(year, 10)?,
        digit(year, 1)?,
        b'-',
        digit(month, 10)?,
        digit(month, 1)?,
        b'-',
        digit(day, 10)?,
        digit(day, 1)?,
    ])
}

struct Day;

impl Visitor<'_> for Day {
    type Value = NaiveDate;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a date, YYYY-MM-DD")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<NaiveDate, E> {
        parse_day(text).ok_or_else(|| E::custom("must be a date, YYYY-MM-DD"))
    }
}

/// A required day.
pub(super) mod day {
    use super::{Day, write_day};
    use chrono::NaiveDate;
    use serde::de::Deserializer;
    use serde::ser::{Error, Serializer};

    pub(in super::super) fn serialize<S: Serializer>(day: &NaiveDate, serializer: S) -> Result<S::Ok, S::Error> {
        let written = write_day(*day);
        let text = written.as_ref().and_then(|bytes| std::str::from_utf8(bytes).ok());
        serializer.serialize_str(text.ok_or_else(|| S::Error::custom("a year beyond 9999"))?)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveDate, D::Error> {
        deserializer.deserialize_str(Day)
    }
}

/// A day that may be absent or null.
pub(super) mod optional_day {
    use super::{Day, Optional};
    use chrono::NaiveDate;
    use serde::de::Deserializer;
    use serde::ser::Serializer;

    pub(in super::super) fn serialize<S: Serializer>(
        day: &Option<NaiveDate>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match day {
            Some(day) => super::day::serialize(day, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<NaiveDate>, D::Error> {
        deserializer.deserialize_option(Optional(Day))
    }
}

/// Lifts a visitor of text to one that also takes null.
struct Optional<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for Optional<V> {
    type Value = Option<V::Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self.0).map(Some)
    }
}

struct Trimmed;

impl Visitor<'_> for Trimmed {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<String, E> {
        Ok(text.trim().to_owned())
    }
}

/// Text without the space around it, which systems that pad their columns leave in their exports.
pub(super) fn trimmed<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    deserializer.deserialize_str(Trimmed)
}

/// As [`trimmed`], where the field may be null; blank counts as absent.
pub(super) fn optional_trimmed<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(deserializer.deserialize_option(Optional(Trimmed))?.filter(|text| !text.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_one_spelling_of_a_day_is_read() {
        assert_eq!(parse_day("2016-02-29"), NaiveDate::from_ymd_opt(2016, 2, 29));
        for wrong in
            ["2015-02-29", "2015-3-02", "02/03/2015", "2015-03-2 ", "20150302", "", "2015-03-02T00:00", "２015-3-02"]
        {
            assert_eq!(parse_day(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn a_day_is_read_as_it_was_written(number in 1_i32..3_652_059) {
            let day = NaiveDate::from_num_days_from_ce_opt(number).unwrap();
            let written = write_day(day).unwrap();
            let text = std::str::from_utf8(&written).unwrap();
            prop_assert_eq!(text, day.to_string());
            prop_assert_eq!(parse_day(text), Some(day));
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC*") {
            let _ = parse_day(&text);
        }
    }
}
