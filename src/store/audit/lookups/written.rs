//! Payloads in the form in which this service writes them: JSON without white space, read several times faster than
//! JSON of any form. Whatever looks otherwise is left to the general reader, and means the same to both.

use std::borrow::Cow;

use super::{LookUp, LookUpChild, Text};
use crate::domain::audit::payloads::{Pseudonym, TokenFingerprint};

/// Values within values, more of them than a payload has.
const DEEPEST: u32 = 8;

impl<'a> LookUp<'a> {
    /// Reads a payload as it was written; `None` where it does not look so, which says nothing of whether it is one.
    pub(super) fn as_written(text: &'a str) -> Option<Self> {
        let mut found = Self::default();
        let mut left = Left(text.as_bytes());
        let mut children = None;
        left.members(|left, name| {
            match name {
                b"account" => once(&mut found.account, left.text(text)?)?,
                b"organisation" => once(&mut found.organisation, left.text(text)?)?,
                b"system" => once(&mut found.system, left.text(text)?)?,
                b"on_behalf_of" => once(&mut found.on_behalf_of, left.text(text)?)?,
                b"area" => once(&mut found.area, left.text(text)?)?,
                b"token" => once(&mut found.token, TokenFingerprint(left.sixteen_bytes()?))?,
                b"children" => once(&mut children, left.children()?)?,
                _ => left.pass(DEEPEST)?,
            }
            Some(())
        })?;
        found.children = children.unwrap_or_default();
        left.0.is_empty().then_some(found)
    }
}

/// No member may come twice.
fn once<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.replace(value).is_none().then_some(())
}

/// What is still to be read.
struct Left<'a>(&'a [u8]);

impl<'a> Left<'a> {
    fn next(&mut self) -> Option<u8> {
        let (next, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*next)
    }

    /// Takes the byte where it stands here.
    fn takes(&mut self, wanted: u8) -> bool {
        let taken = self.0.first() == Some(&wanted);
        if taken {
            self.0 = self.0.get(1..).unwrap_or_default();
        }
        taken
    }

    /// Takes the byte that must stand here.
    fn take(&mut self, wanted: u8) -> Option<()> {
        self.takes(wanted).then_some(())
    }

