//! The pages of an SQLite file in one state of it, and a walk through the rows of a b-tree in them: what stands there,
//! many times faster than by statements. Described in sections 1.3 to 1.6 of <https://sqlite.org/fileformat2.html>.

use rusqlite::types::ValueRef;
use rusqlite::{CachedStatement, Connection};

use super::findings::{Fault, Finding, VerifyError};
use super::records::varint;
use crate::store::errors::StoreError;

/// Where a page of a table's or an index's tree says what it is.
const TABLE_LEAF: u8 = 13;
const TABLE_INTERIOR: u8 = 5;
const INDEX_LEAF: u8 = 10;
const INDEX_INTERIOR: u8 = 2;

/// What a b-tree is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tree {
    /// Rows under numbers, all of them in leaves.
    Numbered,
    /// Rows that are their own key, in leaves and above.
    Keyed,
}

/// What is the same for every page of a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pages {
    /// Bytes of a page that hold something.
    usable: usize,
    /// Pages in the file.
    count: u32,
}

impl Pages {
    /// What the file behind a connection says of its pages, in the transaction that is open; `None` where this SQLite
    /// shows no pages, or the texts in it are in no encoding that is known here.
    pub(super) fn of(file: &Connection) -> Result<Option<Self>, VerifyError> {
        let modules = "SELECT count(*) FROM pragma_module_list WHERE name = 'sqlite_dbpage'";
        if file.query_row(modules, [], |row| row.get::<_, i64>(0))? == 0 {
            return Ok(None);
        }
        let count = file.query_row("SELECT page_count FROM pragma_page_count", [], |row| row.get(0))?;
        let mut first = Vec::new();
        read(&mut file.prepare_cached(PAGE)?, 1, &mut first)?;
        let header = || {
            let reserved = usize::from(*first.get(20)?);
            let utf_8 = number(&first, 56)? == 1;
            Some(Self { usable: first.len().checked_sub(reserved)?, count }).filter(|_| utf_8)
        };
        Ok(header())
    }

    /// Bytes of a row that stand in the page itself, of so many.
    fn kept_in_place(self, tree: Tree, length: usize) -> usize {
        let share = |part: usize| (self.usable.saturating_sub(12) * part / 255).saturating_sub(23);
        let most = match tree {
            Tree::Numbered => self.usable.saturating_sub(35),
            Tree::Keyed => share(64),
        };
        if length <= most {
            return length;
        }
        let least = share(32);
        let fitting = least + length.saturating_sub(least) % self.usable.saturating_sub(4).max(1);
        if fitting <= most { fitting } else { least }
    }
}

const PAGE: &str = "SELECT data FROM sqlite_dbpage WHERE pgno = ?1";

/// Fills `page` with what stands there.
fn read(statement: &mut CachedStatement<'_>, page: u32, into: &mut Vec<u8>) -> Result<(), VerifyError> {
    let mut rows = statement.query([page])?;
    let data = match rows.next()? {
        Some(row) => row.get_ref(0)?,
        None => ValueRef::Null,
    };
    let ValueRef::Blob(data) = data else { return Err(damaged(page)) };
    into.clear();
    into.extend_from_slice(data);
    Ok(())
}

fn damaged(page: u32) -> VerifyError {
    Finding::of(Fault::PageDamaged(page)).into()
}

impl From<rusqlite::Error> for VerifyError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(failed(&error))
    }
}

/// No statement here has a value in it, so no error repeats one.
pub(super) fn failed(error: &rusqlite::Error) -> StoreError {
    StoreError::broken_by("the file of the audit log could not be read", error)
}

/// Where a row lies.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// In the page, from here on so many bytes.
    Page(usize, usize),
    /// In pages of its own, put together.
    Spilled,
}

/// A walk through a b-tree: [`row`](Self::row) is where it stands.
pub(super) struct Walk<'f> {
    pages: Pages,
    tree: Tree,
    statement: CachedStatement<'f>,
    /// Pages that may still be read. No tree has more than its file; one that leads in a circle does.
    left: u32,
    /// Rows with lower numbers are passed over.
    from: i64,
    /// Pages still to visit, the next one last.
    pending: Vec<u32>,
    number: u32,
    page: Vec<u8>,
    /// Rows in the page, and those of them that are done.
    cells: usize,
    done: usize,
    spilled: Vec<u8>,
    row: Option<(i64, Place)>,
}

impl<'f> Walk<'f> {
    /// Goes to the first row of a tree; of a numbered one, to the first that has at least this number.
    pub(super) fn start(
        file: &'f Connection,
        pages: Pages,
        tree: Tree,
        root: u32,
        from: i64,
    ) -> Result<Self, VerifyError> {
        let mut walk = Self {
            pages,
            tree,
            statement: file.prepare_cached(PAGE)?,
            left: pages.count,
            from,
            pending: vec![root],
            number: root,
            page: Vec::new(),
            cells: 0,
            done: 0,
            spilled: Vec::new(),
            row: None,
        };
        walk.advance()?;
        Ok(walk)
    }

    /// The row where the walk stands, with its number (zero in a tree that has none); `None` at the end.
    pub(super) fn row(&self) -> Option<(i64, &[u8])> {
        let (number, place) = self.row?;
        let record = match place {
            Place::Page(at, length) => self.page.get(at..)?.get(..length)?,
            Place::Spilled => &self.spilled,
        };
        Some((number, record))
    }

    /// What to say where the row makes no sense.
    pub(super) fn damaged(&self) -> VerifyError {
        damaged(self.number)
    }

