//! What anybody may ask of the log to check it: checkpoint, tiles, proofs of growth and of a receipt. Entry bundles are
//! for auditors of the whole log.

mod views;

use actix_web::http::header::ContentType;
use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use serde::Deserialize;
use utoipa::IntoParams;
use validator::Validate;

use super::answers;
use super::audits::AuditHeaders;
use super::extract::{NoQuery, PathOf, ValidQuery};
use super::problems::{Problem, ProblemBody, ProblemCode, ProblemItem};
use super::state::ApiState;
use super::visits::ChildVisitor;
use crate::app::checkpoints::{self as checking, Growth};
use crate::domain::audit::actions::AuditAction;
use crate::domain::audit::receipts::Receipt;
use crate::domain::audit::tiles::{Numbered, TileId, TilePart};
use crate::domain::audit::tree::Hash;

pub use views::{GrowthView, RecordingView};

/// Paths below `/v1` that need no token.
pub const OPEN_PATHS: [&str; 4] =
    ["/v1/audit/checkpoint", "/v1/audit/tile/{level}/{n}", "/v1/audit/consistency", "/v1/audit/receipts/{receipt}"];

/// When to ask again for a checkpoint that is not there, in seconds.
const SOON: u64 = 1;

/// A tile of the tree.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
#[allow(dead_code, reason = "describes the parameters; what reads them takes two texts")]
pub struct TilePath {
    /// The level: 0 for hashes of leaves; above, each hash is the root of a whole tile below.
    #[param(minimum = 0, maximum = 63, example = 0)]
    level: u8,
    /// The tile's number in groups of three digits, all but the last marked `x` (`x001/067`); and `.p/` with a width from
    /// 1 to 255 for the first hashes of a tile that is not full.
    #[param(pattern = r"^(x[0-9]{3}/){0,6}[0-9]{3}(\.p/[1-9][0-9]{0,2})?$", max_length = 40, example = "000.p/1")]
    n: String,
}

/// A bundle of entries.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
#[allow(dead_code, reason = "describes the parameter; what reads it takes a text")]
pub struct BundlePath {
    /// The number of the tile of level 0 whose leaves these are, written like a tile's.
    #[param(pattern = r"^(x[0-9]{3}/){0,6}[0-9]{3}(\.p/[1-9][0-9]{0,2})?$", max_length = 40, example = "000.p/1")]
    n: String,
}

/// A receipt.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
#[allow(dead_code, reason = "describes the parameter; what reads it takes a text")]
pub struct ReceiptPath {
    /// The receipt, as `Audit-Receipt` gave it.
    #[param(
        pattern = r"^(0|[1-9][0-9]{0,18})\.[0-9a-f]{64}$",
        max_length = 84,
        example = "0.e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )]
    receipt: String,
}

/// Between which sizes the log is to be shown to have only grown.
#[derive(Debug, Clone, Copy, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GrowthQuery {
    /// The size of the earlier checkpoint.
    #[validate(range(min = 0, max = 9_007_199_254_740_991_u64))]
    #[param(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 0)]
    from: u64,
    /// The size of the later one, no smaller.
    #[validate(range(min = 0, max = 9_007_199_254_740_991_u64))]
    #[param(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 0)]
    to: u64,
}

/// The log's newest checkpoint
///
/// A signed note (C2SP tlog-checkpoint): the log's origin, its size and its root, signed by the log's key and by the
/// witnesses that have cosigned. Signed at most once a second while the log grows and once a minute regardless. Open to
/// everybody, and leaves no event: it says nothing about anybody. Whoever keeps one can have the log shown to have only
/// grown since.
#[utoipa::path(
    tag = "audit",
    responses(
        (status = 200, description = "The checkpoint.", body = String, content_type = "text/plain"),
        (status = 404, description = "This log is not signed.", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[get("/v1/audit/checkpoint")]
pub async fn read_audit_checkpoint(state: Data<ApiState>, _: NoQuery) -> Result<HttpResponse, Problem> {
    if state.index.is_closed() {
        return Err(Problem::new(ProblemCode::LogNotSigned).retry_after(SOON));
    }
    match checking::read_checkpoint(&state.index).await? {
        Some(note) => Ok(HttpResponse::Ok().content_type(ContentType::plaintext()).body(note)),
        None if state.index.origin().is_some() => Err(Problem::new(ProblemCode::LogNotSigned).retry_after(SOON)),
        None => Err(ProblemCode::NotFound.into()),
    }
}

/// A tile of the log's tree
///
/// Hashes one after the other, 32 bytes each (C2SP tlog-tiles), as far as the newest checkpoint reaches. From tiles any
/// proof can be made, and the root of any checkpoint. Open to everybody, and leaves no event.
#[utoipa::path(
    tag = "audit",
    params(TilePath),
    responses((status = 200, description = "The hashes.", body = Vec<u8>, content_type = "application/octet-stream"))
)]
#[get("/v1/audit/tile/{level}/{n:.*}")]
pub async fn read_audit_tile(
    state: Data<ApiState>,
    PathOf((level, number)): PathOf<(String, String)>,
    _: NoQuery,
) -> Result<HttpResponse, Problem> {
    let part = TilePart::parse(&level, &number).map_err(|_| no_tile("n"))?;
    let hashes = checking::read_tile(&state.index, part).await?.ok_or(ProblemCode::NotFound)?;
    Ok(HttpResponse::Ok().content_type(ContentType::octet_stream()).body(Hash::list_to_bytes(&hashes)))
}

