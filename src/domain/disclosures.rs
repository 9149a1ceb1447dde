//! Disclosures: values sealed together with the events that describe them, opened by the recorder alone.

use crate::domain::audit::events::Event;
use crate::domain::audit::payloads::{ChildShown, Pseudonym};
use crate::domain::policy::{Action, Block, Extent, Permit, Refusal, Visibility};

/// A value that may leave once its events are durable. There is no other way to the value than through the recorder,
/// which commits the events first; so that "not found", "over budget" and "too many" are recorded like answers, what
/// is sealed is most often a `Result<T, Refusal>`.
#[derive(Debug)]
#[must_use = "a disclosure that is dropped answers nobody"]
pub struct Disclosure<T> {
    value: T,
    events: Vec<Event>,
    undoes: bool,
}

/// What a use-case returns: an answer or a refusal, sealed.
pub type Sealed<T> = Disclosure<Result<T, Refusal>>;

impl<T> Disclosure<Result<T, Refusal>> {
    /// An answer about one child, which uses up its permit; `event` says the rest. `blocks` are those the answer is
    /// made of: which of them were shown and withheld follows from the permit and cannot be said wrongly.
    pub fn under<A: Action>(permit: Permit<A>, blocks: &[Block], event: Event, value: T) -> Self {
        let child = describe(permit.pseudonym(), permit.version(), permit.is_delicate(), permit.visibility(), blocks);
        Self { value: Ok(value), events: vec![event.about(child)], undoes: false }
    }

    /// An answer whose event says everything itself: about several children, or about none.
    pub fn with(event: Event, value: T) -> Self {
        Self { value: Ok(value), events: vec![event], undoes: false }
    }

    /// A refusal. Whatever was changed on the way is undone; the event stays.
    pub fn refused(refusal: Refusal, event: Event) -> Self {
        Self { value: Err(refusal), events: vec![event.refused_with(refusal.code())], undoes: true }
    }

    /// Adds an event that happened on the way, such as an alert.
    pub fn also(mut self, event: Event) -> Self {
        self.events.push(event);
        self
    }

    /// Whether the sealed value is a refusal, so that changes made on the way must be undone.
    #[must_use]
    pub fn undoes_changes(&self) -> bool {
        self.undoes
    }
}

impl<T> Disclosure<T> {
    /// Breaks the seal: the events to commit, and the value to hand over once they are. For the recorder alone; a
    /// test of the code's shape holds everybody else to it.
    pub fn release(self) -> (Vec<Event>, T) {
        (self.events, self.value)
    }
}

/// How the log tells what an answer made of `blocks` shows of a child.
pub fn describe(
    pseudonym: Pseudonym,
    version: i64,
    delicate: bool,
    visibility: &Visibility,
    blocks: &[Block],
) -> ChildShown {
    let shown = blocks.iter().filter(|block| visibility.of(**block) > Extent::Nothing);
    let withheld = blocks.iter().filter(|block| !visibility.all(**block));
    ChildShown::new(pseudonym)
        .shown(shown.map(|block| block.code()))
        .withheld(withheld.map(|block| block.code()))
        .at_version(version)
        .by_rules(visibility.rules())
        .protected(delicate)
}