    /// An object, whose values are read by `value`.
    fn members(&mut self, mut value: impl FnMut(&mut Self, &'a [u8]) -> Option<()>) -> Option<()> {
        self.take(b'{')?;
        if self.takes(b'}') {
            return Some(());
        }
        loop {
            let name = self.string()?;
            self.take(b':')?;
            value(self, name)?;
            match self.next()? {
                b',' => {}
                b'}' => return Some(()),
                _ => return None,
            }
        }
    }

    /// An array, whose values are read by `value`.
    fn values(&mut self, mut value: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.take(b'[')?;
        if self.takes(b']') {
            return Some(());
        }
        loop {
            value(self)?;
            match self.next()? {
                b',' => {}
                b']' => return Some(()),
                _ => return None,
            }
        }
    }

    /// A string without escapes.
    fn string(&mut self) -> Option<&'a [u8]> {
        self.take(b'"')?;
        let length = plain(self.0);
        let (string, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        self.take(b'"')?;
        Some(string)
    }

    /// The same, as a part of `whole`, which was looked through for UTF-8 before.
    fn text(&mut self, whole: &'a str) -> Option<Text<'a>> {
        let string = self.string()?;
        let end = whole.len().checked_sub(self.0.len())?.checked_sub(1)?;
        Some(Text(Cow::Borrowed(whole.get(end.checked_sub(string.len())?..end)?)))
    }

    /// A string of hexadecimal digits.
    fn sixteen_bytes(&mut self) -> Option<[u8; 16]> {
        let mut bytes = [0; 16];
        hex::decode_to_slice(self.string()?, &mut bytes).ok()?;
        Some(bytes)
    }

    fn children(&mut self) -> Option<Vec<LookUpChild>> {
        let mut children = Vec::new();
        self.values(|left| {
            let mut id = None;
            left.members(|left, name| match name {
                b"id" => once(&mut id, Pseudonym(left.sixteen_bytes()?)),
                _ => left.pass(DEEPEST),
            })?;
            children.push(LookUpChild { id: id? });
            Some(())
        })?;
        Some(children)
    }

    /// Passes over one value of any kind.
    fn pass(&mut self, deep: u32) -> Option<()> {
        let deeper = deep.checked_sub(1)?;
        match self.0.first()? {
            b'"' => self.string().map(drop),
            b'{' => self.members(|left, _| left.pass(deeper)),
            b'[' => self.values(|left| left.pass(deeper)),
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            _ => self.number(),
        }
    }

    fn word(&mut self, wanted: &[u8]) -> Option<()> {
        self.0 = self.0.strip_prefix(wanted)?;
        Some(())
    }

    /// A whole number, short enough to be one in any reader.
    fn number(&mut self) -> Option<()> {
        self.takes(b'-');
        let digits = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (number, rest) = self.0.split_at_checked(digits)?;
        self.0 = rest;
        let leading = digits > 1 && number.first() == Some(&b'0');
        ((1..=18).contains(&digits) && !leading).then_some(())
    }
}

/// Bytes before the first that ends a string or would have to be read with care: a quotation mark, a backslash, a
/// control character. Eight at a time, as most strings are longer than that.
fn plain(bytes: &[u8]) -> usize {
    let (chunks, rest) = bytes.as_chunks::<8>();
    let mut passed = 0;
    for chunk in chunks {
        let special = special(u64::from_le_bytes(*chunk));
        if special != 0 {
            // The lowest mark is exact; only those above it may be none.
            return passed + usize::try_from(special.trailing_zeros() / 8).unwrap_or(0);
        }
        passed += 8;
    }
    let last = rest.iter().take_while(|byte| !matches!(byte, b'"' | b'\\' | ..0x20)).count();
    passed + last
}

/// Has the highest bit of a byte set where that byte is special, and of no byte below the first such.
fn special(bytes: u64) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    const HIGHEST: u64 = ONES << 7;
    let below = |bytes: u64, limit: u8| bytes.wrapping_sub(ONES * u64::from(limit)) & !bytes;
    let is = |byte: u8| below(bytes ^ (ONES * u64::from(byte)), 1);
    (below(bytes, 0x20) | is(b'"') | is(b'\\')) & HIGHEST
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::store::audit::examples::example;

    /// Payloads as they are written, and what is nearly one.
    fn near() -> impl Strategy<Value = String> {
        let word = prop_oneof![
            "[a-z0-9-]{0,40}",
            "\\PC{0,12}",
            Just("0123456789abcdef0123456789abcdef".to_owned()),
            Just("E06000054".to_owned()),
        ];
        let quoted = word.prop_map(|word| serde_json::to_string(&word).unwrap());
        let scalar = prop_oneof![
            4 => quoted,
            1 => any::<i64>().prop_map(|number| number.to_string()),
            1 => prop_oneof![Just("true"), Just("false"), Just("null"), Just("-0"), Just("01"), Just("1.5e3"), Just("-")]
                .prop_map(str::to_owned),
        ];
        let name = prop_oneof![
            Just("account"),
            Just("organisation"),
            Just("system"),
            Just("on_behalf_of"),
            Just("area"),
            Just("token"),
            Just("children"),
            Just("id"),
            Just("criteria"),
            Just("a\\u0062"),
        ];
        let object = move |inner: BoxedStrategy<String>| {
            prop::collection::vec((name.clone(), inner), 0..6).prop_map(|members| {
                let members: Vec<_> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
                format!("{{{}}}", members.join(","))
            })
        };
        let within = object.clone();
        let value = scalar.prop_recursive(3, 24, 4, move |inner| {
            let list = prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(",")));
            prop_oneof![list, within(inner.boxed())]
        });
        object(value.boxed())
    }

    fn in_general(text: &str) -> Option<LookUp<'_>> {
        serde_json::from_str(text).ok()
    }

    #[test]
    fn what_is_written_is_read_the_fast_way() {
        for number in 0..40 {
            let body = example(number).payload.to_bytes().unwrap();
            let text = std::str::from_utf8(&body).unwrap();
            let read = LookUp::as_written(text);
            assert!(read.is_some(), "{text}");
            assert_eq!(read, in_general(text));
        }
    }

    #[test]
    fn every_special_byte_is_found_wherever_it_stands() {
        for special in (0..=255_u8).filter(|byte| matches!(byte, b'"' | b'\\' | ..0x20)) {
            for filling in [b' ', b'!', b'#', b'[', b']', 0x7f, 0x80, 0xa2, 0xdc, 0xff] {
                for at in 0..20 {
                    let mut bytes = [filling; 20];
                    bytes[at] = special;
                    assert_eq!(plain(&bytes), at, "{special:02x} after {filling:02x}");
                    assert_eq!(plain(&bytes[..at]), at);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_read_the_fast_way_is_what_the_general_reader_reads(text in near(), change in any::<[u8; 2]>()) {
            let changed = |text: &str| {
                let mut bytes = text.as_bytes().to_vec();
                let length = bytes.len();
                bytes[usize::from(change[0]) % length] = change[1] & 0x7f;
                String::from_utf8(bytes).ok()
            };
            for text in [Some(text.clone()), changed(&text)].into_iter().flatten() {
                if let Some(read) = LookUp::as_written(&text) {
                    prop_assert_eq!(Some(read), in_general(&text), "{}", text);
                }
            }
        }
    }
}
