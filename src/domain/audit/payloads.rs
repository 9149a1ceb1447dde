//! The payload of an event: who, about whom, what was asked, shown and withheld. Personal, salted, erasable.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::domain::codes::codes;

/// A code kept as text, because the log outlives the vocabularies it speaks.
pub type CodeText = Cow<'static, str>;

/// The name of a child within the log: 128 random bits whose mapping stands in its own table, so that purging a child
/// needs no change to the log. Written as 32 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pseudonym(#[serde(with = "hex::serde")] pub [u8; 16]);

impl fmt::Display for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl FromStr for Pseudonym {
    type Err = NotAPseudonym;

    fn from_str(text: &str) -> Result<Self, NotAPseudonym> {
        let mut bytes = [0; 16];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| NotAPseudonym)?;
        Ok(Self(bytes))
    }
}

impl TryFrom<&[u8]> for Pseudonym {
    type Error = NotAPseudonym;

    fn try_from(bytes: &[u8]) -> Result<Self, NotAPseudonym> {
        bytes.try_into().map(Self).map_err(|_| NotAPseudonym)
    }
}

/// A text or a blob that is no pseudonym.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a pseudonym is 32 hexadecimal digits")]
pub struct NotAPseudonym;

/// What a token is recognised by without being kept: the first 128 bits of its SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TokenFingerprint(#[serde(with = "hex::serde")] pub [u8; 16]);

impl TokenFingerprint {
    /// The fingerprint of a token as it was sent.
    pub fn of(token: &str) -> Self {
        let mut fingerprint = [0; 16];
        for (to, from) in fingerprint.iter_mut().zip(Sha256::digest(token.as_bytes())) {
            *to = from;
        }
        Self(fingerprint)
    }
}

/// One child in an event, and which parts of the record were shown: names of blocks, never values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChildShown {
    /// The child's name within the log.
    #[serde(rename = "id")]
    pub pseudonym: Pseudonym,
    /// Codes of the blocks that were shown; empty when nothing was disclosed about this child.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shown: Vec<CodeText>,
    /// Codes of the blocks that were withheld.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<CodeText>,
    /// Version of the record that was shown or changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    /// Codes of the capacities in which the caller looked: the columns of the policy's table that decided.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<CodeText>,
    /// Whether the record was shielded or sensitive then: auditors without clearance see the pseudonym only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub protected: bool,
}

impl ChildShown {
    /// A child the event is about, with nothing shown yet.
    pub const fn new(pseudonym: Pseudonym) -> Self {
        Self { pseudonym, shown: Vec::new(), withheld: Vec::new(), version: None, rules: Vec::new(), protected: false }
    }

    /// The blocks that were shown.
    #[must_use]
    pub fn shown<C: Into<CodeText>>(mut self, blocks: impl IntoIterator<Item = C>) -> Self {
        self.shown = blocks.into_iter().map(Into::into).collect();
        self
    }

    /// The blocks that were withheld.
    #[must_use]
    pub fn withheld<C: Into<CodeText>>(mut self, blocks: impl IntoIterator<Item = C>) -> Self {
        self.withheld = blocks.into_iter().map(Into::into).collect();
        self
    }

    /// The version of the record that was shown or changed.
    #[must_use]
    pub const fn at_version(mut self, version: i64) -> Self {
        self.version = Some(version);
        self
    }

    /// The capacities in which the caller looked.
    #[must_use]
    pub fn by_rules<C: Into<CodeText>>(mut self, rules: impl IntoIterator<Item = C>) -> Self {
        self.rules = rules.into_iter().map(Into::into).collect();
        self
    }

    /// Marks the child as shielded or sensitive at that moment.
    #[must_use]
    pub const fn protected(mut self, protected: bool) -> Self {
        self.protected = protected;
        self
    }
}

