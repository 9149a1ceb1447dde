//! From a stream of bytes to parsed lines in their order: one thread reads, others parse, and whoever writes takes
//! what is ready.

use std::io::{self, BufRead};

use super::pipelines::in_order;
use crate::domain::bulk::LONGEST_LINE;

/// Lines handed to a thread at a time; together with the longest line they bound memory.
const BATCH: usize = 256;
/// Bytes of blank lines after which a batch is handed over all the same, so that progress shows and stopping is noticed.
const MOST_BYTES: u64 = 1 << 20;

/// Lines as they were read, one after the other in one buffer.
#[derive(Default)]
struct Raw {
    text: Vec<u8>,
    /// Number and end of each line.
    ends: Vec<(u64, usize)>,
    /// Bytes taken from the stream, line ends included.
    bytes: u64,
    failure: Option<io::Error>,
}

/// Lines that have been parsed.
pub(super) struct Batch<T> {
    /// In the order of the stream.
    pub(super) lines: Vec<T>,
    /// How much of the stream they took.
    pub(super) bytes: u64,
    /// What kept the stream from being read further; there is no batch after this one.
    pub(super) failure: Option<io::Error>,
}

/// Reads `stream` to its end, has `parse` make something of each line that is not blank (given its number, from 1,
/// and at most [`LONGEST_LINE`] and one bytes of it) on other threads, and hands everything to `take` in order.
///
/// # Errors
/// Those of `take`, which end the reading.
pub(super) fn for_each_batch<R, T, P, E>(
    stream: R,
    parse: P,
    take: impl FnMut(Batch<T>) -> Result<(), E>,
) -> Result<(), E>
where
    R: BufRead + Send,
    T: Send,
    P: Fn(u64, &[u8]) -> T + Sync,
{
    in_order(Batches { stream, number: 0, ended: false }, |raw| parse_all(raw, &parse), take)
}

fn parse_all<T>(raw: Raw, parse: &impl Fn(u64, &[u8]) -> T) -> Batch<T> {
    let Raw { text, ends, bytes, failure } = raw;
    let mut start = 0;
    let mut lines = Vec::with_capacity(ends.len());
    for (number, end) in ends {
        lines.push(parse(number, text.get(start..end).unwrap_or_default()));
        start = end;
    }
    Batch { lines, bytes, failure }
}

/// The stream, batch by batch; the last one may be empty.
struct Batches<R> {
    stream: R,
    number: u64,
    ended: bool,
}

impl<R: BufRead> Iterator for Batches<R> {
    type Item = Raw;

    fn next(&mut self) -> Option<Raw> {
        if self.ended {
            return None;
        }
        let mut raw = Raw::default();
        let more = read_batch(&mut self.stream, &mut raw, &mut self.number);
        self.ended = !more || raw.failure.is_some();
        Some(raw)
    }
}

/// Reads the next lines; false at the end of the stream.
fn read_batch(stream: &mut impl BufRead, raw: &mut Raw, number: &mut u64) -> bool {
    while raw.ends.len() < BATCH && raw.text.len() < LONGEST_LINE && raw.bytes < MOST_BYTES {
        let start = raw.text.len();
        match read_line(stream, &mut raw.text) {
            Ok(0) => return false,
            Ok(bytes) => raw.bytes = raw.bytes.saturating_add(bytes),
            Err(error) => {
                // Half a line is none.
                raw.text.truncate(start);
                raw.failure = Some(error);
                return false;
            }
        }
        *number = number.saturating_add(1);
        let blank = raw.text.get(start..).is_none_or(|line| line.trim_ascii().is_empty());
        if blank {
            raw.text.truncate(start);
        } else {
            raw.ends.push((*number, raw.text.len()));
        }
    }
    true
}

/// Appends a line without its end to `text`, but no more of it than one byte over the longest allowed, and gives the
/// number of bytes it took from the stream; 0 at the end.
fn read_line(stream: &mut impl BufRead, text: &mut Vec<u8>) -> io::Result<u64> {
    let most = text.len().saturating_add(LONGEST_LINE).saturating_add(1);
    let mut taken: u64 = 0;
    loop {
        let available = match stream.fill_buf() {
            Ok(available) => available,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if available.is_empty() {
            return Ok(taken);
        }
        let end = available.iter().position(|byte| *byte == b'\n');
        let line = end.and_then(|end| available.get(..end)).unwrap_or(available);
        let room = most.saturating_sub(text.len());
        text.extend_from_slice(line.get(..room).unwrap_or(line));
        let used = line.len().saturating_add(usize::from(end.is_some()));
        stream.consume(used);
        taken = taken.saturating_add(u64::try_from(used).unwrap_or(u64::MAX));
        if end.is_some() {
            return Ok(taken);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::io::{BufReader, Read};

    use super::*;

    fn read(stream: impl Read + Send) -> (Vec<(u64, usize)>, u64, bool) {
        let (mut lines, mut bytes, mut failed) = (Vec::new(), 0, false);
        let parse = |number: u64, text: &[u8]| (number, text.len());
        for_each_batch(BufReader::with_capacity(7, stream), parse, |batch| {
            lines.extend(batch.lines);
            bytes += batch.bytes;
            failed |= batch.failure.is_some();
            Ok::<_, Infallible>(())
        })
        .unwrap();
        (lines, bytes, failed)
    }

    #[test]
    fn lines_come_in_order_with_their_numbers_and_without_the_blank_ones() {
        let text = "one\n\n  \r\ntwo\r\nlast without end";
        let expected = vec![(1, 3), (4, 4), (5, 16)];
        assert_eq!(read(text.as_bytes()), (expected, u64::try_from(text.len()).unwrap(), false));
        let many: String = (0..5_000).map(|n| format!("{n}\n")).collect();
        let (lines, ..) = read(many.as_bytes());
        assert_eq!(lines.len(), 5_000);
        assert!(lines.iter().zip(1..).all(|((number, _), expected)| *number == expected));
        assert_eq!(read(&b""[..]), (vec![], 0, false));
    }

    #[test]
    fn a_line_without_end_does_not_fill_the_memory() {
        let endless = io::repeat(b'x').take(3_000_000).chain(&b"\nnext"[..]);
        assert_eq!(read(endless), (vec![(1, LONGEST_LINE + 1), (2, 4)], 3_000_005, false));
    }

    #[test]
    fn what_was_read_before_a_failure_is_handed_over() {
        struct Fails;
        impl Read for Fails {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("gone"))
            }
        }
        let (lines, _, failed) = read(b"one\ntwo\nhal".chain(Fails));
        assert_eq!((lines, failed), (vec![(1, 3), (2, 3)], true));
    }

    #[test]
    fn who_takes_may_stop_early() {
        struct Endless(&'static [u8]);
        impl Read for Endless {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let length = self.0.len().min(buffer.len());
                buffer[..length].copy_from_slice(&self.0[..length]);
                Ok(length)
            }
        }
        for line in [&b"x\n"[..], b"\n"] {
            let stopped = for_each_batch(BufReader::new(Endless(line)), |number, _| number, |_| Err::<(), _>("enough"));
            assert_eq!(stopped, Err("enough"));
        }
    }
}
