//! Definitions keep their words, and figures are made as they say.

use std::collections::BTreeMap;

use super::*;

#[test]
fn every_definition_that_was_ever_published_keeps_its_words() {
    let mut table = String::new();
    for indicator in Indicator::ALL {
        let (now, unit, by) = (indicator.definition(), indicator.unit(), indicator.kept_by());
        table += &format!("{indicator} ({unit}, by {by}, {})\n", now.direction);
        for version in 1..=now.version {
            table += &format!("  {version}: {}\n", indicator.text_of(version).unwrap());
        }
        assert_eq!(indicator.text_of(now.version), Some(now.text));
        assert_eq!((indicator.text_of(0), indicator.text_of(now.version + 1)), (None, None));
    }
    insta::assert_snapshot!("definitions", table);
}

#[test]
fn an_assessment_follows_within_as_many_days_as_the_definition_says() {
    let text = Indicator::Assessed.definition().text;
    assert!(text.contains(&format!("within {ASSESSED_WITHIN_DAYS} days")), "{text}");
}

#[test]
fn a_share_is_of_figures_that_are_kept_alike() {
    for indicator in Indicator::ALL {
        let Making::Quotient { part, whole } = indicator.making() else { continue };
        for base in [part, whole] {
            assert_eq!((base.making(), base.kept_by()), (Making::Counted, indicator.kept_by()), "{indicator}");
        }
    }
}

#[test]
fn cells_are_suppressed_under_ten_and_rounded_to_five() {
    for (count, cell) in [(0, "<10"), (9, "<10"), (10, "10"), (12, "10"), (13, "15"), (17, "15"), (18, "20")] {
        assert_eq!(Cell::of(count).to_string(), cell, "{count}");
        assert_eq!(cell.parse(), Ok(Cell::of(count)));
    }
    assert!("11".parse::<Cell>().is_err() && "5".parse::<Cell>().is_err());
    assert_eq!(Cell::total([Cell::Few, Cell::About(15), Cell::About(20)]), Cell::About(35));
    assert_eq!(Cell::total([Cell::Few, Cell::Few]), Cell::Few);
}

#[test]
fn a_median_is_told_in_whole_days_and_of_ten_cases_at_least() {
    assert_eq!(Figure::median(vec![1; 9]), Figure::Withheld);
    assert_eq!(Figure::median(vec![0, 0, 0, 0, 1, 2, 9, 9, 9, 9]), Figure::Days(2), "1.5 to the nearest day");
    assert_eq!(Figure::median(vec![9, 9, 9, 9, 9, 3, 0, 0, 0, 0, 0]), Figure::Days(3), "in any order");
    // That of the area is of the places that are published.
    let days = BTreeMap::from([("BA14".to_owned(), vec![4; 10]), ("SN12".to_owned(), vec![90; 9])]);
    let published = Published::of_days(&days);
    assert_eq!((published.figures["SN12"], published.whole), (Figure::Withheld, Figure::Days(4)));
}

#[test]
fn a_share_is_made_of_published_figures() {
    assert_eq!(Figure::share(Cell::of(13), Cell::of(44)), Figure::Percent(33), "15 of 45");
    assert_eq!(Figure::share(Cell::of(9), Cell::of(44)), Figure::Withheld);
    assert_eq!(Figure::share(Cell::of(0), Cell::of(9)), Figure::Withheld);
    let counts = |counts: &[(&str, u64)]| {
        Published::of(&counts.iter().map(|(place, count)| ((*place).to_owned(), *count)).collect())
    };
    let (part, whole) = (counts(&[("BA14", 20), ("SN12", 3)]), counts(&[("BA14", 40), ("SN12", 60)]));
    let share = Published::quotient(&part, &whole);
    assert_eq!((share.figures["BA14"], share.figures["SN12"]), (Figure::Percent(50), Figure::Withheld));
    assert_eq!(share.whole, Figure::Percent(50), "of the places in which both are published");
}

#[test]
fn a_share_of_counts_that_are_not_published_is_withheld_where_part_or_rest_is_few() {
    let share = |part, whole| Published::of_shares(&BTreeMap::from([("BA14".to_owned(), (part, whole))])).whole;
    assert_eq!(share(20, 40), Figure::Percent(50));
    for (part, whole) in [(9, 40), (38, 40), (40, 40), (0, 0)] {
        assert_eq!(share(part, whole), Figure::Withheld, "{part} of {whole}");
    }
}

#[test]
fn figures_go_through_their_text_and_back() {
    for (unit, figure) in [
        (Unit::Count, Figure::Count(Cell::Few)),
        (Unit::Count, Figure::Count(Cell::About(25))),
        (Unit::Days, Figure::Days(7)),
        (Unit::Days, Figure::Withheld),
        (Unit::Percent, Figure::Percent(0)),
        (Unit::Percent, Figure::Withheld),
    ] {
        assert_eq!(Figure::read(unit, &figure.to_string()), Ok(figure));
    }
    for (unit, text) in [(Unit::Count, "suppressed"), (Unit::Count, "7"), (Unit::Days, "<10"), (Unit::Percent, "-1")] {
        assert_eq!(Figure::read(unit, text), Err(NotACell), "{text}");
    }
}

#[test]
fn progress_is_told_only_between_published_figures() {
    let told = |before, now, direction| {
        Progress::between(Some(Figure::Count(Cell::of(before))), Figure::Count(Cell::of(now)), direction)
    };
    assert_eq!(told(20, 40, Direction::Up), Progress::Improved);
    assert_eq!(told(20, 40, Direction::Down), Progress::Worsened);
    assert_eq!(told(20, 40, Direction::Neither), Progress::Changed);
    assert_eq!(told(20, 21, Direction::Down), Progress::Unchanged);
    assert_eq!(told(9, 40, Direction::Up), Progress::NotComparable);
    assert_eq!(Progress::between(None, Figure::Days(3), Direction::Down), Progress::NotComparable);
    assert_eq!(Progress::between(Some(Figure::Days(5)), Figure::Days(3), Direction::Down), Progress::Improved);
}
