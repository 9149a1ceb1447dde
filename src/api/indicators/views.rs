//! Indicators as they are shown: published figures, and nothing that was not made from them.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::codes::{BreakdownCode, DirectionCode, OutsideIndicatorCode, ProgressCode, UnitCode};
use crate::app::indicators::{Line, Report};
use crate::domain::indicators::{
    Breakdown, Direction, Figure, HalfYear, ImportedIndicator, OutsideIndicator, Progress, Unit,
};

/// A published figure.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FigureView {
    /// The locality: a postcode district, `other`, or the area's code for the whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "BA14")]
    locality: Option<String>,
    /// Instead of a locality, the sector of those who work there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "health")]
    agency: Option<String>,
    /// A count: `<10`, or to the nearest five. Days or percent: the number, or `suppressed`.
    #[schema(value_type = String, pattern = "^(<10|suppressed|[0-9]+)$", example = "<10")]
    figure: Figure,
}

impl FigureView {
    fn at(locality: String, figure: Figure) -> Self {
        Self { locality: Some(locality), agency: None, figure }
    }

    fn place(&self) -> &str {
        self.locality.as_deref().or(self.agency.as_deref()).unwrap_or_default()
    }
}

/// How an indicator moved.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProgressView {
    /// The period before.
    #[schema(value_type = String, example = "2025-H2")]
    since: HalfYear,
    /// The area's figure then; `null` where none was published, or the indicator meant something else.
    #[schema(required = true, value_type = Option<String>, example = "45")]
    before: Option<Figure>,
    /// `improved`, `worsened`, `changed`, `unchanged` or `not-comparable`.
    #[schema(value_type = ProgressCode)]
    change: Progress,
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
    /// What its figures count.
    #[schema(value_type = UnitCode)]
    unit: Unit,
    /// Which way it should move.
    #[schema(value_type = DirectionCode)]
    direction: Direction,
    /// Who answers for it; `null` where the area has registered no management team.
    #[schema(required = true, example = "Index management team")]
    owner: Option<String>,
    /// The day on which it is reviewed.
    review_on: NaiveDate,
    /// How finely its figures are kept; asked for more finely, or otherwise, it shows the figure of the area.
    #[schema(value_type = BreakdownCode)]
    kept_by: Breakdown,
    /// The figure of the whole area, made of the published figures. Of counts it is the sum of these.
    #[schema(value_type = String, example = "120")]
    total: Figure,
    /// The figures.
    figures: Vec<FigureView>,
    /// How it moved since the period before.
    progress: ProgressView,
}

/// What a chart needs: labels, and for each indicator a number or nothing under each.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChartView {
    /// The places, in the order of the values.
    labels: Vec<String>,
    /// The indicators.
    series: Vec<ValuesView>,
}

/// The values of an indicator.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ValuesView {
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
    pub(super) period: HalfYear,
    /// The area (ONS code).
    #[schema(example = "E06000054")]
    pub(super) area: String,
    /// Who answers for the figures; `null` where the area has registered no management team.
    #[schema(required = true, example = "Index management team")]
    owner: Option<String>,
    /// When the figures were frozen.
    pub(super) frozen_at: DateTime<Utc>,
    /// The day on which they are reviewed.
    review_on: NaiveDate,
    /// The indicators. One that came to be counted after the period was frozen is absent.
    pub(super) indicators: Vec<IndicatorView>,
    /// The same for a chart.
    chart: ChartView,
}

impl IndicatorsView {
    /// A report, broken down.
    pub(super) fn by(report: Report, by: Breakdown) -> Self {
        let Report { area, period, owner, frozen_at, lines } = report;
        let view = |line| IndicatorView::of(line, by, &area, period, owner.clone());
        let indicators: Vec<IndicatorView> = lines.into_iter().map(view).collect();
        let chart = ChartView::of(&indicators);
        Self { period, area, owner, frozen_at: frozen_at.to_utc(), review_on: period.review_on(), indicators, chart }
    }

    /// The figures as CSV (RFC 4180). Every text in it is a code or a number, so that nothing needs quoting.
    pub(super) fn to_csv(&self) -> String {
        let head = "period,area,indicator,version,source,direction,locality,figure,agency,unit,review_on,change\r\n";
        let mut csv = head.to_owned();
        for each in &self.indicators {
            let IndicatorView { indicator, version, direction, unit, review_on, progress, .. } = each;
            let source = no_formula(&each.source);
            for FigureView { locality, agency, figure } in &each.figures {
                let [locality, agency] =
                    [locality, agency].map(|place| no_formula(place.as_deref().unwrap_or_default()));
                csv += &format!(
                    "{},{},{indicator},{version},{source},{direction},{locality},{figure},{agency},{unit},{review_on},{}\r\n",
                    self.period, self.area, progress.change
                );
            }
        }
        csv
    }
}

