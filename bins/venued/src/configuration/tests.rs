use std::{fs, path::Path};

use tokio::task::JoinHandle;
use venue_domain::{ConfigurationStore, ItemKind};
use venue_queue::{SqliteStore, StoreConfig};

use super::*;
use crate::tokens::LiveTokens;

fn zone(id: &str) -> ItemChange {
    ItemChange::Put { kind: ItemKind::Zone, id: id.to_owned(), body: "{}".to_owned() }
}

struct Kept {
    config_service: ConfigService,
    store: StoreHandle,
    owner: JoinHandle<Infallible>,
    publisher: EventPublisher,
}

impl Kept {
    fn start(path: &Path) -> Self {
        let publisher = EventPublisher::new();
        let store = StoreHandle::new(publisher.clone());
        let recorder = Arc::new(venue_routing::NoQueue);
        let (config_service, mut owner) =
            ConfigService::start(path, store.clone(), recorder, publisher.clone());
        let owner = tokio::spawn(async move { owner.run().await });
        Self { config_service, store, owner, publisher }
    }

    fn open(&self, path: &Path) -> SqliteStore {
        let store = SqliteStore::open(path, StoreConfig::default()).unwrap();
        self.store.set(store.clone());
        store
    }

    async fn make(&self, changes: Vec<ItemChange>) -> Result<u64, ChangeError<Infallible>> {
        self.config_service.change(|_| Ok(changes)).await.map(|all| all.configuration.revision)
    }

    fn ids(&self) -> Vec<String> {
        self.config_service.now().items.iter().map(|item| item.id.clone()).collect()
    }

    async fn stop(self) {
        self.owner.abort();
        self.store.close().await;
    }
}

#[tokio::test]
async fn a_change_outlives_the_daemon_and_the_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("venue.db");
    let kept = Kept::start(&path);
    kept.open(&path);
    assert_eq!(kept.make(vec![zone("bar")]).await, Ok(1));
    assert_eq!(kept.make(vec![zone("patio")]).await, Ok(2));
    kept.stop().await;
    let kept = Kept::start(&path);
    assert_eq!(kept.ids(), ["bar", "patio"], "known before the store is open");
    kept.open(&path);
    assert_eq!(kept.make(vec![zone("roof")]).await, Ok(3));
    kept.stop().await;
    fs::remove_file(&path).unwrap();
    let kept = Kept::start(&path);
    let new = kept.open(&path);
    assert_eq!(kept.make(vec![zone("yard")]).await, Ok(4), "the new store was given the rest");
    assert_eq!(new.configuration().await.unwrap(), *kept.config_service.now());
    assert_eq!(kept.ids(), ["bar", "patio", "roof", "yard"]);
    kept.stop().await;
}

#[tokio::test]
async fn without_a_store_a_change_is_refused_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let kept = Kept::start(&folder.path().join("venue.db"));
    let refused = kept.make(vec![zone("bar")]).await;
    assert_eq!(refused, Err(ChangeError::Store { source: StoreError::Unavailable }));
    assert_eq!(kept.ids(), [""; 0]);
    kept.stop().await;
}

#[tokio::test]
async fn a_snapshot_that_was_lost_is_written_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("venue.db");
    let kept = Kept::start(&path);
    kept.open(&path);
    kept.make(vec![zone("bar")]).await.unwrap();
    kept.stop().await;
    fs::remove_file(snapshot::path_of(&path)).unwrap();
    let kept = Kept::start(&path);
    let mut changes = kept.config_service.watch();
    assert_eq!(kept.ids(), [""; 0]);
    kept.open(&path);
    changes.changed().await.unwrap();
    assert_eq!(kept.ids(), ["bar"]);
    assert_eq!(
        snapshot::read(&snapshot::path_of(&path)).unwrap().unwrap(),
        *kept.config_service.now()
    );
    kept.stop().await;
}

#[tokio::test]
async fn a_snapshot_that_cannot_be_written_is_told_until_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("venue.db");
    let kept = Kept::start(&path);
    kept.open(&path);
    let in_the_way = snapshot::path_of(&path).join("a folder");
    fs::create_dir_all(&in_the_way).unwrap();
    assert_eq!(kept.make(vec![zone("bar")]).await, Ok(1), "it is durable in the store");
    let concerns = kept.publisher.concerns();
    assert_eq!(concerns[0].kind, "snapshot_not_written", "{concerns:?}");
    fs::remove_dir(&in_the_way).unwrap();
    fs::remove_dir(snapshot::path_of(&path)).unwrap();
    assert_eq!(kept.make(vec![zone("patio")]).await, Ok(2));
    assert_eq!(kept.publisher.concerns(), []);
    kept.stop().await;
}

#[tokio::test]
async fn nobody_is_let_in_without_a_token_while_nothing_is_known_of_an_earlier_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("venue.db");
    let lets_anybody_in = |kept: &Kept| {
        LiveTokens::new(Some(kept.config_service.clone()), false).tokens().current().is_empty()
    };
    let kept = Kept::start(&path);
    assert!(lets_anybody_in(&kept), "a new venue has no tokens");
    kept.stop().await;
    // Of a run before: its tokens may be in there.
    drop(SqliteStore::open(&path, StoreConfig::default()).unwrap());
    let file = snapshot::path_of(&path);
    for is_broken in [false, true] {
        if is_broken {
            fs::write(&file, "{").unwrap();
        }
        let kept = Kept::start(&path);
        assert!(!kept.config_service.is_known() && !lets_anybody_in(&kept), "{is_broken}");
        let mut changes = kept.config_service.watch();
        kept.open(&path);
        changes.wait_for(|_| kept.config_service.is_known()).await.unwrap();
        assert!(lets_anybody_in(&kept), "the store has none: {is_broken}");
        kept.stop().await;
    }
    let kept = Kept::start(&path);
    assert!(lets_anybody_in(&kept), "the snapshot was written again, and says so");
    kept.stop().await;
}
