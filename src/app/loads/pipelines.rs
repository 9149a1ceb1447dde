//! A pipeline: one thread reads, others work, and whoever asked takes the results in their order.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// Items that wait before and behind each thread; together with the size of an item they bound memory.
const WAITING: usize = 4;

/// Has `work` done on each item of `source` on other threads, and hands the results to `take` in the order of the items.
///
/// # Errors
/// Those of `take`, which end the reading.
pub(super) fn in_order<S, T, E>(
    source: impl Iterator<Item = S> + Send,
    work: impl Fn(S) -> T + Sync,
    mut take: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E>
where
    S: Send,
    T: Send,
{
    // One core takes.
    let threads = thread::available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1).clamp(1, 8));
    thread::scope(|scope| {
        let mut given = Vec::with_capacity(threads);
        let mut done = Vec::with_capacity(threads);
        for _ in 0..threads {
            let (item_in, item_out) = sync_channel(WAITING);
            let (done_in, done_out) = sync_channel(WAITING);
            let work = &work;
            scope.spawn(move || work_all(&item_out, &done_in, work));
            given.push(item_in);
            done.push(done_out);
        }
        scope.spawn(move || read_all(source, &given));
        // The threads are given items in turn, so taking them in turn keeps the order; who has none left ends it. A
        // thread that panicked ends it too, and the scope passes its panic on.
        for thread in done.iter().cycle() {
            let Ok(result) = thread.recv() else { break };
            take(result)?;
        }
        Ok(())
    })
}

/// Hands each item of `source` to `take`, while another thread makes the next.
///
/// # Errors
/// Those of `take`, which end the making.
pub(super) fn ahead<T, E>(
    source: impl Iterator<Item = T> + Send,
    mut take: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E>
where
    T: Send,
{
    thread::scope(|scope| {
        let (item_in, item_out) = sync_channel(0);
        scope.spawn(move || read_all(source, &[item_in]));
        item_out.into_iter().try_for_each(&mut take)
    })
}

fn work_all<S, T>(items: &Receiver<S>, done: &SyncSender<T>, work: &impl Fn(S) -> T) {
    for item in items {
        if done.send(work(item)).is_err() {
            return;
        }
    }
}

fn read_all<S>(source: impl Iterator<Item = S>, threads: &[SyncSender<S>]) {
    for (item, thread) in source.zip(threads.iter().cycle()) {
        if thread.send(item).is_err() {
            return;
        }
    }
}