/// A code that no spreadsheet takes for a formula: those from outside may begin with a hyphen.
fn no_formula(code: &str) -> String {
    if code.starts_with('-') { format!("'{code}") } else { code.to_owned() }
}

impl IndicatorView {
    fn of(line: Line, by: Breakdown, area: &str, period: HalfYear, owner: Option<String>) -> Self {
        let whole = line.published.whole;
        let figures = line.published.figures.into_iter();
        let figures = match line.kept_by {
            Breakdown::Locality if by == line.kept_by => {
                figures.map(|(locality, figure)| FigureView::at(locality, figure)).collect()
            }
            Breakdown::Agency if by == line.kept_by => {
                figures.map(|(agency, figure)| FigureView { locality: None, agency: Some(agency), figure }).collect()
            }
            _ => vec![FigureView::at(area.to_owned(), whole)],
        };
        Self {
            indicator: line.code,
            definition: line.definition,
            version: line.version,
            source: line.source,
            unit: line.unit,
            direction: line.direction,
            owner,
            review_on: period.review_on(),
            kept_by: line.kept_by,
            total: whole,
            figures,
            progress: ProgressView { since: period.before(), before: line.before, change: line.change },
        }
    }
}

impl ChartView {
    fn of(indicators: &[IndicatorView]) -> Self {
        let all = indicators.iter().flat_map(|each| &each.figures).map(|figure| figure.place().to_owned());
        let mut labels: Vec<String> = all.collect();
        labels.sort_unstable();
        labels.dedup();
        let value = |each: &IndicatorView, label: &String| {
            let of = each.figures.iter().find(|figure| figure.place() == label)?;
            of.figure.number()
        };
        let series = indicators.iter().map(|each| ValuesView {
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
        let figures = imported.published.figures.into_iter();
        let figures = figures.map(|(locality, figure)| FigureView::at(locality, figure)).collect();
        Self { indicator: imported.indicator, source: imported.source, figures }
    }
}

/// Series for a chart: a point for each place, and one for each of the two periods.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SeriesOfView {
    /// The half-year.
    #[schema(value_type = String, example = "2026-H1")]
    period: HalfYear,
    /// The area (ONS code).
    #[schema(example = "E06000054")]
    area: String,
    /// How the series are broken down.
    #[schema(value_type = BreakdownCode)]
    by: Breakdown,
    /// When the figures were frozen.
    frozen_at: DateTime<Utc>,
    /// One for each indicator.
    series: Vec<SeriesView>,
}

/// The series of an indicator.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SeriesView {
    /// The indicator.
    #[schema(example = "enquiries")]
    indicator: &'static str,
    /// What its values count.
    #[schema(value_type = UnitCode)]
    unit: Unit,
    /// Which way it should move.
    #[schema(value_type = DirectionCode)]
    direction: Direction,
    /// A point for each place.
    points: Vec<PointView>,
    /// The figure of the whole area in the period before and in this one.
    trend: Vec<PointView>,
}

/// A point of a series.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PointView {
    /// The place or, in a trend, the half-year.
    #[schema(example = "BA14")]
    label: String,
    /// The published number.
    #[schema(required = true, example = 25)]
    value: Option<u64>,
    /// Why there is none: `suppressed`, since too few stand behind it, or `not-kept`, since the period was frozen before
    /// the indicator came to be counted so, or was never frozen.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, pattern = "^(suppressed|not-kept)$", example = "suppressed")]
    why: Option<&'static str>,
}

impl PointView {
    fn of(label: String, figure: Option<Figure>) -> Self {
        let value = figure.and_then(Figure::number);
        let missing = if figure.is_some() { "suppressed" } else { "not-kept" };
        Self { label, value, why: value.is_none().then_some(missing) }
    }
}

impl SeriesOfView {
    /// What a report shows, as series.
    pub(super) fn of(view: IndicatorsView, by: Breakdown) -> Self {
        let IndicatorsView { period, area, frozen_at, indicators, .. } = view;
        let series = indicators.into_iter().map(|each| {
            let points = each.figures.iter();
            SeriesView {
                indicator: each.indicator,
                unit: each.unit,
                direction: each.direction,
                points: points.map(|point| PointView::of(point.place().to_owned(), Some(point.figure))).collect(),
                trend: vec![
                    PointView::of(period.before().to_string(), each.progress.before),
                    PointView::of(period.to_string(), Some(each.total)),
                ],
            }
        });
        Self { period, area, by, frozen_at, series: series.collect() }
    }
}