    /// Goes to the next row.
    pub(super) fn advance(&mut self) -> Result<(), VerifyError> {
        self.row = None;
        loop {
            if self.done == self.cells {
                let Some(next) = self.pending.pop() else { return Ok(()) };
                self.turn_to(next)?;
                continue;
            }
            let cell = self.cell(self.done).ok_or_else(|| self.damaged())?;
            self.done += 1;
            if cell.number >= self.from {
                let place =
                    if cell.kept == cell.length { Place::Page(cell.at, cell.length) } else { self.gather(cell)? };
                self.row = Some((cell.number, place));
                return Ok(());
            }
        }
    }

    /// Reads a page of the tree, and notes what is below it.
    fn turn_to(&mut self, page: u32) -> Result<(), VerifyError> {
        self.read(page)?;
        let outline = outline(&self.page, self.tree).ok_or_else(|| self.damaged())?;
        (self.cells, self.done) = (outline.rows, 0);
        if outline.interior {
            self.note_below(outline.cells).ok_or_else(|| self.damaged())?;
        }
        Ok(())
    }

    /// The pages below an interior page, the last one first, so that they are visited in order.
    fn note_below(&mut self, cells: usize) -> Option<()> {
        self.pending.push(number(&self.page, RIGHTMOST)?);
        for at in (0..cells).rev() {
            let (page, rest) = self.page.get(pointer(&self.page, INTERIOR_HEADER, at)?..)?.split_first_chunk()?;
            // The key is the highest number below.
            let passed = self.tree == Tree::Numbered && varint(rest)?.0.cast_signed() < self.from;
            if passed {
                break;
            }
            self.pending.push(u32::from_be_bytes(*page));
        }
        Some(())
    }

    fn read(&mut self, page: u32) -> Result<(), VerifyError> {
        self.number = page;
        self.left = self.left.checked_sub(1).ok_or_else(|| damaged(page))?;
        read(&mut self.statement, page, &mut self.page)
    }

    /// One row of the page that is read.
    fn cell(&self, at: usize) -> Option<Cell> {
        let interior = self.page.first() == Some(&INDEX_INTERIOR);
        let start = pointer(&self.page, if interior { INTERIOR_HEADER } else { LEAF_HEADER }, at)?;
        // The page below comes first.
        let bytes = self.page.get(start + if interior { 4 } else { 0 }..)?;
        let (length, mut rest) = varint(bytes)?;
        let mut number = 0;
        if self.tree == Tree::Numbered {
            let (rowid, after) = varint(rest)?;
            (number, rest) = (rowid.cast_signed(), after);
        }
        let length = usize::try_from(length).ok()?;
        let kept = self.pages.kept_in_place(self.tree, length);
        let at = self.page.len().checked_sub(rest.len())?;
        (kept <= rest.len()).then_some(Cell { number, at, length, kept })
    }

    /// Puts a row together that goes on in pages of its own.
    fn gather(&mut self, cell: Cell) -> Result<Place, VerifyError> {
        let Cell { at, length, kept, .. } = cell;
        let start = self.page.get(at..).and_then(|rest| rest.split_at_checked(kept));
        let (start, after) = start.ok_or_else(|| self.damaged())?;
        self.spilled.clear();
        self.spilled.extend_from_slice(start);
        let mut next = number(after, 0).ok_or_else(|| self.damaged())?;
        let mut page = Vec::new();
        while self.spilled.len() < length {
            self.left = self.left.checked_sub(1).ok_or_else(|| damaged(next))?;
            read(&mut self.statement, next, &mut page)?;
            let more = page.get(4..self.pages.usable).ok_or_else(|| damaged(next))?;
            let wanted = more.len().min(length.saturating_sub(self.spilled.len()));
            self.spilled.extend_from_slice(more.get(..wanted).unwrap_or_default());
            next = number(&page, 0).ok_or_else(|| damaged(next))?;
        }
        Ok(Place::Spilled)
    }
}

/// A row within a page.
#[derive(Debug, Clone, Copy)]
struct Cell {
    number: i64,
    /// Where the record begins, its bytes, and how many of them are here.
    at: usize,
    length: usize,
    kept: usize,
}

const LEAF_HEADER: usize = 8;
const INTERIOR_HEADER: usize = 12;
/// Where an interior page names the last page below it.
const RIGHTMOST: usize = 8;

/// What the head of a page says.
struct Outline {
    interior: bool,
    /// Cells in it, and those of them that are rows.
    cells: usize,
    rows: usize,
}

/// `None` where the page is none of such a tree.
fn outline(page: &[u8], tree: Tree) -> Option<Outline> {
    let (interior, has_rows) = match (tree, *page.first()?) {
        (Tree::Numbered, TABLE_LEAF) | (Tree::Keyed, INDEX_LEAF) => (false, true),
        (Tree::Numbered, TABLE_INTERIOR) => (true, false),
        (Tree::Keyed, INDEX_INTERIOR) => (true, true),
        _ => return None,
    };
    let cells = half(page, 3)?;
    Some(Outline { interior, cells, rows: if has_rows { cells } else { 0 } })
}

/// Where a cell lies.
fn pointer(page: &[u8], header: usize, cell: usize) -> Option<usize> {
    half(page, header + 2 * cell)
}

fn half(bytes: &[u8], at: usize) -> Option<usize> {
    bytes.get(at..)?.first_chunk().map(|half| usize::from(u16::from_be_bytes(*half)))
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|number| u32::from_be_bytes(*number))
}
