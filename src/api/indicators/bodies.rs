//! Indicators as they are asked for, and as figures from outside are sent.

use std::collections::BTreeMap;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::api::accepts::wanted;
use crate::api::codes::{BreakdownCode, OutsideIndicatorCode, code_schemas};
use crate::api::problems::{Problem, ProblemCode, ProblemItem};
use crate::api::texts::{check_area, check_code};
use crate::domain::codes::codes;
use crate::domain::indicators::{Breakdown, Cell, HalfYear, ImportedIndicator, OutsideIndicator, Published};

codes! {
    /// In which form figures are answered.
    pub enum Form {
        /// JSON.
        Json => "json",
        /// CSV, a line for each figure.
        Csv => "csv",
        /// JSON of series, for a chart.
        Chart => "chart",
    }
}

code_schemas! {
    /// In which form figures are answered: `json`, `csv`, or `chart`.
    FormCode => Form,
}

/// The media type of series for a chart.
pub(super) const CHART: &str = "application/vnd.child-index.chart+json";

/// The form that a header asks for, where the query names none.
#[derive(Debug, Clone, Copy)]
pub struct Accepted(pub(super) Form);

impl FromRequest for Accepted {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let forms = [("application/json", Form::Json), ("text/csv", Form::Csv), (CHART, Form::Chart)];
        ready(Ok(Self(wanted(request, &forms, Form::Json))))
    }
}

/// Which indicators, and in which form.
#[derive(Debug, Clone, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct IndicatorsQuery {
    /// The half-year.
    #[param(value_type = String, pattern = "^20[0-9]{2}-H[12]$", example = "2026-H1")]
    pub period: HalfYear,
    /// How figures are broken down; `area` where absent.
    #[param(value_type = Option<BreakdownCode>, inline, required = false, nullable = false)]
    by: Option<Breakdown>,
    /// In which form; as `Accept` says where absent, and JSON where that names none of them.
    #[param(value_type = Option<FormCode>, inline, required = false, nullable = false)]
    form: Option<Form>,
    /// The area (ONS code); your own where absent.
    #[validate(custom(function = check_area))]
    #[param(required = false, nullable = false, pattern = "^[EJLMNSW][0-9]{8}$", example = "E06000054")]
    pub area: Option<String>,
}

impl IndicatorsQuery {
    /// How figures are broken down.
    pub(super) fn by(&self) -> Breakdown {
        self.by.unwrap_or(Breakdown::Area)
    }

    /// In which form they are answered.
    pub(super) fn form(&self, Accepted(accepted): Accepted) -> Form {
        self.form.unwrap_or(accepted)
    }
}

/// The figures of one indicator from outside: aggregates, never a child.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "period": "2026-H1",
    "indicator": "ready-for-school",
    "source": "dfe/eyfsp-2026",
    "figures": [{"locality": "BA14", "count": 412}, {"locality": "SN12", "count": 7}],
}))]
pub struct ImportBody {
    /// The half-year.
    #[schema(value_type = String, pattern = "^20[0-9]{2}-H[12]$", example = "2026-H1")]
    period: HalfYear,
    /// The indicator.
    #[schema(value_type = OutsideIndicatorCode)]
    indicator: OutsideIndicator,
    /// Where the figures come from, as a code.
    #[validate(length(min = 1, max = 64), custom(function = check_code))]
    #[schema(min_length = 1, max_length = 64, pattern = "^[-A-Za-z0-9_./]+$", example = "dfe/eyfsp-2026")]
    source: String,
    /// The area (ONS code); your own where absent.
    #[validate(custom(function = check_area))]
    #[schema(pattern = "^[EJLMNSW][0-9]{8}$", example = "E06000054")]
    area: Option<String>,
    /// The figures by locality, each locality once.
    #[validate(length(min = 1, max = 200), nested)]
    #[schema(min_items = 1, max_items = 200)]
    figures: Vec<FigureBody>,
}

/// A figure.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FigureBody {
    /// The locality: a postcode district, or another code.
    #[validate(length(min = 1, max = 20), custom(function = check_code))]
    #[schema(min_length = 1, max_length = 20, pattern = "^[-A-Za-z0-9_./]+$", example = "BA14")]
    locality: String,
    /// The count.
    #[validate(range(max = 10_000_000))]
    #[schema(minimum = 0, maximum = 10_000_000, example = 412)]
    count: u32,
}

impl ImportBody {
    /// The area, the period and the indicator.
    pub(super) fn into_parts(self) -> Result<(Option<String>, HalfYear, ImportedIndicator), Problem> {
        let mut cells = BTreeMap::new();
        for (index, figure) in self.figures.into_iter().enumerate() {
            if cells.insert(figure.locality, Cell::of(figure.count.into())).is_some() {
                let item = ProblemItem::at(format!("/figures/{index}/locality"), "contradiction", "is given twice");
                return Err(Problem::new(ProblemCode::InvalidBody).item(item));
            }
        }
        let published = Published::of_cells(cells);
        Ok((self.area, self.period, ImportedIndicator { indicator: self.indicator, source: self.source, published }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::openapi::tests::example;

    #[test]
    fn the_example_of_the_document_is_taken_and_suppressed_on_its_way_in() {
        let (area, period, imported) = example::<ImportBody>().into_parts().unwrap();
        assert_eq!((area, period.to_string()), (None, "2026-H1".to_owned()));
        let cells: Vec<String> = imported.published.figures.values().map(ToString::to_string).collect();
        assert_eq!(cells, ["410", "<10"]);
    }
}
