//! Explanations: why a search finds a child or does not, field by field, for the management team.

use super::budgets::{self, Standing};
use super::children::resolve;
use super::index::Answer;
use super::searches::{Search, criteria, frequencies, is_findable_as};
use super::{Failure, Index, Session};
use crate::domain::audit::actions::Outcome;
use crate::domain::children::Child;
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::findability::visible_profile;
use crate::domain::handles::ChildRef;
use crate::domain::identifiers::IdentifierSystem;
use crate::domain::index_numbers::IndexNumber;
use crate::domain::matching::{Outcome as Found, Score, Scorer, SearchQuery, rank};
use crate::domain::policy::{self, Block, ExplainMatch, Forbidden, Permit, Refusal};
use crate::domain::visits::Visit;
use crate::store::{children, files};

/// What is compared with a child.
#[derive(Debug, Clone)]
pub struct Explained {
    /// The criteria of a search.
    pub query: SearchQuery,
    /// The system of the identifier among them, which the caller must be allowed to read.
    pub identifier: Option<IdentifierSystem>,
}

/// What speaks for the child and against it.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The number for life.
    pub index_number: IndexNumber,
    /// The evidence, of what the caller may see and a search may find the child by.
    pub score: Score,
    /// Whether a search by these criteria finds the child, were there nobody else.
    pub found: bool,
    /// How the account stands with its explanations.
    pub standing: Option<Standing>,
}

/// The blocks whose contents are compared.
const BLOCKS: [Block; 4] = [Block::Identity, Block::OtherNames, Block::Address, Block::Identifiers];

/// Explains how well a child fits the criteria of a search.
///
/// # Errors
/// [`Failure`] where nothing could be read or recorded.
pub async fn explain_match(
    index: &Index,
    visit: Visit,
    child: ChildRef,
    asked: Explained,
) -> Result<Answer<Explanation>, Failure> {
    index.disclose(visit, move |session| explain(session, child, asked)).await
}

fn explain(session: &mut Session<'_>, child: ChildRef, asked: Explained) -> Result<Sealed<Explanation>, Failure> {
    let search = Search::Facts { query: asked.query, identifier: asked.identifier };
    match explanation(session, child, &search)? {
        Ok(sealed) => Ok(sealed),
        Err(refusal) => {
            let event = session.event(session.visit.action, refusal.outcome()).asking(criteria(&search));
            Ok(Disclosure::refused(refusal, event))
        }
    }
}

fn explanation(
    session: &mut Session<'_>,
    child: ChildRef,
    search: &Search,
) -> Result<Result<Sealed<Explanation>, Refusal>, Failure> {
    let Search::Facts { query, identifier } = search else { return Ok(Err(Refusal::NotFound)) };
    if let Err(refusal) = policy::may_explain(&session.actor) {
        return Ok(Err(refusal));
    }
    if let Some(system) = identifier
        && !policy::may_search_by(&session.actor, system, &session.settings.policy)
    {
        return Ok(Err(Refusal::Forbidden(Forbidden::Identifier)));
    }
    let charge = match budgets::charge_explanation(session)? {
        Ok(charge) => charge,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let id = resolve(session, child)?;
    let Some(file) = files::find(session.conn, id, session.day)? else { return Ok(Err(Refusal::NotFound)) };
    let permit = match policy::decide::<ExplainMatch>(&session.actor, file.subject(), session.day) {
        Ok(permit) => permit,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let more = match budgets::charge_children(session, &[permit.child()])? {
        Ok(charge) => charge,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let (record, _) = file.open(&permit)?;
    let whole = children::get_parts(session.conn, &session.settings.keys, &permit, record)?;
    let index_number = whole.record.index_number;
    let seen = seen_under(session, &permit, whole);
    let frequencies = frequencies(session.conn)?;
    let profile = visible_profile(&seen);
    let score = Scorer::for_query(query, &frequencies).score(&profile);
    let findable = is_findable_as(seen.record.shield.is_some(), &profile, query, &frequencies);
    let found = findable && rank(query, [((), profile)], &frequencies).outcome == Found::Found;
    let event = session.event(session.visit.action, Outcome::Disclosed).asking(criteria(search));
    let value = Explanation { index_number, score, found, standing: charge.standing };
    let sealed = Disclosure::under(permit, &BLOCKS, event, value);
    Ok(Ok(charge.alerts.into_iter().chain(more.alerts).fold(sealed, Disclosure::also)))
}

/// The child as far as the permit shows it: what the caller may not read is not compared either, or a guess at it would
/// be confirmed by its weight.
fn seen_under(session: &Session<'_>, permit: &Permit<ExplainMatch>, mut child: Child) -> Child {
    let visibility = permit.visibility();
    let rule = &session.settings.policy.identifiers;
    child.other_names.retain(|name| visibility.shows(Block::OtherNames, name.supplied_by));
    child.identifiers.retain(|each| visibility.shows_identifier(each.identifier.system(), each.supplied_by, rule));
    if !visibility.shows(Block::Address, child.record.address.supplied_by) {
        child.record.address.postcode = None;
    }
    child
}
