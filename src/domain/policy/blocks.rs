//! The table of who sees which block of a record: data, printed whole by a test.

use chrono::NaiveDate;

use super::agreements::Bounds;
use super::settings::IdentifierRule;
use crate::domain::codes::codes;
use crate::domain::identifiers::IdentifierSystem;
use crate::domain::ids::OrganisationId;
use crate::domain::partnerships::DefaultVisibility;
use crate::domain::services::{Sector, Service};

codes! {
    /// A block of a record, seen or withheld as one. Name, sex, date of birth and index number are `identity`.
    pub enum Block {
        /// Current name, sex, date of birth, index number.
        Identity => "identity",
        /// Former names and aliases.
        OtherNames => "other-names",
        /// Address.
        Address => "address",
        /// Carers and their contacts.
        Carers => "carers",
        /// Universal and additional involvements with their routes.
        Involvements => "involvements",
        /// Assessments: existence, kind, holder.
        Assessments => "assessments",
        /// Of what kind an assessment is, where that says more than an ordinary reader needs.
        AssessmentKinds => "assessment-kinds",
        /// Sensitive involvements; not shown they still have their existence told.
        Sensitive => "sensitive",
        /// Identifiers.
        Identifiers => "identifiers",
        /// Consent grounds, sources, metadata.
        Metadata => "metadata",
        /// The mother of a child recorded before birth.
        Mother => "mother",
    }
}

codes! {
    /// In what capacity somebody looks; several may apply at once and the widest holds for each block.
    pub enum Column {
        /// Any practitioner.
        Practitioner => "practitioner",
        /// A practitioner whose organisation works with the child.
        WithRelationship => "with-relationship",
        /// A member of an organisation that supplied something.
        OwnEntries => "own-entries",
        /// The holder of an override, this viewing.
        Override => "override",
        /// The management team of the child's area.
        Management => "management",
        /// A manager of another area, working an open broker case.
        Broker => "broker",
        /// The archive capability, for a named legal purpose.
        Archive => "archive",
    }
}

codes! {
    /// How much of a block is seen.
    pub enum Extent {
        /// Nothing.
        Nothing => "no",
        /// That something exists, never what, how many, who or where.
        Existence => "existence",
        /// What the caller's organisation supplied itself, and the existence of more where existence is told.
        Own => "own",
        /// What the caller's sector may read, by setting.
        BySector => "by-sector",
        /// Everything, inside an open case of the management team.
        InCase => "in-case",
        /// Everything.
        All => "yes",
    }
}

/// What a column sees of a block: the table of `Who sees what`.
#[must_use]
pub const fn cell(block: Block, column: Column) -> Extent {
    use Column as C;
    use Extent::{All, BySector, Existence, InCase, Nothing, Own};
    match (block, column) {
        (Block::Identity | Block::Involvements | Block::Assessments, _) => All,

        (Block::AssessmentKinds, C::Practitioner | C::Broker) => Nothing,
        (Block::AssessmentKinds, C::OwnEntries) => Own,
        (Block::AssessmentKinds, C::WithRelationship | C::Override | C::Management | C::Archive) => All,

        (Block::OtherNames, C::Practitioner | C::Broker) => Nothing,
        (Block::OtherNames, C::OwnEntries) => Own,
        (Block::OtherNames, C::WithRelationship | C::Override | C::Management | C::Archive) => All,

        (Block::Address | Block::Carers, C::Practitioner | C::Broker) => Nothing,
        (Block::Address | Block::Carers, C::OwnEntries) => Own,
        (Block::Address | Block::Carers, C::WithRelationship | C::Override | C::Management | C::Archive) => All,

        (Block::Sensitive, C::Practitioner | C::WithRelationship | C::Override) => Existence,
        (Block::Sensitive, C::OwnEntries) => Own,
        (Block::Sensitive, C::Management | C::Broker) => InCase,
        (Block::Sensitive, C::Archive) => All,

        (Block::Identifiers, C::Practitioner | C::WithRelationship) => BySector,
        (Block::Identifiers, C::OwnEntries) => Own,
        (Block::Identifiers, C::Override | C::Broker) => Nothing,
        (Block::Identifiers, C::Management | C::Archive) => All,

        // Of those with a relationship the ones who work before birth; to nobody else is it told that there is any.
        (Block::Mother, C::Practitioner | C::Override | C::Broker) => Nothing,
        (Block::Mother, C::WithRelationship) => BySector,
        (Block::Mother, C::OwnEntries) => Own,
        (Block::Mother, C::Management | C::Archive) => All,

        (Block::Metadata, C::Practitioner | C::WithRelationship | C::Override | C::Broker) => Nothing,
        (Block::Metadata, C::OwnEntries) => Own,
        (Block::Metadata, C::Management | C::Archive) => All,
    }
}

