//! Which paths and methods exist: the route table, read back from the document that it makes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use actix_web::dev::ResourceDef;
use utoipa::openapi::{OpenApi, PathItem};

/// The paths of the document with their methods. The framework answers a wrong method on a known path with `404`;
/// with this table it is `405` and `Allow`.
pub struct KnownPaths {
    paths: Vec<(ResourceDef, Arc<str>, BTreeSet<&'static str>)>,
    by_pattern: BTreeMap<Arc<str>, BTreeSet<&'static str>>,
}

/// What the table says about a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// An operation; its route pattern.
    Operation(Arc<str>),
    /// A path that takes other methods: its route pattern and the methods, as for `Allow`.
    OtherMethods(Arc<str>, String),
    /// No operation has this path.
    Nothing,
}

impl KnownPaths {
    /// Reads the paths of a document, and adds others that only `GET` reaches (the pages for people).
    pub fn of(document: &OpenApi, pages: &[&str]) -> Self {
        let documented = document.paths.paths.iter().map(|(pattern, item)| (pattern.as_str(), methods(item)));
        let pages = pages.iter().map(|pattern| (*pattern, BTreeSet::from(["GET"])));
        let paths: Vec<_> = documented
            .chain(pages)
            .map(|(pattern, methods)| (ResourceDef::new(pattern), Arc::from(without_expressions(pattern)), methods))
            .collect();
        let by_pattern = paths.iter().map(|(_, pattern, methods)| (Arc::clone(pattern), methods.clone())).collect();
        Self { paths, by_pattern }
    }

    /// What a request reaches. `pattern` is what the framework found by the path alone, which is right but where
    /// patterns overlap (`/children/search` and `/children/{child_id}`).
    pub fn find(&self, pattern: Option<&str>, method: &str, path: &str) -> Found {
        // A path written out is no parameter of another: `/children/search` names no child.
        if let Some((pattern, methods)) = self.by_pattern.get_key_value(path) {
            return if methods.contains(method) {
                Found::Operation(Arc::clone(pattern))
            } else {
                Found::OtherMethods(Arc::clone(pattern), joined(methods.iter().copied()))
            };
        }
        let found =
            pattern.map(without_expressions).and_then(|pattern| self.by_pattern.get_key_value(pattern.as_str()));
        if let Some((pattern, methods)) = found
            && methods.contains(method)
        {
            return Found::Operation(Arc::clone(pattern));
        }
        let matching = || self.paths.iter().filter(|(definition, ..)| definition.is_match(path));
        if let Some((_, pattern, _)) = matching().find(|(.., methods)| methods.contains(method)) {
            return Found::Operation(Arc::clone(pattern));
        }
        let allowed: BTreeSet<_> = matching().chain(None).flat_map(|(.., methods)| methods).copied().collect();
        let tail = found.map(|(pattern, methods)| (pattern, methods.iter().copied()));
        match (matching().next(), tail) {
            (Some((_, pattern, _)), _) => Found::OtherMethods(Arc::clone(pattern), joined(allowed)),
            (None, Some((pattern, methods))) => Found::OtherMethods(Arc::clone(pattern), joined(methods)),
            (None, None) => Found::Nothing,
        }
    }

    /// Every route pattern with its methods.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &BTreeSet<&'static str>)> {
        self.by_pattern.iter().map(|(pattern, methods)| (&**pattern, methods))
    }
}

impl fmt::Debug for KnownPaths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(&self.by_pattern).finish()
    }
}

fn joined(methods: impl IntoIterator<Item = &'static str>) -> String {
    methods.into_iter().collect::<Vec<_>>().join(", ")
}

fn methods(item: &PathItem) -> BTreeSet<&'static str> {
    let of = |method: &'static str, operation: bool| operation.then_some(method);
    [
        of("GET", item.get.is_some()),
        of("PUT", item.put.is_some()),
        of("POST", item.post.is_some()),
        of("PATCH", item.patch.is_some()),
        of("DELETE", item.delete.is_some()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// `/tile/{level}/{n:.*}` as the document writes it: `/tile/{level}/{n}`.
fn without_expressions(pattern: &str) -> String {
    let (mut depth, mut in_expression) = (0_u32, false);
    let mut plain = String::with_capacity(pattern.len());
    for character in pattern.chars() {
        match character {
            '{' => depth = depth.saturating_add(1),
            '}' => depth = depth.saturating_sub(1),
            ':' if depth == 1 => in_expression = true,
            _ => {}
        }
        in_expression &= depth > 0;
        if !in_expression {
            plain.push(character);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use utoipa::openapi::path::{HttpMethod, Operation};

    fn table() -> KnownPaths {
        let mut document = OpenApi::default();
        for (path, method) in [
            ("/v1/children", HttpMethod::Post),
            ("/v1/children/search", HttpMethod::Post),
            ("/v1/children/{child_id}", HttpMethod::Get),
            ("/v1/children/{child_id}", HttpMethod::Patch),
            ("/v1/audit/tile/{level}/{n}", HttpMethod::Get),
        ] {
            document.paths.add_path_operation(path, vec![method], Operation::new());
        }
        KnownPaths::of(&document, &["/docs/{page:.*}"])
    }

    #[test]
    fn operations_are_found_where_patterns_overlap() {
        let table = table();
        let found = |pattern, method, path| match table.find(pattern, method, path) {
            Found::Operation(pattern) => pattern.to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(found(Some("/v1/children/search"), "POST", "/v1/children/search"), "/v1/children/search");
        assert_eq!(
            found(Some("/v1/audit/tile/{level}/{n:.*}"), "GET", "/v1/audit/tile/0/x001/002"),
            "/v1/audit/tile/{level}/{n}"
        );
        assert_eq!(found(Some("/docs/{page:.*}"), "GET", "/docs/a/b"), "/docs/{page}");
    }

    #[test]
    fn a_wrong_method_learns_the_right_ones() {
        let table = table();
        let allowed = |pattern, method, path| match table.find(pattern, method, path) {
            Found::OtherMethods(_, allowed) => allowed,
            other => panic!("{other:?}"),
        };
        assert_eq!(allowed(Some("/v1/children"), "GET", "/v1/children"), "POST");
        assert_eq!(allowed(Some("/v1/children/search"), "DELETE", "/v1/children/search"), "POST");
        assert_eq!(allowed(Some("/v1/children/search"), "GET", "/v1/children/search"), "POST");
        assert_eq!(allowed(Some("/v1/children/{child_id}"), "HEAD", "/v1/children/7"), "GET, PATCH");
        assert_eq!(allowed(Some("/v1/audit/tile/{level}/{n:.*}"), "PUT", "/v1/audit/tile/0/x001/002"), "GET");
        assert_eq!(table.find(None, "GET", "/v1/nothing"), Found::Nothing);
        assert_eq!(table.find(None, "GET", ""), Found::Nothing);
    }

    #[test]
    fn expressions_are_taken_out_of_patterns() {
        for (pattern, plain) in [
            ("/a", "/a"),
            ("/a/{b}/c", "/a/{b}/c"),
            ("/a/{b:.*}", "/a/{b}"),
            ("/a/{b:[0-9]{3}}/c:d", "/a/{b}/c:d"),
            ("/a/{b}:c", "/a/{b}:c"),
        ] {
            let made = without_expressions(pattern);
            assert_eq!(made, plain);
        }
    }
}
