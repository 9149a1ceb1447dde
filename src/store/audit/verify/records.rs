//! The record format of SQLite: one row as it lies in a page, taken apart without copying. Described in section 2.1 of
//! <https://sqlite.org/fileformat2.html>.

use rusqlite::types::ValueRef;

/// A whole number of one to nine bytes, seven bits in each but the ninth, and what follows it.
pub(super) fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (first, mut rest) = bytes.split_first()?;
    // Nearly all are this short.
    if *first < 0x80 {
        return Some((u64::from(*first), rest));
    }
    let mut value = u64::from(first & 0x7f);
    for _ in 0..7 {
        let (next, after) = rest.split_first()?;
        rest = after;
        value = value << 7 | u64::from(next & 0x7f);
        if *next < 0x80 {
            return Some((value, rest));
        }
    }
    let (last, rest) = rest.split_first()?;
    Some((value << 8 | u64::from(*last), rest))
}

/// The columns of a record; `None` where it has fewer or more, or is none at all: then it holds something that no
/// statement shows.
pub(super) fn columns<const N: usize>(record: &[u8]) -> Option<[ValueRef<'_>; N]> {
    let (length, after) = varint(record)?;
    let (header, mut body) = record.split_at_checked(usize::try_from(length).ok()?)?;
    let mut kinds = header.get(record.len().checked_sub(after.len())?..)?;
    let mut values = [ValueRef::Null; N];
    for value in &mut values {
        let (kind, rest) = varint(kinds)?;
        kinds = rest;
        let (read, rest) = self::value(kind, body)?;
        (*value, body) = (read, rest);
    }
    (kinds.is_empty() && body.is_empty()).then_some(values)
}

/// A value of a serial type, and what follows it.
fn value(kind: u64, body: &[u8]) -> Option<(ValueRef<'_>, &[u8])> {
    let whole = |length| {
        let (bytes, rest) = body.split_at_checked(length)?;
        let start = bytes.first().map_or(0, |first| i64::from(first.cast_signed()));
        let number = bytes.iter().skip(1).fold(start, |number, byte| number << 8 | i64::from(*byte));
        Some((ValueRef::Integer(number), rest))
    };
    match kind {
        0 => Some((ValueRef::Null, body)),
        1 => whole(1),
        2 => whole(2),
        3 => whole(3),
        4 => whole(4),
        5 => whole(6),
        6 => whole(8),
        7 => {
            let (bytes, rest) = body.split_first_chunk::<8>()?;
            Some((ValueRef::Real(f64::from_be_bytes(*bytes)), rest))
        }
        8 => Some((ValueRef::Integer(0), body)),
        9 => Some((ValueRef::Integer(1), body)),
        // Reserved, and never in a file.
        10 | 11 => None,
        _ => {
            let (bytes, rest) = body.split_at_checked(usize::try_from((kind - 12) / 2).ok()?)?;
            let value = if kind.is_multiple_of(2) { ValueRef::Blob(bytes) } else { ValueRef::Text(bytes) };
            Some((value, rest))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn whole_numbers_of_every_length_are_read() {
        let cases: [(&[u8], u64); 6] = [
            (&[0x7f], 127),
            (&[0x81, 0x00], 128),
            (&[0xff, 0x7f], 16_383),
            (&[0x81, 0x80, 0x00], 16_384),
            (&[0xff; 9], u64::MAX),
            (&[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x05], 5),
        ];
        for (bytes, number) in cases {
            let more = [bytes, &[0xaa]].concat();
            assert_eq!(varint(&more), Some((number, [0xaa].as_slice())), "{bytes:02x?}");
            assert_eq!(varint(&bytes[..bytes.len() - 1]), None, "{bytes:02x?}");
        }
    }

    #[test]
    fn a_record_is_taken_apart_into_values_of_every_type() {
        let record = [
            [10, 0, 1, 3, 5, 7, 8, 9, 15, 14].as_slice(),
            &[0xfe],
            &[0xff, 0x00, 0x00],
            &[0x00, 0x01, 0x00, 0x00, 0x00, 0x00],
            &1.5_f64.to_be_bytes(),
            b"x",
            &[7],
        ]
        .concat();
        let read: [ValueRef<'_>; 9] = columns(&record).unwrap();
        let expected = [
            ValueRef::Null,
            ValueRef::Integer(-2),
            ValueRef::Integer(-65_536),
            ValueRef::Integer(1 << 32),
            ValueRef::Real(1.5),
            ValueRef::Integer(0),
            ValueRef::Integer(1),
            ValueRef::Text(b"x"),
            ValueRef::Blob(&[7]),
        ];
        assert_eq!(read, expected);
        assert!(columns::<8>(&record).is_none());
        assert!(columns::<10>(&record).is_none());
        for end in 0..record.len() {
            assert!(columns::<9>(&record[..end]).is_none(), "{end}");
        }
        assert!(columns::<9>(&[&record[..], &[0]].concat()).is_none());
        assert!(columns::<1>(&[2, 10]).is_none());
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_odd(bytes: Vec<u8>) {
            let _ = columns::<3>(&bytes);
            if let Some((_, rest)) = varint(&bytes) {
                prop_assert!(rest.len() < bytes.len());
            }
        }
    }
}
