//! Indicators as they are shown: published cells, and nothing that was not made from them.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::bodies::Breakdown;
use crate::api::codes::{DirectionCode, OutsideIndicatorCode};
use crate::app::indicators::{Line, Report};
use crate::domain::indicators::{Cell, Direction, HalfYear, ImportedIndicator, OutsideIndicator};

/// A published figure.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FigureView {
    /// The locality: a postcode district, `other`, or the area's code for the whole.
    #[schema(example = "BA14")]
    locality: String,
    /// `<10`, or to the nearest five.
    #[schema(value_type = String, pattern = "^(<10|[1-9][0-9]*[05])$", example = "<10")]
    figure: Cell,
}

/// How an indicator moved.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProgressView {
    /// The period before.
    #[schema(value_type = String, example = "2025-H2")]
    since: HalfYear,
    /// The area's figure then; `null` where none was published.
    #[schema(required = true, value_type = Option<String>, example = "45")]
    before: Option<Cell>,
    /// `improved`, `worsened`, `changed`, `unchanged` or `not-comparable`.
    #[schema(example = "improved")]
    change: &'static str,
}

/// An indicator.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct IndicatorView {
    /// Its code.
    #[schema(example = "enquiries")]
    indicator: &'static str,
    /// What is counted; `null` of one from outside, which its source defines.
    #[schema(required = true)]
    definition: Option<&'static str>,
    /// The version of the definition.
    #[schema(example = 1)]
    version: u16,
    /// `index`, or the code of a source outside.
    #[schema(example = "index")]
    source: String,
    /// Which way it should move.
    #[schema(value_type = DirectionCode)]
    direction: Direction,
    /// The figure of the whole area: the sum of the published figures of its localities.
    #[schema(value_type = String, example = "120")]
    total: Cell,
    /// The figures.
    figures: Vec<FigureView>,
    /// How it moved since the period before.
    progress: ProgressView,
}

/// What a chart needs: labels, and for each indicator a number or nothing under each.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChartView {
    /// The localities, in the order of the values.
    labels: Vec<String>,
    /// The indicators.
    series: Vec<SeriesView>,
}

/// The values of an indicator.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SeriesView {
    /// The indicator.
    #[schema(example = "enquiries")]
    name: &'static str,
    /// A value for each label; `null` where it is suppressed or there is none.
    values: Vec<Option<u64>>,
}

/// The indicators of an area for a period.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct IndicatorsView {
    /// The half-year.
    #[schema(value_type = String, example = "2026-H1")]
    period: HalfYear,
    /// The area (ONS code).
    #[schema(example = "E06000054")]
    area: String,
    /// Who answers for the figures; `null` where the area has registered no management team.
    #[schema(required = true, example = "Index management team")]
    owner: Option<String>,
    /// When the figures were frozen.
    frozen_at: DateTime<Utc>,
    /// The day on which they are reviewed.
    review_on: NaiveDate,
    /// The indicators.
    indicators: Vec<IndicatorView>,
    /// The same for a chart.
    chart: ChartView,
}

impl IndicatorsView {
    /// A report, broken down.
    pub(super) fn by(report: Report, by: Breakdown) -> Self {
        let Report { area, period, owner, frozen_at, lines } = report;
        let indicators: Vec<IndicatorView> =
            lines.into_iter().map(|line| IndicatorView::of(line, by, &area, period)).collect();
        let chart = ChartView::of(&indicators);
        Self { period, area, owner, frozen_at: frozen_at.to_utc(), review_on: period.review_on(), indicators, chart }
    }

    /// The figures as CSV (RFC 4180). Every text in it is a code or a number, so that nothing needs quoting.
    pub(super) fn to_csv(&self) -> String {
        let mut csv = "period,area,indicator,version,source,direction,locality,figure\r\n".to_owned();
        for each in &self.indicators {
            for figure in &each.figures {
                let IndicatorView { indicator, version, source, direction, .. } = each;
                let FigureView { locality, figure } = figure;
                csv += &format!(
                    "{},{},{indicator},{version},{source},{direction},{locality},{figure}\r\n",
                    self.period, self.area
                );
            }
        }
        csv
    }
}

impl IndicatorView {
    fn of(line: Line, by: Breakdown, area: &str, period: HalfYear) -> Self {
        let total = line.published.total();
        let figures = match by {
            Breakdown::Area => vec![FigureView { locality: area.to_owned(), figure: total }],
            Breakdown::Locality => {
                let cells = line.published.cells.into_iter();
                cells.map(|(locality, figure)| FigureView { locality, figure }).collect()
            }
        };
        Self {
            indicator: line.code,
            definition: line.definition,
            version: line.version,
            source: line.source,
            direction: line.direction,
            total,
            figures,
            progress: ProgressView { since: period.before(), before: line.before, change: line.change },
        }
    }
}

impl ChartView {
    fn of(indicators: &[IndicatorView]) -> Self {
        let all = indicators.iter().flat_map(|each| &each.figures).map(|figure| figure.locality.clone());
        let mut labels: Vec<String> = all.collect();
        labels.sort_unstable();
        labels.dedup();
        let value = |each: &IndicatorView, label: &String| {
            let of = each.figures.iter().find(|figure| figure.locality == *label)?;
            of.figure.number()
        };
        let series = indicators.iter().map(|each| SeriesView {
            name: each.indicator,
            values: labels.iter().map(|label| value(each, label)).collect(),
        });
        let series = series.collect();
        Self { labels, series }
    }
}

/// What was taken over.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportedView {
    /// The indicator.
    #[schema(value_type = OutsideIndicatorCode)]
    indicator: OutsideIndicator,
    /// Where it comes from.
    #[schema(example = "dfe/eyfsp-2026")]
    source: String,
    /// The figures as they will be published.
    figures: Vec<FigureView>,
}

impl From<ImportedIndicator> for ImportedView {
    fn from(imported: ImportedIndicator) -> Self {
        let cells = imported.published.cells.into_iter();
        let figures = cells.map(|(locality, figure)| FigureView { locality, figure }).collect();
        Self { indicator: imported.indicator, source: imported.source, figures }
    }
}
