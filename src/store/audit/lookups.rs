//! The few fields of a payload that events are looked up by, read from its text without building the rest.

mod written;

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::Deserialize;

use crate::domain::audit::payloads::{Pseudonym, TokenFingerprint};

/// What a payload is looked up by.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
pub(super) struct LookUp<'a> {
    #[serde(borrow, default)]
    account: Option<Text<'a>>,
    #[serde(borrow, default)]
    organisation: Option<Text<'a>>,
    #[serde(borrow, default)]
    system: Option<Text<'a>>,
    #[serde(borrow, default)]
    on_behalf_of: Option<Text<'a>>,
    #[serde(borrow, default)]
    area: Option<Text<'a>>,
    #[serde(default)]
    children: Vec<LookUpChild>,
    #[serde(default)]
    token: Option<TokenFingerprint>,
}

/// A text that is borrowed wherever it stands without escapes. Within an option, a bare `Cow` never is.
#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl Text<'_> {
    fn as_str(&self) -> &str {
        &self.0
    }
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
struct LookUpChild {
    id: Pseudonym,
}

impl<'a> LookUp<'a> {
    /// Reads a payload; `None` where it is none.
    pub(super) fn read(body: &'a [u8]) -> Option<Self> {
        // Looked through for UTF-8 once, not text by text.
        let text = std::str::from_utf8(body).ok()?;
        Self::as_written(text).or_else(|| serde_json::from_str(text).ok())
    }

    /// Every child, in any order; one named twice comes twice.
    pub(super) fn children(&self) -> impl Iterator<Item = Pseudonym> {
        self.children.iter().map(|child| child.id)
    }

    /// The caller, the acting system and the one on the telephone.
    pub(super) fn accounts(&self) -> impl Iterator<Item = &str> {
        [&self.account, &self.system, &self.on_behalf_of].into_iter().flatten().map(Text::as_str)
    }

    /// Gives every child, each once.
    pub(super) fn children_once(&self, mut give: impl FnMut(Pseudonym)) {
        match self.children.as_slice() {
            // Nearly always there is one, and nothing to put in order.
            [] => {}
            [child] => give(child.id),
            many => many.iter().map(|child| child.id).collect::<BTreeSet<_>>().into_iter().for_each(give),
        }
    }

    /// Gives every account, each once.
    pub(super) fn accounts_once(&self, give: impl FnMut(&str)) {
        let accounts =
            [&self.account, &self.system, &self.on_behalf_of].map(|account| account.as_ref().map(Text::as_str));
        let first = |at: usize| accounts.iter().take(at).all(|before| accounts.get(at) != Some(before));
        let once = (0..accounts.len()).filter(|at| first(*at)).filter_map(|at| accounts.get(at).copied().flatten());
        once.for_each(give);
    }

    /// What the token is recognised by.
    pub(super) const fn token(&self) -> Option<TokenFingerprint> {
        self.token
    }

    /// The caller's area.
    pub(super) fn area(&self) -> Option<&str> {
        self.area.as_ref().map(Text::as_str)
    }

    /// The caller's organisation.
    pub(super) fn organisation(&self) -> Option<&str> {
        self.organisation.as_ref().map(Text::as_str)
    }
}