codes! {
    /// What an action that is not about a child was aimed at.
    pub enum TargetKind {
        /// An account.
        Account => "account",
        /// An organisation.
        Organisation => "organisation",
        /// A team.
        Team => "team",
        /// A practitioner.
        Practitioner => "practitioner",
        /// An involvement, by its number within the child.
        Involvement => "involvement",
        /// An assessment, by its number within the child.
        Assessment => "assessment",
        /// A transfer from one service to another.
        Transfer => "transfer",
        /// A proposal that somebody lead, by its number within the child.
        LeadProposal => "lead-proposal",
        /// A meeting of the team around a child, by its number within the child.
        TeamMeeting => "team-meeting",
        /// A panel.
        Panel => "panel",
        /// A meeting of a panel.
        PanelMeeting => "panel-meeting",
        /// A child on an agenda, by its number within the meeting.
        PanelItem => "panel-item",
        /// A request to be put in touch with a withheld service.
        BrokeredContact => "brokered-contact",
        /// A case of the management team.
        Case => "case",
        /// An event of this log, by its index.
        AuditEvent => "audit-event",
        /// An access point.
        AccessPoint => "access-point",
        /// A partnership.
        Partnership => "partnership",
        /// An information-sharing agreement, by its partnership and number.
        Agreement => "agreement",
        /// An enquiry.
        Enquiry => "enquiry",
        /// An alert.
        Alert => "alert",
        /// A setting, by its name.
        Setting => "setting",
        /// A bulk load or feed, by its name.
        Feed => "feed",
    }
}

/// Something other than a child that an event is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// What it is.
    pub kind: TargetKind,
    /// Its identifier, as the interface writes it.
    pub id: String,
}

/// What was asked, as a small JSON object with sorted keys: the criteria of a search, the limit that was passed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Criteria(BTreeMap<CodeText, Value>);

impl Criteria {
    /// No criteria yet.
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Adds one criterion under the name the interface gives it.
    #[must_use]
    pub fn with(mut self, name: impl Into<CodeText>, value: impl Into<Value>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Adds one criterion if it was given.
    #[must_use]
    pub fn with_some(self, name: impl Into<CodeText>, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Whether nothing was asked.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The criteria in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value))
    }
}

/// A range of events whose payloads were removed, as a redaction event states it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redacted {
    /// First index of the range.
    pub from: u64,
    /// First index after the range.
    pub to: u64,
    /// Code of the retention rule it was done under.
    pub policy: CodeText,
}

/// Everything about an event that may have to be erased one day. Fields are written in this order and absent ones are
/// left out, so that one payload has one text; that text is stored as it was hashed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Payload {
    /// Account of the person, or of the system when it acts by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Uuid>,
    /// Organisation of that account at the time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<Uuid>,
    /// Account of the system that acted for the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<Uuid>,
    /// Account of the person on the telephone, in mediated access.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<Uuid>,
    /// Every child the event is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<ChildShown>,
    /// Area of the account, never of a child.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<CodeText>,
    /// The operation of the interface, or the command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<CodeText>,
    /// Identifier of the request, as echoed to the caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<Uuid>,
    /// What was asked.
    #[serde(default, skip_serializing_if = "Criteria::is_empty")]
    pub criteria: Criteria,
    /// What the event is about besides children.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<Target>,
    /// Code of the refusal given to the caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<CodeText>,
    /// Version of the policy that decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<CodeText>,
    /// Address the request came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<IpAddr>,
    /// What the token is recognised by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenFingerprint>,
    /// The operator of a command, where no account stands behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    /// The range that a redaction removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redacted: Option<Redacted>,
}

impl Payload {
    /// The text that is hashed and stored.
    ///
    /// # Errors
    /// When a criterion cannot be written as JSON, which no value built here brings about.
    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }

    /// Reads a stored payload.
    ///
    /// # Errors
    /// When the bytes are not a payload.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }

    /// How many children something was shown about.
    pub fn children_disclosed(&self) -> u32 {
        let disclosed = self.children.iter().filter(|child| !child.shown.is_empty()).count();
        u32::try_from(disclosed).unwrap_or(u32::MAX)
    }

    /// Whether any child of the event was shielded or sensitive then.
    pub fn is_protected(&self) -> bool {
        self.children.iter().any(|child| child.protected)
    }

    /// Every account an auditor would look this event up by: the caller, the acting system, the one on the telephone.
    pub fn accounts(&self) -> impl Iterator<Item = Uuid> {
        [self.account, self.system, self.on_behalf_of].into_iter().flatten()
    }
}
