//! Work spread over cores whose results come in the order of what they were asked.

use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread;

use anyhow::{Context, Result};

/// Items that may be under way for each thread: enough that a long one does not leave the others
/// idle, and few enough that their answers take no memory to speak of.
const AHEAD: usize = 8;

/// Runs `work` over `items` on `threads` threads. An item is taken from `items` only when there is
/// room for it, and its answer comes as soon as those before it have come: whoever gives the items
/// may wait for an answer before the next.
pub fn in_order<T, A>(
    threads: usize,
    items: impl Iterator<Item = T> + Send + 'static,
    work: impl Fn(T) -> A + Send + Sync + 'static,
) -> Result<impl Iterator<Item = A>>
where
    T: Send + 'static,
    A: Send + 'static,
{
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .context("cannot start the threads")?;
    let work = Arc::new(work);
    let (queue, answers) = sync_channel(AHEAD * threads);
    // Not joined: once nobody wants answers any more it may still wait for an item.
    thread::spawn(move || {
        for item in items {
            let (ready, answer) = sync_channel(1);
            if queue.send(answer).is_err() {
                return;
            }
            let work = work.clone();
            pool.spawn(move || {
                // It fails where nobody wants the answer.
                let _ = ready.send(work(item));
            });
        }
    });
    Ok(answers.into_iter().filter_map(|answer| answer.recv().ok()))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use super::*;

    #[test]
    fn answers_come_in_the_order_of_the_items() {
        let slow_first = |i: u64| {
            thread::sleep(Duration::from_millis(20 - i % 20));
            i * i
        };
        let found: Vec<u64> = in_order(4, 0..100, slow_first).unwrap().collect();
        let expected: Vec<u64> = (0..100).map(|i| i * i).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn an_answer_comes_before_the_next_item_is_there() {
        let (give, items) = channel();
        let mut answers = in_order(2, items.into_iter(), |i: u32| i + 1).unwrap();
        for i in 0..20 {
            give.send(i).unwrap();
            assert_eq!(answers.next(), Some(i + 1));
        }
        drop(give);
        assert_eq!(answers.next(), None);
    }

    #[test]
    fn few_items_are_taken_ahead() {
        let taken = Arc::new(AtomicUsize::new(0));
        let counted = taken.clone();
        let items = (0..100_000).inspect(move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
        });
        let mut answers = in_order(2, items, |i: u32| i).unwrap();
        assert_eq!(answers.next(), Some(0));
        thread::sleep(Duration::from_millis(50));
        assert!(taken.load(Ordering::SeqCst) <= 2 * AHEAD + 3);
    }
}
