//! What a venue remembers of itself.

use venue_domain::{LOG_LINES_KEPT, LogLine, SystemTask, TaskRun};

use crate::{Factory, given::at, sides::*};

fn lines(from: u32, count: u32) -> Vec<LogLine> {
    let line = |number: u32| LogLine {
        at: at(i64::from(number)),
        level: 3,
        line: format!("line {number}"),
    };
    (from..from + count).map(line).collect()
}

/// See its name.
pub async fn how_a_task_ended_last_outlives_the_store(factory: &impl Factory<Store: SystemStore>) {
    let store = factory.fresh().await;
    let run = |task, ended, failed| TaskRun {
        task,
        ended_at: at(ended),
        failed,
        result: format!("{{\"ended\":{ended}}}"),
    };
    store.note_task_run(run(SystemTask::Retention, 1, true)).await.unwrap();
    store.note_task_run(run(SystemTask::HealthSweep, 2, false)).await.unwrap();
    store.note_task_run(run(SystemTask::Retention, 3, false)).await.unwrap();
    let store = factory.reopen(store).await;
    let mut runs = store.task_runs().await.unwrap();
    runs.sort_by_key(|run| run.ended_at);
    let last = [run(SystemTask::HealthSweep, 2, false), run(SystemTask::Retention, 3, false)];
    assert_eq!(runs, last);
}

/// See its name.
pub async fn the_last_lines_of_a_log_are_kept(factory: &impl Factory<Store: SystemStore>) {
    let store = factory.fresh().await;
    let device = || "ir-1".parse().unwrap();
    store.note_log(device(), lines(0, 3)).await.unwrap();
    store.note_log("ir-2".parse().unwrap(), lines(0, 2)).await.unwrap();
    store.note_log(device(), lines(3, LOG_LINES_KEPT)).await.unwrap();
    let store = factory.reopen(store).await;
    let kept = store.log(device(), 1_000).await.unwrap();
    assert_eq!(kept, lines(3, LOG_LINES_KEPT));
    assert_eq!(store.log(device(), 2).await.unwrap(), lines(LOG_LINES_KEPT + 1, 2));
    assert_eq!(store.log("ir-2".parse().unwrap(), 9).await.unwrap().len(), 2);
}
