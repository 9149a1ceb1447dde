//! Pages of lists: what is on one, and the opaque place at which the next begins.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T, P> {
    /// What is on it.
    pub items: Vec<T>,
    /// The place at which the next page begins; none on the last.
    pub next: Option<P>,
}

impl<T, P> Page<T, P> {
    /// The page of at most `limit` items made of what was read, which is one more where there is a next page; `place`
    /// says where an item stands.
    pub fn of(mut read: Vec<T>, limit: u16, place: impl FnOnce(&T) -> P) -> Self {
        let limit = usize::from(limit);
        let more = read.len() > limit;
        read.truncate(limit);
        let next = if more { read.last().map(place) } else { None };
        Self { items: read, next }
    }

    /// The same page with its items turned into others.
    pub fn map<U>(self, each: impl FnMut(T) -> U) -> Page<U, P> {
        Page { items: self.items.into_iter().map(each).collect(), next: self.next }
    }
}

/// A place in a list ordered by name: the next page comes after it. It holds the name rather than pointing at the row,
/// so that it tells nothing its reader was not shown. Written as base64url.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct After {
    /// The name of the last one shown.
    pub name: String,
    /// Its id, for equal names.
    pub id: Uuid,
}

/// A text that is no place in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the `next` of the page before, as it was sent")]
pub struct NotAPlace;

impl fmt::Display for After {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [self.id.as_bytes().as_slice(), self.name.as_bytes()].concat();
        f.write_str(&URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl FromStr for After {
    type Err = NotAPlace;

    fn from_str(text: &str) -> Result<Self, NotAPlace> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| NotAPlace)?;
        let (id, name) = bytes.split_first_chunk::<16>().ok_or(NotAPlace)?;
        let name = std::str::from_utf8(name).map_err(|_| NotAPlace)?;
        // No stored text holds a NUL, and PostgreSQL does not take one.
        if name.contains('\0') {
            return Err(NotAPlace);
        }
        Ok(Self { name: name.to_owned(), id: Uuid::from_bytes(*id) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_page_says_whether_there_is_another() {
        let page = |count, limit| Page::of((0..count).collect::<Vec<i32>>(), limit, |last| *last);
        assert_eq!(page(0, 2), Page { items: vec![], next: None });
        assert_eq!(page(2, 2), Page { items: vec![0, 1], next: None });
        assert_eq!(page(3, 2), Page { items: vec![0, 1], next: Some(1) });
        assert_eq!(page(3, 2).map(|item| item * 10), Page { items: vec![0, 10], next: Some(1) });
    }

    #[test]
    fn other_texts_are_no_place() {
        for text in ["", "a", "=", "AAAA", "not base64url!", "AAAAAAAAAAAAAAAAAAAAAP8", "AAAAAAAAAAAAAAAAAAAAAAA"] {
            assert_eq!(text.parse::<After>(), Err(NotAPlace), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_place_goes_through_its_text_and_back(id in any::<u128>(), name in "[^\0]{0,40}") {
            let place = After { name, id: Uuid::from_u128(id) };
            prop_assert_eq!(place.to_string().parse(), Ok(place));
        }

        #[test]
        fn no_text_is_read_in_two_ways(text in "\\PC{0,60}") {
            if let Ok(place) = text.parse::<After>() {
                prop_assert_eq!(place.to_string(), text);
            }
        }
    }
}