/// What a column sees of a block of a shielded record, and no more than [`cell`] gives: the last row but one of the
/// table. `own` holds only until the management team has confirmed the shield.
#[must_use]
pub const fn shielded_cell(block: Block, column: Column) -> Extent {
    match (block, column) {
        (Block::Identity, _) => Extent::All,
        (_, Column::Practitioner | Column::WithRelationship | Column::Broker) => Extent::Nothing,
        (_, Column::OwnEntries) => Extent::Own,
        (_, Column::Management) => Extent::InCase,
        (_, Column::Override | Column::Archive) => cell(block, column),
    }
}

/// How much of each block one actor sees, and which entries are its own. Resolved: `in-case` has become what it comes
/// to for this actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    extents: [Extent; Block::ALL.len()],
    organisation: OrganisationId,
    sector: Sector,
    capacities: [bool; Column::ALL.len()],
    reviews: bool,
    shields: bool,
}

impl View {
    /// The view of an actor of `organisation` and `sector` with an extent for each block.
    #[must_use]
    pub fn new(organisation: OrganisationId, sector: Sector, extent: impl Fn(Block) -> Extent) -> Self {
        let mut extents = [Extent::Nothing; Block::ALL.len()];
        for (slot, block) in extents.iter_mut().zip(Block::ALL) {
            *slot = extent(*block);
        }
        Self { extents, organisation, sector, capacities: [false; Column::ALL.len()], reviews: false, shields: false }
    }

    /// The same view, saying in which capacities its actor looked.
    #[must_use]
    pub fn in_capacities(mut self, capacities: &[Column]) -> Self {
        for (slot, column) in self.capacities.iter_mut().zip(Column::ALL) {
            *slot = capacities.contains(column);
        }
        self
    }

    /// The same view, saying whether its actor decides what is done with what is held: inside a case taken for it.
    #[must_use]
    pub fn reviewing(self, reviews: bool) -> Self {
        Self { reviews, ..self }
    }

    /// The same view, saying whether its actor decides about shields: inside a case taken for it.
    #[must_use]
    pub fn shielding(self, shields: bool) -> Self {
        Self { shields, ..self }
    }

    /// Whether no agreement takes anything from what this view shows of what `supplied_by` supplied: for whom a sensitive
    /// entry of it would be shown.
    fn is_unbound(&self, supplied_by: OrganisationId) -> bool {
        let free = [Column::Management, Column::Broker, Column::Archive];
        let looks =
            |column: &Column| self.capacities.iter().zip(Column::ALL).any(|(held, each)| *held && each == column);
        supplied_by == self.organisation || free.iter().any(looks)
    }

    fn of(&self, block: Block) -> Extent {
        let extents = Block::ALL.iter().zip(self.extents);
        extents.into_iter().find_map(|(each, extent)| (*each == block).then_some(extent)).unwrap_or(Extent::Nothing)
    }

    fn shows(&self, block: Block, supplied_by: OrganisationId) -> bool {
        match self.of(block) {
            Extent::All => true,
            Extent::Own | Extent::BySector => supplied_by == self.organisation,
            Extent::Nothing | Extent::Existence | Extent::InCase => false,
        }
    }
}

/// How much of each block a permit shows: what the person's view shows and, where the person acts through a system or
/// for somebody else, the other's view too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visibility {
    views: Vec<View>,
    /// The agreements that bind those who look, and the day.
    bounds: Option<(Bounds, NaiveDate)>,
}

impl From<View> for Visibility {
    fn from(view: View) -> Self {
        Self { views: vec![view], bounds: None }
    }
}

impl Visibility {
    /// How much of a block is seen.
    #[must_use]
    pub fn of(&self, block: Block) -> Extent {
        self.views.iter().map(|view| view.of(block)).min().unwrap_or(Extent::Nothing)
    }

