//! The lines that a process writes, as they come.

use std::sync::Arc;

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    sync::watch,
};

use super::soon;

/// All lines of one stream so far.
#[derive(Clone, Debug)]
pub(crate) struct Lines(watch::Receiver<Arc<Vec<String>>>);

impl Lines {
    /// Reads `stream` to its end, in the background.
    pub(crate) fn read(stream: impl AsyncRead + Unpin + Send + 'static) -> Self {
        let (write, read) = watch::channel(Arc::new(Vec::new()));
        tokio::spawn(async move {
            let mut lines = BufReader::new(stream).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                write.send_modify(|all| Arc::make_mut(all).push(line));
            }
        });
        Self(read)
    }

    pub(crate) fn all(&self) -> Arc<Vec<String>> {
        Arc::clone(&self.0.borrow())
    }

    pub(crate) fn count(&self, part: &str) -> usize {
        self.0.borrow().iter().filter(|line| line.contains(part)).count()
    }

    /// Waits for a line with `part` in it.
    pub(crate) async fn wait_for(&self, part: &str) -> String {
        self.wait_for_nth(part, 1).await
    }

    /// Waits for the `nth` line with `part` in it, counted from 1.
    pub(crate) async fn wait_for_nth(&self, part: &str, nth: usize) -> String {
        let mut read = self.0.clone();
        let find = |all: &Arc<Vec<String>>| {
            all.iter().filter(|line| line.contains(part)).nth(nth - 1).cloned()
        };
        let what = format!("line {nth} with {part:?}");
        let found = soon(&what, read.wait_for(|all| find(all).is_some())).await;
        match found {
            Ok(all) => find(&all).unwrap(),
            Err(_) => panic!("the stream ended without {what}: {:#?}", self.all()),
        }
    }

    /// Waits for the end of the stream.
    pub(crate) async fn end(&self) {
        let mut read = self.0.clone();
        let _closed = soon("end of the stream", read.wait_for(|_| false)).await;
    }
}