/// A bundle of the log's entries
///
/// For auditors of the whole log (area `E92000001`): the leaves under a tile of level 0, each after its length in two
/// bytes (C2SP tlog-tiles). A leaf holds no personal data, but it tells when something was done anywhere, which action it
/// was and how it ended.
#[utoipa::path(
    tag = "audit",
    params(BundlePath, AuditHeaders),
    responses((status = 200, description = "The leaves.", body = Vec<u8>, content_type = "application/octet-stream"))
)]
#[get("/{n:.*}")]
pub async fn read_audit_entries(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    PathOf(number): PathOf<String>,
    _: NoQuery,
) -> Result<HttpResponse, Problem> {
    let Numbered { number, width } = number.parse().map_err(|_| no_tile("n"))?;
    let part = TilePart { tile: TileId { level: 0, number }, width };
    let visit = visitor.to("read_audit_entries", AuditAction::AuditExport);
    let answer = answers::open(checking::read_leaves(&state.index, visit, part).await)?;
    Ok(answer.map(|leaves| bundle(&leaves)).bytes())
}

/// Proves that the log has only grown
///
/// The consistency proof (RFC 6962, section 2.1.2) between two sizes up to the newest checkpoint's. Open to everybody,
/// and leaves no event.
#[utoipa::path(
    tag = "audit",
    params(GrowthQuery),
    responses((status = 200, description = "The proof.", body = GrowthView))
)]
#[get("/v1/audit/consistency")]
pub async fn prove_audit_consistency(
    state: Data<ApiState>,
    ValidQuery(GrowthQuery { from, to }): ValidQuery<GrowthQuery>,
) -> Result<HttpResponse, Problem> {
    if from > to {
        return Err(invalid("from", "must be no larger than to"));
    }
    match checking::prove_growth(&state.index, from, to).await? {
        Growth::Proved(hashes) => Ok(HttpResponse::Ok().json(GrowthView::new(from, to, &hashes))),
        Growth::Beyond(_) => Err(invalid("to", "must be no larger than the newest checkpoint")),
    }
}

/// Was this access recorded?
///
/// Shows what stands at a receipt's index and proves it under the newest checkpoint (C2SP tlog-proof), so that the
/// answer need not be believed: `child-index audit check-receipt` checks it without the service. An access of the last
/// second may be beyond the newest checkpoint, and answers `404` until the next. Open to whoever holds the receipt,
/// and leaves no event.
#[utoipa::path(
    tag = "audit",
    params(ReceiptPath),
    responses((status = 200, description = "What stands there, and the proof.", body = RecordingView))
)]
#[get("/v1/audit/receipts/{receipt}")]
pub async fn check_audit_receipt(
    state: Data<ApiState>,
    PathOf(receipt): PathOf<String>,
    _: NoQuery,
) -> Result<HttpResponse, Problem> {
    let receipt: Receipt = receipt.parse().map_err(|_| {
        Problem::new(ProblemCode::InvalidParameter).item(ProblemItem::in_parameter(
            "receipt",
            "wrong-form",
            "must be an index, a full stop and 64 lower-case hexadecimal digits",
        ))
    })?;
    let recording = checking::check_receipt(&state.index, receipt).await?.ok_or(ProblemCode::NotFound)?;
    Ok(HttpResponse::Ok().json(RecordingView::from(&recording)))
}

/// Leaves as an entry bundle.
fn bundle(leaves: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for leaf in leaves {
        // A leaf has about 130 bytes, and 1,085 at most.
        bytes.extend_from_slice(&u16::try_from(leaf.len()).unwrap_or(u16::MAX).to_be_bytes());
        bytes.extend_from_slice(leaf);
    }
    bytes
}

fn no_tile(parameter: &'static str) -> Problem {
    Problem::new(ProblemCode::InvalidParameter).item(ProblemItem::in_parameter(
        parameter,
        "wrong-form",
        "must name a tile: a level up to 63, and a number in groups of three digits, as x001/067 or 067.p/12",
    ))
}

fn invalid(name: &'static str, message: &'static str) -> Problem {
    Problem::new(ProblemCode::InvalidParameter).item(ProblemItem::in_parameter(name, "range", message))
}