    /// The capacities in which those who look do so, each once: the rows of the table that decided.
    #[must_use]
    pub fn rules(&self) -> Vec<&'static str> {
        let held = |at: usize| self.views.iter().any(|view| view.capacities.get(at) == Some(&true));
        Column::ALL.iter().enumerate().filter(|(at, _)| held(*at)).map(|(_, column)| column.code()).collect()
    }

    /// Whether the whole block is seen.
    #[must_use]
    pub fn all(&self, block: Block) -> bool {
        self.of(block) == Extent::All
    }

    /// Whether something of the block may be seen, at least for what the caller's organisation supplied.
    #[must_use]
    pub fn some(&self, block: Block) -> bool {
        self.of(block) > Extent::Existence
    }

    /// The same visibility within what agreements leave of it on `day`.
    #[must_use]
    pub(super) fn within(self, bounds: &Bounds, day: NaiveDate) -> Self {
        Self { bounds: (*bounds != Bounds::default()).then(|| (bounds.clone(), day)), ..self }
    }

    /// Whether an item of a block is seen that `supplied_by` supplied. Of involvements and assessments it is seen only
    /// where agreements show every entry of that organisation: what names no service may be of any of them. What is of
    /// one service is asked for by [`Visibility::tells`].
    #[must_use]
    pub fn shows(&self, block: Block, supplied_by: OrganisationId) -> bool {
        let bound = matches!(block, Block::Involvements | Block::Assessments);
        let told = |view: &View| {
            let bounds = self.bounds.as_ref().filter(|_| bound && !view.is_unbound(supplied_by));
            bounds.is_none_or(|(bounds, day)| {
                bounds.tell_of_organisation(view.organisation, supplied_by, *day) == DefaultVisibility::Shown
            })
        };
        !self.views.is_empty() && self.views.iter().all(|view| view.shows(block, supplied_by) && told(view))
    }

    /// How much is told of an entry of a service that `supplied_by` supplied: what is not shown by the table is not told at
    /// all, and of what is shown agreements may take all, or all but that there is one.
    #[must_use]
    pub fn tells(&self, block: Block, supplied_by: OrganisationId, service: Service) -> DefaultVisibility {
        let told = |view: &View| {
            if !view.shows(block, supplied_by) {
                return DefaultVisibility::Withheld;
            }
            let bounds = self.bounds.as_ref();
            match bounds.filter(|_| block != Block::Sensitive && !view.is_unbound(supplied_by)) {
                Some((bounds, day)) => bounds.tell(view.organisation, supplied_by, service, *day),
                None => DefaultVisibility::Shown,
            }
        };
        self.views.iter().map(told).min().unwrap_or(DefaultVisibility::Withheld)
    }

    /// Whether an agreement withholds an entry of a service of `owner` from readers of an organisation, who may then ask to
    /// be put in touch.
    #[must_use]
    pub fn is_withheld_from(&self, reader: OrganisationId, owner: OrganisationId, service: Service) -> bool {
        let bounds = self.bounds.as_ref();
        bounds.is_some_and(|(bounds, day)| {
            reader != owner && bounds.tell(reader, owner, service, *day) != DefaultVisibility::Shown
        })
    }

    /// Whether an item of a block is seen that `supplied_by` supplied and that is held for a person: by who supplied it,
    /// and by whoever decides about it, who would else decide blindly.
    #[must_use]
    pub fn shows_held(&self, block: Block, supplied_by: OrganisationId) -> bool {
        let shown = |view: &View| {
            let mine = supplied_by == view.organisation && view.of(block) > Extent::Existence;
            mine || (view.reviews && view.shows(block, supplied_by))
        };
        !self.views.is_empty() && self.views.iter().all(shown)
    }

    /// Whether a shielded carer is seen whom `supplied_by` supplied: inside a shield case that was taken and, until the
    /// shield is confirmed, by who supplied them. Nobody else sees them, by no capability.
    #[must_use]
    pub fn shows_shielded_carer(&self, supplied_by: OrganisationId, confirmed: bool) -> bool {
        let shown = |view: &View| {
            let mine = supplied_by == view.organisation && view.of(Block::Carers) > Extent::Existence;
            (mine && !confirmed) || (view.shields && view.shows(Block::Carers, supplied_by))
        };
        !self.views.is_empty() && self.views.iter().all(shown)
    }

    /// Whether an identifier of a system is seen that `supplied_by` supplied: all, its own, or by sector.
    #[must_use]
    pub fn shows_identifier(
        &self,
        system: &IdentifierSystem,
        supplied_by: OrganisationId,
        rule: &IdentifierRule,
    ) -> bool {
        let shown = |view: &View| {
            view.shows(Block::Identifiers, supplied_by)
                || (view.of(Block::Identifiers) == Extent::BySector && rule.allows(view.sector, system))
        };
        !self.views.is_empty() && self.views.iter().all(shown)
    }

    /// What both see: the rights of a person acting through a system, or of two people in mediated access.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.views.extend(other.views);
        self
    }
}
