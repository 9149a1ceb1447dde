//! The form that a caller asks for by the header `Accept`.

use actix_web::HttpRequest;
use actix_web::http::header;

/// The form that a request asks for most; `usual` where it names none of them.
pub(super) fn wanted<F: Copy>(request: &HttpRequest, forms: &[(&str, F)], usual: F) -> F {
    let all = request.headers().get_all(header::ACCEPT).filter_map(|value| value.to_str().ok());
    best(&all.collect::<Vec<_>>().join(","), forms, usual)
}

/// The form that a header's value asks for most; `usual` where it names none of them.
pub(super) fn best<F: Copy>(accept: &str, forms: &[(&str, F)], usual: F) -> F {
    let mut best = (0_u16, usual);
    for range in accept.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let media = parts.next().unwrap_or_default();
        let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(1_000, thousandths);
        let named = forms.iter().find(|(name, _)| name.eq_ignore_ascii_case(media));
        if let Some((_, form)) = named
            && weight > best.0
        {
            best = (weight, *form);
        }
    }
    best.1
}

/// A weight between 0 and 1 with up to three digits, in thousandths; 0 where it is none.
fn thousandths(weight: &str) -> u16 {
    let (whole, fraction) = weight.split_once('.').unwrap_or((weight, ""));
    let digits = format!("{fraction:0<3}");
    match (whole, digits.parse::<u16>()) {
        ("1", Ok(0)) => 1_000,
        ("0", Ok(fraction)) if digits.len() == 3 => fraction,
        _ => 0,
    }
}
